"""Which house serves a ticket: handed off by staff, or passed on by the customer himself, with its whole history (O1, I6)."""

from django.utils.translation import gettext as _

from kernel.tenancy.scope import Scope, enter
from sla.engine.events import Cancelled, Classified, PriorityAssigned, WaitingForCustomer
from tickets.access import may_decide
from tickets.change import Change, changing
from tickets.machine import ACTIVE
from tickets.models import Classification, HandOff, HandOffNote, State, Ticket
from tickets.queries.served import way_on
from tickets.services.conversation import require
from tickets.services.escalation import people_of
from tickets.services.filing import house_agents, judge, start_clocks
from tickets.vocabulary import Refused, Verb, Word
from vendors.access import Act, Member
from vendors.models import Organisation, Role
from vendors.services import show_to

__all__ = ["hand_off", "pass_on"]


def hand_off(*, by: Member, ticket_id: int, to_house_id: int | None, note: str = "") -> Ticket:
    """Hand the ticket to another house, or up to the vendor itself (None), with its whole history (O1, I6).

    Handed on to the vendor its clocks start there; handed away they end without met or missed. The customer is told. A house
    that had it follows it from then on, without the notes of others, if the vendor's file lets it (`routing.partner_follows`).
    """
    with changing(by, ticket_id) as change:
        require(by, Act.WORK_TICKETS)
        ticket = _active(change)
        if by.house is not None and by.house != ticket.serving_house_id:
            raise Refused(_("Another house serves this ticket now."))
        if to_house_id == ticket.serving_house_id:
            raise Refused(_("This house has the ticket already."), "to_house")
        _give(change, None if to_house_id is None else _house(to_house_id), note)
        return ticket


def pass_on(*, by: Member, ticket_id: int) -> Ticket:
    """The customer sends his request on to whom it belongs: the house that its verdict names now (M1, M17, I4, I8), or from a
    partner to the vendor, where it owes this itself or lets him bring it (I6). Raises Refused.
    """
    with changing(by, ticket_id) as change:
        ticket = _active(change)
        if not (by.is_customer and may_decide(by, ticket)):
            raise Refused(_("Whoever asked, or an administrator of the organisation, can pass this on."))
        way = way_on(change.policy, ticket)
        if way is None:
            raise Refused(_("This request is where it belongs."))
        _give(change, way.house, "")
        return ticket


def _give(change: Change, house: Organisation | None, note: str) -> None:
    ticket, by = change.ticket, change.by
    before, after = ticket.serving_house_id, house.pk if house else None
    if before is None:
        change.happened(Cancelled())
    entered = {after} if after else set()
    followed = {before} if before and change.policy.routing.partner_follows else set()
    ticket.past_houses = sorted({*ticket.past_houses, *followed} - entered)
    ticket.houses = sorted({ticket.customer_id, *ticket.past_houses, *entered})
    ticket.serving_house = house
    ticket.assignee = None
    if house:
        show_to(ticket.customer, house.pk)
    turn = _turn(change, before, after, note)
    change.found_anew = True
    judge(by, change.policy, ticket)
    if house is None:
        start_clocks(change)
        _restate(change)
    change.audit(Verb.HANDED_OFF, before={"house": before}, after={"house": after})
    change.tell([ticket.requester_id], Word.HANDED_OFF, change.mark, house=after, hand_off=turn.pk)
    told = house_agents(house) if house else people_of([Role.SUPERVISOR])
    change.tell(told, Word.ROUTED, change.mark)


def _turn(change: Change, before: int | None, after: int | None, note: str) -> HandOff:
    ticket, text = change.ticket, note.strip()
    with enter(Scope.of(ticket.vendor_id)):  # neither house writes the record of both
        turn: HandOff = HandOff.objects.create(
            vendor_id=ticket.vendor_id,
            ticket=ticket,
            from_house_id=before,
            to_house_id=after,
            person_id=change.by.person_id,
            at=change.now,
        )
        if text:
            HandOffNote.objects.create(vendor_id=ticket.vendor_id, hand_off=turn, text=text)
    change.added(turn)
    return turn


def _active(change: Change) -> Ticket:
    if State(change.ticket.state) not in ACTIVE:
        raise Refused(_("This ticket has ended."))
    return change.ticket


def _house(house_id: int) -> Organisation:
    house = Organisation.objects.filter(pk=house_id).exclude(kind=Organisation.Kind.CUSTOMER).first()
    if house is None:
        raise Refused(_("There is no such house."), "to_house")
    return house


def _restate(change: Change) -> None:
    """What was known before the vendor's clocks started holds for them too."""
    ticket = change.ticket
    if ticket.priority:
        change.happened(PriorityAssigned(ticket.priority))
    if ticket.classification != Classification.INCIDENT:
        change.happened(Classified(ticket.classification))  # type: ignore[arg-type]  # one of the choices
    if ticket.state == State.WAITING:
        change.happened(WaitingForCustomer())
