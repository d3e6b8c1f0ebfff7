"""Who works when: wall clocks and their changes, open hours, absences."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.tenancy.scope import enter
from sla.duty import Days, WallShifts, duties, duty, working
from tests.tickets.lives import utc
from tests.world import House, World
from vendors import staffing
from vendors.models import Person
from vendors.staffing import END_OF_DAY, Hours

BERLIN = ZoneInfo("Europe/Berlin")
NIGHTLY = [(day, time(0), time(6)) for day in range(7)] + [(day, time(22), END_OF_DAY) for day in range(7)]
WEEK = [(day, time(9), time(17)) for day in range(5)]
QUARTER = timedelta(minutes=15)


@pytest.mark.parametrize(
    ("zone", "stretches", "at", "on", "changes"),
    [
        ("Europe/Berlin", WEEK, "2026-03-02 08:00", True, "2026-03-02 16:00"),
        ("Europe/Berlin", WEEK, "2026-03-02 07:59", False, "2026-03-02 08:00"),
        ("Europe/Berlin", WEEK, "2026-03-02 16:00", False, "2026-03-03 08:00"),
        ("Europe/Berlin", WEEK, "2026-03-27 16:00", False, "2026-03-30 07:00"),  # summer time begins between
        ("America/New_York", WEEK, "2026-03-06 22:00", False, "2026-03-09 13:00"),
        ("Asia/Kolkata", WEEK, "2026-03-02 03:30", True, "2026-03-02 11:30"),
        ("Europe/Berlin", NIGHTLY, "2026-03-28 23:00", True, "2026-03-29 04:00"),  # midnight is no change
        (
            "Europe/Berlin",
            [(6, time(1), time(2, 30))],
            "2026-03-29 00:30",
            True,
            "2026-03-29 01:00",
        ),  # 2:00 is left out
        ("Europe/Berlin", [(6, time(2, 15), time(5))], "2026-03-29 00:30", False, "2026-03-29 01:00"),
        (
            "Europe/Berlin",
            [(6, time(2), time(2, 30))],
            "2026-10-25 00:15",
            True,
            "2026-10-25 00:30",
        ),  # 2:15 the first time
        ("Europe/Berlin", [(6, time(2), time(2, 30))], "2026-10-25 00:45", False, "2026-10-25 01:00"),
        ("Europe/Berlin", [(6, time(2), time(2, 30))], "2026-10-25 01:15", True, "2026-10-25 01:30"),  # and the second
    ],
)
def test_the_wall_clock_decides(
    zone: str, stretches: list[tuple[int, time, time]], at: str, on: bool, changes: str
) -> None:
    there = ZoneInfo(zone)
    found = duty(WallShifts(stretches, there), (), there, utc(at))
    assert (found.on, found.changes_at, found.away_until) == (on, utc(changes), None)


@pytest.mark.parametrize(
    ("absences", "at", "on", "changes", "away"),
    [
        # in Berlin the day begins at 23:00 UTC
        ([(date(2026, 3, 3), date(2026, 3, 4))], "2026-03-02 09:00", True, "2026-03-02 16:00", None),
        ([(date(2026, 3, 3), date(2026, 3, 4))], "2026-03-02 17:00", False, "2026-03-05 08:00", None),
        ([(date(2026, 3, 3), date(2026, 3, 4))], "2026-03-02 23:00", False, "2026-03-05 08:00", date(2026, 3, 4)),
        ([(date(2026, 3, 3), date(2026, 3, 4))], "2026-03-04 22:59", False, "2026-03-05 08:00", date(2026, 3, 4)),
        (
            [(date(2026, 3, 2), date(2026, 3, 3)), (date(2026, 3, 4), date(2026, 3, 4))],
            "2026-03-02 09:00",
            False,
            "2026-03-05 08:00",
            date(2026, 3, 4),
        ),
    ],
)
def test_nobody_works_on_days_of_absence(
    absences: list[Days], at: str, on: bool, changes: str, away: date | None
) -> None:
    found = duty(WallShifts(WEEK, BERLIN), absences, BERLIN, utc(at))
    assert (found.on, found.changes_at, found.away_until) == (on, utc(changes), away)


def test_an_absence_ends_a_night_shift_at_midnight() -> None:
    found = duty(WallShifts(NIGHTLY, BERLIN), [(date(2026, 3, 3), date(2026, 3, 3))], BERLIN, utc("2026-03-02 22:00"))
    assert found.on
    assert found.changes_at == utc("2026-03-02 23:00")


zones = st.sampled_from(
    ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia", "America/St_Johns"]
)
# Around both changes of the clock, north and south, and in between.
moments = st.sampled_from(
    ["2026-03-07", "2026-03-28", "2026-04-04", "2026-07-01", "2026-10-03", "2026-10-24", "2026-10-31"]
)
stretches = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 94), st.integers(1, 96)).filter(lambda s: s[1] < s[2]), max_size=8
)


def _clock(quarters: int) -> time:
    return END_OF_DAY if quarters == 96 else time(quarters // 4, quarters % 4 * 15)


@given(zones, moments, st.integers(0, 192), stretches, st.lists(st.integers(-1, 4), max_size=3))
def test_a_change_is_the_first_instant_at_which_the_wall_clock_says_otherwise(
    zone: str, day: str, quarter: int, given_stretches: list[tuple[int, int, int]], away: list[int]
) -> None:
    there, now = ZoneInfo(zone), utc(f"{day} 00:00") + quarter * QUARTER
    days = {now.astimezone(there).date() + timedelta(n) for n in away}

    def works(at: datetime) -> bool:
        local = at.astimezone(there)
        quarters = local.hour * 4 + local.minute // 15
        inside = any(w == local.weekday() and b <= quarters < e for w, b, e in given_stretches)
        return inside and local.date() not in days

    held = [(weekday, _clock(begin), _clock(end)) for weekday, begin, end in given_stretches]
    found = duty(WallShifts(held, there), [(d, d) for d in days], there, now)
    assert found.on == works(now)
    steps = (now + n * QUARTER for n in range(1, 96 * 20))
    assert found.changes_at is None or found.changes_at > now
    expected = next((at for at in steps if works(at) != found.on), None)
    if expected is not None:
        assert found.changes_at == expected


@pytest.mark.django_db
class TestOfAVendor:
    """With the rows of a vendor."""

    def at(self, house: House, who: str, now: datetime) -> bool:
        """Whether somebody works."""
        with enter(house.scope()):
            person = Person.objects.get(pk=house.people[who].pk)
            return person.pk in working([person], now)

    def test_who_has_no_shifts_works_in_the_vendors_open_hours_of_his_own_zone(self, world: World) -> None:
        house = world.mastercam  # Monday to Friday 8 to 17 where one is
        with enter(house.scope()):
            Person.objects.filter(pk=house.people["agent"].pk).update(time_zone="Asia/Tokyo")
        assert self.at(house, "agent", utc("2026-03-02 00:00"))  # 9:00 in Tokyo
        assert not self.at(house, "colleague", utc("2026-03-02 00:00"))
        assert not self.at(house, "agent", utc("2026-11-26 01:00"))  # Thanksgiving is no support day
        optocraft = world.optocraft  # 9 to 17 German time
        assert self.at(optocraft, "agent", utc("2026-03-02 08:00"))
        assert not self.at(optocraft, "agent", utc("2026-03-02 16:00"))

    def test_who_has_shifts_works_in_them_and_nowhere_else(self, world: World) -> None:
        house = world.optocraft
        with enter(house.scope()):
            staffing.set_shifts(
                by=house.member("agent"),
                person_id=house.people["agent"].pk,
                hours=[Hours(5, time(22), time(0)), Hours(6, time(0), time(6))],
            )
        assert self.at(house, "agent", utc("2026-03-07 22:59"))
        assert self.at(house, "agent", utc("2026-03-07 23:00"))  # Sunday begins in Germany
        assert not self.at(house, "agent", utc("2026-03-02 09:00"))

    def test_any_number_of_people_costs_at_most_four_questions(
        self, world: World, django_assert_max_num_queries: object
    ) -> None:
        house = world.optocraft
        with enter(house.scope()):
            people = list(staffing.staff_of(house.id))
            assert len(people) > 5
            with django_assert_max_num_queries(4):  # type: ignore[operator]
                found = duties(people, datetime(2026, 3, 2, 9, tzinfo=UTC))
            assert (
                {key for key, d in found.items() if d.on}
                == {p.pk for p in people}
                == working(people, utc("2026-03-02 09:00"))
            )
