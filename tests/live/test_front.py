"""A web server as it runs for a deployment, asked over a socket: whom it believes, where it leads, what its headers say."""

from __future__ import annotations

import http.client
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from pytest_django import DjangoDbBlocker

from _launch.place import ROOT
from _launch.processes import free_port, wait_until
from tests import databases
from tests.world import PASSWORD

HOST = "helpdesk.example"
ELSEWHERE = (
    "https://elsewhere.test/", "//elsewhere.test/", "/\\elsewhere.test/", "https:elsewhere.test", "javascript:zq()",
    "/%0d%0aSet-Cookie:zq=1", "\r\nSet-Cookie: zq=1", "http://helpdesk.example@elsewhere.test/", " //elsewhere.test",
    "\t//elsewhere.test", "////elsewhere.test", "https://helpdesk.example.elsewhere.test/", "data:text/html,zq",
)  # fmt: skip

pytestmark = pytest.mark.live


@dataclass
class Front:
    """The server at `port`; who asks has a jar of cookies. Requests come from a trusted proxy, or from somebody else."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)

    def asks(self, method: str, path: str, form: Any = None, **headers: str) -> Answer:
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        link.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        body = urlencode(form or {}).encode()
        sent = {
            "Host": HOST,
            "X-Forwarded-Proto": "https",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "Content-Type": "application/x-www-form-urlencoded",
            "Content-Length": str(len(body)),
            "Referer": f"https://{HOST}/",
        } | {name.replace("_", "-"): value for name, value in headers.items()}
        for name, value in sent.items():
            if value:
                link.putheader(name, value)
        link.endheaders(body)
        answered = link.getresponse()
        found = Answer(answered.status, answered.getheaders(), answered.read().decode(errors="replace"))
        link.close()
        for _name, value in found.all("Set-Cookie"):
            key, _is, rest = value.partition("=")
            self.cookies[key] = rest.partition(";")[0]
        return found

    def form(self, path: str, **words: str) -> Answer:
        """Send a form with its token."""
        self.asks("GET", "/me/" if any(name.endswith("sessionid") for name in self.cookies) else "/accounts/login/")
        return self.asks("POST", path, words | {"csrfmiddlewaretoken": self.token})

    @property
    def token(self) -> str:
        """Django's token, under whatever prefix its cookie has."""
        return next((value for name, value in self.cookies.items() if name.endswith("csrftoken")), "")

    def signs_in(self, email: str, **more: str) -> Answer:
        return self.form("/accounts/login/", login=email, password=PASSWORD, **more)


@dataclass
class Answer:
    status: int
    headers: list[tuple[str, str]]
    text: str

    def all(self, name: str) -> list[tuple[str, str]]:
        return [(key, value) for key, value in self.headers if key.lower() == name.lower()]

    def header(self, name: str) -> str:
        return next((value for _key, value in self.all(name)), "")


@pytest.fixture(scope="module")
def port(
    test_template: str, testrun_uid: str, worker_id: str, tmp_path_factory: Any, django_db_blocker: DjangoDbBlocker
) -> Iterator[int]:
    """gunicorn as in a deployment: not DEBUG, TLS before it, and 127.0.0.1 a proxy that is believed."""
    name, folder = f"test_{testrun_uid[:12]}_{worker_id}_front", Path(tmp_path_factory.mktemp("front"))
    with django_db_blocker.unblock():
        databases.copy(test_template, name)
    chosen = free_port()
    environment = os.environ | {
        "DEBUG": "false",
        "SECRET_KEY": "front-" + "x" * 60,
        "DATABASE_URL": os.environ["DATABASE_URL"].rsplit("/", 1)[0] + f"/{name}",
        "ALLOWED_HOSTS": HOST,
        "BASE_URL": f"https://{HOST}",
        "TRUSTED_PROXIES": "127.0.0.1/32",
        "STATIC_ROOT": str(folder / "static"),
        "MEDIA_ROOT": str(folder / "media"),
    }
    log = folder / "log"
    with log.open("ab") as said:
        collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--ignore", "src/*"]
        subprocess.run(collect, cwd=ROOT, env=environment, stdout=said, stderr=said, check=True)
        command = [sys.executable, "-m", "gunicorn", "supportdesk.wsgi:application", "--bind", f"127.0.0.1:{chosen}"]
        options = ["--config", "python:supportdesk.gunicorn", "--workers", "1", "--log-level", "warning"]
        server = subprocess.Popen([*command, *options], cwd=ROOT, env=environment, stdout=said, stderr=said)
    try:
        assert wait_until(lambda: _answers(chosen), 60), log.read_text()[-3000:]
        yield chosen
    finally:
        server.terminate()
        server.wait(20)
        with django_db_blocker.unblock():
            databases.drop(name)


def _answers(port: int) -> bool:
    with suppress(OSError, http.client.HTTPException):
        return Front(port).asks("GET", "/healthz/").status == 200
    return False


def test_a_host_that_is_not_ours_gets_nothing(port: int) -> None:
    front = Front(port)
    for forged in (
        "elsewhere.test",
        f"{HOST}.elsewhere.test",
        f"{HOST}:80@elsewhere.test",
        f"{HOST}/elsewhere.test",
        "",
        "[::1",
    ):
        answer = front.asks("GET", "/accounts/login/", Host=forged)
        assert answer.status == 400, forged
        assert "elsewhere" not in str(answer.headers)
    for name in ("X-Forwarded-Host", "X-Host", "X-Original-Host", "Forwarded", "X-Rewrite-URL", "X-Original-URL"):
        answer = front.asks("GET", "/desk/", **{name: "host=elsewhere.test"})
        assert answer.header("Location") == "/accounts/login/?next=/desk/"
        assert "elsewhere" not in answer.text


def test_a_letter_leads_to_our_host_whatever_the_client_says(port: int) -> None:
    front = Front(port)
    front.asks("GET", "/accounts/password/reset/")
    words = {"email": "customer@mastercam.test", "csrfmiddlewaretoken": front.token}
    answer = front.asks("POST", "/accounts/password/reset/", words, X_Forwarded_Host="elsewhere.test")
    assert answer.status in (302, 503)
    assert "elsewhere" not in str(answer.headers)


def test_only_over_tls_and_only_by_the_proxys_word(port: int) -> None:
    front = Front(port)
    plain = front.asks("GET", "/accounts/login/", X_Forwarded_Proto="http")
    assert (plain.status, plain.header("Location")) == (301, f"https://{HOST}/accounts/login/")
    sound = front.asks("GET", "/accounts/login/")
    assert sound.status == 200
    assert "max-age=" in sound.header("Strict-Transport-Security")
    cookie = next(value for _key, value in sound.all("Set-Cookie"))
    assert "Secure" in cookie
    assert "SameSite=Lax" in cookie


@pytest.mark.parametrize("forged", ["Remote-User", "X-Remote-User", "X-Forwarded-User", "Authorization", "X-Real-IP"])
def test_nobody_is_somebody_by_a_header(port: int, forged: str) -> None:
    answer = Front(port).asks("GET", "/desk/", **{forged: "supervisor@mastercam.test"})
    assert answer.status == 302


def test_nobody_is_led_away(port: int) -> None:
    front, led = Front(port), []
    assert front.signs_in("agent@mastercam.test").status == 302
    for place in ELSEWHERE:
        other = Front(port)
        answers = {
            "signing in": other.signs_in("agent@mastercam.test", next=place),
            "signing in by the address": other.asks("GET", f"/accounts/login/?next={quote(place)}"),
            "language": front.form("/choose/language/", language="de", next=place),
            "theme": front.form("/choose/theme/", theme="dark", next=place),
            "read": front.form("/notifications/read/", next=place),
            "columns": front.form("/desk/looks/", usual="1", next=place),
            "referred": front.asks("GET", "/desk/", Referer=place.strip() or "x"),
        }
        for what, answer in answers.items():
            there = answer.header("Location")
            if re.match(r"[^/]|/[/\\]", there) or answer.all("Set-Cookie") != [
                pair for pair in answer.all("Set-Cookie") if not pair[1].startswith("zq")
            ]:
                led.append(f"{what}: {place!r} leads to {there!r}")
            if answer.status >= 500 and not (answer.status == 503 and "signing" in what):
                led.append(f"{what}: {place!r}: {answer.status}")
    assert led == []


def test_no_line_of_a_header_is_anybodys_to_write(port: int) -> None:
    front = Front(port)
    assert front.signs_in("agent@mastercam.test").status == 302
    broken = "x\r\nSet-Cookie: zq=1\r\n\r\n<script>"
    asked = [
        front.asks("GET", f"/{quote(broken)}/"),
        front.asks("GET", f"/desk/?q={quote(broken)}&vendor={quote(broken)}"),
        front.asks("GET", f"/desk/mastercam/{quote(broken)}/"),
        front.asks("GET", f"/portal/help?q={quote(broken)}"),
        front.form("/choose/language/", language=broken, next=broken),
        front.form("/desk/looks/", density=broken, columns=broken, next=f"/desk/?q={broken}"),
        front.asks("GET", "/desk/", Cookie=f"django_language={quote(broken)}; __Host-sessionid={quote(broken)}"),
        front.asks("GET", "/desk/", Accept_Language=quote(broken)),
    ]
    for answer in asked:
        assert answer.status < 500
        assert not [pair for pair in answer.headers if "\n" in pair[1] or "\r" in pair[1] or pair[1].startswith("zq=1")]
    assert "zq" not in front.cookies


def test_a_header_with_a_line_break_is_refused_by_the_server(port: int) -> None:
    import socket

    for line in (
        f"X-Zq: a\nSet-Cookie: zq=1\r\nHost: {HOST}",
        f"Host: {HOST}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked",
    ):
        with socket.create_connection(("127.0.0.1", port), 10) as link:
            link.sendall(f"POST /accounts/login/ HTTP/1.1\r\n{line}\r\n\r\n0\r\n\r\n".encode())
            link.settimeout(10)
            said = link.recv(65536).decode(errors="replace")
        assert said.startswith("HTTP/1.1 4"), said[:200]
        assert "zq=1" not in said
