"""The queue: the tickets of one or all of a reader's vendors by due time, a page of plain values at a time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from sla.engine.policy import Rules
from sla.models import Clock
from sla.timelines import fold_now
from tickets.access import visible_tickets
from tickets.machine import ACTIVE
from tickets.models import State, Ticket
from tickets.queries.standing import Standing, folded_standings, most_urgent, standings
from vendors.access import Member

PAGE = 50
_ACTIVE = [state.value for state in ACTIVE]
_GOING_ON = [Clock.Status.RUNNING, Clock.Status.PAUSED, Clock.Status.LIFTED]
_COLUMNS: Mapping[str, str] = {
    "vendor_id": "vendor_id",
    "number": "number",
    "subject": "subject",
    "customer": "customer__name",
    "state": "state",
    "classification": "classification",
    "priority": "priority",
    "claimed_priority": "claimed_priority",
    "urgent": "urgent",
    "assignee_id": "assignee_id",
    "assignee": "assignee__name",
    "house": "serving_house__name",
    "zone_assumed": "zone_assumed",
    "last_message_at": "last_message_at",
    "last_message_by_staff": "last_message_by_staff",
    "timeline_id": "timeline_id",
    "due_at": "timeline__due_at",
    "wake_at": "timeline__wake_at",
}


class BadCursor(ValueError):
    """A cursor that no page of ours has given out."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What the queue is narrowed to. `states` empty: every state; `assignee`: "me", "nobody" or a person's key; `priority`: a
    key of a vendor's file, given or else claimed, or "urgent" (O6); `breached`: a promised time has run out and its clock goes
    on; `assumed`: the zone is assumed (M5); `text`: part of number or subject.
    """

    states: frozenset[str] = frozenset(_ACTIVE)
    priority: str = ""
    assignee: str = ""
    breached: bool = False
    assumed: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A ticket in the queue; `clock` is its most urgent one, None if it has none."""

    vendor_id: int
    number: str
    subject: str
    customer: str
    state: str
    classification: str
    priority: str
    claimed_priority: str
    urgent: bool
    assignee_id: int | None
    assignee: str | None
    house: str | None
    zone_assumed: bool
    last_message_at: datetime | None
    last_message_by_staff: bool
    timeline_id: int
    due_at: datetime | None
    wake_at: datetime | None
    clock: Standing | None = None


@dataclass(frozen=True, slots=True)
class QueuePage:
    """At most PAGE rows; the cursors of the pages before and after, empty at the ends."""

    rows: list[Row]
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Counts:
    """How many active tickets there are in each view."""

    open: int
    mine: int
    unassigned: int
    breached: int
    assumed: int


def page(
    members: Sequence[Member],
    filters: Filters,
    rules: Mapping[int, Rules],
    now: datetime,
    *,
    after: str = "",
    before: str = "",
) -> QueuePage:
    """A page of the queue at `now` (aware), by due time; what is paused or has no clock comes after. `rules` by vendor.

    Two queries, and one for each vendor of which a ticket is just waiting to be folded. Raises BadCursor.
    """
    found = _filtered(members, filters, now)
    if before:
        found = found.filter(_beyond(_cursor(before), forwards=False))
        found = found.order_by(F("timeline__due_at").desc(nulls_first=True), "-timeline_id")
    else:
        found = found.filter(_beyond(_cursor(after), forwards=True)) if after else found
        found = found.order_by(F("timeline__due_at").asc(nulls_last=True), "timeline_id")
    values = list(found.values_list(*_COLUMNS.values())[: PAGE + 1])
    more, values = len(values) > PAGE, values[:PAGE]
    rows = [dict(zip(_COLUMNS, row, strict=True)) for row in (reversed(values) if before else values)]
    clocks = _clocks(rows, rules, now)
    return QueuePage(
        [Row(**row, clock=most_urgent(clocks.get(row["timeline_id"], ()))) for row in rows],
        before=_cursor_of(rows[0]) if rows and (after or (before and more)) else "",
        after=_cursor_of(rows[-1]) if rows and (before or more) else "",
    )


def counts(members: Sequence[Member], now: datetime) -> Counts:
    """The figures of the standing views at `now`, in one query."""
    found = visible_tickets(members).filter(state__in=_ACTIVE)
    figures = found.aggregate(
        open=Count("pk"),
        mine=Count("pk", filter=Q(assignee__in=_keys(members))),
        unassigned=Count("pk", filter=Q(assignee=None)),
        breached=Count("pk", filter=Exists(_breached(now))),
        assumed=Count("pk", filter=Q(zone_assumed=True)),
    )
    return Counts(**figures)


def _filtered(members: Sequence[Member], filters: Filters, now: datetime) -> QuerySet[Ticket]:
    found = visible_tickets(members)
    if filters.states:
        found = found.filter(state__in=filters.states)
    if filters.priority == "urgent":
        found = found.filter(urgent=True)
    elif filters.priority:
        found = found.filter(Q(priority=filters.priority) | Q(priority="", claimed_priority=filters.priority))
    if filters.assignee == "me":
        found = found.filter(assignee__in=_keys(members))
    elif filters.assignee == "nobody":
        found = found.filter(assignee=None)
    elif filters.assignee:
        found = found.filter(assignee=int(filters.assignee))
    if filters.breached:
        found = found.filter(Exists(_breached(now)))
    if filters.assumed:
        found = found.filter(zone_assumed=True)
    if filters.text:
        found = found.filter(Q(number__icontains=filters.text) | Q(subject__icontains=filters.text))
    return found


def _breached(now: datetime) -> QuerySet[Clock]:
    # A breach fixes the due time, so a clock that goes on and whose due time has come is breached, noticed or not.
    return Clock.objects.filter(
        timeline_id=OuterRef("timeline_id"), status__in=_GOING_ON, promised=True, due_at__lte=now
    )


def _keys(members: Iterable[Member]) -> list[int]:
    return [member.person_id for member in members if member.person_id is not None]


def _clocks(rows: Sequence[Mapping[str, Any]], rules: Mapping[int, Rules], now: datetime) -> dict[int, list[Standing]]:
    """The clocks of the rows: stored ones, and folded on the spot where a worker has not looked yet."""
    waiting: dict[int, list[int]] = {}
    for row in rows:
        if row["wake_at"] is not None and row["wake_at"] <= now:
            waiting.setdefault(row["vendor_id"], []).append(row["timeline_id"])
    held = standings([row["timeline_id"] for row in rows], rules, now) if rows else {}
    for vendor_id, timelines in waiting.items():
        folds = fold_now(vendor_id, timelines, rules[vendor_id], now)
        held |= {key: folded_standings(folded.clocks, rules[vendor_id]) for key, folded in folds.items()}
    return held


def _cursor_of(row: Mapping[str, Any]) -> str:
    due = row["due_at"]
    return f"{'' if due is None else int(due.timestamp() * 1_000_000)}.{row['timeline_id']}"


def _cursor(text: str) -> tuple[datetime | None, int]:
    due, dot, key = text.partition(".")
    try:
        if not dot or len(text) > 60:
            raise ValueError(text)
        return (datetime.fromtimestamp(int(due) / 1_000_000, UTC) if due else None), int(key) % 2**63
    except (ValueError, OverflowError, OSError):
        raise BadCursor(text) from None


def _beyond(cursor: tuple[datetime | None, int], *, forwards: bool) -> Q:
    due, key = cursor
    if due is None:
        if forwards:
            return Q(timeline__due_at=None, timeline_id__gt=key)
        return Q(timeline__due_at__isnull=False) | Q(timeline__due_at=None, timeline_id__lt=key)
    if forwards:
        return (
            Q(timeline__due_at__gt=due)
            | Q(timeline__due_at=due, timeline_id__gt=key)
            | Q(timeline__due_at__isnull=True)
        )
    return Q(timeline__due_at__lt=due) | Q(timeline__due_at=due, timeline_id__lt=key)


def state_groups() -> Mapping[str, frozenset[str]]:
    """The choices of the state filter: by word, the states that it holds."""
    return {
        "active": frozenset(_ACTIVE),
        "ended": frozenset(State.values) - frozenset(_ACTIVE),
        "any": frozenset(),
        **{state.value: frozenset({state.value}) for state in State},
    }
