"""Small rules and histories for the tests of the engine: one vendor with all three clocks, office hours in Berlin."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sla.engine.calendar import CalendarSpec, Interval, OpenTime
from sla.engine.events import Event, Fact, Received
from sla.engine.fold import fold
from sla.engine.policy import CalendarChoice, ClockPolicy, Policy, Rules, Rung, Target
from sla.engine.state import ClockState, Folded

HOUR = 3600
BERLIN = ZoneInfo("Europe/Berlin")
OFFICE: tuple[tuple[Interval, ...], ...] = (((9 * HOUR, 17 * HOUR),),) * 5 + ((),) * 2
LADDER = (
    Rung(75, ("assignee",), rule="M13"),
    Rung(100, ("supervisor",), ("raise_level",)),
    Rung(150, ("management",)),
    Rung(200, ("sponsor",), priorities=frozenset({"P1"})),
)
TARGETS = (("P1", Target(2 * HOUR)), ("P2", Target(8 * HOUR)), ("P3", Target(2, "work_days")))
RESPONSE = ClockPolicy("response", by_priority=TARGETS, needs_assigned=True, rungs=LADDER, rules=("M4",))
RESOLUTION = ClockPolicy(
    "resolution",
    by_priority=(("P1", Target(8 * HOUR)), ("P2", Target(16 * HOUR)), ("P3", Target(1, "weeks"))),
    needs_priority=True,
    needs_information=True,
    pauses_while_waiting=True,
    lifted_by=frozenset({"bug", "defect"}),
    rungs=LADDER,
)
UPDATE = ClockPolicy(
    "update", promised=False, percent_of_resolution=25, pauses_while_waiting=True, rungs=(Rung(100, ("assignee",)),)
)


def spec(**changes: Any) -> CalendarSpec:
    """Office hours, Monday to Friday 9 to 17, for 2020 to 2030, with what the test wants otherwise."""
    plain = CalendarSpec("office", 1, None, OFFICE, 8 * HOUR, date(2020, 1, 1), date(2030, 12, 31))
    return replace(plain, **changes)


def open_time(zone: str = "Europe/Berlin", **changes: Any) -> OpenTime:
    """The same, compiled."""
    return OpenTime.compile(spec(**changes), zone)


def policy(version: int = 1, **changes: Any) -> Policy:
    """All three clocks; in Britain another calendar."""
    plain = Policy(
        "house",
        version,
        (RESPONSE, RESOLUTION, UPDATE),
        (CalendarChoice("short", frozenset({"GB"}), "M5"), CalendarChoice("office", None, "M5")),
        ("P1", "P2", "P3"),
        "P2",
    )
    return replace(plain, **changes)


def rules(*policies: Policy, calendars: Iterable[CalendarSpec] = ()) -> Rules:
    """One policy unless given others; office hours and, for Britain, six hours a day in UTC."""
    short = spec(key="short", zone="UTC", weekly=(((10 * HOUR, 16 * HOUR),),) * 5 + ((),) * 2, standard_day=6 * HOUR)
    return Rules("house", "Europe/Berlin", "DE", policies or (policy(),), tuple(calendars) or (spec(), short))


def at(text: str, zone: ZoneInfo = BERLIN) -> int:
    """``2026-03-04 14:00`` in Berlin as an instant."""
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp())


def history(*happened: tuple[str, Fact]) -> list[Event]:
    """Events in the order in which they were recorded; the first is the filing unless it brings its own."""
    return [Event(order, at(when), fact, order) for order, (when, fact) in enumerate(happened)]


def received(**changes: Any) -> Received:
    """A request from Berlin without a claim."""
    return replace(Received(zone="Europe/Berlin", country="DE"), **changes)


def folded(as_of: str, *happened: tuple[str, Fact], under: Rules | None = None) -> Folded:
    """The fold of a history at a time in Berlin."""
    return fold(history(*happened), under or rules(), at(as_of))


def clock(answer: Folded, kind: str, cycle: int = 1) -> ClockState:
    """One clock of a fold."""
    return next(clock for clock in answer.clocks if (clock.kind, clock.cycle) == (kind, cycle))
