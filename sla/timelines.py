"""Stored events to the engine's and back: what the loop, the pages and the repair command share."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from django.db import connection
from django.db.models import QuerySet

from sla.engine.events import Event, Fact, fact
from sla.engine.fold import fold
from sla.engine.policy import Rules
from sla.engine.state import ClockState, Folded
from sla.models import Timeline

_EVENTS = (
    "SELECT timeline_id, id, kind, extract(epoch FROM at)::bigint, extract(epoch FROM recorded_at)::bigint, inputs::text"
    " FROM sla_clockevent WHERE vendor_id = ANY(%s) AND timeline_id = ANY(%s) ORDER BY id"
)


def epoch(instant: datetime) -> int:
    """An aware instant in epoch seconds."""
    return int(instant.timestamp())


def instant(seconds: int | None) -> datetime | None:
    """Epoch seconds as an aware instant in UTC; None stays None."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def events_of(vendor_id: int, timeline_ids: Sequence[int]) -> dict[int, list[Event]]:
    """The events of a vendor's timelines in the order in which they were recorded, in one query."""
    return _events([vendor_id], timeline_ids)


def _events(vendor_ids: Sequence[int], timeline_ids: Sequence[int]) -> dict[int, list[Event]]:
    held: dict[int, list[Event]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_EVENTS, [list(vendor_ids), list(timeline_ids)])
        for timeline_id, key, kind, at, recorded_at, inputs in cursor:
            held[timeline_id].append(Event(key, at, _fact(kind, inputs), key, recorded_at))
    return held


def fold_now(vendor_id: int, timeline_ids: Sequence[int], rules: Rules, now: datetime) -> dict[int, Folded]:
    """The clocks of timelines as they stand at `now`, folded in memory; a timeline without events has no entry."""
    as_of = epoch(now)
    return {key: fold(events, rules, as_of) for key, events in events_of(vendor_id, timeline_ids).items()}


def fold_each(timelines: Mapping[int, int], rules: Mapping[int, Rules], now: datetime) -> dict[int, Folded]:
    """The clocks of timelines of several vendors at `now`, folded in memory, in one query: `timelines` names the vendor of each,
    `rules` the rules of each vendor.
    """
    as_of, vendors = epoch(now), sorted(set(timelines.values()))
    events = _events(vendors, list(timelines)) if timelines else {}
    return {key: fold(found, rules[timelines[key]], as_of) for key, found in events.items()}


def troubled(limit: int = 20) -> QuerySet[Timeline]:
    """Timelines of the scope that could not be folded, for the operator: they are tried again by themselves."""
    return Timeline.objects.exclude(trouble="").order_by("vendor_id", "pk")[:limit]


def due_next(clocks: Iterable[ClockState]) -> ClockState | None:
    """The running clock that is due first."""
    running = [c for c in clocks if c.status == "running" and c.due_at is not None]
    return min(running, key=lambda c: c.due_at or 0, default=None)


_facts: dict[tuple[str, str], Fact] = {}


def _fact(kind: str, inputs: str) -> Fact:
    # Facts are immutable and few are different: the same text is the same fact.
    held = _facts.get((kind, inputs))
    if held is None:
        if len(_facts) > 50_000:
            _facts.clear()
        held = _facts[(kind, inputs)] = fact(kind, json.loads(inputs))
    return held
