"""Which house serves a request first (O1, I4, I6). Whether it is entitled is told by contracts.entitlement."""

from vendors.catalog.schema import PolicyFile
from vendors.models import InstalledItem, Organisation


def serving_house(
    policy: PolicyFile, *, item: InstalledItem | None, customer: Organisation, topic: str, channel: str
) -> Organisation | None:
    """The partner who serves the request first, or None for the vendor itself.

    Where the seller is the first contact (O1, I6), it is who sold the item (nobody else: the vendor itself, I4), and without an
    item who supports the customer; mail to the vendor's own address stays with the vendor (O1). A topic's level can send it to
    the seller (I4), keep it here (I5), or ask for a support partner (I8): without one the vendor passes it on.
    """
    if channel == "mail" and policy.routing.own_address_serves:
        return None
    supporter: Organisation | None = customer.supported_by
    seller: Organisation | None = item.sold_by if item else supporter
    if topic:
        level = policy.level(policy.topic(topic).level)
        if level.served_by in {"distributor", "seller", "reseller"}:
            return seller
        if level.served_by == "support_partner":
            return supporter if supporter and supporter.kind == Organisation.Kind.SUPPORT_PARTNER else None
        if level.served_by == "vendor" and policy.routing.first_contact == "vendor":
            return None
        if level.served_by == "vendor" and len(policy.levels) > 1:
            return None
    return seller if policy.routing.first_contact == "seller" else None
