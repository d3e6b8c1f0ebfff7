"""Correct what was recorded by mistake: the event is voided, never removed, and the ticket follows its history."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from sla.engine import events as facts
from sla.engine.events import Event, Fact
from sla.engine.fold import effective
from sla.timelines import epoch, events_of, instant
from tickets.change import Change, changing
from tickets.machine import ACTIVE
from tickets.models import Classification, State, Ticket
from tickets.services.conversation import require
from tickets.vocabulary import Refused, Verb
from vendors.access import Act, Member

_NEXT = 2**62  # a key and an order after every stored event's


def correct_history(*, by: Member, ticket_id: int, event_id: int) -> Ticket:
    """Void an event that was recorded by mistake (undo); for who may correct history. What the event had said of the ticket
    (priority, class, zone, state and so on) is what the events that stand say of it.
    """
    with changing(by, ticket_id) as change:
        require(by, Act.CORRECT_HISTORY)
        ticket = change.ticket
        if ticket.serving_house_id is not None:
            raise Refused(_("Another house serves this ticket now."))
        recorded = events_of(ticket.vendor_id, [ticket.timeline_id]).get(ticket.timeline_id, [])
        wrong = next((event for event in recorded if event.id == event_id), None)
        if wrong is None or isinstance(wrong.fact, facts.Received):
            raise Refused(_("There is no such event on this ticket."), "event")
        change.happened(facts.Voided(event_id))
        _follow(change, [*recorded, Event(_NEXT, epoch(change.now), facts.Voided(event_id), _NEXT)])
        change.audit(Verb.HISTORY_CORRECTED, about=("clock_event", event_id))
        return ticket


def _follow(change: Change, recorded: Sequence[Event]) -> None:
    ticket, standing = change.ticket, _of_this_reception(effective(recorded))
    ticket.priority, ticket.classification = "", Classification.INCIDENT
    ticket.urgent = ticket.information_complete = False
    state, resolved_at = State.OPEN, None
    for event in standing:
        _tell(ticket, event.fact)
        state = _STATES.get(type(event.fact), state)
        resolved_at = instant(event.at) if isinstance(event.fact, facts.Resolved) else resolved_at
    _enter(ticket, state, resolved_at)


def _of_this_reception(events: Sequence[Event]) -> Sequence[Event]:
    began = max((n for n, event in enumerate(events) if isinstance(event.fact, facts.Received)), default=0)
    return events[began:]


def _tell(ticket: Ticket, fact: Fact) -> None:
    match fact:
        case facts.Received():
            ticket.urgent = fact.urgent
            ticket.time_zone, ticket.country = fact.zone or ticket.time_zone, fact.country or ""
            ticket.zone_source, ticket.zone_assumed = fact.zone_source, fact.zone_assumed
        case facts.PriorityAssigned() | facts.PriorityChanged():
            ticket.priority = fact.priority
        case facts.Classified():
            ticket.classification = fact.as_
        case facts.DeclaredUrgent():
            ticket.urgent = True
        case facts.InformationComplete():
            ticket.information_complete = True
        case facts.ZoneSettled():
            ticket.time_zone, ticket.country = fact.zone, fact.country or ticket.country
            ticket.zone_source, ticket.zone_assumed = fact.zone_source, False


_STATES: dict[type[Fact], State] = {
    facts.WaitingForCustomer: State.WAITING,
    facts.CustomerReplied: State.OPEN,
    facts.Resolved: State.RESOLVED,
    facts.Reopened: State.OPEN,
    facts.Cancelled: State.CANCELLED,
}


def _enter(ticket: Ticket, state: State, resolved_at: datetime | None) -> None:
    """Into the state that the events give; finer ones of the same meaning stay (new, waiting for a third party, closed)."""
    now = State(ticket.state)
    same = {State.OPEN: ACTIVE - {State.WAITING}, State.RESOLVED: {State.RESOLVED, State.CLOSED}}.get(state, {state})
    if now in same:
        return
    ticket.state = state
    if state != State.CANCELLED:
        ticket.cancel_reason = ""
    ticket.resolved_at = resolved_at if state == State.RESOLVED else None
    if state != State.RESOLVED:
        ticket.outcome, ticket.outcome_date = "", None
