"""Write a timeline: open one, and append what happened. Nothing here computes a deadline; the loop does."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kernel import clock
from kernel.rows import insert
from sla.engine.events import Fact, data_of, kind_of
from sla.models import Timeline

_COLUMNS = {
    "vendor_id": "bigint",
    "timeline_id": "bigint",
    "kind": "text",
    "at": "timestamptz",
    "recorded_at": "timestamptz",
    "inputs": "jsonb",
    "person_id": "bigint",
    "reason": "text",
}


@dataclass(frozen=True, slots=True)
class Happening:
    """A fact and when it happened (aware; None: when it is recorded). Only who may correct history sets `at` back, and says
    why with a word of our vocabulary.
    """

    fact: Fact
    at: datetime | None = None
    reason: str = ""


class HistoryError(ValueError):
    """An event can't be recorded as asked: it lies in the future."""


def open_timeline(*, vendor_id: int, houses: Sequence[int], wake_at: datetime | None = None) -> Timeline:
    """A new timeline, seen by the organisations in `houses`, that a worker will look at from `wake_at` on, or as soon as
    something happens. Nobody else sees it before the commit, so it need not be locked.
    """
    timeline: Timeline = Timeline.objects.create(vendor_id=vendor_id, houses=list(houses), wake_at=wake_at)
    return timeline


def lock(timeline_id: int) -> datetime:
    """Lock a timeline for a change, before anything else of the ticket is locked (the worker locks in that order too);
    answers the database's clock as read under the lock: the instant of recording.
    """
    Timeline.objects.select_for_update().only("pk").get(pk=timeline_id)
    return clock.now()


def record(
    happenings: Sequence[Happening],
    *,
    vendor_id: int,
    timeline_id: int,
    person_id: int | None,
    now: datetime,
    awake: bool = False,
) -> list[int]:
    """Append happenings to a timeline that the caller has locked, recorded at `now` in this order, and wake it unless it is
    `awake` (just opened so). Answers the events' keys. Raises HistoryError for an `at` after `now`.
    """
    return _append([(timeline_id, happening) for happening in happenings], vendor_id, person_id, now, awake=awake)


def record_each(facts: Sequence[tuple[int, Fact]], *, vendor_id: int, now: datetime) -> list[int]:
    """Append one fact each to timelines that the caller has locked, as the system, set-based; wakes them."""
    return _append([(timeline_id, Happening(fact)) for timeline_id, fact in facts], vendor_id, None, now)


def share(timeline_id: int, houses: Sequence[int]) -> None:
    """Let the organisations in `houses`, and no others, see the timeline (after a hand-off)."""
    Timeline.objects.filter(pk=timeline_id).update(houses=list(houses))


def _append(
    happenings: Sequence[tuple[int, Happening]],
    vendor_id: int,
    person_id: int | None,
    now: datetime,
    *,
    awake: bool = False,
) -> list[int]:
    rows = []
    for timeline_id, happening in happenings:
        at = (happening.at or now).replace(microsecond=0)
        if at > now:
            raise HistoryError(
                f"{kind_of(happening.fact)} can't have happened at {at:%Y-%m-%d %H:%M}: that is to come."
            )
        inputs = data_of(happening.fact)
        rows.append((vendor_id, timeline_id, kind_of(happening.fact), at, now, inputs, person_id, happening.reason))
    if not rows:
        return []
    keys = insert("sla_clockevent", _COLUMNS, rows, "RETURNING id")
    if not awake:
        Timeline.objects.filter(pk__in={timeline_id for timeline_id, _ in happenings}).update(wake_at=now)
    return [key for (key,) in keys]
