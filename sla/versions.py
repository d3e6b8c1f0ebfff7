"""Apply the versions in force to clocks that run under older ones: only when the vendor says so, after seeing what changes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from kernel import clock
from sla.engine.events import Event, VersionApplied
from sla.engine.fold import fold
from sla.engine.state import ClockState
from sla.models import Clock, Timeline
from sla.policies import rules
from sla.services import record_each
from sla.timelines import epoch, events_of, instant

_BATCH = 500
_LAST = 2**62  # orders after every stored event


@dataclass(frozen=True, slots=True)
class Difference:
    """A clock whose due time the versions in force would change: of which timeline, due before and after (None: stands still)."""

    timeline_id: int
    kind: str
    cycle: int
    before: datetime | None
    after: datetime | None


def preview(vendor_id: int) -> list[Difference]:
    """Which clocks that have not ended would be due at another time; writes nothing. Inside a scope of the vendor."""
    now = clock.now()
    return [difference for batch in _batches(vendor_id) for difference in _differences(vendor_id, batch, now)]


def apply(vendor_id: int) -> int:
    """Let the versions in force now count for all clocks that have not ended, from this moment on, like a settled zone; answers
    for how many timelines. Inside a scope of the vendor.
    """
    count = 0
    for batch in _batches(vendor_id):
        locked = list(
            Timeline.objects.select_for_update().filter(pk__in=batch).order_by("pk").values_list("pk", flat=True)
        )
        record_each([(key, VersionApplied()) for key in locked], vendor_id=vendor_id, now=clock.now())
        count += len(locked)
    return count


def _batches(vendor_id: int) -> Iterator[list[int]]:
    going = Clock.objects.filter(vendor_id=vendor_id, status__in=["running", "paused", "lifted"])
    keys = iter(list(going.order_by("timeline").values_list("timeline", flat=True).distinct()))
    while batch := list(islice(keys, _BATCH)):
        yield batch


def _differences(vendor_id: int, batch: list[int], now: datetime) -> Iterator[Difference]:
    made, as_of = rules(vendor_id), epoch(now)
    for key, events in events_of(vendor_id, batch).items():
        applied = [*events, Event(_LAST, as_of, VersionApplied(), _LAST, as_of)]
        after = {_name(state): state for state in fold(applied, made, as_of).clocks}
        for before in fold(events, made, as_of).clocks:
            changed = after.get(_name(before))
            if changed is not None and changed.due_at != before.due_at:
                yield Difference(key, before.kind, before.cycle, instant(before.due_at), instant(changed.due_at))


def _name(state: ClockState) -> tuple[str, int]:
    return state.kind, state.cycle
