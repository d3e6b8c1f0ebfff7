"""Split a customer's message off into a ticket of its own, received when it was said."""

from django.db import transaction
from django.utils.translation import gettext as _

from kernel.tenancy import scope
from kernel.tenancy.scope import Scope, enter
from tickets.access import readable_messages, visible_tickets
from tickets.change import Change, changing
from tickets.models import Attachment, Message, State, Ticket, TicketLink
from tickets.search.fulltext import rebuild
from tickets.services.conversation import work_on
from tickets.services.filing import Request, file_ticket
from tickets.vocabulary import Refused, Verb
from vendors.access import Member


def split(*, by: Member, message_id: int, subject: str) -> Ticket:
    """Let a public message of the customer go on in a new ticket about the same customer, site and item: message and files move,
    its promises count from when it was said, and both tickets say how they belong together. Answers the new ticket. Raises
    Refused; the request itself, a ticket's first message, can't be split off.
    """
    with enter(scope.current().only(by.vendor_id)), transaction.atomic():
        message = _splittable(by, message_id)
        with changing(by, message.ticket_id) as source:
            work_on(source)
            filed = file_ticket(by=by, request=_request(source.ticket, message, subject))
            # Who acts may not write all that moves: files are the customer's.
            with enter(Scope.of(by.vendor_id)):
                _move(source, message, filed)
                rebuild(by.vendor_id, [filed.pk])
            source.audit(Verb.SPLIT, after={"into": filed.pk})
            source.found_anew = True
        return filed


def take_back(by: Member, ticket_id: int) -> None:
    """The ticket that a split made ends without a word, if nobody has done anything with it. Raises Refused otherwise."""
    with changing(by, ticket_id) as change:
        ticket = change.ticket
        if ticket.state != State.NEW or ticket.messages.count() > 1:
            raise Refused(_("The ticket has changed since."))
        change.end_quietly()


def _splittable(by: Member, message_id: int) -> Message:
    message = Message.objects.filter(readable_messages(by), pk=message_id, ticket__in=visible_tickets([by])).first()
    if message is None:
        raise Refused(_("There is no such message."))
    if message.visibility != Message.Visibility.PUBLIC or message.by_staff:
        raise Refused(_("Only what the customer wrote can go on in a ticket of its own."))
    if not Message.objects.filter(ticket=message.ticket_id, pk__lt=message.pk, by_staff=False).exists():
        raise Refused(_("This is the request itself. What goes on by itself is a later message."))
    return message


def _request(ticket: Ticket, message: Message, subject: str) -> Request:
    if not subject.strip():
        raise Refused(_("Say in a few words what it is about."), "subject")
    return Request(
        requester=message.author or ticket.requester,
        subject=subject.strip()[:200],
        body=message.body,
        language=ticket.language,
        channel=message.channel,
        customer=ticket.customer,
        site=ticket.site,
        item=ticket.item,
        release=ticket.release,
        authorised_user=ticket.authorised_user,
        topic=ticket.topic,
        claimed_priority=ticket.claimed_priority,
        intake=ticket.intake,
        received_at=message.at,
    )


def _move(source: Change, message: Message, filed: Ticket) -> None:
    """The words that were filed give way to those that were said, with their files."""
    filed.messages.all().delete()
    source.altering(message, "ticket_id", "merged_from_id")
    for file in Attachment.objects.filter(message=message):
        source.altering(file, "ticket_id")
    Attachment.objects.filter(message=message).update(ticket=filed)
    Message.objects.filter(pk=message.pk).update(ticket=filed, merged_from=source.ticket)
    link = TicketLink.objects.create(
        vendor_id=filed.vendor_id, ticket=filed, other=source.ticket, kind=TicketLink.Kind.SPLIT_FROM, at=source.now
    )
    source.added(link)
    source.made(filed)
