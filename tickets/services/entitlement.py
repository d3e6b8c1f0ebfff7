"""A supervisor grants what is not owed (M17)."""

from django.utils.translation import gettext as _

from contracts.entitlement import GRANTED
from tickets.change import changing
from tickets.models import Ticket
from tickets.services.conversation import keep_note, require
from tickets.vocabulary import Refused, Verb
from vendors.access import Act, Member


def grant(*, by: Member, ticket_id: int, reason: str) -> Ticket:
    """Serve a ticket although the policy does not owe it (M17). The reason is kept as an internal note of the vendor's. Raises
    Refused.
    """
    with changing(by, ticket_id) as change:
        require(by, Act.GRANT_ENTITLEMENT)
        ticket = change.ticket
        if ticket.entitlement in ("entitled", GRANTED):
            raise Refused(_("This ticket needs no grant."))
        if not reason.strip():
            raise Refused(_("Say why it is granted."), "reason")
        before, ticket.entitlement = ticket.entitlement, GRANTED
        message = keep_note(change, reason)
        change.audit(
            Verb.GRANTED, about=("message", message.pk), before={"verdict": before}, after={"verdict": GRANTED}
        )
        return ticket
