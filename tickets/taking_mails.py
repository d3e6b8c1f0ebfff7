"""The mail that reports whoever wanted to take away more than anybody needs at work."""

from collections.abc import Mapping
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kernel.outbox.services import Topic
from tickets.mails import address, line, message_id_of, ours, send
from tickets.times import absolute, instant
from tickets.zones import reading_zone
from vendors.models import Person, Role, Vendor

_WHAT: Mapping[str, Promise] = {
    "downloads": gettext_lazy("download more files than one person may in an hour"),
    "tickets": gettext_lazy("open more requests than one person may in an hour"),
    "listed": gettext_lazy("list more requests than one person may in an hour"),
    "exports": gettext_lazy("export lists more often than one person may in a day"),
    "exported_rows": gettext_lazy("export more rows than one person may in a day"),
}


def prepare(vendor_id: int, key: str, payload: Mapping[str, Any]) -> EmailMultiAlternatives | None:
    """The mail of a report, inside the vendor's scope; None if its reader has left."""
    reader = Person.objects.select_related("user").filter(pk=payload["person"], active=True, erased_at=None).first()
    who = Person.objects.select_related("organisation").filter(pk=payload["who"]).first()
    if reader is None or who is None or not reader.email:
        return None
    vendor = Vendor.objects.get(pk=vendor_id)
    language = ours(reader.language)
    with translation.override(language), timezone.override(reading_zone(reader, vendor.time_zone)):
        content = _content(who, payload)
        context = {"content": content, "vendor": vendor, "language": language}
        mail = EmailMultiAlternatives(
            subject=line(content["title"]),
            body=render_to_string("mail/joining.txt", context),
            from_email=address(vendor.name, parseaddr(settings.DEFAULT_FROM_EMAIL)[1]),
            to=[address(reader.name, reader.email)],
            headers={"Message-ID": message_id_of(vendor_id, key), "Auto-Submitted": "auto-generated"},
        )
        mail.attach_alternative(render_to_string("mail/joining.html", context), "text/html")
        return mail


def _content(who: Person, payload: Mapping[str, Any]) -> dict[str, Any]:
    house = f", {who.organisation.name}" if who.organisation else ""
    words = {"who": who.name, "role": f"{Role(who.role).label}{house}", "what": _WHAT[payload["limit"]]}
    until = instant(payload["until"])
    assert until is not None  # noqa: S101  narrows for the type checker  # nosec B101
    return {
        "title": _("%(who)s was stopped: too much at once") % words,
        "lead": [
            _("%(who)s (%(role)s) wanted to %(what)s, and was stopped.") % words,
            _("If that is for work, nothing needs to be done: it goes on at %(at)s.") % {"at": absolute(until)},
            _("If not, take the access away: it ends with the next click."),
        ],
        "label": _("To the support desk"),
        "url": f"{settings.BASE_URL}/",
        "notes": [_("What was taken is in the audit. Until then you are not told again.")],
    }


DELIVERY = Topic(prepare=prepare, send=send)
