"""What is said on a ticket: replies, notes, the customer's words."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from sla.engine.events import Assigned, CustomerReplied, InformationComplete, Reopened, Responded, WaitingForCustomer
from tickets.access import may_decide, visible_tickets
from tickets.change import Change, changing
from tickets.intake import missing_information
from tickets.machine import ACTIVE, Move, after
from tickets.models import Channel, Message, State, Ticket, Watcher
from tickets.services.files import take_drafts
from tickets.services.filing import Request, file_ticket
from tickets.vocabulary import Refused, Verb, Word
from vendors.access import Act, Member, colleagues_of
from vendors.models import Person


def reply(
    *,
    by: Member,
    ticket_id: int,
    body: str,
    qualified: bool = False,
    next_steps: str = "",
    next_steps_on: date | None = None,
    ask: bool = False,
    files: Sequence[UUID] = (),
    at: datetime | None = None,
    channel: str = Channel.DESK,
) -> Message:
    """Answer the customer publicly. With `ask` it is a question and the ticket waits for the answer.

    A qualified acknowledgement (O5) needs next steps and their date. Answering an unassigned ticket takes it (M7). `at` set
    back (an answer given by phone and logged later) is for who may correct history.
    """
    with changing(by, ticket_id) as change:
        work_on(change)
        ticket = change.ticket
        if State(ticket.state) not in ACTIVE:
            raise Refused(_("This ticket has ended. Reopen it to answer."))
        if qualified and not next_steps.strip():
            raise Refused(_("Say what happens next."), "next_steps")
        if qualified and next_steps_on is None:
            raise Refused(_("Say when it happens."), "next_steps_on")
        if next_steps_on and next_steps_on < change.now.date():
            raise Refused(_("This date has passed."), "next_steps_on")
        if at is not None and not by.may(Act.CORRECT_HISTORY):
            raise Refused(_("Only a supervisor can log an answer for an earlier time."), "at")
        if at is not None and not ticket.received_at <= at <= change.now:
            raise Refused(_("An answer comes after the request and not later than now."), "at")
        message = say(
            change,
            body,
            qualified=qualified,
            next_steps=next_steps,
            next_steps_on=next_steps_on,
            at=at,
            channel=channel,
        )
        take_drafts(by, message, files)
        take_up(change, at)
        change.happened(Responded(qualified=qualified), at, "logged_later" if at else "")
        if ask:
            ticket.state = after(ticket.state, Move.ASK)
            change.happened(WaitingForCustomer())
        change.audit(Verb.REPLIED, about=("message", message.pk), after={"qualified": qualified, "asks": ask})
        change.tell([ticket.requester_id], Word.REPLY, message.pk, message=message.pk)
        return message


def note(
    *,
    by: Member,
    ticket_id: int,
    body: str,
    share_with_vendor: bool = False,
    share_with: Sequence[int] = (),
    files: Sequence[UUID] = (),
) -> Message:
    """Write an internal note of the author's house; shared with another house only on purpose."""
    with changing(by, ticket_id) as change:
        require(by, Act.WORK_TICKETS)
        shared = share_with_vendor or bool(share_with)
        if not set(share_with) <= set(change.ticket.houses) - {change.ticket.customer_id}:
            raise Refused(_("A note can be shared only with a house that serves this ticket."), "share_with")
        message = _write(
            change,
            body,
            visibility=Message.Visibility.SHARED if shared else Message.Visibility.INTERNAL,
            shared_with=list(share_with),
            shared_with_vendor=share_with_vendor,
            channel=Channel.DESK,
        )
        take_drafts(by, message, files)
        _mention(change, body)
        change.audit(Verb.NOTED, about=("message", message.pk), after={"shared_with": list(share_with)})
        return message


def keep_note(change: Change, body: str) -> Message:
    """Words of who acts that only his house reads, beside something else that he does."""
    return _write(change, body, visibility=Message.Visibility.INTERNAL, channel=Channel.DESK)


def customer_writes(
    *,
    by: Member,
    ticket_id: int,
    body: str,
    files: Sequence[UUID] = (),
    channel: str = Channel.PORTAL,
    mail_id: str = "",
    answers: Mapping[str, str] = MappingProxyType({}),
) -> Ticket:
    """The customer's word on his ticket. It ends waiting, reopens a resolved ticket, and makes a new linked ticket where the
    old one is closed or cancelled; of a merged ticket it stands where that one went. Answers the ticket on which it stands.
    `answers` fill in what the vendor's form still misses, by field key (O8, M8).
    """
    with transaction.atomic():
        with changing(by, ticket_id) as change:
            require(by, Act.FILE_REQUEST)
            ticket = change.ticket
            state = State(ticket.state)
            if state not in (State.CLOSED, State.CANCELLED):
                message = _write(change, body, visibility=Message.Visibility.PUBLIC, channel=channel, mail_id=mail_id)
                take_drafts(by, message, files)
                _fill_in(change, answers)
                if state == State.RESOLVED:
                    reopen_now(change)
                elif state == State.WAITING:
                    ticket.state = after(state, Move.GO_ON)
                    change.happened(CustomerReplied())
                _note_information(change)
                change.audit(Verb.CUSTOMER_WROTE, about=("message", message.pk))
                change.tell([ticket.assignee_id], Word.CUSTOMER_WROTE, message.pk, message=message.pk)
                return ticket
        if ticket.merged_into_id and visible_tickets([by]).filter(pk=ticket.merged_into_id).exists():
            return customer_writes(
                by=by,
                ticket_id=ticket.merged_into_id,
                body=body,
                files=files,
                channel=channel,
                mail_id=mail_id,
                answers=answers,
            )
        return _follow_up(by, ticket, body, files, channel, mail_id)


def reopen_now(change: Change) -> None:
    """Open a resolved ticket again: a new cycle, or the old one going on, as the policy says."""
    ticket = change.ticket
    before = ticket.state
    ticket.state = after(before, Move.REOPEN)
    ticket.resolved_at = None
    ticket.outcome, ticket.outcome_date = "", None
    change.happened(Reopened())
    change.audit(Verb.REOPENED, before={"state": before}, after={"state": ticket.state})
    change.tell([ticket.assignee_id], Word.REOPENED, change.mark)


def say(
    change: Change,
    body: str,
    *,
    qualified: bool = False,
    next_steps: str = "",
    next_steps_on: date | None = None,
    at: datetime | None = None,
    channel: str = Channel.DESK,
) -> Message:
    """Write a public message of staff; what it means for the clocks is the caller's to say."""
    return _write(
        change,
        body,
        visibility=Message.Visibility.PUBLIC,
        channel=channel,
        qualified=qualified,
        next_steps=next_steps.strip(),
        next_steps_on=next_steps_on,
        at=at,
    )


def take_up(change: Change, at: datetime | None = None) -> None:
    """Whoever answers an unassigned ticket has it, from the instant of his answer (domain "Time", response clock), if his
    house serves it.
    """
    ticket = change.ticket
    if at is not None and ticket.assignee_id is not None:
        change.happened(Assigned(), at)
    serves = change.by.house == ticket.serving_house_id
    if ticket.assignee_id is None and change.by.person_id is not None and serves:
        ticket.assignee_id = change.by.person_id
        change.happened(Assigned(), at)
        change.audit(Verb.ASSIGNED, after={"assignee": change.by.person_id})
    ticket.state = after(ticket.state, Move.TAKE_UP)


def work_on(change: Change) -> None:
    """Raise Refused unless the person works on tickets; a partner's agent only while his house serves this one (O1, I6)."""
    require(change.by, Act.WORK_TICKETS)
    if change.by.house is not None and change.by.house != change.ticket.serving_house_id:
        raise Refused(_("Another house serves this ticket now."))


def decide(change: Change) -> None:
    """Raise Refused for a customer who only takes part in the request."""
    if not may_decide(change.by, change.ticket):
        raise Refused(_("Only who asked, or your organisation's admin, can do this."))


def require(by: Member, act: Act) -> None:
    """Raise Refused unless the role allows the act."""
    if not by.may(act):
        raise Refused(_("Your role does not include this."))


def _write(
    change: Change,
    body: str,
    *,
    visibility: str,
    channel: str,
    at: datetime | None = None,
    mail_id: str = "",
    qualified: bool = False,
    next_steps: str = "",
    next_steps_on: date | None = None,
    shared_with: Sequence[int] = (),
    shared_with_vendor: bool = False,
) -> Message:
    if not body.strip():
        raise Refused(_("Write something first."), "body")
    ticket, by = change.ticket, change.by
    message: Message = Message.objects.create(
        vendor_id=ticket.vendor_id,
        ticket=ticket,
        author_id=by.person_id,
        house_id=by.house,
        visibility=visibility,
        shared_with=list(shared_with),
        shared_with_vendor=shared_with_vendor,
        by_staff=by.is_staff,
        body=body.strip(),
        language=ticket.language,
        channel=channel,
        qualified=qualified,
        next_steps=next_steps,
        next_steps_on=next_steps_on,
        at=at or change.now,
        recorded_at=change.now,
        mail_id=mail_id,
    )
    if not mail_id and visibility == Message.Visibility.PUBLIC:
        message.mail_id = f"<message-{message.vendor_id}-{message.pk}@{settings.MAIL_DOMAIN}>"
        message.save(update_fields=["mail_id"])
    change.wrote(message)
    if visibility == Message.Visibility.PUBLIC:
        ticket.last_message_at, ticket.last_message_by_staff = message.at, by.is_staff
        ticket.last_author_id = by.person_id
    return message


def _mention(change: Change, body: str) -> None:
    """Tell the colleagues whom a note names with an @, and let them follow the ticket from now on."""
    if "@" not in body:
        return
    by = change.by
    people = colleagues_of([by]).filter(active=True)
    named = [person for person in people if _names(body, person.name) and person.pk != by.person_id]
    for person in named:
        row, new = Watcher.objects.get_or_create(
            vendor_id=by.vendor_id, ticket=change.ticket, person=person, defaults={"at": change.now}
        )
        if new:
            change.added(row)
    change.tell([person.pk for person in named], Word.MENTIONED, change.mark)


def _names(body: str, name: str) -> bool:
    return re.search(rf"(?<!\w)@{re.escape(name)}(?!\w)", body, re.IGNORECASE) is not None


def _fill_in(change: Change, answers: Mapping[str, str]) -> None:
    known = {field.key for field in change.policy.intake.fields}
    change.ticket.intake |= {key: answer for key, answer in answers.items() if key in known and answer}


def _note_information(change: Change) -> None:
    ticket = change.ticket
    if not ticket.information_complete and not missing_information(change.policy, ticket):
        ticket.information_complete = True
        change.happened(InformationComplete())
        change.audit(Verb.INFORMATION_COMPLETE)


def _follow_up(by: Member, ticket: Ticket, body: str, files: Sequence[UUID], channel: str, mail_id: str) -> Ticket:
    request = Request(
        requester=ticket.requester if ticket.requester_id == by.person_id else _person(by),
        subject=ticket.subject,
        body=body,
        language=ticket.language,
        channel=channel,
        customer=ticket.customer,
        site=ticket.site,
        item=ticket.item,
        release=ticket.release,
        authorised_user=ticket.authorised_user,
        topic=ticket.topic,
        intake=ticket.intake,
        files=files,
        mail_id=mail_id,
        follows=ticket,
    )
    return file_ticket(by=by, request=request)


def _person(by: Member) -> Person:
    person: Person = Person.objects.get(pk=by.person)
    return person
