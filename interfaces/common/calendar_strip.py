"""A clock's trace as a calendar: a row for each day with its hours, or for each week with its days. All numbers are formatted
here, in per cent, since a comma of the reader's language is no SVG length. For templates/_strip.html.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from typing import Literal

from django.utils import dateformat, timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from interfaces.common.templatetags.ui import day as date_in_words
from interfaces.common.templatetags.ui import open_time
from sla.engine.calendar import OpenTime
from sla.engine.trace import ClockTrace, Counted, Crossed, Outcome, Skipped, Stood

MOST_DAYS = 14  # drawn hour by hour; what is longer is drawn by days
MOST_WEEKS = 27
Look = Literal["count", "ahead", "spare", "open", "pause", "closed"]
Sign = Literal["now", "rung", "due", "end"]


@dataclass(frozen=True, slots=True)
class Shape:
    """A bar: from where, how wide and how high, in per cent of its row."""

    look: Look
    x: str
    width: str
    y: str
    height: str
    title: str


@dataclass(frozen=True, slots=True)
class Mark:
    """An instant in a row, with its words below the bar."""

    sign: Sign
    x: str
    text: str


@dataclass(slots=True)
class Row:
    """A day or a week: what is drawn, and what is said below it (holidays, pauses)."""

    label: str
    shapes: list[Shape] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Strip:
    """The rows; `weekly` says that a row is a week; `looks` and `signs` are those that occur, for the legend."""

    rows: list[Row]
    weekly: bool
    summary: str
    zone: str
    cut: bool

    @property
    def looks(self) -> set[Look]:
        """The kinds of bars that are drawn."""
        return {shape.look for row in self.rows for shape in row.shapes}

    @property
    def signs(self) -> set[Sign]:
        """The kinds of marks that are drawn."""
        return {mark.sign for row in self.rows for mark in row.marks}


@dataclass(frozen=True, slots=True)
class _Piece:
    begin: int
    end: int
    look: Look
    words: str
    lasts: bool = False  # still now


@dataclass(frozen=True, slots=True)
class _Instant:
    at: int
    sign: Sign
    words: str


def strip(trace: ClockTrace, now: int, *, open_hours: OpenTime, names: Mapping[str, str]) -> Strip:
    """The strip of a clock from its start to its due time or end, in the reader's zone. `now` in epoch seconds; `open_hours`
    stand behind what counted; `names` translates holidays.
    """
    tz = timezone.get_current_timezone()
    outcome = next(entry for entry in trace.entries if isinstance(entry, Outcome))
    pieces = list(_pieces(trace, now, names))
    instants = list(_instants(trace, outcome, now))
    over = outcome.ended_at is not None
    last = max([trace.started_at, *(p.end for p in pieces), *(i.at for i in instants if i.sign != "now")])
    if not over and now > last and now - trace.started_at <= MOST_DAYS * 86400:
        last = now
    days = _days(trace.started_at, last, tz)
    instants = [i for i in instants if trace.started_at <= i.at <= last]
    weekly = len(days) > MOST_DAYS
    weeks = _weeks(days)
    if not weekly:
        pieces = [*_open(open_hours, _midnight(days[0], tz), _midnight(days[-1] + timedelta(days=1), tz)), *pieces]
    rows = (
        [_week(week, pieces, instants, tz) for week in weeks[-MOST_WEEKS:]]
        if weekly
        else [_day(on, pieces, instants, tz) for on in days]
    )
    return Strip(rows, weekly, _summary(days), timezone.get_current_timezone_name(), weekly and len(weeks) > MOST_WEEKS)


# --- what there is to draw ----------------------------------------------------------------------------------------


def _pieces(trace: ClockTrace, now: int, names: Mapping[str, str]) -> Iterator[_Piece]:
    for entry in trace.entries:
        if isinstance(entry, Counted):
            look: Look = "spare" if entry.spare else "ahead" if entry.ahead else "count"
            yield _Piece(entry.begin, entry.end, look, open_time(entry.seconds))
        elif isinstance(entry, Stood):
            yield _Piece(entry.begin, entry.end, "pause", _stood(entry), lasts=entry.end == now)
        elif isinstance(entry, Skipped) and entry.reason in ("weekend", "holiday", "closure"):
            name = names.get(entry.name, entry.name) or _("Weekend")
            yield _Piece(entry.begin, entry.end, "closed", name)


def _stood(entry: Stood) -> str:
    return {
        "paused": _("Waiting for the customer"),
        "lifted": _("Lifted: a bug or defect"),
        "resolved": _("Resolved"),
    }[entry.reason]


def _instants(trace: ClockTrace, outcome: Outcome, now: int) -> Iterator[_Instant]:
    for entry in trace.entries:
        if isinstance(entry, Crossed):
            yield _Instant(entry.at, "rung", f"{entry.percent} %")
    if outcome.due_at is not None:
        yield _Instant(outcome.due_at, "due", _("due"))
    if outcome.ended_at is not None:
        yield _Instant(outcome.ended_at, "end", _("ended"))
    else:
        yield _Instant(now, "now", _("now"))


def _open(calendar: OpenTime, begin: int, end: int) -> list[_Piece]:
    """The open hours of the days, counted or not."""
    found = []
    begin = max(begin, calendar.starts)
    while begin < min(end, calendar.ends):
        try:
            opens = calendar.next_opening(begin)
            closes = calendar.next_closing(opens)
        except LookupError:
            break
        if opens >= end:
            break
        found.append(_Piece(opens, min(closes, end), "open", _("open")))
        begin = closes
    return found


# --- days ---------------------------------------------------------------------------------------------------------


def _days(begin: int, end: int, tz: tzinfo) -> list[date]:
    first, last = datetime.fromtimestamp(begin, tz).date(), datetime.fromtimestamp(end, tz).date()
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _midnight(on: date, tz: tzinfo) -> int:
    return int(datetime(on.year, on.month, on.day, tzinfo=tz).timestamp())


def _day(on: date, pieces: Sequence[_Piece], instants: Sequence[_Instant], tz: tzinfo) -> Row:
    begin, end = _midnight(on, tz), _midnight(on + timedelta(days=1), tz)
    row = Row(date_in_words(on, "no_year"))
    for piece in pieces:
        first, last = max(piece.begin, begin), min(piece.end, end)
        whole = (first, last) == (begin, end)
        if first >= last or (piece.look == "closed" and not whole):
            continue
        high = piece.look in ("closed", "pause")
        row.shapes.append(
            Shape(
                piece.look,
                _percent(first - begin, end - begin),
                _percent(last - first, end - begin),
                "0%" if high else "12%",
                "100%" if high else "76%",
                _hours(first, last, piece.words, tz),
            )
        )
        if piece.look == "closed":
            row.notes.append(piece.words)
        elif piece.look == "pause" and begin <= piece.begin:
            row.notes.append(f"{piece.words} {_span(piece, on, tz)}")
    for instant in _within(instants, begin, end):
        words = f"{_clock(instant.at, tz)} {instant.words}"
        row.marks.append(Mark(instant.sign, _percent(instant.at - begin, end - begin), words))
    return row


# --- weeks --------------------------------------------------------------------------------------------------------


def _weeks(days: Sequence[date]) -> list[list[date]]:
    found: list[list[date]] = []
    for on in days:
        if not found or on.weekday() == 0:
            found.append([])
        found[-1].append(on)
    return found


def _week(days: Sequence[date], pieces: Sequence[_Piece], instants: Sequence[_Instant], tz: tzinfo) -> Row:
    """A week as seven places, each as high as the share of its day that counted."""
    row = Row(date_in_words(days[0], "short"))
    for on in days:
        begin, end = _midnight(on, tz), _midnight(on + timedelta(days=1), tz)
        here = [p for p in pieces if p.begin < end and p.end > begin]
        row.shapes += _place(on, here, begin, end)
        for piece in here:
            if piece.look == "pause" and begin <= piece.begin < end:
                row.notes.append(f"{piece.words} {_span(piece, None, tz)}")
            elif piece.look == "closed" and piece.words != _("Weekend") and begin >= piece.begin and end <= piece.end:
                row.notes.append(f"{date_in_words(on, 'no_year')}: {piece.words}")
        for instant in _within(instants, begin, end):
            x = (on.weekday() + (instant.at - begin) / (end - begin)) / 7
            words = f"{date_in_words(on, 'no_year')} {_clock(instant.at, tz)} {instant.words}"
            row.marks.append(Mark(instant.sign, f"{x * 100:.2f}%", words))
    return row


def _place(on: date, pieces: Iterable[_Piece], begin: int, end: int) -> Iterator[Shape]:
    seconds: dict[Look, int] = {}
    for piece in pieces:
        seconds[piece.look] = seconds.get(piece.look, 0) + min(piece.end, end) - max(piece.begin, begin)
    x, width = f"{on.weekday() * 100 / 7 + 0.7:.2f}%", f"{100 / 7 - 1.4:.2f}%"
    name = date_in_words(on, "no_year")
    if seconds.get("closed", 0) >= end - begin:
        yield Shape("closed", x, width, "0%", "100%", name)
        return
    if seconds.get("pause", 0) > (end - begin) // 3:
        yield Shape("pause", x, width, "0%", "100%", name)
    base = 100.0
    for look in ("count", "ahead", "spare"):
        if amount := seconds.get(look, 0):
            height = min(base, max(8.0, amount * 100 / 36000))  # ten open hours fill the place
            base -= height
            title = f"{name}: {open_time(amount)}"
            yield Shape(look, x, width, f"{base:.1f}%", f"{height:.1f}%", title)


# --- words --------------------------------------------------------------------------------------------------------


def _within(instants: Iterable[_Instant], begin: int, end: int) -> list[_Instant]:
    return sorted((i for i in instants if begin <= i.at < end), key=lambda i: i.at)


def _percent(part: int, whole: int) -> str:
    return f"{part * 100 / whole:.2f}%"


def _clock(at: int, tz: tzinfo) -> str:
    return f"{datetime.fromtimestamp(at, tz):%H:%M}"


def _hours(begin: int, end: int, words: str, tz: tzinfo) -> str:
    return f"{_clock(begin, tz)}–{_clock(end, tz)} {words}"


def _span(piece: _Piece, on: date | None, tz: tzinfo) -> str:
    """From when to when something stood still; the day only where it is another than `on`."""
    if piece.lasts:
        return _("since %(at)s") % {"at": _stamp(piece.begin, on, tz)}
    return f"{_stamp(piece.begin, on, tz)} – {_stamp(piece.end, on, tz)}"


def _stamp(at: int, on: date | None, tz: tzinfo) -> str:
    local = datetime.fromtimestamp(at, tz)
    if local.date() == on:
        return f"{local:%H:%M}"
    on_day = dateformat.format(local, pgettext("date format", "D j M"))
    return f"{on_day} {local:%H:%M}"


def _summary(days: Sequence[date]) -> str:
    words = {"first": date_in_words(days[0]), "last": date_in_words(days[-1])}
    return _("Calendar from %(first)s to %(last)s; the list below says the same in words.") % words
