"""Invite a colleague, take the invitation back, accept one.

Whatever is known of an address elsewhere, at another vendor or in another organisation, the inviter is told the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from kernel import clock
from kernel.audit.services import Actor, Entry, record
from kernel.keys import LARGEST
from kernel.outbox.services import put
from kernel.tenancy.scope import Scope, enter
from vendors.access import CUSTOMERS, MAY, Act, Member
from vendors.joining import links
from vendors.joining.addresses import NotAnAddress, domain_of, normal
from vendors.models import Invitation, Organisation, OrganisationDomain, Person, Role, Site, User, Vendor
from vendors.refusal import Refused

MOST_OPEN = 200  # invitations of an organisation that wait at the same time
_KEPT = timedelta(days=30)  # for which one that has ended is still known


class Verb(StrEnum):
    """What was done about who belongs to a customer."""

    INVITED = "person.invited"
    INVITATION_WITHDRAWN = "invitation.withdrawn"
    JOINED = "person.joined"


class NoInvitation(Exception):
    """There is no such invitation (any more), or not for this login: which of these, nobody is told."""


class HasLogin(Exception):
    """The invited address has a login: its owner signs in and accepts with it."""


@dataclass(frozen=True, slots=True)
class Found:
    """An invitation that can be accepted, with the login of its address if there is one."""

    invitation: Invitation
    vendor: Vendor
    user: User | None


def grantable(by: Member) -> list[Role]:
    """The roles that somebody may give to a colleague: none that may what he may not."""
    if not by.may(Act.MANAGE_COLLEAGUES) or by.organisation_id is None:
        return []
    return [role for role in Role if role in CUSTOMERS and MAY[role] <= MAY[by.role]]


def invite(*, by: Member, email: str, name: str, role: str, site_id: int | None, language: str) -> Invitation:
    """Invite a colleague by mail, in place of what he was invited to before. Raises Refused."""
    try:
        address = normal(email)
    except NotAnAddress:
        raise Refused(_("Give a mail address like name@company.com."), "email") from None
    organisation_id = require_grant(by, role)
    if language not in dict(settings.LANGUAGES):
        raise Refused(_("Choose a language."), "language")
    with enter(Scope.of(by.vendor_id)):
        organisation = locked(by.vendor_id, organisation_id)
        site = site_of(organisation, site_id)
        people = Person.objects.filter(organisation=organisation, role__in=CUSTOMERS, active=True, user__isnull=False)
        if people.filter(Q(email__iexact=address) | Q(user__email__iexact=address)).exists():
            raise Refused(_("This colleague is here already."), "email")
        if open_of(organisation, clock.now()).count() >= MOST_OPEN:
            raise Refused(_("%(most)d invitations are open. Withdraw some first.") % {"most": MOST_OPEN}, "email")
        return make(organisation, address, name=person_name(name), role=role, site=site, language=language, by=by)


def resend(*, by: Member, invitation_id: int) -> Invitation:
    """Send an invitation again, with a new link and a new time; the old link ends. Raises Refused."""
    with enter(Scope.of(by.vendor_id)):
        row = _own(by, invitation_id)
        require_grant(by, row.role)
        return make(
            row.organisation, row.email, name=row.name, role=row.role, site=row.site, language=row.language, by=by
        )


def withdraw(*, by: Member, invitation_id: int) -> None:
    """Take an invitation back: its link ends at once. Raises Refused."""
    with enter(Scope.of(by.vendor_id)):
        row = _own(by, invitation_id)
        row.withdrawn_at = clock.now()
        row.save(update_fields=["withdrawn_at"])
        _audit(row, row.withdrawn_at, Verb.INVITATION_WITHDRAWN, by.actor, ("invitation", row.pk))


def make(
    organisation: Organisation,
    address: str,
    *,
    name: str = "",
    role: str = Role.CUSTOMER_USER,
    site: Site | None = None,
    language: str,
    by: Member | None = None,
) -> Invitation:
    """A new invitation and its letter, inside the vendor's scope; one that waited for the same address ends. Without `by` it
    comes from the mail domain.
    """
    now = clock.now()
    waiting = Invitation.objects.filter(organisation=organisation, email=address, accepted_at=None, withdrawn_at=None)
    waiting.update(withdrawn_at=now)
    row: Invitation = Invitation.objects.create(
        vendor_id=organisation.vendor_id,
        organisation=organisation,
        site=site,
        email=address,
        name=name,
        role=role,
        language=language,
        invited_by_id=by.person if by else None,
        invited_at=now,
        expires_at=now + timedelta(days=settings.INVITATION_DAYS),
        **links.new(),
    )
    put([links.invitation(row)], at=now)
    actor = by.actor if by else Actor()
    _audit(row, now, Verb.INVITED, actor, ("invitation", row.pk), {"role": str(role), "site": row.site_id})
    return row


def open_of(organisation: Organisation | int, now: datetime) -> QuerySet[Invitation]:
    """The invitations of an organisation (or its key) that can be accepted at `now`."""
    return Invitation.objects.filter(organisation=organisation, accepted_at=None, withdrawn_at=None, expires_at__gt=now)


def find(vendor_id: int, secret: str) -> Found:
    """The invitation of a link, as it can be accepted now. Raises NoInvitation."""
    if not vendor_id <= LARGEST:
        raise NoInvitation
    with enter(Scope.of(vendor_id)):
        row = Invitation.objects.select_related("organisation", "site", "invited_by").filter(
            digest=links.digest(secret)
        )
        found = row.first()
        if found is None or not holds(found, clock.now()):
            raise NoInvitation
        user = User.objects.filter(email__iexact=found.email).first()
        _seat(found, user)
        return Found(found, Vendor.objects.get(pk=vendor_id), user)


def accept_new(*, vendor_id: int, secret: str, name: str, password: str, address: str | None = None) -> User:
    """Make a login for the invited address, and its membership; the one of two at the same time wins. `address` is the remote
    one. Raises NoInvitation, HasLogin, or Refused for the name.
    """
    with enter(Scope.of(vendor_id)):
        row = _claimed(vendor_id, secret)
        if User.objects.filter(email__iexact=row.email).exists():
            raise HasLogin
        try:
            with transaction.atomic():
                user = _new_login(row, person_name(name), password)
        except IntegrityError:  # by an invitation of another vendor, this moment
            raise HasLogin from None
        _join(row, user, address)
        return user


def accept(*, user: User, vendor_id: int, secret: str, address: str | None = None) -> Invitation:
    """Accept with a login, which must be the invited address's. `address` is the remote one. Raises NoInvitation."""
    with enter(Scope.of(vendor_id)):
        row = _claimed(vendor_id, secret)
        if user.email.lower() != row.email:
            raise NoInvitation
        _join(row, user, address)
        return row


def accept_proved(
    *, vendor_id: int, organisation_id: int, email: str, name: str, address: str | None = None
) -> Person | None:
    """Accept the invitation that waits for an address in an organisation, for whom its identity provider has proved to be the
    address's owner; a login that is made for him has no password. `address` is the remote one. None if none waits.
    """
    with enter(Scope.of(vendor_id)):
        organisation = locked(vendor_id, organisation_id)
        waiting = open_of(organisation, clock.now()).select_related("organisation", "site", "invited_by")
        row = waiting.filter(email=email).first()
        if row is None or not holds(row, clock.now()):
            return None
        try:
            with transaction.atomic():
                user = User.objects.filter(email__iexact=email).first() or _login_for(row, name)
                return _join(row, user, address)
        except (IntegrityError, NoInvitation):
            return None


def holds(row: Invitation, now: datetime) -> bool:
    """Whether an invitation still stands: open, and whoever gave it may still give it; of a domain, the domain still stands."""
    if not row.is_open(now):
        return False
    if row.invited_by_id is None:
        domains = OrganisationDomain.objects.filter(organisation=row.organisation_id, verified_at__isnull=False)
        return domains.filter(domain=domain_of(row.email)).exists()
    by = row.invited_by
    return (
        by is not None
        and by.active
        and by.organisation_id == row.organisation_id
        and Act.MANAGE_COLLEAGUES in MAY.get(by.role, ())
        and MAY[row.role] <= MAY[by.role]
    )


def clear_old(vendor_id: int) -> int:
    """Forget invitations, with the addresses in them, that ended some time ago; answers how many."""
    before = clock.now() - _KEPT
    ended = Q(expires_at__lt=before) | Q(accepted_at__lt=before) | Q(withdrawn_at__lt=before)
    return Invitation.objects.filter(ended, vendor_id=vendor_id).delete()[0]


def require_grant(by: Member, role: str) -> int:
    """The organisation for which `by` may give the role. Raises Refused."""
    if not by.may(Act.MANAGE_COLLEAGUES) or by.organisation_id is None:
        raise Refused(_("Your role does not include this."))
    if role not in grantable(by):
        raise Refused(_("Choose one of the roles."), "role")
    return by.organisation_id


def person_name(name: str) -> str:
    """A name on one line. Raises Refused for none, and for what a mail program would make a link of."""
    found = " ".join(name.split())
    if not found or len(found) > 120 or not found.isprintable() or any(sign in found for sign in "/@<>\\"):
        raise Refused(_("Give a name, without / @ < > and \\."), "name")
    return found


def locked(vendor_id: int, organisation_id: int) -> Organisation:
    """The organisation, held until the end of the transaction: who belongs to it changes one step at a time."""
    rows = Organisation.objects.select_for_update(no_key=True)
    found: Organisation = rows.get(pk=organisation_id, vendor_id=vendor_id)
    return found


def site_of(organisation: Organisation, site_id: int | None) -> Site | None:
    """A site of the organisation by key. Raises Refused for another's."""
    if site_id is None:
        return None
    site = Site.objects.filter(pk=site_id, organisation=organisation).first()
    if site is None:
        raise Refused(_("Choose one of the sites."), "site")
    return site


def _own(by: Member, invitation_id: int) -> Invitation:
    """An invitation of the organisation of `by` that was neither accepted nor withdrawn, locked."""
    if not by.may(Act.MANAGE_COLLEAGUES) or by.organisation_id is None:
        raise Refused(_("Your role does not include this."))
    locked(by.vendor_id, by.organisation_id)
    rows = Invitation.objects.select_related("organisation", "site").filter(organisation=by.organisation_id)
    row = rows.filter(pk=invitation_id, accepted_at=None, withdrawn_at=None).first()
    if row is None:
        raise Refused(_("This invitation was accepted or withdrawn meanwhile."))
    return row


def _claimed(vendor_id: int, secret: str) -> Invitation:
    """The invitation of a link, locked with its organisation, so that the second of two finds it used."""
    found = find(vendor_id, secret).invitation
    locked(vendor_id, found.organisation_id)
    return find(vendor_id, secret).invitation


def _seat(row: Invitation, user: User | None) -> Person | None:
    """The person whom the invited one already is in the organisation; None if nobody. Raises NoInvitation where he can't be it:
    one is one person of a vendor, and whom an admin removed comes back by an admin only.
    """
    own = None
    for person in _same(row, user):
        mine = person.organisation_id == row.organisation_id and person.role in CUSTOMERS
        others = person.user_id is not None and (user is None or person.user_id != user.pk)
        if not mine and person.active:
            raise NoInvitation
        if not mine:
            continue
        if others or (row.invited_by_id is None and (person.user_id is not None or not person.active)):
            raise NoInvitation
        own = person if own is None or person.user_id else own
    return own


def _same(row: Invitation, user: User | None) -> list[Person]:
    same = Q(email__iexact=row.email) | (Q(user=user) if user else Q(pk__in=[]))
    return list(Person.objects.filter(same, vendor_id=row.vendor_id, erased_at=None).order_by("pk"))


def _new_login(row: Invitation, name: str, password: str | None) -> User:
    zone = (row.site.time_zone if row.site else "") or row.organisation.time_zone
    words = {"name": name, "language": row.language} | ({"time_zone": zone} if zone else {})
    return User.objects.create_user(row.email, password, **words)


def _login_for(row: Invitation, name: str) -> User:
    """A login without a password, under the name that the provider gives, else the inviter's."""
    try:
        found = person_name(name)
    except Refused:
        found = row.name or row.email.partition("@")[0]
    return _new_login(row, found, None)


def _join(row: Invitation, user: User, address: str | None) -> Person:
    now = clock.now()
    held = _seat(row, user)
    gone = [other.pk for other in _same(row, user) if other.organisation_id != row.organisation_id]
    Person.objects.filter(pk__in=gone, active=False).update(user=None, email="")  # he was somebody elsewhere once
    before = {"role": held.role, "site": held.site_id, "active": held.active} if held else {}
    person = held or _new_person(row, user)
    person.user, person.active, person.role, person.site = user, True, row.role, row.site
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError:  # he became somebody else this moment
        raise NoInvitation from None
    row.accepted_at = now
    row.save(update_fields=["accepted_at"])
    actor = Actor(person.pk, user.pk, "web", address)
    after = {"role": row.role, "site": row.site_id, "active": True, "invitation": row.pk}
    _audit(row, now, Verb.JOINED, actor, ("person", person.pk), after, before)
    return person


def _new_person(row: Invitation, user: User) -> Person:
    place = row.site or row.organisation
    return Person(
        vendor_id=row.vendor_id,
        organisation=row.organisation,
        email=row.email,
        name=user.name,
        language=user.language,
        country=place.country,
        time_zone=place.time_zone,
    )


def _audit(
    row: Invitation,
    now: datetime,
    verb: Verb,
    actor: Actor,
    about: tuple[str, int],
    after: Mapping[str, object] | None = None,
    before: Mapping[str, object] | None = None,
) -> None:
    record([Entry(row.vendor_id, now, verb, actor, about, about, before or {}, after or {}, [row.organisation_id])])
