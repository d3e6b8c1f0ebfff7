"""The states of a request in the customer's words."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tickets.models import State, Ticket

# state: (the look that the chip knows, words)
_STATES: Mapping[str, tuple[str, Promise]] = {
    State.NEW: ("new", _("Received")),
    State.OPEN: ("open", _("In hand")),
    State.WAITING: ("waiting_for_customer", _("Waiting for you")),
    State.THIRD_PARTY: ("waiting_for_third_party", _("Waiting for a third party")),
    State.RESOLVED: ("resolved", _("Resolved")),
    State.CLOSED: ("closed", _("Closed")),
    State.CANCELLED: ("cancelled", _("Withdrawn")),
}


@dataclass(frozen=True, slots=True)
class StateChip:
    """What {% state_chip %} needs."""

    look: str
    label: str


def state_chip_of(ticket: Ticket) -> StateChip:
    """The chip of a request's state."""
    look, label = _STATES[ticket.state]
    if ticket.state == State.CANCELLED and ticket.cancel_reason != "withdrawn":
        label = _("Cancelled")
    return StateChip(look, str(label))
