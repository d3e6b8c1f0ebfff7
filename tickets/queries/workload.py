"""Who has how much: the active tickets of vendors' own staff by person, in a fixed number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Q, QuerySet

from tickets.machine import ACTIVE
from tickets.models import State, Ticket
from tickets.queries.hands import IN_WORK

SHOWN = 100
_WAITING = [State.WAITING.value, State.THIRD_PARTY.value]
Holder = tuple[int, int | None]
"""A vendor and a person of it, or None for what nobody has."""


@dataclass(frozen=True, slots=True)
class Named:
    """A ticket by number, with the instant for which it is named."""

    number: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Load:
    """What somebody has: in work, waiting for somebody else, breached; the one due first, and the one that came first."""

    open: int = 0
    waiting: int = 0
    breached: int = 0
    urgent: Named | None = None
    oldest: Named | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """A ticket that somebody has, as a line."""

    pk: int
    number: str
    subject: str
    customer: str
    language: str
    state: str
    priority: str
    claimed_priority: str
    due_at: datetime | None
    breached: bool
    received_at: datetime
    team: str | None


def loads(vendor_ids: Sequence[int]) -> dict[Holder, Load]:
    """What everybody has who has anything, and what nobody has, at these vendors; three queries. What partners serve is theirs
    to share.
    """
    found = _active(vendor_ids)
    counts = found.values_list("vendor_id", "assignee_id").annotate(
        open=Count("pk", filter=Q(state__in=IN_WORK)),
        waiting=Count("pk", filter=Q(state__in=_WAITING)),
        breached=Count("pk", filter=Q(breached=True)),
    )
    due = found.filter(due_at__isnull=False, state__in=IN_WORK)
    urgent, oldest = _firsts(due, "due_at"), _firsts(found, "received_at")
    return {
        (vendor, person): Load(
            open=in_work,
            waiting=waiting,
            breached=breached,
            urgent=urgent.get((vendor, person)),
            oldest=oldest.get((vendor, person)),
        )
        for vendor, person, in_work, waiting, breached in counts.order_by()
    }


def held_by(vendor_id: int, person_id: int | None) -> list[Held]:
    """The first SHOWN active tickets of somebody (None: of nobody), by due time; one query."""
    columns = ("pk", "number", "subject", "customer__name", "language", "state", "priority", "claimed_priority",
               "due_at", "breached", "received_at", "team__name")  # fmt: skip
    found = _active([vendor_id]).filter(assignee=person_id)
    rows = found.order_by("assignee_id", F("due_at").asc(nulls_last=True), "pk").values_list(*columns)[:SHOWN]
    return [Held(*row) for row in rows]


def least_urgent(vendor_id: int, person_id: int | None, number: int) -> list[int]:
    """The keys of so many tickets in work of somebody as can wait longest."""
    found = _active([vendor_id]).filter(assignee=person_id, state__in=IN_WORK)
    rows = found.order_by(F("due_at").desc(nulls_first=True), "-pk").values_list("pk", flat=True)
    return list(rows[:number])


def _active(vendor_ids: Sequence[int]) -> QuerySet[Ticket]:
    return Ticket.objects.filter(vendor_id__in=vendor_ids, serving_house=None, state__in=ACTIVE)


def _firsts(found: QuerySet[Ticket], by: str) -> dict[Holder, Named]:
    rows = found.order_by("vendor_id", "assignee_id", by, "pk").distinct("vendor_id", "assignee_id")
    return {
        (vendor, person): Named(number, at)
        for vendor, person, number, at in rows.values_list("vendor_id", "assignee_id", "number", by)
    }
