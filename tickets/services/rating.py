"""The customer says how his request was solved."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from tickets.change import changing
from tickets.models import State, Ticket, TicketRating
from tickets.services.conversation import decide, require
from tickets.services.escalation import people_of
from tickets.vocabulary import Refused, Verb, Word
from vendors.access import Act, Member
from vendors.models import Role

OPEN_FOR = timedelta(days=30)
LONGEST_COMMENT = 2000
_ENDED_WELL = frozenset({State.RESOLVED, State.CLOSED})


def rated_until(ticket: Ticket) -> datetime | None:
    """Until when a ticket can be rated and the rating changed: 30 days from when it was resolved; None while it is not."""
    if State(ticket.state) not in _ENDED_WELL or ticket.resolved_at is None:
        return None
    return ticket.resolved_at + OPEN_FOR


def rate(*, by: Member, ticket_id: int, grade: str, comment: str = "") -> TicketRating:
    """Say how it was solved, with a comment; said again it changes what was said. Who had the ticket and the supervisors hear of
    one that is less than good and says why.
    """
    with changing(by, ticket_id) as change:
        require(by, Act.FILE_REQUEST)
        decide(change)
        until = rated_until(change.ticket)
        if until is None:
            raise Refused(_("Say how it was solved once it is resolved."))
        if change.now >= until:
            raise Refused(_("This was resolved too long ago to be rated."))
        if grade not in TicketRating.Grade.values:
            raise Refused(_("Choose how it was solved."), "grade")
        comment = comment.strip()
        if len(comment) > LONGEST_COMMENT:
            raise Refused(_("At most %(most)d characters fit here.") % {"most": LONGEST_COMMENT}, "comment")
        held = TicketRating.objects.filter(ticket=change.ticket).first()
        before = {"grade": held.grade} if held else {}
        said = (held.grade, held.comment) if held else None
        rating: TicketRating = held or TicketRating(vendor_id=by.vendor_id, ticket=change.ticket, at=change.now)
        rating.grade, rating.comment, rating.person_id = grade, comment, by.person
        rating.changed_at = change.now
        rating.save()
        if said != (grade, comment):
            change.audit(Verb.RATED, about=("rating", rating.pk), before=before, after={"grade": grade})
            if comment and grade != TicketRating.Grade.WELL:
                told = [change.ticket.assignee_id, *people_of([Role.SUPERVISOR])]
                change.tell(told, Word.RATED, change.mark, rating=rating.pk)
        return rating
