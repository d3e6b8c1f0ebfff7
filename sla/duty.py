"""Who of a vendor's staff works at an instant: shifts on the wall clock of the person's zone, else the vendor's open hours;
never on days of absence.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from sla.engine.calendar import OpenTime
from sla.engine.policy import Rules
from sla.policies import books
from sla.timelines import epoch, instant
from vendors.models import Absence, Person, Shift
from vendors.staffing import END_OF_DAY, zone_of

_AHEAD = 62  # days within which the next change is looked for
_DAY = timedelta(days=1)

Days = tuple[date, date]
"""From the first to the last day, both included."""
Stretch = tuple[int, time, time]
"""A weekday (0 is Monday), and from when until when on the wall clock; END_OF_DAY is midnight."""


@dataclass(frozen=True, slots=True)
class Duty:
    """Whether somebody works; when that changes (aware; None: not within two months); and the last day of an absence that
    goes on.
    """

    on: bool
    changes_at: datetime | None = None
    away_until: date | None = None


class Hours(Protocol):
    """When somebody works, absences aside."""

    def works(self, at: datetime) -> bool:
        """Whether he works at an instant."""

    def turns(self, at: datetime) -> Iterator[datetime]:
        """Instants after `at`, not in order, that hold every begin and end of work of the next two months."""


@dataclass(frozen=True, slots=True)
class WallShifts:
    """Shifts on the wall clock of a zone. What the clock shows decides: an hour that comes twice is worked twice, one that is
    left out is not.
    """

    stretches: Sequence[Stretch]
    zone: ZoneInfo

    def works(self, at: datetime) -> bool:
        """Whether the wall clock is inside a shift."""
        local = at.astimezone(self.zone)
        day, clock = local.weekday(), local.time()
        return any(
            day == weekday and begins <= clock and (clock < ends or ends == END_OF_DAY)
            for weekday, begins, ends in self.stretches
        )

    def turns(self, at: datetime) -> Iterator[datetime]:
        """Begins and ends of shifts, and what turns the clock."""
        first = at.astimezone(self.zone).date()
        for day in (first + n * _DAY for n in range(_AHEAD)):
            for weekday, begins, ends in self.stretches:
                if day.weekday() == weekday:
                    yield from _instants(day, begins, self.zone)
                    yield from _instants(day, ends, self.zone)
            yield from _clock_change(day, self.zone)


@dataclass(frozen=True, slots=True)
class OpenHours:
    """The open hours of one of the vendor's calendars."""

    open_time: OpenTime

    def works(self, at: datetime) -> bool:
        """Whether it is open."""
        return self.open_time.is_open(epoch(at))

    def turns(self, at: datetime) -> Iterator[datetime]:
        """Openings and closings."""
        until = epoch(at) + _AHEAD * 86_400
        for held in (self.open_time.opens, self.open_time.closes):
            begin = bisect_right(held, epoch(at))
            for found in held[begin : bisect_right(held, until)]:
                yield datetime.fromtimestamp(found, UTC)


def duty(hours: Hours, absences: Sequence[Days], zone: ZoneInfo, now: datetime) -> Duty:
    """What somebody with these hours and absences (days of `zone`) does at `now` (aware)."""
    today, on = now.astimezone(zone).date(), _works(hours, absences, zone, now)
    midnights = (_midnight(day, zone) for first, last in absences for day in (first, last + _DAY))
    turns = sorted({turn for turn in (*hours.turns(now), *midnights) if turn > now})
    changes_at = next((turn for turn in turns if _works(hours, absences, zone, turn) != on), None)
    return Duty(on, changes_at, _away(absences, today))


def duties(people: Iterable[Person], now: datetime) -> dict[int, Duty]:
    """What people do at `now` (aware), by key: four queries whatever their number, inside a scope of their vendors."""
    return {key: duty(hours, absences, zone, now) for key, hours, absences, zone in _weeks(people, now)}


def working(people: Iterable[Person], now: datetime) -> set[int]:
    """Who of them works at `now` (aware), by key; four queries, and nothing is asked about later."""
    return {key for key, hours, absences, zone in _weeks(people, now) if _works(hours, absences, zone, now)}


def _weeks(people: Iterable[Person], now: datetime) -> Iterator[tuple[int, Hours, Sequence[Days], ZoneInfo]]:
    people = list(people)
    keys = [person.pk for person in people]
    shifts, absences = _shifts(keys), _absences(keys, now)
    held = books({person.vendor_id for person in people}, now) if people else {}
    for person in people:
        rules = held[person.vendor_id].rules
        zone = zone_of(person, rules.zone)
        own = shifts.get(person.pk)
        hours: Hours = WallShifts(own, zone) if own else _of_vendor(rules, zone, now)
        yield person.pk, hours, absences.get(person.pk, ()), zone


def _works(hours: Hours, absences: Sequence[Days], zone: ZoneInfo, at: datetime) -> bool:
    return hours.works(at) and _away(absences, at.astimezone(zone).date()) is None


def _of_vendor(rules: Rules, zone: ZoneInfo, now: datetime) -> OpenHours:
    """The calendar of the vendor's own country; one without a zone of its own counts in the person's."""
    at = epoch(now)
    choice = rules.policy_at(at).choice(rules.country)
    return OpenHours(rules.open_time(rules.calendar_at(choice.calendar, at), zone.key))


def _shifts(keys: Sequence[int]) -> dict[int, list[Stretch]]:
    found: dict[int, list[Stretch]] = defaultdict(list)
    rows = Shift.objects.filter(person_id__in=keys).values_list("person_id", "weekday", "begins", "ends")
    for key, weekday, begins, ends in rows:
        found[key].append((weekday, begins, ends))
    return found


def _absences(keys: Sequence[int], now: datetime) -> dict[int, list[Days]]:
    found: dict[int, list[Days]] = defaultdict(list)
    rows = Absence.objects.filter(person_id__in=keys, last_day__gte=now.date() - _DAY).order_by("first_day")
    for key, first, last in rows.values_list("person_id", "first_day", "last_day"):
        found[key].append((first, last))
    return found


def _away(absences: Sequence[Days], day: date) -> date | None:
    """The last day of the absence that holds `day`, with those that follow without a day between."""
    until: date | None = None
    for first, last in sorted(absences):
        if first <= day <= last or (until is not None and first == until + _DAY):
            until = last
    return until


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(0), zone).astimezone(UTC)


def _instants(day: date, clock: time, zone: ZoneInfo) -> Iterator[datetime]:
    """When the wall clock shows a time on a day: once, or twice where it is set back."""
    if clock == END_OF_DAY:
        day, clock = day + _DAY, time(0)
    for fold in (0, 1):
        yield datetime.combine(day, clock, zone).replace(fold=fold).astimezone(UTC)


def _clock_change(day: date, zone: ZoneInfo) -> Iterator[datetime]:
    """The instant at which the offset changes on a day, if it does."""
    low, high = epoch(_midnight(day, zone)), epoch(_midnight(day + _DAY, zone))
    before = _offset(low, zone)
    if before == _offset(high, zone):
        return
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(middle, zone) == before else (low, middle)
    found = instant(high)
    if found is not None:
        yield found


def _offset(at: int, zone: ZoneInfo) -> timedelta | None:
    return datetime.fromtimestamp(at, zone).utcoffset()
