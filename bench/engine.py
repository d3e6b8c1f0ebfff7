"""How fast open time is added, beside `businesstimedelta` and `workclock` in the same run, and whether all agree.

    python -m bench.engine

Three calendars from the catalog (Optocraft; Mastercam for New York and for the United Kingdom), and one with night
shifts over both daylight-saving nights. Exit status 1 if a target is missed or a result differs from workclock's.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from importlib import import_module
from zoneinfo import ZoneInfo

import businesstimedelta
import numpy as np
import workclock

from sla.compile import rules_from_file
from sla.engine.bulk import BulkOpenTime, add_each
from sla.engine.calendar import CalendarSpec, OpenTime

# businesstimedelta knows no other zones than its own dependency's.
pytz = import_module("pytz")

FROM_INTEGERS, FROM_DATETIMES, BULK_SECONDS = 400_000, 200_000, 0.5
ADDITIONS, BULK, SLOW_SAMPLE, COMPARED = 200_000, 1_000_000, 300, 20_000
FIRST, LAST = 1_735_689_600, 1_798_761_600  # 2025-01-01 to 2027-01-01
LONGEST = 80 * 3600
EVERY_DAY = range(7)


@dataclass(frozen=True)
class Subject:
    """One calendar as all three know it."""

    name: str
    ours: OpenTime
    theirs: workclock.Schedule
    slow: businesstimedelta.Rules


def subjects() -> list[Subject]:
    """The three calendars from the catalog, and the night shift."""
    optocraft, mastercam = rules_from_file("optocraft"), rules_from_file("mastercam")
    uk, world = mastercam.policies[0].choice("GB").calendar, mastercam.policies[0].choice("US").calendar
    specs = [
        ("Optocraft", optocraft.calendars[0], "Europe/Berlin"),
        ("Mastercam, New York", mastercam.calendar_at(world, FIRST), "America/New_York"),
        ("Mastercam, United Kingdom", mastercam.calendar_at(uk, FIRST), "UTC"),
        ("night shifts, Berlin", night_shift(), "Europe/Berlin"),
    ]
    return [Subject(name, OpenTime.compile(spec, zone), *others(spec, zone)) for name, spec, zone in specs]


def night_shift() -> CalendarSpec:
    """22:00 to 06:00 every night, the two nights of the clock change among them."""
    nights = ((22 * 3600, 30 * 3600),)
    return CalendarSpec("nights", 1, None, (nights,) * 7, 8 * 3600, date(2020, 1, 1), date(2030, 12, 31))


def others(spec: CalendarSpec, zone: str) -> tuple[workclock.Schedule, businesstimedelta.Rules]:
    """The same hours and closed days for the other two packages."""
    days = [day.day for day in (*spec.holidays, *spec.closures)]
    opens, closes = next(hours[0] for hours in spec.weekly if hours)
    weekdays = [number for number, hours in enumerate(spec.weekly) if hours]
    begin, end = clock_time(opens // 3600), clock_time(closes // 3600 % 24)
    rules: list[workclock.Rule] = [workclock.WorkDay(begin, end, weekdays)]
    if days:
        rules.append(workclock.Holidays(days))
    slow = businesstimedelta.WorkDayRule(begin, end, weekdays, tz=pytz.timezone(zone))
    closed = businesstimedelta.HolidayRule(dict.fromkeys(days, "closed"), tz=pytz.timezone(zone))
    return workclock.Schedule(rules, time_zone=zone), businesstimedelta.Rules([slow, closed] if days else [slow])


def rate(call: Callable[[], object], count: int) -> float:
    """Calls a second of something that makes ``count`` of them; the better of two runs."""
    best = min(seconds(call) for _ in range(2))
    return count / best


def seconds(call: Callable[[], object]) -> float:
    """How long a call takes."""
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def each(add: Callable[..., object], *columns: Iterable[object]) -> Callable[[], None]:
    """A loop over the columns that keeps nothing."""

    def run() -> None:
        for row in zip(*columns, strict=True):
            add(*row)

    return run


def slow_add(subject: Subject, begin: datetime, amount: timedelta) -> datetime:
    """One addition by businesstimedelta."""
    due: datetime = begin + businesstimedelta.BusinessTimeDelta(subject.slow, timedelta=amount)
    return due


def differences(subject: Subject, begins: list[int], amounts: list[int]) -> tuple[int, int]:
    """How many of the answers differ from workclock's: ours, and (of a sample) businesstimedelta's."""
    ours = slow = 0
    for place, (begin, amount) in enumerate(zip(begins[:COMPARED], amounts, strict=False)):
        start, length = datetime.fromtimestamp(begin, UTC), timedelta(seconds=amount)
        expected = subject.theirs.add(start, length)
        ours += subject.ours.add(begin, amount) != int(expected.timestamp())
        ours += subject.ours.measure(begin, begin + 20 * amount) != int(
            subject.theirs.between(start, start + 20 * length).total_seconds()
        )
        if place < SLOW_SAMPLE:
            slow += slow_add(subject, start, length) != expected
    return ours, slow


def compare(found: list[Subject], begins: list[int], amounts: list[int]) -> int:
    """Print the differences by calendar; the number of ours."""
    print(f"\nResults beside workclock's ({COMPARED:,} additions and {COMPARED:,} measurements each):")
    total = 0
    for subject in found:
        clustered = begins if subject.ours.spec.key != "nights" else around_changes(len(begins))
        ours, slow = differences(subject, clustered, amounts)
        total += ours
        print(f"  {subject.name:<28} ours {ours} different, businesstimedelta {slow} of {SLOW_SAMPLE}")
    return total


def around_changes(count: int) -> list[int]:
    """Instants within a day of the clock changes of 2025 and 2026 in Berlin."""
    sundays = ((2025, 3, 30), (2025, 10, 26), (2026, 3, 29), (2026, 10, 25))
    changes = [int(datetime(*sunday, 1, tzinfo=UTC).timestamp()) for sunday in sundays]
    chance = random.Random(2)
    return [chance.choice(changes) + chance.randrange(-86_400, 86_400) for _ in range(count)]


def one_at_a_time(subject: Subject, begins: list[int], amounts: list[int]) -> bool:
    """Print and judge the rates of single additions."""
    zone = ZoneInfo("America/New_York")
    moments, lengths = (
        [datetime.fromtimestamp(begin, zone) for begin in begins],
        [timedelta(seconds=a) for a in amounts],
    )
    integers = rate(each(subject.ours.add, begins, amounts), ADDITIONS)
    aware = rate(each(subject.ours.add_to, moments, lengths), ADDITIONS)
    theirs = rate(each(subject.theirs.add, moments[:COMPARED], lengths[:COMPARED]), COMPARED)
    slow = rate(each(lambda m, a: slow_add(subject, m, a), moments[:SLOW_SAMPLE], lengths[:SLOW_SAMPLE]), SLOW_SAMPLE)
    print(f"\nAdditions a second on one core ({subject.name}):")
    for name, found in (
        ("ours, integers", integers),
        ("ours, aware datetimes", aware),
        ("workclock", theirs),
        ("businesstimedelta", slow),
    ):
        beside = f"{found / slow:>8,.1f} x businesstimedelta {found / theirs:>8,.2f} x workclock"
        print(f"  {name:<28} {found:>12,.0f}   {beside}")
    return judged("from integers", integers, FROM_INTEGERS) & judged("from aware datetimes", aware, FROM_DATETIMES)


def in_bulk(found: list[Subject]) -> bool:
    """Print and judge a million additions over three calendars at once, and compare them with workclock's."""
    numbers = np.random.default_rng(1)
    which = numbers.integers(0, len(found), BULK)
    begins, amounts = numbers.integers(FIRST, LAST, BULK), numbers.integers(1, LONGEST, BULK)
    calendars = [BulkOpenTime(subject.ours) for subject in found]
    answers = add_each(calendars, which, begins, amounts)
    ours = min(seconds(lambda: add_each(calendars, which, begins, amounts)) for _ in range(3))
    expected = np.empty_like(begins)

    def by_workclock() -> None:
        for number, subject in enumerate(found):
            rows = np.flatnonzero(which == number)
            moments, lengths = begins[rows].astype("datetime64[s]"), amounts[rows].astype("timedelta64[s]")
            expected[rows] = subject.theirs.add_many(moments, lengths).astype("datetime64[s]").astype(np.int64)

    theirs = seconds(by_workclock)
    different = int(np.count_nonzero(answers != expected))
    print(f"\n{BULK:,} additions in bulk over {len(found)} calendars:")
    print(f"  ours {ours:.3f} s, workclock {theirs:.3f} s, ratio {theirs / ours:.1f}; {different} different")
    fast = ours <= BULK_SECONDS
    print(f"  within {BULK_SECONDS} s: {'yes' if fast else 'NO'}")
    return fast and not different


def judged(what: str, got: float, wanted: float) -> bool:
    """Say whether a rate reaches its target."""
    print(f"  at least {wanted:,} a second {what}: {'yes' if got >= wanted else 'NO'}")
    return got >= wanted


def main() -> int:
    """Run everything; the exit status."""
    chance = random.Random(1)
    begins = [chance.randrange(FIRST, LAST) for _ in range(ADDITIONS)]
    amounts = [chance.randrange(1, LONGEST) for _ in range(ADDITIONS)]
    found = subjects()
    good = one_at_a_time(found[1], begins, amounts)
    good &= in_bulk(found[:3])
    different = compare(found, begins, amounts)
    return 0 if good and not different else 1


if __name__ == "__main__":
    sys.exit(main())
