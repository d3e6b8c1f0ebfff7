"""A second, independent reading of the promises of Optocraft and Mastercam, used only to check the engine.

It is slow and plain on purpose: it walks over the wall clock, asks at every step "is support open, does the clock
stand still?" and counts seconds. Hours, holidays, targets and ladders are written down here once more; that they
repeat the vendors' files is the point. Nothing of the application is imported.

A case and its answer have the form of `sla_replay`; all instants inside are whole seconds since the epoch.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import groupby
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import holidays

HOUR = 3600
YEARS = range(2019, 2036)

Case: TypeAlias = dict[str, Any]
Answer: TypeAlias = dict[str, Any]
Sheet: TypeAlias = tuple[str, str]  # which hours, in which zone: ("user", "America/Chicago")

BERLIN: Sheet = ("optocraft", "Europe/Berlin")
BRITAIN: Sheet = ("britain", "UTC")

# M4: response and resolution in support hours; P4 resolves in ten work days, see `resolution_target`.
RESPONSE = {"P1": 2 * HOUR, "P2": 8 * HOUR, "P3": 24 * HOUR, "P4": 48 * HOUR}
RESOLUTION = {"P1": 8 * HOUR, "P2": 24 * HOUR, "P3": 48 * HOUR}


# --- calendars: O2, M5 ------------------------------------------------------------------------------------------


@cache
def closed_dates(hours: str) -> frozenset[date]:
    """The dates on which nobody is there, weekends aside."""
    if hours == "optocraft":
        bavaria = holidays.country_holidays("DE", subdiv="BY", years=YEARS)
        company = {date(year, 12, day) for year in YEARS for day in (24, 31)}
        return frozenset(bavaria) | company
    if hours == "britain":
        return frozenset(holidays.country_holidays("GB", subdiv="ENG", years=YEARS))
    return frozenset(holidays.country_holidays("US", years=YEARS))


def work_day(sheet: Sheet) -> int:
    """Open seconds of the standard day."""
    return {"optocraft": 8, "britain": 8, "user": 9}[sheet[0]] * HOUR


def staffed(sheet: Sheet, instant: int) -> bool:
    """Whether somebody is there at this instant: what the wall clock and the wall calendar say."""
    hours, zone = sheet
    local = datetime.fromtimestamp(instant, ZoneInfo(zone))
    if local.weekday() > 4 or local.date() in closed_dates(hours):
        return False
    opens, closes = (8, 17) if hours == "user" else (9, 17)
    return opens <= local.hour < closes


@cache
def is_open(sheet: Sheet, quarter: int) -> bool:
    """Whether support is open in this quarter of an hour, counted from the epoch; it never turns inside one."""
    return staffed(sheet, quarter * 900)


def mastercam_sheet(country: str | None, zone: str | None) -> Sheet:
    return BRITAIN if country == "GB" else ("user", zone or "America/New_York")


# --- the ticket and its clocks ----------------------------------------------------------------------------------


@dataclass
class Clock:
    """One promise being counted; `used` is open time in seconds, `due` is set only by a breach."""

    name: str
    cycle: int
    started: int
    sheet: Sheet
    target: int
    base: int = 0
    used: int = 0
    ended: int | None = None
    cancelled: bool = False
    due: int | None = None
    fired: dict[int, int] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, int]:
        return self.name, self.cycle

    def threshold(self, percent: int) -> int:
        return self.base + self.target * percent // 100


@dataclass
class Ticket:
    """What is known of a request at an instant, and the clocks that follow from it."""

    vendor: str
    sheet: Sheet
    priority: str = "P2"
    urgent: bool = False
    assigned: bool = False
    prioritised: bool = False
    informed: bool = False
    waiting: bool = False
    bug: bool = False
    resolved: bool = False
    cancelled: bool = False
    clocks: list[Clock] = field(default_factory=list)

    # -- questions --

    def live(self) -> list[Clock]:
        return [clock for clock in self.clocks if clock.ended is None]

    def counting(self) -> list[Clock]:
        """Live clocks that do not stand still; a response clock never does."""
        still = self.waiting or self.bug
        return [clock for clock in self.live() if clock.name == "response" or not still]

    def response_target(self) -> int:
        if self.vendor == "optocraft":
            return work_day(self.sheet) * (1 if self.urgent else 2)
        return RESPONSE[self.priority]

    def resolution_target(self) -> int:
        return 10 * work_day(self.sheet) if self.priority == "P4" else RESOLUTION[self.priority]

    def ladder(self) -> tuple[int, ...]:
        critical = self.vendor == "mastercam" and self.priority in ("P1", "P2")
        return (75, 100, 150, 200) if critical else (75, 100, 150)

    def unfired(self, clock: Clock) -> list[int]:
        return [percent for percent in self.ladder() if percent not in clock.fired]

    # -- crossings --

    def cross(self, clock: Clock, now: int) -> None:
        """Fire what is reached; the rung of 100% is the breach, and fixes the due time."""
        for percent in self.unfired(clock):
            if clock.used >= clock.threshold(percent):
                clock.fired[percent] = now
                if percent == 100:
                    clock.due = now

    def retarget(self, now: int, spared: set[tuple[str, int]]) -> None:
        """A changed target, and rungs that it puts before the change."""
        for clock in self.live():
            new = self.response_target() if clock.name == "response" else self.resolution_target()
            promised = clock.base + clock.target
            if new > promised:
                clock.base, clock.target = 0, new
            elif clock.used + new < promised:
                clock.base, clock.target = clock.used, new
            if clock.key not in spared:
                self.cross(clock, now)

    # -- events --

    def happen(self, event: dict[str, Any], now: int, spared: set[tuple[str, int]]) -> None:
        """Apply one event. `spared` are the clocks that end at this very instant: they cross nothing at it."""
        kind = event["event"]
        if self.cancelled:
            return
        if kind == "received":
            self.clocks.append(Clock("response", 1, now, self.sheet, self.response_target()))
        elif kind == "assigned":
            self.assigned = True
        elif kind == "responded":
            if event["qualified"] if self.vendor == "optocraft" else self.assigned:
                self.end("response", now)
        elif kind in ("priority_assigned", "priority_changed"):
            self.priority = event["priority"]
            self.prioritised = True
            self.retarget(now, spared)
            self.begin(now)
        elif kind == "declared_urgent":
            self.urgent = True
            self.retarget(now, spared)
        elif kind == "information_complete":
            self.informed = True
            self.begin(now)
        elif kind == "waiting_for_customer":
            self.waiting = True
        elif kind == "customer_replied":
            self.waiting = False
        elif kind == "classified":
            self.bug = event["as"] in ("bug", "defect")
            if self.resolved and not self.bug:
                self.end("resolution", now)
        elif kind == "zone_settled":
            self.settle(event, now, spared)
        elif kind == "resolved":
            self.resolve(now)
        elif kind == "reopened":
            self.reopen(now)
        elif kind == "cancelled":
            self.cancel(now)
        else:
            raise ValueError(f"unknown event {kind!r}")

    def end(self, name: str, now: int) -> None:
        for clock in self.live():
            if clock.name == name:
                clock.ended = now

    def begin(self, now: int) -> None:
        """M8: the first resolution clock starts when all is there and the ticket is not resolved."""
        ready = self.vendor == "mastercam" and self.prioritised and self.informed and not self.resolved
        if ready and all(clock.name != "resolution" for clock in self.clocks):
            self.clocks.append(Clock("resolution", 1, now, self.sheet, self.resolution_target()))

    def settle(self, event: dict[str, Any], now: int, spared: set[tuple[str, int]]) -> None:
        """M5: Optocraft's hours are German, whoever asks."""
        if self.vendor == "optocraft":
            return
        self.sheet = mastercam_sheet(event["country"], event["time_zone"])
        for clock in self.live():
            clock.sheet = self.sheet
        self.retarget(now, spared)

    def resolve(self, now: int) -> None:
        self.resolved = True
        self.waiting = False
        self.end("response", now)
        if not self.bug:
            self.end("resolution", now)

    def reopen(self, now: int) -> None:
        if not self.resolved:
            return
        self.resolved = False
        earlier = [clock for clock in self.clocks if clock.name == "resolution"]
        if not earlier:
            self.begin(now)
        elif earlier[-1].ended is not None:
            cycle = earlier[-1].cycle + 1
            self.clocks.append(Clock("resolution", cycle, now, self.sheet, self.resolution_target()))

    def cancel(self, now: int) -> None:
        self.cancelled = True
        for clock in self.live():
            clock.ended, clock.cancelled = now, True


# --- walking ----------------------------------------------------------------------------------------------------


def steps(now: int, until: int, sheet: Sheet, room: int) -> Iterable[tuple[int, bool]]:
    """Unit stretches from `now` to `until`, with whether support is open in each.

    A step ends at the next quarter of an hour; where `room` (open seconds until something is crossed) is used up
    inside that quarter, the way there goes minute by minute and at last second by second.
    """
    while now < until:
        open_now = is_open(sheet, now // 900)
        step = 1
        for unit in (900, 60):
            size = min(until, now - now % unit + unit) - now
            if not open_now or size <= room:
                step = size
                break
        now += step
        if open_now:
            room -= step
        yield now, open_now


def nearest(ticket: Ticket, clocks: list[Clock]) -> int:
    """Open seconds until the next rung of any of these clocks."""
    return min(
        (clock.threshold(percent) - clock.used for clock in clocks for percent in ticket.unfired(clock)),
        default=1 << 62,
    )


def walk(ticket: Ticket, now: int, until: int) -> None:
    """Count from `now` to `until`. What is crossed at `until` itself is left to the caller."""
    clocks = ticket.counting()  # all have the ticket's calendar: they are live
    while clocks and now < until:
        for at, open_now in steps(now, until, ticket.sheet, nearest(ticket, clocks)):
            if open_now:
                for clock in clocks:
                    clock.used += at - now
            now = at
            if open_now and now < until and nearest(ticket, clocks) <= 0:
                for clock in clocks:
                    ticket.cross(clock, now)
                break


def group_happens(ticket: Ticket, events: list[dict[str, Any]], now: int) -> None:
    """All events of one instant: an end comes before a crossing, a crossing before any other event."""
    rehearsal = deepcopy(ticket)
    for event in events:
        rehearsal.happen(event, now, set())
    ended = {clock.key for clock in rehearsal.clocks if clock.ended == now}
    for clock in ticket.counting():
        if clock.key not in ended:
            ticket.cross(clock, now)
    for event in events:
        ticket.happen(event, now, ended)


def due_from(clock: Clock, now: int) -> int:
    """When the target is used up if the clock goes on from `now` under its calendar."""
    left = clock.base + clock.target - clock.used
    if left <= 0:
        return now
    for at, open_now in steps(now, now + 400 * 24 * HOUR, clock.sheet, left):
        if open_now:
            left -= at - now
        now = at
        if left == 0:
            return now
    raise ValueError("no open time within 400 days")


# --- in and out -------------------------------------------------------------------------------------------------


def seconds(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp())


def text(instant: int | None) -> str | None:
    if instant is None:
        return None
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=instant)).strftime("%Y-%m-%dT%H:%M:%SZ")


def new_ticket(case: Case) -> Ticket:
    if case["vendor"] == "optocraft":
        return Ticket("optocraft", BERLIN, urgent=bool(case.get("urgent")))
    sheet = mastercam_sheet(case.get("country"), case.get("time_zone"))
    return Ticket("mastercam", sheet, priority=case.get("priority") or "P2")


def told(ticket: Ticket, clock: Clock, as_of: int) -> Answer:
    """One clock as `sla_replay` answers it."""
    due = clock.due
    if clock.cancelled:
        status = "cancelled"
    elif clock.ended is not None:
        status = "ended"
        due = due or due_from(clock, clock.ended)
    elif clock.name == "response" or not (ticket.waiting or ticket.bug):
        status = "running"
        due = due or due_from(clock, as_of)
    else:
        status = "lifted" if ticket.bug else "paused"
    return {
        "clock": clock.name,
        "cycle": clock.cycle,
        "status": status,
        "started_at": text(clock.started),
        "due_at": text(due),
        "ended_at": text(clock.ended),
        "breached": clock.due is not None,
        "elapsed_seconds": clock.used,
        "escalations": [{"percent": percent, "at": text(clock.fired[percent])} for percent in sorted(clock.fired)],
    }


def answer(case: Case) -> Answer:
    """The clocks of a case at its `as_of`, as `sla_replay` answers (without update clocks)."""
    if case["vendor"] == "image_instruments":
        return {"id": case["id"], "clocks": []}
    as_of = seconds(case["as_of"])
    ticket = new_ticket(case)
    events = sorted(((seconds(event["at"]), event) for event in case["events"]), key=lambda pair: pair[0])
    now = events[0][0]
    for at, group in groupby(events, key=lambda pair: pair[0]):
        if at > as_of:
            break
        walk(ticket, now, at)
        group_happens(ticket, [event for _, event in group], at)
        now = at
    walk(ticket, now, as_of)
    for clock in ticket.counting():
        ticket.cross(clock, as_of)
    return {"id": case["id"], "clocks": [told(ticket, clock, as_of) for clock in ticket.clocks]}
