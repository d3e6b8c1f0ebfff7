"""All that the desk's page of one ticket shows, in a fixed number of queries, and what may be done there."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from django.db.models import Model, OuterRef, Prefetch, Q, Subquery

from contracts.models import Contract
from kernel import clock
from kernel.audit.models import AuditEntry
from sla.engine.events import Event
from sla.engine.fold import fold
from sla.engine.policy import Rules
from sla.engine.state import Folded
from sla.models import Crossing
from sla.policies import books
from sla.timelines import epoch, events_of
from tickets.access import readable_entries, readable_hand_off_notes, readable_messages, visible_tickets
from tickets.intake import missing_information
from tickets.ladder import UP
from tickets.machine import ACTIVE, Move, allowed
from tickets.models import Attachment, ComposerDraft, EscalationRequest, HandOff, HandOffNote, Message, State, Ticket
from tickets.queries.beside import Beside, beside, with_beside
from tickets.queries.entitlement import Explained, explained
from tickets.vocabulary import Verb
from vendors.access import Act, Member, roles_in, works_in
from vendors.catalog.schema import PolicyFile
from vendors.catalog.schema.intake import IntakeField
from vendors.models import Organisation, Person, Team

# People and organisations come from one query each: joined, their walls would have to be planned again for every one.
_SHOWN_WITH = ("site", "item", "product", "release")


class Deed(StrEnum):
    """What can be done on the page; the words are parts of addresses."""

    REPLY = "reply"
    NOTE = "note"
    ASSIGN = "assign"
    PRIORITY = "priority"
    CLASSIFY = "classify"
    THIRD_PARTY = "third-party"
    GO_ON = "go-on"
    INFORMATION = "information"
    ASK = "ask-for-missing"
    ZONE = "zone"
    URGENT = "urgent"
    RESOLVE = "resolve"
    REOPEN = "reopen"
    CANCEL = "cancel"
    HAND_OFF = "hand-off"
    ESCALATE = "escalate"
    REVIEW = "review"
    GRANT = "grant"
    VOID = "void"
    LOG_ANSWER = "log-answer"
    TAG = "tag"
    UNTAG = "untag"
    WATCH = "watch"
    UNWATCH = "unwatch"
    LINK = "link"
    UNLINK = "unlink"
    TO_DO = "to-do"
    TICK = "tick"
    DROP = "drop"
    MERGE = "merge"
    TEAM = "team"
    LEVEL = "level"


@dataclass(frozen=True, slots=True)
class Draft:
    """What the reader was writing here: the values of the form, and when they were kept."""

    values: Mapping[str, Any]
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class TicketPage:
    """One ticket as a member of staff sees it at `now`. `people`, `houses` and the names of `teams` are found by key; `messages`
    are those that he may read, oldest first, with their files in `files`; `entries` is the ticket's audit, newest first.
    """

    ticket: Ticket
    member: Member
    now: datetime
    policy: PolicyFile
    rules: Rules
    folded: Folded | None
    events: Sequence[Event]
    crossings: Sequence[Crossing]
    messages: Sequence[Message]
    files: Mapping[int, Sequence[Attachment]]
    escalations: Sequence[EscalationRequest]
    hand_offs: Sequence[HandOff]
    entries: Sequence[AuditEntry]
    people: Mapping[int, Person]
    colleagues: Sequence[Person]
    houses: Mapping[int, Organisation]
    teams: Mapping[int, str]
    contract: Contract | None
    missing: Sequence[IntakeField]
    draft: Draft | None
    verdict: Explained | None  # for the vendor's own staff
    beside: Beside

    @property
    def serves(self) -> bool:
        """Whether the reader's house serves the ticket now."""
        return self.member.house == self.ticket.serving_house_id

    @property
    def watchers(self) -> list[Person]:
        """Who watches, as far as the reader may know: the customer's people and his own house; the vendor's staff know all."""
        found = [self.people[key] for key in self.beside.watchers if key in self.people]
        if self.member.house is None:
            return found
        return [person for person in found if person.organisation_id in (self.member.house, self.ticket.customer_id)]

    @property
    def open_review(self) -> EscalationRequest | None:
        """The customer's escalation that waits for an answer."""
        return next((e for e in self.escalations if e.state == EscalationRequest.State.OPEN), None)

    def deeds(self) -> frozenset[Deed]:
        """What the reader can do here now: as state, role and the vendor's policy allow."""
        return frozenset(deed for deed in Deed if self._may(deed))

    def _may(self, deed: Deed) -> bool:
        if not self.member.may(Act.WORK_TICKETS):
            return False
        if deed is Deed.NOTE:
            return True
        if deed in _SUPERVISORS:
            return self._may_supervise(deed)
        if deed in _BESIDE:
            return self.serves or self.member.house is None
        if deed is Deed.HAND_OFF:
            # The vendor can take back what a partner serves; a partner hands on only what is his.
            return self._active and (self.serves or self.member.house is None) and bool(self.houses)
        return self.serves and self._fits(deed)

    def _may_supervise(self, deed: Deed) -> bool:
        if deed is Deed.REVIEW:
            return self.member.may(Act.REVIEW_ESCALATIONS) and self.open_review is not None
        if deed is Deed.GRANT:
            return (
                self.member.may(Act.GRANT_ENTITLEMENT) and self._active and bool(self.verdict and self.verdict.refuses)
            )
        known = self.member.may(Act.CORRECT_HISTORY) and bool(self.events)
        return known and (self.serves if deed is Deed.VOID else self._active)

    def _fits(self, deed: Deed) -> bool:
        ticket, policy = self.ticket, self.policy
        match deed:
            case Deed.TEAM | Deed.LEVEL:
                handed = deed is Deed.TEAM or ticket.level < max(UP.values())
                return self._active and self.member.house is None and handed
            case Deed.PRIORITY:
                return self._active and bool(policy.priorities)
            case Deed.CLASSIFY:
                return bool(policy.classifications) and ticket.state not in (State.CLOSED, State.CANCELLED)
            case Deed.URGENT:
                return self._active and policy.urgency is not None and not ticket.urgent
            case Deed.INFORMATION:
                return self._active and not ticket.information_complete
            case Deed.ASK:
                return self._active and not ticket.information_complete and bool(self.missing)
            case Deed.ESCALATE:
                asked = self.open_review is None and policy.customer_escalation is not None
                return asked and (self._active or ticket.state == State.RESOLVED)
            case Deed.ZONE:
                return ticket.zone_assumed
            case Deed.THIRD_PARTY:
                return ticket.state != State.THIRD_PARTY and allowed(ticket.state, Move.WAIT_THIRD_PARTY)
            case Deed.GO_ON:
                return ticket.state in (State.WAITING, State.THIRD_PARTY)
            case Deed.RESOLVE | Deed.CANCEL | Deed.REOPEN | Deed.MERGE:
                return allowed(ticket.state, Move(deed.value))
            case _:
                return self._active

    @property
    def _active(self) -> bool:
        return State(self.ticket.state) in ACTIVE

    @property
    def needs_qualified(self) -> bool:
        """Whether a response clock is open that only a qualified acknowledgement ends (O5)."""
        response = self.policy.clock("response")
        if response is None or response.ends != "qualified_response":
            return False
        return any(c.kind == "response" and c.ended_at is None for c in (self.folded.clocks if self.folded else ()))


# What hangs beside a ticket can be kept in any state.
_BESIDE = frozenset(
    {Deed.TAG, Deed.UNTAG, Deed.WATCH, Deed.UNWATCH, Deed.LINK, Deed.UNLINK, Deed.TO_DO, Deed.TICK, Deed.DROP}
)
_SUPERVISORS = frozenset({Deed.REVIEW, Deed.GRANT, Deed.VOID, Deed.LOG_ANSWER})


def read(member: Member, number: str) -> TicketPage:
    """The page of the ticket with that number at the member's vendor. Raises Ticket.DoesNotExist for one that he may not
    see.
    """
    readable = Message.objects.filter(readable_messages(member)).order_by("at", "id")
    draft = ComposerDraft.objects.filter(person=member.person_id, vendor=OuterRef("vendor"), ticket=OuterRef("pk"))
    ticket = (
        with_beside(visible_tickets([member]), member)
        .select_related(*_SHOWN_WITH)
        .annotate(draft_values=Subquery(draft.values("values")[:1]), draft_at=Subquery(draft.values("changed_at")[:1]))
        .prefetch_related(
            Prefetch("messages", queryset=readable),
            Prefetch("attachments", queryset=Attachment.objects.filter(message__isnull=False).order_by("id")),
        )
        .get(number=number)
    )
    now = clock.now()
    book = books([member.vendor_id], now)[member.vendor_id]
    events = events_of(member.vendor_id, [ticket.timeline_id]).get(ticket.timeline_id, [])
    folded = fold(events, book.rules, epoch(now)) if events else None
    recorded = AuditEntry.objects.filter(readable_entries(member), subject_type="ticket", subject_id=ticket.pk)
    entries = list(recorded.order_by("-id")[:500])
    hanging = beside(ticket)
    # Asked for only where there can be some.
    escalations = list(EscalationRequest.objects.filter(ticket=ticket).order_by("-id")) if hanging.escalated else []
    handed = bool(ticket.serving_house_id or ticket.past_houses)
    hand_offs = _turns(member, ticket) if handed else []
    crossings = Crossing.objects.filter(timeline_id=ticket.timeline_id).order_by("crossed_at", "id")
    messages = list(ticket.messages.all())
    people = _people(ticket, _named(ticket, messages, entries, escalations, hand_offs, hanging))
    organisations = _organisations(ticket)
    _introduce(ticket, messages, people, organisations)
    return TicketPage(
        ticket=ticket,
        member=member,
        now=now,
        policy=book.file,
        rules=book.rules,
        folded=folded,
        events=events,
        crossings=list(crossings) if events else [],
        messages=messages,
        files=_files(ticket, messages),
        escalations=escalations,
        hand_offs=hand_offs,
        entries=entries,
        people=people,
        colleagues=sorted((p for p in people.values() if _works_on(p, ticket)), key=lambda p: p.name.casefold()),
        houses={key: found for key, found in organisations.items() if found.kind != Organisation.Kind.CUSTOMER},
        teams=_teams(entries),
        contract=_contract(ticket),
        missing=missing_information(book.file, ticket),
        draft=Draft(ticket.draft_values, ticket.draft_at) if ticket.draft_at else None,
        verdict=explained(book.file, ticket) if member.house is None else None,
        beside=hanging,
    )


def _named(
    ticket: Ticket,
    messages: Iterable[Message],
    entries: Iterable[AuditEntry],
    escalations: Iterable[EscalationRequest],
    hand_offs: Iterable[HandOff],
    hanging: Beside,
) -> set[int]:
    """The keys of all people of whom the page speaks."""
    found: set[Any] = {ticket.requester_id, ticket.authorised_user_id, ticket.assignee_id}
    found |= {message.author_id for message in messages}
    for entry in entries:
        found |= {entry.actor_id, entry.before.get("assignee"), entry.after.get("assignee")}
        found |= {entry.after.get("watcher")} | set(entry.after.get("told") or ())
    for escalation in escalations:
        found |= {escalation.requester_id, escalation.reviewer_id}
    found |= {hand_off.person_id for hand_off in hand_offs}
    found |= set(hanging.watchers) | {item.done_by for item in hanging.checklist}
    return {key for key in found if isinstance(key, int)}


def _turns(member: Member, ticket: Ticket) -> list[HandOff]:
    """Who had the ticket from when on; `told` is what was said with it, where the reader may know."""
    notes = HandOffNote.objects.filter(readable_hand_off_notes(member), hand_off=OuterRef("pk")).values("text")
    return list(HandOff.objects.filter(ticket=ticket).annotate(told=Subquery(notes[:1])).order_by("id"))  # type: ignore[no-redef]  # as the model says


def _people(ticket: Ticket, named: set[int]) -> dict[int, Person]:
    works = works_in(ticket.vendor_id, ticket.serving_house_id) & Q(active=True)
    return {p.pk: p for p in Person.objects.filter(Q(pk__in=named) | works, vendor_id=ticket.vendor_id)}


def _teams(entries: Iterable[AuditEntry]) -> dict[int, str]:
    """The names of the teams to which the ticket was handed; asked for only where it was."""
    given = [entry for entry in entries if entry.verb == Verb.GIVEN_TO_TEAM]
    keys = {values.get("team") for entry in given for values in (entry.before, entry.after)} - {None}
    return dict(Team.objects.filter(pk__in=keys).values_list("pk", "name")) if keys else {}


def _organisations(ticket: Ticket) -> dict[int, Organisation]:
    """The partners, the customer and who sold the item, by key, in the order of their names."""
    concerned = Q(pk=ticket.customer_id) | ~Q(kind=Organisation.Kind.CUSTOMER)
    if ticket.item is not None and ticket.item.sold_by_id is not None:
        concerned |= Q(pk=ticket.item.sold_by_id)
    found = Organisation.objects.filter(concerned, vendor_id=ticket.vendor_id).order_by("name")
    return {organisation.pk: organisation for organisation in found}


def _introduce(
    ticket: Ticket, messages: Iterable[Message], people: Mapping[int, Person], organisations: Mapping[int, Organisation]
) -> None:
    """Put people and organisations where the ticket and its messages name them. Whom the reader may not see is nobody; a
    ticket whose customer he may not see is not there.
    """
    if ticket.requester_id not in people or ticket.customer_id not in organisations:
        raise Ticket.DoesNotExist
    for name in ("requester", "authorised_user", "assignee"):
        _put(ticket, name, people)
    for name in ("customer", "serving_house"):
        _put(ticket, name, organisations)
    _put(ticket.customer, "supported_by", organisations)
    if ticket.item is not None:
        _put(ticket.item, "sold_by", organisations)
    for message in messages:
        _put(message, "author", people)


def _put(row: Model, name: str, known: Mapping[int, Model]) -> None:
    found = known.get(getattr(row, f"{name}_id") or 0)
    row._meta.get_field(name).set_cached_value(row, found)  # type: ignore[union-attr]  # a foreign key


def _works_on(person: Person, ticket: Ticket) -> bool:
    house = ticket.serving_house_id
    return person.active and person.organisation_id == house and person.role in roles_in(house)


def _files(ticket: Ticket, messages: Iterable[Message]) -> dict[int, list[Attachment]]:
    """The files of messages that may be read, by message."""
    held: dict[int, list[Attachment]] = {message.pk: [] for message in messages}
    for attachment in ticket.attachments.all():
        if attachment.message_id in held and attachment.state == Attachment.State.READY:
            held[attachment.message_id].append(attachment)
    return held


def _contract(ticket: Ticket) -> Contract | None:
    """The customer's contract for the ticket's site (M1): one that holds on the day of filing, else the one that ended last."""
    contracts = Contract.objects.filter(vendor_id=ticket.vendor_id, customer_id=ticket.customer_id)
    if ticket.site_id is not None:
        contracts = contracts.filter(Q(sites__site=ticket.site_id) | Q(sites=None))
    held = list(contracts.order_by("-starts")[:50])
    return next((c for c in held if holds(c, ticket.received_at.date())), held[0] if held else None)


def holds(contract: Contract, day: date) -> bool:
    """Whether a contract is active on a day."""
    return contract.starts <= day and (contract.ends is None or day <= contract.ends)
