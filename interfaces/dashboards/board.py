"""The dashboard as its template shows it: tiles, a compliance table per vendor, the ladder, the days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from interfaces.common.templatetags.ui import open_time
from interfaces.dashboards.faces import face
from interfaces.dashboards.house import House
from sla.models import Clock
from tickets.models import TicketRating
from tickets.queries import figures
from tickets.queries.figures import Compliance, Figure, Period

HOURS = (4, 24)
WEEK = 7 * 24
_KINDS = (Clock.Kind.RESPONSE, Clock.Kind.RESOLUTION, Clock.Kind.UPDATE)
_NEXT = 6


def link(figure: Figure, **filters: object) -> str:
    """The address of the list behind a figure."""
    return f"{reverse('dashboards:list')}?{urlencode({'figure': figure.value, **filters})}"


@dataclass(frozen=True)
class Share:
    """Met of met and breached, with the lists behind; `text` is empty where nothing was judged."""

    met: int
    breached: int
    filters: Mapping[str, object] = field(default_factory=dict)
    label: str = ""

    @property
    def total(self) -> int:
        """How many were judged."""
        return self.met + self.breached

    @property
    def text(self) -> str:
        """The share in percent, in the reader's language; rounded down, so that 100 % means all."""
        tenths = self.met * 1000 // self.total if self.total else 0
        return f"{formats.number_format(tenths / 10, 1 if tenths % 10 else 0)} %" if self.total else ""

    @property
    def met_url(self) -> str:
        """The clocks that were met."""
        return link(Figure.MET, **self.filters)

    @property
    def breached_url(self) -> str:
        """The clocks that were breached."""
        return link(Figure.BREACHED, **self.filters)


def board(houses: Mapping[int, House], days: int, now: datetime) -> dict[str, Any]:
    """The template's context; nine questions to the database besides the policies', whatever there is to count."""
    period = Period.last(days, now)
    judged = figures.compliance(houses, period)
    lag = figures.lag(houses, now)
    return {
        "totals": _totals(judged, days),
        "rated": _rated(houses, period, days),
        "standing": _standing(figures.standing(houses, now, HOURS)),
        "tables": [_table(house, judged, days) for house in houses.values()],
        "judged": bool(judged),
        "ladder": _ladder(houses, period, days),
        "due_next": _due_next(houses, now),
        "due_next_url": link(Figure.DUE_NEXT, hours=WEEK),
        "chart": _chart(houses, period),
        "self_help": _self_help(houses, period),
        "now": now,
        "behind": ngettext("%(n)d ticket waits to be computed", "%(n)d tickets wait to be computed", lag.waiting)
        % {"n": lag.waiting}
        if lag.since and now - lag.since > timedelta(seconds=5)
        else "",
        "behind_since": lag.since,
    }


def _sum(rows: Iterable[Compliance], filters: Mapping[str, object], label: str = "") -> Share:
    rows = list(rows)
    return Share(sum(row.met for row in rows), sum(row.breached for row in rows), filters, label)


def _totals(judged: list[Compliance], days: int) -> list[Share]:
    promised = [row for row in judged if row.promised]
    names = {Clock.Kind.RESPONSE: _("Responses in time"), Clock.Kind.RESOLUTION: _("Resolutions in time")}
    return [
        _sum([row for row in promised if row.kind == kind], {"clock": kind.value, "promised": 1, "days": days}, label)
        for kind, label in names.items()
    ]


def _rated(houses: Mapping[int, House], period: Period, days: int) -> dict[str, Any]:
    """The share of those who said that it was solved well among all who said anything."""
    counts = figures.ratings(houses, period)
    share = Share(counts.get(TicketRating.Grade.WELL, 0), sum(counts.values()) - counts.get(TicketRating.Grade.WELL, 0))
    return {"share": share, "url": link(Figure.RATED, days=days)}


def _standing(counts: Mapping[str, int]) -> dict[str, Any]:
    return {
        "breached": {"count": counts["breached_now"], "url": link(Figure.BREACHED_NOW, promised=1)},
        "due": [
            {
                "count": counts[f"due_{hours}"],
                "label": _("Due within %(n)d hours") % {"n": hours},
                "url": link(Figure.DUE_NEXT, hours=hours),
            }
            for hours in HOURS
        ],
    }


def _table(house: House, judged: list[Compliance], days: int) -> dict[str, Any]:
    mine = [row for row in judged if row.vendor_id == house.id]
    kinds = [kind for kind in _KINDS if any(row.kind == kind for row in mine)]
    promised = {row.kind for row in mine if row.promised}
    keys = sorted({row.priority for row in mine}, key=lambda key: (house.rank(key), key))
    base = {"vendor": house.slug, "days": days}

    def cells(rows: list[Compliance], more: Mapping[str, object]) -> list[Share]:
        return [
            _sum([row for row in rows if row.kind == kind], {**base, **more, "clock": kind.value}, house.clock(kind))
            for kind in kinds
        ]

    return {
        "house": house,
        "heads": [{"label": house.clock(kind), "internal": kind not in promised} for kind in kinds],
        "rows": [
            {
                "label": house.priority(key),
                "cells": cells([row for row in mine if row.priority == key], {"priority": key or "none"}),
            }
            for key in keys
        ],
        "sums": cells(mine, {}),
        "promises": bool(house.clocks),
    }


def _ladder(houses: Mapping[int, House], period: Period, days: int) -> dict[str, Any]:
    rungs, late = figures.fired(houses, period), figures.lateness(houses, period)
    rows = [
        {
            "label": _("at %(percent)d %%") % {"percent": rung.percent},
            "value": rung.count,
            "url": link(Figure.FIRED, percent=rung.percent, days=days),
            "tone": "danger" if rung.percent >= 100 else "warn",
        }
        for rung in rungs
    ]
    return {
        "rows": rows,
        "count": sum(rung.count for rung in rungs),
        "url": link(Figure.FIRED, days=days),
        "p50": seconds(late["p50"]),
        "p99": seconds(late["p99"]),
    }


def seconds(lateness: timedelta | None) -> str:
    """A lateness in words: seconds up to two minutes, then hours and minutes."""
    if lateness is None:
        return ""
    total = round(lateness.total_seconds())
    return _("%(n)d s") % {"n": total} if total < 120 else open_time(total)


def _due_next(houses: Mapping[int, House], now: datetime) -> list[dict[str, Any]]:
    soon = figures.clocks(houses, figures.due_within(now, WEEK))[:_NEXT]
    return [
        {
            "face": face(clock, now, houses[clock.vendor_id].clock(clock.kind)),
            "number": clock.number,
            "subject": clock.subject,
            "house": houses[clock.vendor_id],
            "priority": clock.priority,
            "rank": houses[clock.vendor_id].rank(clock.priority),
            "priority_label": houses[clock.vendor_id].priority(clock.priority),
        }
        for clock in soon
    ]


def _self_help(houses: Mapping[int, House], period: Period) -> dict[str, Any] | None:
    """What customers solved without a ticket, by the step that did it (O7); None where no vendor has such a list."""
    solved = figures.solved_by_self_help(houses, period)
    if not any(house.self_help for house in houses.values()):
        return None
    rows = [
        {"label": houses[vendor].self_help.get(step, step), "value": n, "tone": "good"}
        for (vendor, step), n in sorted(solved.items(), key=lambda row: -row[1])
    ]
    return {"rows": rows, "count": sum(solved.values())}


def _chart(houses: Mapping[int, House], period: Period) -> dict[str, Any]:
    filed = figures.per_day(houses, period, "received_at")
    resolved = figures.per_day(houses, period, "resolved_at")
    days = period.days
    top = max([1, *filed.values(), *resolved.values()])
    width = 100 / len(days)
    columns = [
        {
            "day": day,
            "x": f"{n * width:.3f}%",
            "width": f"{width:.3f}%",
            "bars": [
                _bar(n * width + width * 0.1, width * 0.38, filed.get(day, 0), top, "filed"),
                _bar(n * width + width * 0.52, width * 0.38, resolved.get(day, 0), top, "resolved"),
            ],
            "filed": filed.get(day, 0),
            "resolved": resolved.get(day, 0),
            "filed_url": _day_link(Figure.FILED, day),
            "resolved_url": _day_link(Figure.RESOLVED, day),
        }
        for n, day in enumerate(days)
    ]
    return {
        "columns": columns,
        "first": days[0],
        "last": days[-1],
        "top": top,
        "filed": sum(filed.values()),
        "resolved": sum(resolved.values()),
        "filed_url": link(Figure.FILED, days=len(days)),
        "resolved_url": link(Figure.RESOLVED, days=len(days)),
    }


def _bar(x: float, width: float, value: int, top: int, series: str) -> dict[str, str]:
    height = value / top * 100
    return {
        "x": f"{x:.3f}%",
        "width": f"{width:.3f}%",
        "y": f"{100 - height:.2f}%",
        "height": f"{height:.2f}%",
        "series": series,
    }


def _day_link(figure: Figure, day: date) -> str:
    return link(figure, day=day.isoformat())
