"""A customer asks for a review (M12, O19), and somebody answers him."""

from django.utils.translation import gettext as _

from tickets.change import changing
from tickets.machine import ACTIVE
from tickets.models import EscalationRequest, State
from tickets.services.conversation import require
from tickets.vocabulary import Refused, Verb, Word
from vendors.access import Act, Member
from vendors.models import Person, Role


def request_review(*, by: Member, ticket_id: int, reason: str, executive: bool = False) -> EscalationRequest:
    """Ask for a supervisor's review; one at a time. `executive` asks that an executive sponsor be told too, where the vendor's
    file knows that step (M12).
    """
    with changing(by, ticket_id) as change:
        require(by, Act.FILE_REQUEST)
        ticket = change.ticket
        if State(ticket.state) not in ACTIVE | {State.RESOLVED}:
            raise Refused(_("This ticket has ended. Write to us and a new one begins."))
        if not reason.strip():
            raise Refused(_("Say why, so that the reviewer can help."), "reason")
        if ticket.escalations.filter(state=EscalationRequest.State.OPEN).exists():
            raise Refused(_("A review is under way already."))
        request: EscalationRequest = EscalationRequest.objects.create(
            vendor_id=ticket.vendor_id,
            ticket=ticket,
            requester_id=by.person,
            reason=reason.strip(),
            executive=executive,
            at=change.now,
        )
        roles = [Role.SUPERVISOR, *([Role.EXECUTIVE_SPONSOR] if executive else [])]
        change.audit(Verb.ESCALATION_REQUESTED, about=("escalation", request.pk), after={"executive": executive})
        change.tell([*people_of(roles), ticket.assignee_id], Word.ESCALATION_REQUESTED, request.pk, request=request.pk)
        return request


def review(*, by: Member, request_id: int, accept: bool, answer: str) -> EscalationRequest:
    """Accept a customer's escalation with what happens next, or decline it with an answer; accepting raises the level."""
    found = EscalationRequest.objects.filter(pk=request_id, vendor_id=by.vendor_id).first()
    if found is None:
        raise Refused(_("There is no such review."))
    with changing(by, found.ticket_id) as change:
        require(by, Act.REVIEW_ESCALATIONS)
        request = EscalationRequest.objects.select_for_update().get(pk=request_id)
        if request.state != EscalationRequest.State.OPEN:
            raise Refused(_("This review has been answered already."))
        if not answer.strip():
            raise Refused(_("Say what happens next.") if accept else _("Say why not."), "answer")
        request.state = EscalationRequest.State.ACCEPTED if accept else EscalationRequest.State.DECLINED
        request.reviewer_id, request.answer, request.reviewed_at = by.person_id, answer.strip(), change.now
        request.save()
        if accept:
            change.ticket.level = max(change.ticket.level, 1)
        change.audit(Verb.ESCALATION_REVIEWED, about=("escalation", request.pk), after={"state": request.state})
        change.tell([request.requester_id], Word.REVIEWED, request.pk, request=request.pk)
        return request


def people_of(roles: list[Role]) -> list[int]:
    """The vendor's own people with one of the roles, by key; inside a scope of the vendor."""
    people = Person.objects.filter(role__in=roles, active=True, organisation=None)
    return list(people.order_by("pk").values_list("pk", flat=True))
