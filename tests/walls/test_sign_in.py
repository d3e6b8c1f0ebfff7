"""Signing in and out: what is counted holds for many at once, and sessions end when they should."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import ScryptPasswordHasher
from django.core.cache import caches
from django.db import connection
from django.test import Client

from tests.world import PASSWORD, World
from vendors.models import User

TRIES, ALLOWED = 50, 5


def sign_in(email: str, password: str, **more: Any) -> Client:
    client = Client(**more)
    client.post("/accounts/login/", {"login": email, "password": password})
    return client


def signed_in(client: Client) -> bool:
    return client.get("/me/").status_code == 200


def test_of_fifty_wrong_passwords_at_once_no_more_are_tried_than_one_by_one(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    email, tried, counting = shared.mastercam.user("admin").email, [0], threading.Lock()
    check = User.check_password

    def counted(user: User, password: str) -> bool:
        with counting:
            tried[0] += 1
        return bool(check(user, password))

    monkeypatch.setattr(User, "check_password", counted)

    prefix = caches["default"].key_prefix

    def attempt(number: int) -> None:
        caches["default"].key_prefix = prefix  # each thread has a cache of its own
        try:
            sign_in(email, f"wrong-{number}", REMOTE_ADDR=f"203.0.113.{number}")  # each from elsewhere
        finally:
            connection.close()

    with ThreadPoolExecutor(25) as pool:
        list(pool.map(attempt, range(TRIES)))
    assert 0 < tried[0] <= ALLOWED
    for number in range(ALLOWED):  # some of the fifty may have been sent away unheard, for all came at once
        attempt(100 + number)
    assert tried[0] == ALLOWED
    assert not signed_in(sign_in(email, PASSWORD, REMOTE_ADDR="203.0.113.99")), "the right one waits now, too"


def test_signing_in_makes_a_new_session_and_signing_out_ends_it(world: World) -> None:
    client = Client()
    client.get("/accounts/login/")
    client.post("/choose/language/", {"language": "de"})
    before = client.cookies["sessionid"].value
    client.post("/accounts/login/", {"login": world.mastercam.user("customer").email, "password": PASSWORD})
    session = client.cookies["sessionid"].value
    assert session != before
    thief = Client()
    thief.cookies["sessionid"] = before
    assert not signed_in(thief)
    thief.cookies["sessionid"] = session
    assert signed_in(thief)
    client.post("/accounts/logout/")
    assert not signed_in(thief)
    assert not signed_in(client)


def test_a_changed_password_ends_all_sessions_but_the_one_that_changed_it(world: World) -> None:
    email = world.mastercam.user("customer").email
    mine, others = sign_in(email, PASSWORD), [sign_in(email, PASSWORD) for _ in range(2)]
    assert all(signed_in(client) for client in (mine, *others))
    new = "another-long-password-7"
    answer = mine.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert answer.status_code == 302
    assert signed_in(mine)
    assert not any(signed_in(client) for client in others)
    assert not signed_in(sign_in(email, PASSWORD))
    assert signed_in(sign_in(email, new))


def test_one_sees_where_one_is_signed_in_and_signs_all_others_out(world: World) -> None:
    email = world.mastercam.user("customer").email
    mine = sign_in(email, PASSWORD, HTTP_USER_AGENT="Mine <b>1</b>", REMOTE_ADDR="203.0.113.1")
    other = sign_in(email, PASSWORD, HTTP_USER_AGENT="Other 2", REMOTE_ADDR="203.0.113.2")
    strangers = sign_in(world.mastercam.user("stranger").email, PASSWORD, HTTP_USER_AGENT="Strange 3")
    page = mine.get("/accounts/sessions/").content.decode()
    for word in ("Mine &lt;b&gt;1&lt;/b&gt;", "203.0.113.1", "Other 2", "203.0.113.2"):
        assert word in page
    assert "Strange 3" not in page
    assert mine.post("/accounts/sessions/").status_code == 302
    assert signed_in(mine)
    assert signed_in(strangers)
    assert not signed_in(other)
    assert "Other 2" not in mine.get("/accounts/sessions/").content.decode()


def signed_in_long_ago(client: Client) -> None:
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] -= 600
    session.save()


def test_another_address_is_taken_of_who_proves_himself_if_he_signed_in_long_ago(world: World) -> None:
    mine = sign_in(world.mastercam.user("customer").email, PASSWORD)
    signed_in_long_ago(mine)
    asked = mine.post("/accounts/email/", {"action_add": "", "email": "another@mastercam.test"})
    assert asked.status_code == 302
    assert asked["Location"].startswith("/accounts/reauthenticate/")
    assert not EmailAddress.objects.filter(email="another@mastercam.test").exists()


def test_whoever_signs_others_out_proves_himself_if_he_signed_in_long_ago(world: World) -> None:
    email = world.mastercam.user("customer").email
    mine, other = sign_in(email, PASSWORD), sign_in(email, PASSWORD)
    signed_in_long_ago(mine)
    assert mine.get("/accounts/sessions/").status_code == 200
    asked = mine.post("/accounts/sessions/")
    assert asked["Location"].startswith("/accounts/reauthenticate/")
    assert signed_in(other)
    mine.post("/accounts/reauthenticate/", {"password": "wrong"})
    assert signed_in(other)
    mine.post("/accounts/reauthenticate/", {"password": PASSWORD}, follow=True)
    mine.post("/accounts/sessions/")
    assert not signed_in(other)
    assert signed_in(mine)


def test_passwords_are_kept_dearly_and_cheaper_ones_are_renewed_at_sign_in(world: World) -> None:
    user = world.mastercam.user("customer")
    cheap = ScryptPasswordHasher()
    user.password = cheap.encode(PASSWORD, cheap.salt())
    user.save(update_fields=["password"])
    assert signed_in(sign_in(user.email, PASSWORD))
    user.refresh_from_db()
    algorithm, n, _, r, p, _ = user.password.split("$")
    assert (algorithm, int(n) >= 2**15, int(r) >= 8, int(p) >= 3) == ("scrypt", True, True, True)
    assert signed_in(sign_in(user.email, PASSWORD))
