"""Find the caller in one box, or write him down if nobody knows him yet."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from interfaces.common.reader import VendorChoice
from interfaces.desk.inputs import language_name, language_of
from tickets.queries.callers import companies_like
from vendors.access import Member
from vendors.callers import NotAdded, add_caller
from vendors.catalog.schema import PolicyFile
from vendors.models import Person


class FindForm(forms.Form):
    """Who called, at one vendor or any."""

    vendor = forms.ChoiceField(label=_("Vendor"), required=False)
    who = forms.CharField(
        label=_("Caller"),
        max_length=100,
        required=False,
        help_text=_("Part of a name, mail address, phone number or company, or a serial number"),
    )

    def __init__(self, data: Any, vendors: list[VendorChoice]) -> None:
        super().__init__(data, auto_id="find-%s")
        self.fields["who"].widget.attrs |= {"type": "search", "autocomplete": "off", "data-focus": ""}
        choices = [("", gettext("All vendors")), *((v.slug, v.name) for v in vendors)]
        self.fields["vendor"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField
        if len(vendors) == 1:
            del self.fields["vendor"]


class CallerForm(forms.Form):
    """Somebody who calls for the first time. A company that resembles a known one is asked about before it is made."""

    name = forms.CharField(label=_("Name"), max_length=120)
    company = forms.CharField(label=_("Company"), max_length=160)
    same = forms.ChoiceField(label=_("Is it one of these?"), required=False, widget=forms.RadioSelect)
    email = forms.EmailField(label=_("Mail"), required=False)
    phone = forms.CharField(label=_("Phone"), max_length=40, required=False)
    language = forms.ChoiceField(label=_("Language of the customer"))
    country = forms.RegexField(
        r"^[A-Za-z]{2}$", label=_("Country"), required=False, help_text=_("Two letters, like SE"), strip=True
    )

    def __init__(self, data: Any, member: Member, policy: PolicyFile, *, typed: str = "") -> None:
        super().__init__(data, auto_id="caller-%s")
        self.member = member
        self.fields["language"].choices = [(code, language_name(code)) for code in policy.vendor.languages]  # type: ignore[attr-defined]
        self.initial["language"] = language_of(policy)
        self.initial["email" if "@" in typed else "name"] = typed
        self.alike = [] if data is None else self._alike((data.get("company") or "").strip())
        choices = [*((name, name) for name in self.alike), ("new", gettext("No, it is a new company"))]
        self.fields["same"].choices = choices  # type: ignore[attr-defined]
        if not self.alike:
            del self.fields["same"]

    def _alike(self, company: str) -> list[str]:
        found = companies_like(self.member, company)
        return [] if any(name.casefold() == company.casefold() for name in found) else list(found)[:8]

    def clean(self) -> dict[str, Any]:
        """Which company it is, where several may be meant."""
        values = super().clean() or {}
        if self.alike and not values.get("same") and "same" not in self.errors:
            self.add_error("same", gettext("Please say which company it is."))
        return values

    def attempt(self) -> Person | None:
        """The person written down; None with the reason next to its field."""
        values = self.cleaned_data
        same = values.pop("same", "")
        values["company"] = same if same and same != "new" else values["company"]
        try:
            return add_caller(by=self.member, **values)
        except NotAdded as refused:
            self.add_error(refused.field, self._why(refused))
            return None

    def _why(self, refused: NotAdded) -> str:
        if refused.field == "email" and refused.known:
            return gettext("%(name)s has this address. Find that person above.") % {"name": refused.known.name}
        if refused.field == "email":
            return gettext("Somebody has this address already.")
        return gettext("A request for this company can't be filed here.")
