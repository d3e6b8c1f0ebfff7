"""What is sent along: for each unsafe route a body that is sound for the object's own people, so that it would do something if a
gate failed. `estate` and `thing` are what the cell is about.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from kernel.tenancy.scope import enter
from sla.policies import current
from tests.walls.matrix.estate import Estate, Thing
from tickets.intake import missing_information
from tickets.models import Ticket, TicketTag
from vendors.models import Organisation

nothing: Mapping[str, Any] = {}
ZONE = {"country": "SE", "time_zone": "Europe/Stockholm"}
_PASSWORD = "tjugotre-blanka-fräsar"


def vendor(_: Estate, thing: Thing) -> dict[str, Any]:
    return {"vendor": thing.args[0]}


def letter(_: Estate, thing: Thing) -> dict[str, Any]:
    return {"vendor": str(thing.args[0]), "key": str(thing.args[1])}


def piece(_: Estate, __: Thing) -> bytes:
    """The first bytes of an upload; the header says where they begin (asking.HEADERS)."""
    return b"1234"


def new_login(_: Estate, __: Thing) -> dict[str, Any]:
    return {"name": "Ny Person", "password1": _PASSWORD, "password2": _PASSWORD}


def bulk(estate: Estate, _: Thing) -> dict[str, Any]:
    """Everybody's tickets at once: what is not one's own is not touched, and not named."""
    every = [str(thing.row.pk) for thing in estate.things["ticket"].values()]
    return {"deed": "tag", "tag": "together", "ticket": every}


def announcement(_: Estate, __: Thing) -> dict[str, Any]:
    return {"kind": "planned", "subject_en": "New", "body_en": "Words", "subject_de": "Neu", "body_de": "Worte"}


def article(_: Estate, __: Thing) -> dict[str, Any]:
    return {"title_en": "New", "body_en": "Words", "seen": "1"}


def canned(_: Estate, __: Thing) -> dict[str, Any]:
    return {"title": "New", "text_en": "Words"}


def team(_: Estate, __: Thing) -> dict[str, Any]:
    return {"name": "New team", "assignment": "by_hand"}


def absence(_: Estate, __: Thing) -> dict[str, Any]:
    day = datetime.now(UTC).date() + timedelta(days=90)
    return {"first_day": day.isoformat(), "last_day": day.isoformat()}


def domain(_: Estate, thing: Thing) -> dict[str, Any]:
    """By its name as it stands in the database."""
    assert thing.house is not None
    with enter(thing.house.scope()):
        name = Organisation.objects.get(pk=thing.house.customer.pk).name
    return {"organisation": name, "domain": "new.test"}


def provider(_: Estate, __: Thing) -> dict[str, Any]:
    return {
        "name": "Elsewhere",
        "issuer": "https://127.0.0.1:1/",
        "client_id": "desk",
        "organisation": "",
        "domains": "",
    }


def share(_: Estate, thing: Thing) -> dict[str, Any]:
    assert thing.house is not None
    return {"least": "1", "to": f"person:{thing.house.people['colleague'].pk}"}


def composed(_: Estate, __: Thing) -> dict[str, Any]:
    return {"kind": "internal", "body": "Noted"}


def invited(_: Estate, thing: Thing) -> dict[str, Any]:
    return {"email": f"new@{thing.args[0]}.test", "name": "New", "role": "customer_user", "language": "en", "site": ""}


def completed(_: Estate, thing: Thing) -> dict[str, Any]:
    name = "answer_environment" if thing.args[0] == "mastercam" else "answer_tried"
    return {name: "Windows", "answer_release": "2026"}


def colleague(_: Estate, thing: Thing) -> dict[str, Any]:
    """Somebody of the ticket's own customer who does not take part yet."""
    assert thing.house is not None
    who = {"stranger": "stranger", "customer": "neighbour"}.get(thing.beside["owner"], "customer")
    return {"person": str(thing.house.people[who].pk)}


def participant(_: Estate, thing: Thing) -> dict[str, Any]:
    return {"person": str(thing.beside.get("watcher", ""))}


def typed(_: Estate, __: Thing) -> dict[str, Any]:
    return {"subject": "Typed anew", "body": "Words", "go": "look"}


def api_request(_: Estate, thing: Thing) -> dict[str, Any]:
    return {"vendor": thing.args[0], "subject": "New", "body": "Words"}


def assigned(estate: Estate, thing: Thing) -> dict[str, Any]:
    return {"assignee": estate.cast.person(thing.beside["serves"]).pk}


def api_handed(_: Estate, thing: Thing) -> dict[str, Any]:
    assert thing.house is not None
    return {"to_house": None if thing.row.serving_house_id else thing.house.partner.pk}


def resolved(_: Estate, thing: Thing) -> dict[str, Any]:
    return {"outcome": "fixed" if thing.args[0] == "mastercam" else "solved", "body": "Done"}


def _key(name: str) -> Callable[[Estate, Thing], dict[str, Any]]:
    """A child of the ticket by its key: the link, the item, who watches."""

    def body(_: Estate, thing: Thing) -> dict[str, Any]:
        return {{"watcher": "person"}.get(name, name): str(thing.beside.get(name, ""))}

    return body


def _assign(estate: Estate, thing: Thing) -> dict[str, Any]:
    return {"assignee": str(estate.cast.person(thing.beside["serves"]).pk)}


def _hand_off(_: Estate, thing: Thing) -> dict[str, Any]:
    assert thing.house is not None
    return {"to_house": "vendor" if thing.row.serving_house_id else str(thing.house.partner.pk)}


def _team(estate: Estate, thing: Thing) -> dict[str, Any]:
    return {"team": str(estate.things["team"]["abroad" if thing.args[0] == "optocraft" else "here"].args[1])}


def _other(estate: Estate, thing: Thing) -> dict[str, Any]:
    """Another ticket of the same customer."""
    mate = {"customer_admin": "customer", "customer": "customer_admin"}.get(thing.beside["owner"])
    number = estate.things["ticket"][mate].args[1] if mate else estate.things["resolved"][thing.beside["owner"]].args[1]
    return {"kind": "caused_by", "number": number}


def _answered(_: Estate, __: Thing) -> dict[str, Any]:
    return {"at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S"), "body": "By phone"}


def _tagged(_: Estate, thing: Thing) -> dict[str, Any]:
    assert thing.house
    with enter(thing.house.scope()):
        return {"name": TicketTag.objects.filter(ticket=thing.row).values_list("name", flat=True).first() or "none"}


def _missing(_: Estate, thing: Thing) -> dict[str, Any]:
    assert thing.house
    with enter(thing.house.scope()):
        ticket = Ticket.objects.get(pk=thing.row.pk)
        return {"items": [field.key for field in missing_information(current(thing.house.id), ticket)]}


def _void(_: Estate, thing: Thing) -> dict[str, Any]:
    return {"event": str(thing.beside.get("event", ""))}


DEEDS: dict[str, Any] = {
    "assign": _assign,
    "priority": {"priority": "P3"},
    "information": nothing,
    "ask-for-missing": _missing,
    "zone": ZONE,
    "review": {"decision": "accept", "answer": "Yes"},
    "grant": {"reason": "Kindness"},
    "resolve": resolved,
    "reopen": nothing,
    "go-on": nothing,
    "third-party": nothing,
    "classify": {"classification": "bug"},
    "urgent": {"reason": "Down"},
    "escalate": {"reason": "Slow"},
    "team": _team,
    "level": {"level": "supervisor"},
    "hand-off": _hand_off,
    "tag": {"name": "new"},
    "untag": _tagged,
    "watch": colleague,
    "unwatch": _key("watcher"),
    "link": _other,
    "unlink": _key("link"),
    "merge": _other,
    "to-do": {"text": "Call back"},
    "tick": _key("item"),
    "drop": _key("item"),
    "log-answer": _answered,
    "void": _void,
    "cancel": {"reason": "spam"},
}
# What nothing of the estate is in the state for.
IDLE = {
    "zone": "no zone is assumed",
    "go-on": "nothing waits",
    "log-answer": "each has been answered",
    "grant": "all is owed",
}
