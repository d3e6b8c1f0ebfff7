"""Who serves a filed request, why, what else can be done, and where it can go on: for its customer."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.utils.translation import get_language

from contracts.entitlement import GRANTED, Verdict
from contracts.entitlement_words import instead_words, served_sentence
from contracts.gathering import explained, judged
from contracts.routing import serving_house
from tickets.judged import subject_of
from tickets.machine import ACTIVE
from tickets.models import State, Ticket
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
from tickets.unfiled import all_of_vendor
from vendors.access import Member
from vendors.catalog.schema import PolicyFile
from vendors.models import Organisation


@dataclass(frozen=True, slots=True)
class Way:
    """Where a request can go on: to a house, or to the vendor itself (None); `name` says which. `brings`: the verdict does not
    send it there, but the vendor lets the customer bring it himself (I6).
    """

    house: Organisation | None
    name: str
    brings: bool = False


@dataclass(frozen=True, slots=True)
class Served:
    """Who serves, in the reader's language. `word` is that on the ticket ("granted" beats the verdict), `serves` the kind of
    house that has it; `cost` is empty where it is not settled; `how` is what can be done about a refusal, `instead` whom else
    to ask, `asks` what would decide; `way` is where the request can go on.
    """

    word: str
    sentence: str
    serves: str
    server: WhomToAsk
    reasons: tuple[Why, ...]
    chargeable: bool | None
    model: str
    cost: str
    how: tuple[str, ...]
    instead: tuple[WhomToAsk, ...]
    asks: tuple[Asked, ...]
    way: Way | None


def served(by: Member, policy: PolicyFile, ticket: Ticket) -> Served:
    """All of it for `by`, judged from the records as they are now: few questions, if item, seller and customer are loaded."""
    with all_of_vendor(by):
        return _served(policy, ticket, explained(policy, subject_of(policy, ticket)))


def _served(policy: PolicyFile, ticket: Ticket, found: Verdict) -> Served:
    language = get_language() or "en"
    word = GRANTED if ticket.entitlement == GRANTED else found.word
    house: Organisation | None = ticket.serving_house
    server = contact_of(house) if house else contact_of_vendor(policy, ticket.country)
    refused = word not in ("entitled", GRANTED)
    return Served(
        word=word,
        sentence=served_sentence(word, server.name),
        serves=str(house.kind) if house else "vendor",
        server=server,
        reasons=reasons_in_words(policy, found, language),
        chargeable=found.chargeable,
        model=found.model or "",
        cost=cost_in_words(policy, found, language),
        how=instead_words(policy, found, language) if refused else (),
        instead=tuple(who for who in contacts_instead(policy, ticket, found) if refused and who.name != server.name),
        asks=asked(found),
        way=_way(policy, ticket, found),
    )


def way_on(policy: PolicyFile, ticket: Ticket) -> Way | None:
    """Where a ticket can go on by its customer's wish; None where it is in good hands, or has ended."""
    return _way(policy, ticket, judged(policy, subject_of(policy, ticket)))


def _way(policy: PolicyFile, ticket: Ticket, found: Verdict) -> Way | None:
    """The house that the verdict names and that has not had the ticket; from a partner, the vendor if it owes this itself or lets
    the customer bring it. That it came by mail to the vendor keeps it there only until the customer wishes otherwise.
    """
    if ticket.entitlement == GRANTED or State(ticket.state) not in ACTIVE:
        return None
    subject = replace(subject_of(policy, ticket), own_address=False)
    house = serving_house(policy, subject, found)
    if house is not None:
        fits = house.pk != ticket.serving_house_id and house.pk not in ticket.past_houses
        if fits:
            return Way(house, house.name)
    if ticket.serving_house_id is None or ticket.hand_offs.filter(from_house=None).exists():
        return None  # the vendor has it, or gave it to that house on purpose
    if found.word == "entitled":
        return Way(None, policy.vendor.name)
    topic = next((row for row in policy.topics if row.key == ticket.topic), None)
    level = policy.level(topic.level) if topic else None
    brings = policy.routing.unsolved is not None and (level is None or level.after_hand_on == "vendor")
    return Way(None, policy.vendor.name, brings=True) if brings else None
