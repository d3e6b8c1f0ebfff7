"""Passwords are judged by length and by being known, and taken as they are; links that replace them are good for that alone."""

from __future__ import annotations

import re
from contextlib import nullcontext
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core import mail
from django.core.cache import caches
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from tests.second_factor import code_of, with_app
from tests.walls.test_second_factor import gives
from tests.walls.test_sign_in import sign_in, signed_in
from tests.world import PASSWORD, World
from tickets import login_mails
from vendors import letters

RESET = r"/accounts/password/reset/key/([\w-]+)/"


def change(email: str, old: str, new: str) -> Client:
    caches["default"].key_prefix = uuid4().hex  # how often one may try is another test's
    client = sign_in(email, old)
    client.post("/accounts/password/change/", {"oldpassword": old, "password1": new, "password2": new})
    return client


def link_of_a_reset(email: str) -> str:
    Client().post("/accounts/password/reset/", {"email": email})
    letters.deliver_waiting(login_mails.deliver)  # as the worker does
    found = re.search(RESET, str(mail.outbox[-1].body))
    assert found
    return found[0]


def choose(link: str, new: str) -> Client:
    client = Client()
    client.get(link)  # the secret goes into the session, out of the address
    client.post(re.sub(r"-[\w-]+/$", "-set-password/", link), {"password1": new, "password2": new})
    return client


def test_passwords_are_judged_by_length_and_known_ones_alone_and_taken_as_they_are(world: World) -> None:
    user, old = world.mastercam.user("customer"), PASSWORD
    for bad in ("abc", "zw-9x4tm-qr", "password1234", "iloveyou"):
        change(user.email, old, bad)
        user.refresh_from_db()
        assert not user.check_password(bad), bad
    for good in (
        "wrgl fnord zibbel tack",
        "ⅩⅣ Grüße, åäö 🐙 qwrz",
        "  two spaces at both ends  ",
        "q" * 61 + "zwv" + "T" * 64,
    ):
        change(user.email, old, good)
        assert signed_in(sign_in(user.email, good)), good
        user.refresh_from_db()
        for nearly in (good.swapcase(), good[:-1], good + " ", good.replace("ⅩⅣ", "XIV") + "x", good[:72] + "x"):
            assert not user.check_password(nearly), nearly
        old = good


@pytest.mark.parametrize(
    ("password", "guessable"),
    [
        ("Mastercam2026!", True),
        ("m4st3rc4m-2026", True),
        ("0pt0cr@ft_Support", True),
        ("SupportDesk#1", True),
        ("Image-Instruments 12", True),
        ("Lösenord-2026", True),
        ("desk.example.org.2026", True),
        ("Sunshine-2026!!", True),
        ("1l0v3y0u 123456", True),
        ("dragondragondragon", True),
        ("420815471100", True),
        ("mastercam wrgl fnord", False),
        ("zibbel tack 4711", False),
        ("parasoll vid bryggan", False),
    ],
)
def test_words_that_everybody_would_try_here_make_no_password(
    world: World, settings: Any, password: str, guessable: bool
) -> None:
    settings.BASE_URL = "https://desk.example.org"
    with pytest.raises(ValidationError) if guessable else nullcontext() as refused:
        validate_password(password, world.mastercam.user("customer"))
    if refused:
        assert "password_guessable" in {error.code for error in refused.value.error_list}


@pytest.mark.parametrize(
    ("address", "names"),
    [
        ("/accounts/login/", {"password": "current-password"}),
        ("/accounts/password/change/", {"oldpassword": "current-password", "password1": "new-password"}),
    ],
)
def test_passwords_are_hidden_pasted_and_filled_in(world: World, address: str, names: dict[str, str]) -> None:
    client = Client() if "login" in address else sign_in(world.mastercam.user("customer").email, PASSWORD)
    page = client.get(address).content.decode()
    for name, kind in names.items():
        (field,) = re.findall(rf'<input[^>]*name="{name}"[^>]*>', page)
        assert 'type="password"' in field
        assert f'autocomplete="{kind}"' in field
        assert not re.search("onpaste|readonly|maxlength|value=", field)


def test_a_reset_link_works_once_and_in_its_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    email = world.mastercam.user("customer").email
    first, second = "wrgl fnord zibbel tack", "zibbel tack wrgl fnord"
    link = link_of_a_reset(email)
    choose(link, first)
    choose(link, second)
    assert signed_in(sign_in(email, first))
    assert not signed_in(sign_in(email, second))
    late = link_of_a_reset(email)
    from django.contrib.auth.tokens import PasswordResetTokenGenerator

    after = timezone.localtime(timezone.now() + timedelta(days=3, minutes=1)).replace(tzinfo=None)
    monkeypatch.setattr(PasswordResetTokenGenerator, "_now", lambda self: after)
    choose(late, second)
    assert not signed_in(sign_in(email, second))


def test_a_reset_does_not_get_round_the_second_factor(world: World) -> None:
    user, new = world.mastercam.user("customer"), "wrgl fnord zibbel tack"
    secret = with_app(user)
    chose = choose(link_of_a_reset(user.email), new)
    assert not signed_in(chose)
    client = sign_in(user.email, new)
    assert not signed_in(client), "the new password alone"
    gives(client, code_of(secret))
    assert signed_in(client)


def test_no_link_is_good_for_another_purpose(world: World) -> None:
    email = world.mastercam.user("customer").email
    secret = link_of_a_reset(email).rstrip("/").rpartition("/")[2]
    vendor = world.mastercam.id
    absent = Client().get(f"/accounts/invitation/{vendor}/{'x' * 43}/")
    for door in ("invitation", "domain"):
        for told in (secret, secret.partition("-")[2]):
            answer = Client().get(f"/accounts/{door}/{vendor}/{told}/")
            assert answer.status_code == absent.status_code
    assert Client().get("/api/v1/tickets/", headers={"Authorization": f"Bearer {secret}"}).status_code == 401
