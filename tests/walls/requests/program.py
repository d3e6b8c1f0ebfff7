"""What no form sends: the requests of scripts, of pages behind a link by mail, and of programs by the API, whose bodies are put
together from what its schema declares.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from drf_spectacular.generators import SchemaGenerator

from tests.portal.walking import PNG
from tests.walls.matrix.estate import Estate
from tests.walls.requests.walk import Sent, label, placed
from tests.world import PASSWORD

UNSAFE = ("post", "put", "patch", "delete")
# Where an action needs a ticket in a state of its own.
_STATES = {
    "reopen": ("resolved", "customer"),
    "close": ("resolved", "customer"),
    "go-on": ("waiting", "customer"),
    "review": ("asked for review", "customer"),
    "declare-urgent": ("ticket", "abroad"),
    "notes": ("ticket", "stranger"),
}
_WHO = {"review": "supervisor", "declare-urgent": "abroad_agent"}


def programs(estate: Estate) -> list[Sent]:
    """All of them."""
    return [*_by_scripts(estate), *_by_link(estate), *_by_api(estate)]


def _sent(who: str, method: str, address: str, data: dict[str, Any] | None = None, **more: Any) -> Sent:
    match = placed(address)
    assert match is not None, address
    said = {name: value if isinstance(value, list) else [str(value)] for name, value in (data or {}).items()}
    names = more.get("json") or said
    button = "" if method == "POST" else method
    return Sent(who, method, address, match.route, label(match, names, button), said, **more)


def _by_scripts(estate: Estate) -> Iterator[Sent]:
    slug, number = estate.things["ticket"]["customer"].args
    ticket, message = f"/desk/{slug}/{number}/", estate.things["message"]["customer"].args[2]
    begun = estate.things["upload"]["customer"].args[1]
    file = _key(estate, "ready file", "agent")
    words = {
        "body": "Zq words",
        "kind": "public",
        "seen": message,
        "drafts": file,
        "share_with": estate.cast.here.partner.pk,
    }
    yield _sent("agent", "POST", f"{ticket}draft/", words)
    yield _sent(
        "agent",
        "POST",
        f"{ticket}message/",
        words | {"then": "", "canned": _key(estate, "canned", "house"), "seen": 10**9},
    )
    yield _sent("agent", "POST", f"{ticket}presence/", {"mode": "reading", "seen": message, "known": ""})
    yield _sent(
        "agent", "POST", f"{ticket}split/{_key(estate, 'second message', 'customer')}/", {"subject": "Zq words"}
    )
    yield _sent(
        "agent", "POST", "/desk/views/", {"name": "Zq view", "q": "state:open", "whose": _key(estate, "team", "here")}
    )
    yield _sent("agent", "POST", f"/desk/views/{_key(estate, 'view', 'agent')}/", {"name": "Zq other"})
    yield _sent("agent", "POST", f"/desk/views/{_key(estate, 'view', 'agent')}/", {"delete": "1"})
    yield _sent("agent", "POST", "/desk/undo/", {"batch": estate.things["batch"]["agent"].args[0], "next": "/desk/"})
    other = estate.things["waiting"]["customer"].args[1]
    deeds: dict[str, dict[str, Any]] = {
        "tag": {"name": "zqtwo"},
        "untag": {"name": "zqcustomer"},
        "watch": {"person": estate.cast.person("supervisor").pk},
        "unwatch": {"person": estate.cast.person("agent").pk},
        "link": {"number": other, "kind": "duplicate_of"},
        "unlink": {"link": _key(estate, "link", "customer")},
        "merge": {"number": other},
        "to-do": {"text": "Zq words"},
        "tick": {"item": _key(estate, "item", "customer")},
        "drop": {"item": _key(estate, "item", "customer")},
        "assign": {"assignee": estate.cast.person("supervisor").pk, "note": "Zq words"},
        "team": {"team": _key(estate, "team", "here"), "note": "Zq words"},
        "hand-off": {"to_house": estate.cast.here.partner.pk, "note": "Zq words"},
        "priority": {"priority": "P1"},
        "resolve": {"outcome": "fixed", "body": "Zq words"},
        "cancel": {"reason": "spam"},
        "classify": {"classification": "bug"},
        "level": {"level": "supervisor", "note": "Zq words"},
        "escalate": {"reason": "Zq words"},
        "void": {"event": _key(estate, "event", "customer")},
        "log-answer": {"at": _ago(), "body": "Zq words"},
    }
    for deed, values in deeds.items():
        who = "supervisor" if deed in ("void", "log-answer", "watch") else "agent"
        yield _sent(who, "POST", f"{ticket}{deed}/", values)
    states: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
        ("go-on", "waiting", "customer", {}),
        ("review", "asked for review", "customer", {"decision": "accept", "answer": "Zq words"}),
        ("grant", "waiting", "stranger", {"reason": "Zq words"}),
    )
    for deed, state, owner, values in states:
        slug, number = estate.things[state][owner].args
        yield _sent("supervisor", "POST", f"/desk/{slug}/{number}/{deed}/", values)
    customer = estate.cast.person("customer")
    yield _sent(
        "agent", "POST", f"/desk/new/?person={customer.pk}&vendor={slug}",
        {"received_at": _ago(), "subject": "Zq words", "body": "Zq words", "language": "en", "item": estate.cast.here.item.pk},
    )  # fmt: skip
    yield _sent("customer", "POST", f"/files/uploads/{slug}/", {"name": "zq.png", "size": len(PNG)})
    headers = (("Upload-Offset", "0"),)
    yield _sent("customer", "PATCH", f"/files/uploads/{slug}/{begun}/", body=PNG[:8], headers=headers)
    yield _sent("customer", "DELETE", f"/files/uploads/{slug}/{begun}/")
    article = estate.things["article"]["published"].args
    yield _sent("customer", "POST", f"/portal/help/{article[0]}/{article[1]}/solved/")
    news = estate.things["announcement"]["sent"].args
    yield _sent("customer", "POST", f"/portal/news/{news[0]}/{news[1]}/put-away/")
    solved = estate.things["solved draft"]["abroad_customer"].args
    yield _sent("abroad_customer", "POST", f"/portal/new/{solved[0]}/{solved[1]}/take-up/")
    words = {"subject": "Zq words", "body": "Zq words", "language": "en", "authorised_user": customer.pk}
    words |= {"item": estate.cast.here.item.pk, "draft": _key(estate, "ready file", "customer"), "go": "check"}
    yield _sent("customer", "POST", f"/portal/new/{slug}/{uuid4()}/all/", words)
    yield _sent("customer", "POST", f"/portal/new/{slug}/expect/", words)
    draft = estate.things["draft"]["customer"].args
    yield _sent(
        "customer",
        "POST",
        f"/portal/new/{draft[0]}/{draft[1]}/check/",
        {"support_partner": estate.cast.here.partner.pk},
    )
    own = f"/portal/{slug}/{estate.things['ticket']['customer'].args[1]}/"
    files = {"draft": _key(estate, "ready file", "customer")}
    yield _sent("customer", "POST", f"{own}write/", {"body": "Zq words", "once": "0" * 32, **files})
    yield _sent("customer", "POST", f"{own}participants/remove/", {"person": estate.cast.person("customer_admin").pk})
    yield _sent("customer", "POST", f"{own}pass-on/")
    note = estate.things["notification"]["agent"].args[0]
    yield _sent("agent", "POST", "/notifications/read/", {"key": note, "next": "/desk/"})
    yield _sent("agent", "POST", f"/me/tokens/{_key(estate, 'token', 'agent')}/revoke/")
    yield _sent(
        "supervisor",
        "POST",
        f"/desk/staff/{slug}/domains/new/",
        {"organisation": "Nordic Tool AB", "domain": "zq.nordic-tool.test"},
    )
    yield _sent("agent", "POST", "/accounts/sessions/")
    letter = estate.things["letter"]["here"].args
    yield _sent(
        "operator",
        "POST",
        "/operator/outbox/retry/",
        {"vendor": letter[0], "key": letter[1], "next": "/operator/outbox/"},
    )


def _by_link(estate: Estate) -> Iterator[Sent]:
    house, secret = estate.things["invitation by link"]["customer"].args
    new = {"name": "Zq words", "password1": PASSWORD + "-zq", "password2": PASSWORD + "-zq"}
    yield _sent("nobody", "POST", f"/accounts/invitation/{house}/{secret}/", new)
    house, secret = estate.things["domain by link"]["customer"].args
    yield _sent("nobody", "POST", f"/accounts/domain/{house}/{secret}/")


def _by_api(estate: Estate) -> Iterator[Sent]:
    for address, what in operations(estate).items():
        for method, body in what.items():
            who = _WHO.get(address.rstrip("/").rpartition("/")[2], "agent")
            yield _sent(who, method.upper(), address, json=body, heard=frozenset(body))
    slug, number = estate.things["ticket"]["customer"].args
    own: dict[str, Any] = {"body": "Zq words", "answers": {}}
    yield _sent("customer", "POST", f"/api/v1/tickets/{slug}/{number}/replies/", json=own, heard=frozenset(own))


def operations(estate: Estate) -> dict[str, dict[str, dict[str, Any]]]:
    """Every unsafe operation of the schema: by address and method, the body with all that it declares."""
    schema: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    values, found = api_values(estate), {}
    for path, what in schema["paths"].items():
        action = path.rstrip("/").rpartition("/")[2]
        state, owner = _STATES.get(action, ("ticket", "customer"))
        slug, number = estate.things[state][owner].args
        address = path.replace("{vendor}", slug).replace("{number}", number)
        bodies = {}
        for method in set(what) & set(UNSAFE):
            content = (
                what[method].get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            )
            names = (
                schema["components"]["schemas"]
                .get(content.get("$ref", "").rpartition("/")[2], {})
                .get("properties", {})
            )
            bodies[method] = {name: values[name] for name in names if name not in NOT_ALWAYS}
        if bodies:
            found[address] = bodies
    return found


# For some only: answers of customers, an hour for supervisors, a date for one outcome, a partner to choose where partners are.
NOT_ALWAYS = frozenset({"answers", "at", "outcome_on", "support_partner", "share_with_vendor"})


def api_values(estate: Estate) -> dict[str, Any]:
    """A right value of each member that a body may have. A new member belongs here, and in `references` if it names something."""
    here = estate.cast.here
    return {
        "vendor": here.slug,
        "subject": "Zq words",
        "body": "Zq words",
        "language": "en",
        "requester": estate.cast.person("customer").pk,
        "item": here.item.number,
        "topic": "start_or_crash",
        "claimed_priority": "P2",
        "urgent": False,
        "urgent_reason": "Zq words",
        "declarations": [],
        "received_at": f"{datetime.now(UTC) - timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}",
        "qualified": False,
        "next_steps": "Zq words",
        "next_steps_on": f"{datetime.now(UTC) + timedelta(days=7):%Y-%m-%d}",
        "share_with_vendor": False,
        "share_with": [here.partner.pk],
        "assignee": estate.cast.person("supervisor").pk,
        "priority": "P1",
        "reason": "spam",
        "classification": "bug",
        "country": "SE",
        "time_zone": "Europe/Stockholm",
        "to_house": here.partner.pk,
        "note": "Zq words",
        "outcome": "fixed",
        "executive": False,
        "accept": True,
        "answer": "Zq words",
    }


def _key(estate: Estate, kind: str, owner: str) -> Any:
    return estate.things[kind][owner].args[-1]


def _ago() -> str:
    return f"{datetime.now(UTC) - timedelta(minutes=1):%Y-%m-%dT%H:%M}"
