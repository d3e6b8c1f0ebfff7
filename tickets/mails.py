"""Mail about tickets: a letter of the outbox becomes a message in its reader's language and zone, and goes by SMTP."""

import re
from collections.abc import Iterator, Mapping
from email.utils import formataddr, parseaddr
from hashlib import sha256
from smtplib import SMTPAuthenticationError, SMTPConnectError, SMTPException, SMTPHeloError, SMTPServerDisconnected
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone, translation

from kernel import clock
from kernel.outbox.services import Topic, Unreachable
from sla.models import Crossing
from sla.policies import current
from tickets.access import may_decide, visible_tickets
from tickets.mail_words import Subject, compose
from tickets.models import Message, Ticket
from tickets.notifications import MAIL
from tickets.vocabulary import Word
from tickets.zones import reading_zone
from vendors.access import member_of
from vendors.models import Person, Vendor

TOPIC = MAIL
# What a person wrote; everything else is automatic (RFC 3834).
_WRITTEN = frozenset({Word.REPLY, Word.RESOLVED, Word.REVIEWED})
# What says nothing of the message, but that the server takes none now.
_DOWN = (SMTPAuthenticationError, SMTPConnectError, SMTPHeloError, SMTPServerDisconnected)
_MAIL_ID = re.compile(r"<[^<>\s]{1,240}>")


def prepare(vendor_id: int, key: str, payload: Mapping[str, Any]) -> EmailMultiAlternatives | None:
    """The message of a letter, inside the vendor's scope: text and HTML, under a Message-ID that is the same each time.

    None when nothing is to be sent any more: the person has left, has no address or may not see the ticket, or what it
    would tell was taken back.
    """
    person = Person.objects.select_related("user").filter(pk=payload["person"], active=True, erased_at=None).first()
    if person is None or not person.email:
        return None
    tickets = visible_tickets([member_of(person)]).select_related("customer", "serving_house")
    ticket = tickets.filter(pk=payload["ticket"]).first()
    word, facts = Word(payload["word"]), payload["facts"]
    if ticket is None or (word == Word.RUNG and not _still_crossed(ticket, facts)):
        return None
    vendor, policy = Vendor.objects.get(pk=vendor_id), current(vendor_id)
    language = policy.spoken(person.language)
    decides = may_decide(member_of(person), ticket)
    about = Subject(word, facts, ticket, vendor, policy, language, clock.now(), decides)
    with translation.override(ours(language)), timezone.override(reading_zone(person, vendor.time_zone)):
        content = compose(about)
        if content is None:
            return None
        context = {"content": content, "vendor": vendor, "language": ours(language), "automatic": word not in _WRITTEN}
        mail = EmailMultiAlternatives(
            subject=line(f"[{ticket.number}] {ticket.subject} – {content.title}"),
            body=render_to_string("mail/mail.txt", context),
            from_email=address(vendor.name, parseaddr(settings.DEFAULT_FROM_EMAIL)[1]),
            to=[address(person.name, person.email)],
            reply_to=[address(vendor.name, vendor.mail_address)] if vendor.mail_address else None,
            headers=_headers(vendor_id, key, ticket, word, facts.get("message")),
        )
        mail.attach_alternative(render_to_string("mail/mail.html", context), "text/html")
        return mail


def send(message: EmailMultiAlternatives) -> None:
    """Hand a message to the mail server. Raises whatever kept it from taking it; Unreachable if it takes none at all."""
    try:
        message.send()
    except OSError as failure:
        if isinstance(failure, _DOWN) or not isinstance(failure, SMTPException):
            raise Unreachable(f"{type(failure).__name__}: {failure}") from failure
        raise


DELIVERY = Topic(prepare=prepare, send=send)


def _still_crossed(ticket: Ticket, facts: Mapping[str, Any]) -> bool:
    rung = {"kind": facts["clock"], "cycle": facts["cycle"], "percent": facts["percent"]}
    return Crossing.objects.filter(timeline_id=ticket.timeline_id, superseded_at=None, **rung).exists()


def ours(language: str) -> str:
    """The language of our own words: a vendor may write in one that we don't speak."""
    return language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def _headers(vendor_id: int, key: str, ticket: Ticket, word: Word, message_id: int | None) -> dict[str, str]:
    thread = list(dict.fromkeys(_thread(ticket, message_id)))
    headers = {
        "Message-ID": message_id_of(vendor_id, key),
        "In-Reply-To": thread[-1],
        "References": " ".join(thread),
    }
    return headers if word in _WRITTEN else {**headers, "Auto-Submitted": "auto-generated"}


def message_id_of(vendor_id: int, key: str) -> str:
    """The Message-ID of a letter: the same each time that it is sent."""
    return f"<{sha256(f'{vendor_id}:{key}'.encode()).hexdigest()[:40]}@{settings.MAIL_DOMAIN}>"


def _thread(ticket: Ticket, message_id: int | None) -> Iterator[str]:
    """The ticket's first public message, and the one that the mail carries, else the last: an answer names them."""
    public = Message.objects.filter(ticket=ticket, visibility=Message.Visibility.PUBLIC).order_by("pk")
    said = list(public.values_list("pk", "mail_id"))
    first = said[0][1] if said else ""
    yield first if _MAIL_ID.fullmatch(first) else f"<ticket-{ticket.vendor_id}-{ticket.pk}@{settings.MAIL_DOMAIN}>"
    upto = [mail_id for pk, mail_id in said if message_id is None or pk <= message_id]
    if upto and _MAIL_ID.fullmatch(upto[-1]):
        yield upto[-1]


def address(name: str, mail: str) -> str:
    """A name and a mail address as a header has them."""
    return formataddr((line(name), line(mail)))


def line(text: str) -> str:
    """One line: no character of it can begin a header of its own."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
