"""Second factors as people have them: an app that reckons codes, and a key that signs, both made from the standards alone."""

from __future__ import annotations

import base64
import hashlib
import hmac
import html
import json
import re
import secrets
import struct
import time
from typing import Any

from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from django.test import Client
from fido2.cose import ES256
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

from kernel.encryption import encrypt
from tests.world import PASSWORD
from vendors.models import User

HOST = "testserver"
ORIGIN = f"https://{HOST}"
FLAG = AuthenticatorData.FLAG
UP, UV, AT = FLAG.UP, FLAG.UV, FLAG.AT  # touched, knows its owner, carries a credential


def code_of(secret: str, *, ahead: int = 0) -> str:
    """The code of an app (RFC 6238: SHA-1, 30 seconds, six digits), now or some steps ahead."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", int(time.time()) // 30 + ahead), hashlib.sha1)
    (number,) = struct.unpack(">I", digest[(place := digest[-1] & 15) : place + 4])
    return f"{(number & 0x7FFFFFFF) % 10**6:06}"


def with_app(user: User) -> str:
    """Give a login an app, quietly, and answer its secret."""
    secret = base64.b32encode(secrets.token_bytes(20)).decode()
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": encrypt(secret)})
    return secret


def with_codes(user: User) -> list[str]:
    """Give a login recovery codes, quietly, and answer them."""
    row = Authenticator.objects.create(
        user=user,
        type=Authenticator.Type.RECOVERY_CODES,
        data={"seed": encrypt(secrets.token_hex(40)), "used_mask": 0},
    )
    return list(row.wrap().generate_codes())


def secret_on(page: Any) -> str:
    """The secret that the page for a new app shows."""
    found = re.search(r'secret-key">([A-Z2-7]+)<', page.content.decode())
    assert found is not None
    return found[1]


def codes_on(page: Any) -> list[str]:
    """The recovery codes that a page shows."""
    return re.findall(r"<li><code>(\d{8})</code></li>", page.content.decode())


def sign_in(email: str, password: str = PASSWORD, **more: Any) -> Client:
    """Somebody who gave address and password."""
    client = Client(**more)
    client.post("/accounts/login/", {"login": email, "password": password})
    return client


def signed_in(client: Client) -> bool:
    """Whether the login is open."""
    return client.get("/me/").status_code == 200


def sets_up_app(client: Client) -> str:
    """Go through the pages for a new app, and answer its secret."""
    secret = secret_on(client.get("/accounts/2fa/totp/activate/"))
    assert client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)}).status_code == 302
    return secret


class Key:
    """A passkey in software: a private key for one host, with its owner's name."""

    def __init__(self, host: str = HOST) -> None:
        self.host, self.id = host, secrets.token_bytes(16)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._owner = b""

    def made(self, options: dict[str, Any], *, flags: FLAG = UP | UV | AT, origin: str = ORIGIN) -> str:
        """What the browser says when the key was made."""
        asked = options["publicKey"]
        self._owner = _bytes(asked["user"]["id"])
        public = ES256.from_cryptography_key(self._key.public_key())  # type: ignore[no-untyped-call]  # fido2's
        credential = AttestedCredentialData.create(bytes(16), self.id, public)
        data = AuthenticatorData.create(self._host(), flags, 0, credential)
        said = CollectedClientData.create("webauthn.create", asked["challenge"], origin)
        response = {
            "clientDataJSON": _text(said),
            "attestationObject": _text(AttestationObject.create("none", data, {})),
        }
        return self._said(response)

    def shown(self, options: dict[str, Any], *, flags: FLAG = UP | UV, origin: str = ORIGIN) -> str:
        """What the browser says when the key was shown."""
        data = AuthenticatorData.create(self._host(), flags, 1)
        said = CollectedClientData.create("webauthn.get", options["publicKey"]["challenge"], origin)
        signature = self._key.sign(data + said.hash, ec.ECDSA(SHA256()))
        response = {
            "clientDataJSON": _text(said),
            "authenticatorData": _text(data),
            "signature": _text(signature),
            "userHandle": _text(self._owner),
        }
        return self._said(response)

    def _host(self) -> bytes:
        return hashlib.sha256(self.host.encode()).digest()

    def _said(self, response: dict[str, str]) -> str:
        name = _text(self.id)
        return json.dumps(
            {
                "type": "public-key",
                "id": name,
                "rawId": name,
                "response": response,
                "clientExtensionResults": {"credProps": {"rk": True}},
            }
        )


def options_on(page: Any) -> dict[str, Any]:
    """What a page asks a passkey for."""
    found = re.search(r'data-options="([^"]+)"', page.content.decode())
    assert found is not None
    options: dict[str, Any] = json.loads(html.unescape(found[1]))
    return options


def adds_passkey(client: Client, name: str = "Tangentbordet") -> Key:
    """Go through the page for a new passkey, and answer it."""
    key = Key()
    options = options_on(client.get("/accounts/2fa/webauthn/add/"))
    answer = client.post("/accounts/2fa/webauthn/add/", {"name": name, "credential": key.made(options)})
    assert answer.status_code == 302, answer.content.decode()
    return key


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
