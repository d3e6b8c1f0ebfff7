"""Open time: what is open, how much of it lies between two instants, and what is known at all."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sla.engine.bulk import BulkOpenTime, add_each
from sla.engine.calendar import DAY, HorizonError, NamedDay, Opening, OpenTime
from tests.sla.engine_rules import BERLIN, HOUR, OFFICE, at, open_time, spec

NIGHTS = (((22 * HOUR, 30 * HOUR),),) * 7
ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Santiago", "UTC")


def test_open_time_runs_out_at_closing_and_not_at_the_next_opening() -> None:
    office = open_time()
    assert office.add(at("2026-03-04 14:00"), 3 * HOUR) == at("2026-03-04 17:00")
    assert office.add(at("2026-03-04 14:00"), 3 * HOUR + 1) == at("2026-03-05 09:00:01")


def test_two_work_days_from_a_wednesday_afternoon_end_on_friday_afternoon() -> None:
    assert open_time().add(at("2026-03-04 14:00"), 16 * HOUR) == at("2026-03-06 14:00")


def test_two_work_days_from_a_saturday_end_on_tuesday_at_closing() -> None:
    assert open_time().add(at("2026-03-07 11:00"), 16 * HOUR) == at("2026-03-10 17:00")


def test_nothing_to_add_is_the_instant_itself_even_when_closed() -> None:
    assert open_time().add(at("2026-03-07 11:00"), 0) == at("2026-03-07 11:00")


def test_several_intervals_a_day_leave_the_break_out() -> None:
    day = ((8 * HOUR, 12 * HOUR), (13 * HOUR, 17 * HOUR))
    office = open_time(weekly=(day,) * 7)
    assert office.measure(at("2026-03-04 11:00"), at("2026-03-04 14:00")) == 2 * HOUR


def test_a_day_can_be_open_until_24_00_and_joins_the_next() -> None:
    around = open_time(weekly=(((0, DAY),),) * 7)
    assert around.measure(at("2026-03-03 00:00"), at("2026-03-10 00:00")) == 7 * DAY
    late = open_time(weekly=(((20 * HOUR, DAY),),) * 7)
    assert late.measure(at("2026-03-03 00:00"), at("2026-03-04 00:00")) == 4 * HOUR


@pytest.mark.parametrize(("evening", "open_hours"), [("2026-03-27", 8), ("2026-03-28", 7), ("2026-10-24", 9)])
def test_a_night_shift_lasts_as_long_as_the_night_does(evening: str, open_hours: int) -> None:
    begin = at(f"{evening} 22:00")
    assert open_time(weekly=NIGHTS).measure(begin - HOUR, begin + 12 * HOUR) == open_hours * HOUR


@pytest.mark.parametrize(
    ("opens", "closes", "expected"),
    [
        # Clocks go from 2:00 to 3:00: a time that does not exist counts with the offset before the change.
        (1, 2.5, [("00:00", "01:30")]),
        (2.5, 5, [("01:30", "03:00")]),
        (2, 3, []),
    ],
)
def test_hours_that_the_spring_night_skips(opens: float, closes: float, expected: list[tuple[str, str]]) -> None:
    day = ((int(opens * HOUR), int(closes * HOUR)),)
    found = open_time(weekly=(day,) * 7)
    utc = ZoneInfo("UTC")
    midnight = at("2026-03-29 00:00")
    spans = [
        span for span in zip(found.opens, found.closes, strict=True) if midnight <= span[0] < midnight + DAY - HOUR
    ]
    assert spans == [(at(f"2026-03-29 {a}", utc), at(f"2026-03-29 {b}", utc)) for a, b in expected]


def test_an_hour_that_the_autumn_night_repeats_is_taken_the_first_time() -> None:
    found = open_time(weekly=(((2 * HOUR, 3 * HOUR),),) * 7)
    utc = ZoneInfo("UTC")
    # From the first 2:00 (summer time) to the only 3:00.
    assert found.measure(at("2026-10-25 00:00", utc), at("2026-10-25 02:00", utc)) == 2 * HOUR


def test_a_holiday_takes_the_tail_of_the_evening_before_and_leaves_its_own_tail() -> None:
    closed = NamedDay(date(2026, 3, 4), "Holiday")
    nights = open_time(weekly=NIGHTS, holidays=(closed,))
    assert nights.measure(at("2026-03-04 00:00"), at("2026-03-05 00:00")) == 0
    assert nights.measure(at("2026-03-03 22:00"), at("2026-03-04 00:00")) == 2 * HOUR
    assert nights.measure(at("2026-03-05 00:00"), at("2026-03-05 06:00")) == 6 * HOUR


def test_a_closure_closes_and_a_one_off_opening_opens() -> None:
    found = open_time(
        closures=(NamedDay(date(2026, 12, 24), "Closed"),),
        openings=(Opening(date(2026, 12, 26), ((10 * HOUR, 12 * HOUR),), "Stocktaking"),),
    )
    assert found.measure(at("2026-12-24 00:00"), at("2026-12-25 00:00")) == 0
    assert found.measure(at("2026-12-26 00:00"), at("2026-12-27 00:00")) == 2 * HOUR


def test_a_calendar_with_its_own_zone_ignores_summer_time_elsewhere() -> None:
    found = OpenTime.compile(spec(zone="UTC"), "UTC")
    london = ZoneInfo("Europe/London")
    assert found.is_open(at("2026-07-14 10:00", london))
    assert not found.is_open(at("2026-07-14 09:59", london))
    assert found.next_opening(at("2026-07-14 08:00", london)) == at("2026-07-14 10:00", london)
    assert found.next_closing(at("2026-07-14 08:00", london)) == at("2026-07-14 18:00", london)


def test_past_the_stored_dates_it_raises_and_never_guesses() -> None:
    short = open_time(first_day=date(2026, 3, 2), last_day=date(2026, 3, 6))
    assert short.add(at("2026-03-06 09:00"), 8 * HOUR) == at("2026-03-06 17:00")
    for question in (
        lambda: short.add(at("2026-03-06 09:00"), 8 * HOUR + 1),
        lambda: short.measure(at("2026-03-01 09:00"), at("2026-03-03 09:00")),
        lambda: short.is_open(at("2026-03-07 00:00")),
        lambda: short.next_opening(at("2026-03-06 17:00")),
        lambda: short.end_of_day(at("2026-03-05 12:00"), 2),
        lambda: BulkOpenTime(short).add(np.array([at("2026-03-06 09:00")]), np.array([8 * HOUR + 1])),
    ):
        with pytest.raises(HorizonError, match="2026-03-06"):
            question()


def test_more_stored_years_change_no_answer() -> None:
    few, many = open_time(last_day=date(2026, 12, 31)), open_time()
    begin = at("2026-05-01 00:00")
    assert [few.add(begin, n * 5000) for n in range(1, 200)] == [many.add(begin, n * 5000) for n in range(1, 200)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"weekly": OFFICE[:6]},
        {"weekly": (((9 * HOUR, 9 * HOUR),),) * 7},
        {"weekly": (((24 * HOUR, 25 * HOUR),),) * 7},
        {"standard_day": 0},
        {"first_day": date(2031, 1, 1)},
    ],
)
def test_a_calendar_that_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="calendar office"):
        spec(**wrong)


def test_aware_datetimes_keep_their_zone_and_naive_ones_are_refused() -> None:
    office = open_time()
    tokyo = ZoneInfo("Asia/Tokyo")
    begin = datetime(2026, 3, 4, 14, tzinfo=BERLIN).astimezone(tokyo)
    due = office.add_to(begin, timedelta(hours=4))
    assert (due, due.tzinfo) == (datetime(2026, 3, 5, 10, tzinfo=BERLIN), tokyo)
    assert office.measure_between(begin, due) == timedelta(hours=4)
    with pytest.raises(ValueError, match="zone"):
        office.add_to(datetime(2026, 3, 4, 14), timedelta(hours=4))  # noqa: DTZ001


intervals = st.tuples(st.integers(0, DAY - 1), st.integers(1, DAY)).map(lambda pair: (pair[0], pair[0] + pair[1]))
weeks = st.lists(st.lists(intervals, max_size=3).map(tuple), min_size=7, max_size=7).map(tuple).filter(any)
days = st.dates(date(2026, 1, 1), date(2026, 12, 31)).map(lambda day: NamedDay(day, "closed"))
calendars = st.builds(
    lambda weekly, closed, zone: OpenTime.compile(
        spec(weekly=weekly, holidays=tuple(closed), first_day=date(2025, 1, 1), last_day=date(2028, 12, 31)), zone
    ),
    weeks,
    st.lists(days, max_size=10),
    st.sampled_from(ZONES),
)
instants = st.integers(at("2026-01-01 00:00"), at("2026-12-31 00:00"))
few = settings(max_examples=60)


@few
@given(calendars, instants, st.integers(1, 200_000))
def test_adding_and_measuring_are_inverse_and_adding_is_the_earliest(
    calendar: OpenTime, begin: int, amount: int
) -> None:
    try:
        due = calendar.add(begin, amount)
    except HorizonError:
        return
    assert calendar.measure(begin, due) == amount
    assert calendar.measure(begin, due - 1) == amount - 1


@few
@given(calendars, instants, instants, instants)
def test_open_time_adds_up_and_never_shrinks(calendar: OpenTime, a: int, b: int, c: int) -> None:
    a, b, c = sorted((a, b, c))
    assert calendar.measure(a, b) + calendar.measure(b, c) == calendar.measure(a, c)
    assert 0 <= calendar.measure(a, b) <= b - a
    assert calendar.measure(b, a) == -calendar.measure(a, b)


@few
@given(calendars)
def test_spans_are_disjoint_and_rising(calendar: OpenTime) -> None:
    edges = [edge for span in zip(calendar.opens, calendar.closes, strict=True) for edge in span]
    assert edges == sorted(set(edges))


@few
@given(calendars, st.lists(st.tuples(instants, st.integers(0, 100_000)), min_size=1, max_size=20))
def test_bulk_answers_are_those_of_single_questions(calendar: OpenTime, rows: list[tuple[int, int]]) -> None:
    bulk = BulkOpenTime(calendar)
    begins, amounts = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    try:
        expected = [calendar.add(begin, amount) for begin, amount in rows]
    except HorizonError:
        with pytest.raises(HorizonError):
            bulk.add(begins, amounts)
        return
    assert bulk.add(begins, amounts).tolist() == expected
    assert bulk.measure(begins, np.array(expected)).tolist() == [
        calendar.measure(*pair) for pair in zip(begins, expected, strict=True)
    ]


def test_bulk_serves_several_calendars_at_once() -> None:
    berlin, night = open_time(), open_time(weekly=NIGHTS)
    begins = np.array([at("2026-03-04 14:00")] * 3)
    found = add_each([BulkOpenTime(berlin), BulkOpenTime(night)], np.array([1, 0, 1]), begins, np.array([HOUR] * 3))
    assert found.tolist() == [at("2026-03-04 23:00"), at("2026-03-04 15:00"), at("2026-03-04 23:00")]


@pytest.mark.parametrize("zone", ZONES)
def test_every_hour_of_a_year_is_open_as_its_local_time_says(zone: str) -> None:
    calendar = OpenTime.compile(spec(), zone)
    tz = ZoneInfo(zone)
    begin = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())
    for instant in range(begin, begin + 366 * DAY, HOUR):
        local = datetime.fromtimestamp(instant, tz)
        assert calendar.is_open(instant) == (local.weekday() < 5 and 9 <= local.hour < 17), local
