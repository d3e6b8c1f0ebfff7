"""An OpenID provider of the tests' own, over HTTP at 127.0.0.1, that can lie in every way."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

CLIENT, SECRET = "supportdesk-test", "a-client-secret"
Claims = dict[str, Any]
_PAGE = '<!doctype html><html lang="en"><title>Login</title><link rel="icon" href="data:,"><a href="LINK">It is me</a></html>'


@cache
def key_of(name: str) -> rsa.RSAPrivateKey:
    """A key by name, made once."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Provider:
    """What it says and does is in its attributes; tests change them to make it lie."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.says: Claims = {"sub": "subject-1", "email_verified": True}
        self.lies: Claims = {}  # claims in place of the true ones; None leaves one out
        self.publishes: Claims | None = None  # in place of its keys
        self.metadata: Claims = {}  # the same for what it tells about itself
        self.sign: Callable[[Provider, Claims], str] = honest
        self.token_answer: Callable[[str], tuple[int, str, bytes]] | None = None  # in place of its own
        self.refuses = ""  # an error instead of a code
        self.asks = False  # shows a page with a button, as real ones do
        self.codes: dict[str, dict[str, str]] = {}
        self.asked: list[tuple[str, str]] = []  # all requests: method and path
        self.strict = True  # checks client, secret, redirect and PKCE

    def told(self) -> Claims:
        """Its metadata."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "id_token_signing_alg_values_supported": ["RS256"],
            **self.metadata,
        }

    def keys(self) -> Claims:
        """Its public key, or what it publishes instead."""
        if self.publishes is not None:
            return self.publishes
        numbers = key_of("own").public_key().public_numbers()
        n, e = (_text(number.to_bytes((number.bit_length() + 7) // 8, "big")) for number in (numbers.n, numbers.e))
        return {"keys": [{"kty": "RSA", "kid": "own", "use": "sig", "alg": "RS256", "n": n, "e": e}]}

    def authorize(self, query: str) -> str:
        """Where it sends the browser that comes with a query."""
        asked = dict(parse_qsl(query))
        back, state = asked["redirect_uri"], asked["state"]
        if self.refuses:
            return f"{back}?{urlencode({'error': self.refuses, 'state': state})}"
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return f"{back}?{urlencode({'code': code, 'state': state})}"

    def token(self, body: dict[str, str], authorization: str) -> str:
        """The ID token for a code, used once. Raises ValueError where the client does not prove itself."""
        asked = self.codes.pop(body["code"])
        challenge = _text(hashlib.sha256(body["code_verifier"].encode()).digest())
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        proofs = (
            asked["code_challenge_method"] == "S256",
            asked["code_challenge"] == challenge,
            asked["redirect_uri"] == body["redirect_uri"],
            authorization == f"Basic {basic}" or body.get("client_secret") == SECRET,
        )
        if self.strict and not all(proofs):
            raise ValueError(proofs)
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"], **self.says}
        claims |= self.lies
        return self.sign(self, {name: value for name, value in claims.items() if value is not None})


def honest(provider: Provider, claims: Claims) -> str:
    """Signed as it should be."""
    return signed(claims, "own")


def signed(claims: Claims, key: str, *, kid: str = "own", alg: str = "RS256") -> str:
    """A token signed by a key under the name of another, perhaps."""
    head = _head(claims, alg, kid)
    signature = key_of(key).sign(head.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{head}.{_text(signature)}"


def unsigned(provider: Provider, claims: Claims) -> str:
    """With alg none."""
    return f"{_head(claims, 'none', 'own')}."


def by_public_key(provider: Provider, claims: Claims) -> str:
    """HS256, with the public key as the secret."""
    public = key_of("own").public_key()
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    secret = public.public_bytes(serialization.Encoding.PEM, form)
    head = _head(claims, "HS256", "own")
    return f"{head}.{_text(hmac.new(secret, head.encode(), hashlib.sha256).digest())}"


def by_another_key(provider: Provider, claims: Claims) -> str:
    """Signed, but by somebody else."""
    return signed(claims, "another")


def by_an_unknown_key(provider: Provider, claims: Claims) -> str:
    """Signed by a key that it does not publish."""
    return signed(claims, "another", kid="another")


def tampered(provider: Provider, claims: Claims) -> str:
    """A word of it changed afterwards."""
    head, _, signature = honest(provider, claims).split(".")
    return f"{head}.{_text(json.dumps({**claims, 'sub': 'somebody-else'}).encode())}.{signature}"


def _head(claims: Claims, alg: str, kid: str) -> str:
    header = {"alg": alg, "typ": "JWT", "kid": kid}
    return ".".join(_text(json.dumps(part).encode()) for part in (header, claims))


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _handler(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            provider.asked.append(("GET", url.path))
            if url.path == "/.well-known/openid-configuration":
                self._json(provider.told())
            elif url.path == "/keys":
                self._json(provider.keys())
            elif url.path == "/authorize" and provider.asks and "agree=" not in url.query:
                link = f"/authorize?{url.query}&agree=1".replace("&", "&amp;")
                self._send(200, "text/html", _PAGE.replace("LINK", link).encode())
            elif url.path == "/authorize":
                self.send_response(302)
                self.send_header("Location", provider.authorize(url.query))
                self.end_headers()
            else:
                self._send(404, "text/plain", b"")

        def do_POST(self) -> None:
            provider.asked.append(("POST", self.path))
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            if provider.token_answer:
                self._send(*provider.token_answer(body))
                return
            try:
                asked = {name: values[0] for name, values in parse_qs(body).items()}
                token = provider.token(asked, self.headers.get("Authorization", ""))
            except (KeyError, ValueError):
                self._send(400, "application/json", b'{"error": "invalid_grant"}')
            else:
                self._json({"access_token": "an-access-token", "token_type": "Bearer", "id_token": token})

        def _json(self, value: Claims) -> None:
            self._send(200, "application/json", json.dumps(value).encode())

        def _send(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Silent."""

    return Handler


def certificate(folder: Path) -> Path:
    """A key with a certificate of its own for 127.0.0.1, as a file."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key_of("tls").public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key_of("tls"), hashes.SHA256())
    )
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    key = key_of("tls").private_bytes(pem, form, serialization.NoEncryption())
    file = folder / "tls.pem"
    file.write_bytes(key + made.public_bytes(pem))
    return file


@contextmanager
def running(port: int = 0, tls: Path | None = None) -> Iterator[Provider]:
    """A provider that answers until the block ends, by https with a file of key and certificate."""
    provider = Provider("")
    server = ThreadingHTTPServer(("127.0.0.1", port), _handler(provider))
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    if tls is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        provider.issuer = provider.issuer.replace("http:", "https:")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
