"""Triage: who works on it, how urgent it is, what it is, in whose zone it counts."""

from django.utils.translation import gettext as _

from sla.engine.events import (
    Assigned,
    Classified,
    CustomerReplied,
    DeclaredUrgent,
    InformationComplete,
    PriorityAssigned,
    PriorityChanged,
    ZoneSettled,
)
from tickets.change import Change, changing
from tickets.machine import ACTIVE, Move, after
from tickets.models import Classification, State, Ticket, ZoneSource
from tickets.services.conversation import work_on
from tickets.vocabulary import Refused, Verb, Word
from tickets.zones import is_zone
from vendors.access import Act, Member, works_in
from vendors.models import Person

__all__ = [
    "assign",
    "classify",
    "declare_information_complete",
    "declare_urgent",
    "go_on",
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
