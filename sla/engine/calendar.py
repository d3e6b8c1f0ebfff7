"""Open time: the instants at which a calendar is open, and how much of it lies between two instants.

A :class:`CalendarSpec` is data: hours, dates and names as stored in a version, never a call to a library. For one zone
it is compiled to an :class:`OpenTime`: sorted open spans in UTC with running sums, so that adding and measuring are one
bisect for each end. Instants are whole seconds since the epoch, amounts are seconds.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import accumulate
from zoneinfo import ZoneInfo

DAY = 86_400
#: Before every instant that occurs: the ``valid_from`` of first versions.
BEGINNING = -(2**62)

#: Opens and closes in seconds after local midnight: ``0 <= opens < DAY``, ``opens < closes <= opens + DAY``. 24:00 is
#: 86400; a shift that crosses midnight closes after it, 22:00 to 06:00 is ``(79200, 108000)``.
Interval = tuple[int, int]

_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


class HorizonError(LookupError):
    """The question reaches past the dates that a calendar version stores; extend the version and ask again."""

    def __init__(self, key: str, version: int, first_day: date, last_day: date) -> None:
        self.key, self.version, self.first_day, self.last_day = key, version, first_day, last_day
        super().__init__(f"calendar {key} version {version} stores dates from {first_day} to {last_day} only")


@dataclass(frozen=True, slots=True)
class NamedDay:
    """A local date that is closed from 00:00 to 24:00, and why."""

    day: date
    name: str


@dataclass(frozen=True, slots=True)
class Opening:
    """A one-off opening on a local date, beside the weekly hours; it holds on a holiday or closure too."""

    day: date
    hours: tuple[Interval, ...]
    name: str


@dataclass(frozen=True, slots=True)
class CalendarSpec:
    """One version of a calendar, holding from ``valid_from`` (an instant).

    ``zone`` is an IANA name, or ``None`` for the person's own. ``weekly`` has seven entries, Monday first, each with
    any number of intervals in rising order. ``standard_day`` is the work day in seconds. Dates from ``first_day`` to
    ``last_day``, both included, are stored; nothing is known outside. A holiday or closure takes the whole local day
    out of any shift, also out of the tail of a shift begun the evening before; a one-off opening is added after that.
    """

    key: str
    version: int
    zone: str | None
    weekly: tuple[tuple[Interval, ...], ...]
    standard_day: int
    first_day: date
    last_day: date
    holidays: tuple[NamedDay, ...] = ()
    closures: tuple[NamedDay, ...] = ()
    openings: tuple[Opening, ...] = ()
    valid_from: int = BEGINNING
    name: str = ""
    rules: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.weekly) != 7:
            raise ValueError(f"calendar {self.key}: weekly hours need seven days, not {len(self.weekly)}")
        if self.first_day > self.last_day:
            raise ValueError(f"calendar {self.key}: the first day {self.first_day} is after the last {self.last_day}")
        if self.standard_day <= 0:
            raise ValueError(f"calendar {self.key}: the standard day must be positive")
        for hours in (*self.weekly, *(opening.hours for opening in self.openings)):
            for opens, closes in hours:
                if not (0 <= opens < DAY and opens < closes <= opens + DAY):
                    raise ValueError(f"calendar {self.key}: {opens} to {closes} is not an interval of a day")


@dataclass(frozen=True, slots=True, eq=False)
class OpenTime:
    """A calendar version in one zone. ``opens``, ``closes``: the open spans; ``before``: open seconds before each span.

    The spans are disjoint, rising and half-open. ``starts`` and ``ends`` bound what is known; outside,
    :class:`HorizonError`.
    """

    spec: CalendarSpec
    zone: str
    starts: int
    ends: int
    opens: list[int]
    closes: list[int]
    before: list[int]
    total: int
    after: list[int] = field(repr=False)
    #: Day ordinals with a shift that begins then, and the instant at which the last such shift closes.
    open_days: list[int] = field(repr=False)
    day_closes: list[int] = field(repr=False)
    tz: tzinfo = field(repr=False)

    @classmethod
    def compile(cls, spec: CalendarSpec, zone: str) -> OpenTime:
        """Compile a version for ``zone``. ``ZoneInfoNotFoundError`` for a zone that does not exist."""
        tz = ZoneInfo(zone)
        wall = _WallClock(tz, spec.first_day, spec.last_day)
        starts, ends = (
            wall.instant(spec.first_day.toordinal() * DAY),
            wall.instant((spec.last_day.toordinal() + 1) * DAY),
        )
        spans: list[tuple[int, int]] = []
        last_close: dict[int, int] = {}
        for ordinal, opens, closes in _wall_spans(spec):
            begin, end = max(wall.instant(opens), starts), min(wall.instant(closes), ends)
            if begin < end:
                spans.append((begin, end))
                last_close[ordinal] = max(end, last_close.get(ordinal, end))
        merged = _union(spans)
        lengths = [end - begin for begin, end in merged]
        after = list(accumulate(lengths))
        open_days = sorted(last_close)
        return cls(
            spec=spec,
            zone=zone,
            starts=starts,
            ends=ends,
            opens=[begin for begin, _ in merged],
            closes=[end for _, end in merged],
            before=[0, *after[:-1]] if after else [],
            total=after[-1] if after else 0,
            after=after,
            open_days=open_days,
            day_closes=[last_close[day] for day in open_days],
            tz=tz,
        )

    def position(self, instant: int) -> int:
        """Open seconds from the beginning of the stored dates to ``instant``."""
        if not self.starts <= instant <= self.ends:
            raise self._horizon()
        index = bisect_right(self.opens, instant) - 1
        if index < 0:
            return 0
        inside = instant - self.opens[index]
        position = self.before[index] + inside
        after = self.after[index]
        return min(after, position)

    def measure(self, begin: int, end: int) -> int:
        """Open seconds in ``[begin, end)``; negative if ``end`` is before ``begin``."""
        return self.position(end) - self.position(begin)

    def add(self, begin: int, seconds: int) -> int:
        """The earliest instant, not before ``begin``, by which ``seconds`` (>= 0) of open time have passed.

        If they run out exactly at closing it is that closing time, not the next opening. Nothing to add: ``begin``
        itself.
        """
        if seconds <= 0:
            if seconds < 0:
                raise ValueError("open time is added forwards only")
            return begin
        wanted = self.position(begin) + seconds
        index = bisect_left(self.after, wanted)
        if index == len(self.after):
            raise self._horizon()
        return self.opens[index] + wanted - self.before[index]

    def is_open(self, instant: int) -> bool:
        """Whether it is open at ``instant``."""
        if not self.starts <= instant < self.ends:
            raise self._horizon()
        index = bisect_right(self.opens, instant) - 1
        return index >= 0 and instant < self.closes[index]

    def next_opening(self, instant: int) -> int:
        """``instant`` if it is open then, else when it opens next."""
        if self.is_open(instant):
            return instant
        index = bisect_right(self.opens, instant)
        if index == len(self.opens):
            raise self._horizon()
        return self.opens[index]

    def next_closing(self, instant: int) -> int:
        """When the span that is open at ``instant``, or else the next one, closes."""
        index = bisect_right(self.closes, instant)
        if index == len(self.closes):
            raise self._horizon()
        return self.closes[index]

    def end_of_day(self, instant: int, days: int) -> int:
        """The close of the ``days``-th open day after the local day of ``instant`` (``counting = "day_end"``)."""
        index = bisect_right(self.open_days, self.local_day(instant).toordinal()) + days - 1
        if not self.starts <= instant <= self.ends or index >= len(self.open_days):
            raise self._horizon()
        return self.day_closes[index]

    def local_day(self, instant: int) -> date:
        """The local date at ``instant``."""
        return datetime.fromtimestamp(instant, self.tz).date()

    def add_to(self, begin: datetime, amount: timedelta) -> datetime:
        """``add`` for an aware datetime, cut to whole seconds; the answer is in the zone of ``begin``."""
        if begin.tzinfo is None:
            raise ValueError("a datetime without a zone names no instant")
        return datetime.fromtimestamp(self.add(int(begin.timestamp() // 1), amount // _SECOND), begin.tzinfo)

    def measure_between(self, begin: datetime, end: datetime) -> timedelta:
        """``measure`` for aware datetimes, each cut to whole seconds."""
        if begin.tzinfo is None or end.tzinfo is None:
            raise ValueError("a datetime without a zone names no instant")
        return timedelta(seconds=self.measure(int(begin.timestamp() // 1), int(end.timestamp() // 1)))

    def _horizon(self) -> HorizonError:
        return HorizonError(self.spec.key, self.spec.version, self.spec.first_day, self.spec.last_day)


_SECOND = timedelta(seconds=1)


class _WallClock:
    """Local wall time of one zone to instants, as RFC 5545 reads it: a time that is skipped in spring counts with the
    offset before the change, one that comes twice in autumn is the first. Wall times are ``ordinal day * 86400 +
    seconds``.
    """

    def __init__(self, tz: tzinfo, first_day: date, last_day: date) -> None:
        self._tz = tz
        self._first = first_day.toordinal() - 1
        days = range(self._first, last_day.toordinal() + 4)
        self._offsets = [self._offset(day, 0) for day in days]

    def instant(self, wall: int) -> int:
        day, second = divmod(wall, DAY)
        index = day - self._first
        offset = self._offsets[index]
        if second and offset != self._offsets[index + 1]:
            offset = self._offset(day, second)
        return wall - _EPOCH_ORDINAL * DAY - offset

    def _offset(self, day: int, second: int) -> int:
        moment = datetime.fromordinal(day).replace(tzinfo=self._tz) + timedelta(seconds=second)
        return int((moment.utcoffset() or timedelta(0)).total_seconds())


def _wall_spans(spec: CalendarSpec) -> list[tuple[int, int, int]]:
    """All shifts in wall time as (day it begins, opens, closes), closed days taken out, openings added."""
    closed = {day.day.toordinal() for day in (*spec.holidays, *spec.closures)}
    found: list[tuple[int, int, int]] = []
    # The evening before the first stored day may have a shift that ends in it.
    for ordinal in range(spec.first_day.toordinal() - 1, spec.last_day.toordinal() + 1):
        midnight = ordinal * DAY
        for opens, closes in spec.weekly[(ordinal - 1) % 7]:
            if opens < DAY and ordinal not in closed:
                found.append((ordinal, midnight + opens, midnight + min(closes, DAY)))
            if closes > DAY and ordinal + 1 not in closed:
                found.append((ordinal, midnight + DAY, midnight + closes))
    for opening in spec.openings:
        ordinal = opening.day.toordinal()
        if spec.first_day <= opening.day <= spec.last_day:
            found += [(ordinal, ordinal * DAY + opens, ordinal * DAY + closes) for opens, closes in opening.hours]
    return found


def _union(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Sorted disjoint spans that cover the same instants; spans that touch become one."""
    merged: list[tuple[int, int]] = []
    for begin, end in sorted(spans):
        if merged and begin <= merged[-1][1]:
            if end > merged[-1][1]:
                merged[-1] = (merged[-1][0], end)
        else:
            merged.append((begin, end))
    return merged


def instant_of(moment: datetime) -> int:
    """The instant of an aware datetime, cut to whole seconds."""
    if moment.tzinfo is None:
        raise ValueError("a datetime without a zone names no instant")
    return int(moment.timestamp() // 1)


def utc_text(instant: int) -> str:
    """An instant as ``2026-03-05T22:30:00Z``."""
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
