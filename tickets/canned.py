"""Canned replies: words with variables of an allow-list, filled in by plain substitution. Nothing in them is ever carried out."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tickets.models import CannedReply, Ticket
from vendors.access import Member

_VARIABLE = re.compile(r"\{([a-z_]{1,40})\}")


@dataclass(frozen=True, slots=True)
class Subject:
    """What a reply is about: the ticket with its relations, who writes it, and the vendor's name."""

    ticket: Ticket
    writer: Member
    vendor: str


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
        "vendor_name": lambda s: s.vendor,
        "product": lambda s: _of(s.ticket.product, "name"),
        "release": lambda s: _of(s.ticket.release, "name"),
        "serial": lambda s: _of(s.ticket.item, "number"),
    }
)


def unknown_variables(text: str) -> list[str]:
    """What stands in braces and is no variable of ours, in order."""
    return list(dict.fromkeys(name for name in _VARIABLE.findall(text) if name not in VARIABLES))


def unfilled(text: str) -> list[str]:
    """The variables that still stand in a text in their braces, in order."""
    return list(dict.fromkeys(name for name in _VARIABLE.findall(text) if name in VARIABLES))


def render(reply: CannedReply, about: Subject, fallback: str = "en") -> Rendered:
    """The reply in the ticket's language, else in the `fallback` one, else in any that it has."""
    texts = {code: text for code, text in reply.texts.items() if text}
    language = next((code for code in (about.ticket.language, fallback) if code in texts), next(iter(texts), ""))
    missing: dict[str, None] = {}

    def fill(found: re.Match[str]) -> str:
        make = VARIABLES.get(found[1])
        value = make(about) if make else ""
        if make and not value:
            missing[found[1]] = None
        return value or found[0]

    return Rendered(_VARIABLE.sub(fill, texts.get(language, "")), tuple(missing), language)
