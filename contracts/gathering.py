"""The facts of a request as the records have them, in at most two questions to the database."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q

from contracts.entitlement import UnknownTopic, Verdict, verdict
from contracts.facts import NONE_FOUND, Facts, Held
from contracts.models import Contract
from vendors.catalog.schema import PolicyFile
from vendors.models import InstalledItem, Organisation, Release

_KINDS = {
    Organisation.Kind.CHANNEL_PARTNER: "channel_partner",
    Organisation.Kind.OEM: "oem",
    Organisation.Kind.DISTRIBUTOR: "partner",
    Organisation.Kind.RESELLER: "partner",
    Organisation.Kind.SUPPORT_PARTNER: "partner",
    Organisation.Kind.SALES: "partner",
}
_MOST_RELEASES = 300


@dataclass(frozen=True, slots=True)
class Subject:
    """A request: for whom and where, about what, since when (`day`, that of filing), and which way it has come."""

    customer: Organisation
    site_id: int | None
    item: InstalledItem | None
    product_id: int | None
    release: str
    topic: str
    day: date
    own_address: bool = False
    handed_on: bool = False


def judged(policy: PolicyFile, subject: Subject) -> Verdict:
    """The verdict on a request. The database is asked only if what it knows can decide word or house."""
    found = _verdict(policy, _without_questions(policy, subject))
    settled = found.word != "ask" and not (found.word == "elsewhere" and found.served_by is None)
    return found if settled else explained(policy, subject)


def explained(policy: PolicyFile, subject: Subject) -> Verdict:
    """The verdict on a request with all that is known: two questions."""
    return _verdict(policy, facts_of(policy, subject))


def facts_of(policy: PolicyFile, subject: Subject) -> Facts:
    """All that is known of a request."""
    facts = replace(_without_questions(policy, subject), site_contracts=_contracts(policy, subject))
    if policy.releases.supported == "newest":
        facts = _with_releases(policy, subject, facts)
    return replace(facts, requester=_requester(policy, subject, facts.site_contracts))


def _verdict(policy: PolicyFile, facts: Facts) -> Verdict:
    try:
        return verdict(policy, facts)
    except UnknownTopic:  # a topic of an earlier version of the file
        return verdict(policy, replace(facts, topic=None))


def _without_questions(policy: PolicyFile, subject: Subject) -> Facts:
    item = subject.item
    return Facts(
        on=subject.day,
        requester=_requester(policy, subject, None),
        topic=subject.topic or None,
        release=subject.release or None,
        seller=_seller(subject),
        warranty_until=item.warranty_until if item else None,
        warranty_void=_void(item, subject.day) if item else None,
        cause=NONE_FOUND,
        handed_on=subject.handed_on,
        own_address=subject.own_address and policy.routing.own_address_serves,
    )


def _requester(policy: PolicyFile, subject: Subject, held: tuple[Held, ...] | None) -> str | None:
    """Who asks (M1). A customer whom a partner supports, without a contract of his own here, has support only through it."""
    customer = subject.customer
    if customer.kind != Organisation.Kind.CUSTOMER:
        return _KINDS[Organisation.Kind(customer.kind)]
    if customer.supported_by_id is None:
        return "customer"
    needed = next((rule.needs_contract for rule in policy.requesters if rule.requester == "customer"), None)
    if needed is None:
        return "customer"
    if held is None:
        return None
    own = any(one.kind == needed and _holds(one, subject.day) for one in held)
    return "customer" if own else "partner_only_end_user"


def _seller(subject: Subject) -> str | None:
    """Who sold it; without an item, the seller who looks after the customer."""
    if subject.item is not None:
        seller = subject.item.sold_by
        if seller is None:
            return "vendor"
        return "reseller" if seller.kind == Organisation.Kind.RESELLER else "distributor"
    supporter = subject.customer.supported_by
    if supporter is None or supporter.kind == Organisation.Kind.SUPPORT_PARTNER:
        return None
    return "reseller" if supporter.kind == Organisation.Kind.RESELLER else "distributor"


def _void(item: InstalledItem, day: date) -> bool:
    return item.warranty_void_since is not None and item.warranty_void_since <= day


def _contracts(policy: PolicyFile, subject: Subject) -> tuple[Held, ...] | None:
    """The contracts that hold for the site on the day; None where it is not known which site it is, and that matters."""
    per = {kind.key: kind.per for kind in policy.contracts}
    day = subject.day
    rows = (
        Contract.objects.filter(Q(ends=None) | Q(ends__gte=day), customer=subject.customer, starts__lte=day)
        .annotate(places=ArrayAgg("sites__site_id", filter=Q(sites__isnull=False), default=[]))
        .order_by("starts", "pk")
    )
    held: list[Held] = []
    for row in rows:
        everywhere = per.get(row.kind) == "organisation" or (
            not row.places and (per.get(row.kind) != "site" or subject.site_id is None)
        )
        if not everywhere and subject.site_id is None:
            return None
        if everywhere or subject.site_id in row.places:
            held.append(Held(row.kind, row.starts, row.ends))
    return tuple(held)


def _with_releases(policy: PolicyFile, subject: Subject, facts: Facts) -> Facts:
    """The releases of the product that were out on the day, newest first (M2). Where the product is not known or has none of its
    own, those that the vendor has of one product only hold for all.
    """
    out = Release.objects.filter(vendor_id=subject.customer.vendor_id, released_on__lte=subject.day)
    rows = list(out.order_by("-released_on", "-pk").values_list("product_id", "name")[:_MOST_RELEASES])
    one_line = len({product for product, _name in rows}) == 1
    names = [name for product, name in rows if product == subject.product_id] or [name for _p, name in rows if one_line]
    if not names:
        return facts
    before = names[1] if len(names) > 1 else ""
    earlier = tuple(names[2 : policy.releases.count])
    return replace(facts, current_release=names[0], previous_release=before, earlier_releases=earlier)


def _holds(held: Held, day: date) -> bool:
    return (held.starts is None or held.starts <= day) and (held.ends is None or day <= held.ends)
