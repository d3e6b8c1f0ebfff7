"""What hangs on a ticket, read together with it: no question of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject
from django.utils.dateparse import parse_datetime

from tickets.access import visible_tickets
from tickets.models import ChecklistItem, EscalationRequest, Ticket, TicketLink, TicketRating, TicketTag, Watcher
from vendors.access import Member

MOST = 50


@dataclass(frozen=True, slots=True)
class Item:
    """Something to do; `done_at` is aware, None while it is open."""

    key: int
    text: str
    done_at: datetime | None
    done_by: int | None


@dataclass(frozen=True, slots=True)
class Link:
    """Another ticket: this one is `kind` of it, or `back`, it is `kind` of this one."""

    key: int
    other: int
    kind: str
    back: bool
    number: str
    subject: str
    state: str


@dataclass(frozen=True, slots=True)
class Rating:
    """How the customer says that it was solved (a word of TicketRating.Grade), and why."""

    grade: str
    comment: str

    @property
    def label(self) -> str:
        """The grade in words."""
        return str(TicketRating.Grade(self.grade).label)


@dataclass(frozen=True, slots=True)
class Beside:
    """Tags and checklist of the reader's house, the customer's rating, links to tickets that he sees, and the keys of who watches
    (whether he may know them is for the page to say).
    """

    tags: Sequence[str]
    watchers: Sequence[int]
    links: Sequence[Link]
    checklist: Sequence[Item]
    rating: Rating | None
    escalated: bool  # whether the customer ever asked for a review

    @property
    def done(self) -> int:
        """How much of the list is done."""
        return sum(item.done_at is not None for item in self.checklist)


def with_beside(tickets: QuerySet[Ticket], member: Member) -> QuerySet[Ticket]:
    """Read with each ticket what hangs on it; `beside` then tells it."""
    here, house = OuterRef("pk"), member.house
    seen = visible_tickets([member]).values("pk")
    tags = TicketTag.objects.filter(ticket=here, house=house).order_by("name").values("name")
    items = ChecklistItem.objects.filter(ticket=here, house=house).order_by("position", "pk")
    watchers = Watcher.objects.filter(ticket=here).order_by("pk").values("person")
    rating = TicketRating.objects.filter(ticket=here)
    to = TicketLink.objects.filter(ticket=here, other__in=seen).order_by("pk")
    back = TicketLink.objects.filter(other=here, ticket__in=seen).order_by("pk")
    return tickets.annotate(
        held_tags=ArraySubquery(tags[:MOST]),
        held_watchers=ArraySubquery(watchers[:MOST]),
        held_items=ArraySubquery(
            items.values(row=JSONObject(key="pk", text="text", done_at="done_at", done_by="done_by_id"))[: MOST * 2]
        ),
        held_links=ArraySubquery(to.values(row=_end("other"))[:MOST]),
        held_back=ArraySubquery(back.values(row=_end("ticket"))[:MOST]),
        held_rating=Subquery(rating.values(row=JSONObject(grade="grade", comment="comment"))[:1]),
        escalated=Exists(EscalationRequest.objects.filter(ticket=here)),
    )


def _end(name: str) -> JSONObject:
    return JSONObject(
        key=F("pk"),
        other=F(f"{name}_id"),
        kind=F("kind"),
        number=F(f"{name}__number"),
        subject=F(f"{name}__subject"),
        state=F(f"{name}__state"),
    )


def beside(ticket: Any) -> Beside:
    """What was read with a ticket by `with_beside`."""
    return Beside(
        ticket.held_tags,
        ticket.held_watchers,
        [*(_link(row, False) for row in ticket.held_links), *(_link(row, True) for row in ticket.held_back)],
        [_item(row) for row in ticket.held_items],
        Rating(**ticket.held_rating) if ticket.held_rating else None,
        ticket.escalated,
    )


def tags_in_use(member: Member) -> list[str]:
    """The tags that the reader's house uses, those used most recently first; one question."""
    found = TicketTag.objects.filter(vendor_id=member.vendor_id, house=member.house).order_by("-pk")
    return list(dict.fromkeys(found.values_list("name", flat=True)[:2000]))[:200]


def _link(row: Mapping[str, Any], back: bool) -> Link:
    return Link(row["key"], row["other"], row["kind"], back, row["number"], row["subject"], row["state"])


def _item(row: Mapping[str, Any]) -> Item:
    return Item(row["key"], row["text"], parse_datetime(row["done_at"]) if row["done_at"] else None, row["done_by"])
