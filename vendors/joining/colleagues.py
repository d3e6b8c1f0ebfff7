"""Change a colleague's role and site, and remove him: by an admin of his organisation."""

from collections.abc import Mapping
from enum import StrEnum

from django.db.models import Q
from django.utils.translation import gettext as _

from kernel import clock
from kernel.audit.services import Entry, record
from kernel.tenancy.scope import Scope, enter
from vendors.access import CUSTOMERS, Act, Member, memberships
from vendors.joining.invitations import locked, require_grant, site_of
from vendors.models import AccessToken, Invitation, Organisation, Person, Role
from vendors.refusal import Refused


class Verb(StrEnum):
    """What was done to a colleague."""

    CHANGED = "person.changed"
    REMOVED = "person.removed"


def change(*, by: Member, person_id: int, role: str, site_id: int | None) -> Person:
    """Give a colleague a role, no higher than one's own, and a site. Raises Refused."""
    organisation_id = require_grant(by, role)
    with enter(Scope.of(by.vendor_id)):
        organisation = locked(by.vendor_id, organisation_id)
        person = _colleague(organisation, person_id)
        if role != Role.CUSTOMER_ADMIN:
            _require_another_admin(organisation, person)
        before = {"role": person.role, "site": person.site_id}
        person.role, person.site = role, site_of(organisation, site_id)
        if before != {"role": person.role, "site": person.site_id}:
            person.save(update_fields=["role", "site"])
            _audit(by, Verb.CHANGED, person, before, {"role": person.role, "site": person.site_id})
        return person


def remove(*, by: Member, person_id: int) -> Person:
    """Remove a colleague: he is nobody here from the next request on, his requests stay, what he invited to ends, and API tokens
    of a login that is nobody anywhere any more are dead. Raises Refused.
    """
    if not by.may(Act.MANAGE_COLLEAGUES) or by.organisation_id is None:
        raise Refused(_("Your role does not include this."))
    with enter(Scope.of(by.vendor_id)):
        organisation = locked(by.vendor_id, by.organisation_id)
        person = _colleague(organisation, person_id)
        _require_another_admin(organisation, person)
        person.active = False
        person.save(update_fields=["active"])
        now = clock.now()
        his = Q(invited_by=person) | (Q(email__iexact=person.email) if person.email else Q(pk__in=[]))
        waiting = Invitation.objects.filter(his, organisation=organisation, accepted_at=None, withdrawn_at=None)
        waiting.update(withdrawn_at=now)
        _audit(by, Verb.REMOVED, person, {"role": person.role, "active": True}, {"active": False})
        if person.user_id is not None and not memberships(person.user_id):
            AccessToken.objects.filter(user=person.user_id, revoked_at=None).update(revoked_at=now)
        return person


def is_last_admin(organisation: Organisation | int, person: Person) -> bool:
    """Whether nobody else of the organisation (or its key) could invite and remove colleagues."""
    if person.role != Role.CUSTOMER_ADMIN or person.user_id is None:
        return False
    admins = Person.objects.filter(organisation=organisation, role=Role.CUSTOMER_ADMIN, active=True)
    return not admins.filter(user__is_active=True).exclude(pk=person.pk).exists()


def _require_another_admin(organisation: Organisation, person: Person) -> None:
    if is_last_admin(organisation, person):
        raise Refused(
            _("Somebody must be able to invite and remove colleagues. Make somebody else an admin first."), "role"
        )


def _colleague(organisation: Organisation, person_id: int) -> Person:
    people = Person.objects.filter(organisation=organisation, role__in=CUSTOMERS, active=True, erased_at=None)
    person = people.filter(pk=person_id).first()
    if person is None:
        raise Refused(_("There is no such person."))
    return person


def _audit(by: Member, verb: Verb, person: Person, before: Mapping[str, object], after: Mapping[str, object]) -> None:
    about = ("person", person.pk)
    houses = [person.organisation_id] if person.organisation_id else []
    record([Entry(by.vendor_id, clock.now(), verb, by.actor, about, about, before, after, houses)])
