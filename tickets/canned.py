"""Canned replies: words with variables of an allow-list, filled in by plain substitution. Nothing in them is ever carried out."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from types import MappingProxyType

from django.utils import timezone, translation

from kernel import clock
from sla.timelines import due_next, instant
from tickets.models import CannedReply, Message, Ticket
from tickets.queries.clocks import clocks_now
from tickets.times import absolute, day
from tickets.zones import reading_zone
from vendors.access import Member
from vendors.catalog.schema import PolicyFile

_VARIABLE = re.compile(r"\{([a-z_]{1,40})\}")


@dataclass(frozen=True)
class Subject:
    """What a reply is about: the ticket with its relations, who writes it, and the vendor's file. What must be asked for is asked
    once, and only if a reply speaks of it.
    """

    ticket: Ticket
    writer: Member
    policy: PolicyFile

    @cached_property
    def due(self) -> datetime | None:
        """When the promised time that runs out next does (aware)."""
        folded = clocks_now(self.ticket, clock.now())
        state = due_next(c for c in folded.clocks if c.promised) if folded else None
        return instant(state.due_at) if state else None

    @cached_property
    def announced(self) -> tuple[str, date | None]:
        """The next steps that the customer was told last, and the day by which (O5)."""
        told = self.ticket.messages.filter(visibility=Message.Visibility.PUBLIC, retracted_at=None).exclude(
            next_steps=""
        )
        return told.order_by("-at", "-pk").values_list("next_steps", "next_steps_on").first() or ("", None)


@dataclass(frozen=True, slots=True)
class Rendered:
    """Words with what is known filled in; what is `missing` still stands there in its braces. `language` is theirs."""

    text: str
    missing: tuple[str, ...]
    language: str


def _of(related: object, name: str) -> str:
    return str(getattr(related, name)) if related is not None else ""


VARIABLES: Mapping[str, Callable[[Subject], str]] = MappingProxyType(
    {
        "requester_name": lambda s: s.ticket.requester.name,
        "customer_name": lambda s: s.ticket.customer.name,
        "site": lambda s: _of(s.ticket.site, "name"),
        "ticket_number": lambda s: s.ticket.number,
        "subject": lambda s: s.ticket.subject,
        "agent_name": lambda s: s.writer.name,
        "vendor_name": lambda s: s.policy.vendor.name,
        "product": lambda s: _of(s.ticket.product, "name"),
        "release": lambda s: _of(s.ticket.release, "name"),
        "serial": lambda s: _of(s.ticket.item, "number"),
        "due": lambda s: absolute(s.due) if s.due else "",
        "next_steps": lambda s: s.announced[0],
        "next_steps_on": lambda s: day(s.announced[1]) if s.announced[1] else "",
    }
)


def unknown_variables(text: str) -> list[str]:
    """What stands in braces and is no variable of ours, in order."""
    return list(dict.fromkeys(name for name in _VARIABLE.findall(text) if name not in VARIABLES))


def unfilled(text: str) -> list[str]:
    """The variables that still stand in a text in their braces, in order."""
    return list(dict.fromkeys(name for name in _VARIABLE.findall(text) if name in VARIABLES))


def render(reply: CannedReply, about: Subject) -> Rendered:
    """The reply in the ticket's language, else in the vendor's fallback, else in any that it has; times in the requester's
    zone.
    """
    vendor = about.policy.vendor
    texts = {code: text for code, text in reply.texts.items() if text}
    language = next(
        (code for code in (about.ticket.language, vendor.fallback_language) if code in texts), next(iter(texts), "")
    )
    missing: dict[str, None] = {}

    def fill(found: re.Match[str]) -> str:
        make = VARIABLES.get(found[1])
        value = make(about) if make else ""
        if make and not value:
            missing[found[1]] = None
        return value or found[0]

    with translation.override(language), timezone.override(reading_zone(about.ticket.requester, vendor.time_zone)):
        text = _VARIABLE.sub(fill, texts.get(language, ""))
    return Rendered(text, tuple(missing), language)
