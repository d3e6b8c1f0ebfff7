"""Sessions end by themselves; browsers keep nothing of ours after that; cookies of a deployment are of its host alone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from interfaces.common import sessions
from tests.walls.test_sign_in import sign_in, signed_in
from tests.world import PASSWORD, World

HOUR = 3600


@pytest.fixture
def hours(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Any:
    """Let hours go by, of sessions that last one idle hour and four in all."""
    settings.SESSION_IDLE, settings.SESSION_LIFETIME = timedelta(hours=1), timedelta(hours=4)
    now = [1_800_000_000.0]
    monkeypatch.setattr(sessions, "time", lambda: now[0])

    def later(hours: float) -> None:
        now[0] += hours * HOUR

    return later


def test_a_session_in_which_nothing_is_done_ends(world: World, hours: Any) -> None:
    client = sign_in(world.mastercam.user("customer").email, PASSWORD)
    key = client.cookies["sessionid"].value
    assert re.fullmatch("[a-z0-9]{32}", key), "165 bits"
    hours(0.9)
    assert signed_in(client)
    hours(0.9)
    assert signed_in(client), "it counts from what was done last"
    hours(1.1)
    answer = client.get("/me/")
    assert answer.status_code == 302
    assert answer["Clear-Site-Data"] == '"storage"'
    thief = Client()
    thief.cookies["sessionid"] = key
    assert not signed_in(thief)
    assert thief.get("/api/v1/tickets/").status_code == 401


def test_a_session_ends_whatever_is_done_in_it(world: World, hours: Any) -> None:
    client = sign_in(world.mastercam.user("customer").email, PASSWORD)
    for _ in range(7):
        hours(0.5)
        assert signed_in(client)
    hours(0.5)
    assert not signed_in(client)


def test_pages_that_look_by_themselves_keep_no_session_alive(world: World, hours: Any) -> None:
    client = sign_in(world.mastercam.user("agent").email, PASSWORD)
    for _ in range(2):
        hours(0.4)
        assert client.get("/me/", headers={"X-Unattended": "1"}).status_code == 200
    hours(0.4)
    assert not signed_in(client)


def test_signing_out_clears_what_the_browser_keeps(world: World) -> None:
    client = sign_in(world.mastercam.user("customer").email, PASSWORD)
    assert "Clear-Site-Data" not in client.get("/me/").headers
    assert client.post("/accounts/logout/")["Clear-Site-Data"] == '"storage"'


def test_no_answer_is_kept_by_a_browser_but_files_of_our_own(world: World, client_of: Any) -> None:
    client = client_of(world.mastercam.user("agent"))
    for address in ("/desk/", "/me/", "/accounts/login/", "/api/v1/tickets/", "/nothing/", "/api/v1/nothing/"):
        assert "no-store" in client.get(address)["Cache-Control"], address
    file: Any = client.get("/static/img/favicon.svg")
    assert "no-store" not in file["Cache-Control"]
    b"".join(file.streaming_content)


def test_cookies_of_a_deployment_are_of_its_host_alone() -> None:
    told = _deployed("print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, F.cookie_name, s.COOKIE_PREFIX)")
    assert told.split() == ["__Host-sessionid", "__Host-csrftoken", "__Host-messages", "__Host-"]
    flags = "SESSION_COOKIE_SECURE CSRF_COOKIE_SECURE SESSION_COOKIE_HTTPONLY CSRF_COOKIE_HTTPONLY"
    assert _deployed(f"print({', '.join(f's.{flag}' for flag in flags.split())})").split() == ["True"] * 4
    assert _deployed("print(s.SESSION_COOKIE_DOMAIN, s.CSRF_COOKIE_DOMAIN, s.SESSION_COOKIE_PATH)").split() == [
        "None",
        "None",
        "/",
    ]


def test_secrets_may_lie_in_files(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from-a-file-" * 5)
    assert _deployed("print(s.SECRET_KEY)", SECRET_KEY="", SECRET_KEY_FILE=str(tmp_path / "key")) == "from-a-file-" * 5


@pytest.mark.parametrize(
    ("address", "options"),
    [
        ("postgres://a:b@db.example:5432/c", "verify-full system"),
        ("postgres://a:b@db.example:5432/c?sslmode=disable", "disable system"),
        ("postgres://a:b@db.example:5432/c?sslrootcert=/etc/ca.pem", "verify-full /etc/ca.pem"),
        ("postgres://a:b@localhost/c", "None None"),
        ("postgres://a:b@//run/postgresql/c", "None None"),
    ],
)
def test_the_certificate_of_a_database_elsewhere_is_checked(address: str, options: str) -> None:
    told = _deployed(
        "o = s.DATABASES['default']['OPTIONS']; print(o.get('sslmode'), o.get('sslrootcert'))", DATABASE_URL=address
    )
    assert told == options


def test_a_changed_key_leaves_what_the_earlier_one_signed_good() -> None:
    sign = "from django.core.signing import dumps, loads; "
    old, new = "o" * 60, "n" * 60
    signed = _deployed(f"{sign}print(dumps('x'))", SECRET_KEY=old)
    assert _deployed(f"{sign}print(loads('{signed}'))", SECRET_KEY=new, EARLIER_KEYS=old) == "x"
    with pytest.raises(subprocess.CalledProcessError):
        _deployed(f"{sign}print(loads('{signed}'))", SECRET_KEY=new)


@pytest.mark.parametrize("everybody", [True, False])
def test_the_operator_signs_somebody_or_everybody_out(world: World, everybody: bool) -> None:
    house = world.mastercam
    his = [sign_in(house.user("customer").email, PASSWORD) for _ in range(2)]
    other = sign_in(house.user("agent").email, PASSWORD)
    chosen = ["--everybody"] if everybody else ["--login", house.user("customer").email.upper()]
    told = StringIO()
    call_command("end_sessions", *chosen, stdout=told)
    assert told.getvalue() == f"{3 if everybody else 2} sessions ended\n"
    assert not any(signed_in(client) for client in his)
    assert signed_in(other) != everybody
    with pytest.raises(CommandError):
        call_command("end_sessions", "--login", "nobody@mastercam.test")


def test_no_login_with_a_known_password_comes_into_a_deployment(world: World, settings: Any) -> None:
    settings.DEBUG = False
    with pytest.raises(CommandError, match="DEBUG"):
        call_command("load_demo")


def test_every_cookie_says_where_it_may_go(world: World) -> None:
    client = Client()
    client.get("/accounts/login/")
    client.post("/choose/theme/", {"theme": "dark"})
    client.post("/accounts/login/", {"login": world.mastercam.user("agent").email, "password": PASSWORD})
    assert set(client.cookies) >= {"csrftoken", "sessionid", "theme"}
    for name, cookie in client.cookies.items():
        assert cookie["samesite"] == "Lax", name
        assert bool(cookie["httponly"]) == (name != "theme"), name
        assert len(name) + len(cookie.value) < 4096


def _deployed(statement: str, **environment: str) -> str:
    """What the statement prints with the settings of a deployment, as `s`, and the storage of messages, as `F`."""
    program = (
        "import django; django.setup(); from django.conf import settings as s;"
        "from interfaces.common.flash import HostCookieStorage as F;" + statement
    )
    given = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "supportdesk.settings",
        "DEBUG": "false",
        "SECRET_KEY": "x" * 60,
        "ALLOWED_HOSTS": "support.example",
        "DATABASE_URL": "postgres://a:b@localhost/c",
    } | environment
    given = {name: value for name, value in given.items() if value}
    done = subprocess.run([sys.executable, "-c", program], env=given, capture_output=True, text=True, check=True)
    return done.stdout.strip()
