"""What a ticket's requester is entitled to, judged on the day of filing and told with its reasons."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from contracts.entitlement import GRANTED, Verdict
from contracts.entitlement_words import fact_label, house_label, reason_words, verdict_label
from contracts.gathering import explained as judged_in_full
from contracts.gathering import judged
from contracts.routing import whom_to_ask
from tickets.judged import subject_of
from tickets.models import Ticket
from vendors.catalog.schema import PolicyFile
from vendors.models import Organisation

_TONES = {"entitled": "good", "elsewhere": "warn", "not_owed": "danger", "ask": "outline", GRANTED: "accent"}
_ICONS = {
    "entitled": "circle-check",
    "elsewhere": "forward",
    "not_owed": "circle-slash",
    "ask": "list-checks",
    GRANTED: "badge-check",
}


@dataclass(frozen=True, slots=True)
class Why:
    """A reason in words, with its rule ids."""

    text: str
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A fact that would decide, by name, and in words."""

    fact: str
    words: str


@dataclass(frozen=True, slots=True)
class WhomToAsk:
    """Who serves instead or can make an offer, and how he is reached."""

    name: str
    mail: str = ""
    phone: str = ""
    page: str = ""  # an address on the web


@dataclass(frozen=True, slots=True)
class Explained:
    """A verdict for staff, in the reader's language. `word` is that on the ticket ("granted" beats the verdict), `tone` that of
    its chip; `cost` is empty where it is not settled, `asks` what would decide, `contacts` whom to ask instead.
    """

    word: str
    label: str
    tone: str
    icon: str
    served_by: str
    cost: str
    reasons: tuple[Why, ...]
    asks: tuple[str, ...]
    contacts: tuple[WhomToAsk, ...]

    @property
    def refuses(self) -> bool:
        """Whether it says no, so that a supervisor may grant it (M17)."""
        return self.word in ("elsewhere", "not_owed")


def word_of(policy: PolicyFile, ticket: Ticket) -> str:
    """The verdict's word, as a ticket keeps it; at most two questions to the database."""
    return judged(policy, subject_of(policy, ticket)).word


def explained(policy: PolicyFile, ticket: Ticket) -> Explained:
    """The verdict on a ticket with reasons and whom to ask: at most three questions, if item, seller and customer are loaded."""
    found = judged_in_full(policy, subject_of(policy, ticket))
    language = get_language() or "en"
    word = GRANTED if ticket.entitlement == GRANTED else found.word
    return Explained(
        word=word,
        label=verdict_label(word),
        tone=_TONES[word],
        icon=_ICONS[word],
        served_by=house_label(found.served_by),
        cost=cost_in_words(policy, found, language),
        reasons=reasons_in_words(policy, found, language),
        asks=tuple(fact_label(name) for name in found.ask),
        contacts=contacts_instead(policy, ticket, found),
    )


def cost_in_words(policy: PolicyFile, found: Verdict, language: str) -> str:
    """Whether it costs something and by which model (O13); empty where that is not settled."""
    if found.chargeable is None:
        return ""
    if not found.chargeable:
        return _("Free of charge")
    model = next((row for row in policy.compensation if row.key == found.model), None)
    return (
        _("May be charged: %(model)s") % {"model": policy.say(model.name, language)} if model else _("May be charged")
    )


def reasons_in_words(policy: PolicyFile, found: Verdict, language: str) -> tuple[Why, ...]:
    """The reasons of a verdict for the customer."""
    return tuple(Why(reason_words(policy, why, language), why.rules) for why in found.reasons)


def asked(found: Verdict) -> tuple[Asked, ...]:
    """The unknown facts that would decide."""
    return tuple(Asked(name, fact_label(name)) for name in found.ask)


def contacts_instead(policy: PolicyFile, ticket: Ticket, found: Verdict) -> tuple[WhomToAsk, ...]:
    """Whom to ask where the vendor does not serve: never a dead end. The vendor itself is among them unless another serves."""
    if found.word not in ("elsewhere", "not_owed"):
        return ()
    houses = [contact_of(house) for house in whom_to_ask(policy, subject_of(policy, ticket), found)]
    of_vendor = [] if found.word == "elsewhere" and houses else [contact_of_vendor(policy, ticket.country)]
    return (*houses, *of_vendor)


def contact_of(house: Organisation) -> WhomToAsk:
    """How a house is reached."""
    return WhomToAsk(house.name, house.mail_address, house.phone)


def contact_of_vendor(policy: PolicyFile, country: str) -> WhomToAsk:
    """How the vendor itself is reached from a country, as its file says (M14, O3)."""
    ways = policy.contact_for(country)
    mail = next((way.address for way in ways if way.address), "")
    phone = next((", ".join(way.numbers) for way in ways if way.numbers), "")
    return WhomToAsk(policy.vendor.name, mail, phone, policy.vendor.website or "")
