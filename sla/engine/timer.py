"""One clock while its history is folded: open time used, pauses, targets, rungs and breach.

A timer is settled at ``mark``: ``used`` seconds had been used by then. While it runs, what is used later follows from
the calendar alone, so nothing is counted up: a pause or another calendar only moves the mark.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sla.engine.calendar import OpenTime
from sla.engine.events import ZoneSource
from sla.engine.policy import ClockPolicy, Policy, Rung, Target
from sla.engine.state import ClockState, Crossing, Status

#: After every instant that occurs.
NEVER = 2**62

PhaseKind = Literal["counted", "paused", "lifted", "resolved"]
Why = Literal["started", "priority", "urgent", "zone", "version", "reopened"]
Effect = Literal["set", "from_start", "from_change", "kept"]


@dataclass(frozen=True, slots=True)
class Place:
    """Whose zone and country count, and where they came from."""

    zone: str
    country: str | None
    source: ZoneSource
    assumed: bool


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of a timer's life, for the trace: it ran under ``calendar``, or stood still."""

    begin: int
    end: int
    kind: PhaseKind
    calendar: OpenTime


@dataclass(frozen=True, slots=True)
class TargetSet:
    """A target that was set or changed, for the trace. ``effect``: it counts from the start, from the change, or not at
    all.
    """

    at: int
    effect: Effect
    why: Why
    asked: int
    base: int
    target: int
    priority: str | None
    urgent: bool
    place: Place
    calendar: OpenTime
    policy_version: int
    clock: ClockPolicy


@dataclass(frozen=True, slots=True)
class Moved:
    """The clock counts for another place, or under another version, from here on; for the trace."""

    at: int
    place: Place
    calendar: OpenTime
    policy_version: int


Happening = Phase | TargetSet | Moved


class Timer:
    """A clock in one cycle. Instants must not go back; ``reach(t)`` comes before anything that happens at ``t``."""

    __slots__ = (
        "base",
        "breached_at",
        "calendar",
        "cancelled",
        "clock",
        "crossings",
        "cycle",
        "ended_at",
        "fired",
        "history",
        "lifted",
        "mark",
        "next_at",
        "paused",
        "place",
        "policy",
        "priority",
        "running",
        "settled_due",
        "started_at",
        "stopped_at",
        "target",
        "urgent",
        "used",
    )

    def __init__(
        self,
        policy: Policy,
        clock: ClockPolicy,
        cycle: int,
        at: int,
        *,
        calendar: OpenTime,
        place: Place,
        priority: str | None,
        urgent: bool,
        paused: bool,
        lifted: bool,
        history: list[Happening] | None,
    ) -> None:
        self.policy, self.clock, self.cycle = policy, clock, cycle
        self.calendar, self.place = calendar, place
        self.priority, self.urgent = priority, urgent
        self.started_at = self.mark = at
        self.base = self.used = 0
        self.target = 0
        self.paused, self.lifted = paused, lifted
        self.running = not (paused or lifted)
        self.stopped_at: int | None = None if self.running else at
        self.ended_at: int | None = None
        self.settled_due: int | None = None
        self.cancelled = False
        self.breached_at: int | None = None
        self.crossings: list[Crossing] = []
        self.fired: set[int] = set()
        self.next_at = NEVER
        self.history = history

    # -- what it is asked ------------------------------------------------------------------------------------------

    def used_at(self, at: int) -> int:
        """Open seconds used by ``at``, not before the mark."""
        return self.used + self.calendar.measure(self.mark, at) if self.running else self.used

    def applies(self, rung: Rung) -> bool:
        """Whether the rung is still to come for the present priority."""
        return rung.percent not in self.fired and (rung.priorities is None or self.priority in rung.priorities)

    def threshold(self, rung: Rung) -> int:
        """Open seconds at which the rung is crossed: the first whole second that reaches the share."""
        return self.base - (-self.target * rung.percent // 100)

    # -- what happens to it ----------------------------------------------------------------------------------------

    def start(self, target: int) -> None:
        """Set the first target and begin."""
        self.target = target
        self._note_target(self.started_at, "set", "started", target)
        self.plan()

    def reach(self, at: int) -> None:
        """Let time pass up to and including ``at``: rungs and breach that fall due happen."""
        while self.next_at <= at:
            moment = self.next_at
            used = self.used_at(moment)
            self._fire(moment, used)
            if self.breached_at is None and self.base + self.target <= used:
                self.breached_at = moment
            self.plan()

    def hold(self, at: int, *, paused: bool, lifted: bool) -> None:
        """Pause, lift, or let go on."""
        if paused == self.paused and lifted == self.lifted:
            return
        self._settle(at)
        was_running = self.running
        self.paused, self.lifted = paused, lifted
        self.running = not (paused or lifted)
        if self.running:
            self.stopped_at = None
        elif was_running:
            self.stopped_at = at
        self.plan()

    def retarget(self, at: int, why: Why, from_start: int, from_change: int) -> None:
        """Domain "A changed target": ``from_start`` open seconds counted from the start, or ``from_change`` counted
        from here, or neither. Never later than the promise that stands, unless the new one counted from the start is.
        """
        used = self.used_at(at)
        if from_start > self.base + self.target:
            self.base, self.target = 0, from_start
            self._note_target(at, "from_start", why, from_start)
        elif used + from_change < self.base + self.target:
            self.base, self.target = used, from_change
            self._note_target(at, "from_change", why, from_change)
        elif from_change != self.target:
            self._note_target(at, "kept", why, from_change)
        # A rung that the change puts before itself is crossed here, even while the clock stands still.
        self._fire(at, used)
        self.plan()

    def move(self, at: int, calendar: OpenTime, place: Place) -> None:
        """Count under another calendar from here on."""
        self._settle(at)
        self.calendar, self.place = calendar, place
        if self.history is not None:
            self.history.append(Moved(at, place, calendar, self.policy.version))

    def end(self, at: int) -> None:
        """End in whatever way; at its very due time it is met, and nothing crosses at this instant."""
        self._settle(at)
        self._freeze(at)
        self.settled_due = self.breached_at
        if self.settled_due is None:
            self.settled_due = self.calendar.add(at, self.base + self.target - self.used)

    def cancel(self, at: int) -> None:
        """Stop for good, neither met nor missed."""
        self._settle(at)
        self._freeze(at)
        self.cancelled = True

    def resume(self, at: int, *, paused: bool, lifted: bool) -> None:
        """Go on in the same cycle after an end (``reopening = "continue"``); the time since then was a pause."""
        self._note(self.mark, at, "resolved")
        self.mark, self.ended_at, self.settled_due = at, None, None
        self.paused, self.lifted = paused, lifted
        self.running = not (paused or lifted)
        self.stopped_at = None if self.running else at
        self.plan()

    def plan(self) -> None:
        """Find the next rung or breach, if the clock runs."""
        self.next_at = NEVER
        if not self.running or self.ended_at is not None:
            return
        need = NEVER if self.breached_at is not None else self.base + self.target
        for rung in self.clock.rungs:
            if self.applies(rung):
                need = min(need, self.threshold(rung))
                break
        if need != NEVER:
            self.next_at = self.calendar.add(self.mark, need - self.used) if need > self.used else self.mark

    def state(self, as_of: int) -> ClockState:
        """The clock as it stands at ``as_of``, which it must have reached."""
        ended = self.ended_at is not None
        used = self.used if ended else self.used_at(as_of)
        left = max(self.base + self.target - used, 0)
        due = self.breached_at
        status: Status
        if ended:
            status = "cancelled" if self.cancelled else "ended"
            due = self.settled_due if due is None else due
        elif self.lifted:
            status = "lifted"
        elif self.paused:
            status = "paused"
        else:
            status = "running"
            if due is None:
                due = self.calendar.add(as_of, left)
        spec = self.calendar.spec
        return ClockState(
            self.clock.kind,
            self.cycle,
            status,
            self.clock.promised,
            self.started_at,
            due,
            self.ended_at,
            None if ended else self.stopped_at,
            self.breached_at,
            used,
            left,
            self.base,
            self.target,
            tuple(self.crossings),
            None if self.next_at == NEVER else self.next_at,
            self.priority,
            self.policy.version,
            spec.key,
            spec.version,
            self.calendar.zone,
            self.place.source,
            self.place.assumed,
        )

    # -- inside ----------------------------------------------------------------------------------------------------

    def _settle(self, at: int) -> None:
        if self.running:
            self._note(self.mark, at, "counted")
            self.used += self.calendar.measure(self.mark, at)
        else:
            self._note(self.mark, at, "lifted" if self.lifted else "paused")
        self.mark = at

    def _freeze(self, at: int) -> None:
        """An end comes before a crossing at the same instant: take those back, then stop."""
        while self.crossings and self.crossings[-1].at == at:
            self.fired.discard(self.crossings.pop().percent)
        if self.breached_at == at:
            self.breached_at = None
        self.ended_at, self.next_at = at, NEVER
        self.running = self.paused = self.lifted = False

    def _fire(self, at: int, used: int) -> None:
        for rung in self.clock.rungs:
            if self.applies(rung) and self.threshold(rung) <= used:
                self.fired.add(rung.percent)
                self.crossings.append(Crossing(rung.percent, at, rung))

    def _note(self, begin: int, end: int, kind: PhaseKind) -> None:
        if self.history is not None and begin < end:
            self.history.append(Phase(begin, end, kind, self.calendar))

    def _note_target(self, at: int, effect: Effect, why: Why, asked: int) -> None:
        if self.history is not None:
            self._settle(at)
            self.history.append(
                TargetSet(
                    at,
                    effect,
                    why,
                    asked,
                    self.base,
                    self.target,
                    self.priority,
                    self.urgent,
                    self.place,
                    self.calendar,
                    self.policy.version,
                    self.clock,
                )
            )


def amounts(target: Target, started_at: int, at: int, used: int, calendar: OpenTime) -> tuple[int, int]:
    """A target in open seconds of ``calendar``: counted from the start of the clock, and counted from ``at``.

    They differ only for ``counting="day_end"``, where each is the open time to the close of its n-th open day.
    """
    if target.counting == "rolling":
        seconds = target.seconds(calendar.spec.standard_day)
        return seconds, seconds
    from_change = calendar.measure(at, calendar.end_of_day(at, target.days))
    if at == started_at:
        return from_change, from_change
    close = calendar.end_of_day(started_at, target.days)
    return used + max(calendar.measure(at, close), 0), from_change
