"""Everything that a customer's page of one request shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from interfaces.common import limits
from interfaces.common.reader import reader_of
from interfaces.common.trace_words import Trace, in_words
from interfaces.portal.conversation import entries
from interfaces.portal.facts import facts_of
from interfaces.portal.forms import CompleteForm, ParticipantForm, RatingForm, ReviewForm, UrgentForm, WriteForm
from interfaces.portal.once import key_of
from interfaces.portal.promises import promises, standing
from interfaces.portal.words import state_chip_of
from kernel import clock
from sla.engine.trace import ClockTrace, Crossed
from sla.policies import current
from tickets.access import may_decide
from tickets.intake import missing_information
from tickets.machine import ACTIVE, Move, allowed
from tickets.models import Attachment, EscalationRequest, State, Ticket, TicketRating
from tickets.queries.clocks import clocks_now, explained
from tickets.queries.requests import a_request, conversation, followers, participants, rating_of, reviews
from tickets.queries.served import served
from tickets.services import escalation, rated_until
from vendors.access import Member
from vendors.catalog.schema import PolicyFile
from vendors.catalog.schema.intake import IntakeField
from vendors.models import Person, Vendor


@dataclass
class RequestPage:
    """One request as its customer sees it, with its forms; an action puts the form that was refused in the place of its own."""

    ticket: Ticket
    vendor: Vendor
    member: Member
    policy: PolicyFile
    language: str
    missing: Sequence[IntakeField]
    write: WriteForm
    complete: CompleteForm
    review: ReviewForm
    urgent: UrgentForm
    participants: Sequence[Person]
    participant: ParticipantForm
    said: TicketRating | None
    rating: RatingForm
    drafts: Mapping[str, Sequence[Attachment]]

    @property
    def url(self) -> str:
        """Where the page is."""
        return reverse("portal:ticket", args=[self.vendor.slug, self.ticket.number])

    def say(self, text: Any) -> str:
        """A text of the vendor's file in the reader's language."""
        return self.policy.say(text, self.language) if text else ""

    def show(self, request: HttpRequest, status: int = 200) -> HttpResponse:
        """The page; 422 with a refused form on it."""
        return render(request, "portal/ticket.html", _context(self) | {"once": key_of(request)}, status=status)


def open_page(request: HttpRequest, vendor: str, number: str) -> RequestPage:
    """The page of a request that the reader sees as a customer. Raises Http404, TooMuch."""
    reader, language = reader_of(request), (get_language() or "en")[:2]
    # All memberships: a link from a mail opens whichever vendor is chosen in the switcher.
    row = Vendor.objects.filter(slug=vendor).first()
    members = [m for m in reader.all_members if m.is_customer and row is not None and m.vendor_id == row.pk]
    if row is None or not members or not number.isprintable():
        raise Http404
    try:
        ticket = a_request(members, number)
    except Ticket.DoesNotExist:
        raise Http404 from None
    limits.take(reader, limits.TICKETS, members=members[:1], names=[ticket.pk])
    policy = current(row.pk)
    missing, taking_part, said = _missing(policy, ticket), participants(ticket), rating_of(ticket)
    return RequestPage(
        ticket,
        row,
        members[0],
        policy,
        language,
        missing,
        WriteForm(),
        CompleteForm(missing, policy, language),
        ReviewForm(executive_step(policy, ticket, language)),
        UrgentForm(policy, language),
        taking_part,
        ParticipantForm(members[0], ticket, taking_part),
        said,
        RatingForm(said),
        {},
    )


def executive_step(policy: PolicyFile, ticket: Ticket, language: str) -> str:
    """Who is told beyond the reviewers if the customer asks for it, or empty where the file has no such step (M12)."""
    step = escalation.executive_step(policy, ticket)
    return policy.say(step.name, language) if step else ""


def _missing(policy: PolicyFile, ticket: Ticket) -> list[IntakeField]:
    if ticket.information_complete or State(ticket.state) not in ACTIVE:
        return []
    return missing_information(policy, ticket)


def _context(page: RequestPage) -> dict[str, object]:
    ticket, policy = page.ticket, page.policy
    now = clock.now()
    folded = clocks_now(ticket, now)
    promised = promises(ticket, folded, policy, page.language)
    reasons = {(trace.kind, trace.cycle): _reason(trace, ticket) for trace in explained(ticket, now) if trace.promised}
    said = conversation(ticket, page.member)
    active, asked_for = State(ticket.state) in ACTIVE, reviews(ticket)
    answered = sum(row.state != EscalationRequest.State.OPEN for row in asked_for)
    acknowledged = next((m for m in reversed(said) if m.by_staff and m.next_steps), None)
    asked = next((m for m in reversed(said) if m.by_staff), None) if ticket.state == State.WAITING else None
    return {
        "page": page,
        "ticket": ticket,
        "vendor": page.vendor,
        "state": state_chip_of(ticket),
        "standing": standing(ticket, folded, policy, page.language),
        "promised": [(promise, reasons.get((promise.state.kind, promise.state.cycle))) for promise in promised],
        "statements": _statements(page) if active else [],
        "served": served(page.member, policy, ticket),
        "entries": entries(page, said),
        "asked": asked,
        "next_steps": acknowledged if active else None,
        "outcome": _outcome(page),
        "rated_until": rated_until(ticket),
        "missing": [page.say(row.label) for row in page.missing],
        "facts": facts_of(page),
        "reviews": asked_for,
        "reviewers": [page.say(step.name) for step in escalation.review_steps(policy, answered)],
        "executive": executive_step(policy, ticket, page.language),
        "review_help": page.say(policy.customer_escalation.help) if policy.customer_escalation else "",
        "may": _may(page),
        "urgency": _urgency(page),
        "follows": ticket.follows,
        "followers": followers(ticket, [page.member]),
        "close_after": policy.lifecycle.close_after_days,
        "write_help": _write_help(ticket),
    }


def _reason(trace: ClockTrace, ticket: Ticket) -> Trace:
    """Why a clock is due when it is, without what concerns the house alone: whom its ladder tells, and our rule ids."""
    open_to_customers = tuple(entry for entry in trace.entries if not isinstance(entry, Crossed))
    told = in_words(replace(trace, entries=open_to_customers), ticket.vendor_id)
    told.rules = []
    return told


def _may(page: RequestPage) -> dict[str, bool]:
    ticket = page.ticket
    under_way = any(row.state == EscalationRequest.State.OPEN for row in ticket.escalations.all())
    active, decides = State(ticket.state) in ACTIVE, may_decide(page.member, ticket)
    until = rated_until(ticket)
    return {
        "decide": decides,
        "confirm": decides and allowed(ticket.state, Move.CLOSE),
        "reopen": allowed(ticket.state, Move.REOPEN),
        "rate": decides and until is not None and clock.now() < until,
        "withdraw": decides and allowed(ticket.state, Move.CANCEL),
        "urgent": active and page.policy.urgency is not None and not ticket.urgent,
        "review": bool(page.policy.customer_escalation)
        and not under_way
        and (active or ticket.state == State.RESOLVED),
    }


def _statements(page: RequestPage) -> list[str]:
    update = page.policy.clock("update")
    # That word comes is promised; how often is the house's own goal (M11).
    coming = [page.say(update.says)] if update else []
    return [*coming, *(page.say(row.text) for row in page.policy.statements if "ticket" in row.where)]


def _urgency(page: RequestPage) -> dict[str, str]:
    urgency = page.policy.urgency
    return {"question": page.say(urgency.question), "help": page.say(urgency.help)} if urgency else {}


def _outcome(page: RequestPage) -> dict[str, Any] | None:
    ticket = page.ticket
    if not ticket.outcome:
        return None
    known = next((row for row in page.policy.outcomes if row.key == ticket.outcome), None)
    on: date | None = ticket.outcome_date
    name, text = (page.say(known.name), page.say(known.description)) if known else (ticket.outcome, "")
    return {"name": name, "text": text, "on": on, "at": ticket.resolved_at}


def _write_help(ticket: Ticket) -> str:
    if ticket.state == State.RESOLVED:
        return _("Writing opens this request again.")
    if State(ticket.state) not in ACTIVE:
        return _("This request has ended. Writing begins a new one that refers to it.")
    return ""
