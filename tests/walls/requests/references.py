"""Which fields of bodies name something that can be somebody else's, and what is somebody else's for whom."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from tests.walls.matrix.estate import Estate, Thing
from tests.walls.requests.walk import Sent

# What each field names. With a route (or a deed) before it, it holds there alone.
REFERENCES: dict[str, str] = {
    "assign": "person",
    "assignee": "person",
    "authorised_user": "person",
    "batch": "batch",
    "canned": "canned",
    "deputy": "person",
    "draft": "file",
    "drafts": "file",
    "held": "file",
    "event": "event",
    "item": "installed item",
    "desk tick item": "checklist item",
    "desk drop item": "checklist item",
    "api item": "item number",
    "link": "link",
    "members": "person",
    "number": "ticket number",
    "organisation": "organisation by name",
    "person": "person",
    "product": "product",
    "releases": "release",
    "requester": "person",
    "share_with": "house",
    "site": "site",
    "skip": "ticket by address",
    "support_partner": "house",
    "team": "team",
    "ticket": "ticket",
    "tickets": "ticket",
    "to": "person or team",
    "to_house": "house",
    "vendor": "vendor",
    "outbox/retry/ vendor": "vendor by key",
    "outbox/retry/ key": "letter",
    "notifications/read/ key": "notification",
    "whose": "team",
}
# Words, choices and marks that name nothing of anybody's.
PLAIN = frozenset(
    """
    accept credential code who provider
    action action_add action_primary action_remove action_send again answer answers anyway asked assignment
    body claimed_priority classification columns comment company country decision declarations deed delete density
    email executive go grade helpful items kind known language languages least level login mode
    name next next_steps next_steps_on note once outcome outcome_on preview priority publish
    qualified reason received_at remember role seen shared skills solved state subject takes_new theme
    password1 password2 domain then time_zone topic topics urgent urgent_reason usual missing q text open password
    share_with_vendor at size tag title uploads files
    """.split()  # noqa: SIM905  # a list of this length is read better so
)
# Kinds of control in which one types: what is typed is looked up nowhere, unless REFERENCES says so.
TYPED = frozenset(
    {"text", "textarea", "email", "date", "datetime-local", "time", "number", "password", "file", "search", "tel"}
)
# Names that the vendor's file makes, of the form's questions and of texts in several languages.
MADE = ("answer_", "step_", "declared_", "none_", "day", "intake-", "text_", "title_", "subject_", "body_")


def kind_of(sent: Sent, name: str) -> str:
    """What a field of a request names; empty for words and choices. Raises LookupError for a field that nobody has looked at."""
    before = "api" if sent.json is not None else "desk" if sent.route.startswith("desk/") else ""
    deed = sent.address.rstrip("/").rpartition("/")[2]
    for known in (
        f"{before} {deed} {name}",
        f"{before} {name}",
        f"{sent.route.removeprefix('operator/')} {name}",
        name,
    ):
        if known in REFERENCES:
            return REFERENCES[known]
    typed = name in sent.controls and sent.controls[name].kind in TYPED
    if typed or name in PLAIN or name.startswith(MADE) or name.partition("-")[0] in PLAIN:
        return ""
    raise LookupError(f"{sent.kind}: {name}")


Values = dict[str, Callable[[Estate, Thing], object]]
_LAST: Callable[[Estate, Thing], object] = lambda _estate, thing: thing.args[-1]  # noqa: E731
THINGS: dict[str, tuple[tuple[str, ...], Callable[[Estate, Thing], object]]] = {
    "batch": (("batch",), _LAST),
    "canned": (("canned",), _LAST),
    "file": (("ready file",), _LAST),
    "event": (("event",), _LAST),
    "checklist item": (("item",), _LAST),
    "link": (("link",), _LAST),
    "team": (("team",), _LAST),
    "person or team": (("team",), lambda _estate, thing: f"team:{thing.args[-1]}"),
    "ticket": (("ticket", "resolved"), lambda _estate, thing: thing.row.pk),
    "ticket number": (("ticket", "resolved"), _LAST),
    "ticket by address": (("ticket", "resolved"), lambda _estate, thing: "/".join(map(str, thing.args))),
    "notification": (("notification",), _LAST),
    "letter": (("letter",), _LAST),
    "vendor": (("vendor",), _LAST),
}
ABSENT: dict[str, object] = {
    "batch": "0123456789abcdef" * 2,
    "file": UUID(int=987654321),
    "ticket number": "MC-2026-987654",
    "ticket by address": "mastercam/MC-2026-987654",
    "vendor": "nowhere-at-all",
    "item number": "N-987654",
    "person or team": "team:987654321",
    "organisation by name": "Nobody Anywhere AB",
}


def absent(kind: str) -> object:
    """A value of that kind that names nothing."""
    return ABSENT.get(kind, 987654321)


def foreign(estate: Estate, sent: Sent, kind: str) -> dict[str, object]:
    """What of that kind is not the sender's to name, by whose it is."""
    who, cast = sent.who, estate.cast
    if who in ("nobody", "both", "operator"):
        return {}
    away, home = (cast.here, cast.abroad) if who.startswith("abroad_") else (cast.abroad, cast.here)
    if kind in THINGS:
        sources, value = THINGS[kind]
        return {
            f"{source} of {owner}": value(estate, thing)
            for source in sources
            for owner, thing in estate.things[source].items()
            if _is_foreign(who, source, owner)
        }
    customers = who in ("customer", "customer_admin", "abroad_customer")
    found: dict[str, dict[str, Any]] = {
        "person": {f"{name} abroad": person.pk for name, person in away.people.items() if name in _SOME}
        | ({"stranger": home.people["stranger"].pk, "agent": home.people["agent"].pk} if customers else {}),
        "house": {"partner abroad": away.partner.pk, "customer abroad": away.customer.pk}
        | {"other customer": home.other_customer.pk},
        "installed item": {"item abroad": away.item.pk} | ({"stranger's item": _items(estate)} if customers else {}),
        "item number": {"item abroad": f"A-{away.id}"},
        "organisation by name": {},
        "product": {"product abroad": away.item.product_id},
        "release": {"release abroad": away.item.release_id},
        "site": {"site abroad": away.site.pk},
        "vendor by key": {},
    }
    return found[kind]


_SOME = ("customer", "agent", "supervisor", "partner")


def _items(estate: Estate) -> int:
    from kernel.tenancy.scope import enter
    from vendors.models import InstalledItem

    with enter(estate.cast.here.scope()):
        return InstalledItem.objects.get(number="S-2002").pk


_PERSONAL = frozenset({"batch", "ready file", "notification"})


def _is_foreign(who: str, source: str, owner: str) -> bool:
    """Whether a thing is not for somebody to name, by the domain's rules."""
    if who.startswith("abroad_") != owner.startswith("abroad"):
        return True
    if source == "vendor":
        return False
    if source in _PERSONAL:
        return owner != who
    if who in ("agent", "supervisor", "admin", "abroad_agent", "abroad_admin"):
        return source == "canned" and owner not in (who, "house", "abroad_house")
    if who == "partner":
        return owner not in ("partner", "stranger")
    return not (owner in ("customer", "customer_admin") or owner == who or source == "vendor")
