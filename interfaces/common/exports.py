"""Lists as CSV files: what may leave, counted, written down, and harmless in a spreadsheet.

RFC 4180 by Python's csv, with commas. UTF-8 with a byte order mark, without which Excel takes it for another encoding and garbles
names; every other program skips it. Instants are ISO 8601 with their offset, in the reader's zone, which the heading names.
"""

import csv
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import StringIO
from typing import Any, Generic, TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise

from interfaces.common import limits
from interfaces.common.reader import Reader
from kernel import clock
from tickets.services import taking
from vendors.access import Member

Row = TypeVar("Row")
Cell = str | int | bool | datetime | date | Promise | None

# A cell begins at its start and, for a program that splits at other signs than we do, behind a semicolon, tab or line end.
_STARTS = re.compile(r"(?:^|[;\t\r\n])(?:[^\S\t\r\n]|[\"'\ufeff\u200b-\u200f\u2060])*")
_FORMULA = frozenset("=+-@\u2212")
_CONTROLS = frozenset("\t\r\n")


@dataclass(frozen=True)
class Column(Generic[Row]):
    """A column of a file: its heading, and what it shows of a row. One of instants has the zone in its heading."""

    label: str | Promise
    show: Callable[[Row], Cell]
    timed: bool = False


def begin(reader: Reader, members: Iterable[Member]) -> int:
    """Count an export of the reader's, and answer how many rows it may have. Raises TooMuch."""
    limits.take(reader, limits.EXPORTS, members=members)
    return int(settings.EXPORT_ROWS)


def answer(
    reader: Reader,
    members: Sequence[Member],
    *,
    what: str,
    columns: Sequence[Column[Row]],
    rows: Sequence[Row],
    vendor_of: Callable[[Row], int],
    filters: Any,
) -> HttpResponse:
    """The file `what` with these rows, counted, and written into the audit of each vendor of whom there is something in it (or,
    when it is empty, of all `members`). Raises TooMuch.
    """
    by_vendor = Counter(map(vendor_of, rows))
    told = [member for member in members if member.vendor_id in by_vendor] or list(members)
    limits.take(reader, limits.EXPORTED_ROWS, members=told, amount=len(rows))
    for member in told:
        taking.exported(by=member, what=what, rows=by_vendor[member.vendor_id], filters=filters)
    return _file(what, written(columns, rows))


def address(route: str, request: HttpRequest) -> str:
    """Of a page about the same list, whole: with what is asked for, but no page of it."""
    query = request.GET.copy()
    for name in ("page", "after", "before", "chosen"):
        query.pop(name, None)
    return reverse(route) + (f"?{query.urlencode()}" if query else "")


def refused(request: HttpRequest, route: str) -> HttpResponse:
    """The page that says that these rows are too many for one file, and what to do; `route` is the list's page."""
    context = {"most": int(settings.EXPORT_ROWS), "back": address(route, request)}
    return render(request, "common/export_refused.html", context, status=422)


def written(columns: Sequence[Column[Row]], rows: Iterable[Row]) -> str:
    """The text of the file."""
    text, zone = StringIO(newline=""), timezone.get_current_timezone_name()
    out = csv.writer(text)
    out.writerow([harmless(f"{column.label} ({zone})" if column.timed else str(column.label)) for column in columns])
    out.writerows([_cell(column.show(row)) for column in columns] for row in rows)
    return text.getvalue()


def harmless(text: str) -> str:
    """The text so that no spreadsheet takes it, or a piece of it, for a formula: an apostrophe stands before what begins like
    one, also behind blanks and quotes and in full width.
    """
    text = text.replace("\0", "")
    if text[:1] in _CONTROLS:
        text = f"'{text}"
    pieces, done = [], 0
    for start in _STARTS.finditer(text):
        following = text[start.end() : start.end() + 1]
        if following and unicodedata.normalize("NFKC", following)[:1] in _FORMULA:
            at = start.start() + (text[start.start()] in ";\t\r\n" if start.group() else 0)
            pieces += [text[done:at], "'"]
            done = at
    return "".join([*pieces, text[done:]])


def _cell(value: Cell) -> str | int:
    """As it stands in the file; numbers stay numbers."""
    if value is None or value is False:
        return ""
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int) and value is not True:
        return value
    return harmless("x" if value is True else str(value))


def _file(what: str, text: str) -> HttpResponse:
    response = HttpResponse(text.encode("utf-8-sig", errors="replace"), content_type="text/csv; charset=utf-8")
    name = f"{what}-{timezone.localtime(clock.now()):%Y-%m-%d-%H%M}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-store"
    return response
