"""The forms of the knowledge base at the desk: what narrows the list, and an article in the vendor's languages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from interfaces.desk.inputs import language_name
from tickets.models import Article
from tickets.queries.articles import looked_after
from tickets.services.articles import LONGEST
from tickets.vocabulary import Refused
from vendors.access import Member
from vendors.catalog.schema import PolicyFile
from vendors.models import Product

_ORDERS = {
    "": ("-changed_at", "-pk"),
    "did_not": ("-did_not", "helped", "-changed_at", "-pk"),
    "helped": ("-helped", "did_not", "-changed_at", "-pk"),
}


class ArticleFilter(forms.Form):
    """Words, state and order of the list; what makes no sense is as if it was not said."""

    q = forms.CharField(
        label=gettext_lazy("Words"), required=False, max_length=200, widget=forms.TextInput(attrs={"type": "search"})
    )
    state = forms.ChoiceField(
        label=gettext_lazy("State"),
        required=False,
        choices=[
            ("", gettext_lazy("All")),
            ("published", gettext_lazy("Published")),
            ("draft", gettext_lazy("Drafts")),
        ],
    )
    order = forms.ChoiceField(
        label=gettext_lazy("Order"),
        required=False,
        choices=[
            ("", gettext_lazy("Last changed")),
            ("did_not", gettext_lazy("Least helpful")),
            ("helped", gettext_lazy("Most helpful")),
        ],
    )

    def rows(self, members: Sequence[Member]) -> QuerySet[Article]:
        """The articles that are asked for, in their order."""
        self.is_valid()
        asked = self.cleaned_data
        found = looked_after(members, asked.get("q", ""))
        if asked.get("state"):
            found = found.filter(published_at__isnull=asked["state"] == "draft")
        return found.order_by(*_ORDERS[asked.get("order", "")])

    @property
    def narrows(self) -> bool:
        """Whether anything is left out."""
        return bool(self.cleaned_data.get("q") or self.cleaned_data.get("state"))


class ArticleForm(forms.Form):
    """An article. Each of the vendor's languages has a title and its words, as `title_de` and `body_de`."""

    product = forms.ChoiceField(label=gettext_lazy("Product"), required=False)
    topics = forms.MultipleChoiceField(
        label=gettext_lazy("Topics"), required=False, widget=forms.CheckboxSelectMultiple
    )
    seen = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    def __init__(
        self, policy: PolicyFile, vendor_id: int, held: Article | None, data: Any = None, begins: Any = None
    ) -> None:
        self.policy = policy
        super().__init__(data, initial=_initial(held) | (begins or {}))
        self.seen_now = self["seen"].value()
        products = Product.objects.filter(vendor_id=vendor_id).order_by("name")
        self._choose("product", [("", _("All products")), *((str(p.pk), p.name) for p in products)])
        language = (get_language() or "en")[:2]
        self._choose("topics", [(topic.key, policy.say(topic.name, language)) for topic in policy.topics])
        for code in policy.vendor.languages:
            words = {"language": language_name(code)}
            title = forms.CharField(label=_("Title, %(language)s") % words, max_length=150, required=False)
            body = forms.CharField(
                label=_("Text, %(language)s") % words,
                max_length=LONGEST,
                required=False,
                widget=forms.Textarea(attrs={"rows": 12}),
            )
            for field in (title, body):
                field.widget.attrs["lang"] = code
            self.fields |= {f"title_{code}": title, f"body_{code}": body}

    def _choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]  # a ChoiceField

    @property
    def codes(self) -> list[str]:
        """The vendor's languages: those that are written first, then its fallback language."""
        fallback = self.policy.vendor.fallback_language
        return sorted(
            self.policy.vendor.languages, key=lambda code: (not self[f"title_{code}"].value(), code != fallback)
        )

    @property
    def texts(self) -> list[tuple[str, Any, Any, bool]]:
        """By language its name, the fields of title and words, and whether they stand open."""
        return [
            (language_name(code), self[f"title_{code}"], self[f"body_{code}"], place == 0 or self._is_said(code))
            for place, code in enumerate(self.codes)
        ]

    def written(self) -> list[tuple[str, str, str]]:
        """Language, title and words as they stand in the form, where there are any."""
        return [
            (code, self[f"title_{code}"].value() or "", self[f"body_{code}"].value() or "")
            for code in self.codes
            if self._is_said(code)
        ]

    def _is_said(self, code: str) -> bool:
        names = (f"title_{code}", f"body_{code}")
        return any(self[name].value() or (self.is_bound and name in self.errors) for name in names)

    def refuse(self, refusal: Refused, held: Article | None) -> None:
        """Put a refusal next to its field, or on top. Whoever was overtaken has the newer text before him now."""
        if refusal.field == "seen" and held is not None:
            self.seen_now = held.revision
        shown = refusal.field in self.fields and refusal.field != "seen"
        self.add_error(refusal.field if shown else None, refusal.message)

    def words(self) -> dict[str, Any]:
        """What the service wants."""
        given = self.cleaned_data
        return {
            "product_id": int(given["product"]) if given["product"] else None,
            "topics": given["topics"],
            "seen": given["seen"],
            "texts": {
                code: {"title": given[f"title_{code}"], "body": given[f"body_{code}"]}
                for code in self.policy.vendor.languages
            },
        }


def _initial(held: Article | None) -> dict[str, Any]:
    if held is None:
        return {}
    texts = {f"{name}_{t.language}": getattr(t, name) for t in held.texts.all() for name in ("title", "body")}
    return {
        "product": str(held.product_id or ""),
        "topics": held.topics,
        "seen": held.revision,
    } | texts
