"""The queue: the tickets of one or all of a reader's vendors by due time, a page of plain values at a time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from django.db.models import BooleanField, Case, Exists, F, OuterRef, Q, QuerySet, Value, When

from kernel.keys import key_in
from sla.engine.policy import Rules
from sla.models import Clock
from tickets.access import visible_tickets
from tickets.models import Ticket
from tickets.queries.queue_rows import Row, rows_of
from vendors.access import Member

__all__ = ["BadCursor", "Change", "Narrowing", "QueuePage", "Row", "breached", "changed_since", "page"]

PAGE = 50
CHANGES = 200  # so many changed tickets of a vendor are told at once
OVERLAP = timedelta(
    seconds=5
)  # transactions commit out of order: what began before an instant may come to light after it
_GOING_ON = [Clock.Status.RUNNING, Clock.Status.PAUSED, Clock.Status.LIFTED]


class BadCursor(ValueError):
    """A cursor that no page of ours has given out."""


class Narrowing(Protocol):
    """What the queue is narrowed to."""

    @property
    def only_active(self) -> bool:
        """Whether no ticket matches that has ended; otherwise the newest stand first."""

    @property
    def ranked(self) -> Sequence[int] | None:
        """Keys of tickets in the order in which they are to stand; None where they stand by time."""

    def condition(self, member: Member, now: datetime) -> Q:
        """What must hold of a ticket of the member's vendor at `now` (aware)."""


@dataclass(frozen=True, slots=True)
class QueuePage:
    """The rows of a page; the cursors of the pages before and after, empty at the ends."""

    rows: list[Row]
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Change:
    """A ticket of which something changed that a list shows, at `listed_at`; `inside`: whether the view holds it now."""

    ticket_id: int
    listed_at: datetime
    inside: bool


def page(
    members: Sequence[Member],
    narrowing: Narrowing,
    rules: Mapping[int, Rules],
    now: datetime,
    *,
    after: str = "",
    before: str = "",
    size: int = PAGE,
) -> QueuePage:
    """A page of `size` rows of the queue at `now` (aware), by due time; what is paused or has no clock comes after.
    Where ended tickets match too, the newest stand first. `rules` by vendor.

    Each vendor gives its own first rows by an index, and only those are merged: what lies behind them is not read. Three queries,
    and two for each vendor of which a ticket is just waiting to be folded. Raises BadCursor.
    """
    if narrowing.ranked is not None:
        return _ranked_page(members, narrowing, narrowing.ranked, rules, now, before or after, size)
    backwards = bool(before)
    order = _by_due_time if narrowing.only_active else _newest_first
    branches = list[QuerySet[Ticket]]()
    for member in members:
        found = visible_tickets([member]).filter(narrowing.condition(member, now))
        branches += order(found, _cursor(before or after) if before or after else None, backwards)
    places = _places(branches, newest=not narrowing.only_active, backwards=backwards, size=size)
    more, places = len(places) > size, places[:size]
    if backwards:
        places.reverse()
    return QueuePage(
        rows_of([key for key, _ in places], members, rules, now),
        before=_cursor_of(places[0]) if places and (after or (before and more)) else "",
        after=_cursor_of(places[-1]) if places and (before or more) else "",
    )


def _ranked_page(
    members: Sequence[Member],
    narrowing: Narrowing,
    ranked: Sequence[int],
    rules: Mapping[int, Rules],
    now: datetime,
    cursor: str,
    size: int,
) -> QueuePage:
    """A page of tickets in an order that was found already; the cursor is a place in it."""
    begin = _place(cursor) if cursor else 0
    condition = Q(pk__in=[])
    for member in members:
        condition |= Q(vendor_id=member.vendor_id) & narrowing.condition(member, now)
    seen = set(visible_tickets(members).filter(condition).values_list("pk", flat=True))
    kept = [key for key in ranked if key in seen]
    keys = kept[begin : begin + size]
    return QueuePage(
        rows_of(keys, members, rules, now),
        before=f"r.{max(begin - size, 0)}" if begin else "",
        after=f"r.{begin + size}" if begin + size < len(kept) else "",
    )


def _place(text: str) -> int:
    word, _dot, number = text.partition(".")
    place = key_in(number)
    if word != "r" or place is None:
        raise BadCursor(text)
    return place


def changed_since(members: Sequence[Member], narrowing: Narrowing, instant: datetime, now: datetime) -> list[Change]:
    """The tickets that changed since an instant (aware), the newest change first, at most CHANGES of a vendor, in one query by
    index. It looks back OVERLAP further, so one that was told before may be told again: compare (ticket_id, listed_at).
    """
    branches = []
    for member in members:
        inside = Case(
            When(narrowing.condition(member, now), then=True), default=Value(False), output_field=BooleanField()
        )
        found = visible_tickets([member]).filter(listed_at__gte=instant - OVERLAP).order_by("-listed_at")
        branches.append(found.values_list("pk", "listed_at", inside)[:CHANGES])
    if not branches:
        return []
    first, *others = branches
    changes = [Change(*row) for row in (first.union(*others, all=True) if others else first)]
    return sorted(changes, key=lambda change: change.listed_at, reverse=True)


def breached(now: datetime) -> Q:
    """A promised time has run out and its clock goes on: noticed by a worker, or run out since."""
    return Q(breached=True) | Q(Exists(_run_out(now)), due_at__lte=now)


def _run_out(now: datetime) -> QuerySet[Clock]:
    return Clock.objects.filter(
        vendor_id=OuterRef("vendor_id"),
        timeline_id=OuterRef("timeline_id"),
        status__in=_GOING_ON,
        promised=True,
        due_at__lte=now,
    )


_Place = tuple[int, datetime | None]
"""Where a ticket stands: its key and due time."""


def _by_due_time(
    found: QuerySet[Ticket], cursor: tuple[datetime | None, int] | None, backwards: bool
) -> list[QuerySet[Ticket]]:
    """What lies beyond the cursor, in parts of which each is a stretch of the index."""
    if backwards:
        found = found.order_by(F("due_at").desc(nulls_first=True), "-pk")
    else:
        found = found.order_by(F("due_at").asc(nulls_last=True), "pk")
    if cursor is None:
        return [found]
    due, key = cursor
    timed, untimed = found.filter(due_at__isnull=False), found.filter(due_at=None)
    if due is None:
        return [untimed.filter(pk__lt=key), timed] if backwards else [untimed.filter(pk__gt=key)]
    if backwards:
        return [timed.filter(Q(due_at__lt=due) | Q(pk__lt=key), due_at__lte=due)]
    return [timed.filter(Q(due_at__gt=due) | Q(pk__gt=key), due_at__gte=due), untimed]


def _newest_first(
    found: QuerySet[Ticket], cursor: tuple[datetime | None, int] | None, backwards: bool
) -> list[QuerySet[Ticket]]:
    if cursor is not None:
        found = found.filter(pk__gt=cursor[1]) if backwards else found.filter(pk__lt=cursor[1])
    return [found.order_by("pk" if backwards else "-pk")]


def _places(branches: Sequence[QuerySet[Ticket]], *, newest: bool, backwards: bool, size: int) -> list[_Place]:
    """The first places of all branches together, one more than a page."""
    if not branches:
        return []
    first, *others = (branch.values_list("pk", "due_at")[: size + 1] for branch in branches)
    places: list[_Place] = list(first.union(*others, all=True) if others else first)
    rank: Callable[[_Place], Any] = (lambda p: -p[0]) if newest else (lambda p: (p[1] is None, p[1] or _NEVER, p[0]))
    return sorted(places, key=rank, reverse=backwards)[: size + 1]


_NEVER = datetime.max.replace(tzinfo=UTC)


def _cursor_of(place: _Place) -> str:
    key, due = place
    return f"{'' if due is None else int(due.timestamp()) * 1_000_000 + due.microsecond}.{key}"


def _cursor(text: str) -> tuple[datetime | None, int]:
    due, dot, key = text.partition(".")
    try:
        if not dot or len(text) > 60:
            raise ValueError(text)
        since = timedelta(microseconds=int(due)) if due else None
        return (None if since is None else _EPOCH + since), int(key) % 2**63
    except (ValueError, OverflowError):
        raise BadCursor(text) from None


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
