"""Which house a request goes to: what its verdict says, found among the vendor's partners (M1, M17, O1, I4-I8)."""

from contracts.entitlement import Verdict
from contracts.gathering import Subject
from vendors.catalog.schema import PolicyFile
from vendors.models import Organisation

Kind = Organisation.Kind
_MOST_TO_ASK = 3


def serving_house(
    policy: PolicyFile, subject: Subject, found: Verdict, chosen: Organisation | None = None
) -> Organisation | None:
    """The house that serves the request, or None for the vendor itself; `chosen` is the support partner whom the customer named.

    It is the one that the verdict names. What is not owed goes where its topic belongs (M17: Sales), else nowhere: it waits with
    the vendor, who may grant it. Where the seller is the first contact, he is it too for what is not clear yet (O1, I6). Mail to
    the vendor's own address stays with the vendor (O1). Nobody is his own first contact.
    """
    if subject.own_address and policy.routing.own_address_serves:
        return None
    house = _house(subject, _kind(policy, subject, found), chosen)
    return None if house is None or house.pk == subject.customer.pk else house


def whom_to_ask(policy: PolicyFile, subject: Subject, found: Verdict) -> list[Organisation]:
    """The houses that can help where the vendor does not: who serves it, who makes an offer, who looks after the customer."""
    if found.word not in ("elsewhere", "not_owed"):
        return []
    if found.served_by == "support_partner":
        designated = _designated(subject)
        return [designated] if designated else support_partners(subject.customer.vendor_id)[:_MOST_TO_ASK]
    asked = [_house(subject, found.served_by, None)]
    if found.word == "not_owed":
        # Whoever offers contracts and services knows what can be done, and so does who sold it.
        asked += [_house(subject, kind, None) for kind in (_kind(policy, subject, found), "sales")]
        asked += [subject.item.sold_by if subject.item else None]
        asked += [subject.customer.supported_by]
    houses = {house.pk: house for house in asked if house is not None and house.pk != subject.customer.pk}
    return list(houses.values())[:_MOST_TO_ASK]


def support_partners(vendor_id: int) -> list[Organisation]:
    """The vendor's designated support partners (I8), by name."""
    return list(Organisation.objects.filter(vendor_id=vendor_id, kind=Kind.SUPPORT_PARTNER).order_by("name", "pk"))


def _kind(policy: PolicyFile, subject: Subject, found: Verdict) -> str | None:
    """The kind of house; None for the vendor."""
    if found.word == "entitled":
        return None
    if found.word == "elsewhere":
        return found.served_by
    topic = next((row for row in policy.topics if row.key == subject.topic), None)
    if topic is not None and topic.refer_to:
        return topic.refer_to
    first = policy.level(topic.level).served_by if topic else "distributor"
    return "distributor" if policy.routing.first_contact == "seller" and first == "distributor" else None


def _house(subject: Subject, kind: str | None, chosen: Organisation | None) -> Organisation | None:
    supporter: Organisation | None = subject.customer.supported_by
    if kind == "distributor":
        if subject.item is not None:
            seller: Organisation | None = subject.item.sold_by
            return seller
        return None if supporter is None or supporter.kind == Kind.SUPPORT_PARTNER else supporter
    if kind == "channel_partner":
        return supporter
    if kind == "support_partner":
        return _designated(subject) or chosen or _only(support_partners(subject.customer.vendor_id))
    if kind == "sales":
        sales = Organisation.objects.filter(vendor_id=subject.customer.vendor_id, kind=Kind.SALES)
        return sales.order_by("name", "pk").first()
    return None


def _designated(subject: Subject) -> Organisation | None:
    supporter: Organisation | None = subject.customer.supported_by
    return supporter if supporter and supporter.kind == Kind.SUPPORT_PARTNER else None


def _only(houses: list[Organisation]) -> Organisation | None:
    return houses[0] if len(houses) == 1 else None
