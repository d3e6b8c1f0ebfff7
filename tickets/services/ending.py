"""How a ticket ends, and begins again."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from kernel import clock
from sla.engine.events import Cancelled, Resolved
from sla.policies import current
from tickets.change import changing
from tickets.machine import Move, after
from tickets.models import State, Ticket
from tickets.services.conversation import decide, reopen_now, say, take_up, work_on
from tickets.services.files import take_drafts
from tickets.vocabulary import Refused, Verb, Word
from vendors.access import Act, Member

# Why a ticket is cancelled: every clock ends without met or missed.
CANCEL_REASONS = ("withdrawn", "spam", "merged", "refused")


def resolve(
    *,
    by: Member,
    ticket_id: int,
    outcome: str,
    body: str,
    outcome_on: date | None = None,
    next_steps: str = "",
    files: Sequence[UUID] = (),
) -> Ticket:
    """Resolve with one of the outcomes of the vendor's file and a message to the customer (M9); a timeline needs its date. The
    message is a response, and a qualified one where the vendor asks for those (O5).
    """
    with changing(by, ticket_id) as change:
        work_on(change)
        ticket = change.ticket
        kind = next((o for o in change.policy.outcomes if o.key == outcome), None)
        if kind is None:
            raise Refused(_("Choose how it was resolved."), "outcome")
        if kind.needs_date and outcome_on is None:
            raise Refused(_("Give the date of the timeline."), "outcome_on")
        if outcome_on and outcome_on < change.now.date():
            raise Refused(_("This date has passed."), "outcome_on")
        before = ticket.state
        state = after(before, Move.RESOLVE)
        message = say(change, body, qualified=True, next_steps=next_steps, next_steps_on=outcome_on)
        take_drafts(by, message, files)
        take_up(change)
        ticket.state, ticket.resolved_at = state, change.now
        ticket.outcome, ticket.outcome_date = outcome, outcome_on
        change.happened(Resolved())
        change.audit(Verb.RESOLVED, before={"state": before}, after={"state": ticket.state, "outcome": outcome})
        change.tell([ticket.requester_id], Word.RESOLVED, message.pk, message=message.pk)
        return ticket


def reopen(*, by: Member, ticket_id: int) -> Ticket:
    """Open a resolved ticket again, by staff or by its customer."""
    with changing(by, ticket_id) as change:
        if not by.may(Act.FILE_REQUEST):
            work_on(change)
        reopen_now(change)
        return change.ticket


def close(*, by: Member, ticket_id: int) -> Ticket:
    """Close a resolved ticket: the customer confirms it, or the vendor's days have passed without an answer."""
    with changing(by, ticket_id) as change:
        if by.is_customer:
            decide(change)
        else:
            work_on(change)
        ticket = change.ticket
        before = ticket.state
        ticket.state = after(before, Move.CLOSE)
        change.audit(Verb.CLOSED, before={"state": before}, after={"state": ticket.state})
        return ticket


def cancel(*, by: Member, ticket_id: int, reason: str) -> Ticket:
    """Cancel with a reason; a customer can only withdraw. Clocks end without met or missed."""
    with changing(by, ticket_id) as change:
        ticket = change.ticket
        if by.is_customer:
            decide(change)
        else:
            work_on(change)
        if reason not in CANCEL_REASONS or (by.is_customer and reason != "withdrawn"):
            raise Refused(_("Choose a reason."), "reason")
        before = ticket.state
        ticket.state = after(before, Move.CANCEL)
        ticket.cancel_reason = reason
        change.happened(Cancelled())
        change.audit(Verb.CANCELLED, before={"state": before}, after={"state": ticket.state, "reason": reason})
        if reason != "spam":
            change.tell([ticket.requester_id], Word.CANCELLED, change.now.isoformat(), reason=reason)
        return ticket


def due_to_close(vendor_id: int) -> list[int]:
    """Resolved tickets whose days without an answer have passed, by key; in a scope of the vendor."""
    now = clock.now()
    days = current(vendor_id, now).lifecycle.close_after_days
    old = Ticket.objects.filter(vendor_id=vendor_id, state=State.RESOLVED, resolved_at__lte=now - timedelta(days=days))
    return list(old.order_by("resolved_at").values_list("pk", flat=True)[:500])
