"""The schema is exact: made without a warning, and no answer is outside it, whatever is sent."""

from __future__ import annotations

import os
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from interfaces.common.tokens import issue
from kernel.tenancy.scope import enter
from tests.api.conftest import ago, file
from tests.world import World
from tickets import services

pytestmark = pytest.mark.django_db
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
DEEP = bool(os.environ.get("SUPPORTDESK_DEEP"))
EXAMPLES = 60 if DEEP else 5  # of each operation, mode and person


def load() -> Any:
    """The API as its own schema describes it, called in this process."""
    schema = schemathesis.openapi.from_dict(SchemaGenerator().get_schema(request=None, public=True))  # type: ignore[no-untyped-call]
    schema.app = WSGIHandler()
    return schema


SCHEMA = load()
OPERATIONS = {found.ok().label: found.ok() for found in SCHEMA.get_all_operations()}


def test_the_schema_is_made_without_a_warning() -> None:
    call_command("spectacular", fail_on_warn=True, validate=True, stdout=StringIO())


@pytest.mark.parametrize("kind", ["json", "yaml"])
def test_the_schema_is_served(world: World, kind: str) -> None:
    answer = Client().get("/api/v1/schema/", headers={"accept": f"application/{kind}"})
    assert answer.status_code == 200
    assert b"/api/v1/tickets/" in answer.content


def test_every_address_of_the_api_is_in_the_schema() -> None:
    from interfaces.api.urls import urlpatterns

    left_out = {"schema", "docs", "absent"}
    assert len({pattern.name for pattern in urlpatterns} - left_out) == len(SCHEMA.raw_schema["paths"])


def test_input_and_answers_know_all_their_names() -> None:
    for name, component in SCHEMA.raw_schema["components"]["schemas"].items():
        if component.get("type") == "object":
            assert "additionalProperties" in component, name


@pytest.fixture
def kept_connection() -> Iterator[None]:
    """A server gives its connection back after each request; here it is the test's, with all that is not committed."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def cast(world: World, kept_connection: None) -> dict[str, Any]:
    """People with tokens, and tickets in several states."""
    house = world.mastercam
    tickets = [file(house), file(house, "stranger"), file(house, claimed_priority="P1"), file(world.optocraft)]
    with enter(house.scope()):
        by = house.member("agent")
        services.note(by=by, ticket_id=tickets[0].pk, body="Look at the post.")
        services.reply(by=by, ticket_id=tickets[0].pk, body="Which post?", ask=True)
        services.request_review(by=house.member("customer"), ticket_id=tickets[0].pk, reason="We stand still.")
        late = services.Request(
            requester=house.people["customer"], subject="Late", body="x", language="de", received_at=ago(days=20)
        )
        tickets.append(services.file_ticket(by=by, request=late))
        services.set_priority(by=by, ticket_id=tickets[-1].pk, priority="P2")
        outcome = "workaround" if "workaround" in _outcomes(house.id) else _outcomes(house.id)[0]
        services.resolve(by=by, ticket_id=tickets[2].pk, outcome=outcome, body="Done.", outcome_on=None)
    slugs = {each.id: each.slug for each in world.houses}
    return {
        "tickets": [{"vendor": slugs[t.vendor_id], "number": t.number} for t in tickets],
        "people": [house.people[who].pk for who in ("agent", "customer", "stranger")],
        "priority": ["P1", "P3"],
        "outcome": [outcome],
        "tokens": {
            "staff": issue(house.user("supervisor"), "test"),
            "customer": issue(house.user("customer"), "test"),
        },
    }


def _outcomes(vendor_id: int) -> list[str]:
    from sla.policies import current

    return [outcome.key for outcome in current(vendor_id).outcomes if not outcome.needs_date]


@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize("who", ["staff", "customer"])
@pytest.mark.parametrize("label", OPERATIONS)
def test_no_answer_is_outside_the_schema(cast: dict[str, Any], label: str, who: str, mode: GenerationMode) -> None:
    operation = OPERATIONS[label]
    if mode == GenerationMode.NEGATIVE and not (operation.body or operation.query or operation.path_parameters):
        return

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=not DEEP,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), draw=st.data())
    def answers(case: Any, draw: Any) -> None:
        _fill_in(case, cast, draw)
        with transaction.atomic():
            answer = case.call(headers={"Authorization": f"Bearer {cast['tokens'][who]}"})
            transaction.set_rollback(True)
        case.validate_response(answer, checks=CHECKS)

    answers()


def _fill_in(case: Any, cast: dict[str, Any], draw: Any) -> None:
    """Mostly things that exist, so that more than refusals is seen."""
    if case.path_parameters and draw.draw(st.integers(0, 9)) != 9:
        ticket = draw.draw(st.sampled_from(cast["tickets"]))
        case.path_parameters.update({name: ticket[name] for name in case.path_parameters if name in ticket})
    if isinstance(case.body, dict) and draw.draw(st.booleans()):
        words: dict[str, list[Any]] = {
            "vendor": ["mastercam"],
            "requester": cast["people"],
            "assignee": [*cast["people"], None],
            "priority": cast["priority"],
            "claimed_priority": cast["priority"],
            "outcome": cast["outcome"],
        }
        for name in set(words) & set(case.body):
            case.body[name] = draw.draw(st.sampled_from(words[name]))
        for name in {"item", "topic", "answers", "declarations", "urgent"} & set(case.body):
            del case.body[name]
