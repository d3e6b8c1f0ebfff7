"""What a vendor promises, as immutable data: targets, what starts, pauses, lifts and ends a clock, and the ladder.

A vendor's file is compiled to one :class:`Rules`. Nothing in here names a vendor: every difference between vendors is a
value.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from sla.engine.calendar import BEGINNING, CalendarSpec, OpenTime

ClockKind = Literal["response", "resolution", "update"]
Unit = Literal["seconds", "work_days", "weeks"]
Counting = Literal["rolling", "day_end"]
Reopening = Literal["new_cycle", "continue"]

#: A week is five standard days (domain "Time").
WORK_DAYS_A_WEEK = 5


@dataclass(frozen=True, slots=True)
class Target:
    """An amount of open time: 8 hours are ``Target(28800)``, two work days ``Target(2, "work_days")``.

    ``counting="day_end"`` (work days and weeks only) means the close of the n-th open day after the day of receipt
    instead of the rolling count.
    """

    amount: int
    unit: Unit = "seconds"
    counting: Counting = "rolling"

    def __post_init__(self) -> None:
        if self.amount <= 0:
            raise ValueError(f"a target must be positive, not {self.amount}")
        if self.counting == "day_end" and self.unit == "seconds":
            raise ValueError("a target that counts to the end of a day is given in work days or weeks")

    @property
    def days(self) -> int:
        """The amount in work days (of a target in work days or weeks)."""
        return self.amount * WORK_DAYS_A_WEEK if self.unit == "weeks" else self.amount

    def seconds(self, standard_day: int) -> int:
        """Open seconds of the rolling count under a calendar whose standard day has ``standard_day`` seconds."""
        return self.amount if self.unit == "seconds" else self.days * standard_day


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of the ladder: at ``percent`` of the present target somebody is told and something changes.

    ``tell`` holds role keys (``assignee``, ``supervisor``, …), ``tell_unassigned`` those who are told instead while nobody
    has the ticket (empty: the same), ``change`` what happens to the ticket (``reassign``,
    ``raise_level``); the engine only carries them. ``priorities`` limits the rung to tickets that have one of them at
    the time; ``None`` means all. ``rule`` is the rule id (M12, M13).
    """

    percent: int
    tell: tuple[str, ...] = ()
    change: tuple[str, ...] = ()
    priorities: frozenset[str] | None = None
    rule: str = ""
    tell_unassigned: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.percent <= 0:
            raise ValueError(f"a rung's percent must be positive, not {self.percent}")


@dataclass(frozen=True, slots=True)
class ClockPolicy:
    """One clock of a policy.

    Targets: ``urgent`` is used when the request is urgent, else the entry of ``by_priority`` (pairs of priority key and
    target) for the present priority, else ``otherwise``. A clock without any target for the ticket does not start. The
    update clock gives ``percent_of_resolution`` instead: its target is that share of the resolution clock's.

    * ``promised``: the vendor promised this time; ``False`` is the house's own goal.
    * ``needs_qualified`` (response): only a qualified response counts (O5).
    * ``needs_assigned`` (response): a response counts only after the ticket was assigned (M7).
    * ``needs_priority``, ``needs_information`` (resolution): what must be there before it starts (M8).
    * ``pauses_while_waiting``: stands still while the ticket waits for the customer.
    * ``lifted_by``: classifications that lift it (M10), from ``incident``, ``bug``, ``defect``.
    * ``reopening``: a new cycle with the full target, or the same cycle going on.
    * ``rungs``: in rising order of percent, each percent once.
    * ``rules``: rule ids that the trace names for this clock.
    """

    kind: ClockKind
    promised: bool = True
    by_priority: tuple[tuple[str, Target], ...] = ()
    otherwise: Target | None = None
    urgent: Target | None = None
    percent_of_resolution: int | None = None
    needs_qualified: bool = False
    needs_assigned: bool = False
    needs_priority: bool = False
    needs_information: bool = False
    pauses_while_waiting: bool = False
    lifted_by: frozenset[str] = frozenset()
    reopening: Reopening = "new_cycle"
    rungs: tuple[Rung, ...] = ()
    rules: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        percents = [rung.percent for rung in self.rungs]
        if percents != sorted(set(percents)):
            raise ValueError(f"the rungs of the {self.kind} clock must rise and not repeat: {percents}")

    def target_for(self, priority: str | None, urgent: bool) -> Target | None:
        """The target for a ticket of this priority and urgency, or ``None`` if nothing is promised for it."""
        if urgent and self.urgent is not None:
            return self.urgent
        for key, target in self.by_priority:
            if key == priority:
                return target
        return self.otherwise


@dataclass(frozen=True, slots=True)
class CalendarChoice:
    """Which calendar serves a person: the first choice whose ``countries`` holds the country (``None``: any, or
    unknown).
    """

    calendar: str
    countries: frozenset[str] | None = None
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of a vendor's policy, holding from ``valid_from`` (an instant) until the next version's.

    ``default_priority`` is the one that sets the response target while there is neither a claim nor an assigned one
    (M3). ``calendars`` are tried in order; the last one should be for any country.
    """

    key: str
    version: int
    clocks: tuple[ClockPolicy, ...]
    calendars: tuple[CalendarChoice, ...]
    priorities: tuple[str, ...] = ()
    default_priority: str | None = None
    valid_from: int = BEGINNING

    def clock(self, kind: ClockKind) -> ClockPolicy | None:
        """The clock of that kind, or ``None`` if this policy has none."""
        for clock in self.clocks:
            if clock.kind == kind:
                return clock
        return None

    def choice(self, country: str | None) -> CalendarChoice:
        """The calendar that serves a person in ``country`` (ISO 3166 alpha-2, or unknown)."""
        for choice in self.calendars:
            if choice.countries is None or country in choice.countries:
                return choice
        raise LookupError(f"policy {self.key} version {self.version} has no calendar for country {country!r}")


@dataclass(frozen=True, slots=True)
class Rules:
    """All versions of a vendor's policies and calendars, in rising order of version; the vendor's own zone and country.

    Open time is compiled once per calendar version and zone and kept here: hold on to one ``Rules`` for as long as
    possible.
    """

    vendor: str
    zone: str
    country: str
    policies: tuple[Policy, ...]
    calendars: tuple[CalendarSpec, ...]
    _compiled: dict[tuple[str, int, str], OpenTime] = field(
        default_factory=dict, init=False, repr=False, compare=False, hash=False
    )

    def __post_init__(self) -> None:
        if not self.policies:
            raise ValueError(f"vendor {self.vendor} has no policy version")
        keys = {calendar.key for calendar in self.calendars}
        for policy in self.policies:
            for choice in policy.calendars:
                if choice.calendar not in keys:
                    raise ValueError(
                        f"policy {policy.key} version {policy.version} names an unknown calendar {choice.calendar!r}"
                    )

    def policy_at(self, instant: int) -> Policy:
        """The policy version that holds at ``instant``: the last whose ``valid_from`` is not later; the first holds
        from always.
        """
        held = self.policies[0]
        for policy in self.policies[1:]:
            if policy.valid_from <= instant:
                held = policy
        return held

    def policy(self, version: int) -> Policy:
        """The policy with that version number; ``LookupError`` if there is none."""
        for policy in self.policies:
            if policy.version == version:
                return policy
        raise LookupError(f"vendor {self.vendor} has no policy version {version}")

    def calendar_at(self, key: str, instant: int) -> CalendarSpec:
        """The version of calendar ``key`` that holds at ``instant``; the first holds from the beginning of time."""
        held: CalendarSpec | None = None
        for calendar in self.calendars:
            if calendar.key == key and (held is None or calendar.valid_from <= instant):
                held = calendar
        if held is None:
            raise LookupError(f"vendor {self.vendor} has no calendar {key!r}")
        return held

    def calendar(self, key: str, version: int) -> CalendarSpec:
        """The calendar with that key and version number; ``LookupError`` if there is none."""
        for calendar in self.calendars:
            if calendar.key == key and calendar.version == version:
                return calendar
        raise LookupError(f"vendor {self.vendor} has no version {version} of calendar {key!r}")

    def open_time(self, spec: CalendarSpec, zone: str) -> OpenTime:
        """Open time of a calendar version for a person in ``zone`` (a calendar with a zone of its own ignores it)."""
        resolved = spec.zone or zone
        key = (spec.key, spec.version, resolved)
        found = self._compiled.get(key)
        if found is None:
            found = self._compiled[key] = OpenTime.compile(spec, resolved)
        return found
