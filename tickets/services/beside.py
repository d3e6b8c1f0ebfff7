"""What hangs on a ticket beside its conversation: tags, watchers, links and a checklist. Tags and lists are each house's own."""

import re

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from tickets.access import visible_tickets
from tickets.change import Change, changing
from tickets.models import ChecklistItem, Ticket, TicketLink, TicketTag, Watcher
from tickets.services.conversation import decide, work_on
from tickets.vocabulary import Refused, Verb, Word
from vendors.access import CUSTOMERS, Member, works_in
from vendors.models import Person

LONGEST_TAG = 40
LONGEST_LIST = 100
# How one says of two tickets that they belong together; that one was split from another only a split says.
KINDS = (TicketLink.Kind.DUPLICATE_OF, TicketLink.Kind.CAUSED_BY, TicketLink.Kind.BLOCKS)
_TAG = re.compile(rf"\S{{1,{LONGEST_TAG}}}")


def tag(*, by: Member, ticket_id: int, name: str) -> Ticket:
    """Give the ticket a tag of one's house: one word of at most 40 characters, kept in lower case, there once."""
    with changing(by, ticket_id) as change:
        work_on(change)
        word = name.strip().lower()
        if not _TAG.fullmatch(word) or not word.isprintable():
            raise Refused(_("A tag is one word of at most 40 characters."), "name")
        if not _tags(change).filter(name=word).exists():
            row = TicketTag.objects.create(
                vendor_id=by.vendor_id, ticket=change.ticket, house_id=by.house, name=word, at=change.now
            )
            change.added(row)
            change.audit(Verb.TAGGED, mine=True)
        return change.ticket


def untag(*, by: Member, ticket_id: int, name: str) -> Ticket:
    """Take a tag of one's house off the ticket. Raises Refused for one that it has not."""
    with changing(by, ticket_id) as change:
        work_on(change)
        row = _tags(change).filter(name=name.strip().lower()).first()
        if row is None:
            raise Refused(_("The ticket has no such tag."), "name")
        change.removing(row)
        row.delete()
        change.audit(Verb.UNTAGGED, mine=True)
        return change.ticket


def watch(*, by: Member, ticket_id: int, person_id: int) -> Ticket:
    """Let a person follow the ticket: one of the own house, told what the assignee is told, or one of the customer, who then
    sees the ticket, hears what its requester hears and can write; he is told so. A customer who decides on his request lets
    his colleagues take part.
    """
    with changing(by, ticket_id) as change:
        if by.is_customer:
            decide(change)
        else:
            work_on(change)
        person = watchable(by, change.ticket).filter(pk=person_id).first()
        if person is None and by.is_customer:
            raise Refused(_("Choose one of your colleagues."), "person")
        if person is None:
            raise Refused(_("There is no such person at the customer or in your house."), "person")
        if put_watcher(change, person.pk):
            customer = person.role in CUSTOMERS
            change.audit(Verb.WATCHED, after={"watcher": person.pk}, mine=not customer)
            if customer and person.pk != change.ticket.requester_id:
                change.tell([person.pk], Word.TAKES_PART, change.mark)
        return change.ticket


def put_watcher(change: Change, person_id: int) -> bool:
    """Write a watcher; False if he is one already."""
    ticket = change.ticket
    if Watcher.objects.filter(ticket=ticket, person=person_id).exists():
        return False
    row = Watcher.objects.create(vendor_id=ticket.vendor_id, ticket=ticket, person_id=person_id, at=change.now)
    change.added(row)
    return True


def unwatch(*, by: Member, ticket_id: int, person_id: int) -> Ticket:
    """Let a person follow the ticket no longer. A customer removes colleagues from what he decides on, and himself from any.
    Raises Refused for one who does not follow it, or whom one may not see here.
    """
    with changing(by, ticket_id) as change:
        if not by.is_customer:
            work_on(change)
        elif person_id != by.person_id:
            decide(change)
        people = watchable(by, change.ticket, active=False)
        row = Watcher.objects.filter(ticket=change.ticket, person__in=people.filter(pk=person_id)).first()
        if row is None:
            raise Refused(_("This person does not watch the ticket."), "person")
        customer = row.person.role in CUSTOMERS
        change.removing(row)
        row.delete()
        change.audit(Verb.UNWATCHED, after={"watcher": person_id}, mine=not customer)
        return change.ticket


def watchable(by: Member, ticket: Ticket, *, active: bool = True) -> QuerySet[Person]:
    """Who can watch a ticket as `by` sees it: the people of its customer and those of his own house; as a customer sees it, his
    colleagues.
    """
    customer = Q(organisation=ticket.customer_id, role__in=sorted(CUSTOMERS))
    known = customer if by.is_customer else customer | works_in(by.vendor_id, by.house)
    found = Person.objects.filter(known, vendor_id=ticket.vendor_id)
    return found.filter(active=True) if active else found


def link(*, by: Member, ticket_id: int, number: str, kind: str) -> Ticket:
    """Say how the ticket belongs to another one, by its number: it is `kind` (a word of TicketLink.Kind) of the other."""
    with changing(by, ticket_id) as change:
        work_on(change)
        if kind not in KINDS:
            raise Refused(_("Choose how they belong together."), "kind")
        other = other_ticket(by, change.ticket, number, "number")
        if not TicketLink.objects.filter(ticket=change.ticket, other=other, kind=kind).exists():
            put_link(change, other, kind)
            change.audit(Verb.LINKED, about=("ticket", other.pk), after={"kind": kind}, mine=True)
        return change.ticket


def other_ticket(by: Member, ticket: Ticket, number: str, field: str) -> Ticket:
    """The ticket with that number, another one that `by` sees. Raises Refused at the field."""
    other = visible_tickets([by]).filter(number__iexact=number.strip()).first() if number.isprintable() else None
    if other is None:
        raise Refused(_("There is no such ticket."), field)
    if other.pk == ticket.pk:
        raise Refused(_("This is the ticket itself."), field)
    return other


def put_link(change: Change, other: Ticket, kind: str) -> None:
    """Write that the ticket is `kind` of the other."""
    ticket = change.ticket
    row = TicketLink.objects.create(vendor_id=ticket.vendor_id, ticket=ticket, other=other, kind=kind, at=change.now)
    change.added(row)


def unlink(*, by: Member, ticket_id: int, link_id: int) -> Ticket:
    """Take a link away, from either end."""
    with changing(by, ticket_id) as change:
        work_on(change)
        seen = visible_tickets([by]).values("pk")
        ends = Q(ticket=ticket_id, other__in=seen) | Q(other=ticket_id, ticket__in=seen)
        row = TicketLink.objects.filter(ends, pk=link_id).first()
        if row is None:
            raise Refused(_("There is no such link."))
        other = row.other_id if row.ticket_id == ticket_id else row.ticket_id
        change.removing(row)
        row.delete()
        change.audit(Verb.UNLINKED, about=("ticket", other), after={"kind": row.kind}, mine=True)
        return change.ticket


def add_item(*, by: Member, ticket_id: int, text: str) -> ChecklistItem:
    """Add something to do to the list of one's house."""
    with changing(by, ticket_id) as change:
        work_on(change)
        text = " ".join(text.split())
        if not 1 <= len(text) <= 200:
            raise Refused(_("Say in at most 200 characters what is to be done."), "text")
        held = _items(change).order_by("-position").values_list("position", flat=True)
        if len(held) >= LONGEST_LIST:
            raise Refused(_("The list is full: %(most)d entries are the most.") % {"most": LONGEST_LIST}, "text")
        item: ChecklistItem = ChecklistItem.objects.create(
            vendor_id=change.ticket.vendor_id,
            ticket=change.ticket,
            house_id=by.house,
            text=text,
            position=(held[0] if held else 0) + 1,
        )
        change.added(item)
        change.audit(Verb.LISTED, mine=True)
        return item


def tick(*, by: Member, ticket_id: int, item_id: int, done: bool = True) -> ChecklistItem:
    """Say that something of the list is done, or that it is not."""
    with changing(by, ticket_id) as change:
        work_on(change)
        item = _item(change, item_id)
        if bool(item.done_at) != done:
            change.altering(item, "done_at", "done_by_id")
            item.done_at, item.done_by_id = (change.now, by.person_id) if done else (None, None)
            item.save(update_fields=["done_at", "done_by"])
            change.audit(Verb.TICKED if done else Verb.UNTICKED, mine=True)
        return item


def drop_item(*, by: Member, ticket_id: int, item_id: int) -> Ticket:
    """Take something off the list."""
    with changing(by, ticket_id) as change:
        work_on(change)
        item = _item(change, item_id)
        change.removing(item)
        item.delete()
        change.audit(Verb.UNLISTED, mine=True)
        return change.ticket


def _tags(change: Change) -> QuerySet[TicketTag]:
    return TicketTag.objects.filter(ticket=change.ticket, house=change.by.house)


def _items(change: Change) -> QuerySet[ChecklistItem]:
    return ChecklistItem.objects.filter(ticket=change.ticket, house=change.by.house)


def _item(change: Change, item_id: int) -> ChecklistItem:
    item = _items(change).filter(pk=item_id).first()
    if item is None:
        raise Refused(_("There is no such entry on the list."))
    return item
