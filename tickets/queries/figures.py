"""The figures of the dashboards and the rows behind them, made of the same conditions: what is counted can be listed.

All functions run inside a scope and take the keys of vendors whose dashboards the reader may see (Act.SEE_DASHBOARDS); such a
person sees all tickets of the vendor. Each asks the database once.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import Aggregate, Count, DurationField, ExpressionWrapper, F, Min, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from sla.models import Clock, Crossing, Timeline
from tickets.machine import ACTIVE
from tickets.models import SelfHelpSolution, Ticket, TicketRating

_GOING_ON = (Clock.Status.RUNNING, Clock.Status.PAUSED, Clock.Status.LIFTED)
_LATENESS = ExpressionWrapper(F("noticed_at") - F("crossed_at"), output_field=DurationField())


class Figure(StrEnum):
    """What is counted."""

    MET = "met"
    BREACHED = "breached"
    BREACHED_NOW = "breached_now"
    DUE_NEXT = "due_next"
    FIRED = "fired"
    FILED = "filed"
    RESOLVED = "resolved"
    RATED = "rated"


CLOCK_FIGURES = frozenset({Figure.MET, Figure.BREACHED, Figure.BREACHED_NOW, Figure.DUE_NEXT})
TICKET_FIGURES = frozenset({Figure.FILED, Figure.RESOLVED})


@dataclass(frozen=True, slots=True)
class Period:
    """The instants `[start, end)`, aware."""

    start: datetime
    end: datetime

    @classmethod
    def last(cls, days: int, now: datetime) -> Period:
        """Today and the days before it, `days` in all, up to `now`; days are those of the reader's zone."""
        today = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        start = timezone.make_aware(today - timedelta(days=days - 1))
        return cls(start, now + timedelta(seconds=1))

    @classmethod
    def of_day(cls, day: date) -> Period:
        """One day of the reader's zone, 23 or 25 hours long where the clocks change."""
        midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001  made aware in the next line
        return cls(timezone.make_aware(midnight), timezone.make_aware(midnight + timedelta(days=1)))

    @property
    def days(self) -> list[date]:
        """The days of the reader's zone in this period, oldest first."""
        first, last = timezone.localtime(self.start).date(), timezone.localtime(self.end - timedelta(seconds=1)).date()
        return [first + timedelta(days=n) for n in range((last - first).days + 1)]


@dataclass(frozen=True, slots=True)
class Compliance:
    """How clocks of one kind and priority of a vendor fared; `promised` is False for the house's own goals."""

    vendor_id: int
    kind: str
    priority: str
    promised: bool
    met: int
    breached: int


@dataclass(frozen=True, slots=True)
class Fired:
    """Rungs at one percent: how many fired, and how long after their crossing they were noticed (median, 99th of 100)."""

    percent: int
    count: int
    p50: timedelta
    p99: timedelta


@dataclass(frozen=True, slots=True)
class Lag:
    """Timelines that wait for a worker, and since when the oldest does (aware); None if none waits."""

    waiting: int
    since: datetime | None


class Percentile(Aggregate):
    """The value below which a share of the values lies, interpolated; intervals keep their type."""

    function = "percentile_cont"
    template = "%(function)s(%(share)s) WITHIN GROUP (ORDER BY %(expressions)s)"

    def __init__(self, expression: Any, share: float, **extra: Any) -> None:
        super().__init__(expression, share=float(share), **extra)


# --- conditions: met is ended <= due, a breach lies at its due time and stays (domain.md, Time) -------------------------


def met_in(period: Period) -> Q:
    """Clocks that ended in time, in the period."""
    ended = Q(ended_at__gte=period.start, ended_at__lt=period.end)
    return Q(status=Clock.Status.ENDED, breached_at=None) & ended


def breached_in(period: Period) -> Q:
    """Clocks whose due time was missed, in the period, whatever became of them."""
    return Q(breached_at__gte=period.start, breached_at__lt=period.end)


def breached_now(now: datetime) -> Q:
    """Clocks past their due time that still go on; also those that a worker has yet to look at."""
    overdue = Q(status=Clock.Status.RUNNING, due_at__lte=now)
    late = Q(breached_at__isnull=False)
    # A ticket that was resolved as a bug leaves its clock lifted for ever; that is nobody's concern any more.
    lifted = Q(status=Clock.Status.LIFTED, timeline__tickets__state__in=list(ACTIVE))
    return overdue | late & (Q(status=Clock.Status.PAUSED) | lifted)


def due_within(now: datetime, hours: int) -> Q:
    """Running clocks that are due in the hours (of the clock on the wall) after `now`, not breached yet."""
    until = now + timedelta(hours=hours)
    return Q(status=Clock.Status.RUNNING, breached_at=None, due_at__gt=now, due_at__lte=until)


# --- figures ----------------------------------------------------------------------------------------------------------


def compliance(vendors: Collection[int], period: Period) -> list[Compliance]:
    """Met and breached clocks by vendor, kind and priority."""
    met, breached = met_in(period), breached_in(period)
    rows = (
        Clock.objects.filter(met | breached, vendor_id__in=vendors)
        .order_by()
        .values("vendor_id", "kind", "priority", "promised")
        .annotate(met=Count("pk", filter=met), breached=Count("pk", filter=breached))
    )
    return [Compliance(**row) for row in rows]


def standing(vendors: Collection[int], now: datetime, hours: Collection[int]) -> dict[str, int]:
    """Promised clocks breached now, under "breached_now", and clocks due within each of `hours`, under "due_4" and so on. A
    missed goal of the house's own is no broken promise.
    """
    within = {f"due_{n}": Count("pk", filter=due_within(now, n)) for n in hours}
    found: dict[str, int] = Clock.objects.filter(vendor_id__in=vendors, status__in=_GOING_ON).aggregate(
        breached_now=Count("pk", filter=breached_now(now) & Q(promised=True)), **within
    )
    return found


def fired(vendors: Collection[int], period: Period) -> list[Fired]:
    """Rungs crossed in the period, by percent; superseded ones are history, not escalations."""
    rows = (
        crossings(vendors, period)
        .order_by()
        .values("percent")
        .annotate(count=Count("pk"), p50=Percentile(_LATENESS, 0.5), p99=Percentile(_LATENESS, 0.99))
    )
    return sorted((Fired(**row) for row in rows), key=lambda row: row.percent)


def lateness(vendors: Collection[int], period: Period) -> dict[str, timedelta | None]:
    """How long after its crossing a rung was noticed: "p50" and "p99" over all rungs of the period, None without any."""
    return crossings(vendors, period).aggregate(p50=Percentile(_LATENESS, 0.5), p99=Percentile(_LATENESS, 0.99))


def per_day(vendors: Collection[int], period: Period, field: str) -> dict[date, int]:
    """How many tickets were filed (`received_at`) or, for good so far, resolved (`resolved_at`), by the reader's days."""
    rows = (
        tickets_in(vendors, period, field)
        .order_by()
        .values_list(TruncDate(field, tzinfo=timezone.get_current_timezone()))
        .annotate(n=Count("pk"))
    )
    return dict(rows)


def solved_by_self_help(vendors: Collection[int], period: Period) -> dict[tuple[int, str], int]:
    """How many requests the vendors' self-help lists made unnecessary, by vendor and step (O7)."""
    solved = SelfHelpSolution.objects.filter(vendor_id__in=vendors, at__gte=period.start, at__lt=period.end)
    rows = solved.order_by().values_list("vendor_id", "step").annotate(n=Count("pk"))
    return {(vendor, step): n for vendor, step, n in rows}


def lag(vendors: Collection[int], now: datetime) -> Lag:
    """How far the workers are behind."""
    waiting = Timeline.objects.filter(vendor_id__in=vendors, wake_at__lte=now)
    found = waiting.aggregate(waiting=Count("pk"), since=Min("wake_at"))
    return Lag(found["waiting"], found["since"])


def ratings(vendors: Collection[int], period: Period) -> dict[str, int]:
    """How many customers said what of their solution (the words of TicketRating.Grade)."""
    return dict(rated_in(vendors, period).order_by().values_list("grade").annotate(n=Count("pk")))


# --- rows behind ------------------------------------------------------------------------------------------------------


def clocks(vendors: Collection[int], condition: Q) -> QuerySet[Clock, Any]:
    """The clocks of a condition, due first comes first, each with its ticket's `number` and `subject`."""
    rows = Clock.objects.filter(condition, vendor_id__in=vendors)
    return rows.annotate(number=F("timeline__tickets__number"), subject=F("timeline__tickets__subject")).order_by(
        "due_at", "pk"
    )


def crossings(vendors: Collection[int], period: Period) -> QuerySet[Crossing, Any]:
    """The rungs that were crossed in the period and stand, latest first."""
    return Crossing.objects.filter(
        vendor_id__in=vendors, superseded_at=None, crossed_at__gte=period.start, crossed_at__lt=period.end
    ).order_by("-crossed_at", "-pk")


def clocks_of(crossed: Collection[Crossing]) -> dict[tuple[int, str, int], Clock]:
    """The clocks of rungs, by timeline, kind and cycle, each with its ticket's `number` and `subject`."""
    timelines = {crossing.timeline_id for crossing in crossed}
    vendors = {crossing.vendor_id for crossing in crossed}
    return {(c.timeline_id, c.kind, c.cycle): c for c in clocks(vendors, Q(timeline__in=timelines))}


def tickets_in(vendors: Collection[int], period: Period, field: str) -> QuerySet[Ticket]:
    """Tickets whose instant `field` lies in the period, latest first."""
    inside = {f"{field}__gte": period.start, f"{field}__lt": period.end}
    return Ticket.objects.filter(vendor_id__in=vendors, **inside).order_by(f"-{field}", "-pk")


def rated_in(vendors: Collection[int], period: Period) -> QuerySet[TicketRating]:
    """What customers said last of their solutions in the period, latest first, each with its ticket."""
    said = {"changed_at__gte": period.start, "changed_at__lt": period.end}
    return (
        TicketRating.objects.filter(vendor_id__in=vendors, **said)
        .select_related("ticket")
        .order_by("-changed_at", "-pk")
    )
