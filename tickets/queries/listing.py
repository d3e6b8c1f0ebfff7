"""Tickets by filters, newest first, a page at a time: one query a page, whatever its place."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from sla.models import Clock
from tickets.access import visible_tickets
from tickets.models import Message, Ticket
from vendors.access import Member

# What a line of a list names, so that it costs no question of its own.
_RELATED = (
    "customer", "site", "requester", "authorised_user", "item", "product", "release", "assignee", "serving_house", "follows",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Criteria:
    """What a list is narrowed to; empty and None leave it as it is.

    ``states`` and ``priorities`` (the one that counts: the assigned, else the claimed) are alternatives. ``assignees`` are keys
    of people, an empty collection finds what nobody has. ``breached``: whether any clock that the person may know of was not
    kept. ``updated_since`` is aware. ``search``: words of subject or number.
    """

    states: Collection[str] = ()
    priorities: Collection[str] = ()
    assignees: Collection[int] | None = None
    breached: bool | None = None
    updated_since: datetime | None = None
    search: str = ""


def matching(members: Iterable[Member], criteria: Criteria) -> QuerySet[Ticket]:
    """The visible tickets that meet the criteria, newest first, with what a line names."""
    members = tuple(members)
    rows = visible_tickets(members).select_related(*_RELATED).order_by("-pk")
    if criteria.states:
        rows = rows.filter(state__in=criteria.states)
    if criteria.priorities:
        claimed = Q(priority="", claimed_priority__in=criteria.priorities)
        rows = rows.filter(Q(priority__in=criteria.priorities) | claimed)
    if criteria.assignees is not None:
        rows = rows.filter(assignee__in=criteria.assignees) if criteria.assignees else rows.filter(assignee=None)
    if criteria.breached is not None:
        rows = rows.filter(_breached(members) if criteria.breached else ~_breached(members))
    if criteria.updated_since is not None:
        rows = rows.filter(changed_at__gte=criteria.updated_since)
    for word in criteria.search.split():
        rows = rows.filter(Q(subject__icontains=word) | Q(number__icontains=word))
    return rows


def page(rows: QuerySet[Ticket], before: int | None, size: int) -> tuple[Sequence[Ticket], int | None]:
    """At most `size` of the rows, those below the key `before` if given; and the key for the page that follows, or None."""
    found = list((rows if before is None else rows.filter(pk__lt=before))[: size + 1])
    return found[:size], found[size - 1].pk if len(found) > size else None


def message_page(messages: QuerySet[Message], after: int | None, size: int) -> tuple[Sequence[Message], int | None]:
    """At most `size` of the messages in the order of writing, those above the key `after` if given; and the key for the page
    that follows, or None.
    """
    messages = messages.order_by("pk")
    found = list((messages if after is None else messages.filter(pk__gt=after))[: size + 1])
    return found[:size], found[size - 1].pk if len(found) > size else None


def _breached(members: Iterable[Member]) -> Q:
    """A customer is told of promises, not of the vendor's own goals (O20)."""
    late = Clock.objects.filter(timeline_id=OuterRef("timeline_id"), breached_at__isnull=False)
    vendors_of_customers = [member.vendor_id for member in members if member.is_customer]
    return Q(Exists(late.exclude(promised=False, vendor_id__in=vendors_of_customers)))
