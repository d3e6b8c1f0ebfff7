"""What is seen when something fails, and what is left of it in the database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client, override_settings

from kernel.tenancy.scope import enter
from tests.tickets.lives import Life
from tests.world import PASSWORD, World
from tickets import nudge as nudging
from tickets.models import Message
from vendors.models import Person

SignIn = Callable[..., Client]
_NOWHERE = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}}


def test_health_says_which_is_down_with_and_without_a_session(
    world: World, client_of: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in, anonymous = client_of(world.mastercam.user("agent")), Client()
    for client in (signed_in, anonymous):
        assert client.get("/healthz/").status_code == 200
    with override_settings(CACHES=_NOWHERE):
        for client in (signed_in, anonymous):
            answer = client.get("/healthz/")
            assert (answer.status_code, answer.content) == (503, b"redis unreachable\n")

    def refuse(*_: Any, **__: Any) -> None:
        raise OperationalError("connection refused")

    with monkeypatch.context() as patched:
        patched.setattr(connection, "cursor", refuse)
        answers = [client.get("/healthz/") for client in (signed_in, anonymous)]
    assert {(answer.status_code, answer.content) for answer in answers} == {(503, b"database unreachable\n")}


def test_who_signs_in_while_redis_is_down_is_asked_to_try_again(world: World) -> None:
    typed = {"login": world.mastercam.user("agent").email, "password": PASSWORD}
    client = Client()
    with override_settings(CACHES=_NOWHERE):
        assert client.get("/accounts/login/").status_code == 200
        answer = client.post("/accounts/login/", typed)
        assert (answer.status_code, answer["Retry-After"]) == (503, "30")
        assert "try again in a moment" in answer.content.decode()
        assert client.get("/desk/").status_code == 302
    assert client.post("/accounts/login/", typed).status_code == 302
    assert client.get("/desk/").status_code == 200


def test_an_error_takes_back_what_was_written_and_nudges_nobody(
    world: World, client_of: SignIn, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    from interfaces.portal import page as portal_page

    life = Life(world.mastercam)
    ticket = life.files()
    before = len(life.messages(ticket)), len(life.told(ticket))
    nudged: list[int] = []
    monkeypatch.setattr(nudging, "nudge", nudged.append)

    def broken(_: object) -> str:
        raise LookupError("after the service has written everything")

    monkeypatch.setattr(portal_page.RequestPage, "url", property(broken))
    client = client_of(world.mastercam.user("customer"), raise_request_exception=False)
    with django_capture_on_commit_callbacks(execute=True) as called:
        answer = client.post(f"/portal/mastercam/{ticket.number}/write/", {"body": "It stops again"})
    assert answer.status_code == 500
    assert not called
    assert not nudged
    assert (len(life.messages(ticket)), len(life.told(ticket))) == before


@pytest.mark.parametrize(("language", "words"), [("de", "Formular"), ("sv", "Formul")])
def test_a_form_without_its_token_is_refused_in_the_readers_language(
    world: World, client_of: SignIn, language: str, words: str
) -> None:
    user = world.mastercam.user("customer")
    user.language = language
    user.save()
    answer = client_of(user, enforce_csrf_checks=True).post("/portal/new/", {"subject": "x"})
    assert answer.status_code == 403
    page = answer.content.decode()
    assert f'<html lang="{language}"' in page
    assert words in page


def test_errors_have_a_page_inside_and_outside_a_scope(world: World, client_of: SignIn) -> None:
    for client in (client_of(world.mastercam.user("customer")), Client()):
        missing = client.get("/nothing/here/")
        assert missing.status_code == 404
        assert b'class="error-page"' in missing.content
        forged = client.get("/accounts/login/", HTTP_HOST="evil.example")
        assert forged.status_code == 400
        assert b"evil.example" not in forged.content
        assert client.get("/accounts/login/", HTTP_HOST="a b\r\nX: y").status_code == 400
        large = client.post("/accounts/login/", {"login": "x" * 6_000_000})
        assert large.status_code in {400, 413}


def test_who_is_removed_has_nothing_with_the_next_request(world: World, client_of: SignIn) -> None:
    house = world.mastercam
    life = Life(house)
    ticket = life.files()
    for who, address in (
        ("agent", f"/desk/mastercam/{ticket.number}/"),
        ("customer", f"/portal/mastercam/{ticket.number}/"),
    ):
        client = client_of(house.user(who))
        assert client.get(address).status_code == 200
        with enter(house.scope()):
            Person.objects.filter(pk=house.people[who].pk).update(active=False)
        for method in ("get", "post"):
            assert getattr(client, method)(address).status_code in {404, 405}
        assert client.post(f"{address}{'message' if who == 'agent' else 'write'}/", {"body": "x"}).status_code == 404
        assert client.get(f"/api/v1/tickets/mastercam/{ticket.number}/").status_code == 404
        with enter(house.scope()):
            assert Message.objects.filter(ticket=ticket).count() == 1


def test_a_disabled_login_is_signed_out(world: World, client_of: SignIn) -> None:
    user = world.mastercam.user("agent")
    client = client_of(user)
    assert client.get("/desk/").status_code == 200
    user.is_active = False
    user.save()
    assert client.get("/desk/").status_code == 302
    assert client.get("/api/v1/me/").status_code == 401


FOREIGN = ("stranger", "partner", "customer", "agent")


@pytest.mark.parametrize("who", FOREIGN)
def test_what_is_anothers_answers_like_what_is_not_there(world: World, client_of: SignIn, who: str) -> None:
    """A ticket of Optocraft, asked for by people of Mastercam; and one of another customer within the same house."""
    from tests.walls.test_bad_input import _addresses

    house, other = world.mastercam, world.optocraft
    theirs = Life(other).files(item=other.item)
    neighbours = Life(house).files()
    client = client_of(house.user(who))
    cases = [(other, theirs)] + ([(house, neighbours)] if who in {"stranger", "partner"} else [])
    for at, ticket in cases:
        absent = ticket.number[:-6] + "999999"
        for found, missing in zip(_addresses(at, ticket), _addresses(at, ticket, number=absent), strict=True):
            if ticket.number not in found:
                continue
            for method in ("get", "post", "put", "patch", "delete"):
                one, two = getattr(client, method)(found), getattr(client, method)(missing)
                assert one.status_code == two.status_code, (method, found)
                assert one.status_code in {302, 404, 405}, (method, found)
                assert ticket.subject.encode() not in one.content
