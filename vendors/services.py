"""Writes about people."""

from enum import StrEnum

from django.db import transaction
from django.db.models import QuerySet

from kernel import clock
from kernel.audit.services import Entry, record
from kernel.tenancy.scope import Scope, enter
from vendors.access import Act, Member
from vendors.models import IdentityLink, Invitation, Organisation, Person, User


class Verb(StrEnum):
    """What was done to a person."""

    ERASED = "person.erased"


class MayNot(Exception):
    """The role does not allow it, or there is no such person."""


def erase(*, by: Member, person_id: int) -> None:
    """Erase a person of the vendor of `by`: name, addresses and whereabouts go, the row and its key stay, so that every history
    stays whole. A login that is nobody else any more goes too. Raises MayNot.
    """
    with transaction.atomic():
        person = Person.objects.select_for_update().filter(pk=person_id, vendor_id=by.vendor_id, erased_at=None).first()
        if person is None or not by.may(Act.MANAGE_VENDOR):
            raise MayNot("There is no such person, or your role does not include this.")
        now, user_id = clock.now(), person.user_id
        if person.email:
            Invitation.objects.filter(vendor_id=by.vendor_id, email__iexact=person.email).delete()
        person.name, person.email, person.phone = "—", "", ""
        person.country, person.time_zone, person.trained = "", "", None
        person.user, person.active, person.erased_at = None, False, now
        person.save()
        IdentityLink.objects.filter(person=person).delete()
        if user_id is not None and not _is_somebody(user_id):
            User.objects.filter(pk=user_id).delete()
        subject = ("person", person.pk)
        record([Entry(by.vendor_id, now, Verb.ERASED, by.actor, subject=subject, object=subject)])


def show_to(customer: Organisation, house: int) -> None:
    """Let a partner house, by key, see a customer whom it is to serve, his people, sites and items."""
    if house not in customer.houses and customer.supported_by_id != house:
        customer.houses = sorted({*customer.houses, house})
        with enter(
            Scope.of(customer.vendor_id)
        ):  # who sees whom is the vendor's to write down, whoever's act it follows from
            customer.save(update_fields=["houses"])


def _is_somebody(user_id: int) -> bool:
    with enter(Scope(user=user_id)):  # a login finds its own rows at all vendors
        return QuerySet(Person).filter(user_id=user_id).exists()
