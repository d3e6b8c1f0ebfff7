"""Why a clock is due when it is: its trace, made only when somebody asks."""

from dataclasses import dataclass
from datetime import datetime

from kernel import clock
from sla.engine.calendar import OpenTime
from sla.engine.state import ClockState
from sla.engine.trace import ClockTrace, explain
from sla.policies import books
from sla.timelines import epoch, events_of
from tickets.access import visible_tickets
from tickets.models import Ticket
from vendors.access import Member
from vendors.catalog.schema import PolicyFile


class NoSuchClock(LookupError):
    """The ticket has no clock of that kind and cycle."""


@dataclass(frozen=True, slots=True)
class Traced:
    """One clock of a ticket at `now`, with its trace and the open hours of its calendar and zone."""

    ticket: Ticket
    policy: PolicyFile
    now: datetime
    state: ClockState
    trace: ClockTrace
    open_hours: OpenTime


def traced(member: Member, number: str, kind: str, cycle: int) -> Traced:
    """A clock of the ticket with that number at the member's vendor. Raises Ticket.DoesNotExist for a ticket that he may not
    see, NoSuchClock.
    """
    ticket = visible_tickets([member]).get(number=number)
    now = clock.now()
    book = books([member.vendor_id], now)[member.vendor_id]
    events = events_of(member.vendor_id, [ticket.timeline_id]).get(ticket.timeline_id, [])
    if not events:
        raise NoSuchClock(kind)
    folded, traces = explain(events, book.rules, epoch(now))
    for state, trace in zip(folded.clocks, traces, strict=True):
        if (state.kind, state.cycle) == (kind, cycle):
            calendar = book.rules.calendar(state.calendar, state.calendar_version)
            return Traced(ticket, book.file, now, state, trace, book.rules.open_time(calendar, state.zone))
    raise NoSuchClock(kind)
