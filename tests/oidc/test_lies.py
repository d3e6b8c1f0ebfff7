"""Whatever a provider says that is not so signs nobody in, and is answered by a page that says what to do."""

from __future__ import annotations

import logging
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from interfaces.common.oidc import fetching
from interfaces.common.oidc.fetching import ProviderFailed, fetch, is_public
from kernel.tenancy.scope import enter
from tests.oidc import provider as lying
from tests.oidc.conftest import Make, comes_back, goes, page_of, signs_in
from tests.oidc.provider import SECRET, Provider
from tests.world import World
from vendors.models import IdentityLink, Person

AGENT = "agent@mastercam.test"


def refused(client: Client, answer: Any) -> str:
    assert answer.status_code == 403
    assert client.get("/me/").status_code == 302, "somebody is signed in"
    page: str = answer.content.decode()
    assert "You are not signed in" in page
    assert "/accounts/login/" in page
    return page


_now = int(time.time())
LIES: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "https://elsewhere.test"},
    "no issuer": {"iss": None},
    "for another client": {"aud": "another"},
    "for others too": {"aud": [lying.CLIENT, "another"]},
    "for others too, whose it is": {"aud": [lying.CLIENT, "another"], "azp": "another"},
    "another party's": {"azp": "another"},
    "no audience": {"aud": None},
    "another nonce": {"nonce": "x" * 32},
    "no nonce": {"nonce": None},
    "expired": {"exp": _now - 3600, "iat": _now - 7200},
    "no end": {"exp": None},
    "begun long ago": {"iat": _now - 7200},
    "not yet": {"iat": _now + 7200},
    "not before tomorrow": {"nbf": _now + 86400},
    "no subject": {"sub": None},
    "an empty subject": {"sub": ""},
    "a long subject": {"sub": "x" * 256},
    "a subject that is none": {"sub": ["subject-1"]},
    "times that are none": {"exp": "tomorrow"},
    "an address that it has not verified": {"email_verified": False},
    "an address verified in words": {"email_verified": "false"},
    "no address": {"email": None},
    "an address that is none": {"email": ["agent@mastercam.test"]},
    "an address of another domain": {"email": "agent@optocraft.test"},
    "an address below the domain": {"email": "agent@sub.mastercam.test"},
    "an address in disguise": {"email": "agent@optocraft.test@mastercam.test"},
    "nobody's address": {"email": "nobody@mastercam.test"},
    "a customer's address": {"email": "customer@mastercam.test"},
    "a partner's address": {"email": "partner@mastercam.test"},
}


@pytest.mark.parametrize("lie", LIES)
def test_what_a_token_says_wrongly_signs_nobody_in(world: World, provider_of: Make, lie: str) -> None:
    provider, row = provider_of(world.mastercam)
    provider.lies = LIES[lie]
    client, answer = signs_in(provider, row, email=AGENT)
    refused(client, answer)
    with enter(world.mastercam.scope()):
        assert not IdentityLink.objects.exists()


def test_a_provider_speaks_only_for_its_mail_domains(world: World, provider_of: Make) -> None:
    provider, row = provider_of(world.mastercam, domains=["mastercam.test"])
    client, answer = signs_in(provider, row, email=world.everywhere.email)
    assert "for which it may not speak" in refused(client, answer)
    provider, row = provider_of(world.mastercam, domains=["mastercam.test", "agents.test"])
    _, answer = signs_in(provider, row, email=world.everywhere.email)
    assert answer.status_code == 302


@pytest.mark.parametrize(
    "sign", [lying.unsigned, lying.by_public_key, lying.by_another_key, lying.by_an_unknown_key, lying.tampered]
)
def test_what_is_not_signed_by_the_provider_signs_nobody_in(world: World, provider_of: Make, sign: Any) -> None:
    provider, row = provider_of(world.mastercam)
    signs_in(provider, row, email=AGENT)
    provider.sign = sign
    client, answer = signs_in(provider, row)
    refused(client, answer)


ANSWERS: dict[str, tuple[int, str, bytes]] = {
    "an error": (400, "application/json", b'{"error": "invalid_grant"}'),
    "a failure": (500, "text/html", b"<h1>Oops</h1>"),
    "no JSON": (200, "application/json", b"{"),
    "a list": (200, "application/json", b"[1]"),
    "a number": (200, "", b"1"),
    "no ID token": (200, "application/json", b'{"access_token": "a"}'),
    "an ID token that is none": (200, "application/json", b'{"access_token": "a", "id_token": {"alg": "none"}}'),
    "an ID token of garbage": (200, "application/json", b'{"id_token": "a.b.c", "expires_in": "soon"}'),
    "too much": (200, "application/json", b"[" * 300_000),
    "a redirect": (302, "text/plain", b""),
}


@pytest.mark.parametrize("what", ANSWERS)
def test_whatever_the_token_endpoint_answers_is_answered_kindly(world: World, provider_of: Make, what: str) -> None:
    provider, row = provider_of(world.mastercam)
    provider.token_answer = lambda body: ANSWERS[what]
    client, answer = signs_in(provider, row, email=AGENT)
    refused(client, answer)


_KEY: dict[str, Any] = {"kty": "RSA", "kid": "own"}
KEYS: dict[str, Any] = {
    "none": {},
    "no list": {"keys": {"kid": "own"}},
    "words": {"keys": ["own", 7, None]},
    "numbers that are none": {"keys": [_KEY | {"n": 5, "e": []}]},
    "half a key": {"keys": [_KEY]},
    "of no kind": {"keys": [_KEY | {"kty": "XYZ"}]},
    "for encryption": {"keys": [lying.Provider("").keys()["keys"][0] | {"use": "enc"}]},
    "a shared one": {"keys": [{"kty": "oct", "kid": "own", "k": "c2VjcmV0"}]},
    "two of one name": {"keys": lying.Provider("").keys()["keys"] * 2},
}


@pytest.mark.parametrize("what", KEYS)
def test_keys_that_are_none_sign_nobody_in(world: World, provider_of: Make, what: str) -> None:
    provider, row = provider_of(world.mastercam)
    provider.publishes = KEYS[what]
    client, answer = signs_in(provider, row, email=AGENT)
    refused(client, answer)


METADATA: dict[str, dict[str, Any]] = {
    "of another issuer": {"issuer": "https://elsewhere.test"},
    "without keys": {"jwks_uri": None},
    "keys elsewhere without https": {"jwks_uri": "http://10.0.0.1/keys"},
    "a script for an address": {"authorization_endpoint": "javascript:alert(1)"},
    "a token endpoint that is a number": {"token_endpoint": 7},
}


@pytest.mark.parametrize("what", METADATA)
def test_metadata_that_do_not_fit_lead_nowhere(world: World, provider_of: Make, what: str) -> None:
    provider, row = provider_of(world.mastercam)
    provider.metadata = METADATA[what]
    client = Client()
    refused(client, client.post(page_of(row)))


def test_a_provider_that_is_down_is_told(world: World, provider_of: Make) -> None:
    _, row = provider_of(world.mastercam)
    with enter(world.mastercam.scope()):
        type(row).objects.filter(pk=row.pk).update(issuer="http://127.0.0.1:9")
    client = Client()
    page = refused(client, client.post(page_of(row)))
    assert "no proper answer" in page


def test_errors_of_the_provider_are_told(world: World, provider_of: Make) -> None:
    provider, row = provider_of(world.mastercam)
    for error, words in (("access_denied", "Nothing has happened"), ("server_error", "could not be confirmed")):
        provider.refuses = error
        client, answer = signs_in(provider, row)
        assert words in refused(client, answer)


def test_a_way_back_that_began_elsewhere_signs_nobody_in(world: World, provider_of: Make) -> None:
    provider, row = provider_of(world.mastercam)
    other, others = provider_of(world.mastercam)
    provider.says["email"] = other.says["email"] = AGENT
    attacker, victim = Client(), Client()
    back = comes_back(provider, goes(attacker, row))
    refused(victim, victim.get(back))  # login CSRF: the attacker's code in another's browser
    again = comes_back(provider, goes(victim, row))
    assert victim.get(again).status_code == 302
    victim.post("/accounts/logout/")
    refused(victim, victim.get(again))  # used
    mixed = comes_back(provider, goes(victim, row)).replace(row.key, others.key)
    refused(victim, victim.get(mixed))  # one provider's answer at another's door
    assert ("POST", "/token") not in other.asked
    named = comes_back(provider, goes(victim, row)) + "&iss=https%3A%2F%2Felsewhere.test"
    refused(victim, victim.get(named))
    for query in ("", "?code=x", "?state=x", "?error=y", "?code=%00&state=%00"):
        refused(victim, victim.get(f"{page_of(row)}back/{query}"))


def test_a_code_without_its_proof_is_not_taken(world: World, provider_of: Make) -> None:
    provider, row = provider_of(world.mastercam)
    client = Client()
    url = goes(client, row)
    provider.says["email"] = AGENT
    refused(client, client.get(comes_back(provider, url.replace("code_challenge=", "code_challenge=x"))))


def test_another_subject_with_the_same_address_is_somebody_else(world: World, provider_of: Make) -> None:
    provider, row = provider_of(world.mastercam)
    signs_in(provider, row, email=AGENT)
    client, answer = signs_in(provider, row, sub="subject-2")
    assert "another login" in refused(client, answer)


def test_whoever_is_removed_is_not_signed_in(world: World, provider_of: Make) -> None:
    provider, row = provider_of(world.mastercam)
    client, _ = signs_in(provider, row, email=AGENT)
    with enter(world.mastercam.scope()):
        Person.objects.filter(email=AGENT).update(active=False)
    assert client.get("/desk/").status_code == 404
    refused(*signs_in(provider, row))


def test_no_secret_is_in_the_logs(
    world: World, provider_of: Make, caplog: pytest.LogCaptureFixture, settings: Any
) -> None:
    provider, row = provider_of(world.mastercam)
    seen: list[str] = []

    def answer(body: str) -> tuple[int, str, bytes]:
        seen.append(body)
        return 400, "application/json", b'{"error": "a-secret-word"}'

    with caplog.at_level(logging.DEBUG):
        provider.token_answer = answer
        _client, page = signs_in(provider, row, email=AGENT)
        provider.token_answer = None
        signs_in(provider, row)
    assert "sign-in by provider" in caplog.text
    codes = [
        part.partition("=")[2] for body in seen for part in body.split("&") if part.startswith(("code", "client_s"))
    ]
    for word in (SECRET, "a-secret-word", "an-access-token", *codes):
        assert word not in caplog.text
    assert SECRET not in page.content.decode()


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "file:///etc/passwd",
        "https://user@example.com/",
        "https://",
        "gopher://example.com/",
        "x",
    ],
)
def test_only_https_is_fetched(url: str) -> None:
    with pytest.raises(ProviderFailed):
        fetch("GET", url)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "127.0.0.1.", "0.0.0.0"])
def test_private_addresses_are_not_talked_to(host: str, settings: Any) -> None:
    settings.OIDC_INTERNAL_ORIGINS = []
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(5)

        def listen() -> None:
            with suppress(OSError), server.accept()[0] as connection:
                connection.settimeout(5)
                heard.append(connection.recv(100))

        listening = threading.Thread(target=listen)
        listening.start()
        with pytest.raises(ProviderFailed):
            fetch("GET", f"https://{host}:{server.getsockname()[1]}/")
        with suppress(OSError), socket.create_connection(server.getsockname(), 1):
            pass  # for a host that led nowhere
        listening.join()
    assert heard == [b""]


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "127.0.0.1", "0.0.0.0", "224.0.0.1",
        "::1", "::", "fe80::1%eth0", "fd00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "ff02::1",
    ],
)  # fmt: skip
def test_addresses_inside_are_known_in_every_form(address: str) -> None:
    assert not is_public(address)
    assert is_public("93.184.215.14")
    assert is_public("2606:2800:21f:cb07:6820:80da:af6b:8b2c")


def test_an_answer_that_comes_byte_by_byte_is_cut(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setattr(fetching, "_WHOLE", 1)
    with socket.create_server(("127.0.0.1", 0)) as server:
        origin = f"http://127.0.0.1:{server.getsockname()[1]}"
        settings.OIDC_INTERNAL_ORIGINS = [origin]

        def drip() -> None:
            with suppress(OSError), server.accept()[0] as connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\n")
                for _ in range(100):
                    connection.sendall(b"a")
                    time.sleep(0.1)

        dripping = threading.Thread(target=drip)
        dripping.start()
        began = time.monotonic()
        with pytest.raises(ProviderFailed):
            fetch("GET", f"{origin}/")
        assert time.monotonic() - began < 5
        dripping.join()


def test_certificates_are_checked_and_public_hosts_answer(
    monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
) -> None:
    file = lying.certificate(tmp_path)
    with lying.running(tls=file) as provider:
        for inside in (True, False):  # by either way out; a public host is played by taking our own for one
            settings.OIDC_INTERNAL_ORIGINS = [provider.issuer] if inside else []
            monkeypatch.setattr(fetching, "is_public", lambda address: True)
            settings.OIDC_CA_FILE = ""
            with pytest.raises(ProviderFailed):
                fetch("GET", f"{provider.issuer}/keys")
            settings.OIDC_CA_FILE = str(file)
            assert fetch("GET", f"{provider.issuer}/keys") == provider.keys()
            with pytest.raises(ProviderFailed):
                fetch("GET", f"{provider.issuer}/keys".replace("127.0.0.1", "localhost"))


def test_one_that_failed_is_not_waited_for_again_at_once(world: World, provider_of: Make) -> None:
    provider, row = provider_of(world.mastercam)
    provider.metadata = {"more": "x" * 300_000}
    for _ in range(3):
        assert Client().post(page_of(row)).status_code == 403
    assert len(provider.asked) == 1


def test_an_answer_that_never_ends_is_left(settings: Any) -> None:
    with lying.running() as provider:
        settings.OIDC_INTERNAL_ORIGINS = [provider.issuer]
        provider.metadata = {"more": "x" * 300_000}
        with pytest.raises(ProviderFailed, match="too large"):
            fetch("GET", f"{provider.issuer}/.well-known/openid-configuration")
        assert isinstance(provider, Provider)
