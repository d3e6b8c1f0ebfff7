"""Holidays, closures and hours of the three files, and calendar documents that keep them."""

import datetime as dt
import json
from typing import Any

import pytest

from sla import compile as compiling
from sla.engine.calendar import instant_of
from vendors.catalog import schema


def _days(slug: str, calendar: str, year: int) -> dict[str, str]:
    days = compiling.calendar_days(schema.load_slug(slug), year, year)[calendar]
    return {day.isoformat(): names["en"] for day, names in days.items()}


def test_the_fourth_of_july_2026_is_observed_on_friday() -> None:
    days = _days("mastercam", "world", 2026)
    assert days["2026-07-03"] == "Independence Day (observed)"
    assert days["2026-06-19"].startswith("Juneteenth")
    assert days["2026-11-26"] == "Thanksgiving Day"
    assert "2026-11-27" not in days
    assert "2026-12-24" not in days


def test_new_year_2028_is_observed_on_the_last_friday_of_2027() -> None:
    assert "2027-12-31" in _days("mastercam", "world", 2027)


def test_juneteenth_is_a_federal_holiday_since_2021() -> None:
    assert "2020-06-19" not in _days("mastercam", "world", 2020)
    assert "2021-06-18" in _days("mastercam", "world", 2021)


def test_england_keeps_substitute_days_and_its_own_bank_holidays() -> None:
    days = _days("mastercam", "uk", 2026)
    assert days["2026-12-28"] == "Boxing Day (observed)"
    assert {"2026-05-04", "2026-05-25", "2026-08-31", "2026-04-06"} <= set(days)
    assert "2026-08-03" not in days  # Scotland's
    assert "2026-07-13" not in days  # Northern Ireland's
    assert {"2027-12-27", "2027-12-28"} <= set(_days("mastercam", "uk", 2027))


def test_bavaria_is_without_assumption_and_without_augsburgs_day() -> None:
    days = _days("optocraft", "office", 2025)
    assert {"2025-01-06", "2025-06-19", "2025-11-01"} <= set(days)
    assert "2025-08-15" not in days
    assert "2025-08-08" not in days
    assert "2025-11-19" not in days


def test_saxony_keeps_repentance_day_and_no_epiphany() -> None:
    days = _days("image-instruments", "office", 2026)
    assert {"2026-11-18", "2026-10-31"} <= set(days)
    assert not {"2026-01-06", "2026-06-04", "2026-11-01"} & set(days)


def test_german_holidays_have_german_names() -> None:
    days = compiling.calendar_days(schema.load_slug("optocraft"), 2026, 2026)["office"]
    assert days[dt.date(2026, 1, 6)] == {"en": "Epiphany", "de": "Heilige Drei Könige"}


def test_optocraft_closes_on_two_days_of_its_own_each_year() -> None:
    (document,) = compiling.calendar_documents(schema.load_slug("optocraft"), 2026, 2028)
    days = [row["day"] for row in document["closures"]]
    assert days == [f"{year}-12-{day}" for year in (2026, 2027, 2028) for day in (24, 31)]


def test_a_stored_calendar_needs_no_library(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = json.loads(json.dumps(compiling.calendar_documents(schema.load_slug("mastercam"), 2026, 2026)))

    def asked(*args: Any, **named: Any) -> None:
        raise AssertionError("a stored calendar keeps its dates itself")

    monkeypatch.setattr("holidays.country_holidays", asked)
    world, uk = (compiling.calendar_from_document(document) for document in stored)
    assert (world.zone, world.standard_day, uk.zone, uk.standard_day) == (None, 9 * 3600, "UTC", 8 * 3600)
    assert world.weekly[0] == ((8 * 3600, 17 * 3600),)
    assert world.weekly[5] == ()
    assert dt.date(2026, 7, 3) in {day.day for day in world.holidays}
    assert (world.first_day, world.last_day) == (dt.date(2026, 1, 1), dt.date(2026, 12, 31))


def test_a_later_extension_changes_no_stored_date() -> None:
    file = schema.load_slug("mastercam")
    short, long = (compiling.calendar_documents(file, 2024, last) for last in (2027, 2035))
    for before, after in zip(short, long, strict=True):
        assert [row for row in after["holidays"] if row["day"] <= before["last_day"]] == before["holidays"]


def test_versions_keep_their_numbers_and_dates() -> None:
    file = schema.load_slug("optocraft")
    (document,) = compiling.calendar_documents(file, 2026, 2027)
    second = compiling.calendar_from_document(document | {"version": 2, "valid_from": 1_800_000_000})
    rules = compiling.rules_from_versions(
        [(2, 1_800_000_000, file), (1, None, file)],
        [second, compiling.calendar_from_document(document)],
        vendor="optocraft-north",
    )
    assert rules.vendor == "optocraft-north"
    assert [policy.version for policy in rules.policies] == [1, 2]
    assert rules.policy_at(0).version == 1
    assert rules.policy_at(1_800_000_000).version == 2
    assert rules.calendar_at("office", 1_799_999_999).version == 1
    assert rules.calendar_at("office", 1_800_000_000).version == 2


def test_a_catalog_file_compiles_once() -> None:
    assert compiling.rules_from_file("image_instruments") is compiling.rules_from_file("image-instruments")
    assert compiling.rules_from_file("mastercam").zone == "America/New_York"


@pytest.mark.parametrize(
    ("at", "is_open"),
    [("2026-07-14T09:30:00+01:00", False), ("2026-07-14T10:00:00+01:00", True), ("2026-07-14T17:59:59+01:00", True)],
)
def test_m5_uk_hours_are_utc_in_summer_too(at: str, is_open: bool) -> None:
    rules = compiling.rules_from_file("mastercam")
    calendar = rules.calendar_at(rules.policies[0].choice("GB").calendar, 0)
    assert rules.open_time(calendar, "Europe/London").is_open(instant_of(dt.datetime.fromisoformat(at))) is is_open


def test_years_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(ValueError, match="before the first"):
        compiling.calendar_documents(schema.load_slug("optocraft"), 2027, 2026)
