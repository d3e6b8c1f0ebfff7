"""Where an installation asks staff for a second factor, whoever has none reaches nothing but its setting up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from interfaces.common.tokens import issue
from tests.second_factor import adds_passkey, code_of, sets_up_app, sign_in, signed_in, with_app
from tests.world import World
from vendors.models import User

SignIn = Callable[[User], Client]
SET_UP = "/accounts/2fa/"
SERVING = ("agent", "supervisor", "management", "sponsor", "admin", "partner")


@pytest.fixture(autouse=True)
def _required(settings: Any) -> None:
    settings.STAFF_NEEDS_SECOND_FACTOR = True


def test_all_on_the_serving_side_are_led_to_the_set_up_and_customers_are_not(world: World, client_of: SignIn) -> None:
    serving = [world.mastercam.user(who) for who in SERVING] + [world.everywhere, world.operator]
    for user in serving:
        client = client_of(user)
        for path in (
            "/desk/",
            "/me/",
            "/",
            "/notifications/",
            "/me/tokens/",
            "/operator/outbox/",
            "/accounts/sessions/",
        ):
            answer = client.get(path)
            assert (answer.status_code, answer["Location"]) == (302, f"{SET_UP}?next={path.replace('/', '%2F')}"), user
        page = client.get(SET_UP).content.decode()
        assert "Set up a second factor to go on" in page
        assert "/desk/" not in page, "its pages lead nowhere else"
    for who in ("customer", "customer_admin"):
        assert signed_in(client_of(world.mastercam.user(who)))


def test_whoever_set_one_up_goes_on_to_where_he_was_going(world: World) -> None:
    client = sign_in(world.mastercam.user("agent").email)
    client.get(client.get("/desk/?q=spindle")["Location"])
    sets_up_app(client)
    page = client.get(SET_UP).content.decode()
    assert 'href="/desk/?q=spindle"' in page
    assert client.get("/desk/").status_code == 200


def test_an_address_of_somewhere_else_is_not_kept_as_the_place_to_go(world: World) -> None:
    client = sign_in(world.mastercam.user("agent").email)
    client.get(f"{SET_UP}?next=https://evil.example/desk/")
    sets_up_app(client)
    assert "evil.example" not in client.get(SET_UP).content.decode()


def test_forms_and_parts_of_pages_are_not_carried_out(world: World, client_of: SignIn) -> None:
    client = client_of(world.mastercam.user("agent"))
    answer = client.get("/desk/", headers={"HX-Request": "true"})
    assert (answer["HX-Redirect"], answer.content) == (SET_UP, b"")
    assert client.post("/me/", {"language": "de", "time_zone": "UTC"})["Location"] == SET_UP
    assert User.objects.get(pk=world.mastercam.user("agent").pk).time_zone != "UTC"


def test_programs_are_told_403_by_session_and_by_token(world: World, client_of: SignIn) -> None:
    user = world.mastercam.user("agent")
    token = {"Authorization": f"Bearer {issue(user, 'test')}"}
    for client, headers in ((client_of(user), {}), (Client(), token)):
        answer = client.get("/api/v1/tickets/", headers=headers)
        assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")
        assert answer.json()["type"] == "urn:supportdesk:problem:second-factor"
    with_app(user)
    assert Client().get("/api/v1/tickets/", headers=token).status_code == 200
    customer = {"Authorization": f"Bearer {issue(world.mastercam.user('customer'), 'test')}"}
    assert Client().get("/api/v1/tickets/", headers=customer).status_code == 200


def test_the_last_factor_stays_while_it_is_required(world: World, settings: Any) -> None:
    user = world.mastercam.user("agent")
    client = sign_in(user.email, secure=True)
    adds_passkey(client)
    key = Authenticator.objects.get(type="webauthn").pk
    client.post(f"/accounts/2fa/webauthn/keys/{key}/remove/", secure=True)
    assert Authenticator.objects.filter(pk=key).exists()
    assert "this is your last" in client.get(SET_UP, secure=True).content.decode()
    with_app(user)
    assert client.post(f"/accounts/2fa/webauthn/keys/{key}/remove/", secure=True).status_code == 302
    assert not Authenticator.objects.filter(pk=key).exists()
    page = client.post("/accounts/2fa/totp/deactivate/", secure=True)
    assert "this is your last" in page.content.decode()
    assert Authenticator.objects.filter(type="totp").exists()
    settings.STAFF_NEEDS_SECOND_FACTOR = False
    assert client.post("/accounts/2fa/totp/deactivate/", secure=True).status_code == 302
    assert not Authenticator.objects.exists()


def test_a_factor_that_is_gone_is_asked_for_with_the_next_request(world: World) -> None:
    user = world.mastercam.user("agent")
    secret = with_app(user)
    client = sign_in(user.email)
    client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})
    assert signed_in(client)
    Authenticator.objects.all().delete()
    assert not signed_in(client)


def test_the_rule_costs_a_page_one_question_and_customers_none(world: World, client_of: SignIn, settings: Any) -> None:
    with_app(world.mastercam.user("agent"))
    asked = {}
    for who in ("agent", "customer"):
        client = client_of(world.mastercam.user(who))
        client.get("/me/")
        for required in (True, False):
            settings.STAFF_NEEDS_SECOND_FACTOR = required
            with CaptureQueriesContext(connection) as questions:
                client.get("/me/")
            asked[who, required] = len(questions)
    assert asked["agent", True] - asked["agent", False] == 1
    assert asked["customer", True] == asked["customer", False]
