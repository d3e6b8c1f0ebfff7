"""Do places, zones, hours and calendars of a policy file hold together?"""

from __future__ import annotations

import itertools
import zoneinfo
from collections.abc import Iterable, Iterator, Sequence

from vendors.catalog.schema.base import Shift
from vendors.catalog.schema.errors import Found, KeyPath
from vendors.catalog.schema.file import PolicyFile
from vendors.catalog.schema.hours import WEEKDAYS, CalendarRule, Closure
from vendors.catalog.schema.places import countries, subdivisions


def places(file: PolicyFile) -> Found:
    yield from zone(("vendor", "time_zone"), file.vendor.time_zone)
    yield from _place(("vendor",), file.vendor.country, file.vendor.subdivision)
    for index, calendar in enumerate(file.calendars):
        if not calendar.follows_person:
            yield from zone(("calendars", index, "time_zone"), calendar.time_zone)
        for row, source in enumerate(calendar.holidays):
            yield from _place(("calendars", index, "holidays", row), source.country, source.subdivision)
    for index, choice in enumerate(file.calendar_choice.by_country):
        yield from known_countries(("calendar_choice", "by_country", index, "countries"), choice.countries)
    for index, contact in enumerate(file.contacts):
        yield from known_countries(("contacts", index, "countries"), contact.countries)


def zone(path: KeyPath, name: str) -> Found:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        yield path, f'{name!r} is not a time zone; write an IANA name such as "Europe/Berlin"'


def _place(path: KeyPath, country: str, subdivision: str | None) -> Found:
    parts = subdivisions(country)
    if country not in countries():
        yield (*path, "country"), f"{country!r} is not a country; write its ISO 3166 code of two letters"
    elif parts is None and path[-2:-1] == ("holidays",):
        yield (*path, "country"), f"no holidays of {country} are known; list them under [[calendars.closures]]"
    elif subdivision is not None and parts is not None and subdivision not in parts:
        yield (*path, "subdivision"), f"{subdivision!r} is not a part of {country}; known: {', '.join(sorted(parts))}"


def known_countries(path: KeyPath, codes: Iterable[str]) -> Found:
    for index, code in enumerate(codes):
        if code not in countries():
            yield (*path, index), f"{code!r} is not a country; write its ISO 3166 code of two letters"


def calendars(file: PolicyFile) -> Found:
    if not file.calendars:
        yield ("calendars",), "is empty; add at least one calendar"
    for index, calendar in enumerate(file.calendars):
        yield from _hours(("calendars", index), calendar)
        for row, closure in enumerate(calendar.closures):
            yield from _closure(("calendars", index, "closures", row), closure)
    for path in _calendar_references(file):
        yield path[0], f"{path[1]!r} is not a calendar of this file; define it under [[calendars]] or correct the name"
    sources = file.calendar_choice.zone_from
    if not sources or sources[-1] != "vendor":
        yield ("calendar_choice", "zone_from"), 'must end with "vendor": the zone that is used when none is known'
    if len(set(sources)) < len(sources):
        yield ("calendar_choice", "zone_from"), "names a source twice; name each once"
    taken: set[str] = set()
    for index, choice in enumerate(file.calendar_choice.by_country):
        for country in choice.countries:
            if country in taken:
                yield (
                    ("calendar_choice", "by_country", index, "countries"),
                    f"{country!r} has a calendar already; keep one",
                )
            taken.add(country)


def _calendar_references(file: PolicyFile) -> Iterator[tuple[KeyPath, str]]:
    known = {calendar.key for calendar in file.calendars}
    wanted: list[tuple[KeyPath, str | None]] = [(("calendar_choice", "default"), file.calendar_choice.default)]
    for index, choice in enumerate(file.calendar_choice.by_country):
        wanted.append((("calendar_choice", "by_country", index, "calendar"), choice.calendar))
    for index, contact in enumerate(file.contacts):
        wanted.append((("contacts", index, "calendar"), contact.calendar))
    for path, key in wanted:
        if key is not None and key not in known:
            yield path, key


def _hours(path: KeyPath, calendar: CalendarRule) -> Found:
    if calendar.standard_day.needs_standard_day:
        yield (*path, "standard_day"), "is what a work day is measured by; write hours or minutes"
    elif calendar.standard_day_seconds > 86400:
        yield (*path, "standard_day"), "is longer than a day; write at most 24 h"
    days = calendar.hours.days()
    if not any(days):
        yield (*path, "hours"), "has no open hours at all; give at least one day a shift"
    spans = sorted((day * 1440 + s.opens, day * 1440 + s.closes, day) for day in range(7) for s in days[day])
    for (_, closes, _), (opens, _, day) in itertools.pairwise(spans):
        if opens < closes:
            yield (
                (*path, "hours", WEEKDAYS[day]),
                "has shifts that overlap; let each open when the one before has closed",
            )
    if len(spans) > 1 and spans[-1][1] > spans[0][0] + 7 * 1440:
        yield (*path, "hours", WEEKDAYS[spans[0][2]]), "opens before the last shift of the week has closed; shorten one"
    for row, opening in enumerate(calendar.openings):
        if _overlap(opening.hours):
            yield (
                (*path, "openings", row, "hours"),
                "has shifts that overlap; let each open when the one before has closed",
            )


def _overlap(shifts: Sequence[Shift]) -> bool:
    ordered = sorted((shift.opens, shift.closes) for shift in shifts)
    return any(b[0] < a[1] for a, b in itertools.pairwise(ordered))


def _closure(path: KeyPath, closure: Closure) -> Found:
    if (closure.every is None) == (closure.first is None):
        yield path, "needs either `every` (each year) or `first` (a date), and not both"
    elif closure.last is not None and (closure.first is None or closure.last < closure.first):
        yield (*path, "last"), "must be a date on or after `first`"
