"""The words of the tickets' audit and notifications, and how services refuse."""

from enum import StrEnum

from vendors.refusal import Refused

__all__ = ["Refused", "Verb", "Word"]


class Verb(StrEnum):
    """What was done to a ticket."""

    FILED = "ticket.filed"
    REPLIED = "ticket.replied"
    NOTED = "ticket.noted"
    CUSTOMER_WROTE = "ticket.customer_wrote"
    ASSIGNED = "ticket.assigned"
    PRIORITISED = "ticket.prioritised"
    DECLARED_URGENT = "ticket.declared_urgent"
    INFORMATION_COMPLETE = "ticket.information_complete"
    CLASSIFIED = "ticket.classified"
    ZONE_SETTLED = "ticket.zone_settled"
    STATE_CHANGED = "ticket.state_changed"
    RESOLVED = "ticket.resolved"
    REOPENED = "ticket.reopened"
    CLOSED = "ticket.closed"
    CANCELLED = "ticket.cancelled"
    HANDED_OFF = "ticket.handed_off"
    ESCALATION_REQUESTED = "ticket.escalation_requested"
    ESCALATION_REVIEWED = "ticket.escalation_reviewed"
    RUNG_FIRED = "ticket.rung_fired"
    FILE_ADDED = "ticket.file_added"
    GRANTED = "ticket.granted"
    HISTORY_CORRECTED = "ticket.history_corrected"
    UNDONE = "ticket.undone"
    TAGGED = "ticket.tagged"
    UNTAGGED = "ticket.untagged"
    WATCHED = "ticket.watched"
    UNWATCHED = "ticket.unwatched"
    LINKED = "ticket.linked"
    UNLINKED = "ticket.unlinked"
    LISTED = "ticket.listed"
    TICKED = "ticket.ticked"
    UNTICKED = "ticket.unticked"
    UNLISTED = "ticket.unlisted"
    GIVEN_TO_TEAM = "ticket.given_to_team"
    HANDED_UP = "ticket.handed_up"
    MERGED = "ticket.merged"
    MERGED_AWAY = "ticket.merged_away"
    SPLIT = "ticket.split"
    RATED = "ticket.rated"


class Word(StrEnum):
    """What somebody is told about a ticket; the words themselves are made by tickets.notifications."""

    RECEIVED = "received"  # automatic receipt to the requester; not a response (O5)
    REPLY = "reply"  # staff wrote publicly
    RESOLVED = "resolved"
    CANCELLED = "cancelled"
    LIFTED = "lifted"  # it is a bug or defect: the resolution time no longer applies (M10)
    HANDED_OFF = "handed_off"
    TAKES_PART = "takes_part"  # a colleague or staff let him take part in a request
    REVIEWED = "reviewed"  # the answer to a customer's escalation
    CUSTOMER_WROTE = "customer_wrote"
    ASSIGNED = "assigned"
    REOPENED = "reopened"
    FOR_TEAM = "for_team"  # a team got a ticket
    HANDED_UP = "handed_up"
    ROUTED = "routed"  # a house got a ticket
    RUNG = "rung"  # a rung of the ladder was reached
    ESCALATION_REQUESTED = "escalation_requested"
    RATED = "rated"  # less than good, with a comment
    MENTIONED = "mentioned"  # a colleague named him in a note
