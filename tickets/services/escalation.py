"""A customer asks for a review (M12, O19), and somebody answers him."""

from django.utils.translation import gettext as _

from sla.engine.events import PublicMessage
from tickets.change import Change, changing
from tickets.ladder import LEVELS, ROLES
from tickets.machine import ACTIVE
from tickets.models import EscalationRequest, State, Ticket
from tickets.services.conversation import require, work_on
from tickets.vocabulary import Refused, Verb, Word
from vendors.access import Act, Member
from vendors.catalog.schema import PolicyFile
from vendors.catalog.schema.service import ReviewStep
from vendors.models import Person, Role


def request_review(*, by: Member, ticket_id: int, reason: str, executive: bool = False) -> EscalationRequest:
    """Ask for a review, one at a time: of a supervisor, and once that was answered of support management. `executive` asks that
    the executive sponsor be told too; it counts where the vendor's file has that step for the ticket's priority. The customer
    asks himself, or through who works on his ticket (M12).
    """
    with changing(by, ticket_id) as change:
        if not by.may(Act.FILE_REQUEST):
            work_on(change)
        ticket = change.ticket
        if State(ticket.state) not in ACTIVE | {State.RESOLVED}:
            raise Refused(_("This ticket has ended. Write to us and a new one begins."))
        if not reason.strip():
            raise Refused(_("Say why, so that the reviewer can help."), "reason")
        if ticket.escalations.filter(state=EscalationRequest.State.OPEN).exists():
            raise Refused(_("A review is under way already."))
        reviewer = _reviewer(change)
        executive = executive and executive_step(change.policy, ticket) is not None
        request: EscalationRequest = EscalationRequest.objects.create(
            vendor_id=ticket.vendor_id,
            ticket=ticket,
            requester_id=by.person if by.is_customer else ticket.requester_id,
            reason=reason.strip(),
            executive=executive,
            at=change.now,
        )
        told = people_of([ROLES[reviewer], *([Role.EXECUTIVE_SPONSOR] if executive else [])])
        change.audit(Verb.ESCALATION_REQUESTED, about=("escalation", request.pk), after={"executive": executive})
        change.tell([*told, ticket.assignee_id], Word.ESCALATION_REQUESTED, request.pk, request=request.pk)
        return request


def review(*, by: Member, request_id: int, accept: bool, answer: str) -> EscalationRequest:
    """Accept a customer's escalation with what happens next, or decline it with an answer; accepting raises the level to that of
    the review. The answer is word from staff (M11); for the first response it does not stand.
    """
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
        if accept:
            change.ticket.level = max(change.ticket.level, LEVELS.index(_reviewer(change)))
        request.state = EscalationRequest.State.ACCEPTED if accept else EscalationRequest.State.DECLINED
        request.reviewer_id, request.answer, request.reviewed_at = by.person_id, answer.strip(), change.now
        request.save()
        change.happened(PublicMessage())
        change.audit(Verb.ESCALATION_REVIEWED, about=("escalation", request.pk), after={"state": request.state})
        change.tell([request.requester_id, change.ticket.requester_id], Word.REVIEWED, request.pk, request=request.pk)
        return request


def executive_step(policy: PolicyFile, ticket: Ticket) -> ReviewStep | None:
    """The step beyond the reviewers that a customer can ask for, for tickets of this priority (M12); None where there is none."""
    default = policy.triage.without_claim if policy.triage else ""
    priority = ticket.priority or ticket.claimed_priority or default
    steps = policy.customer_escalation.steps if policy.customer_escalation else ()
    return next((s for s in steps if s.only_with_subject and (not s.priorities or priority in s.priorities)), None)


def people_of(roles: list[Role]) -> list[int]:
    """The vendor's own people with one of the roles, by key; inside a scope of the vendor."""
    people = Person.objects.filter(role__in=roles, active=True, organisation=None)
    return list(people.order_by("pk").values_list("pk", flat=True))


def review_steps(policy: PolicyFile, answered: int) -> list[ReviewStep]:
    """Who reviews next after so many answered reviews, and who would after him: the file's steps one after the other, the last
    one for all that follow.
    """
    steps = policy.customer_escalation.steps if policy.customer_escalation else ()
    reviewers = [step for step in steps if not step.only_with_subject and step.role in ROLES]
    return reviewers[min(answered, len(reviewers) - 1) :] if reviewers else []


def _reviewer(change: Change) -> str:
    answered = change.ticket.escalations.exclude(state=EscalationRequest.State.OPEN).count()
    steps = review_steps(change.policy, answered)
    return steps[0].role if steps else "supervisor"
