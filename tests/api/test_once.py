"""Idempotency-Key: what was done is done once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg2
import pytest
from django.db import connection

from kernel import clock
from kernel.tenancy.scope import enter
from tests import databases
from tests.api.conftest import Program, address, file
from tests.world import House, World
from tickets.models import IdempotencyKey, Message, Ticket

pytestmark = pytest.mark.django_db
Programs = Callable[..., Program]


def body_of(house: House) -> dict[str, Any]:
    return {"vendor": house.slug, "subject": "Once", "body": "only"}


def test_the_same_request_again_gets_the_first_answer(house: House, program_of: Programs) -> None:
    program = program_of(house.user("customer"))
    first = program.post("tickets/", body_of(house), key="k-1")
    again = program.post("tickets/", dict(reversed(body_of(house).items())), key="k-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again["Location"] == first["Location"]
    assert "Idempotent-Replayed" not in first
    assert again["Idempotent-Replayed"] == "true"
    assert len(program.get("tickets/").json()["results"]) == 1


def test_every_post_honours_the_key(house: House, ticket: Ticket, program_of: Programs) -> None:
    agent, path = program_of(house.user("agent")), address(house, ticket)
    for name, body in (
        ("replies", {"body": "Hello."}),
        ("notes", {"body": "Between us."}),
        ("actions/set-priority", {"priority": "P2"}),
        ("actions/go-on", None),
    ):
        first, again = (agent.post(f"{path}{name}/", body, key=f"key-{name}") for _ in range(2))
        assert again.json() == first.json()
        assert (again.status_code, again["Idempotent-Replayed"]) == (first.status_code, "true")
    with enter(house.scope()):
        assert Message.objects.filter(ticket=ticket).count() == 3


def test_another_request_under_the_same_key_is_refused(house: House, ticket: Ticket, program_of: Programs) -> None:
    agent, path = program_of(house.user("agent")), address(house, ticket)
    assert agent.post(f"{path}replies/", {"body": "One."}, key="k").status_code == 201
    for name, body in (("replies", {"body": "Two."}), ("notes", {"body": "One."})):
        other = agent.post(f"{path}{name}/", body, key="k")
        assert other.status_code == 422
        assert other.json()["type"] == "urn:supportdesk:problem:idempotency-key-reused"
        assert other.json()["errors"][0]["field"] == "Idempotency-Key"


def test_keys_are_ones_own_at_each_vendor(world: World, house: House, program_of: Programs) -> None:
    ticket, elsewhere = file(house), file(world.optocraft)
    people = [program_of(house.user("agent")), program_of(house.user("colleague")), program_of(world.everywhere)]
    for program in people:
        answer = program.post(f"{address(house, ticket)}replies/", {"body": "x"}, key="same")
        assert (answer.status_code, "Idempotent-Replayed" in answer) == (201, False)
    answer = people[2].post(f"{address(world.optocraft, elsewhere)}replies/", {"body": "x"}, key="same")
    assert (answer.status_code, "Idempotent-Replayed" in answer) == (201, False)


def test_a_refused_request_leaves_its_key_free(house: House, program_of: Programs) -> None:
    program = program_of(house.user("customer"))
    assert program.post("tickets/", body_of(house) | {"topic": "nonsense"}, key="k").status_code == 422
    assert program.post("tickets/", body_of(house), key="k").status_code == 201


def test_a_key_that_is_under_way_is_409(house: House, ticket: Ticket, program_of: Programs) -> None:
    agent, path = program_of(house.user("agent")), address(house, ticket)
    name = f"idempotency {house.id} {house.people['agent'].pk} k"
    params = databases.app() | {"NAME": connection.settings_dict["NAME"]}
    other = psycopg2.connect(
        dbname=params["NAME"],
        user=params["USER"],
        password=params["PASSWORD"],
        host=params["HOST"],
        port=params["PORT"] or None,
    )
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        busy = agent.post(f"{path}replies/", {"body": "x"}, key="k")
        assert busy.status_code == 409
        assert busy["Retry-After"] == "1"
        assert agent.post(f"{path}replies/", {"body": "x"}, key="other").status_code == 201
    finally:
        other.close()
    assert agent.post(f"{path}replies/", {"body": "x"}, key="k").status_code == 201


def test_keys_are_kept_for_a_day(house: House, ticket: Ticket, program_of: Programs) -> None:
    agent, path = program_of(house.user("agent")), address(house, ticket)
    assert agent.post(f"{path}replies/", {"body": "x"}, key="k").status_code == 201
    with enter(house.scope()):
        IdempotencyKey.objects.update(created_at=clock.now() - timedelta(hours=25))
    assert "Idempotent-Replayed" not in agent.post(f"{path}replies/", {"body": "x"}, key="k")


@pytest.mark.parametrize("key", ["", "x" * 121, "a b", "ä"])
def test_keys_that_are_none_are_400(house: House, ticket: Ticket, program_of: Programs, key: str) -> None:
    program = program_of(house.user("agent"))
    answer = program.client.post(
        f"/api/v1/{address(house, ticket)}replies/",
        '{"body": "x"}',
        content_type="application/json",
        headers={"idempotency-key": key},
    )
    assert answer.status_code == 400
    assert answer.json()["errors"][0] | {"detail": ""} == {"field": "Idempotency-Key", "source": "header", "detail": ""}
