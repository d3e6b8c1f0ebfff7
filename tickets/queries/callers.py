"""Who is on the phone: people found by name, mail, phone, company or the serial number that they read out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from vendors.access import CUSTOMERS, Member
from vendors.models import InstalledItem, Organisation, Person

MOST = 20


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who may be calling; `item` is the key of the installed item by whose number he was found, None otherwise."""

    vendor_id: int
    person_id: int
    name: str
    company: str
    email: str
    phone: str
    item: int | None = None
    number: str = ""


def customers_of(member: Member) -> QuerySet[Person]:
    """The customers' people for whom a member may file; a partner's agent for those whom his house serves."""
    people = Person.objects.filter(vendor_id=member.vendor_id, role__in=CUSTOMERS, active=True)
    if member.house is not None:
        people = people.filter(organisation__supported_by=member.house)
    return people.select_related("organisation", "site").order_by("name", "id")


def find_callers(members: Iterable[Member], words: str) -> Sequence[Caller]:
    """At most MOST people whom the words may mean, those with a serial number first; three queries a membership."""
    found: dict[tuple[int, int | None], Caller] = {}
    for member in members:
        for caller in (*_by_item(member, words), *_by_words(member, words)):
            if (caller.person_id, None) not in found or caller.item is not None:
                found.setdefault((caller.person_id, caller.item), caller)
    ranked = sorted(found.values(), key=lambda caller: (caller.item is None, caller.name.casefold(), caller.person_id))
    named = {caller.person_id for caller in ranked if caller.item is not None}
    return [caller for caller in ranked if caller.item is not None or caller.person_id not in named][:MOST]


def companies_like(member: Member, words: str) -> Sequence[str]:
    """Names of at most MOST customers that a member may file for and whose names resemble the words."""
    rows = Organisation.objects.filter(vendor_id=member.vendor_id, kind=Organisation.Kind.CUSTOMER)
    if member.house is not None:
        rows = rows.filter(supported_by=member.house)
    rough = [word for word in words.split() if len(word) > 2] or [words]
    condition = Q()
    for word in rough[:5]:
        condition |= Q(name__icontains=word)
    return list(rows.filter(condition).order_by("name").values_list("name", flat=True)[:MOST]) if words else []


def _by_item(member: Member, words: str) -> Iterable[Caller]:
    items = InstalledItem.objects.filter(vendor_id=member.vendor_id, number__istartswith=words.strip())
    named = list(items.order_by("number").only("number", "vendor_id", "organisation_id", "authorised_user_id")[:5])
    if not named:
        return
    people = list(customers_of(member).filter(organisation__in={item.organisation_id for item in named})[:MOST])
    for item in named:
        for person in people:
            if person.organisation_id == item.organisation_id and item.authorised_user_id in (None, person.pk):
                yield _caller(person, item.pk, item.number)


def _by_words(member: Member, words: str) -> Iterable[Caller]:
    himself = Q(name__icontains=words) | Q(email__icontains=words) | Q(phone__icontains=words)
    people = customers_of(member).filter(himself | Q(organisation__name__icontains=words))
    return (_caller(person) for person in people[:MOST])


def _caller(person: Person, item: int | None = None, number: str = "") -> Caller:
    company = person.organisation.name if person.organisation else ""
    return Caller(person.vendor_id, person.pk, person.name, company, person.email, person.phone, item, number)
