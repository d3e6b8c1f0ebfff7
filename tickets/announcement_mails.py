"""Mail of announcements (M15): the words of the author in the reader's language, else in the vendor's fallback language."""

from collections.abc import Mapping
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation

from kernel.outbox.services import Topic
from sla.policies import current
from tickets.mails import address, line, message_id_of, ours, send
from tickets.models import Announcement, AnnouncementRecipient
from tickets.times import day
from vendors.catalog.schema import PolicyFile
from vendors.models import Person, Vendor


def prepare(vendor_id: int, key: str, payload: Mapping[str, Any]) -> EmailMultiAlternatives | None:
    """The mail of an announcement to one person, inside the vendor's scope; None if he has left or has no address any more."""
    got = AnnouncementRecipient.objects.filter(announcement=payload["announcement"], person=payload["person"])
    person = Person.objects.filter(pk=payload["person"], active=True, erased_at=None).exclude(email="").first()
    if person is None or not got.exists():
        return None
    announcement = Announcement.objects.select_related("product").get(pk=payload["announcement"])
    vendor, policy = Vendor.objects.get(pk=vendor_id), current(vendor_id)
    language, words = words_for(announcement, policy, policy.spoken(person.language))
    with translation.override(ours(language)):
        context = {
            "subject": line(words["subject"]),
            "body": words["body"],
            "kind": Announcement.Kind(announcement.kind).label,
            "product": announcement.product.name if announcement.product else "",
            "effective_on": day(announcement.effective_on) if announcement.effective_on else "",
            "url": page_of(announcement, vendor),
            "vendor": vendor,
            "language": language,
        }
        mail = EmailMultiAlternatives(
            subject=line(f"{vendor.name}: {words['subject']}"),
            body=render_to_string("mail/announcement.txt", context),
            from_email=address(vendor.name, parseaddr(settings.DEFAULT_FROM_EMAIL)[1]),
            to=[address(person.name, person.email)],
            reply_to=[address(vendor.name, vendor.mail_address)] if vendor.mail_address else None,
            headers={
                "Message-ID": message_id_of(vendor_id, key),
                "Auto-Submitted": "auto-generated",
                "Precedence": "bulk",
            },
        )
        mail.attach_alternative(render_to_string("mail/announcement.html", context), "text/html")
        return mail


def page_of(announcement: Announcement, vendor: Vendor) -> str:
    """The address of an announcement's page for those whom it concerns."""
    return f"{settings.BASE_URL}/portal/news/{vendor.slug}/{announcement.pk}/"


def words_for(announcement: Announcement, policy: PolicyFile, language: str) -> tuple[str, Mapping[str, str]]:
    """The words in a language, or those of the vendor's fallback language, and in which language they are."""
    if language in announcement.texts:
        return language, announcement.texts[language]
    fallback = policy.vendor.fallback_language
    known = fallback if fallback in announcement.texts else next(iter(announcement.texts))
    return known, announcement.texts[known]


DELIVERY = Topic(prepare=prepare, send=send)
