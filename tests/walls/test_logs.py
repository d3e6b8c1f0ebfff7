"""No log holds what would let its reader act as somebody else, or words that people wrote."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.db import DatabaseError, connection, transaction
from django.test import Client

from interfaces.common.tokens import issue
from kernel.outbox import services as outbox
from supportdesk.gunicorn import AccessLog, access_log_format
from supportdesk.logs import Discreet, without_secrets
from tests.tickets.lives import Life
from tests.world import PASSWORD, World
from tickets import login_mails
from vendors import letters

WORDS = "canary-of-a-letter"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that is logged at all, down to DEBUG, as the console shows it."""
    said = io.StringIO()
    handler = logging.StreamHandler(said)
    handler.setFormatter(Discreet("%(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield said
    root.removeHandler(handler)
    root.setLevel(level)


def test_signing_in_filing_and_mailing_leave_no_secret_in_the_log(
    world: World, client_of: Callable[..., Client], log: io.StringIO
) -> None:
    house = world.mastercam
    user = house.user("customer")
    token = issue(user, "logged")
    Client().post("/accounts/login/", {"login": user.email, "password": f"wrong-{PASSWORD}"})
    client = Client()
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    session = client.cookies["sessionid"].value
    client.post("/accounts/password/reset/", {"email": user.email})
    letters.deliver_waiting(login_mails.deliver)
    link = mail.outbox[-1].body.partition("/accounts/password/reset/key/")[2].split("/")[0]
    assert len(link) > 20
    Client().get(f"/accounts/password/reset/key/{link}x/")
    Client().get(f"/accounts/password/reset/key/{link}/none-such/")
    bearer = {"Authorization": f"Bearer {token}"}
    Client().get("/api/v1/tickets/", headers=bearer)
    Client().get("/api/v1/tickets/999999/", headers=bearer)
    Client().get("/api/v1/tickets/", headers={"Authorization": f"Bearer {token}x"})
    Client().get(f"/{token}/")
    Life(house).files(subject=WORDS, body=WORDS)
    outbox.deliver(house.id)
    logging.getLogger("x").warning("asked with %s", {"Authorization": f"Bearer {token}", "Cookie": session})
    said = log.getvalue()
    assert "Not Found" in said, "the log must hold something for this to tell anything"
    for secret in (PASSWORD, session, token, link, WORDS):
        assert secret not in said


def test_an_error_of_the_database_tells_its_first_line_and_not_the_row(world: World, log: io.StringIO) -> None:
    with pytest.raises(DatabaseError, match=WORDS) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE vendors_user SET name = %s, email = NULL", [WORDS])
    try:
        raise LookupError("because") from refused.value
    except LookupError:
        logging.getLogger("x").exception("failed")
    said = log.getvalue()
    assert 'null value in column "email"' in said
    assert "LookupError: because" in said
    assert "test_logs.py" in said
    assert WORDS not in said


def test_the_log_of_requests_names_neither_query_nor_key_nor_address() -> None:
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/accounts/password/reset/key/2-cq9z8x-3b4f5b5c6d7e8f9a0b1c/",
        "QUERY_STRING": "q=canary",
        "RAW_URI": "/?q=canary",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "203.0.113.9",
        "HTTP_REFERER": "https://canary.test/",
        "supportdesk.login": 12,
    }
    request = SimpleNamespace(headers=[("AUTHORIZATION", "Bearer canary")])
    answer = SimpleNamespace(status="200 OK", headers=[("Set-Cookie", "canary")], sent=1)
    took = SimpleNamespace(seconds=0, microseconds=5000)
    from gunicorn.config import Config

    atoms: dict[str, Any] = AccessLog(Config()).atoms(answer, request, environ, took)
    assert access_log_format % atoms == "GET /accounts/password/reset/key/…/ 200 5 ms login 12"
    assert "canary" not in str(atoms)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("/accounts/confirm-email/MQ:1vE3:abcdefghijklmnop/", "/accounts/confirm-email/…/"),
        ("/accounts/invitation/3/abcdEFGHijklMNOPqrst-_/", "/accounts/invitation/3/…/"),
        ("/accounts/password/reset/done/", "/accounts/password/reset/done/"),
        ("/desk/mastercam/MC-2026-000123/", "/desk/mastercam/MC-2026-000123/"),
        ("could not reach smtp://desk:pass@mail.test:587", "could not reach smtp://desk:…@mail.test:587"),
        ("{'Cookie': 'sessionid=abc'}", "{'Cookie': …"),
    ],
)
def test_what_is_secret_in_a_line_is_left_out_and_nothing_else(text: str, told: str) -> None:
    assert without_secrets(text) == told


def test_a_line_says_when_in_utc_and_no_text_makes_two_of_it() -> None:
    forged = "x\r\n2026-01-01T00:00:00.000+00:00 INFO security: signed in login=1\x1b[2J\u2028y"
    formatters: Any = settings.LOGGING["formatters"]
    line = Discreet(formatters["line"]["format"])
    record = logging.makeLogRecord({"name": "n", "levelname": "INFO", "msg": "asked for %s", "args": (forged,)})
    record.created = 1_800_000_000.25
    told = line.format(record)
    assert told.startswith("2027-01-15T08:00:00.250+00:00 INFO n: asked for x\\r\\n2026")
    assert not re.search("[\x00-\x1f\x7f\u2028]", told)
    try:
        raise LookupError(forged)
    except LookupError as error:
        record.exc_info = (type(error), error, error.__traceback__)
    assert len([each for each in line.format(record).splitlines() if each.startswith("2026")]) == 0


def test_signing_in_and_its_means_are_in_the_log_by_login_and_address(world: World, log: io.StringIO) -> None:
    user = world.mastercam.user("customer")
    client = Client(REMOTE_ADDR="203.0.113.9")
    for typed in (user.email, user.email.upper(), "nobody@canary.test"):
        client.post("/accounts/login/", {"login": typed, "password": "wrong"})
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    new = "another-long-password-7"
    client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    client.post("/accounts/logout/")
    lines = [line for line in log.getvalue().splitlines() if line.startswith("INFO security: ")]
    told = [line.removeprefix("INFO security: ") for line in lines]
    names = [line.partition("name=")[2] for line in told[:3]]
    assert names[0] == names[1] != names[2], "the same name is recognised, and not read"
    known = f"login={user.pk} address=203.0.113.9"
    assert [line.partition(" name=")[0] for line in told] == [
        *["sign-in refused login=- address=203.0.113.9"] * 3,
        f"signed in {known} by=password",
        f"password changed {known}",
        f"signed out {known}",
    ]
    assert user.email not in log.getvalue().lower()
    assert "canary.test" not in log.getvalue()


def test_who_asked_stands_in_the_log_of_requests_by_the_key_of_his_login(
    world: World, client_of: Callable[..., Client]
) -> None:
    user = world.mastercam.user("agent")
    request: Any = client_of(user).get("/me/").wsgi_request
    assert request.environ["supportdesk.login"] == user.pk
