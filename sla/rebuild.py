"""Fold every timeline again and compare what is stored with it: the proof that nothing was lost, fired twice or drifted."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from kernel import clock
from kernel.tenancy.scope import Scope, enter
from sla.engine.events import Event, Voided
from sla.engine.fold import fold
from sla.engine.state import Folded
from sla.loop import Acting, clock_row, same_clock, store
from sla.models import Clock, Crossing, Timeline
from sla.policies import rules
from sla.timelines import due_next, epoch, events_of, instant

BATCH = 500
# In the order of sla.loop.clock_row.
_COLUMNS = (
    "vendor_id", "timeline_id", "kind", "cycle", "status", "started_at", "due_at", "ended_at", "paused_at", "breached_at",
    "base", "target", "elapsed", "promised", "priority", "calendar", "zone", "policy_number", "calendar_number",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Difference:
    """Something stored that is not what folding gives: where, what, and both values."""

    timeline_id: int
    what: str
    stored: Any
    folded: Any
    crossing: int | None = None  # the key of the stored crossing that it is about

    def __str__(self) -> str:
        return f"timeline {self.timeline_id}, {self.what}: stored {_said(self.stored)}, folded {_said(self.folded)}"


@dataclass(frozen=True, slots=True)
class Report:
    """What a batch gave: timelines compared, those that still wait for a worker (not compared), and the differences."""

    compared: int
    waiting: int
    differences: tuple[Difference, ...]


def rebuild(vendor_id: int, *, mend: Acting | None = None, sample: int | None = None) -> Iterator[Report]:
    """Compare all timelines of a vendor (or `sample` of them) in batches, each in a transaction of its own.

    Each is folded as of its `folded_at`, with the events recorded by then. With `mend`, which says what is done about rungs
    that turn out to have been missed, the wrong ones are folded and stored anew as of now.
    """
    with enter(Scope.of(vendor_id)):
        keys = list(Timeline.objects.filter(vendor_id=vendor_id).order_by("pk").values_list("pk", flat=True))
    if sample is not None and sample < len(keys):
        keys = sorted(Random().sample(keys, sample))  # noqa: S311  which ones is no secret  # nosec B311
    for begin in range(0, len(keys), BATCH):
        with enter(Scope.of(vendor_id)):
            yield _batch(vendor_id, keys[begin : begin + BATCH], mend)


def _batch(vendor_id: int, keys: Sequence[int], mend: Acting | None) -> Report:
    # Locked, so that nobody folds or records between our reads; the loop passes locked ones by.
    locked = list(Timeline.objects.filter(pk__in=keys).order_by("pk").select_for_update())
    timelines = [timeline for timeline in locked if not _waits(timeline)]
    folds, events = _folds(vendor_id, timelines)
    clocks, crossings = _stored(timelines)
    differences: list[Difference] = []
    for timeline in timelines:
        folded = folds[timeline.pk]
        differences += _in_timeline(timeline, folded, events[timeline.pk])
        differences += _in_clocks(vendor_id, timeline.pk, clocks[timeline.pk], folded)
        differences += _in_crossings(timeline.pk, crossings[timeline.pk], folded, events[timeline.pk])
    if mend and differences:
        _mend(vendor_id, differences, mend)
    return Report(len(timelines), len(locked) - len(timelines), tuple(differences))


def _waits(timeline: Timeline) -> bool:
    """Whether a worker has yet to fold it: never folded, recorded in the very second of the last fold, or set aside."""
    new = timeline.wake_at is not None and (timeline.folded_at is None or timeline.wake_at <= timeline.folded_at)
    return new or bool(timeline.trouble)


def _as_of(timeline: Timeline) -> int:
    # Nothing has happened on a timeline that was neither folded nor woken: a partner serves the ticket.
    return epoch(timeline.folded_at) if timeline.folded_at else 0


def _folds(vendor_id: int, timelines: Sequence[Timeline]) -> tuple[dict[int, Folded], dict[int, list[Event]]]:
    """What folding gives as of each timeline's own last fold, and the events that were recorded by then."""
    made = rules(vendor_id)
    recorded = events_of(vendor_id, [timeline.pk for timeline in timelines])
    folds, events = {}, {}
    for timeline in timelines:
        as_of = _as_of(timeline)
        events[timeline.pk] = recorded.get(timeline.pk, [])
        folds[timeline.pk] = fold([e for e in events[timeline.pk] if e.recorded_at <= as_of], made, as_of)
    return folds, events


def _stored(timelines: Sequence[Timeline]) -> tuple[dict[int, list[Clock]], dict[int, list[Crossing]]]:
    clocks: dict[int, list[Clock]] = defaultdict(list)
    crossings: dict[int, list[Crossing]] = defaultdict(list)
    keys = [timeline.pk for timeline in timelines]
    for row in Clock.objects.filter(timeline_id__in=keys).order_by("timeline_id", "kind", "cycle"):
        clocks[row.timeline_id].append(row)
    for fired in Crossing.objects.filter(timeline_id__in=keys, superseded_at=None):
        crossings[fired.timeline_id].append(fired)
    return clocks, crossings


def _in_timeline(timeline: Timeline, folded: Folded, events: Sequence[Event]) -> Iterator[Difference]:
    due = due_next(folded.clocks)
    wanted = {
        "wake_at": instant(folded.wake_at),
        "due_at": instant(due.due_at) if due else None,
        "due_kind": due.kind if due else "",
        "due_promised": due.promised if due else True,
    }
    since = any(event.recorded_at > _as_of(timeline) for event in events)
    for what, value in wanted.items():
        # Whatever was recorded since has woken it.
        if getattr(timeline, what) != value and not (since and what == "wake_at"):
            yield Difference(timeline.pk, what, getattr(timeline, what), value)


def _in_clocks(vendor_id: int, key: int, stored: Sequence[Clock], folded: Folded) -> Iterator[Difference]:
    rows = {(row.kind, row.cycle): row for row in stored}
    for state in folded.clocks:
        name = f"{state.kind} clock {state.cycle}"
        row = rows.pop((state.kind, state.cycle), None)
        if row is None:
            yield Difference(key, name, None, state.status)
            continue
        held, wanted = tuple(getattr(row, column) for column in _COLUMNS), clock_row(vendor_id, key, state)
        if not same_clock(held, wanted):
            for column, old, new in zip(_COLUMNS, held, wanted, strict=True):
                if old != new and not (column == "elapsed" and state.status == "running" and not state.breached):
                    yield Difference(key, f"{name}, {column}", old, new)
    for (kind, cycle), row in rows.items():
        yield Difference(key, f"{kind} clock {cycle}", row.status, None)


def _in_crossings(
    key: int, stored: Sequence[Crossing], folded: Folded, events: Sequence[Event]
) -> Iterator[Difference]:
    rows = {(row.kind, row.cycle, row.percent): row for row in stored}
    for state in folded.clocks:
        for crossing in state.crossings:
            name = f"{state.kind} clock {state.cycle} at {crossing.percent}%"
            row = rows.pop((state.kind, state.cycle, crossing.percent), None)
            if row is None:
                yield Difference(key, name, None, instant(crossing.at))
            elif epoch(row.crossed_at) != crossing.at and not _corrected_since(row, events):
                yield Difference(key, name, row.crossed_at, instant(crossing.at), row.pk)
    for (kind, cycle, percent), row in rows.items():
        yield Difference(key, f"{kind} clock {cycle} at {percent}%", row.crossed_at, None)


def _corrected_since(row: Crossing, events: Sequence[Event]) -> bool:
    """Whether history was set right after the rung had been acted on: it keeps the instant for which it fired."""
    noticed = epoch(row.noticed_at)
    late = [event for event in events if event.recorded_at >= noticed]
    return any(event.at < event.recorded_at or isinstance(event.fact, Voided) for event in late)


def _mend(vendor_id: int, differences: Sequence[Difference], act: Acting) -> None:
    # A rung that fired stays; only the instant for which it did is put right.
    for difference in differences:
        if difference.crossing is not None and difference.folded is not None:
            Crossing.objects.filter(pk=difference.crossing).update(crossed_at=difference.folded)
    store(vendor_id, sorted({difference.timeline_id for difference in differences}), act, clock.now())


def _said(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S %Z}"
    return "nothing" if value is None else repr(value)
