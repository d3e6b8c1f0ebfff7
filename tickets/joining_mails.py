"""Mail of invitations, of sign-up and of mail domains. The secret of a link is made here, at delivery, and nowhere kept."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from kernel import clock
from kernel.outbox.services import Topic
from tickets.mails import address, line, message_id_of, ours, send
from tickets.times import absolute
from tickets.zones import is_zone
from vendors.joining.invitations import holds
from vendors.joining.links import secret_of
from vendors.models import Invitation, OrganisationDomain, Person, Vendor


@dataclass(frozen=True, slots=True)
class Content:
    """What the template shows: sentences, the link with its words, and sentences below it."""

    title: str
    lead: list[str]
    label: str
    url: str
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Letter:
    """Whom it goes to, in which language and zone; `say` makes its words once these are set."""

    name: str
    email: str
    language: str
    zone: str
    say: Callable[[], Content]


def prepare(vendor_id: int, key: str, payload: Mapping[str, Any]) -> EmailMultiAlternatives | None:
    """The mail of a letter, inside the vendor's scope; None if what it is about has ended."""
    vendor = Vendor.objects.get(pk=vendor_id)
    letter = _KINDS[payload["kind"]](vendor, payload)
    if letter is None:
        return None
    zone = letter.zone if is_zone(letter.zone) else vendor.time_zone
    with translation.override(ours(letter.language)), timezone.override(zone):
        content = letter.say()
        context = {"content": content, "vendor": vendor, "language": ours(letter.language)}
        mail = EmailMultiAlternatives(
            subject=line(content.title),
            body=render_to_string("mail/joining.txt", context),
            from_email=address(vendor.name, parseaddr(settings.DEFAULT_FROM_EMAIL)[1]),
            to=[address(letter.name, letter.email)],
            reply_to=[address(vendor.name, vendor.mail_address)] if vendor.mail_address else None,
            headers={"Message-ID": message_id_of(vendor_id, key), "Auto-Submitted": "auto-generated"},
        )
        mail.attach_alternative(render_to_string("mail/joining.html", context), "text/html")
        return mail


DELIVERY = Topic(prepare=prepare, send=send)


def _invitation(vendor: Vendor, payload: Mapping[str, Any]) -> _Letter | None:
    rows = Invitation.objects.select_related("organisation", "site", "invited_by").filter(pk=payload["invitation"])
    row = rows.first()
    if row is None or not holds(row, clock.now()):
        return None
    by, words = row.invited_by, {"vendor": vendor.name, "organisation": row.organisation.name}

    def say() -> Content:
        if by:
            title = _("%(who)s invites you to the support of %(vendor)s") % {**words, "who": by.name}
            lead = _("%(who)s of %(organisation)s invites you to the support of %(vendor)s.") % {
                **words,
                "who": by.name,
            }
            label = _("Accept the invitation")
        else:
            title = _("Your sign-up at the support of %(vendor)s") % words
            lead = _(
                "Somebody, you we hope, asked to sign up with this mail address. It belongs to %(organisation)s, so you can"
                " join at the support of %(vendor)s."
            )
            lead, label = lead % words, _("Sign up")
        notes = [
            _("The link works once, until %(until)s, and for this mail address only.")
            % {"until": absolute(row.expires_at)},
            _("If you did not expect this, you need do nothing."),
        ]
        return Content(
            title, [lead, _("There you ask for help, and see who has your request and by when.")], label, url, notes
        )

    url = _link("invitation", vendor, row.seed)
    zone = (row.site.time_zone if row.site else "") or row.organisation.time_zone
    return _Letter(row.name, row.email, row.language, zone, say)


def _domain(vendor: Vendor, payload: Mapping[str, Any]) -> _Letter | None:
    rows = OrganisationDomain.objects.select_related("organisation", "claimed_by")
    row = rows.filter(pk=payload["domain"], verified_at=None, expires_at__gt=clock.now()).first()
    if row is None or row.claimed_by is None:
        return None
    words = {
        "vendor": vendor.name,
        "organisation": row.organisation.name,
        "domain": row.domain,
        "who": row.claimed_by.name,
    }
    until = row.expires_at

    def say() -> Content:
        lead = [
            _("%(who)s of %(organisation)s says that the mail domain %(domain)s is that organisation's.") % words,
            _("If you confirm it, everybody with an address there can join it at the support of %(vendor)s.") % words,
        ]
        notes = [_("If it is not, you need do nothing.")]
        if until:
            notes.insert(0, _("The link works once, until %(until)s.") % {"until": absolute(until)})
        title = _("Is %(domain)s the domain of %(organisation)s?") % words
        return Content(title, lead, _("Look at it and confirm"), _link("domain_proof", vendor, row.seed), notes)

    return _Letter("", f"{row.asked}@{row.domain}", row.language, row.organisation.time_zone, say)


def _known(vendor: Vendor, payload: Mapping[str, Any]) -> _Letter | None:
    person = Person.objects.select_related("user").filter(pk=payload["person"], active=True).first()
    user = person.user if person else None
    if user is None or not user.is_active:
        return None

    def say() -> Content:
        lead = [
            _("Somebody, you we hope, asked to sign up with this mail address. It has a login already."),
            _("Sign in with it, or set a new password if you don't know it any more."),
        ]
        reset = f"{settings.BASE_URL}{reverse('account_reset_password')}"
        notes = [_("New password: %(url)s") % {"url": reset}, _("If you did not expect this, you need do nothing.")]
        return Content(
            _("You have a login already"), lead, _("Sign in"), f"{settings.BASE_URL}{reverse('account_login')}", notes
        )

    return _Letter(user.name, user.email, user.language, user.time_zone, say)


def _link(name: str, vendor: Vendor, seed: str) -> str:
    return f"{settings.BASE_URL}{reverse(name, args=[vendor.pk, secret_of(seed)])}"


_KINDS: Mapping[str, Callable[[Vendor, Mapping[str, Any]], _Letter | None]] = {
    "invitation": _invitation,
    "domain": _domain,
    "known": _known,
}
