"""What every answer tells the browser, and what nobody can tell the application about himself."""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import include, path

from kernel.audit.models import AuditEntry
from kernel.tenancy.scope import enter
from tests.tickets.lives import Life
from tests.world import PASSWORD, World
from tickets import services

SignIn = Callable[..., Client]


def raising(error: Exception) -> Callable[[HttpRequest], HttpResponse]:
    """A view that does nothing but raise."""

    def view(request: HttpRequest) -> HttpResponse:
        raise error

    return view


urlpatterns = [
    path("raises/400/", raising(SuspiciousOperation("x"))),
    path("raises/403/", raising(PermissionDenied("x"))),
    path("raises/500/", raising(LookupError("x"))),
    path("", include("supportdesk.urls")),
]
handler400, handler403 = "interfaces.common.errors.bad_request", "interfaces.common.errors.forbidden"
handler404, handler500 = "interfaces.common.errors.not_found", "interfaces.common.errors.failed"


@pytest.fixture
def production(settings: Any, tmp_path: Path) -> None:
    """What a deployment has besides, behind a proxy at 10.0.0.1 that speaks TLS; with an address for each error."""
    settings.ROOT_URLCONF = __name__
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS, settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = 31536000, True
    settings.SECURE_REDIRECT_EXEMPT = [r"^healthz/$"]
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.1")]
    settings.STATIC_ROOT = str(tmp_path)
    settings.ALLOWED_HOSTS = ["testserver"]


PROXY: dict[str, Any] = {
    "REMOTE_ADDR": "10.0.0.1",
    "HTTP_X_FORWARDED_PROTO": "https",
    "HTTP_X_FORWARDED_FOR": "198.51.100.7",
}


def checked(answer: Any, *, policy: str = "script-src 'self'") -> None:
    """Every header that must be there, with nothing loosened."""
    told = answer.headers
    assert policy in told["Content-Security-Policy"]
    assert told["Content-Security-Policy"].count("default-src 'none'") == 1
    assert not re.search(
        r"unsafe|\*|https?:", re.sub(r"style-src 'unsafe-inline'; object", "", told["Content-Security-Policy"])
    )
    assert told["X-Content-Type-Options"] == "nosniff"
    assert told["Referrer-Policy"] == "same-origin"
    assert told["Cross-Origin-Opener-Policy"] == "same-origin"
    assert told["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in told["Permissions-Policy"]
    assert told["X-Frame-Options"] in {"DENY", "SAMEORIGIN"}


@pytest.mark.usefixtures("production")
def test_every_kind_of_answer_has_every_header(world: World, client_of: SignIn) -> None:
    house = world.mastercam
    life = Life(house)
    ticket = life.files()
    with enter(house.scope()):
        upload = SimpleUploadedFile("a.svg", b"<svg onload='alert(1)'/>", "image/svg+xml")
        file = services.attach(by=house.member("agent"), upload=upload)
        services.reply(by=house.member("agent"), ticket_id=ticket.pk, body="See this.", files=[file.key])
    anonymous = Client(raise_request_exception=False, **PROXY)
    agent = client_of(house.user("agent"), raise_request_exception=False, **PROXY)
    asked = {  # what is answered to an agent, and to nobody
        "/accounts/login/": (302, 200),
        "/accounts/password/reset/": (200, 200),
        "/desk/": (200, 302),
        f"/desk/mastercam/{ticket.number}/": (200, 302),
        "/api/v1/schema/": (200, 200),
        "/api/v1/docs/": (200, 200),
        "/api/v1/tickets/": (200, 401),
        "/api/v1/nothing/": (404, 404),
        "/healthz/": (200, 200),
        "/static/img/favicon.svg": (200, 200),
        "/static/nothing.js": (404, 404),
        "/nothing/": (404, 404),
        "/raises/400/": (400, 400),
        "/raises/403/": (403, 403),
        "/raises/500/": (500, 500),
    }
    answer: Any
    for address, statuses in asked.items():
        for client, status in zip((agent, anonymous), statuses, strict=True):
            answer = client.get(address)
            assert (address, answer.status_code) == (address, status)
            checked(answer)
            assert answer["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains", address
            assert "Access-Control-Allow-Origin" not in answer.headers
            b"".join(answer.streaming_content if answer.streaming else [])
    checked(agent.get("/desk/", headers={"host": "evil.test"}))
    checked(agent.post("/desk/", headers={"host": "evil.test"}))
    csrf = Client(enforce_csrf_checks=True, **PROXY).post("/accounts/login/", {"login": "x", "password": "y"})
    assert csrf.status_code == 403
    checked(csrf)
    download: Any = agent.get(f"/files/{file.key}/")
    assert download.status_code == 200
    checked(download, policy="sandbox")
    assert download["Content-Disposition"].startswith("attachment")
    b"".join(download.streaming_content)


@pytest.mark.usefixtures("production")
def test_a_client_without_tls_is_sent_to_it_whatever_he_claims(db: None) -> None:
    claims = {"X-Forwarded-Proto": "https", "Forwarded": "proto=https", "X-Forwarded-Ssl": "on"}
    answer = Client(REMOTE_ADDR="203.0.113.9").get("/accounts/login/", headers=claims)
    assert (answer.status_code, answer["Location"]) == (301, "https://testserver/accounts/login/")
    checked(answer)
    assert "Strict-Transport-Security" not in answer.headers
    assert (
        Client(REMOTE_ADDR="10.0.0.1").get("/accounts/login/", headers={"X-Forwarded-Proto": "https"}).status_code
        == 200
    )


@pytest.mark.usefixtures("production")
@pytest.mark.parametrize("peer", ["10.0.0.1", "203.0.113.9"])
def test_a_forged_host_reaches_no_link(world: World, peer: str) -> None:
    for redirects in (True, False):
        with override_settings(SECURE_SSL_REDIRECT=redirects):
            client = Client(REMOTE_ADDR=peer, HTTP_X_FORWARDED_PROTO="https")
            assert client.get("/accounts/login/", headers={"host": "evil.test"}).status_code == 400
    with override_settings(SECURE_SSL_REDIRECT=False):
        client = Client(REMOTE_ADDR=peer, HTTP_X_FORWARDED_PROTO="https")
        for header in ("X-Forwarded-Host", "X-Host", "X-Original-Host", "Forwarded"):
            answer = client.get(
                "/accounts/login/", headers={header: "host=evil.test" if header == "Forwarded" else "evil.test"}
            )
            assert answer.status_code == 200
            assert b"evil.test" not in answer.content
            assert "evil.test" not in str(answer.headers)


@pytest.mark.parametrize(
    "name", ["Remote-User", "X-Remote-User", "X-Forwarded-User", "Remote-Email", "X-Auth-Request-Email"]
)
def test_nobody_is_somebody_by_a_header(world: World, name: str) -> None:
    mail = world.mastercam.user("admin").email
    for client in (Client(), Client(REMOTE_ADDR="10.0.0.1")):
        with override_settings(TRUSTED_PROXIES=[ip_network("10.0.0.0/8")]):
            assert client.get("/desk/", headers={name: mail}).status_code == 302
            assert client.get("/api/v1/tickets/", headers={name: mail}).status_code == 401
    assert Client(REMOTE_USER=mail).get("/desk/").status_code == 302


@pytest.mark.parametrize(
    ("peer", "said", "known"),
    [
        ("203.0.113.9", "198.51.100.7", "203.0.113.9"),  # no proxy of ours
        ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "192.0.2.66, 198.51.100.7", "198.51.100.7"),  # what the client invented stands before
        ("10.0.0.1", "198.51.100.7, 10.0.0.2", "198.51.100.7"),  # two proxies of ours
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", "not an address", "10.0.0.1"),
        ("10.0.0.1", "2001:db8::1", "2001:db8::1"),
        ("10.0.0.1", "", "10.0.0.1"),
    ],
)
def test_the_audit_keeps_the_address_that_a_client_cannot_invent(
    world: World, client_of: SignIn, settings: Any, peer: str, said: str, known: str
) -> None:
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/8")]
    house = world.mastercam
    client = client_of(house.user("customer"), REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=said, HTTP_X_REAL_IP="192.0.2.99")
    body = {"vendor": "mastercam", "topic": "other", "subject": "It stops", "body": "It stops."}
    answer = client.post("/api/v1/tickets/", body, content_type="application/json")
    if answer.status_code == 403:  # a session needs the token of our own page
        raise AssertionError(answer.content)
    assert answer.status_code == 201, answer.content
    with enter(house.scope()):
        assert AuditEntry.objects.filter(verb="ticket.filed").latest("pk").address == known


@pytest.mark.usefixtures("world")
def test_wrong_logins_are_counted_by_the_address_that_a_client_cannot_invent(world: World) -> None:
    statuses = []
    for number in range(40):
        client = Client(REMOTE_ADDR="203.0.113.9", HTTP_X_FORWARDED_FOR=f"198.51.100.{number}")
        login = {"login": f"nobody{number}@mastercam.test", "password": PASSWORD}
        statuses.append(client.post("/accounts/login/", login).status_code)
    assert statuses[0] != 429
    assert statuses[-1] == 429


@pytest.mark.usefixtures("production")
def test_programs_without_tls_are_refused_and_not_sent_on(db: None) -> None:
    client = Client(REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_PROTO="http", HTTP_AUTHORIZATION="Bearer sd_x")
    for address in ("/api/v1/tickets/", "/api/v1/nothing/"):
        answer = client.get(address)
        assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")
        assert "Location" not in answer.headers


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT", "PROPFIND"])
def test_methods_that_nothing_answers_are_refused_everywhere(world: World, client_of: SignIn, method: str) -> None:
    client = client_of(world.mastercam.user("agent"))
    for address in ("/", "/desk/", "/api/v1/tickets/", "/static/img/favicon.svg", "/healthz/", "/nothing/"):
        answer = client.generic(method, address, headers={"cookie": "canary=1"})
        assert (address, answer.status_code) == (address, 405)
        assert "canary" not in answer.content.decode()
        checked(answer)


@pytest.mark.usefixtures("world")
def test_text_says_its_character_set(world: World, client_of: SignIn) -> None:
    client = client_of(world.mastercam.user("agent"))
    for address in ("/desk/", "/nothing/", "/accounts/login/", "/static/js/theme.js", "/static/img/favicon.svg"):
        answer: Any = client.get(address)
        kind = answer["Content-Type"]
        assert kind == "image/svg+xml" or kind.endswith('charset="utf-8"') or kind.endswith("charset=utf-8"), address
        b"".join(answer.streaming_content if answer.streaming else [])
    assert client.get("/api/v1/tickets/")["Content-Type"].startswith("application/json")


@pytest.mark.parametrize("address", ["/static/", "/static/js/", "/static/img", "/files/", "/media/", "/var/"])
def test_folders_are_not_listed(world: World, client_of: SignIn, address: str) -> None:
    answer = client_of(world.mastercam.user("agent")).get(address)
    assert answer.status_code == 404


def test_the_policy_says_what_it_must(client: Client, db: None) -> None:
    policy = client.get("/accounts/login/")["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
