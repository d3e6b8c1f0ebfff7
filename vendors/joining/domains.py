"""Mail domains of organisations: claimed by an admin, proved by the domain's postmaster or verified by the vendor's staff."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kernel import clock
from kernel.audit.services import Actor, Entry, record
from kernel.keys import LARGEST
from kernel.outbox.services import put
from kernel.tenancy.scope import Scope, enter
from vendors.access import Act, Member
from vendors.joining import links
from vendors.joining.addresses import NotAnAddress, is_public, normal_domain
from vendors.joining.invitations import locked
from vendors.models import Organisation, OrganisationDomain, Vendor
from vendors.refusal import Refused

POSTMASTERS = (
    "postmaster",
    "admin",
    "hostmaster",
    "webmaster",
)  # addresses that only a domain's owner reads (RFC 2142)
MOST = 50  # domains of an organisation


class Verb(StrEnum):
    """What was done about a mail domain."""

    CLAIMED = "domain.claimed"
    VERIFIED = "domain.verified"
    REMOVED = "domain.removed"


class NoProof(Exception):
    """There is no such claim (any more), or the domain is known by another organisation: which, nobody is told."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim that can be confirmed."""

    domain: OrganisationDomain
    vendor: Vendor


def domains_of(member: Member) -> QuerySet[OrganisationDomain]:
    """The domains that somebody manages: those of his organisation, or of his vendor's customers."""
    rows = OrganisationDomain.objects.filter(vendor_id=member.vendor_id)
    if manages_all(member):
        return rows
    if member.may(Act.MANAGE_COLLEAGUES) and member.organisation_id is not None:
        return rows.filter(organisation=member.organisation_id)
    return rows.none()


def manages_all(member: Member) -> bool:
    """Whether somebody verifies domains of all customers of his vendor."""
    return member.may(Act.MANAGE_STAFF) and member.organisation_id is None


def claim(*, by: Member, domain: str, asked: str) -> OrganisationDomain:
    """Claim a domain for one's organisation: a link goes to `asked` (one of POSTMASTERS) there. The answer is the same whoever
    has the domain. Raises Refused.
    """
    if not by.may(Act.MANAGE_COLLEAGUES) or by.organisation_id is None:
        raise Refused(_("Your role does not include this."))
    name = _name(domain)
    if asked not in POSTMASTERS:
        raise Refused(_("Choose one of the addresses."), "asked")
    with enter(Scope.of(by.vendor_id)):
        organisation = locked(by.vendor_id, by.organisation_id)
        row = _row(organisation, name)
        now = clock.now()
        if row.verified_at is not None:
            raise Refused(_("This domain is verified already."), "domain")
        row.claimed_by_id, row.asked, row.language = by.person, asked, _language()
        row.expires_at = now + timedelta(days=settings.INVITATION_DAYS)
        for field, value in links.new().items():
            setattr(row, field, value)
        row.save()
        put([links.proof(row)], at=now)
        _audit(row, Verb.CLAIMED, by.actor)
    return row


def find(vendor_id: int, secret: str) -> Claim:
    """The claim of a link. Raises NoProof."""
    if not vendor_id <= LARGEST:
        raise NoProof
    with enter(Scope.of(vendor_id)):
        rows = OrganisationDomain.objects.select_related("organisation", "claimed_by")
        row = rows.filter(digest=links.digest(secret), verified_at=None, expires_at__gt=clock.now()).first()
        if row is None or _taken(row):
            raise NoProof
        return Claim(row, Vendor.objects.get(pk=vendor_id))


def prove(*, vendor_id: int, secret: str, address: str | None = None) -> Claim:
    """Confirm the claim of a link, once. `address` is the remote one. Raises NoProof."""
    with enter(Scope.of(vendor_id)):
        locked(vendor_id, find(vendor_id, secret).domain.organisation_id)
        claim = find(vendor_id, secret)
        if not _verified(claim.domain, Actor(source="web", address=address)):
            raise NoProof
        return claim


def verify(*, by: Member, organisation_id: int, domain: str) -> OrganisationDomain:
    """Verify a customer's domain as the vendor's staff, who know him. Raises Refused."""
    name = _name(domain)
    if not manages_all(by):
        raise Refused(_("Your role does not include this."))
    if not Organisation.objects.filter(pk=organisation_id, vendor_id=by.vendor_id).exists():
        raise Refused(_("Choose one of the customers."), "organisation")
    with enter(Scope.of(by.vendor_id)):
        row = _row(locked(by.vendor_id, organisation_id), name)
        if row.verified_at is not None:
            raise Refused(_("This domain is verified already."), "domain")
        if _taken(row) or not _verified(row, by.actor):
            raise Refused(_("Another customer has this domain."), "domain")
    return row


def remove(*, by: Member, domain_id: int) -> None:
    """Forget a domain: nobody signs up by it any more, and links that it gave end. Raises Refused."""
    with enter(Scope.of(by.vendor_id)):
        row = domains_of(by).filter(pk=domain_id).first()
        if row is None:
            raise Refused(_("There is no such domain."))
        _audit(row, Verb.REMOVED, by.actor)
        row.delete()


def _name(domain: str) -> str:
    try:
        name = normal_domain(domain.rpartition("@")[2])
    except NotAnAddress:
        raise Refused(_("Give a domain like company.com."), "domain") from None
    if is_public(name):
        raise Refused(
            _("Everybody can get an address there. Give a domain that is your organisation's alone."), "domain"
        )
    return name


def _row(organisation: Organisation, name: str) -> OrganisationDomain:
    held = OrganisationDomain.objects.filter(organisation=organisation)
    row = held.filter(domain=name).first()
    if row is None and held.count() >= MOST:
        raise Refused(_("%(most)d domains at most.") % {"most": MOST}, "domain")
    return row or OrganisationDomain(vendor_id=organisation.vendor_id, organisation=organisation, domain=name)


def _taken(row: OrganisationDomain) -> bool:
    others = OrganisationDomain.objects.filter(~Q(organisation=row.organisation_id), vendor_id=row.vendor_id)
    return others.filter(domain=row.domain, verified_at__isnull=False).exists()


def _verified(row: OrganisationDomain, actor: Actor) -> bool:
    row.verified_at, row.seed, row.digest, row.expires_at = clock.now(), "", "", None
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:  # another organisation was quicker
        return False
    _audit(row, Verb.VERIFIED, actor)
    return True


def _language() -> str:
    language = (get_language() or settings.LANGUAGE_CODE)[:2]
    return language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def _audit(row: OrganisationDomain, verb: Verb, actor: Actor) -> None:
    about = ("domain", row.pk)
    record([Entry(row.vendor_id, clock.now(), verb, actor, about, about, houses=[row.organisation_id])])
