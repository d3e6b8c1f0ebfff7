"""What a ticket's requester is entitled to, judged on the day of filing and told with its reasons."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from contracts.entitlement import GRANTED, Verdict
from contracts.entitlement_words import fact_label, house_label, reason_words, verdict_label
from contracts.gathering import Subject, judged
from contracts.gathering import explained as judged_in_full
from tickets.models import Channel, Ticket
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
_MOST_CONTACTS = 3


@dataclass(frozen=True, slots=True)
class Why:
    """A reason in words, with its rule ids."""

    text: str
    rules: tuple[str, ...]


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


def subject_of(policy: PolicyFile, ticket: Ticket) -> Subject:
    """A ticket as what it is judged by: its records, on the day of filing where the customer is (M2, M5)."""
    return Subject(
        customer=ticket.customer,
        site_id=ticket.site_id,
        item=ticket.item,
        product_id=ticket.release.product_id if ticket.release else ticket.product_id,
        release=_release(policy, ticket),
        topic=ticket.topic,
        day=ticket.received_at.astimezone(ZoneInfo(ticket.time_zone)).date(),
        own_address=ticket.channel == Channel.MAIL,
        handed_on=ticket.serving_house_id is None and bool(ticket.past_houses),
    )


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
        cost=_cost(policy, found, language),
        reasons=tuple(Why(reason_words(policy, why, language), why.rules) for why in found.reasons),
        asks=tuple(fact_label(name) for name in found.ask),
        contacts=tuple(_contacts(policy, ticket, found))[:_MOST_CONTACTS],
    )


def _release(policy: PolicyFile, ticket: Ticket) -> str:
    """The release that is recorded, or else the one that was written into the form."""
    if ticket.release is not None:
        return str(ticket.release.name)
    fields = (field.key for field in policy.intake.fields if field.kind == "release")
    return next((value for key in fields if isinstance(value := ticket.intake.get(key), str)), "").strip()


def _cost(policy: PolicyFile, found: Verdict, language: str) -> str:
    if found.chargeable is None:
        return ""
    if not found.chargeable:
        return _("Free of charge")
    model = next((row for row in policy.compensation if row.key == found.model), None)
    return (
        _("May be charged: %(model)s") % {"model": policy.say(model.name, language)} if model else _("May be charged")
    )


def _contacts(policy: PolicyFile, ticket: Ticket, found: Verdict) -> Iterable[WhomToAsk]:
    """Whom to ask instead: never a dead end."""
    if found.word not in ("elsewhere", "not_owed"):
        return []
    if found.served_by == "support_partner":
        return [_house(house) for house in _support_partners(ticket)]
    seller = ticket.item.sold_by if ticket.item else None
    partner = (
        ticket.customer.supported_by if found.served_by == "channel_partner" else seller or ticket.customer.supported_by
    )
    houses = [_house(partner)] if partner else []
    return houses if found.word == "elsewhere" and houses else [*houses, *_of_vendor(policy, ticket.country)]


def _support_partners(ticket: Ticket) -> list[Organisation]:
    own = ticket.customer.supported_by
    if own is not None and own.kind == Organisation.Kind.SUPPORT_PARTNER:
        return [own]
    found = Organisation.objects.filter(vendor_id=ticket.vendor_id, kind=Organisation.Kind.SUPPORT_PARTNER)
    return list(found.order_by("name")[:_MOST_CONTACTS])


def _house(house: Organisation) -> WhomToAsk:
    return WhomToAsk(house.name, house.mail_address, house.phone)


def _of_vendor(policy: PolicyFile, country: str) -> Iterable[WhomToAsk]:
    for contact in policy.contact_for(country):
        if contact.channel == "online":
            yield WhomToAsk(policy.vendor.name, page=policy.vendor.website or "")
        else:
            yield WhomToAsk(policy.vendor.name, contact.address or "", ", ".join(contact.numbers))
