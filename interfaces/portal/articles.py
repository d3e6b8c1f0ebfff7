"""The knowledge base from the customers' side: the shelf, an article and whether it helped, and what is offered to who types a
subject. Only what is published by a vendor at which the reader is somebody.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, get_language_info, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from interfaces.common.markdown import markdown
from interfaces.common.reader import Reader, VendorChoice, reader_of
from kernel import clock
from kernel.tenancy.scope import enter
from sla.policies import books, current
from tickets import services
from tickets.models import Article
from tickets.queries.articles import article_of, found, shelf, suggested, text_for, vote_of
from tickets.vocabulary import Refused
from vendors.access import STAFF, Member
from vendors.catalog.schema import PolicyFile

_TYPED = 300  # characters of a search that are looked at


@dataclass(frozen=True, slots=True)
class Shown:
    """An article in a list: `foreign` names its language where that is not the reader's; `about` its topics."""

    title: str
    url: str
    language: str
    foreign: str
    about: str


@dataclass(frozen=True, slots=True)
class Shelf:
    """The articles of a vendor on one product; without a product they are on all of them."""

    vendor: VendorChoice
    product: str
    articles: list[Shown]


class VoteForm(forms.Form):
    """Whether an article helped, and what was missing."""

    helpful = forms.ChoiceField(choices=[("yes", ""), ("no", "")])
    missing = forms.CharField(
        label=gettext_lazy("What was missing?"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


@login_required
@require_safe
def shelves(request: HttpRequest) -> HttpResponse:
    """All articles by vendor and product, or those that speak of `q`."""
    reader = reader_of(request)
    if not reader.members:
        raise Http404
    typed = request.GET.get("q", "")[:_TYPED]
    looked = bool(typed.strip())
    articles = found(reader.members, typed) if looked else shelf(reader.members)
    policies = {key: book.file for key, book in books([m.vendor_id for m in reader.members], clock.now()).items()}
    context = {
        "typed": typed,
        "looked": looked,
        "hits": [_shown(reader, article, policies[article.vendor_id]) for article in articles] if looked else [],
        "shelves": [] if looked else _by_product(reader, articles, policies),
        "several": len({member.vendor_id for member in reader.members}) > 1,
        "may_ask": bool(reader.customer_members),
    }
    return render(request, "portal/help.html", context)


@login_required
@require_safe
def show(request: HttpRequest, vendor: str, slug: str) -> HttpResponse:
    """One article, in the reader's language or the vendor's."""
    place = _place(request, vendor, slug)
    text = place.text
    foreign = _foreign(text.language)
    context = place.voting(request) | {
        "title": text.title,
        "code": text.language,
        "body": markdown(text.body),
        "foreign": foreign,
        "changed_at": place.article.changed_at,
        "product": place.article.product,
        "topics": [place.policy.say(t.name, _reading()) for t in place.policy.topics if t.key in place.article.topics],
    }
    return render(request, "portal/article.html", context)


@login_required
@require_POST
def vote(request: HttpRequest, vendor: str, slug: str) -> HttpResponse:
    """It helped, or not; in place for a script, else back on the article."""
    place = _place(request, vendor, slug)
    form = VoteForm(request.POST)
    if form.is_valid():
        place.rate(request, helpful=form.cleaned_data["helpful"] == "yes", missing=form.cleaned_data["missing"])
    if request.headers.get("HX-Request") == "true":
        return render(request, "portal/_vote.html", place.voting(request), status=200 if form.is_valid() else 422)
    if not form.is_valid():
        return HttpResponse(_("Please say yes or no."), status=422, content_type="text/plain; charset=utf-8")
    return HttpResponseRedirect(f"{place.url}#vote")


@login_required
@require_POST
def solved(request: HttpRequest, vendor: str, slug: str) -> HttpResponse:
    """An article that was offered solved it: it counts as helpful, and no request is needed."""
    place = _place(request, vendor, slug)
    place.rate(request, helpful=True)
    messages.success(request, _("Glad that this solved it. Nothing was sent, and you need do nothing more."))
    url = reverse("portal:home" if place.member.is_customer else "portal:help")
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)


@login_required
@never_cache
@require_safe
def suggest(request: HttpRequest) -> HttpResponse:
    """Up to four articles for what somebody types as his subject: a piece of a page, empty where nothing fits. 404 for a vendor
    at which he is nobody.
    """
    reader = reader_of(request)
    choice = next((vendor for vendor in reader.vendors if vendor.slug == request.GET.get("vendor")), None)
    if choice is None:
        raise Http404
    typed, topic, product = (request.GET.get(name, "")[:_TYPED] for name in ("subject", "topic", "product"))
    articles = suggested(reader.member(choice.id), typed, topic=topic, product=product)
    policy = current(choice.id) if articles else None
    hits = [
        {"shown": _shown(reader, article, policy), "slug": article.slug} for article in articles if policy is not None
    ]
    return render(request, "portal/_suggested.html", {"hits": hits, "vendor_slug": choice.slug})


@dataclass(frozen=True, slots=True)
class _Place:
    """An article, and the reader before it."""

    vendor: VendorChoice
    member: Member
    policy: PolicyFile
    article: Article

    @property
    def url(self) -> str:
        return reverse("portal:article", args=[self.vendor.slug, self.article.slug])

    @property
    def text(self) -> Any:
        return text_for(self.article, _reading(), self.policy.vendor.fallback_language)

    @property
    def votes(self) -> bool:
        """Whether the reader is asked: the vendor's own staff are not."""
        return self.member.role not in STAFF

    def rate(self, request: HttpRequest, *, helpful: bool, missing: str = "") -> None:
        try:
            with enter(reader_of(request).full_scope.only(self.vendor.id)):
                services.rate_article(by=self.member, article_id=self.article.pk, helpful=helpful, missing=missing)
        except Refused:
            raise Http404 from None

    def voting(self, request: HttpRequest) -> dict[str, Any]:
        """What `portal/_vote.html` needs."""
        held = vote_of(self.member, self.article) if self.votes else None
        return {
            "article": self.article,
            "vendor": self.vendor,
            "asked": self.votes,
            "held": held,
            "form": VoteForm(initial={"missing": held.missing if held else ""}),
            "may_ask": self.member.is_customer,
        }


def _place(request: HttpRequest, vendor: str, slug: str) -> _Place:
    reader = reader_of(request)
    choice = next((one for one in reader.vendors if one.slug == vendor), None)
    if choice is None:
        raise Http404
    member = reader.member(choice.id)
    article = article_of(member, slug)
    if article is None:
        raise Http404
    return _Place(choice, member, current(choice.id), article)


def _by_product(reader: Reader, articles: Iterable[Article], policies: dict[int, PolicyFile]) -> list[Shelf]:
    """Vendor by vendor in the order of their names, then by product, then what is on none."""
    vendors = {vendor.id: vendor for vendor in reader.vendors}

    def place(article: Article) -> tuple[str, bool, str]:
        product = article.product
        return vendors[article.vendor_id].name, product is None, product.name if product else ""

    return [
        Shelf(vendors[held[0].vendor_id], product, [_shown(reader, one, policies[one.vendor_id]) for one in held])
        for (_vendor, _none, product), rows in groupby(sorted(articles, key=place), place)
        for held in [list(rows)]
    ]


def _shown(reader: Reader, article: Article, policy: PolicyFile) -> Shown:
    slug = next(vendor.slug for vendor in reader.vendors if vendor.id == article.vendor_id)
    text = text_for(article, _reading(), policy.vendor.fallback_language)
    topics = [policy.say(topic.name, _reading()) for topic in policy.topics if topic.key in article.topics]
    return Shown(
        title=text.title,
        url=reverse("portal:article", args=[slug, article.slug]),
        language=text.language,
        foreign=_foreign(text.language),
        about=", ".join(topics),
    )


def _foreign(code: str) -> str:
    """The name of a language in the reader's, where it is another than his."""
    if code == _reading():
        return ""
    name = str(get_language_info(code)["name_translated"])
    return name.lower() if _reading() == "sv" else name  # as Swedish writes them


def _reading() -> str:
    return (get_language() or "en")[:2]
