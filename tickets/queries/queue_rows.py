"""Rows of the queue: what a list shows of tickets, as plain values, in a fixed number of queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import CharField, Func, OuterRef, Q
from django.db.models.functions import Cast

from sla.engine.policy import Rules
from sla.models import Crossing
from sla.timelines import fold_each
from tickets.models import State, Ticket, TicketTag
from tickets.queries.standing import Standing, folded_standings, most_urgent, standings
from vendors.access import Member

_COLUMNS: Mapping[str, str] = {
    "ticket_id": "pk",
    "vendor_id": "vendor_id",
    "number": "number",
    "subject": "subject",
    "language": "language",
    "customer": "customer__name",
    "state": "state",
    "classification": "classification",
    "priority": "priority",
    "claimed_priority": "claimed_priority",
    "urgent": "urgent",
    "assignee_id": "assignee_id",
    "assignee": "assignee__name",
    "house": "serving_house__name",
    "team": "team__name",
    "level": "level",
    "entitlement": "entitlement",
    "zone_assumed": "zone_assumed",
    "last_message_at": "last_message_at",
    "last_message_by_staff": "last_message_by_staff",
    "last_author": "last_author__name",
    "listed_at": "listed_at",
    "timeline_id": "timeline_id",
    "due_at": "due_at",
    "wake_at": "timeline__wake_at",
    "tags": "tags_of_house",
    "rungs": "rungs",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A ticket in the queue; `clock` is its most urgent one, None if it has none, and `rung` the percent of the highest rung that
    was noticed of it (0: none). `tags` are those of the reader's house, by name. `level`: 0 agent, 1 supervisor and so on.
    """

    ticket_id: int
    vendor_id: int
    number: str
    subject: str
    language: str
    customer: str
    state: str
    classification: str
    priority: str
    claimed_priority: str
    urgent: bool
    assignee_id: int | None
    assignee: str | None
    house: str | None
    team: str | None
    level: int
    entitlement: str
    zone_assumed: bool
    last_message_at: datetime | None
    last_message_by_staff: bool
    last_author: str | None
    listed_at: datetime | None
    timeline_id: int
    due_at: datetime | None
    wake_at: datetime | None
    clock: Standing | None = None
    rung: int = 0
    tags: tuple[str, ...] = ()

    @property
    def paused_since(self) -> datetime | None:
        """Since when its most urgent clock stands still (aware), if it does."""
        return self.clock.at if self.clock and self.clock.look in ("paused", "lifted") else None

    @property
    def paused_for(self) -> str:
        """What a clock that stands still waits for: the state "waiting" or "third_party"; empty if for neither of them."""
        return self.state if self.paused_since and self.state in (State.WAITING, State.THIRD_PARTY) else ""


def rows_of(keys: Sequence[int], members: Sequence[Member], rules: Mapping[int, Rules], now: datetime) -> list[Row]:
    """The rows of these visible tickets (keys), in their order, at `now` (aware). Two queries, and one where tickets
    are just waiting to be folded.
    """
    if not keys:
        return []
    found = Ticket.objects.filter(pk__in=keys).annotate(tags_of_house=_tags(members), rungs=_rungs())
    held = {row[0]: dict(zip(_COLUMNS, row, strict=True)) for row in found.values_list(*_COLUMNS.values())}
    rows = [held[key] for key in keys if key in held]
    clocks = _clocks(rows, rules, now)
    return [_row(row, most_urgent(clocks.get(row["timeline_id"], ()))) for row in rows]


def _row(row: Mapping[str, Any], clock: Standing | None) -> Row:
    of_clock = (rung for kind, cycle, rung in row["rungs"] if clock and (kind, int(cycle)) == (clock.kind, clock.cycle))
    values = dict(row) | {"tags": tuple(row["tags"]), "rung": max(map(int, of_clock), default=0)}
    del values["rungs"]
    return Row(**values, clock=clock)


def _clocks(rows: Sequence[Mapping[str, Any]], rules: Mapping[int, Rules], now: datetime) -> dict[int, list[Standing]]:
    """The clocks of the rows: stored ones, and folded on the spot where a worker has not looked yet."""
    held = standings([row["timeline_id"] for row in rows], rules, now)
    waiting = {row["timeline_id"]: row["vendor_id"] for row in rows if row["wake_at"] and row["wake_at"] <= now}
    folds = fold_each(waiting, rules, now)
    return held | {key: folded_standings(folded.clocks, rules[waiting[key]]) for key, folded in folds.items()}


def _rungs() -> ArraySubquery:
    """Rungs that were noticed: kind and cycle of the clock, and percent."""
    found = Crossing.objects.filter(
        vendor_id=OuterRef("vendor_id"), timeline_id=OuterRef("timeline_id"), superseded_at=None
    )
    return ArraySubquery(found.annotate(one=_RUNG).values("one"))


_RUNG = Func("kind", *(Cast(name, CharField()) for name in ("cycle", "percent")), template="ARRAY[%(expressions)s]")


def _tags(members: Sequence[Member]) -> ArraySubquery:
    """The tags of the readers' houses; what another house calls a ticket is its own business."""
    ours = Q(pk__in=[])
    for member in members:
        ours |= Q(vendor_id=member.vendor_id, house=member.house)
    found = TicketTag.objects.filter(ours, vendor_id=OuterRef("vendor_id"), ticket_id=OuterRef("pk"))
    return ArraySubquery(found.order_by("name").values("name"))
