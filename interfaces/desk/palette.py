"""Going anywhere from the keyboard: tickets by number or words, customers, colleagues, views and sections under what is typed."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import reduce
from operator import or_
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from interfaces.common.navigation import navigation
from interfaces.desk.queue import Desk
from tickets.queries import queue as tickets
from tickets.queries.callers import customers_of
from tickets.queries.views import views_of
from tickets.search.language import Term
from vendors.access import Member, colleagues_of
from vendors.models import Organisation

MOST = 6  # of a kind
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Hit:
    """Where one can go: its words, what else tells it from others, and its address."""

    words: str
    more: str
    url: str


@dataclass(frozen=True, slots=True)
class Group:
    """Hits of one kind."""

    title: str
    hits: Sequence[Hit]


@login_required
@require_safe
def palette(request: HttpRequest) -> HttpResponse:
    """What `q` may mean, by kind: JSON for who accepts nothing else, otherwise a page. 404 for who works at no desk."""
    desk = Desk.of(request)
    text = " ".join(request.GET.get("q", "").replace("\0", "").split())[:LONGEST]
    groups = [group for group in _groups(request, desk, text) if group.hits]
    if request.headers.get("Accept") == "application/json":
        return JsonResponse(
            {"groups": [asdict(group) for group in groups]}, headers={"Cache-Control": "private, no-store"}
        )
    return render(request, "desk/palette.html", {"text": text, "groups": groups})


def _groups(request: HttpRequest, desk: Desk, text: str) -> Iterable[Group]:
    """Sections and views always; the rest where something is typed."""
    if text:
        yield Group(_("Tickets"), _tickets(desk, text))
    views = [Hit(view.name, view.team or "", _queue(view.query)) for view in views_of(desk.members)]
    yield Group(_("Views"), _fitting(views, text))
    sections = [Hit(section.label, "", section.url) for section in navigation(request, desk.reader)]
    yield Group(_("Go to"), _fitting(sections, text))
    if text:
        yield Group(_("Customers"), _customers(desk.members, text))
        yield Group(_("Colleagues"), _colleagues(desk.members, text))


def _tickets(desk: Desk, text: str) -> list[Hit]:
    """Nothing where the search means nothing."""
    meaning = desk.search(text).meaning
    if meaning is None:
        return []
    rows = tickets.page(desk.members, meaning, desk.rules, desk.now).rows[:MOST]
    return [
        Hit(
            f"{row.number} {row.subject}",
            row.customer,
            reverse("desk:ticket", args=[desk.vendors[row.vendor_id].slug, row.number]),
        )
        for row in rows
    ]


def _customers(members: Sequence[Member], text: str) -> list[Hit]:
    """Companies for whose people one may file, by a part of their name or of a person's: their tickets."""
    ours = reduce(or_, (Q(pk__in=customers_of(m).order_by().values("organisation")) for m in members))
    named = Q(name__icontains=text) | Q(people__name__icontains=text)
    found = Organisation.objects.filter(ours & named).order_by("name").values_list("name", flat=True).distinct()[:MOST]
    return [Hit(name, "", _queue(str(Term("customer", ":", name)))) for name in found]


def _colleagues(members: Sequence[Member], text: str) -> list[Hit]:
    """People of one's own houses: what they have."""
    people = colleagues_of(members).filter(active=True, name__icontains=text)
    found = people.order_by("name").values_list("name", flat=True).distinct()[:MOST]
    return [Hit(name, "", _queue(str(Term("assignee", ":", name)))) for name in found]


def _fitting(hits: Iterable[Hit], text: str) -> list[Hit]:
    return [hit for hit in hits if text.casefold() in hit.words.casefold()][: MOST if text else None]


def _queue(query: str) -> str:
    return reverse("desk:queue") + (f"?{urlencode({'q': query})}" if query else "")
