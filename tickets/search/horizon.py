"""How far open time reaches: “due within 2 open hours” as an instant for each calendar and zone in which clocks run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sla.engine.calendar import HorizonError, OpenTime
from sla.engine.policy import Rules
from sla.models import Clock
from sla.timelines import epoch, instant
from tickets.machine import ACTIVE
from tickets.models import Ticket

_HOUR = 3600
_EAST, _WEST = 15 * _HOUR, 13 * _HOUR  # no zone is further from UTC, its clock changes included


@dataclass(frozen=True, slots=True)
class Horizon:
    """By `until` (aware) the length of open time has passed on this version of a calendar in this zone."""

    calendar: str
    number: int
    zone: str
    until: datetime


def horizons(rules: Mapping[int, Rules], length: timedelta, now: datetime) -> Mapping[int, Sequence[Horizon]]:
    """By vendor the horizons of `length` of open time from `now` (aware), for every calendar and zone of a running clock that
    could lie within and has not run out yet; exact, in one query that reads only what is due soon on the clock on the wall.
    """
    seconds = int(length.total_seconds())
    asked = [rows for vendor, made in rules.items() if (rows := _running(vendor, made, seconds, now)) is not None]
    found: dict[int, list[Horizon]] = {vendor: [] for vendor in rules}
    if asked:
        first, *others = asked
        for vendor, key, number, zone in first.union(*others, all=True) if others else first:
            until = _until(rules[vendor], key, number, zone, now, seconds)
            found[vendor].append(Horizon(key, number, zone, until))
    return found


def _running(vendor: int, rules: Rules, seconds: int, now: datetime) -> Any:
    """Vendor, calendar, its number and zone of the clocks that run and could lie within."""
    latest = max((_latest(rules, number, epoch(now), seconds) for number in range(len(rules.calendars))), default=None)
    if latest is None:
        return None
    soon = Ticket.objects.filter(
        vendor_id=vendor,
        state__in=ACTIVE,
        due_at__gt=now,
        due_at__lte=instant(latest),
    )
    running = Clock.objects.filter(
        vendor_id=vendor, timeline_id__in=soon.values("timeline_id"), status=Clock.Status.RUNNING
    )
    return running.order_by().values_list("vendor_id", "calendar", "calendar_number", "zone").distinct()


def _latest(rules: Rules, index: int, now: int, seconds: int) -> int:
    """No zone's horizon on this calendar is later. A calendar in a zone is the one in UTC, moved by the zone's offset; so asking
    UTC from as far east as there is, and adding as far west as there is, is never too early.
    """
    spec = rules.calendars[index]
    if spec.zone:
        return _added(rules.open_time(spec, spec.zone), now, seconds)
    return _added(rules.open_time(spec, "UTC"), now + _EAST, seconds) + _WEST


def _until(rules: Rules, key: str, number: int, zone: str, now: datetime, seconds: int) -> datetime:
    until = instant(_added(rules.open_time(rules.calendar(key, number), zone), epoch(now), seconds))
    return until or now


def _added(open_time: OpenTime, begin: int, seconds: int) -> int:
    """The end of what is known, where the length reaches further."""
    try:
        return open_time.add(begin, seconds)
    except HorizonError:
        return open_time.ends
