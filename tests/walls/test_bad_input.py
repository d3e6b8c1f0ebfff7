"""Whatever is sent, the answer is a page or a refusal with its reason, never a failure of ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from kernel.tenancy.scope import enter
from tests.world import House, World
from tickets import services
from tickets.models import Ticket
from vendors.models import User

LONG = "ä" * 100_000
HUGE = "9" * 40
QUERIES = (
    "%00",
    "%FF%FE",
    "-1",
    HUGE,
    "9" * 18,
    "9" * 19,
    "0001-01-01",
    "9999-12-31",
    "2026-02-30",
    "%ED%A0%80",
    "b0-1",
    "b2-" + "9" * 18,
    "0." + HUGE,
    "-" + "9" * 17 + ".1",
    ".-5",
    "'\"<script>",
    "%25s%25(x)s%7B%7D",
    "٣",
    "²",
)
NAMES = (
    "page", "before", "after", "cursor", "vendor", "state", "assignee", "priority", "text", "q", "breached", "assumed",
    "unread", "figure", "clock", "percent", "hours", "day", "days", "who", "caller", "ask", "next", "limit", "search",
    "updated_since", "explain", "key", "promised",
)  # fmt: skip
FIELDS = (
    "body", "subject", "description", "kind", "drafts", "draft", "share_with", "qualified", "next_steps", "next_steps_on", "ask",
    "reason", "urgent_reason", "priority", "classification", "assignee", "country", "time_zone", "to_house", "note", "outcome",
    "outcome_on", "event", "answer", "accept", "received_at", "at", "item", "topic", "language", "claimed_priority", "vendor",
    "key", "next", "theme", "number", "serial", "executive", "name", "token", "house", "decision", "request",
    "once", "held", "go", "solved", "support_partner",
)  # fmt: skip
VALUES = (
    "\0",
    "a\0b",
    "\ud7ff\u202e",
    HUGE,
    "-1",
    "9" * 18,
    "9999-12-31",
    "0001-01-01",
    "0001-01-01T00:00",
    "9999-12-31T23:59",
    "²",
)


def _filed(house: House, **words: Any) -> Ticket:
    with enter(house.scope()):
        asked: dict[str, Any] = {
            "requester": house.people["customer"],
            "subject": "It stops",
            "body": "It stops.",
            "language": "en",
        }
        return services.file_ticket(by=house.member("customer"), request=services.Request(**(asked | words)))


def _patterns(resolver: URLResolver | None = None, before: str = "") -> list[str]:
    found = []
    for row in (resolver or get_resolver()).url_patterns:
        if isinstance(row, URLResolver):
            found += _patterns(row, before + str(row.pattern))
        elif isinstance(row, URLPattern):
            found.append(before + str(row.pattern))
    return found


def _addresses(house: House, ticket: Ticket, *, number: str = "") -> list[str]:
    """One address of each route, filled with a house's things; `number` takes the place of the ticket's."""
    from interfaces.desk.forms import DEEDS

    given = {
        "<slug:vendor>": house.slug,
        "<str:number>": number or ticket.number,
        "<ticket_number:number>": number or ticket.number,
        "<int:key>": "1",
        "<uuid:key>": "00000000-0000-0000-0000-000000000001",
        "<slug:step>": "all",
    }
    found = []
    for pattern in _patterns():
        if "^" in pattern or "(?" in pattern or ("accounts" in pattern and "<" in pattern):
            continue
        address = f"/{pattern}"
        for placeholder, value in given.items():
            address = address.replace(placeholder, value)
        deeds = list(DEEDS) if "<slug:deed>" in address else [""]
        found += [address.replace("<slug:deed>", str(deed)) for deed in deeds]
    return [address for address in found if "<" not in address]


@pytest.fixture
def doors(world: World, client_of: Callable[..., Client]) -> Callable[[User], Client]:
    def opened(user: User) -> Client:
        return client_of(user, raise_request_exception=False)

    return opened


@pytest.mark.parametrize(
    "who",
    [
        pytest.param("supervisor", marks=pytest.mark.deep),
        pytest.param("customer", marks=pytest.mark.deep),
        "agent",
        "operator",
        "nobody",
    ],
)
def test_no_address_fails_for_whatever_is_asked(world: World, doors: Callable[[User], Client], who: str) -> None:
    house = world.mastercam
    ticket = _filed(house)
    client = Client(raise_request_exception=False)
    if who != "nobody":
        client = doors(world.operator if who == "operator" else house.user(who))
    failed = []
    for address in _addresses(house, ticket):
        asked = {"supervisor": _asked(address), "customer": _asked(address), "agent": _asked(address)[::9]}.get(who, [])
        failed += [url for url in (address, *asked) if client.get(url).status_code >= 500]
        failed += [
            f"{method} {address}"
            for method in ("HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE")
            if client.generic(method, address).status_code >= 500
        ]
    assert not failed


def _asked(address: str) -> list[str]:
    if "accounts" in address or not address.endswith("/"):
        return []
    every = [f"{address}?" + "&".join(f"{name}={value}" for name in NAMES) for value in QUERIES]
    if address in {"/desk/", "/desk/new/", "/portal/", "/api/v1/tickets/", "/dashboards/", "/dashboards/list/"}:
        # One at a time too: next to another that is refused it might never be looked at.
        right = "figure=breached&" if "list" in address else ""
        every += [f"{address}?{right}{name}={value}" for name in NAMES for value in QUERIES[::2]]
    return [*every, f"{address}?vendor=a&vendor=b&page=1&page=2", f"{address}?%80=%80"]


@pytest.mark.parametrize("number", ["%00", "a%00b", "%FF", "%E2%80%AE", "9" * 5000, "%0d%0aX: y", "MC-2026-000001%00"])
def test_a_number_may_be_anything(world: World, doors: Callable[[User], Client], number: str) -> None:
    house = world.mastercam
    ticket = _filed(house)
    for who in ("agent", "customer"):
        client = doors(house.user(who))
        for address in _addresses(house, ticket, number=number):
            assert client.get(address).status_code < 500, address
            assert client.post(address).status_code < 500, address


@pytest.mark.parametrize("value", ["a\0b", *(pytest.param(value, marks=pytest.mark.deep) for value in VALUES)])
def test_no_form_fails_for_whatever_is_typed(world: World, doors: Callable[[User], Client], value: str) -> None:
    house = world.mastercam
    ticket = _filed(house)
    failed = []
    for who in ("supervisor", "customer"):
        client = doors(house.user(who))
        for address in _addresses(house, ticket):
            if "logout" in address:
                continue
            whole = dict.fromkeys(FIELDS, value)
            sound = {"body": "x", "subject": "x", "description": "x", "kind": "public", "reason": "x", "answer": "x"}
            for data in (whole, whole | sound, {**whole, "drafts": "", **sound, "kind": "internal"}):
                if client.post(address, data).status_code >= 500:
                    failed.append(f"{who} {address}")
    assert not failed


@pytest.mark.parametrize("who", ["supervisor", "customer"])
def test_long_texts_are_taken_or_refused(world: World, doors: Callable[[User], Client], who: str) -> None:
    house = world.mastercam
    ticket = _filed(house)
    client = doors(house.user(who))
    for address in _addresses(house, ticket):
        if "logout" not in address:
            assert client.post(address, dict.fromkeys(FIELDS, LONG[:20_000])).status_code < 500, address


def test_a_call_of_long_ago_is_refused(world: World, doors: Callable[[User], Client]) -> None:
    house = world.mastercam
    client = doors(house.user("agent"))
    caller = house.people["customer"].pk
    for at in ("0001-01-01T00:00", "1000-01-01T00:00", "1900-01-01T00:00"):
        answer = client.post(
            f"/desk/new/?person={caller}&vendor={house.slug}",
            {"received_at": at, "subject": "x", "body": "x", "language": "en"},
        )
        assert answer.status_code == 422, at


def test_a_subject_of_201_characters_is_refused(world: World, doors: Callable[[User], Client]) -> None:
    house = world.mastercam
    answer = doors(house.user("customer")).post(
        f"/portal/new/{house.slug}/{uuid4()}/all/",
        {
            "subject": "x" * 201,
            "body": "x",
            "language": "en",
            "authorised_user": house.people["customer"].pk,
            "item": house.item.pk,
        },
    )
    assert answer.status_code == 422


@pytest.mark.parametrize("name", ["../../etc/passwd", "a\0b.txt", "\u202egpj.exe", "." * 300, "x" * 5000 + ".txt"])
def test_files_of_any_name_are_taken_or_refused(world: World, doors: Callable[[User], Client], name: str) -> None:
    house = world.mastercam
    ticket = _filed(house)
    for who, address, field in (
        ("customer", f"/portal/{house.slug}/{ticket.number}/write/", "files"),
        ("agent", f"/desk/{house.slug}/{ticket.number}/message/", "uploads"),
    ):
        for content in (b"", b"x"):
            upload = SimpleUploadedFile("file", content)
            upload.name = name
            answer = doors(house.user(who)).post(address, {"body": "x", "kind": "public", field: upload})
            assert answer.status_code < 500


def test_bodies_of_any_kind_are_refused_not_failed_at(world: World, doors: Callable[[User], Client]) -> None:
    house = world.mastercam
    ticket = _filed(house)
    client = doors(house.user("agent"))
    for address in _addresses(house, ticket):
        if "logout" in address:
            continue
        for kind, body in (
            ("application/json", b'{"\\ud800": "\\ud800"}'),
            ("application/json", b'{"body": "\\ud800", "vendor": "mastercam", "answers": {"\\ud800": "x"}}'),
            ("application/json", b'{"vendor":"mastercam","subject":"x","body":"x","answers":{"\\ud800\\u0000":"x"}}'),
            ("application/json", b"\xff"),
            ("application/json", b"[" * 100_000),
            ("application/json", b'{"a":' + b"9" * 10_000 + b"}"),
            ("multipart/form-data", b"x"),
            ("multipart/form-data; boundary=x", b"--x\r\nbroken"),
            ("application/x-www-form-urlencoded; charset=nonsense", b"a=%ff"),
            ("application/x-www-form-urlencoded", b"&".join(b"a=1" for _ in range(2000))),
        ):
            answer = client.generic("POST", address, body, content_type=kind)
            assert answer.status_code < 500, (address, kind, body[:60])
