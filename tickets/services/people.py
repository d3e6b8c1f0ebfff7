"""What the removal of a customer's person means for tickets."""

from django.db import transaction

from kernel.tenancy.scope import Scope, enter
from tickets.models import Watcher
from vendors.access import Member
from vendors.joining import colleagues
from vendors.models import Person


def remove_colleague(*, by: Member, person_id: int) -> Person:
    """Remove a colleague of the organisation of `by`: what he asked stays, what he watched goes on without him.
    Raises Refused.
    """
    with transaction.atomic():
        person = colleagues.remove(by=by, person_id=person_id)
        with enter(Scope.of(by.vendor_id)):
            Watcher.objects.filter(vendor_id=by.vendor_id, person=person).delete()
    return person
