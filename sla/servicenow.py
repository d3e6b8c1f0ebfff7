"""A ServiceNow incident event log (CSV) as histories for the engine, and a table of how they were kept.

The reading: rows of one ``number`` in order of ``sys_mod_count``, then ``sys_updated_at``; a row happened at its
``sys_updated_at``, never before the incident was opened nor before the row in front of it.
"""

from __future__ import annotations

import csv
import json
import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TextIO
from zoneinfo import ZoneInfo

from sla.engine.calendar import HorizonError
from sla.engine.events import (
    Assigned,
    CustomerReplied,
    Event,
    Fact,
    InformationComplete,
    PriorityAssigned,
    PriorityChanged,
    Received,
    Reopened,
    Resolved,
    Responded,
    WaitingForCustomer,
)
from sla.engine.fold import fold
from sla.engine.policy import Rules
from sla.engine.state import ClockState
from sla.replay import Case, clocks_of

COLUMNS = (
    "number",
    "incident_state",
    "sys_mod_count",
    "opened_at",
    "sys_updated_at",
    "priority",
    "assignment_group",
    "assigned_to",
)
_DROPPED = "-100"
_UNKNOWN = "?"
_OVER = ("Resolved", "Closed")
_WAITING = "Awaiting User Info"
_TIME = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4}) (\d{1,2}):(\d{2})(?::(\d{2}))?\Z")


class BadLog(ValueError):
    """The file is no such log; the message says what is missing."""


class BadRow(ValueError):
    """A row cannot be read; ``line`` is its line in the file."""

    def __init__(self, line: int, message: str) -> None:
        self.line = line
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Row:
    """What counts of one row; times in epoch seconds."""

    line: int
    count: int
    opened_at: int
    updated_at: int
    state: str
    priority: str
    assigned: bool


@dataclass(slots=True)
class Incident:
    """The rows of one number, or the first error met among them."""

    number: str
    rows: list[Row] = field(default_factory=list)
    error: BadRow | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """Under which rules, and where, all incidents of a log are replayed."""

    rules: Rules
    country: str | None
    zone: str


def read_log(source: Iterable[str], zone: str) -> list[Incident]:
    """All incidents of a log in order of first appearance; its times are local to ``zone``. :class:`BadLog` without its
    columns.
    """
    reader = csv.reader(source)
    header = next(reader, [])
    missing = [column for column in COLUMNS if column not in header]
    if missing:
        raise BadLog(f"this is no ServiceNow incident event log: it has no column {missing[0]}")
    places = [header.index(column) for column in COLUMNS]
    times = _LocalTimes(zone)
    incidents: dict[str, Incident] = {}
    for cells in reader:
        if not cells:
            continue
        number = cells[places[0]] if places[0] < len(cells) else ""
        incident = incidents.setdefault(number, Incident(number))
        try:
            row = _row(cells, places, reader.line_num, times)
        except BadRow as error:
            incident.error = incident.error or error
            continue
        if row is not None:
            incident.rows.append(row)
    return [incident for incident in incidents.values() if incident.rows or incident.error]


def case_of(incident: Incident, site: Site) -> Case:
    """An incident as a case for the engine; :class:`BadRow` if a row of it could not be read."""
    if incident.error is not None:
        raise incident.error
    rows = sorted(incident.rows, key=lambda row: (row.count, row.updated_at))
    known = site.rules.policies[-1].priorities
    for row in rows:
        if known and row.priority not in known:
            raise BadRow(row.line, f"priority: the vendor has {', '.join(known)}, not {row.priority}")
    opened = rows[0].opened_at
    facts: list[tuple[int, Fact]] = [
        (opened, Received(zone=site.zone, country=site.country)),
        (opened, PriorityAssigned(rows[0].priority)),
        (opened, InformationComplete()),
    ]
    facts += _happenings(rows, opened)
    events = tuple(Event(order, at, fact, order) for order, (at, fact) in enumerate(facts))
    return Case(incident.number, site.rules, events, max(opened, *(row.updated_at for row in rows)))


def replay_log(
    source: Iterable[str], sink: TextIO, progress: TextIO, site: Site, *, summary: bool, explain: bool = False
) -> int:
    """Answer every incident on ``sink``, a JSON line each, or with ``summary`` one table of all; a bar on ``progress``.

    1 if any row could not be read (its incident is answered with the error, in a summary on ``progress``), else 0.
    """
    incidents = read_log(source, site.zone)
    table = Compliance()
    bar = _Bar(progress, len(incidents))
    status = 0
    for incident in incidents:
        bar.step()
        try:
            case = case_of(incident, site)
            if summary:
                table.count(fold(case.events, case.rules, case.as_of).clocks)
                continue
            answer: dict[str, Any] = {"id": case.id, "clocks": clocks_of(case, explained=explain)}
        except (BadRow, HorizonError) as error:
            line = error.line if isinstance(error, BadRow) else incident.rows[0].line
            answer, status = {"id": incident.number or None, "line": line, "error": str(error)}, 1
        out = sink if not summary else progress
        out.write(("\n" if summary else "") + json.dumps(answer) + "\n")
    bar.finish()
    if summary:
        sink.write(table.text())
    return status


class Compliance:
    """Clocks counted by kind and by the priority at their end: met, breached, still open, cancelled."""

    def __init__(self) -> None:
        self.counts: dict[tuple[str, str], Counter[str]] = {}

    def count(self, clocks: Iterable[ClockState]) -> None:
        """Add the clocks of one ticket; update clocks are left out."""
        for clock in clocks:
            if clock.kind != "update":
                outcome = {
                    True: "met",
                    False: "breached",
                    None: "cancelled" if clock.status == "cancelled" else "open",
                }[clock.met]
                self.counts.setdefault((clock.kind, clock.priority or "-"), Counter())[outcome] += 1

    def text(self) -> str:
        """The table; compliance is met / (met + breached)."""
        rows: list[tuple[str, ...]] = [("clock", "priority", "met", "breached", "open", "cancelled", "compliance")]
        for kind in ("response", "resolution"):
            found = sorted(item for item in self.counts.items() if item[0][0] == kind)
            rows += [_row_of(kind, priority, counts) for (_, priority), counts in found]
            if found:
                rows.append(_row_of(kind, "all", sum((counts for _, counts in found), Counter())))
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        return "".join(_aligned(row, widths) + "\n" for row in rows)


def _row_of(kind: str, priority: str, counts: Counter[str]) -> tuple[str, ...]:
    judged = counts["met"] + counts["breached"]
    share = f"{100 * counts['met'] / judged:.1f}%" if judged else "-"
    return (kind, priority, *(str(counts[key]) for key in ("met", "breached", "open", "cancelled")), share)


def _aligned(row: tuple[str, ...], widths: list[int]) -> str:
    cells = [
        cell.ljust(width) if column < 2 else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join(cells)


def _happenings(rows: list[Row], opened: int) -> Iterator[tuple[int, Fact]]:
    """What each row tells beside the filing, in the order in which it counts at one row."""
    at, state, priority = opened, "New", rows[0].priority
    assigned = responded = False
    for row in rows:
        at = max(at, row.updated_at)
        answered = not responded and row.state != "New"
        if not assigned and (row.assigned or answered):
            assigned = True
            yield at, Assigned()
        if answered:
            responded = True
            yield at, Responded(qualified=True)
        if row.priority != priority:
            priority = row.priority
            yield at, PriorityChanged(priority)
        if row.state != state:
            yield from ((at, fact) for fact in _turn(state, row.state))
            state = row.state


def _turn(before: str, after: str) -> Iterator[Fact]:
    if before == _WAITING:
        yield CustomerReplied()
    if before in _OVER and after not in _OVER:
        yield Reopened()
    if after == _WAITING:
        yield WaitingForCustomer()
    if after in _OVER and before not in _OVER:
        yield Resolved()


def _row(cells: list[str], places: list[int], line: int, times: _LocalTimes) -> Row | None:
    """A row's cells, ``None`` for a row that does not count."""
    if len(cells) <= max(places):
        raise BadRow(line, f"the row has {len(cells)} cells, too few")
    _, state, count, opened, updated, priority, group, person = (cells[place].strip() for place in places)
    if state == _DROPPED:
        return None
    if not count.isdigit():
        raise BadRow(line, f"sys_mod_count: a number is needed, not {count!r}")
    if not re.match(r"[1-9]\b", priority):
        raise BadRow(line, f"priority: one like 1 - Critical is needed, not {priority!r}")
    try:
        instants = times.instant(opened), times.instant(updated)
    except ValueError as error:
        raise BadRow(line, str(error)) from None
    return Row(line, int(count), *instants, state, f"P{priority[0]}", group != _UNKNOWN or person != _UNKNOWN)


class _LocalTimes:
    """Texts like ``29-02-2016 01:16`` or ``29/2/2016 01:16``, local to one zone, to instants; a time that comes twice
    is the first.
    """

    def __init__(self, zone: str) -> None:
        self._zone = ZoneInfo(zone)
        self._known: dict[str, int] = {}

    def instant(self, text: str) -> int:
        found = self._known.get(text)
        if found is None:
            match = _TIME.match(text)
            if match is None:
                raise ValueError(f"a time like 29-02-2016 01:16 is needed, not {text!r}")
            day, month, year, hour, minute, second = (int(part or 0) for part in match.groups())
            try:
                moment = datetime(year, month, day, hour, minute, second, tzinfo=self._zone)
            except ValueError as error:
                raise ValueError(f"{text!r}: {error}") from None
            found = self._known[text] = int(moment.timestamp())
        return found


class _Bar:
    """A progress bar for a terminal: at most ten redraws a second."""

    WIDTH = 30

    def __init__(self, sink: TextIO, total: int) -> None:
        self._sink, self._total = sink, total
        self._done, self._drawn = 0, 0.0

    def step(self) -> None:
        self._done += 1
        now = time.monotonic()
        if now - self._drawn >= 0.1:
            self._drawn = now
            self._draw()

    def finish(self) -> None:
        self._draw()
        self._sink.write("\n")
        self._sink.flush()

    def _draw(self) -> None:
        filled = self.WIDTH * self._done // self._total if self._total else self.WIDTH
        self._sink.write(f"\r[{'#' * filled}{'.' * (self.WIDTH - filled)}] {self._done} of {self._total} incidents")
        self._sink.flush()
