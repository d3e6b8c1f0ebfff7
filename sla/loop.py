"""The one loop that computes deadlines and fires escalations: claim what is to wake, fold, store, act, in one transaction.

One vendor a transaction. Whoever else runs it at the same time takes other timelines (SKIP LOCKED); whatever was missed while
nobody ran it is found by the next run, for `wake_at` stays in the past until a fold has been stored.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from kernel import clock
from kernel.rows import insert, update
from kernel.tenancy.scope import Scope, enter
from sla.engine.policy import Rung
from sla.engine.state import ClockState, Folded
from sla.models import Timeline
from sla.policies import rules
from sla.timelines import due_next, fold_now, instant

log = logging.getLogger(__name__)
BATCH = 1000
TRY_AGAIN = timedelta(minutes=15)  # a timeline that could not be folded


@dataclass(frozen=True, slots=True)
class Reached:
    """A rung that was reached and not seen before: of which clock of which timeline, when it was crossed, when noticed."""

    timeline_id: int
    clock: ClockState
    rung: Rung
    crossed_at: datetime
    noticed_at: datetime


# What follows from a fold, called inside the transaction that stores it: with the vendor, the timelines that were folded, the
# rungs newly reached, and the instant.
Acting = Callable[[int, Sequence[int], Sequence[Reached], datetime], None]

_CLAIM = """
SELECT id FROM sla_timeline WHERE vendor_id = %s AND wake_at <= %s ORDER BY wake_at LIMIT %s FOR UPDATE SKIP LOCKED
"""
# To which something has happened since (or in the second of) their last fold; of the others only time has passed.
_TOUCHED = """
SELECT id FROM sla_timeline t WHERE vendor_id = %(vendor)s AND id = ANY(%(keys)s)
AND (folded_at IS NULL OR EXISTS (
  SELECT 1 FROM sla_clockevent e WHERE e.vendor_id = %(vendor)s AND e.timeline_id = t.id AND e.recorded_at >= t.folded_at))
"""
_CLOCK_COLUMNS = {
    "vendor_id": "bigint",
    "timeline_id": "bigint",
    "kind": "text",
    "cycle": "int",
    "status": "text",
    "started_at": "timestamptz",
    "due_at": "timestamptz",
    "ended_at": "timestamptz",
    "paused_at": "timestamptz",
    "breached_at": "timestamptz",
    "base": "int",
    "target": "int",
    "elapsed": "int",
    "promised": "boolean",
    "priority": "text",
    "calendar": "text",
    "zone": "text",
    "policy_number": "int",
    "calendar_number": "int",
}
_KEY, _STATUS, _BREACHED_AT, _ELAPSED = 4, 4, 9, 12  # places in that list
_REPLACE_CLOCK = (
    "ON CONFLICT (vendor_id, timeline_id, kind, cycle) DO UPDATE SET "
    + ", ".join(  # nosec B608
        f"{name} = EXCLUDED.{name}" for name in list(_CLOCK_COLUMNS)[_KEY:]
    )
)
_READ_CLOCKS = f"SELECT {', '.join(_CLOCK_COLUMNS)} FROM sla_clock WHERE vendor_id = %s AND timeline_id = ANY(%s)"  # nosec B608
_DROP_CLOCK = "DELETE FROM sla_clock WHERE vendor_id = %s AND timeline_id = %s AND kind = %s AND cycle = %s"
_CROSSING_COLUMNS = {
    "vendor_id": "bigint",
    "timeline_id": "bigint",
    "kind": "text",
    "cycle": "int",
    "percent": "smallint",
    "crossed_at": "timestamptz",
    "noticed_at": "timestamptz",
}
_ONCE = (
    "ON CONFLICT (vendor_id, timeline_id, kind, cycle, percent) DO NOTHING RETURNING timeline_id, kind, cycle, percent"
)
_READ_CROSSINGS = """
SELECT timeline_id, kind, cycle, percent, superseded_at IS NOT NULL FROM sla_crossing
WHERE vendor_id = %s AND timeline_id = ANY(%s)
"""
_SUPERSEDE = """
UPDATE sla_crossing SET superseded_at = %s
WHERE vendor_id = %s AND timeline_id = %s AND kind = %s AND cycle = %s AND percent = %s
"""
_TIMELINE_COLUMNS = {
    "id": "bigint",
    "wake_at": "timestamptz",
    "folded_at": "timestamptz",
    "due_at": "timestamptz",
    "due_kind": "text",
    "due_promised": "boolean",
    "trouble": "text",
}


def sweep(vendor_id: int, act: Acting, *, limit: int = BATCH) -> int:
    """Take up to `limit` timelines of a vendor that are to wake; answers how many. Call again while it answers `limit`."""
    with enter(Scope.of(vendor_id)):
        now = clock.now()
        with connection.cursor() as cursor:
            cursor.execute(_CLAIM, [vendor_id, now, limit])
            claimed = [key for (key,) in cursor]
            if claimed:
                cursor.execute(_TOUCHED, {"vendor": vendor_id, "keys": claimed})
                touched = [key for (key,) in cursor]
        if claimed:
            # The clock is read again: what was recorded before we had the locks must not lie in the future.
            store(vendor_id, claimed, act, clock.now(), touched=touched)
        return len(claimed)


def store(
    vendor_id: int, timeline_ids: Sequence[int], act: Acting, now: datetime, *, touched: Sequence[int] | None = None
) -> None:
    """Fold the timelines, which the caller has locked, as of `now`; store their clocks, and act on rungs newly reached.

    Rungs that fired and are no longer reached are looked for on those in `touched` (default all).
    """
    folds, troubled = _folded(vendor_id, timeline_ids, now)
    timeline_ids = [key for key in timeline_ids if key not in troubled]
    _store_clocks(vendor_id, timeline_ids, folds)
    reached = _store_crossings(vendor_id, folds, now)
    _supersede(vendor_id, timeline_ids if touched is None else touched, folds, now)
    _store_timelines(vendor_id, timeline_ids, folds, now)
    act(vendor_id, timeline_ids, reached, now)
    if troubled:
        _set_aside(vendor_id, troubled, now)


def _folded(vendor_id: int, timeline_ids: Sequence[int], now: datetime) -> tuple[dict[int, Folded], dict[int, str]]:
    """The folds, and the timelines that could not be folded with the reason: one must not hold up the others."""
    made = rules(vendor_id)
    try:
        return fold_now(vendor_id, timeline_ids, made, now), {}
    except Exception:
        log.exception("a timeline of vendor %s can't be folded; looking which", vendor_id)
    folds: dict[int, Folded] = {}
    troubled: dict[int, str] = {}
    for key in timeline_ids:
        try:
            folds |= fold_now(vendor_id, [key], made, now)
        except Exception as failure:
            troubled[key] = f"{type(failure).__name__}: {failure}"[:300]
            log.error("timeline %s of vendor %s: %s", key, vendor_id, troubled[key])
    return folds, troubled


def _set_aside(vendor_id: int, troubled: Mapping[int, str], now: datetime) -> None:
    for key, trouble in troubled.items():
        Timeline.objects.filter(vendor_id=vendor_id, pk=key).update(trouble=trouble, wake_at=now + TRY_AGAIN)


def clock_row(vendor_id: int, timeline_id: int, state: ClockState) -> tuple[Any, ...]:
    """The stored columns of a clock, in the order of the table's insert."""
    return (
        vendor_id,
        timeline_id,
        state.kind,
        state.cycle,
        state.status,
        instant(state.started_at),
        instant(state.due_at),
        instant(state.ended_at),
        instant(state.stopped_at),
        instant(state.breached_at),
        state.base,
        state.target,
        state.elapsed_seconds,
        state.promised,
        state.priority or "",
        state.calendar,
        state.zone,
        state.policy_version,
        state.calendar_version,
    )


def same_clock(stored: tuple[Any, ...], folded: tuple[Any, ...]) -> bool:
    """Whether a stored row (as `clock_row` makes it) still tells the clock. Open time used goes on by itself while a clock runs
    towards its due time, so that it alone is no difference.
    """
    if stored == folded:
        return True
    running = folded[_STATUS] == "running" and folded[_BREACHED_AT] is None
    return running and stored[:_ELAPSED] == folded[:_ELAPSED] and stored[_ELAPSED + 1 :] == folded[_ELAPSED + 1 :]


def _store_clocks(vendor_id: int, timeline_ids: Sequence[int], folds: dict[int, Folded]) -> None:
    rows = [clock_row(vendor_id, key, state) for key, folded in folds.items() for state in folded.clocks]
    with connection.cursor() as cursor:
        cursor.execute(_READ_CLOCKS, [vendor_id, list(timeline_ids)])
        stored = {row[:_KEY]: row for row in cursor}
        changed = [row for row in rows if row[:_KEY] not in stored or not same_clock(stored[row[:_KEY]], row)]
        if changed:
            insert("sla_clock", _CLOCK_COLUMNS, changed, _REPLACE_CLOCK)
        for gone in stored.keys() - {row[:_KEY] for row in rows}:
            cursor.execute(_DROP_CLOCK, gone)


def _store_crossings(vendor_id: int, folds: dict[int, Folded], now: datetime) -> list[Reached]:
    reached = {
        (key, state.kind, state.cycle, crossing.percent): Reached(key, state, crossing.rung, _instant(crossing.at), now)
        for key, folded in folds.items()
        for state in folded.clocks
        for crossing in state.crossings
    }
    if not reached:
        return []
    rows = [(vendor_id, *key, found.crossed_at, now) for key, found in reached.items()]
    new = insert("sla_crossing", _CROSSING_COLUMNS, rows, _ONCE)
    return [reached[timeline, kind, cycle, percent] for timeline, kind, cycle, percent in new]


def _supersede(vendor_id: int, timeline_ids: Sequence[int], folds: dict[int, Folded], now: datetime) -> None:
    """Mark rungs that fired and that a corrected history no longer has; take the mark back where it has them again."""
    if not timeline_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(_READ_CROSSINGS, [vendor_id, list(timeline_ids)])
        for timeline, kind, cycle, percent, superseded in cursor.fetchall():
            folded = folds.get(timeline)
            here = folded is not None and any(
                (state.kind, state.cycle, crossing.percent) == (kind, cycle, percent)
                for state in folded.clocks
                for crossing in state.crossings
            )
            if superseded == here:
                cursor.execute(_SUPERSEDE, [None if here else now, vendor_id, timeline, kind, cycle, percent])


def _store_timelines(vendor_id: int, timeline_ids: Sequence[int], folds: dict[int, Folded], now: datetime) -> None:
    rows = []
    for key in timeline_ids:
        folded = folds.get(key)
        due = due_next(folded.clocks) if folded else None
        wake = instant(folded.wake_at) if folded else None
        due_at, kind, promised = (instant(due.due_at), due.kind, due.promised) if due else (None, "", True)
        rows.append((key, wake, now, due_at, kind, promised, ""))
    update("sla_timeline", _TIMELINE_COLUMNS, rows, vendor_id)


def _instant(seconds: int) -> datetime:
    found = instant(seconds)
    assert found is not None  # noqa: S101  narrows for the type checker: seconds are given  # nosec B101
    return found
