"""The rows behind a figure, page by page."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q

from interfaces.dashboards.board import seconds
from interfaces.dashboards.faces import face
from interfaces.dashboards.house import House
from sla.models import Clock, Crossing
from tickets.models import State, Ticket
from tickets.queries import figures
from tickets.queries.figures import CLOCK_FIGURES, TICKET_FIGURES, Figure, Period

SIZE = 50


@dataclass(frozen=True)
class Rows:
    """A page of rows: `shape` clocks, rungs, tickets or ratings; `total` over all pages."""

    shape: str
    lines: list[dict[str, Any]] = field(default_factory=list)
    total: int = 0
    page: int = 1

    @property
    def previous(self) -> int | None:
        """The page before, None on the first."""
        return self.page - 1 if self.page > 1 else None

    @property
    def next(self) -> int | None:
        """The page after, None on the last."""
        return self.page + 1 if self.page * SIZE < self.total else None


def rows_behind(houses: Mapping[int, House], asked: Mapping[str, Any], now: datetime, size: int = SIZE) -> Rows:
    """The page of `size` rows that a valid BehindForm asks for; at most three questions to the database."""
    figure = Figure(asked["figure"])
    vendors = {house.id for house in houses.values() if asked["vendor"] in {"", house.slug}}
    period = Period.of_day(asked["day"]) if asked["day"] else Period.last(asked["days"], now)
    page = asked["page"] or 1
    cut = slice((page - 1) * size, page * size)
    if figure in TICKET_FIGURES:
        shape, lines, total = _tickets(houses, vendors, period, asked, cut)
    elif figure == Figure.RATED:
        shape, lines, total = _ratings(houses, vendors, period, asked, cut)
    elif figure in CLOCK_FIGURES:
        shape, lines, total = _clocks(houses, vendors, _condition(figure, period, asked, now), asked, now, cut)
    else:
        shape, lines, total = _rungs(houses, vendors, period, asked, now, cut)
    return Rows(shape, lines, total, page)


_Found = tuple[str, list[dict[str, Any]], int]
"""The shape of some rows, they themselves, and how many there are in all."""


def _condition(figure: Figure, period: Period, asked: Mapping[str, Any], now: datetime) -> Q:
    if figure == Figure.MET:
        return figures.met_in(period)
    if figure == Figure.BREACHED:
        return figures.breached_in(period)
    if figure == Figure.BREACHED_NOW:
        return figures.breached_now(now)
    return figures.due_within(now, asked["hours"] or 24)


def _priority(asked: Mapping[str, Any], column: str) -> Q:
    wanted = asked["priority"]
    return Q(**{column: "" if wanted == "none" else wanted}) if wanted else Q()


def _clocks(
    houses: Mapping[int, House],
    vendors: Collection[int],
    condition: Q,
    asked: Mapping[str, Any],
    now: datetime,
    cut: slice,
) -> _Found:
    kind = Q(kind=asked["clock"]) if asked["clock"] else Q()
    kind &= Q(promised=True) if asked["promised"] else Q()
    found = figures.clocks(vendors, condition & kind & _priority(asked, "priority"))
    lines = [_clock_line(clock, houses, now) for clock in found[cut]]
    return "clocks", lines, found.count()


def _clock_line(clock: Any, houses: Mapping[int, House], now: datetime) -> dict[str, Any]:
    house = houses[clock.vendor_id]
    return {
        "face": face(clock, now),
        "number": clock.number,
        "subject": clock.subject,
        "house": house,
        "rank": house.rank(clock.priority),
        "priority": house.priority(clock.priority) if clock.priority else "",
        "clock": house.clock(clock.kind),
        "cycle": clock.cycle,
        "internal": not clock.promised,
        "due_at": clock.due_at,
        "ended_at": clock.ended_at,
        "breached_at": clock.breached_at,
    }


def _rungs(
    houses: Mapping[int, House],
    vendors: Collection[int],
    period: Period,
    asked: Mapping[str, Any],
    now: datetime,
    cut: slice,
) -> _Found:
    found = figures.crossings(vendors, period).filter(_priority(asked, "timeline__tickets__priority"))
    found = found.filter(kind=asked["clock"]) if asked["clock"] else found
    found = found.filter(percent=asked["percent"]) if asked["percent"] else found
    crossed: list[Crossing] = list(found[cut])
    clocks = figures.clocks_of(crossed)
    lines = [_rung_line(rung, clocks[rung.timeline_id, rung.kind, rung.cycle], houses, now) for rung in crossed]
    return "rungs", lines, found.count()


def _rung_line(rung: Crossing, clock: Clock, houses: Mapping[int, House], now: datetime) -> dict[str, Any]:
    late = seconds(rung.noticed_at - rung.crossed_at)
    return _clock_line(clock, houses, now) | {"percent": rung.percent, "crossed_at": rung.crossed_at, "late": late}


def _tickets(
    houses: Mapping[int, House], vendors: Collection[int], period: Period, asked: Mapping[str, Any], cut: slice
) -> _Found:
    instant = "received_at" if asked["figure"] == Figure.FILED else "resolved_at"
    found = figures.tickets_in(vendors, period, instant).filter(_priority(asked, "priority"))
    lines = [_ticket_line(ticket, houses) for ticket in found[cut]]
    return "tickets", lines, found.count()


def _ratings(
    houses: Mapping[int, House], vendors: Collection[int], period: Period, asked: Mapping[str, Any], cut: slice
) -> _Found:
    found = figures.rated_in(vendors, period).filter(_priority(asked, "ticket__priority"))
    lines = [
        _ticket_line(rating.ticket, houses)
        | {"grade": rating.get_grade_display(), "comment": rating.comment, "rated_at": rating.changed_at}
        for rating in found[cut]
    ]
    return "ratings", lines, found.count()


def _ticket_line(ticket: Ticket, houses: Mapping[int, House]) -> dict[str, Any]:
    house = houses[ticket.vendor_id]
    priority = ticket.priority or ticket.claimed_priority
    return {
        "number": ticket.number,
        "subject": ticket.subject,
        "house": house,
        "rank": house.rank(priority),
        "priority": house.priority(priority) if priority else "",
        "claimed": not ticket.priority,
        "state": ticket.state,
        "state_label": State(ticket.state).label,
        "received_at": ticket.received_at,
        "resolved_at": ticket.resolved_at,
    }
