"""The clocks of a ticket as they stand this very moment, folded in memory with the worker's own function."""

from datetime import datetime

from sla.engine.events import Event
from sla.engine.fold import fold
from sla.engine.state import Folded
from sla.engine.trace import ClockTrace, explain
from sla.policies import rules
from sla.timelines import epoch, events_of
from tickets.models import Ticket


def clocks_now(ticket: Ticket, now: datetime) -> Folded | None:
    """The ticket's clocks at `now` (aware); None while nothing has started (a partner serves it)."""
    events = _events(ticket)
    return fold(events, rules(ticket.vendor_id), epoch(now)) if events else None


def explained(ticket: Ticket, now: datetime) -> tuple[ClockTrace, ...]:
    """Why each clock is due when it is: the trace of each, in the order of `clocks_now`."""
    events = _events(ticket)
    return explain(events, rules(ticket.vendor_id), epoch(now))[1] if events else ()


def _events(ticket: Ticket) -> list[Event]:
    return events_of(ticket.vendor_id, [ticket.timeline_id]).get(ticket.timeline_id, [])
