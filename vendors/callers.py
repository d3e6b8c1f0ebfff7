"""Write down a caller whom nobody knows yet, and his company if that is new too (M14: staff log phone requests)."""

from enum import StrEnum

from django.db import IntegrityError, transaction
from django.db.models import Q

from kernel import clock
from kernel.audit.services import Entry, record
from kernel.tenancy.scope import Scope, enter
from vendors.access import Act, Member
from vendors.models import Organisation, Person, Role


class Verb(StrEnum):
    """What was written down."""

    PERSON_ADDED = "person.added"
    ORGANISATION_ADDED = "organisation.added"


class NotAdded(Exception):
    """Why a caller can't be written down: `field` is what is wrong with it, `known` the person who has that address already."""

    def __init__(self, field: str, known: Person | None = None) -> None:
        super().__init__(field)
        self.field, self.known = field, known


def served_by(member: Member) -> Q:
    """The customers (organisations) for whom a member may file: all of his vendor's, or those whom his house supports."""
    of_vendor = Q(vendor_id=member.vendor_id, kind=Organisation.Kind.CUSTOMER)
    return of_vendor if member.house is None else of_vendor & Q(supported_by=member.house)


def add_caller(
    *, by: Member, name: str, company: str, email: str = "", phone: str = "", language: str = "en", country: str = ""
) -> Person:
    """A new person of the customer with that name, who is made if there is none; he has no login. What a partner's agent adds is
    supported by his house. `country` is two letters or empty. Raises NotAdded.
    """
    name, company, email = name.strip(), company.strip(), email.strip().lower()
    if not name:
        raise NotAdded("name")
    if not company or not by.may(Act.WORK_TICKETS):
        raise NotAdded("company")
    # Who is who is the vendor's to write down, whoever's call it was.
    with enter(Scope.of(by.vendor_id)):
        customer = Organisation.objects.filter(vendor_id=by.vendor_id, name__iexact=company).first()
        if customer and not Organisation.objects.filter(served_by(by), pk=customer.pk).exists():
            raise NotAdded("company")
        if email and (known := Person.objects.filter(vendor_id=by.vendor_id, email__iexact=email).first()):
            raise NotAdded("email", known if customer and known.organisation_id == customer.pk else None)
        try:
            with transaction.atomic():
                return _added(by, customer, name, company, email, phone.strip(), language, country.strip().upper())
        except IntegrityError:  # somebody was quicker
            raise NotAdded("email" if email else "company") from None


def _added(
    by: Member,
    customer: Organisation | None,
    name: str,
    company: str,
    email: str,
    phone: str,
    language: str,
    country: str,
) -> Person:
    now = clock.now()
    entries = []
    if customer is None:
        customer = Organisation.objects.create(
            vendor_id=by.vendor_id,
            kind=Organisation.Kind.CUSTOMER,
            name=company,
            country=country,
            supported_by_id=by.house,
        )
        subject = ("organisation", customer.pk)
        entries.append(Entry(by.vendor_id, now, Verb.ORGANISATION_ADDED, by.actor, subject=subject, object=subject))
    person: Person = Person.objects.create(
        vendor_id=by.vendor_id,
        organisation=customer,
        role=Role.CUSTOMER_USER,
        name=name,
        email=email,
        phone=phone,
        language=language,
        country=country,
    )
    subject = ("person", person.pk)
    entries.append(Entry(by.vendor_id, now, Verb.PERSON_ADDED, by.actor, subject=subject, object=subject))
    record(entries)
    return person
