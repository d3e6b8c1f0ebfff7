"""Triage: who works on it, how urgent it is, what it is, in whose zone it counts, which house serves it."""

from django.utils.translation import gettext as _

from sla import services as timelines
from sla.engine.events import (
    Assigned,
    Cancelled,
    Classified,
    CustomerReplied,
    DeclaredUrgent,
    InformationComplete,
    PriorityAssigned,
    PriorityChanged,
    WaitingForCustomer,
    ZoneSettled,
)
from tickets.change import Change, changing
from tickets.machine import ACTIVE, Move, after
from tickets.models import Classification, HandOff, State, Ticket, ZoneSource
from tickets.services.conversation import require, work_on
from tickets.services.escalation import people_of
from tickets.services.filing import house_agents, judge, start_clocks
from tickets.vocabulary import Refused, Verb, Word
from tickets.zones import is_zone
from vendors.access import Act, Member, works_in
from vendors.models import Organisation, Person, Role
from vendors.services import show_to

__all__ = [
    "assign",
    "classify",
    "declare_information_complete",
    "declare_urgent",
    "go_on",
    "hand_off",
    "set_priority",
    "settle_zone",
    "wait_for_third_party",
]


def assign(*, by: Member, ticket_id: int, assignee_id: int | None) -> Ticket:
    """Give the ticket to a person of the serving house, or to nobody."""
    with changing(by, ticket_id) as change:
        work_on(change)
        ticket = _active(change)
        before = ticket.assignee_id
        if assignee_id == before:
            return ticket
        if assignee_id is not None:
            ticket.assignee_id = _colleague(ticket, assignee_id).pk
            ticket.state = after(ticket.state, Move.TAKE_UP)
            change.happened(Assigned())
            change.tell([assignee_id], Word.ASSIGNED, change.mark)
        else:
            ticket.assignee_id = None
        change.audit(Verb.ASSIGNED, before={"assignee": before}, after={"assignee": assignee_id})
        return ticket


def set_priority(*, by: Member, ticket_id: int, priority: str) -> Ticket:
    """Give the ticket its priority, confirming or changing what the customer claimed (M3)."""
    with changing(by, ticket_id) as change:
        work_on(change)
        ticket = _active(change)
        if priority not in {p.key for p in change.policy.priorities}:
            raise Refused(_("Choose one of the priorities."), "priority")
        before = ticket.priority
        if priority == before:
            return ticket
        ticket.priority = priority
        change.happened(PriorityChanged(priority) if before else PriorityAssigned(priority))
        change.audit(
            Verb.PRIORITISED,
            before={"priority": before, "claimed": ticket.claimed_priority},
            after={"priority": priority},
        )
        return ticket


def declare_urgent(*, by: Member, ticket_id: int, reason: str = "") -> Ticket:
    """The customer says, after filing, that it is urgent (O6). A reason is asked for, never required."""
    with changing(by, ticket_id) as change:
        if not by.may(Act.FILE_REQUEST):
            work_on(change)
        ticket = _active(change)
        if change.policy.urgency is None:
            raise Refused(_("This vendor knows priorities instead of “urgent”."))
        if ticket.urgent:
            return ticket
        ticket.urgent, ticket.urgent_reason = True, reason.strip()[:400]
        change.happened(DeclaredUrgent())
        change.audit(Verb.DECLARED_URGENT, after={"urgent": True})
        change.tell([ticket.assignee_id], Word.CUSTOMER_WROTE, "urgent")
        return ticket


def declare_information_complete(*, by: Member, ticket_id: int) -> Ticket:
    """An agent says that what is known suffices (M8)."""
    with changing(by, ticket_id) as change:
        work_on(change)
        ticket = _active(change)
        if not ticket.information_complete:
            ticket.information_complete = True
            change.happened(InformationComplete())
            change.audit(Verb.INFORMATION_COMPLETE, after={"by": "agent"})
        return ticket


def classify(*, by: Member, ticket_id: int, classification: str) -> Ticket:
    """Say what it turned out to be (M10, M19). The customer is told when that lifts the resolution time."""
    with changing(by, ticket_id) as change:
        work_on(change)
        ticket = change.ticket
        if classification not in Classification.values or ticket.state in (State.CLOSED, State.CANCELLED):
            raise Refused(_("Choose one of the classes."), "classification")
        before = ticket.classification
        if classification == before:
            return ticket
        ticket.classification = classification
        change.happened(Classified(classification))  # type: ignore[arg-type]  # checked above
        change.audit(Verb.CLASSIFIED, before={"class": before}, after={"class": classification})
        resolution = change.policy.clock("resolution")
        lifts = resolution and classification in resolution.lifted_by and before not in resolution.lifted_by
        if lifts and State(ticket.state) in ACTIVE:  # an ended clock is frozen
            change.tell([ticket.requester_id], Word.LIFTED, change.mark, **{"class": classification})
        return ticket


def settle_zone(*, by: Member, ticket_id: int, country: str, time_zone: str) -> Ticket:
    """Somebody found out whose zone it is (M5): the clocks count in it from now on."""
    with changing(by, ticket_id) as change:
        work_on(change)
        ticket = change.ticket
        country = country.strip().upper()
        if not is_zone(time_zone):
            raise Refused(_("There is no such time zone. Choose one like Europe/Stockholm."), "time_zone")
        if len(country) != 2 or not country.isalpha():
            raise Refused(_("Give the country as two letters, like SE."), "country")
        before = {"zone": ticket.time_zone, "country": ticket.country, "assumed": ticket.zone_assumed}
        ticket.time_zone, ticket.country = time_zone, country
        ticket.zone_assumed, ticket.zone_source = False, ZoneSource.USER
        change.happened(ZoneSettled(time_zone, country, "user"))
        change.audit(Verb.ZONE_SETTLED, before=before, after={"zone": time_zone, "country": country})
        return ticket


def wait_for_third_party(*, by: Member, ticket_id: int) -> Ticket:
    """The next step is somebody else's. It pauses nothing."""
    return _move(by, ticket_id, Move.WAIT_THIRD_PARTY)


def go_on(*, by: Member, ticket_id: int) -> Ticket:
    """The wait is over: for a third party, or for a customer who answered by other means."""
    return _move(by, ticket_id, Move.GO_ON)


def hand_off(*, by: Member, ticket_id: int, to_house_id: int | None, note: str = "") -> Ticket:
    """Hand the ticket to another house, or up to the vendor itself (None), with its whole history (O1, I6).

    Handed on to the vendor its clocks start there; handed away they end without met or missed. The customer is told.
    """
    with changing(by, ticket_id) as change:
        require(by, Act.WORK_TICKETS)
        ticket = _active(change)
        if by.house is not None and by.house != ticket.serving_house_id:
            raise Refused(_("Another house serves this ticket now."))
        before = ticket.serving_house_id
        if to_house_id == before:
            raise Refused(_("This house has the ticket already."), "to_house")
        house = None if to_house_id is None else _house(to_house_id)
        if before is None:
            change.happened(Cancelled())
        ticket.past_houses = sorted({*ticket.past_houses, *([before] if before else [])} - {to_house_id})
        ticket.serving_house = house
        ticket.assignee = None
        ticket.houses = sorted({ticket.customer_id, *ticket.past_houses, *([house.pk] if house else [])})
        timelines.share(ticket.timeline_id, ticket.houses)
        if house:
            show_to(ticket.customer, house.pk)
        turn = HandOff.objects.create(
            vendor_id=ticket.vendor_id,
            ticket=ticket,
            from_house_id=before,
            to_house=house,
            person_id=by.person_id,
            note=note.strip(),
            at=change.now,
        )
        change.added(turn)
        change.found_anew = True
        judge(by, change.policy, ticket)
        if house is None:
            start_clocks(change)
            _restate(change)
        change.audit(Verb.HANDED_OFF, before={"house": before}, after={"house": to_house_id})
        change.tell([ticket.requester_id], Word.HANDED_OFF, change.mark, house=to_house_id, hand_off=turn.pk)
        told = house_agents(house) if house else people_of([Role.SUPERVISOR])
        change.tell(told, Word.ROUTED, change.mark)
        return ticket


def _move(by: Member, ticket_id: int, move: Move) -> Ticket:
    with changing(by, ticket_id) as change:
        work_on(change)
        ticket = change.ticket
        before = ticket.state
        ticket.state = after(before, move)
        if before == State.WAITING and ticket.state != State.WAITING:
            change.happened(CustomerReplied())
        if before != ticket.state:
            change.audit(Verb.STATE_CHANGED, before={"state": before}, after={"state": ticket.state})
        return ticket


def _active(change: Change) -> Ticket:
    if State(change.ticket.state) not in ACTIVE:
        raise Refused(_("This ticket has ended."))
    return change.ticket


def _colleague(ticket: Ticket, person_id: int) -> Person:
    people = Person.objects.filter(works_in(ticket.vendor_id, ticket.serving_house_id), active=True)
    person = people.filter(pk=person_id).first()
    if person is None:
        raise Refused(_("There is no such person in the house that serves this ticket."), "assignee")
    return person


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
