"""Ask the customer for just what is missing, in his language (O8, M8)."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from sla.policies import current
from tickets.access import visible_tickets
from tickets.intake import missing_information, question
from tickets.models import Message
from tickets.services.conversation import reply
from tickets.vocabulary import Refused
from vendors.access import Member


def ask_for_missing(*, by: Member, ticket_id: int, keys: Sequence[str] | None = None) -> Message:
    """Send the vendor's sentence that asks for what is missing, in the ticket's language, and let the ticket wait for the
    customer: the clocks that the policy pauses for that stand still, a response clock never does. `keys` of the form's
    fields choose what is asked for (none: everything that is missing). Raises Refused if nothing of it is missing.
    """
    ticket = visible_tickets([by]).filter(pk=ticket_id).first()
    if ticket is None:
        raise Refused("There is no such ticket.")
    policy = current(by.vendor_id)
    missing = [] if ticket.information_complete else missing_information(policy, ticket)
    asked = [field for field in missing if keys is None or field.key in keys]
    if not missing:
        raise Refused(_("Nothing is missing any more."), "items")
    if not asked:
        raise Refused(_("Choose what to ask for."), "items")
    return reply(by=by, ticket_id=ticket_id, body=question(policy, ticket.language, asked), ask=True)
