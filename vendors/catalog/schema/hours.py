"""When a house works: calendars, and which of them counts for whom."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from vendors.catalog.schema.base import (
    Country,
    Key,
    Line,
    Model,
    Period,
    Rules,
    Shift,
    Subdivision,
    Text,
    YearlyDay,
)

Shifts = tuple[Shift, ...]
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ZoneSource = Literal["authorised_user", "site", "organisation", "vendor"]


class WeekHours(Model):
    """The shifts of each weekday; a day left out is closed."""

    mon: Shifts = ()
    tue: Shifts = ()
    wed: Shifts = ()
    thu: Shifts = ()
    fri: Shifts = ()
    sat: Shifts = ()
    sun: Shifts = ()

    def days(self) -> tuple[Shifts, ...]:
        """Seven tuples of shifts, Monday first."""
        return (self.mon, self.tue, self.wed, self.thu, self.fri, self.sat, self.sun)


class HolidaySource(Model):
    """Public holidays by country and subdivision (ISO 3166), as the ``holidays`` library knows them."""

    country: Country
    subdivision: Subdivision | None = None
    categories: tuple[Line, ...] = ("public",)
    observed: bool = True
    worked: tuple[YearlyDay, ...] = ()
    rules: Rules = ()


class Closure(Model):
    """Days on which the house is closed: ``every`` year on a day, or from ``first`` to ``last``."""

    every: YearlyDay | None = None
    first: dt.date | None = None
    last: dt.date | None = None
    name: Text
    rules: Rules = ()


class Opening(Model):
    """A one-off opening on ``date``, beside the hours of the week; it holds on a holiday or closure too."""

    date: dt.date
    hours: Shifts
    name: Text
    rules: Rules = ()


class CalendarRule(Model):
    """One calendar. ``time_zone`` is an IANA name or ``person`` (the zone resolved for the ticket)."""

    key: Key
    name: Text
    time_zone: Line
    standard_day: Period
    hours: WeekHours
    holidays: tuple[HolidaySource, ...] = ()
    closures: tuple[Closure, ...] = ()
    openings: tuple[Opening, ...] = ()
    rules: Rules = ()

    @property
    def follows_person(self) -> bool:
        return self.time_zone == "person"

    @property
    def standard_day_seconds(self) -> int:
        return self.standard_day.seconds(0)


class CountryCalendar(Model):
    countries: tuple[Country, ...]
    calendar: Key
    rules: Rules = ()


class CalendarChoice(Model):
    """Which calendar counts (M5): by the country found with the zone, else ``default``.

    ``zone_from`` is the order in which zone and country are looked for; ``vendor`` comes last.
    """

    default: Key
    zone_from: tuple[ZoneSource, ...]
    by_country: tuple[CountryCalendar, ...] = ()
    rules: Rules = ()

    def calendar_for(self, country: str | None) -> str:
        """The key of the calendar that counts for a person in ``country`` (ISO code or None)."""
        for choice in self.by_country:
            if country in choice.countries:
                return choice.calendar
        return self.default
