"""For whom and about what a person may file: foreign keys find nothing, as if they were not there."""

from collections.abc import Sequence

from django.db.models import Q

from vendors.access import CUSTOMERS, Member, colleagues_of
from vendors.models import InstalledItem, Organisation, Person


def requester_of(by: Member, key: int | None) -> Person | None:
    """The person for whom `by` files: a customer himself, staff one of the vendor's customers' people, a partner one of the
    customers whom it serves. Without a key it is `by` himself, if he is a customer.
    """
    people = Person.objects.select_related("organisation", "site").filter(vendor_id=by.vendor_id, active=True)
    people = people.filter(role__in=CUSTOMERS)
    if by.is_customer:
        return people.filter(pk=by.person).first() if key in (None, by.person_id) else None
    if key is None:
        return None
    return people.filter(_served(by), pk=key).first()


def item_of(requester: Person, number: str) -> InstalledItem | None:
    """An installed item of the requester's organisation by its serial or licence number."""
    items = InstalledItem.objects.select_related("product", "release", "site", "authorised_user", "sold_by")
    return items.filter(vendor_id=requester.vendor_id, organisation=requester.organisation, number=number).first()


def colleagues(by: Member) -> Sequence[Person]:
    """The people of the house of `by` to whom a ticket can be given; nobody for customers."""
    return list(colleagues_of([by]).filter(active=True).order_by("name", "pk"))


def houses(by: Member) -> Sequence[Organisation]:
    """The partners to whom staff can hand a ticket; none for customers."""
    if by.is_customer:
        return ()
    partners = Organisation.objects.filter(vendor_id=by.vendor_id).exclude(kind=Organisation.Kind.CUSTOMER)
    return list(partners.order_by("name", "pk"))


def _served(by: Member) -> Q:
    return Q() if by.house is None else Q(organisation__supported_by=by.house)
