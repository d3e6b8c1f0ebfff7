"""The words of what people are told about tickets, and the letters that carry the same by mail.

What is kept are keys and instants; the words are made when they are shown or sent, in the reader's language and zone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from kernel.outbox.services import Letter, put
from kernel.tenancy.scope import Scope, enter
from sla.models import Clock
from tickets.models import Notification, Ticket
from tickets.times import absolute, instant
from tickets.vocabulary import Word
from vendors.models import Person, Vendor

MAIL = "mail"  # the outbox's topic
# What the customer's side is told; everything else is for who works on tickets.
TO_CUSTOMERS = frozenset(
    {
        Word.RECEIVED,
        Word.REPLY,
        Word.RESOLVED,
        Word.CANCELLED,
        Word.LIFTED,
        Word.HANDED_OFF,
        Word.REVIEWED,
        Word.TAKES_PART,
    }
)


@dataclass(frozen=True, slots=True)
class ToTell:
    """A word for one person about one ticket; `about` makes it unique among its kind."""

    vendor_id: int
    person_id: int
    ticket_id: int
    word: Word
    about: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Spoken:
    """A word as it is shown: a title of a few words, a sentence or two, and the address of the page it is about."""

    title: str
    text: str
    url: str


def say(kind: str, facts: Mapping[str, Any], ticket: Ticket) -> Spoken:
    """A word in the active language; its times are in the active zone, with the zone named.

    `facts` are those that the word was told with (keys, instants as ISO text).
    """
    word = Word(kind)
    title, text = _rung(facts) if word == Word.RUNG else _plain(word, facts)
    return Spoken(title, text, page_of(ticket, "portal" if word in TO_CUSTOMERS else "desk"))


@dataclass(frozen=True, slots=True)
class Said:
    """What words became: keys of letters in the outbox and of notifications."""

    letters: Sequence[str] = ()
    notifications: Sequence[int] = ()


def spread(words: Iterable[ToTell], now: datetime, *, delay: timedelta = timedelta(0)) -> Said:
    """Put words of one vendor into the application's notifications and into the outbox as mail, set-based; the mail leaves after
    `delay`.

    In the vendor's whole scope: who acts may not see all whom his act concerns.
    """
    words = list(words)
    if not words:
        return Said()
    with enter(Scope.of(words[0].vendor_id), savepoint=False):
        return _spread(words, now, delay)


def _spread(words: list[ToTell], now: datetime, delay: timedelta) -> Said:
    people = Person.objects.in_bulk({word.person_id for word in words})
    shown = Notification.objects.bulk_create(
        [
            Notification(
                vendor_id=word.vendor_id,
                person_id=word.person_id,
                ticket_id=word.ticket_id,
                kind=word.word,
                facts=dict(word.facts),
                at=now,
            )
            for word in words
            if word.person_id in people and people[word.person_id].user_id
        ]
    )
    sent = letters(words, people, delay)
    put(sent, at=now)
    return Said([letter.key for letter in sent], [row.pk for row in shown])


def letters(words: Sequence[ToTell], people: Mapping[int, Person], delay: timedelta = timedelta(0)) -> list[Letter]:
    """A letter for each word whose person has a mail address, to leave after `delay`. Its payload holds keys and instants, no
    people's words; its key says for ever which word it is, so that one put twice is an error.
    """
    reachable = {key for key, person in people.items() if person.email and person.active}
    return [
        Letter(
            word.vendor_id,
            MAIL,
            f"{word.word}:{word.ticket_id}:{word.about}:{word.person_id}",
            {"word": word.word, "ticket": word.ticket_id, "person": word.person_id, "facts": word.facts},
            delay,
        )
        for word in words
        if word.person_id in reachable
    ]


def page_of(ticket: Ticket, door: str) -> str:
    """The address of a ticket's page behind a door, `desk` or `portal`."""
    return f"{settings.BASE_URL}/{door}/{_slug(ticket.vendor_id)}/{ticket.number}/"


_slugs: dict[int, str] = {}


def _slug(vendor_id: int) -> str:
    # A vendor is known by its slug, which never changes.
    if vendor_id not in _slugs:
        _slugs[vendor_id] = Vendor.objects.values_list("slug", flat=True).get(pk=vendor_id)
    return _slugs[vendor_id]


def _plain(word: Word, facts: Mapping[str, Any]) -> tuple[str, str]:
    if word == Word.CANCELLED:
        return _("Cancelled"), _cancelled(str(facts.get("reason", "")))
    if word == Word.LIFTED:
        return _lifted(str(facts.get("class", "")))
    if word == Word.CUSTOMER_WROTE and "message" not in facts:
        return _("Declared urgent"), _("The customer says that it is urgent.")
    says = {
        Word.RECEIVED: (_("We have your request"), _("This receipt is automatic. A person's answer follows.")),
        Word.REPLY: (_("New answer"), _("There is an answer to your request.")),
        Word.RESOLVED: (_("Resolved"), _("We consider this resolved. If it is not, answer and we go on.")),
        Word.HANDED_OFF: (_("Handed on"), _("Somebody else looks after your request now, with its whole history.")),
        Word.TAKES_PART: (
            _("You take part in a request"),
            _("You see it from now on, hear what happens and can write."),
        ),
        Word.REVIEWED: (_("Your escalation was reviewed"), _("A reviewer has answered.")),
        Word.CUSTOMER_WROTE: (_("The customer wrote"), _("There is a new message from the customer.")),
        Word.ASSIGNED: (_("Assigned to you"), _("You look after this request now.")),
        Word.REOPENED: (_("Opened again"), _("This request was resolved and is open again.")),
        Word.FOR_TEAM: (_("For your team"), _("A request waits in your team for somebody who takes it.")),
        Word.HANDED_UP: (_("Handed up to you"), _("Somebody asks you to look at this request.")),
        Word.ROUTED: (_("For your house"), _("Your house looks after this request now.")),
        Word.RATED: (_("Not solved well"), _("The customer says what was missing.")),
        Word.MENTIONED: (_("You were mentioned"), _("A colleague mentions you in a note.")),
        Word.ESCALATION_REQUESTED: (_("A review is asked for"), _("The customer escalates this request.")),
    }
    return says[word]


def _cancelled(reason: str) -> str:
    says = {
        "withdrawn": _("This request was withdrawn."),
        "merged": _("This request was joined with another one."),
        "refused": _("We can't serve this request."),
    }
    return says.get(reason) or _("This request was cancelled.")


def _lifted(classification: str) -> tuple[str, str]:
    after = _("It is corrected in a process of its own, to which no resolution time applies. You hear how it goes.")
    if classification == "defect":
        return _("It is a defect"), _("What you found departs from the documentation.") + " " + after
    return _("It is a bug"), _("What you found is a fault in the software.") + " " + after


def _rung(facts: Mapping[str, Any]) -> tuple[str, str]:
    percent, due, crossed = int(facts["percent"]), instant(facts.get("due_at")), instant(facts.get("crossed_at"))
    names = {"clock": Clock.Kind(facts["clock"]).label, "percent": percent}
    title = _("%(clock)s: %(percent)d%% of the time used") % names
    if due is None:
        return title, _("Reached %(at)s.") % {"at": absolute(crossed)} if crossed else ""
    if percent < 100:
        return title, _("Due %(at)s.") % {"at": absolute(due)}
    return title, _("It was due %(at)s.") % {"at": absolute(due)}
