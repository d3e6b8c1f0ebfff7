"""The queue's page: one list over all of the reader's vendors, or the chosen one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_safe

from interfaces.common.clock_face import ClockFace
from interfaces.common.clock_words import face_of, say
from interfaces.common.reader import Reader, VendorChoice, reader_of
from kernel import clock
from sla.models import Clock
from sla.policies import Book, books
from tickets.models import State
from tickets.queries import queue as tickets
from vendors.access import STAFF, Member
from vendors.models import Person, Role

STATE_LOOKS = {"waiting": "waiting_for_customer", "third_party": "waiting_for_third_party"}
VIEWS: Mapping[str, Mapping[str, str]] = {
    "open": {},
    "mine": {"assignee": "me"},
    "unassigned": {"assignee": "nobody"},
    "breached": {"breached": "1"},
    "assumed": {"assumed": "1"},
}


class FilterForm(forms.Form):
    """What the queue is narrowed to, in the address."""

    q = forms.CharField(label=gettext_lazy("Search"), required=False, max_length=100)
    vendor = forms.ChoiceField(label=gettext_lazy("Vendor"), required=False)
    state = forms.ChoiceField(label=gettext_lazy("State"), required=False)
    priority = forms.ChoiceField(label=gettext_lazy("Priority"), required=False)
    assignee = forms.ChoiceField(label=gettext_lazy("Assignee"), required=False)
    breached = forms.BooleanField(label=gettext_lazy("Breached"), required=False)
    assumed = forms.BooleanField(label=gettext_lazy("Assumed zone"), required=False)

    def __init__(
        self,
        data: Mapping[str, Any],
        vendors: Sequence[VendorChoice],
        policies: Mapping[int, Book],
        people: Iterable[tuple[int, str]],
    ) -> None:
        super().__init__(data, auto_id="filter-%s")
        self.fields["q"].widget.attrs |= {"type": "search", "placeholder": gettext("Number or subject")}
        self._choose("vendor", [("", gettext("All vendors")), *((v.slug, v.name) for v in vendors)])
        self._choose("state", _state_choices())
        self._choose("priority", _priority_choices(policies))
        one = [("", gettext("Everybody")), ("me", gettext("Me")), ("nobody", gettext("Nobody"))]
        self._choose("assignee", [*one, *((str(key), name) for key, name in people)])
        if len(vendors) < 2:
            del self.fields["vendor"]
        if len(self.fields["priority"].choices) < 2:  # type: ignore[attr-defined]  # a ChoiceField
            del self.fields["priority"]

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]  # a ChoiceField

    def filters(self) -> tickets.Filters:
        """The filters that the (valid) form means."""
        values = self.cleaned_data
        return tickets.Filters(
            states=tickets.state_groups()[values["state"] or "active"],
            priority=values.get("priority", ""),
            assignee=values["assignee"],
            breached=values["breached"],
            assumed=values["assumed"],
            text=values["q"],
        )


@dataclass(frozen=True, slots=True)
class View:
    """A standing view of the queue, with how many tickets are in it."""

    label: str
    url: str
    count: int
    current: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A row as it is shown: plain words."""

    row: tickets.Row
    url: str
    face: ClockFace | None
    clock: str
    vendor: str
    rank: int
    priority: str
    claimed: bool
    state: str
    state_label: str


@login_required
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """The queue by due time, filtered by what the address says; 404 for who works at no desk."""
    reader = reader_of(request)
    if not reader.staff_members:
        raise Http404
    now = clock.now()
    held = books({member.vendor_id for member in reader.staff_members}, now)
    vendors = [vendor for vendor in reader.vendors if vendor.id in held]
    form = FilterForm(request.GET, vendors, held, _people(reader.staff_members))
    valid = form.is_valid()
    members = _narrowed(reader, vendors, form.cleaned_data.get("vendor", ""))
    page = _page(request, form, members, held, now) if valid else tickets.QueuePage([], "", "")
    names = {vendor.id: vendor for vendor in vendors}
    context = {
        "form": form,
        "lines": [_line(row, held[row.vendor_id], names[row.vendor_id]) for row in page.rows],
        "several": len({member.vendor_id for member in members}) > 1,
        "views": _views(request, members, now),
        "previous_url": _moved(request, before=page.before),
        "next_url": _moved(request, after=page.after),
        "filtered": any(value for key, value in request.GET.items() if key in form.fields),
        "anywhere_url": _searched_everywhere(form) if valid else "",
        "is_first_page": not (request.GET.get("before") or request.GET.get("after")),
    }
    return render(request, "desk/queue.html", context, status=200 if valid else 422)


def _page(
    request: HttpRequest, form: FilterForm, members: Sequence[Member], held: Mapping[int, Book], now: datetime
) -> tickets.QueuePage:
    try:
        return tickets.page(
            members,
            form.filters(),
            {key: book.rules for key, book in held.items()},
            now,
            after=request.GET.get("after", ""),
            before=request.GET.get("before", ""),
        )
    except tickets.BadCursor:
        raise Http404 from None


def _narrowed(reader: Reader, vendors: Sequence[VendorChoice], slug: str) -> list[Member]:
    chosen = {vendor.id for vendor in vendors if not slug or vendor.slug == slug}
    return [member for member in reader.staff_members if member.vendor_id in chosen]


def _people(members: Sequence[Member]) -> list[tuple[int, str]]:
    """Who can have a ticket at the desks of these members, by name."""
    houses = {member.house for member in members}
    found = Person.objects.filter(
        vendor_id__in={member.vendor_id for member in members},
        role__in=[*STAFF, Role.PARTNER_AGENT],
        active=True,
    )
    rows = found.order_by("name").values_list("pk", "name", "organisation_id")
    return [(key, name) for key, name, house in rows if house in houses]


def _state_choices() -> list[tuple[str, str]]:
    groups = [("", gettext("Active")), ("any", gettext("All states")), ("ended", gettext("Ended"))]
    return [*groups, ("active", gettext("Active")), *((state.value, str(state.label)) for state in State)]


def _priority_choices(held: Mapping[int, Book]) -> list[tuple[str, str]]:
    found: dict[str, str] = {}
    for book in held.values():
        for priority in book.file.priorities:
            found.setdefault(priority.key, f"{priority.key} {say(book.file, priority.name)}")
        if book.file.urgency:
            found["urgent"] = gettext("Declared urgent")
    return [("", gettext("All priorities")), *found.items()] if found else [("", "")]


def _views(request: HttpRequest, members: Sequence[Member], now: datetime) -> list[View]:
    found = tickets.counts(members, now)
    labels = {
        "open": gettext("All open"),
        "mine": gettext("Mine"),
        "unassigned": gettext("Unassigned"),
        "breached": gettext("Breached"),
        "assumed": gettext("Assumed zone"),
    }
    vendor = {"vendor": request.GET["vendor"]} if request.GET.get("vendor") else {}
    here = {key: value for key, value in request.GET.items() if value and key not in ("after", "before", "vendor")}
    return [
        View(label, f"?{urlencode(vendor | dict(VIEWS[name]))}", getattr(found, name), here == VIEWS[name])
        for name, label in labels.items()
    ]


def _line(row: tickets.Row, book: Book, vendor: VendorChoice) -> Line:
    rank, priority, claimed = priority_of(
        book, row.priority or row.claimed_priority, claimed=not row.priority, urgent=row.urgent
    )
    return Line(
        row=row,
        url=reverse("desk:ticket", args=[vendor.slug, row.number]),
        face=face_of(row.clock, book.file, classification=row.classification, named=False, brief=True),
        clock=str(Clock.Kind(row.clock.kind).label) if row.clock else "",
        vendor=vendor.name,
        rank=rank,
        priority=priority,
        claimed=claimed,
        state=STATE_LOOKS.get(row.state, row.state),
        state_label=str(State(row.state).label),
    )


def priority_of(book: Book, key: str, *, claimed: bool, urgent: bool) -> tuple[int, str, bool]:
    """Rank (1 is the most urgent), name and whether it is only claimed; an empty name where there is nothing to say."""
    file = book.file
    for rank, priority in enumerate(file.priorities, 1):
        if priority.key == key:
            return rank, f"{key} {say(file, priority.name)}", claimed
    return (1, gettext("Urgent"), False) if urgent else (4, "", False)


def _moved(request: HttpRequest, **cursor: str) -> str:
    query = request.GET.copy()
    query.pop("after", None)
    query.pop("before", None)
    for name, value in cursor.items():
        if not value:
            return ""
        query[name] = value
    return f"?{query.urlencode()}"


def _searched_everywhere(form: FilterForm) -> str:
    """The address of the same search in all states, where only active tickets were searched."""
    if not form.cleaned_data["q"] or form.cleaned_data["state"]:
        return ""
    return f"?{urlencode({'q': form.cleaned_data['q'], 'state': 'any'})}"
