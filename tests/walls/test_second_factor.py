"""Second factors: an app's codes, passkeys and recovery codes open a login once, and nothing else does."""

from __future__ import annotations

import base64
import json
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.core.cache import caches
from django.core.management import call_command
from django.db import connection
from django.test import Client

from kernel import encryption
from tests.second_factor import (
    AT,
    UP,
    Key,
    adds_passkey,
    code_of,
    codes_on,
    options_on,
    secret_on,
    sets_up_app,
    sign_in,
    signed_in,
    with_app,
    with_codes,
)
from tests.world import PASSWORD, World
from vendors.models import User

TRIES, ALLOWED = 50, 5


@pytest.fixture
def email(world: World) -> str:
    return world.mastercam.user("customer").email


def gives(client: Client, code: str) -> Any:
    """Type a code in the second step."""
    return client.post("/accounts/2fa/authenticate/", {"code": code})


def test_with_an_app_the_password_alone_opens_nothing_and_a_code_works_once(email: str) -> None:
    secret = with_app(User.objects.get(email=email))
    client = sign_in(email)
    assert not signed_in(client)
    for wrong in ("000000", code_of(secret, ahead=4), "", "12345678901234567890"):
        assert gives(client, wrong).status_code == 200
        assert not signed_in(client)
    code = code_of(secret)
    assert gives(client, code).status_code == 302, "five tries are allowed"
    assert signed_in(client)
    thief = sign_in(email)
    gives(thief, code)
    assert not signed_in(thief)


def test_the_code_that_proved_a_new_app_opens_nothing_afterwards(email: str) -> None:
    client = sign_in(email)
    secret = secret_on(client.get("/accounts/2fa/totp/activate/"))
    code = code_of(secret)
    assert client.post("/accounts/2fa/totp/activate/", {"code": code}).status_code == 302
    other = sign_in(email)
    gives(other, code)
    assert not signed_in(other)


def test_each_recovery_code_opens_the_login_once_and_new_ones_end_the_old(email: str) -> None:
    mine = sign_in(email)
    sets_up_app(mine)
    page = mine.get("/accounts/2fa/recovery-codes/")
    codes = codes_on(page)
    assert len(set(codes)) == 10
    assert "data:text/plain" in page.content.decode()
    assert codes_on(mine.get("/accounts/2fa/recovery-codes/")) == [], "they are shown once"
    client = sign_in(email)
    assert gives(client, codes[0]).status_code == 302
    assert signed_in(client)
    again = sign_in(email)
    gives(again, codes[0])
    assert not signed_in(again)
    assert "9 of 10 left" in mine.get("/accounts/2fa/").content.decode()
    assert mine.post("/accounts/2fa/recovery-codes/generate/").status_code == 302
    assert not set(codes_on(mine.get("/accounts/2fa/recovery-codes/"))) & set(codes)
    gives(again, codes[1])
    assert not signed_in(again)


def test_a_passkey_signs_in_by_itself_and_stands_for_both_factors(email: str) -> None:
    mine = sign_in(email, secure=True)
    key = adds_passkey(mine)
    assert "Tangentbordet" in mine.get("/accounts/2fa/").content.decode()
    client = Client()
    options = client.get("/accounts/2fa/webauthn/login/", secure=True, headers={"Accept": "application/json"}).json()
    said = key.shown(options["request_options"])
    answer = client.post("/accounts/2fa/webauthn/login/", {"credential": said, "next": "/me/"}, secure=True)
    assert (answer.status_code, answer["Location"]) == (302, "/me/")
    assert signed_in(client)
    client.logout()
    client.post("/accounts/2fa/webauthn/login/", {"credential": said}, secure=True)
    assert not signed_in(client), "what it said is good for one question"


def test_a_passkey_is_the_second_step_after_the_password(email: str) -> None:
    key = adds_passkey(sign_in(email, secure=True))
    client = sign_in(email, secure=True)
    assert not signed_in(client)
    page = client.get("/accounts/2fa/authenticate/", secure=True)
    answer = client.post("/accounts/2fa/authenticate/", {"credential": key.shown(options_on(page))}, secure=True)
    assert answer.status_code == 302
    assert signed_in(client)


@pytest.mark.parametrize(
    "attempt",
    [
        lambda key, options: key.shown(options, origin="https://tests3rver"),  # a page that looks like ours
        lambda key, options: key.shown(options, flags=UP),  # a key that was only touched
        lambda key, options: _foreign(key).shown(options),  # somebody else's key under this name
        lambda key, options: key.shown({"publicKey": {"challenge": "AAAA"}}),  # an older answer
    ],
    ids=["phished", "not verified", "another key", "replayed"],
)
def test_what_is_not_this_passkey_for_this_question_opens_nothing(
    email: str, attempt: Callable[[Key, dict[str, Any]], str]
) -> None:
    key = adds_passkey(sign_in(email, secure=True))
    client = Client()
    options = client.get("/accounts/2fa/webauthn/login/", secure=True, headers={"Accept": "application/json"}).json()
    said = attempt(key, options["request_options"])
    assert client.post("/accounts/2fa/webauthn/login/", {"credential": said}, secure=True).status_code == 302
    assert not signed_in(client)


def _foreign(key: Key) -> Key:
    other = Key()
    other.id, other._owner = key.id, key._owner
    return other


def test_a_key_that_does_not_ask_for_its_owner_is_not_taken(email: str) -> None:
    client = sign_in(email, secure=True)
    said = Key().made(options_on(client.get("/accounts/2fa/webauthn/add/")), flags=UP | AT)
    assert client.post("/accounts/2fa/webauthn/add/", {"name": "x", "credential": said}).status_code == 200
    assert not Authenticator.objects.exists()


_JUNK = ("", "x", "[]", "{}", "1", "null", '"a"', "[" * 9000, '{"a":' * 3000, '{"id":"\\u0000"}', "x" * 30000)


@pytest.mark.parametrize("place", ["add", "login", "second step", "reauthenticate"])
def test_junk_in_place_of_a_passkey_is_refused_and_breaks_nothing(email: str, place: str) -> None:
    mine = sign_in(email, secure=True)
    key = adds_passkey(mine)
    client, path = mine, "/accounts/2fa/webauthn/add/"
    if place == "login":
        client, path = Client(), "/accounts/2fa/webauthn/login/"
    if place == "second step":
        client, path = sign_in(email, secure=True), "/accounts/2fa/authenticate/"
    if place == "reauthenticate":
        path = "/accounts/2fa/webauthn/reauthenticate/"
    real = json.loads(key.shown({"publicKey": {"challenge": "AAAA"}}))
    values: tuple[Any, ...] = (None, 1, [], {}, "ä")
    bent = (json.dumps(real | {name: value}) for name in real for value in values)
    twisted = (
        json.dumps(real | {"response": real["response"] | {n: v}}) for n in real["response"] for v in (None, 1, "ä")
    )
    for junk in (*_JUNK, *bent, *twisted):
        answer = client.post(path, {"name": "x", "credential": junk}, secure=True)
        assert answer.status_code in {200, 302, 429}, junk[:80]
    assert Authenticator.objects.filter(type="webauthn").count() == 1


def test_secrets_lie_encrypted_and_no_log_has_them(email: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    client = sign_in(email)
    waiting = secret_on(client.get("/accounts/2fa/totp/activate/"))
    assert waiting not in json.dumps(dict(client.session)), "nor does it lie in clear while it waits"
    secret = sets_up_app(client)
    codes = codes_on(client.get("/accounts/2fa/recovery-codes/"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(data::text, ' ') FROM mfa_authenticator")
        kept = cursor.fetchone()[0]
    seed = encryption.decrypt(Authenticator.objects.get(type="recovery_codes").data["seed"])
    for word in (secret, seed, *codes):
        assert word not in kept
        assert word not in json.dumps(dict(client.session))
        assert word not in caplog.text


def test_keys_can_be_changed_one_after_the_other(world: World, settings: Any) -> None:
    user = world.mastercam.user("customer")
    settings.ENCRYPTION_KEYS = ["old " * 10]
    secret, codes = with_app(user), with_codes(user)
    settings.ENCRYPTION_KEYS = ["new " * 10, "old " * 10]
    client = sign_in(user.email)
    gives(client, code_of(secret))
    assert signed_in(client)
    call_command("renew_encryption")
    settings.ENCRYPTION_KEYS = ["new " * 10]
    client = sign_in(user.email)
    gives(client, codes[0])
    assert signed_in(client)
    settings.ENCRYPTION_KEYS = ["none " * 10]
    lost = sign_in(user.email)
    assert "tell those who run this site" in gives(lost, codes[1]).content.decode()
    assert not signed_in(lost)


def ages(client: Client, seconds: int = 600) -> None:
    """Let it be so long ago that this client proved who it is."""
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] -= seconds
    session.save()


def test_of_fifty_wrong_codes_at_once_no_more_are_tried_than_one_by_one(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = shared.mastercam.user("customer")
    secret, tried, counting = with_app(user), [0], threading.Lock()
    check, prefix = TOTP.validate_code, caches["default"].key_prefix

    def counted(app: TOTP, code: str) -> bool:
        with counting:
            tried[0] += 1
        return bool(check(app, code))

    monkeypatch.setattr(TOTP, "validate_code", counted)
    session = sign_in(user.email).cookies["sessionid"].value

    def attempt(number: int) -> None:
        caches["default"].key_prefix = prefix  # each thread has a cache of its own
        try:
            client = Client(REMOTE_ADDR=f"203.0.113.{number}")  # each from elsewhere
            client.cookies["sessionid"] = session
            gives(client, f"{number:06}")
        finally:
            connection.close()

    with ThreadPoolExecutor(25) as pool:
        list(pool.map(attempt, range(TRIES)))
    assert 0 < tried[0] <= ALLOWED
    for number in range(ALLOWED):  # some of the fifty may have been sent away unheard, for all came at once
        attempt(100 + number)
    assert tried[0] == ALLOWED
    client = sign_in(user.email, REMOTE_ADDR="203.0.113.99")
    gives(client, code_of(secret))
    assert not signed_in(client), "the right one waits now, too"


_MATTERS = ("totp/activate", "webauthn/add", "recovery-codes", "recovery-codes/generate", "totp/deactivate")


def test_what_changes_the_ways_in_asks_who_it_is_unless_he_has_just_signed_in(world: World) -> None:
    user = world.mastercam.user("customer")
    client = sign_in(user.email)
    ages(client)
    answer = client.get("/accounts/2fa/totp/activate/")
    assert answer["Location"].startswith("/accounts/reauthenticate/"), "with the password, for there is nothing else"
    assert client.post("/accounts/reauthenticate/", {"password": "wrong"}).status_code == 200
    assert client.get("/accounts/2fa/totp/activate/").status_code == 302
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    sets_up_app(client)
    ages(client)
    for path in _MATTERS[1:]:
        answer = client.get(f"/accounts/2fa/{path}/")
        assert answer["Location"].startswith("/accounts/2fa/reauthenticate/"), "a password alone may be stolen"
    assert client.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 302
    assert client.get("/accounts/2fa/webauthn/add/").status_code == 302, "the password did not count"
    codes = Authenticator.objects.get(user=user, type="recovery_codes").wrap().generate_codes()
    assert client.post("/accounts/2fa/reauthenticate/", {"code": codes[0]}).status_code == 302
    assert client.get("/accounts/2fa/webauthn/add/").status_code == 200


def test_nobody_touches_the_factors_of_others(world: World) -> None:
    owner = sign_in(world.mastercam.user("customer").email, secure=True)
    adds_passkey(owner)
    key = Authenticator.objects.get(type="webauthn").pk
    stranger = sign_in(world.mastercam.user("stranger").email, secure=True)
    for deed in ("remove", "edit"):
        for number in (key, key + 1000):
            path = f"/accounts/2fa/webauthn/keys/{number}/{deed}/"
            assert stranger.get(path).status_code == 404
            assert stranger.post(path, {"name": "mine"}).status_code == 404
    assert "Tangentbordet" not in stranger.get("/accounts/2fa/").content.decode()
    assert owner.post(f"/accounts/2fa/webauthn/keys/{key}/edit/", {"name": "Nyckel <b>"}).status_code == 302
    assert "Nyckel &lt;b&gt;" in owner.get("/accounts/2fa/").content.decode()
    assert owner.post(f"/accounts/2fa/webauthn/keys/{key}/remove/").status_code == 302
    assert not Authenticator.objects.exists(), "recovery codes stand for nothing then"


def test_what_lies_encrypted_can_be_neither_changed_nor_foreseen(settings: Any) -> None:
    settings.ENCRYPTION_KEYS = ["key " * 10]
    sealed = encryption.encrypt("words")
    assert encryption.encrypt("words") != sealed, "another each time"
    assert encryption.decrypt(sealed) == "words"
    raw = bytearray(base64.urlsafe_b64decode(sealed))
    for place in range(len(raw)):
        bent = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        with pytest.raises(encryption.Unreadable):
            encryption.decrypt(base64.urlsafe_b64encode(bent).decode())
    for junk in ("", "x", "ä", sealed[:8], sealed[:-4]):
        with pytest.raises(encryption.Unreadable):
            encryption.decrypt(junk)
