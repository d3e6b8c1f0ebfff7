"""Random histories for the differential test: believable ones, with a taste for the awkward instant.

A history stays inside what the ticket's state machine allows (nobody waits on a resolved ticket, nothing is reopened
that is not resolved); where two readings are honest, no case is made.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.sla.oracle import BERLIN, Case, Sheet, answer, is_open, mastercam_sheet, seconds

HOUR = 3600
DAY = 24 * HOUR

PLACES = (
    ("US", "America/New_York"),
    ("US", "America/Chicago"),
    ("US", "America/Denver"),
    ("US", "America/Los_Angeles"),
    ("US", "America/Phoenix"),
    ("US", "America/Anchorage"),
    ("US", "Pacific/Honolulu"),
    ("CA", "America/St_Johns"),
    ("BR", "America/Sao_Paulo"),
    ("CL", "America/Santiago"),
    ("GB", "Europe/London"),
    ("GB", "Europe/London"),
    ("IE", "Europe/Dublin"),
    ("DE", "Europe/Berlin"),
    ("SE", "Europe/Stockholm"),
    ("MA", "Africa/Casablanca"),
    ("IR", "Asia/Tehran"),
    ("IN", "Asia/Kolkata"),
    ("NP", "Asia/Kathmandu"),
    ("JP", "Asia/Tokyo"),
    ("AU", "Australia/Sydney"),
    ("AU", "Australia/Adelaide"),
    ("AU", "Australia/Eucla"),
    ("AU", "Australia/Lord_Howe"),
    ("NZ", "Pacific/Auckland"),
    ("NZ", "Pacific/Chatham"),
    ("KI", "Pacific/Kiritimati"),
)

# Days around which calendars go wrong: clock changes of three continents, leap day, year's ends, holidays.
_DAYS = (
    (2024, ("02-29", "03-10", "03-31", "04-07", "10-06", "10-27", "11-03", "12-31")),
    (2025, ("12-31",)),
    (2026, ("03-08", "03-29", "04-03", "04-05", "05-25", "06-04", "07-03", "08-31", "10-04", "10-25", "11-01")),
    (2026, ("11-26", "12-24")),
    (2027, ("03-26", "06-18", "07-05", "12-27", "12-31")),
    (2028, ("02-29", "02-29", "02-29", "03-12", "03-26", "04-02", "05-01", "10-01", "10-29", "11-05", "11-10")),
    (2028, ("12-31",)),
)
AWKWARD = [f"{year}-{day}" for year, days in _DAYS for day in days]

PRIORITIES = ("P1", "P2", "P3", "P4")
KINDS = ("incident", "incident", "bug", "defect")
OPTOCRAFT_EVENTS = (*["plain", "qualified", "declared_urgent"] * 4, *["resolved", "cancelled"] * 2, "zone_settled")


@dataclass
class History:
    """A history in the making: `now` in whole seconds since the epoch, and what the ticket's state allows next."""

    rng: random.Random
    case: Case
    now: int
    sheet: Sheet
    done: set[str] = field(default_factory=set)
    waiting: bool = False
    resolved: bool = False

    def add(self, event: str, **more: Any) -> None:
        at = spell(self.rng, self.now, self.case.get("time_zone"))
        self.case["events"].append({"at": at, "event": event, **more})
        self.done.add(event)

    def pass_time(self) -> None:
        """Move on: to the same instant, a little, long, or exactly to an instant where something turns."""
        draw = self.rng.random()
        if draw < 0.2:
            return
        if draw < 0.32:
            self.now = turning(self.rng, self.sheet, self.now)
        elif draw < 0.5:
            self.now = max(self.now, self.reckoned())
        elif draw < 0.65:
            self.now += self.rng.randrange(1, 900)
        elif draw < 0.85:
            self.now += self.rng.randrange(1, 9 * HOUR)
        elif draw < 0.97:
            self.now += self.rng.randrange(1, 4 * DAY)
        else:
            self.now += self.rng.randrange(DAY, 25 * DAY)
        if self.rng.random() < 0.2:
            self.now += 60 - self.now % 60

    def reckoned(self) -> int:
        """An instant at which a clock will be due or a rung crossed if nothing happens; seldom a second beside it."""
        later = self.now + self.rng.choice((2 * DAY, 20 * DAY))
        clocks = answer(self.case | {"as_of": spell(self.rng, later, None)})["clocks"]
        instants = [rung["at"] for clock in clocks for rung in clock["escalations"]]
        instants += [clock["due_at"] for clock in clocks if clock["due_at"]]
        ahead = [at for at in map(seconds, instants) if at >= self.now]
        return self.rng.choice(ahead) + self.rng.choice((0, 0, 0, 0, -1, 1)) if ahead else self.now


def spell(rng: random.Random, instant: int, zone: str | None) -> str:
    """The instant as ISO text, in UTC or with the offset of the zone."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=instant)
    if zone and rng.random() < 0.3:
        return moment.astimezone(ZoneInfo(zone)).isoformat()
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def turning(rng: random.Random, sheet: Sheet, now: int) -> int:
    """The next opening or closing, or a second beside it; seldom the local midnight after it."""
    quarter = now // 900 + 1
    while is_open(sheet, quarter) == is_open(sheet, quarter - 1):
        quarter += 1
    at = quarter * 900
    if rng.random() < 0.15:
        local = datetime.fromtimestamp(at, ZoneInfo(sheet[1])).replace(hour=0) + timedelta(days=1)
        at = int(local.timestamp())
    return max(now, at + rng.choice((0, 0, 0, -1, 1)))


def beginning(rng: random.Random, zone: str) -> int:
    """When the request is received: often near an awkward day, often at a telling hour of the local day."""
    if rng.random() < 0.5:
        day = datetime.fromisoformat(rng.choice(AWKWARD)) - timedelta(days=rng.choice((0, 0, 1, 1, 2, 3, 5, 14)))
    else:
        day = datetime(2024, 1, 2, tzinfo=UTC) + timedelta(days=rng.randrange(5 * 365))
    if rng.random() < 0.3:
        clock = rng.choice((0, 2, 3, 8, 9, 12, 16, 17, 18)) * HOUR + rng.choice((0, 0, -1, 1, 1800))
    else:
        clock = rng.choice((rng.randrange(DAY), rng.randrange(8 * HOUR, 17 * HOUR)))
    return int((day + timedelta(seconds=clock)).replace(tzinfo=ZoneInfo(zone)).timestamp())


def random_case(rng: random.Random) -> Case:
    """A case in the form that `sla_replay` reads; the same generator state gives the same case."""
    name = f"random-{rng.randrange(16**8):08x}"
    draw = rng.random()
    if draw < 0.01:
        return _image_instruments(rng, name)
    return _optocraft(rng, name) if draw < 0.25 else _mastercam(rng, name)


def _open_case(rng: random.Random, vendor: str, name: str) -> History:
    country, zone = ("DE", "Europe/Berlin") if vendor == "optocraft" and rng.random() < 0.7 else rng.choice(PLACES)
    case: Case = {"id": name, "vendor": vendor, "country": country, "time_zone": zone, "events": []}
    if country == "US" and rng.random() < 0.15:
        case["time_zone"] = None
        if rng.random() < 0.5:
            del case["time_zone"]
        zone = "America/New_York"
    sheet = mastercam_sheet(country, zone) if vendor == "mastercam" else BERLIN
    history = History(rng, case, beginning(rng, sheet[1] if rng.random() < 0.8 else zone), sheet)
    if rng.random() < 0.15:
        history.now = turning(rng, sheet, history.now)
    return history


def _close_case(history: History) -> Case:
    """Set `as_of`: at the last event, later, or where something is crossed; seldom before an event or all of them."""
    rng = history.rng
    draw = rng.random()
    if draw < 0.04:
        history.now = seconds(rng.choice(history.case["events"])["at"]) - rng.choice((0, 1, HOUR))
    elif draw < 0.27:
        history.now = max(history.now, history.reckoned())
    elif draw < 0.7:
        history.now += rng.choice((1, 60, HOUR, DAY, rng.randrange(30 * DAY)))
    elif draw < 0.8:
        history.now = turning(rng, history.sheet, history.now)
    history.case["as_of"] = spell(rng, history.now, history.case.get("time_zone"))
    return history.case


def _image_instruments(rng: random.Random, name: str) -> Case:
    history = _open_case(rng, "image_instruments", name)
    history.add("received")
    history.pass_time()
    history.add("resolved")
    return _close_case(history)


def _optocraft(rng: random.Random, name: str) -> Case:
    history = _open_case(rng, "optocraft", name)
    history.case["urgent"] = rng.random() < 0.4
    history.add("received")
    for _ in range(rng.choice((0, 1, 1, 2, 3, 4))):
        history.pass_time()
        event = rng.choice(OPTOCRAFT_EVENTS)
        if event in ("plain", "qualified"):
            history.add("responded", qualified=event == "qualified")
        elif event == "zone_settled":
            country, zone = rng.choice(PLACES)
            history.add(event, country=country, time_zone=zone)
        elif event == "resolved" and history.resolved:
            history.resolved = False
            history.add("reopened")
        else:
            history.resolved = history.resolved or event == "resolved"
            history.add(event)
        if event == "cancelled":
            break
    return _close_case(history)


def _mastercam(rng: random.Random, name: str) -> Case:
    history = _open_case(rng, "mastercam", name)
    claim = rng.choice((None, *PRIORITIES))
    if claim or rng.random() < 0.7:
        history.case["priority"] = claim
    history.add("received")
    if rng.random() < 0.6:
        _triage(history)
    for _ in range(rng.choice((0, 1, 2, 3, 4, 5, 6, 8, 10, 14))):
        history.pass_time()
        _something(history)
        if "cancelled" in history.done and rng.random() < 0.6:
            break
    return _close_case(history)


def _triage(history: History) -> None:
    """What usually comes first, in any order, each perhaps left out."""
    rng = history.rng
    firsts = ["assigned", "priority_assigned", "information_complete"]
    rng.shuffle(firsts)
    brisk = rng.random() < 0.5
    for event in firsts:
        if not brisk:
            history.pass_time()
        if rng.random() < 0.9:
            _add_first(history, event)


def _add_first(history: History, event: str) -> None:
    if event == "priority_assigned":
        history.add(event, priority=history.rng.choice((history.case.get("priority") or "P2", *PRIORITIES)))
    else:
        history.add(event)


def _allowed(history: History) -> list[str]:
    """What the ticket's state allows next, the likelier more often."""
    if "cancelled" in history.done:
        return ["classified", "zone_settled", "priority", "information_complete", "assigned"]
    events = ["assigned", "classified", "classified", "zone_settled", "priority", "priority", "priority", "cancelled"]
    if "information_complete" not in history.done:
        events += ["information_complete"] * 3
    if history.resolved:
        return [*events, "reopened", "reopened", "reopened", "reopened", "responded"]
    events += ["responded", "responded", "answered", "resolved", "resolved", "resolved"]
    return events + (["customer_replied"] * 5 if history.waiting else ["waiting_for_customer"] * 3)


def _something(history: History) -> None:
    rng = history.rng
    event = rng.choice(_allowed(history))
    if event == "priority":
        if "priority_assigned" in history.done:
            history.add("priority_changed", priority=rng.choice(PRIORITIES))
        else:
            _add_first(history, "priority_assigned")
    elif event == "answered":  # in the application: by an agent who takes the ticket with his answer
        history.add("assigned")
        history.add("responded")
    elif event == "classified":
        history.add(event, **{"as": rng.choice(KINDS)})
    elif event == "zone_settled":
        country, zone = rng.choice(PLACES)
        history.sheet = mastercam_sheet(country, zone)
        history.add(event, country=country, time_zone=zone)
    else:
        history.add(event)
        if event in ("waiting_for_customer", "customer_replied", "resolved"):
            history.waiting = event == "waiting_for_customer"
        if event in ("resolved", "reopened"):
            history.resolved = event == "resolved"
