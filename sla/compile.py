"""A vendor's policy file as the engine's types, and its calendars as documents that keep their dates themselves.

Here, and nowhere else, the ``holidays`` library is asked for dates: once, when a calendar document is made. What is
stored is read back without it, so that its next release changes no past.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import holidays

from sla.engine.calendar import BEGINNING, CalendarSpec, Interval, NamedDay, Opening
from sla.engine.policy import CalendarChoice, ClockPolicy, Policy, Rules, Rung, Target
from vendors.catalog import schema
from vendors.catalog.schema import hours, service
from vendors.catalog.schema.base import Shift

FIRST_YEAR, LAST_YEAR = 2010, 2040
"""The years that ``rules_from_file`` knows unless told otherwise; histories of years past are replayed too."""

Days = dict[dt.date, dict[str, str]]
"""Dates with their names by language."""


def rules_from_file(path_or_slug: str, first_year: int = FIRST_YEAR, last_year: int = LAST_YEAR) -> Rules:
    """The engine's rules of one policy file, as version 1 from the beginning of time.

    ``path_or_slug`` is a path that ends in ``.toml`` or a slug of the catalog, ``image-instruments`` or
    ``image_instruments``. Calendars hold the dates of ``first_year`` to ``last_year``. The same answer is given again
    until the file changes.
    KeyError: no such slug. PolicyFileError: the file is not sound.
    """
    path = Path(path_or_slug) if path_or_slug.endswith(".toml") else schema.catalog_path(path_or_slug)
    changed = path.stat().st_mtime_ns if path.is_file() else 0
    return _rules_from_path(str(path), changed, first_year, last_year)


@lru_cache(maxsize=32)
def _rules_from_path(path: str, changed: int, first_year: int, last_year: int) -> Rules:
    file = schema.load(path)
    calendars = [calendar_from_document(row) for row in calendar_documents(file, first_year, last_year)]
    return rules_from_versions([(1, None, file)], calendars)


def rules_from_versions(
    policies: Sequence[tuple[int, int | None, schema.PolicyFile]],
    calendars: Sequence[CalendarSpec],
    *,
    vendor: str | None = None,
) -> Rules:
    """The engine's rules of stored versions.

    ``policies`` are triples of number, instant from which it holds (None: from the beginning) and file; ``calendars``
    come from ``calendar_from_document``. ``vendor`` is the house's slug where it is not the file's (two
    houses can run one file). ValueError without any policy, or if a calendar is missing.
    """
    if not policies:
        raise ValueError("rules need at least one policy version")
    ordered = sorted(policies, key=lambda row: row[0])
    latest = ordered[-1][2].vendor
    return Rules(
        vendor=vendor or latest.slug,
        zone=latest.time_zone,
        country=latest.country,
        policies=tuple(policy_of(file, version=number, valid_from=since) for number, since, file in ordered),
        calendars=tuple(sorted(calendars, key=lambda spec: (spec.key, spec.version))),
    )


def policy_of(file: schema.PolicyFile, *, version: int = 1, valid_from: int | None = None) -> Policy:
    """One policy version for the engine."""
    choice = file.calendar_choice
    by_country = tuple(
        CalendarChoice(row.calendar, frozenset(row.countries), _first(row.rules)) for row in choice.by_country
    )
    return Policy(
        key=file.vendor.slug,
        version=version,
        clocks=tuple(_clock(file, clock) for clock in file.clocks),
        calendars=(*by_country, CalendarChoice(choice.default, None, _first(choice.rules))),
        priorities=tuple(priority.key for priority in file.priorities),
        default_priority=file.triage.without_claim if file.triage else None,
        valid_from=_since(valid_from),
    )


def _clock(file: schema.PolicyFile, clock: service.Clock) -> ClockPolicy:
    targets = [(row, _target(row.within, clock.counting)) for row in clock.targets]
    normal = [(row.priority, target) for row, target in targets if not row.urgent]
    return ClockPolicy(
        kind=clock.key,
        promised=clock.promise,
        by_priority=tuple((key, target) for key, target in normal if key is not None),
        otherwise=next((target for key, target in normal if key is None), None),
        urgent=next((target for row, target in targets if row.urgent), None),
        percent_of_resolution=clock.share.percent if clock.share else None,
        needs_qualified=clock.ends == "qualified_response",
        needs_assigned=clock.ends == "response_after_assignment",
        needs_priority=clock.starts in ("priority", "priority_and_information"),
        needs_information=clock.starts in ("information", "priority_and_information"),
        pauses_while_waiting="waiting_for_customer" in clock.pauses,
        lifted_by=frozenset(clock.lifted_by),
        reopening=file.lifecycle.reopening,
        rungs=tuple(_rung(rung) for rung in file.ladder if clock.key in rung.clocks),
        rules=clock.rules,
    )


def _target(period: schema.Period, counting: Any) -> Target:
    if period.unit == "week":
        return Target(period.amount, "weeks", counting)
    if period.unit == "work day":
        return Target(period.amount, "work_days", counting)
    return Target(period.seconds(0))


def _rung(rung: service.Rung) -> Rung:
    reassign = "reassign_if_unassigned" if rung.reassign_when == "unassigned" else "reassign"
    changes = (("raise_level", rung.raise_to), (reassign, rung.reassign_to))
    return Rung(
        percent=rung.percent,
        tell=rung.tells,
        change=tuple(f"{name}:{to}" for name, to in changes if to),
        priorities=frozenset(rung.priorities) or None,
        rule=_first(rung.rules),
        tell_unassigned=rung.tells_if_unassigned,
    )


def calendar_days(file: schema.PolicyFile, first_year: int, last_year: int) -> dict[str, Days]:
    """By calendar key the public holidays of the years, both included: local date to names by language.

    Names come in English and in those of our other languages that the library has for the country.
    """
    years = range(first_year, last_year + 1)
    return {calendar.key: _holidays(calendar, years) for calendar in file.calendars}


def _holidays(calendar: hours.CalendarRule, years: Iterable[int]) -> Days:
    days: Days = {}
    for source in calendar.holidays:
        for language, code in _languages(source).items():
            found = holidays.country_holidays(
                source.country,
                subdiv=source.subdivision,
                years=years,
                observed=source.observed,
                categories=source.categories,
                language=code,
            )
            for day, name in found.items():
                # Substitute days of a year's first or last holiday can lie in the next year.
                if day.year in years and day.strftime("%m-%d") not in source.worked:
                    names = days.setdefault(day, {})
                    names.setdefault(language, name)
    return dict(sorted(days.items()))


def _languages(source: hours.HolidaySource) -> dict[str, str | None]:
    """Our languages that the library has names in, with its own code for each; English first."""
    known = holidays.country_holidays(source.country, subdiv=source.subdivision).supported_languages
    codes: dict[str, str | None] = {"en": next((code for code in ("en_US", "en_GB", "en") if code in known), None)}
    return codes | {code: code for code in ("de", "sv") if code in known}


def calendar_documents(file: schema.PolicyFile, first_year: int, last_year: int) -> list[dict[str, Any]]:
    """A document (JSON data) for each calendar of the file, with hours and all dates of the years written out.

    Keys: ``format`` 1, ``key``, ``name`` (by language), ``time_zone`` (IANA or ``person``), ``standard_day`` (seconds),
    ``hours`` (seven lists of shifts, Monday first), ``first_day``, ``last_day``, ``holidays`` and ``closures``
    (``day``, ``name``), ``openings`` (``day``, ``hours``, ``name``), ``rules``. ValueError if the last year is before
    the first.
    """
    if last_year < first_year:
        raise ValueError(f"the last year {last_year} is before the first, {first_year}")
    days = calendar_days(file, first_year, last_year)
    return [_document(calendar, days[calendar.key], first_year, last_year) for calendar in file.calendars]


def _document(calendar: hours.CalendarRule, days: Days, first_year: int, last_year: int) -> dict[str, Any]:
    first, last = dt.date(first_year, 1, 1), dt.date(last_year, 12, 31)
    closures = {
        day: closure.name.model_dump() for closure in calendar.closures for day in _closed(closure, first, last)
    }
    return {
        "format": 1,
        "key": calendar.key,
        "name": calendar.name.model_dump(),
        "time_zone": calendar.time_zone,
        "standard_day": calendar.standard_day_seconds,
        "hours": [[str(shift) for shift in shifts] for shifts in calendar.hours.days()],
        "first_day": first.isoformat(),
        "last_day": last.isoformat(),
        "holidays": [{"day": day.isoformat(), "name": names} for day, names in days.items()],
        "closures": [{"day": day.isoformat(), "name": names} for day, names in sorted(closures.items())],
        "openings": [
            {
                "day": opening.date.isoformat(),
                "hours": [str(shift) for shift in opening.hours],
                "name": opening.name.model_dump(),
            }
            for opening in calendar.openings
        ],
        "rules": list(calendar.rules),
    }


def _closed(closure: hours.Closure, first: dt.date, last: dt.date) -> list[dt.date]:
    if closure.every is not None:
        days = [f"{year}-{closure.every}" for year in range(first.year, last.year + 1)]
        return [dt.date.fromisoformat(day) for day in days if not day.endswith("02-29") or _leap(int(day[:4]))]
    if closure.first is None:
        return []
    length = ((closure.last or closure.first) - closure.first).days + 1
    span = (closure.first + dt.timedelta(days=offset) for offset in range(length))
    return [day for day in span if first <= day <= last]


def _leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def calendar_from_document(document: Mapping[str, Any], *, language: str = "en") -> CalendarSpec:
    """A calendar document for the engine.

    A stored one may also say its ``version`` (else 1) and ``valid_from``, an instant (None: from the beginning). Names,
    which the trace shows, come in ``language`` or else in English. ValueError for a document of another format.
    """

    def name(names: Mapping[str, str]) -> str:
        return names.get(language) or names.get("en") or next(iter(names.values()))

    def named(rows: Iterable[Mapping[str, Any]]) -> tuple[NamedDay, ...]:
        return tuple(NamedDay(dt.date.fromisoformat(row["day"]), name(row["name"])) for row in rows)

    if document.get("format") != 1:
        raise ValueError(f"a calendar document of format {document.get('format')!r} can't be read here")
    zone = document["time_zone"]
    return CalendarSpec(
        key=document["key"],
        version=document.get("version", 1),
        zone=None if zone == "person" else zone,
        weekly=tuple(_intervals(shifts) for shifts in document["hours"]),
        standard_day=document["standard_day"],
        first_day=dt.date.fromisoformat(document["first_day"]),
        last_day=dt.date.fromisoformat(document["last_day"]),
        holidays=named(document["holidays"]),
        closures=named(document["closures"]),
        openings=tuple(
            Opening(dt.date.fromisoformat(row["day"]), _intervals(row["hours"]), name(row["name"]))
            for row in document["openings"]
        ),
        valid_from=_since(document.get("valid_from")),
        name=name(document["name"]),
        rules=tuple(document["rules"]),
    )


def _intervals(shifts: Iterable[str]) -> tuple[Interval, ...]:
    parsed = (Shift.parse(shift) for shift in shifts)
    return tuple(sorted((shift.opens * 60, shift.closes * 60) for shift in parsed))


def _since(instant: int | None) -> int:
    return BEGINNING if instant is None else instant


def _first(rules: Sequence[str]) -> str:
    return rules[0] if rules else ""
