"""What a requester is told before he sends: whether he is entitled, who will serve him, by when. Nothing is stored.

It stands on what filing stands on (`tickets.unfiled`), so that what is foretold is what happens.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from contracts.entitlement import Verdict
from contracts.entitlement_words import instead_words, verdict_sentence
from contracts.gathering import explained
from contracts.routing import support_partners
from kernel.tenancy import scope
from kernel.tenancy.scope import enter
from sla.engine.events import Event
from sla.engine.fold import fold
from sla.engine.state import ClockState, Folded
from sla.policies import rules
from sla.timelines import epoch, instant
from tickets.judged import subject_of
from tickets.models import Ticket
from tickets.queries.entitlement import (
    Asked,
    WhomToAsk,
    Why,
    asked,
    contact_of,
    contact_of_vendor,
    contacts_instead,
    cost_in_words,
    reasons_in_words,
)
from tickets.times import length
from tickets.unfiled import Request, Unfiled, all_of_vendor, clock_facts, unfiled
from vendors.access import Member
from vendors.catalog.schema import Period, PolicyFile
from vendors.catalog.schema.service import Clock
from vendors.models import Organisation


@dataclass(frozen=True, slots=True)
class Deadline:
    """A promised clock as this request would get it. `due_at` is aware, None for a clock that starts later (M8); `wording` is
    plain, normally (O5) or target (M4), `says` the vendor's own sentence with its time. It counts in `zone` (IANA), which is
    `assumed` where nobody knows whose it is (M5).
    """

    kind: str
    name: str
    wording: str
    due_at: datetime | None
    within: Period | None
    says: str
    calendar: str
    zone: str
    assumed: bool


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is told before sending, in the reader's language. `word` is the verdict's, `sentence` says it. `serves` is the kind of
    house that gets the request ("vendor" for the vendor itself), `server` who that is and how he is reached, `house` its row.

    Not entitled: `instead` is whom to ask, `how` what can be done about it, of the vendor's file. `cost` is empty where it is
    not settled, `asks` what would decide. `choices` are support partners of whom the customer may name one (I8). `deadlines` is
    empty where no time is promised, and `no_promise` then says so.
    """

    word: str
    sentence: str
    reasons: tuple[Why, ...]
    serves: str
    server: WhomToAsk
    house: Organisation | None
    instead: tuple[WhomToAsk, ...]
    how: tuple[str, ...]
    chargeable: bool | None
    model: str
    cost: str
    asks: tuple[Asked, ...]
    choices: tuple[Organisation, ...]
    deadlines: tuple[Deadline, ...]
    no_promise: str

    @property
    def entitled(self) -> bool:
        """Whether the vendor owes this."""
        return self.word == "entitled"


def outlook(*, by: Member, request: Request, now: datetime) -> Outlook:
    """What `by` is told of a request before it is sent at `now` (aware). Subject and words may be missing yet. Raises Refused
    for what the vendor's file does not know, as filing does.
    """
    with enter(scope.current().only(by.vendor_id)):
        made = unfiled(by=by, request=request, now=now)
        ticket, policy, language = made.ticket, made.policy, get_language() or "en"
        subject = subject_of(policy, ticket)
        with all_of_vendor(by):
            found = explained(policy, subject)
            instead = contacts_instead(policy, ticket, found)
            choices = _choices(made, found)
        deadlines = () if made.house else _deadlines(policy, ticket, _clocks(made, now), language)
        server = contact_of(made.house) if made.house else contact_of_vendor(policy, ticket.country)
        return Outlook(
            word=found.word,
            sentence=verdict_sentence(found.word, server.name),
            reasons=reasons_in_words(policy, found, language),
            serves=str(made.house.kind) if made.house else "vendor",
            server=server,
            house=made.house,
            instead=instead,
            how=instead_words(policy, found, language),
            chargeable=found.chargeable,
            model=found.model or "",
            cost=cost_in_words(policy, found, language),
            asks=asked(found),
            choices=choices,
            deadlines=deadlines,
            no_promise="" if deadlines else _no_promise(made, server.name),
        )


def _clocks(made: Unfiled, now: datetime) -> Folded:
    """The clocks that the ticket would have, folded as the workers will."""
    at = epoch(made.ticket.received_at)
    events = [Event(place, at, fact, place) for place, fact in enumerate(clock_facts(made.ticket))]
    return fold(events, rules(made.ticket.vendor_id), epoch(now))


def _deadlines(policy: PolicyFile, ticket: Ticket, folded: Folded, language: str) -> tuple[Deadline, ...]:
    states = {state.kind: state for state in folded.clocks}
    promised = (clock for clock in policy.clocks if clock.promise)
    return tuple(_deadline(policy, clock, states.get(clock.key), folded, ticket, language) for clock in promised)


def _deadline(
    policy: PolicyFile, clock: Clock, state: ClockState | None, folded: Folded, ticket: Ticket, language: str
) -> Deadline:
    target = clock.target_for(state.priority if state else folded.priority, folded.urgent)
    says = policy.say(clock.says_of(target) if target else clock.says, language)
    chosen = state.calendar if state else _calendar(policy, ticket.country)
    calendar = policy.calendar(chosen)
    of_person = calendar.time_zone == "person"
    return Deadline(
        kind=clock.key,
        name=policy.say(clock.name, language),
        wording=clock.wording_of(target) if target else clock.wording,
        due_at=instant(state.due_at) if state else None,
        within=target.within if target else None,
        says=says.replace("{time}", length(target.within)) if target else says,
        calendar=policy.say(calendar.name, language),
        zone=ticket.time_zone if of_person else calendar.time_zone,
        assumed=ticket.zone_assumed,
    )


def _calendar(policy: PolicyFile, country: str) -> str:
    choice = policy.calendar_choice
    return next((row.calendar for row in choice.by_country if country in row.countries), choice.default)


def _choices(made: Unfiled, found: Verdict) -> tuple[Organisation, ...]:
    """The support partners of whom one can be chosen: none where the customer has his own, or there is only one."""
    own = made.ticket.customer.supported_by
    if found.served_by != "support_partner" or (own and own.kind == Organisation.Kind.SUPPORT_PARTNER):
        return ()
    partners = support_partners(made.vendor.pk)
    return tuple(partners) if len(partners) > 1 else ()


def _no_promise(made: Unfiled, name: str) -> str:
    if made.house:
        return _("%(house)s tells you when it answers; the times of %(vendor)s do not count there.") % {
            "house": name, "vendor": made.vendor.name,
        }  # fmt: skip
    return _("No time is promised.")
