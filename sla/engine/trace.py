"""Why a deadline is what it is: every stretch of open time counted, everything skipped by name, every change of target.

The answer is data: each :class:`ClockTrace` lists typed entries that a page or a command puts into the reader's words.
Rule ids, versions, zone and its source are in them. ``sla.engine.words`` says them in English.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from sla.engine.calendar import DAY, CalendarSpec, OpenTime
from sla.engine.events import Event, ZoneSource
from sla.engine.fold import TicketClocks
from sla.engine.policy import ClockKind, Rules, Target
from sla.engine.state import ClockState, Folded, Status
from sla.engine.timer import Effect, Moved, Phase, TargetSet, Timer, Why

SkipReason = Literal["night", "break", "weekend", "holiday", "closure"]
PauseReason = Literal["paused", "lifted", "resolved"]


@dataclass(frozen=True, slots=True)
class Basis:
    """Under what it counts from ``at`` on: versions, calendar, zone and whose it is, and the rules behind them.

    ``zone_fixed``: the zone belongs to the calendar, wherever the person is.
    """

    at: int
    policy: str
    policy_version: int
    calendar: str
    calendar_version: int
    calendar_name: str
    zone: str
    zone_source: ZoneSource
    zone_assumed: bool
    zone_fixed: bool
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TargetNote:
    """A target was set or changed at ``at``: due when ``base + target`` open seconds are used. ``asked`` is what the
    new priority, urgency, calendar or version wanted; with ``effect="kept"`` the promise that stands was sooner and
    stayed. ``promise`` is the target as the policy
    words it, an update clock has ``percent_of_resolution`` instead.
    """

    at: int
    why: Why
    effect: Effect
    asked: int
    base: int
    target: int
    priority: str | None
    urgent: bool
    promise: Target | None
    percent_of_resolution: int | None
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """Open time that counted: ``seconds`` in ``[begin, end)``, ``used`` in all by then; ``ahead`` has not come yet; ``spare`` was
    left when the clock ended, and shows where the due time lies.
    """

    begin: int
    end: int
    seconds: int
    used: int
    ahead: bool
    spare: bool = False


@dataclass(frozen=True, slots=True)
class Skipped:
    """Time that did not count since it was closed, and why; ``name`` of the holiday or closure."""

    begin: int
    end: int
    reason: SkipReason
    name: str
    ahead: bool


@dataclass(frozen=True, slots=True)
class Stood:
    """Time in which the clock stood still."""

    begin: int
    end: int
    reason: PauseReason


@dataclass(frozen=True, slots=True)
class Crossed:
    """A rung of the ladder was reached."""

    at: int
    percent: int
    tell: tuple[str, ...]
    change: tuple[str, ...]
    rule: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it stands: the due time (``None`` while it stands still, or cancelled), the end, the breach, open time used
    and left.
    """

    status: Status
    due_at: int | None
    ended_at: int | None
    breached_at: int | None
    used: int
    left: int


Entry = Basis | TargetNote | Counted | Skipped | Stood | Crossed | Outcome


@dataclass(frozen=True, slots=True)
class ClockTrace:
    """The explanation of one clock and cycle, in the order in which things happened; crossings and the outcome come
    last.
    """

    kind: ClockKind
    cycle: int
    promised: bool
    started_at: int
    zone: str
    rules: tuple[str, ...]
    entries: tuple[Entry, ...]


def explain(events: Iterable[Event], rules: Rules, as_of: int) -> tuple[Folded, tuple[ClockTrace, ...]]:
    """``fold`` with the trace of each of its clocks, in the same order."""
    ticket = TicketClocks(rules, explained=True)
    folded = ticket.run(events, as_of)
    return folded, tuple(
        _trace(timer, state, as_of) for timer, state in zip(ticket.timers(), folded.clocks, strict=True)
    )


def _trace(timer: Timer, state: ClockState, as_of: int) -> ClockTrace:
    history = timer.history or []
    entries: list[Entry] = []
    first = next(note for note in history if isinstance(note, TargetSet))
    entries.append(_basis(timer, Moved(first.at, first.place, first.calendar, first.policy_version)))
    used = 0
    for note in [*history, *_still_open(timer, state, as_of)]:
        if isinstance(note, Phase):
            for entry in _stretches(note, used, state, as_of):
                entries.append(entry)
                used = entry.used if isinstance(entry, Counted) else used
        elif isinstance(note, Moved):
            entries.append(_basis(timer, note))
        else:
            entries.append(
                TargetNote(
                    note.at,
                    note.why,
                    note.effect,
                    note.asked,
                    note.base,
                    note.target,
                    note.priority,
                    note.urgent,
                    note.clock.target_for(note.priority, note.urgent),
                    note.clock.percent_of_resolution,
                    note.clock.rules,
                )
            )
    entries += [Crossed(c.at, c.percent, c.rung.tell, c.rung.change, c.rung.rule) for c in state.crossings]
    entries.append(
        Outcome(
            state.status, state.due_at, state.ended_at, state.breached_at, state.elapsed_seconds, state.left_seconds
        )
    )
    return ClockTrace(
        state.kind, state.cycle, state.promised, state.started_at, state.zone, timer.clock.rules, tuple(entries)
    )


def _basis(timer: Timer, moved: Moved) -> Basis:
    spec = moved.calendar.spec
    rule = timer.policy.choice(moved.place.country).rule
    return Basis(
        moved.at,
        timer.policy.key,
        moved.policy_version,
        spec.key,
        spec.version,
        spec.name,
        moved.calendar.zone,
        moved.place.source,
        moved.place.assumed,
        spec.zone is not None,
        tuple(dict.fromkeys((*((rule,) if rule else ()), *spec.rules))),
    )


def _still_open(timer: Timer, state: ClockState, as_of: int) -> list[Phase]:
    """What follows the last mark: up to now, and unless it is breached, on to the due time."""
    if timer.ended_at is not None:
        if state.status != "ended" or state.breached_at is not None or state.due_at is None:
            return []
        return [Phase(timer.ended_at, state.due_at, "counted", timer.calendar)]
    kind: Literal["counted", "lifted", "paused"] = (
        "counted" if timer.running else "lifted" if timer.lifted else "paused"
    )
    phases = [Phase(timer.mark, as_of, kind, timer.calendar)]
    if state.status == "running" and state.breached_at is None and state.due_at is not None:
        phases.append(Phase(as_of, state.due_at, "counted", timer.calendar))
    return phases


def _stretches(phase: Phase, used: int, state: ClockState, as_of: int) -> Iterator[Counted | Skipped | Stood]:
    """One phase in pieces. After a breach nothing explains the due time any more, so it stops there."""
    end = phase.end if state.breached_at is None else min(phase.end, state.breached_at)
    if phase.begin >= end:
        return
    if phase.kind != "counted":
        yield Stood(phase.begin, end, phase.kind)
        return
    spare = state.ended_at is not None and phase.begin >= state.ended_at
    ahead = phase.begin >= as_of and not spare
    calendar, here = phase.calendar, phase.begin
    index = max(bisect_right(calendar.opens, here) - 1, 0)
    while here < end:
        while index < len(calendar.closes) and calendar.closes[index] <= here:
            index += 1
        opens = calendar.opens[index] if index < len(calendar.opens) else end
        if opens > here:
            close = min(opens, end)
            yield from skips(calendar, here, close, ahead=ahead)
            here = close
        else:
            close = min(calendar.closes[index], end)
            used += close - here
            yield Counted(here, close, close - here, used, ahead, spare)
            here = close


def skips(calendar: OpenTime, begin: int, end: int, *, ahead: bool = False) -> list[Skipped]:
    """Closed time ``[begin, end)`` by reason: whole closed days with the nights around them, or one night, or a break
    in the day.
    """
    pieces: list[tuple[int, int, SkipReason | None, str]] = []
    named = _names(calendar.spec)
    here = begin
    while here < end:
        day = calendar.local_day(here)
        stop = min(end, _midnight(calendar, day + timedelta(days=1)))
        reason, name = _reason(calendar.spec, named, day)
        if pieces and (pieces[-1][2:] == (reason, name) or reason is None):
            pieces[-1] = (pieces[-1][0], stop, *pieces[-1][2:])
        elif pieces and pieces[-1][2] is None:
            pieces[-1] = (pieces[-1][0], stop, reason, name)
        else:
            pieces.append((here, stop, reason, name))
        here = stop
    plain: SkipReason = "break" if _within_a_day(calendar, begin, end) else "night"
    return [Skipped(first, last, reason or plain, name, ahead) for first, last, reason, name in pieces]


def _reason(spec: CalendarSpec, named: dict[date, tuple[SkipReason, str]], day: date) -> tuple[SkipReason | None, str]:
    """Why a whole local day is closed, or ``None`` if it has hours and only part of it is."""
    yesterday = day - timedelta(days=1)
    begun_before = any(closes > DAY for _, closes in spec.weekly[yesterday.weekday()])
    if not spec.weekly[day.weekday()] and not begun_before:
        return "weekend", ""
    return named.get(day, (None, ""))


def _names(spec: CalendarSpec) -> dict[date, tuple[SkipReason, str]]:
    names: dict[date, tuple[SkipReason, str]] = {day.day: ("closure", day.name) for day in spec.closures}
    names.update({day.day: ("holiday", day.name) for day in spec.holidays})
    return names


def _midnight(calendar: OpenTime, day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=calendar.tz).timestamp())


def _within_a_day(calendar: OpenTime, begin: int, end: int) -> bool:
    """Whether the closed time lies between two openings of one local day."""
    day = calendar.local_day(begin)
    if calendar.local_day(end) != day:
        return False
    first, last = _midnight(calendar, day), _midnight(calendar, day + timedelta(days=1))
    return (
        calendar.measure(max(first, calendar.starts), begin) > 0 and calendar.measure(end, min(last, calendar.ends)) > 0
    )
