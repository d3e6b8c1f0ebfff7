"""What one person may read and take away in a while: no more however many try at once, and it is reported once."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core import mail
from django.core.cache import caches
from django.db import connection
from django.test import Client
from redis import RedisError

from interfaces.common import limits
from kernel.audit.models import AuditEntry
from kernel.outbox import services as outbox
from kernel.outbox.models import OutboxMessage
from kernel.tenancy.scope import enter
from tests.walls.test_exports import QUEUE, audited, filed
from tests.world import House, World
from vendors.models import User

ClientOf = Callable[..., Client]
TRIES = 20


def reports(house: House) -> list[OutboxMessage]:
    with enter(house.scope()):
        return list(OutboxMessage.objects.filter(topic="taking").order_by("pk"))


@pytest.mark.parametrize(("setting", "most", "allowed"), [("EXPORTS_PER_DAY", 3, 3), ("EXPORT_ROWS_PER_DAY", 8, 4)])
def test_of_twenty_exports_at_once_no_more_are_had_than_one_by_one(
    shared: World, client_of: ClientOf, settings: Any, setting: str, most: int, allowed: int
) -> None:
    setattr(settings, setting, most)
    house = shared.mastercam
    for n in range(2):
        filed(house, "customer", f"Number {n}")
    clients = [client_of(house.user("agent")) for _ in range(TRIES)]
    prefix = caches["default"].key_prefix

    def attempt(client: Client) -> int:
        caches["default"].key_prefix = prefix  # each thread has a cache of its own
        try:
            return int(client.post(QUEUE).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(TRIES) as pool:
        answers = sorted(pool.map(attempt, clients))
    assert answers == [200] * allowed + [429] * (TRIES - allowed)
    assert len(audited(house, "list.exported")) == allowed
    assert len(audited(house, "taking.stopped")) == 1
    assert len(reports(house)) == 1, "the one admin is told, once"


def test_whoever_is_stopped_reads_when_it_goes_on_and_the_vendors_admins_are_told_by_mail(
    world: World, client_of: ClientOf, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EXPORTS_PER_DAY = 1
    house, other = world.mastercam, world.optocraft
    User.objects.filter(pk=house.user("agent").pk).update(language="en", time_zone="Europe/Berlin")
    client = client_of(User.objects.get(pk=house.user("agent").pk))
    assert client.post(QUEUE).status_code == 200
    answer = client.post(QUEUE)
    assert answer.status_code == 429
    assert "You have exported as often as one person may in a day. It goes on at" in answer.content.decode()
    assert "(Europe/Berlin)" in answer.content.decode()
    assert 0 < int(answer["Retry-After"]) <= 86_402
    assert client.post(QUEUE).status_code == 429
    [entry] = audited(house, "taking.stopped")
    assert (entry.actor_id, entry.after["limit"]) == (house.people["agent"].pk, "exports")
    assert len([line for line in caplog.messages if "too many exports" in line]) == 1
    assert client_of(house.user("supervisor")).post(QUEUE).status_code == 200, "it is one's own limit"
    outbox.deliver(house.id)
    [told] = [letter for letter in mail.outbox if letter.to[0].endswith("<admin@mastercam.test>")]
    assert house.people["agent"].name in told.subject
    assert "export lists more often than one person may in a day" in told.body
    assert reports(other) == []


def test_different_tickets_are_counted_and_one_that_is_open_stays_so(
    world: World, client_of: ClientOf, settings: Any
) -> None:
    settings.TICKETS_PER_HOUR = 2
    house = world.mastercam
    tickets = [filed(house, "customer", f"Number {n}") for n in range(4)]
    agent, customer = client_of(house.user("agent")), client_of(house.user("customer"))

    def opened(client: Client, door: str) -> list[int]:
        return [client.get(f"{door}/mastercam/{t.number}/").status_code for t in tickets]

    assert opened(agent, "/desk") == [200, 200, 429, 429]
    assert opened(agent, "/desk") == [200, 200, 429, 429]
    assert opened(agent, "/api/v1/tickets") == [200, 200, 429, 429]
    assert opened(customer, "/portal") == [200, 200, 429, 429]
    assert agent.post(f"/desk/mastercam/{tickets[2].number}/message/", {"kind": "reply"}).status_code == 429
    assert agent.get("/desk/").status_code == 200
    stopped = [(entry.actor_id, entry.after["limit"]) for entry in audited(house, "taking.stopped")]
    assert stopped == [(house.people[who].pk, "tickets") for who in ("agent", "customer")]
    assert len(reports(house)) == 2
    missing = agent.get("/desk/mastercam/MC-2026-999999/")
    assert missing.status_code == 404, "what is not there is not there, limit or not"


@pytest.mark.parametrize(
    ("who", "door"),
    [
        ("agent", "/desk/"),
        ("agent", "/api/v1/tickets/"),
        ("customer", "/portal/"),
        ("supervisor", "/dashboards/list/?figure=filed"),
    ],
)
def test_whoever_lists_everything_page_by_page_is_stopped_and_reported(
    world: World, client_of: ClientOf, settings: Any, who: str, door: str
) -> None:
    settings.LISTED_PER_HOUR = 2
    house, client = world.mastercam, client_of(world.mastercam.user(who))
    tickets = [filed(house, "customer", f"Number {n}") for n in range(2)]
    assert [client.get(door).status_code for _ in range(3)] == [200] * 3, "the same ones again are nothing new"
    tickets.append(filed(house, "customer", "One more"))
    assert [client.get(door).status_code for _ in range(2)] == [429] * 2
    told = [(entry.actor_id, entry.after["limit"]) for entry in audited(house, "taking.stopped")]
    assert told == [(house.people[who].pk, "listed")]
    assert len(reports(house)) == 1


def test_the_api_says_what_is_left_and_when_to_come_again(world: World, client_of: ClientOf, settings: Any) -> None:
    settings.API_REQUESTS_PER_MINUTE = 3
    house = world.mastercam
    agent = client_of(house.user("agent"))
    first = agent.get("/api/v1/tickets/")
    assert first.status_code == 200
    assert first["RateLimit-Policy"] == '"api_requests";q=3;w=60'
    assert first["RateLimit"].startswith('"api_requests";r=2;t=')
    for _ in range(2):
        agent.get("/api/v1/me/")
    answer = agent.get("/api/v1/me/")
    if answer.status_code == 200:  # a minute began in the midst of the test
        answer = [agent.get("/api/v1/me/") for _ in range(3)][-1]
    assert answer.status_code == 429
    assert answer["Content-Type"] == "application/problem+json"
    assert 0 < int(answer["Retry-After"]) <= 62
    problem = json.loads(answer.content)
    assert (problem["type"], problem["status"]) == ("urn:supportdesk:problem:too-much", 429)
    assert len(audited(house, "taking.stopped")) == 1
    assert reports(house) == [], "a quick program alarms nobody"


def test_while_nobody_counts_people_read_and_exports_wait(
    world: World, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Silent:
        def eval(self, *args: Any) -> int:
            raise RedisError("no route to host")

    monkeypatch.setattr(limits, "_redis", Silent)
    house = world.mastercam
    ticket = filed(house, "customer", "One")
    agent = client_of(house.user("agent"))
    assert agent.get(f"/desk/mastercam/{ticket.number}/").status_code == 200
    assert agent.get("/api/v1/tickets/").status_code == 200
    assert any("are not counted" in line for line in caplog.messages)
    answer = agent.post(QUEUE)
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    with enter(house.scope()):
        assert not AuditEntry.objects.filter(verb="list.exported").exists()


def test_bodies_and_forms_that_are_too_large_are_told_so(world: World, client_of: ClientOf) -> None:
    client = client_of(world.mastercam.user("customer"))
    huge, many = {"name": "x" * 6_000_000}, {f"f{n}": "" for n in range(1_100)}
    strict = client_of(world.mastercam.user("customer"), enforce_csrf_checks=True)
    strict.get("/me/tokens/")  # with a cookie the token is looked for in the form
    for sent in (huge, many):
        for who in (client, strict):
            answer = who.post("/me/tokens/", sent)
            assert answer.status_code == 413, sent.keys()
            assert b"<h1>" in answer.content
    by_form = client.post("/api/v1/tickets/", "x=" + "y" * 6_000_000, content_type="application/x-www-form-urlencoded")
    as_json = client.post("/api/v1/tickets/", '"' + "y" * 1_100_000 + '"', content_type="application/json")
    for answer in (by_form, as_json):
        assert answer.status_code in (413, 415)
        assert answer["Content-Type"] == "application/problem+json"
    assert as_json.status_code == 413
