"""The one function that turns what happened to a ticket into its clocks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sla.engine import events as facts
from sla.engine.calendar import OpenTime
from sla.engine.events import Event
from sla.engine.policy import ClockKind, ClockPolicy, Policy, Rules
from sla.engine.state import Folded
from sla.engine.timer import NEVER, Place, Timer, Why, amounts


def fold(events: Iterable[Event], rules: Rules, as_of: int) -> Folded:
    """The clocks of a ticket at ``as_of`` (epoch seconds), from its events in any order, under ``rules``.

    Events count by ``at``, at one instant by ``order``; later ones than ``as_of`` are left out, voided ones everywhere.
    A crossing at the very ``as_of`` has happened. :class:`~sla.engine.calendar.HorizonError` where a calendar version
    ends.
    """
    return TicketClocks(rules).run(events, as_of)


def effective(events: Iterable[Event]) -> list[Event]:
    """The events that were not voided, in the order in which they count."""
    listed = sorted(events, key=lambda event: (event.at, event.order, event.id))
    voids = [event for event in listed if type(event.fact) is facts.Voided]
    if not voids:
        return listed
    undone: set[int] = set()
    for event in sorted(voids, key=lambda event: (event.order, event.id), reverse=True):
        if event.id not in undone and isinstance(event.fact, facts.Voided):
            undone.add(event.fact.event)
    return [event for event in listed if event.id not in undone and type(event.fact) is not facts.Voided]


class TicketClocks:
    """A ticket as its clocks see it, while its events are folded. ``explained`` keeps each clock's history for the
    trace.
    """

    def __init__(self, rules: Rules, *, explained: bool = False) -> None:
        self.rules = rules
        self.explained = explained
        self.received_at: int | None = None
        self.place: Place | None = None
        self.claim: str | None = None
        self.assigned_priority: str | None = None
        self.urgent = self.informed = self.assigned = self.answered = False
        self.waiting = self.resolved = self.cancelled = False
        self.classification = "incident"
        self.response: Timer | None = None
        self.resolutions: list[Timer] = []
        self.updates: list[Timer] = []
        self.live: list[Timer] = []
        self.past: list[Timer] = []  # of receptions that were cancelled

    def run(self, events: Iterable[Event], as_of: int) -> Folded:
        """Fold everything up to ``as_of``."""
        future = NEVER
        for event in effective(events):
            if event.at > as_of:
                future = event.at
                break
            if self.cancelled:
                if not isinstance(event.fact, facts.Received):
                    continue
                self._begin_again()
            for timer in self.live:
                if timer.next_at <= event.at:
                    timer.reach(event.at)
            _HANDLERS[type(event.fact)](self, event.at, event.fact)
        for timer in self.live:
            timer.reach(as_of)
        wake = min((timer.next_at for timer in self.live), default=NEVER)
        wake = min(wake, future)
        place = self.place or self._vendors_place()
        return Folded(
            as_of,
            tuple(timer.state(as_of) for timer in self.timers()),
            None if wake == NEVER else wake,
            self.received_at,
            self.priority(self.rules.policy_at(as_of if self.received_at is None else self.received_at)),
            self.urgent,
            place.zone,
            place.country,
            place.source,
            place.assumed,
        )

    def timers(self) -> list[Timer]:
        """All clocks: response, resolution by cycle, update by cycle."""
        present = [*([self.response] if self.response else []), *self.resolutions, *self.updates]
        return sorted(self.past + present, key=lambda timer: _ORDER[timer.clock.kind]) if self.past else present

    def priority(self, policy: Policy) -> str | None:
        """The priority that counts: assigned, else claimed, else the policy's default (M3)."""
        return self.assigned_priority or self.claim or policy.default_priority

    # -- what happens ----------------------------------------------------------------------------------------------

    def _received(self, at: int, fact: facts.Received) -> None:
        if self.received_at is not None:
            return
        self.received_at = at
        self.claim = fact.priority
        self.urgent = self.urgent or fact.urgent
        if self.place is None:
            self.place = self._place_of(fact)
        if not self.resolved:
            self.response = self._start("response", self._first("response"), at)
        self._try_resolution(at)

    def _assigned(self, at: int, fact: facts.Assigned) -> None:
        self.assigned = True

    def _responded(self, at: int, fact: facts.Responded) -> None:
        if self.answered:
            self._update_from(at)
            return
        timer = self.response
        if timer is not None:
            clock = timer.clock
            if (clock.needs_qualified and not fact.qualified) or (clock.needs_assigned and not self.assigned):
                return
            self._end(timer, at)
        if self.received_at is not None:
            self.answered = True
            self._update_from(at)

    def _public_message(self, at: int, fact: facts.PublicMessage) -> None:
        if self.answered:
            self._update_from(at)

    def _priority(self, at: int, fact: facts.PriorityAssigned | facts.PriorityChanged) -> None:
        self.assigned_priority = fact.priority
        self._retarget(at, "priority")
        self._try_resolution(at)

    def _urgent(self, at: int, fact: facts.DeclaredUrgent) -> None:
        self.urgent = True
        self._retarget(at, "urgent")

    def _informed(self, at: int, fact: facts.InformationComplete) -> None:
        self.informed = True
        self._try_resolution(at)

    def _waiting(self, at: int, fact: facts.WaitingForCustomer) -> None:
        if not self.resolved:
            self.waiting = True
            self._hold(at)

    def _replied(self, at: int, fact: facts.CustomerReplied) -> None:
        self.waiting = False
        self._hold(at)

    def _classified(self, at: int, fact: facts.Classified) -> None:
        self.classification = fact.as_
        self._hold(at)

    def _zone_settled(self, at: int, fact: facts.ZoneSettled) -> None:
        country = fact.country or (self.place.country if self.place else None)
        self.place = Place(fact.zone, country, fact.zone_source, assumed=False)
        for timer in self.live:
            self._move(timer, at)
        self._retarget(at, "zone")

    def _resolved(self, at: int, fact: facts.Resolved) -> None:
        if self.resolved:
            return
        self.resolved, self.waiting = True, False
        self.answered = self.answered or self.received_at is not None
        self._hold(at)

    def _reopened(self, at: int, fact: facts.Reopened) -> None:
        if not self.resolved:
            return
        self.resolved = False
        last = self.resolutions[-1] if self.resolutions else None
        if last is None:
            self._try_resolution(at)
        elif last.ended_at is not None:
            if last.clock.reopening == "continue":
                self._resume(last, at)
            else:
                self._begin(self.resolutions, self._start("resolution", last.cycle + 1, at))
        if self.answered:
            self._update_from(at)

    def _cancelled(self, at: int, fact: facts.Cancelled) -> None:
        self.cancelled = True
        for timer in self.live:
            timer.cancel(at)
        self.live = []

    def _version_applied(self, at: int, fact: facts.VersionApplied) -> None:
        both = fact.policy is None and fact.calendar is None
        for timer in self.live:
            if both or fact.policy is not None:
                policy = self.rules.policy_at(at) if fact.policy is None else self.rules.policy(fact.policy)
                # A clock that the new version no longer has keeps its promise.
                clock = policy.clock(timer.clock.kind)
                if clock is not None:
                    timer.policy, timer.clock = policy, clock
            self._move(timer, at, version=fact.calendar, latest=both)
        self._retarget(at, "version")
        self._hold(at)

    def _begin_again(self) -> None:
        """Received anew after a hand-off to another house and back: what was cancelled stays so, and nothing else is known."""
        self.past = self.timers()
        self.received_at = self.place = self.claim = self.assigned_priority = self.response = None
        self.urgent = self.informed = self.assigned = self.answered = False
        self.waiting = self.resolved = self.cancelled = False
        self.classification = "incident"
        self.resolutions, self.updates, self.live = [], [], []

    # -- clocks ----------------------------------------------------------------------------------------------------

    def _start(self, kind: ClockKind, cycle: int, at: int) -> Timer | None:
        """A new clock under the versions that hold at ``at``; ``None`` if nothing is promised for this ticket."""
        policy = self.rules.policy_at(at)
        clock = policy.clock(kind)
        if clock is None:
            return None
        place = self.place or self._vendors_place()
        calendar = self._calendar(policy, place, at)
        target = self._amounts(policy, clock, calendar, started_at=at, at=at, used=0)
        if target is None:
            return None
        timer = Timer(
            policy,
            clock,
            cycle,
            at,
            calendar=calendar,
            place=place,
            priority=self.priority(policy),
            urgent=self.urgent,
            paused=self.waiting and clock.pauses_while_waiting,
            lifted=self._lifts(clock),
            history=[] if self.explained else None,
        )
        timer.start(target[0])
        self.live.append(timer)
        return timer

    def _first(self, kind: ClockKind) -> int:
        """The number of the first cycle, counted on from receptions that were cancelled."""
        return 1 + max((timer.cycle for timer in self.past if timer.clock.kind == kind), default=0)

    def _try_resolution(self, at: int) -> None:
        """Start the first resolution clock if M8 holds."""
        if self.resolutions or self.resolved or self.received_at is None:
            return
        clock = self.rules.policy_at(at).clock("resolution")
        if clock is None or (clock.needs_information and not self.informed):
            return
        if self.assigned_priority is not None or not clock.needs_priority:
            self._begin(self.resolutions, self._start("resolution", self._first("resolution"), at))

    def _update_from(self, at: int) -> None:
        """Start the update clock anew (M11), unless it just did; not while the ticket is resolved."""
        if self.resolved:
            return
        last = self.updates[-1] if self.updates else None
        if last is not None and last.ended_at is None:
            if last.started_at == at:
                return
            self._end(last, at)
        self._begin(self.updates, self._start("update", last.cycle + 1 if last else self._first("update"), at))

    def _begin(self, cycles: list[Timer], timer: Timer | None) -> None:
        if timer is not None:
            cycles.append(timer)

    def _end(self, timer: Timer, at: int) -> None:
        if timer.ended_at is None:
            timer.end(at)
            self.live.remove(timer)

    def _resume(self, timer: Timer, at: int) -> None:
        timer.resume(at, paused=self.waiting and timer.clock.pauses_while_waiting, lifted=self._lifts(timer.clock))
        self.live.append(timer)
        self._move(timer, at)
        self._retarget_one(timer, at, "reopened")

    def _hold(self, at: int) -> None:
        """Pause, lift or let go on what runs; while the ticket is resolved only what is lifted lives."""
        for timer in list(self.live):
            lifted = self._lifts(timer.clock)
            if self.resolved and not lifted:
                self._end(timer, at)
            else:
                timer.hold(at, paused=self.waiting and timer.clock.pauses_while_waiting, lifted=lifted)

    def _retarget(self, at: int, why: Why) -> None:
        for timer in self.live:
            self._retarget_one(timer, at, why)

    def _retarget_one(self, timer: Timer, at: int, why: Why) -> None:
        timer.priority, timer.urgent = self.priority(timer.policy), self.urgent
        used = timer.used_at(at)
        asked = self._amounts(timer.policy, timer.clock, timer.calendar, started_at=timer.started_at, at=at, used=used)
        # Where the change leaves no target, the one that stands stays.
        from_start, from_change = asked or (0, timer.target)
        timer.retarget(at, why, from_start, from_change)

    def _move(self, timer: Timer, at: int, *, version: int | None = None, latest: bool = False) -> None:
        """Let a clock count for the present place from here on, under its own versions or under new ones."""
        place = self.place or self._vendors_place()
        key = timer.policy.choice(place.country).calendar
        if version is not None:
            spec = self.rules.calendar(key, version)
        elif latest:
            spec = self.rules.calendar_at(key, at)
        elif key == timer.calendar.spec.key:
            spec = timer.calendar.spec
        else:
            spec = self.rules.calendar_at(key, timer.started_at)
        timer.move(at, self.rules.open_time(spec, place.zone), place)

    def _amounts(
        self, policy: Policy, clock: ClockPolicy, calendar: OpenTime, *, started_at: int, at: int, used: int
    ) -> tuple[int, int] | None:
        """The clock's target for the present priority and urgency, counted from its start and counted from ``at``."""
        priority = self.priority(policy)
        share = clock.percent_of_resolution
        source = clock if share is None else policy.clock("resolution")
        target = source.target_for(priority, self.urgent) if source is not None else None
        if target is None:
            return None
        from_start, from_change = amounts(target, started_at, at, used, calendar)
        if share is None:
            return from_start, from_change
        return -(-from_start * share // 100), -(-from_change * share // 100)

    def _calendar(self, policy: Policy, place: Place, at: int) -> OpenTime:
        return self.rules.open_time(self.rules.calendar_at(policy.choice(place.country).calendar, at), place.zone)

    def _lifts(self, clock: ClockPolicy) -> bool:
        return self.classification in clock.lifted_by

    def _place_of(self, fact: facts.Received) -> Place:
        if fact.zone is None:
            return Place(self.rules.zone, fact.country or self.rules.country, "vendor", assumed=True)
        return Place(fact.zone, fact.country, fact.zone_source, fact.zone_assumed)

    def _vendors_place(self) -> Place:
        return Place(self.rules.zone, self.rules.country, "vendor", assumed=True)


_ORDER: dict[ClockKind, int] = {"response": 0, "resolution": 1, "update": 2}
_HANDLERS: dict[type[facts.Fact], Callable[[TicketClocks, int, Any], None]] = {
    facts.Received: TicketClocks._received,
    facts.Assigned: TicketClocks._assigned,
    facts.Responded: TicketClocks._responded,
    facts.PublicMessage: TicketClocks._public_message,
    facts.PriorityAssigned: TicketClocks._priority,
    facts.PriorityChanged: TicketClocks._priority,
    facts.DeclaredUrgent: TicketClocks._urgent,
    facts.InformationComplete: TicketClocks._informed,
    facts.WaitingForCustomer: TicketClocks._waiting,
    facts.CustomerReplied: TicketClocks._replied,
    facts.Classified: TicketClocks._classified,
    facts.ZoneSettled: TicketClocks._zone_settled,
    facts.Resolved: TicketClocks._resolved,
    facts.Reopened: TicketClocks._reopened,
    facts.Cancelled: TicketClocks._cancelled,
    facts.VersionApplied: TicketClocks._version_applied,
}
