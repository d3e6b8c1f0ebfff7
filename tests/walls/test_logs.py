"""No log holds what would let its reader act as somebody else, or words that people wrote."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.core import mail
from django.db import DatabaseError, connection, transaction
from django.test import Client

from interfaces.common.tokens import issue
from kernel.outbox import services as outbox
from supportdesk.gunicorn import AccessLog, access_log_format
from supportdesk.logs import Discreet, without_secrets
from tests.tickets.lives import Life
from tests.world import PASSWORD, World

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
    }
    request = SimpleNamespace(headers=[("AUTHORIZATION", "Bearer canary")])
    answer = SimpleNamespace(status="200 OK", headers=[("Set-Cookie", "canary")], sent=1)
    took = SimpleNamespace(seconds=0, microseconds=5000)
    from gunicorn.config import Config

    atoms: dict[str, Any] = AccessLog(Config()).atoms(answer, request, environ, took)
    assert access_log_format % atoms == "GET /accounts/password/reset/key/…/ 200 5 ms"
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
