"""What lies in the database encrypted: whoever steals the database alone can't read it. The keys come from the environment."""

from base64 import urlsafe_b64encode
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_PURPOSE = b"supportdesk: kept in the database"


class Unreadable(Exception):
    """None of the keys opens it: it was changed, or its key is no longer among ENCRYPTION_KEYS."""


def encrypt(text: str) -> str:
    """The text under the first key; another word each time."""
    return _keys(tuple(settings.ENCRYPTION_KEYS)).encrypt(text.encode()).decode()


def decrypt(sealed: str) -> str:
    """The text again, by whichever key opens it. Raises Unreadable."""
    try:
        return _keys(tuple(settings.ENCRYPTION_KEYS)).decrypt(sealed.encode()).decode()
    except InvalidToken as failure:
        raise Unreadable from failure


def renewed(sealed: str) -> str:
    """The same text under the first key, so that the others can be given up. Raises Unreadable."""
    try:
        return _keys(tuple(settings.ENCRYPTION_KEYS)).rotate(sealed.encode()).decode()
    except InvalidToken as failure:
        raise Unreadable from failure


@lru_cache(maxsize=4)
def _keys(texts: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(urlsafe_b64encode(_derived(text))) for text in texts])


def _derived(text: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(text.encode())
