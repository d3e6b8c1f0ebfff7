"""Identity providers of a vendor and of its organisations: who manages them, and whom they may say somebody is (ADR 0013).

A provider speaks for people of its own vendor and organisation only. It is believed about a mail address once, when its subject
is first seen; from then on the subject is the person.
"""

import os
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import cast
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from kernel import clock
from kernel.audit.services import Actor, Entry, record
from kernel.keys import LARGEST
from kernel.tenancy.models import Tenant
from kernel.tenancy.scope import Scope, enter
from vendors.access import STAFF, Act, Member, member_of
from vendors.joining import invitations
from vendors.joining.addresses import NotAnAddress, domain_of, is_public, normal, normal_domain
from vendors.models import IdentityLink, IdentityProvider, Organisation, OrganisationDomain, Person, User, Vendor
from vendors.refusal import Refused

MOST = 50  # providers of a vendor
_SECRET_NAME = re.compile(r"[A-Z0-9_]{1,40}")
_WELL_KNOWN = "/.well-known/openid-configuration"


class Verb(StrEnum):
    """What was done about signing in by a provider."""

    CREATED = "identity_provider.created"
    CHANGED = "identity_provider.changed"
    REMOVED = "identity_provider.removed"
    LINKED = "identity.linked"
    UNLINKED = "identity.unlinked"
    SIGNED_IN = "identity.signed_in"


class Why(StrEnum):
    """Why a provider's word does not sign somebody in."""

    NOT_VERIFIED = "not_verified"  # no mail address that it has verified
    OTHER_DOMAIN = "other_domain"  # an address for which it may not speak
    UNKNOWN = "unknown"  # nobody here, or nobody any more
    OTHER_SUBJECT = "other_subject"  # this person is known under another subject


class NotAdmitted(Exception):
    """Nobody is signed in."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Identity:
    """What a provider says of who stands before it."""

    subject: str
    email: str = ""
    email_verified: bool = False
    name: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """A provider as its manager describes it: `organisation_id` None is the vendor's own staff, `secret` the last part of the
    name of the environment variable, empty for a public client.
    """

    name: str
    organisation_id: int | None
    issuer: str
    client_id: str
    secret: str = ""
    domains: Sequence[str] = ()
    by_address: bool = True
    proves_second_factor: bool = False
    active: bool = True


def manages(member: Member) -> bool:
    """Whether somebody manages his vendor's providers, those of its organisations too."""
    return member.may(Act.MANAGE_VENDOR) and member.organisation_id is None


def providers_of(member: Member) -> QuerySet[IdentityProvider]:
    """The providers that somebody manages."""
    rows = IdentityProvider.objects.filter(vendor_id=member.vendor_id)
    return rows if manages(member) else rows.none()


def save(*, by: Member, provider_id: int | None, terms: Terms) -> IdentityProvider:
    """Make or change a provider. With another issuer, client or organisation its subjects are others: all links end. Raises
    Refused.
    """
    if not manages(by):
        raise Refused(_("Your role does not include this."))
    with enter(Scope.of(by.vendor_id)):
        row = _row(by, provider_id)
        before, identity = _told(row) if row.pk else {}, _identity(row)
        row.name = _line(terms.name, "name", 80)
        row.organisation = _organisation(by, terms.organisation_id)
        row.issuer = issuer_of(terms.issuer)
        row.client_id = _line(terms.client_id, "client_id", 200)
        row.secret_variable = secret_variable(by.vendor_id, terms.secret)
        row.domains = [] if row.organisation else _domains(terms.domains)
        row.by_address, row.active = terms.by_address, terms.active
        row.proves_second_factor = terms.proves_second_factor
        row.save()
        if before and identity != _identity(row):
            row.links.all().delete()
        _audit(row, Verb.CHANGED if before else Verb.CREATED, by.actor, before, _told(row))
        return row


def remove(*, by: Member, provider_id: int) -> None:
    """Remove a provider: nobody signs in by it any more, and who has is signed out with his next request. Raises Refused."""
    if not manages(by):
        raise Refused(_("Your role does not include this."))
    with enter(Scope.of(by.vendor_id)):
        row = _row(by, provider_id)
        _audit(row, Verb.REMOVED, by.actor, _told(row), {})
        row.delete()


def unlink(*, by: Member, link_id: int) -> None:
    """Forget which subject a person is, as after a new account at the provider: the next sign-in links anew. Raises Refused."""
    if not manages(by):
        raise Refused(_("Your role does not include this."))
    with enter(Scope.of(by.vendor_id)):
        link = IdentityLink.objects.select_related("provider").filter(pk=link_id, vendor_id=by.vendor_id).first()
        if link is None:
            raise Refused(_("There is no such link."))
        _audit_person(link.provider, Verb.UNLINKED, by.actor, link.person_id)
        link.delete()


def find(vendor_id: int, key: str) -> tuple[IdentityProvider, Vendor] | None:
    """The active provider at an address, with its vendor; None if there is none."""
    if vendor_id > LARGEST or "\x00" in key:
        return None
    with enter(Scope.of(vendor_id)):
        rows = IdentityProvider.objects.select_related("organisation")
        row = rows.filter(vendor_id=vendor_id, key=key, active=True).first()
        return (row, Vendor.objects.get(pk=vendor_id)) if row else None


def found_by(text: str) -> list[tuple[IdentityProvider, Vendor]]:
    """The active providers that speak for the domain of a mail address at any vendor, where a customer's is verified; or, by a
    vendor's short name, those of its staff. Only those that are to be found so.
    """
    with enter(Scope(open=frozenset(Tenant.objects.values_list("pk", flat=True)))):
        rows = IdentityProvider.objects.select_related("organisation").filter(active=True, by_address=True)
        vendors = {vendor.pk: vendor for vendor in Vendor.objects.all()}
        try:
            domain = domain_of(normal(text))
        except NotAnAddress:
            slug = text.strip().lower()
            own = [key for key, vendor in vendors.items() if vendor.slug == slug]
            rows = rows.filter(vendor_id__in=own, organisation=None)
        else:
            held = OrganisationDomain.objects.filter(domain=domain, verified_at__isnull=False)
            rows = rows.filter(organisation__in=held.values("organisation"))
        return [(row, vendors[row.vendor_id]) for row in rows.order_by("vendor_id", "name", "pk")]


def speaks_for(row: IdentityProvider) -> frozenset[str]:
    """The mail domains for which a provider may speak: those of its organisation that are verified now, or those of the staff."""
    if row.organisation_id is None:
        return frozenset(row.domains)
    held = OrganisationDomain.objects.filter(organisation=row.organisation_id, verified_at__isnull=False)
    return frozenset(held.values_list("domain", flat=True))


def covers(row: IdentityProvider, member: Member) -> bool:
    """Whether a membership is one of those for which the provider may sign somebody in: of its vendor and its organisation, or
    of the vendor's own staff.
    """
    if member.vendor_id != row.vendor_id or member.organisation_id != row.organisation_id:
        return False
    return row.organisation_id is not None or member.role in STAFF


def admit(*, vendor_id: int, provider_id: int, identity: Identity, address: str | None = None) -> User:
    """The login of the person whom a provider has proved somebody to be; he may be linked or join by his invitation now.
    `address` is the remote one. Raises NotAdmitted.
    """
    with enter(Scope.of(vendor_id)):
        # One at a time: of two subjects for one person, the first is he.
        row = IdentityProvider.objects.select_for_update().filter(pk=provider_id, active=True).first()
        if row is None:
            raise NotAdmitted(Why.UNKNOWN)
        links = IdentityLink.objects.select_related("person__user").filter(provider=row, subject=identity.subject)
        link = links.first()
        person = link.person if link else _first_seen(row, identity, address)
        if not _is_here(row, person):
            raise NotAdmitted(Why.UNKNOWN)
        _audit_person(row, Verb.SIGNED_IN, Actor(person.pk, person.user_id, "web", address), person.pk)
        return cast(User, person.user)


def standing(vendor_id: int, provider_id: int, issuer: str) -> IdentityProvider | None:
    """The provider by which a session began, if it still stands and is still the same."""
    with enter(Scope.of(vendor_id)):
        rows = IdentityProvider.objects.select_related("organisation")
        return rows.filter(pk=provider_id, issuer=issuer, active=True).first()


def secret_of(row: IdentityProvider) -> str:
    """The provider's client secret, from the environment; empty for a public client or if it is missing there."""
    return os.environ.get(row.secret_variable, "") if row.secret_variable else ""


def secret_variable(vendor_id: int, name: str) -> str:
    """The environment variable that a manager may name: below a prefix of his vendor's, for what it holds is sent to an address
    that he chooses. Raises Refused.
    """
    name = name.strip().upper()
    if name and not _SECRET_NAME.fullmatch(name):
        raise Refused(_("Capital letters, digits and _ only."), "secret")
    return f"{secret_prefix(vendor_id)}{name}" if name else ""


def secret_prefix(vendor_id: int) -> str:
    """How the environment variables with a vendor's client secrets begin."""
    return f"OIDC_SECRET_{vendor_id}_"


def issuer_of(text: str) -> str:
    """The address of an issuer: https, with a host, nothing after the path; or below an origin of one's own network that the
    installation names. Raises Refused.
    """
    text = text.strip().removesuffix(_WELL_KNOWN)
    try:
        url = urlsplit(text)
        origin, host, more = (
            f"{url.scheme}://{url.netloc}",
            url.hostname,
            (url.query, url.fragment, url.username, url.port),
        )
    except ValueError:
        raise Refused(_("Give an address like https://login.company.com."), "issuer") from None
    plain = text.isascii() and text.isprintable() and not re.search(r"[\s\\<>\"'?#]", text) and len(text) <= 500
    if (
        not plain
        or not host
        or any(more[:3])
        or (url.scheme != "https" and origin not in settings.OIDC_INTERNAL_ORIGINS)
    ):
        raise Refused(_("Give an address like https://login.company.com."), "issuer")
    return text


def _row(by: Member, provider_id: int | None) -> IdentityProvider:
    held = providers_of(by).select_for_update()
    if provider_id is None:
        if held.count() >= MOST:
            raise Refused(_("%(most)d providers at most.") % {"most": MOST})
        return IdentityProvider(vendor_id=by.vendor_id, key=secrets.token_hex(16))
    row = held.filter(pk=provider_id).first()
    if row is None:
        raise Refused(_("There is no such provider."))
    return row


def _organisation(by: Member, organisation_id: int | None) -> Organisation | None:
    if organisation_id is None:
        return None
    row = Organisation.objects.filter(pk=organisation_id, vendor_id=by.vendor_id).first()
    if row is None:
        raise Refused(_("Choose one of the organisations."), "organisation")
    return row


def _domains(texts: Sequence[str]) -> list[str]:
    try:
        found = sorted({normal_domain(text.rpartition("@")[2]) for text in texts})
    except NotAnAddress:
        raise Refused(_("Give a domain like company.com."), "domains") from None
    if not found or len(found) > MOST:
        raise Refused(_("Give the mail domains of your staff, 1 to %(most)d.") % {"most": MOST}, "domains")
    if any(is_public(domain) for domain in found):
        raise Refused(
            _("Everybody can get an address there. Give a domain that is your organisation's alone."), "domains"
        )
    return found


def _line(text: str, field: str, most: int) -> str:
    found = " ".join(text.split())
    if not found or len(found) > most or not found.isprintable():
        raise Refused(_("This is needed, on one line."), field)
    return found


def _first_seen(row: IdentityProvider, identity: Identity, address: str | None) -> Person:
    """The person whom a subject is from now on: by the address that the provider has verified, or by his invitation."""
    try:
        email = normal(identity.email)
    except NotAnAddress:
        raise NotAdmitted(Why.NOT_VERIFIED) from None
    if not identity.email_verified:
        raise NotAdmitted(Why.NOT_VERIFIED)
    if domain_of(email) not in speaks_for(row):
        raise NotAdmitted(Why.OTHER_DOMAIN)
    person = _known(row, email) or _invited(row, email, identity.name, address)
    if person is None or not _is_here(row, person):
        raise NotAdmitted(Why.UNKNOWN)
    try:
        with transaction.atomic():
            IdentityLink.objects.create(
                vendor_id=row.vendor_id, provider=row, person=person, subject=identity.subject, linked_at=clock.now()
            )
    except IntegrityError:
        raise NotAdmitted(Why.OTHER_SUBJECT) from None
    _audit_person(row, Verb.LINKED, Actor(person.pk, person.user_id, "web", address), person.pk)
    return person


def _known(row: IdentityProvider, email: str) -> Person | None:
    people = Person.objects.select_related("user").filter(
        Q(email__iexact=email) | Q(user__email__iexact=email),
        vendor_id=row.vendor_id,
        organisation=row.organisation_id,
        user__isnull=False,
        active=True,
    )
    found = list(people[:2])
    return found[0] if len(found) == 1 else None


def _invited(row: IdentityProvider, email: str, name: str, address: str | None) -> Person | None:
    if row.organisation_id is None:
        return None
    return invitations.accept_proved(
        vendor_id=row.vendor_id, organisation_id=row.organisation_id, email=email, name=name, address=address
    )


def _is_here(row: IdentityProvider, person: Person) -> bool:
    user = person.user
    return person.active and user is not None and user.is_active and covers(row, member_of(person))


def _identity(row: IdentityProvider) -> tuple[str, str, int | None]:
    return row.issuer, row.client_id, row.organisation_id


def _told(row: IdentityProvider) -> dict[str, object]:
    """What the audit keeps of a provider: keys and settings, no words of people."""
    return {
        "organisation": row.organisation_id,
        "issuer": row.issuer,
        "active": row.active,
        "by_address": row.by_address,
        "proves_second_factor": row.proves_second_factor,
    }


def _audit(
    row: IdentityProvider, verb: Verb, actor: Actor, before: dict[str, object], after: dict[str, object]
) -> None:
    about = ("identity_provider", row.pk)
    record([Entry(row.vendor_id, clock.now(), verb, actor, about, about, before, after)])


def _audit_person(row: IdentityProvider, verb: Verb, actor: Actor, person_id: int) -> None:
    about, provider = ("person", person_id), ("identity_provider", row.pk)
    houses = [row.organisation_id] if row.organisation_id else []
    record([Entry(row.vendor_id, clock.now(), verb, actor, about, provider, houses=houses)])
