"""File a request: number, routing, zone, clocks, first message."""

from datetime import datetime

from django.db import connection
from django.utils.translation import gettext as _

from contracts.entitlement import GRANTED
from kernel import clock
from kernel.tenancy import scope
from kernel.tenancy.scope import Scope, enter
from sla import services as timelines
from tickets.change import Change, write
from tickets.models import Message, Ticket
from tickets.queries.entitlement import word_of
from tickets.services.files import take_drafts
from tickets.unfiled import Request, Unfiled, all_of_vendor, clock_facts, unfiled
from tickets.vocabulary import Refused, Verb, Word
from vendors.access import Member, works_in
from vendors.catalog.schema import PolicyFile
from vendors.models import Organisation, Person, Vendor
from vendors.services import show_to

__all__ = ["Request", "file_ticket", "house_agents", "judge", "start_clocks"]


def file_ticket(*, by: Member, request: Request) -> Ticket:
    """File a request for the vendor of `by`. Its clocks are computed by the workers within moments.

    Received is when it came in (M4: a call, when it was made). Raises Refused for what the vendor's file does not know.
    """
    with enter(scope.current().only(by.vendor_id)):  # a write names exactly one vendor
        _check_said(request)
        now = clock.now()
        made = unfiled(by=by, request=request, now=now)
        with all_of_vendor(by):  # a partner files in his customer's name, and need not see what another house serves
            _file(by, request, made, now)
        return made.ticket


def _file(by: Member, request: Request, made: Unfiled, now: datetime) -> None:
    ticket, house = made.ticket, made.house
    if house:
        show_to(ticket.customer, house.pk)
    # A worker looks at it with the commit: nothing else needs the timeline before that.
    wake_at = None if house else now
    ticket.timeline = timelines.open_timeline(vendor_id=by.vendor_id, houses=ticket.houses, wake_at=wake_at)
    ticket.number = _next_number(made.vendor, now)  # late: until the commit the vendor's next request waits for it
    ticket.save(force_insert=True)
    change = Change(ticket, by, now, made.policy, fresh=True)
    message = _first_message(change, request)
    if request.files:
        take_drafts(by, message, request.files)
    start_clocks(change, at=request.received_at)
    change.audit(
        Verb.FILED, after={"channel": ticket.channel, "priority": ticket.claimed_priority, "house": _key(house)}
    )
    change.tell([ticket.requester_id], Word.RECEIVED)
    if house:
        change.tell(house_agents(house), Word.ROUTED)
    write(change)


def start_clocks(change: Change, at: datetime | None = None) -> None:
    """Let the vendor's clocks start: at filing, or when a partner hands the ticket on to the vendor (O1)."""
    for fact in clock_facts(change.ticket):
        change.happened(fact, at)


def judge(by: Member, policy: PolicyFile, ticket: Ticket) -> None:
    """Write the verdict's word on the ticket (M1, O1, I4); what a supervisor granted stays so. A partner does not read the
    contracts on which it rests.
    """
    if ticket.entitlement != GRANTED:
        with all_of_vendor(by):
            ticket.entitlement = word_of(policy, ticket)


def house_agents(house: Organisation) -> list[int]:
    """The people of a partner house who work on tickets, by key; a customer may not see them, but what he files concerns
    them.
    """
    with enter(Scope.of(house.vendor_id)):
        people = Person.objects.filter(works_in(house.vendor_id, house.pk), active=True)
        return list(people.values_list("pk", flat=True))


def _check_said(request: Request) -> None:
    if not request.subject.strip():
        raise Refused(_("Say in a few words what it is about."), "subject")
    if not request.body.strip():
        raise Refused(_("Describe what happened."), "body")


def _first_message(change: Change, request: Request) -> Message:
    ticket = change.ticket
    return Message.objects.create(
        vendor_id=ticket.vendor_id,
        ticket=ticket,
        author=request.requester,
        visibility=Message.Visibility.PUBLIC,
        body=request.body.strip(),
        language=ticket.language,
        channel=request.channel,
        at=ticket.received_at,
        recorded_at=change.now,
        mail_id=request.mail_id,
    )


def _next_number(vendor: Vendor, now: datetime) -> str:
    with enter(Scope.of(vendor.pk), savepoint=False), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tickets_ticketnumber (vendor_id, year, last) VALUES (%s, %s, 1)"
            " ON CONFLICT (vendor_id, year) DO UPDATE SET last = tickets_ticketnumber.last + 1 RETURNING last",
            [vendor.pk, now.year],
        )
        return f"{vendor.prefix}-{now.year}-{cursor.fetchone()[0]:06d}"


def _key(house: Organisation | None) -> int | None:
    return house.pk if house else None
