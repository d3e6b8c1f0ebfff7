"""An article that is made of a ticket: what it begins with, and what of the customer's in it nobody else should read."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

from tickets.models import Message, Ticket
from vendors.models import InstalledItem, Organisation, Person, Site

_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_PHONE = re.compile(r"(?<![\w.])(?:\+|\(?0)\d[\d ()/.-]{5,20}\d")
_DIGITS = 7  # of a phone number, at least
_MOST = 500  # of a customer's people, sites or items that are looked for
_SHORTEST = 3  # letters of a name that is looked for by itself
# What stands behind a company's name and does not tell it from others.
_FORMS = re.compile(r"[\s,]+(?:AB|AG|AS|A/S|BV|Co|GmbH|Inc|KG|LLC|Ltd|Oy|SA|SE|SRL)\.?(?:\s*&.*)?$", re.IGNORECASE)


class Kind(StrEnum):
    """What of somebody's was found."""

    PERSON = "person"
    ORGANISATION = "organisation"
    MAIL = "mail"
    PHONE = "phone"
    NUMBER = "number"  # of an item, or of a ticket


@dataclass(frozen=True, slots=True)
class Personal:
    """Words in a text that belong to somebody."""

    kind: Kind
    words: str


def beginning(ticket: Ticket) -> tuple[str, str]:
    """Title and body with which an article of a ticket begins, in the ticket's language: the subject; what was asked and what
    solved it, as both were said publicly.
    """
    said = list(
        Message.objects.filter(ticket=ticket, visibility=Message.Visibility.PUBLIC, retracted_at=None).order_by(
            "at", "pk"
        )
    )
    answers = [message for message in said[1:] if message.by_staff]
    parts = [said[0].body.strip()] if said else []
    if answers:
        known = dict(settings.LANGUAGES)
        with translation.override(ticket.language if ticket.language in known else "en"):
            heading = _("Solution")
        parts += [f"## {heading}", answers[-1].body.strip()]
    return ticket.subject, "\n\n".join(parts)


def personal(text: str, ticket: Ticket | None, own: Iterable[str] = ()) -> list[Personal]:
    """What in the text looks like somebody's: any mail address and phone number but the vendor's `own`, and of the ticket's
    customer the names of people, company and sites, and the numbers of items. Four queries with a ticket, none without.
    """
    own = set(own)
    found = [Personal(Kind.MAIL, words) for words in _MAIL.findall(text) if words not in own]
    numbers = (words for words in _PHONE.findall(text) if sum(sign.isdigit() for sign in words) >= _DIGITS)
    found += [Personal(Kind.PHONE, words) for words in numbers if words not in own]
    if ticket is not None:
        found += _of_customer(text, ticket)
    return list(dict.fromkeys(found))


def _of_customer(text: str, ticket: Ticket) -> Iterator[Personal]:
    house, known = ticket.customer_id, {"vendor_id": ticket.vendor_id}
    concerned = Q(organisation=house) | Q(pk__in=[ticket.requester_id, ticket.authorised_user_id or 0])
    for name in Person.objects.filter(concerned, **known).order_by("pk").values_list("name", flat=True)[:_MOST]:
        yield from (Personal(Kind.PERSON, words) for words in _name_in(name, text))
    companies = Organisation.objects.filter(pk=house, **known).values_list("name", flat=True)
    sites = Site.objects.filter(organisation=house, **known).values_list("name", flat=True)[:_MOST]
    for name in (*(_FORMS.sub("", company) for company in companies), *sites):
        yield from (Personal(Kind.ORGANISATION, words) for words in _in(name, text))
    items = InstalledItem.objects.filter(organisation=house, **known).values_list("number", flat=True)[:_MOST]
    for number in (ticket.number, *items):
        yield from (Personal(Kind.NUMBER, words) for words in _in(number, text))


def _name_in(name: str, text: str) -> list[str]:
    """The whole name if it stands in the text, else its parts that do."""
    if whole := _in(name, text):
        return whole
    return [w for part in name.split() if len(part) >= _SHORTEST for w in _in(part, text, re.NOFLAG)]


def _in(words: str, text: str, flags: re.RegexFlag = re.IGNORECASE) -> list[str]:
    if len(words) < _SHORTEST:
        return []
    found = re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text, flags)
    return [found[0]] if found else []
