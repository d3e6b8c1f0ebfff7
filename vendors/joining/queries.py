"""Who belongs to an organisation, and who is invited to it: as its admins see it."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from vendors.access import CUSTOMERS, Act, Member
from vendors.models import Invitation, OrganisationDomain, Person


def managers_among(members: Iterable[Member]) -> list[Member]:
    """The memberships that manage colleagues."""
    return [m for m in members if m.may(Act.MANAGE_COLLEAGUES) and m.organisation_id is not None]


def colleagues(managers: Iterable[Member]) -> QuerySet[Person]:
    """The customers' people of the managers' organisations, by name, with login and site."""
    rows = Person.objects.filter(_of(managers), role__in=CUSTOMERS, active=True, erased_at=None)
    return rows.select_related("user", "site", "organisation").order_by("name", "pk")


def invitations(managers: Iterable[Member]) -> QuerySet[Invitation]:
    """The invitations of their organisations that were neither accepted nor withdrawn, newest first; those of mail domains are
    their receivers' own.
    """
    rows = Invitation.objects.filter(_of(managers), accepted_at=None, withdrawn_at=None, invited_by__isnull=False)
    return rows.select_related("site", "invited_by").order_by("-pk")


def domains(managers: Iterable[Member]) -> QuerySet[OrganisationDomain]:
    """The mail domains of their organisations, and those that are claimed."""
    return OrganisationDomain.objects.filter(_of(managers)).order_by("domain")


def _of(managers: Iterable[Member]) -> Q:
    condition = Q(pk__in=[])
    for member in managers:
        condition |= Q(vendor_id=member.vendor_id, organisation=member.organisation_id)
    return condition
