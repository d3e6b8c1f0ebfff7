"""Every error is a problem document, next to the input it came from; never a page, never our own fault."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from interfaces.common.tokens import issue
from tests.api.conftest import Program, address
from tests.world import House, World
from tickets.models import Ticket
from vendors.models import AccessToken, Person

pytestmark = pytest.mark.django_db
Programs = Callable[..., Program]


def problem(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    assert body["title"]
    return dict(body)


def places(body: dict[str, Any]) -> dict[str, str]:
    return {point["field"]: point.get("pointer", point["source"]) for point in body["errors"]}


def test_who_is_not_known_gets_401_and_is_told_how(world: World) -> None:
    for headers in ({}, {"authorization": "Bearer sd_wrong"}, {"authorization": "Basic eDp5"}):
        for path in ("tickets/", "me/", "files/00000000-0000-0000-0000-000000000000/"):
            answer = Client(headers=headers).get(f"/api/v1/{path}")
            problem(answer, 401)
            assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_revoked_token_and_a_removed_person_end_with_the_next_request(house: House, program_of: Programs) -> None:
    program = program_of(house.user("customer"))
    assert program.get("me/").json()["memberships"]
    from kernel.tenancy.scope import enter

    with enter(house.scope()):
        Person.objects.filter(pk=house.people["customer"].pk).update(active=False)
    assert program.get("me/").json()["memberships"] == []
    AccessToken.objects.update(revoked_at="2026-01-01T00:00:00Z")
    problem(program.get("me/"), 401)


def test_the_token_of_a_disabled_login_is_none(house: House, program_of: Programs) -> None:
    user = house.user("customer")
    program = program_of(user)
    assert program.get("me/").status_code == 200
    type(user).objects.filter(pk=user.pk).update(is_active=False)
    problem(program.get("me/"), 401)


def test_a_session_needs_the_csrf_token_and_a_bearer_token_does_not(
    house: House, ticket: Ticket, program_of: Programs, client_of: Callable[..., Client]
) -> None:
    path = f"/api/v1/{address(house, ticket)}replies/"
    strict = client_of(house.user("customer"), enforce_csrf_checks=True)
    assert strict.get(f"/api/v1/{address(house, ticket)}").status_code == 200
    problem(strict.post(path, '{"body": "x"}', content_type="application/json"), 403)
    bearer = Client(
        enforce_csrf_checks=True, headers={"authorization": f"Bearer {issue(house.user('customer'), 'test')}"}
    )
    assert bearer.post(path, '{"body": "x"}', content_type="application/json").status_code == 201


def test_bad_bodies_name_every_field_at_fault(house: House, program_of: Programs) -> None:
    program = program_of(house.user("customer"))
    body = problem(program.post("tickets/", {"vendor": house.slug, "body": 7, "urgent": 1, "due_at": "now"}), 400)
    assert places(body) == {"subject": "#/subject", "body": "#/body", "urgent": "#/urgent", "due_at": "#/due_at"}
    nested = {"vendor": house.slug, "subject": "x", "body": "y", "answers": {"a/b~c": 5}}
    assert places(problem(program.post("tickets/", nested), 400)) == {"answers.a/b~c": "#/answers/a~1b~0c"}
    others: tuple[Any, ...] = ([], "text", 5, None)
    for other in others:
        problem(program.client.post("/api/v1/tickets/", other, content_type="application/json"), 400)


@pytest.mark.parametrize(
    "raw",
    [b"{", b"\xff", b'{"a": NaN}', b"[" * 100_000, b'{"body": "a", "body": "b"}', b"1" * 5000, b'"\\ud800"', b"null"],
)
def test_malformed_bodies_are_400(house: House, ticket: Ticket, program_of: Programs, raw: bytes) -> None:
    path = f"/api/v1/{address(house, ticket)}replies/"
    problem(program_of(house.user("customer")).client.post(path, raw, content_type="application/json"), 400)


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", " ", "", "x" * 50_001])
def test_texts_that_cannot_be_kept_are_400(house: House, ticket: Ticket, program_of: Programs, text: str) -> None:
    answer = program_of(house.user("customer")).post(f"{address(house, ticket)}replies/", {"body": text})
    assert places(problem(answer, 400)) == {"body": "#/body"}


@pytest.mark.parametrize(
    "query",
    [
        {"state": "lost"},
        {"breached": "perhaps"},
        {"assignee": "you"},
        {"cursor": "abc"},
        {"cursor": "9" * 30},
        {"limit": "0"},
        {"limit": "1e9"},
        {"updated_since": "2026-01-01T00:00:00"},
        {"updated_since": "0001-01-01T00:00:00+14:00"},
        {"updated_since": "yesterday"},
        {"search": "a\x00b"},
        {"vendor": "No Such"},
        {"priority": "a\x00"},
        {"asignee": "me"},
        {"search": ["a", "b"]},
    ],
)
def test_bad_queries_are_400_next_to_their_parameter(house: House, program_of: Programs, query: dict[str, Any]) -> None:
    body = problem(program_of(house.user("agent")).get("tickets/", **query), 400)
    assert {point["field"].partition(".")[0] for point in body["errors"]} == set(query)
    assert {point["source"] for point in body["errors"]} == {"query"}


def test_the_protocols_own_errors_are_problems_too(house: House, ticket: Ticket, program_of: Programs) -> None:
    client, path = program_of(house.user("agent")).client, f"/api/v1/{address(house, ticket)}"
    for method in ("delete", "put", "patch", "options", "post"):
        answer = getattr(client, method)(path)
        problem(answer, 405)
        assert answer["Allow"] == "GET, HEAD"
    problem(client.get(path, headers={"accept": "text/html"}), 406)
    problem(client.post(f"{path}replies/", "body=x", content_type="application/x-www-form-urlencoded"), 415)
    big = b'{"body": "' + b"x" * (1024 * 1024) + b'"}'
    problem(client.post(f"{path}replies/", big, content_type="application/json"), 413)
    for wrong in (
        "/api/v1/",
        "/api/v1/nothing/",
        path[:-1],
        "/api/v1/tickets/mastercam/x%00y/",
        "/api/v1/tickets/a/b/",
    ):
        for method in ("get", "post", "delete", "options"):
            problem(getattr(client, method)(wrong), 404)
            problem(getattr(Client(), method)(wrong), 404)


def test_what_the_rules_refuse_is_422_with_its_field(house: House, ticket: Ticket, program_of: Programs) -> None:
    agent, path = program_of(house.user("agent")), address(house, ticket)
    refused = problem(agent.post(f"{path}actions/set-priority/", {"priority": "P9"}), 422)
    assert refused["type"] == "urn:supportdesk:problem:refused"
    assert places(refused) == {"priority": "#/priority"}
    qualified = {"body": "x", "qualified": True}
    assert places(problem(agent.post(f"{path}replies/", qualified), 422)) == {"next_steps": "#/next_steps"}
    customer = program_of(house.user("customer"))
    assert places(problem(customer.post(f"{path}replies/", qualified), 422)) == {"qualified": "#/qualified"}
    new = {"vendor": house.slug, "subject": "x", "body": "y"}
    for more in ({"answers": {"nonsense": "x"}}, {"declarations": ["nonsense"]}, {"topic": "nonsense"}):
        (name,) = more
        body = problem(customer.post("tickets/", new | more), 422)
        assert body["errors"][0]["pointer"].startswith(f"#/{name}")
    late = agent.post(f"{path}replies/", {"body": "x", "at": "2026-01-01T00:00:00Z"})
    assert places(problem(late, late.status_code)) == {"at": "#/at"}


def test_a_refusal_takes_back_everything(house: House, ticket: Ticket, program_of: Programs) -> None:
    agent, path = program_of(house.user("agent")), address(house, ticket)
    past = {"outcome": "nonsense", "body": "Fixed."}
    problem(agent.post(f"{path}actions/resolve/", past), 422)
    assert len(agent.get(f"{path}messages/").json()["results"]) == 1
    assert agent.get(path).json()["state"] == "new"
