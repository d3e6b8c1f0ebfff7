"""What lies in the database encrypted: whoever steals the database alone can't read it. The keys come from the environment."""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_PURPOSE = b"supportdesk: kept in the database"
_NONCE = 12  # bytes, another one each time


class Unreadable(Exception):
    """None of the keys opens it: it was changed, or its key is no longer among ENCRYPTION_KEYS."""


def encrypt(text: str) -> str:
    """The text under the first key (AES-256 in GCM); another word each time."""
    nonce = secrets.token_bytes(_NONCE)
    first, *_ = _keys(tuple(settings.ENCRYPTION_KEYS))
    return urlsafe_b64encode(nonce + first.encrypt(nonce, text.encode(), _PURPOSE)).decode()


def decrypt(sealed: str) -> str:
    """The text again, by whichever key opens it. Raises Unreadable."""
    try:
        raw = urlsafe_b64decode(sealed)
    except (Error, ValueError) as failure:
        raise Unreadable from failure
    for key in _keys(tuple(settings.ENCRYPTION_KEYS)):
        try:
            return key.decrypt(raw[:_NONCE], raw[_NONCE:], _PURPOSE).decode()
        except (InvalidTag, ValueError):
            continue
    raise Unreadable


def renewed(sealed: str) -> str:
    """The same text under the first key, so that the others can be given up. Raises Unreadable."""
    return encrypt(decrypt(sealed))


@lru_cache(maxsize=4)
def _keys(texts: tuple[str, ...]) -> tuple[AESGCM, ...]:
    return tuple(AESGCM(_derived(text)) for text in texts)


def _derived(text: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(text.encode())
