"""What a mail about a ticket says, in the active language and zone: paragraphs, facts, links."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from sla.engine.state import ClockState
from sla.timelines import due_next
from sla.timelines import instant as at_epoch
from tickets.handed import handed
from tickets.models import Attachment, EscalationRequest, HandOff, Message, Ticket, TicketRating
from tickets.notifications import TO_CUSTOMERS, Spoken, say
from tickets.queries.clocks import clocks_now
from tickets.queries.served import served
from tickets.times import absolute, day, instant, length
from tickets.vocabulary import Word
from vendors.access import Member
from vendors.catalog.schema import PolicyFile
from vendors.models import Vendor


@dataclass
class Content:
    """A mail's words: `quote` is what a person wrote, `facts` pairs of label and value, `links` of name and address of files,
    `to_do` of what the reader can do and where.
    """

    title: str
    url: str
    lead: list[str] = field(default_factory=list)
    quote: str = ""
    after: list[tuple[str, str]] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)
    to_do: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    facts: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a mail is about: the word with its facts, the ticket, and the language in which the vendor's texts come."""

    word: Word
    facts: Mapping[str, Any]
    ticket: Ticket
    vendor: Vendor
    policy: PolicyFile
    language: str
    now: datetime
    decides: bool = False  # the reader is a customer who ends the request and rates it

    @property
    def for_customer(self) -> bool:
        """Whether the reader is on the customer's side, who sees promises and no goals of the house."""
        return self.word in TO_CUSTOMERS


def compose(about: Subject) -> Content | None:
    """The words of a mail; None when what it would tell is no longer there."""
    spoken = say(about.word, about.facts, about.ticket)
    content = Content(spoken.title, spoken.url, lead=[spoken.text])
    if "message" in about.facts and not _carry_message(about, content):
        return None
    if "request" in about.facts and not _carry_review(about, content):
        return None
    if "rating" in about.facts and not _carry_rating(about, content):
        return None
    if about.word == Word.RESOLVED and about.decides:
        content.to_do = [(_("Say whether it is solved, and how well"), f"{content.url}#rating")]
    if about.word == Word.RECEIVED:
        content.notes = list(_receipt(about))
    if about.word == Word.HANDED_OFF:
        content.lead = _handed(about)
    if about.word == Word.RUNG:
        content.lead = _rung(about, spoken)
    content.facts = [
        (_("Request"), f"{about.ticket.number} · {about.ticket.subject}"),
        (_("Customer"), about.ticket.customer.name),
        _clock(about),
    ]
    return content


def _carry_message(about: Subject, content: Content) -> bool:
    message = Message.objects.filter(
        pk=about.facts["message"], ticket=about.ticket, visibility=Message.Visibility.PUBLIC
    ).first()
    if message is None:
        return False
    content.quote = message.body
    if about.word == Word.REPLY:
        content.lead = []
    resolved = about.word == Word.RESOLVED
    if resolved:
        outcome = next((o for o in about.policy.outcomes if o.key == about.ticket.outcome), None)
        if outcome:
            content.after.append((_("Outcome"), about.policy.say(outcome.name, about.language)))
    if message.next_steps:
        content.after.append((_("What happens next"), message.next_steps))
    if message.next_steps_on:
        label = _("Date of the timeline") if resolved else _("When")
        content.after.append((label, day(message.next_steps_on)))
    files = message.attachments.filter(state=Attachment.State.READY).order_by("pk")
    content.links = [(file.name, f"{settings.BASE_URL}/files/{file.key}/") for file in files]
    return True


def _carry_review(about: Subject, content: Content) -> bool:
    request = (
        EscalationRequest.objects.filter(pk=about.facts["request"], ticket=about.ticket)
        .select_related("reviewer")
        .first()
    )
    if request is None:
        return False
    if about.word == Word.ESCALATION_REQUESTED:
        content.quote = request.reason
        return True
    if request.state == EscalationRequest.State.ACCEPTED:
        content.lead = [_("Your escalation is accepted. This happens next:")]
    else:
        content.lead = [_("We looked at it again and decline the escalation. Our answer:")]
    content.quote = request.answer
    if request.reviewer:
        content.after.append((_("Reviewed by"), request.reviewer.name))
    return True


def _carry_rating(about: Subject, content: Content) -> bool:
    rating = TicketRating.objects.filter(pk=about.facts["rating"], ticket=about.ticket).first()
    if rating is None or not rating.comment:
        return False
    content.lead = [f"{TicketRating.Grade(rating.grade).label}:"]
    content.quote = rating.comment
    return True


def _receipt(about: Subject) -> Iterator[str]:
    """What the vendor promises in its own words, with its "normally" and "target" (O5, M4), or that it does not."""
    ticket, policy, language = about.ticket, about.policy, about.language
    if ticket.serving_house:
        yield _served_by(about)
        yield from _why(about)
        return
    if ticket.entitlement == "not_owed":
        yield from _why(about)
    clock = policy.clock("response")
    if clock and clock.promise:
        default = policy.triage.without_claim if policy.triage else None
        target = clock.target_for(ticket.priority or ticket.claimed_priority or default, ticket.urgent)
        if target:
            yield policy.say(clock.says_of(target), language).replace("{time}", length(target.within))
    yield from (policy.say(s.text, language) for s in policy.statements if "ticket" in s.where)


def _why(about: Subject) -> Iterator[str]:
    """Why this house serves, or why it is not owed, and what can be done about that (M1, M17, I4, I8)."""
    told = served(Member.system(about.ticket.vendor_id), about.policy, about.ticket)
    yield from (why.text for why in told.reasons)
    yield from told.how


def _served_by(about: Subject) -> str:
    house = about.ticket.serving_house
    name = house.name if house else about.vendor.name
    said = _("%(house)s looks after your request.") % {"house": name}
    ways = " · ".join(way for way in (house.phone, house.mail_address) if way) if house else ""
    reached = _("Reached at: %(ways)s") % {"ways": ways}
    return f"{said} {reached}" if ways else said


def _handed(about: Subject) -> list[str]:
    turns = HandOff.objects.filter(pk=about.facts.get("hand_off") or 0, ticket=about.ticket)
    turn = turns.select_related("from_house", "to_house", "person").first()
    told = handed(turn, about.vendor.name, about.policy) if turn else ()
    return [_served_by(about), *told]


def _rung(about: Subject, spoken: Spoken) -> list[str]:
    rung = about.policy.rung(str(about.facts["clock"]), int(about.facts["percent"]))
    crossed = instant(about.facts.get("crossed_at"))
    said = [about.policy.say(rung.says, about.language)] if rung else []
    reached = [_("Reached %(at)s.") % {"at": absolute(crossed)}] if crossed else []
    return [*said, *(reached or [spoken.text])]


def _clock(about: Subject) -> tuple[str, str]:
    """The clock that matters and when it is due; customers read promises only, in the vendor's wording."""
    if about.word == Word.RUNG:
        due = instant(about.facts.get("due_at"))
        return _clock_name(about, str(about.facts["clock"])), _("due %(at)s") % {"at": absolute(due)} if due else _(
            "stands still"
        )
    folded = clocks_now(about.ticket, about.now)
    clocks = [c for c in (folded.clocks if folded else ()) if c.promised or not about.for_customer]
    state = due_next(clocks) or next((c for c in clocks if c.status in ("paused", "lifted")), None)
    if state is None:
        return _("Due"), _("No promised time is running.")
    return _clock_name(about, state.kind), _standing(about, state, clocks)


def _standing(about: Subject, state: ClockState, clocks: Sequence[ClockState]) -> str:
    if state.status == "lifted":
        return _("no time applies: a bug or defect")
    due = at_epoch(state.due_at)
    if state.status == "paused" or due is None:
        return _("stands still until the customer has answered")
    clock = about.policy.clock(state.kind)
    target = clock.target_for(state.priority, about.ticket.urgent) if clock else None
    wording = clock.wording_of(target) if clock and target and about.for_customer else "plain"
    forms = {"plain": _("due %(at)s"), "normally": _("normally by %(at)s"), "target": _("our target is %(at)s")}
    return forms[wording] % {"at": absolute(due)}


def _clock_name(about: Subject, kind: str) -> str:
    clock = about.policy.clock(kind)
    return about.policy.say(clock.name, about.language) if clock else kind
