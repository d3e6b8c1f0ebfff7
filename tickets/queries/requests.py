"""What a customer reads: his requests a page at a time, one request, its conversation. The number of questions put to the
database depends on the number of vendors at most, never on the number of rows.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, Q, QuerySet

from kernel.audit.models import AuditEntry
from kernel.keys import key_in
from sla.engine.state import Folded
from sla.policies import rules
from sla.timelines import fold_now
from tickets.access import readable_messages, visible_tickets
from tickets.models import RANK, Attachment, EscalationRequest, HandOff, Message, State, Ticket, TicketRating, Watcher
from tickets.vocabulary import Verb
from vendors.access import CUSTOMERS, Act, Member
from vendors.models import Person, Site

PAGE = 25
_MOST_WORDS = 8
_MOST_CHOICES = 500


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place between two rows: the row's rank and key, and whether what is asked for lies before it."""

    rank: int
    key: int
    backwards: bool = False

    @classmethod
    def parse(cls, text: str) -> "Cursor | None":
        """`"0-123"` asks for what follows, `"b0-123"` for what comes before; None for anything else."""
        rank, _, number = text.removeprefix("b").partition("-")
        key = key_in(number)
        return cls(int(rank), key, text.startswith("b")) if rank in {"0", "1", "2"} and key is not None else None

    def __str__(self) -> str:
        return f"{'b' if self.backwards else ''}{self.rank}-{self.key}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of one's requests are asked for. `state` is open, waiting (for the customer), resolved (or closed since), or empty:
    all; `site` and `asker` are keys; each of the `words` stands in the subject or the number.
    """

    state: str = ""
    site: int | None = None
    asker: int | None = None
    words: str = ""


_ALL = Wanted()


@dataclass(frozen=True, slots=True)
class RequestPage:
    """Requests in their order, and the cursors of the pages before and after (None: there is none)."""

    tickets: Sequence[Ticket]
    previous: Cursor | None
    following: Cursor | None


NOTHING = RequestPage([], None, None)


def my_requests(
    members: Iterable[Member], cursor: Cursor | None = None, wanted: Wanted = _ALL, size: int = PAGE
) -> RequestPage:
    """A page of those requests that customers see with these memberships and that are wanted, open ones first;
    four questions.
    """
    rows = _listed(members).filter(_narrowed(wanted))
    backwards = cursor is not None and cursor.backwards
    if cursor is not None:
        rows = rows.filter(_beyond(cursor))
    rows = rows.order_by("-rank", "pk") if backwards else rows.order_by("rank", "-pk")
    found = list(rows[: size + 1])
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    if not found:
        return NOTHING
    before = Cursor(found[0].rank, found[0].pk, True) if (more if backwards else cursor is not None) else None
    after = Cursor(found[-1].rank, found[-1].pk) if (backwards or more) else None
    return RequestPage(found, before, after)


def sites_of(members: Iterable[Member]) -> list[Site]:
    """The sites of the customers' organisations, by name."""
    houses = [member.organisation_id for member in members if member.is_customer]
    return list(Site.objects.filter(organisation__in=houses).order_by("name", "pk")[:_MOST_CHOICES])


def askers_of(members: Iterable[Member]) -> list[Person]:
    """Who asks in the organisations of which these memberships see all requests, by name."""
    houses = [member.organisation_id for member in members if member.may(Act.SEE_OWN_ORGANISATION)]
    people = Person.objects.filter(organisation__in=houses, role__in=sorted(CUSTOMERS))
    return list(people.order_by("name", "pk")[:_MOST_CHOICES])


def a_request(members: Iterable[Member], number: str) -> Ticket:
    """One request by its number, with all that its page names, among those that these memberships of one vendor see. Raises
    Ticket.DoesNotExist.
    """
    related = (
        "customer", "customer__supported_by", "site", "requester", "authorised_user", "item", "item__product", "item__sold_by",
        "product", "release", "assignee", "serving_house", "follows",
    )  # fmt: skip
    return visible_tickets(members).select_related(*related).get(number=number)


def conversation(ticket: Ticket, member: Member) -> list[Message]:
    """What the person reads of a ticket's messages, oldest first, each with its author, house and files: two queries."""
    files = Attachment.objects.filter(state=Attachment.State.READY).order_by("pk")
    messages = Message.objects.filter(readable_messages(member), ticket=ticket)
    messages = messages.select_related("author", "author__organisation", "house")
    return list(messages.prefetch_related(Prefetch("attachments", files)).order_by("at", "pk"))


def reviews(ticket: Ticket) -> list[EscalationRequest]:
    """The reviews that were asked for, the newest first (M12)."""
    return list(ticket.escalations.select_related("requester", "reviewer").order_by("-pk"))


def hand_offs(ticket: Ticket) -> list[HandOff]:
    """From which house to which the request went, oldest first (O1, I6)."""
    return list(ticket.hand_offs.select_related("from_house", "to_house", "person").order_by("pk"))


def rating_of(ticket: Ticket) -> TicketRating | None:
    """What the customer said of how it was solved."""
    return TicketRating.objects.filter(ticket=ticket).select_related("person").first()


def participants(ticket: Ticket) -> list[Person]:
    """The customer's people who follow the request beside its requester, by name; who of the staff does is not theirs to know."""
    watching = Watcher.objects.filter(ticket=ticket).exclude(person=ticket.requester_id).values("person")
    people = Person.objects.filter(pk__in=watching, organisation=ticket.customer_id, role__in=sorted(CUSTOMERS))
    return list(people.order_by("name", "pk"))


@dataclass(frozen=True, slots=True)
class Joining:
    """Somebody of the customer began or ended to take part; `by` is empty where nobody of either side is named."""

    at: datetime
    by: str
    who: str
    himself: bool
    joined: bool


def joinings(ticket: Ticket) -> list[Joining]:
    """Who was let take part in the request and who no longer does, oldest first: two queries."""
    entries = AuditEntry.objects.filter(
        subject_type="ticket",
        subject_id=ticket.pk,
        verb__in=[Verb.WATCHED, Verb.UNWATCHED],
        houses__contains=[ticket.customer_id],
    ).order_by("pk")[:200]
    found = [(entry, entry.after.get("watcher")) for entry in entries]
    names = dict(
        Person.objects.filter(pk__in={key for entry, who in found for key in (entry.actor_id, who)}).values_list(
            "pk", "name"
        )
    )
    return [
        Joining(
            at=entry.at,
            by=names.get(entry.actor_id or 0, ""),
            who=names[who],
            himself=entry.actor_id == who,
            joined=entry.verb == Verb.WATCHED,
        )
        for entry, who in found
        if who in names
    ]


def followers(ticket: Ticket, members: Iterable[Member]) -> list[Ticket]:
    """The later requests that follow this one, and the one into which it was merged, as far as the person sees them."""
    onwards = Q(follows=ticket) | Q(pk=ticket.merged_into_id)
    return list(visible_tickets(members).filter(onwards).order_by("pk"))


def drafts(member: Member, keys: Iterable[object]) -> list[Attachment]:
    """Those of the keys that are files which the person has uploaded and not yet sent."""
    own = Attachment.objects.filter(
        uploaded_by=member.person_id, vendor_id=member.vendor_id, message=None, state=Attachment.State.DRAFT
    )
    return list(own.filter(key__in=list(keys)).order_by("pk"))


def clocks_of(tickets: Iterable[Ticket], now: datetime) -> Mapping[int, Folded]:
    """The clocks of tickets as they stand at `now`, by ticket key; a ticket whose clocks have not started has no entry."""
    timelines: dict[int, dict[int, int]] = defaultdict(dict)
    for ticket in tickets:
        timelines[ticket.vendor_id][ticket.timeline_id] = ticket.pk
    return {
        keys[timeline]: folded
        for vendor_id, keys in timelines.items()
        for timeline, folded in fold_now(vendor_id, list(keys), rules(vendor_id), now).items()
    }


def _listed(members: Iterable[Member]) -> QuerySet[Any, Any]:
    # Joined, the walls of people and sites would be asked for every row that is sorted, not only for those of the page.
    return visible_tickets(members).prefetch_related("requester", "serving_house", "site").annotate(rank=RANK)


def _narrowed(wanted: Wanted) -> Q:
    found = _STATES.get(wanted.state, Q())
    if wanted.site is not None:
        found &= Q(site=wanted.site)
    if wanted.asker is not None:
        found &= Q(requester=wanted.asker)
    for word in wanted.words.split()[:_MOST_WORDS]:
        found &= Q(subject__icontains=word) | Q(number__icontains=word)
    return found


_STATES: Mapping[str, Q] = {
    "open": Q(rank=0),
    "waiting": Q(state=State.WAITING),
    "resolved": Q(state__in=[State.CLOSED, State.RESOLVED]),
}


def _beyond(cursor: Cursor) -> Q:
    if cursor.backwards:
        return Q(rank__lt=cursor.rank) | Q(rank=cursor.rank, pk__gt=cursor.key)
    return Q(rank__gt=cursor.rank) | Q(rank=cursor.rank, pk__lt=cursor.key)
