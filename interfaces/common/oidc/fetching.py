"""What the server fetches from an address that a manager wrote: by https, from a public host and no other, briefly, little."""

import json
import time
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import urlsplit

import requests
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool
from urllib3.exceptions import HTTPError, NewConnectionError

_LARGEST = 256 * 1024  # bytes of an answer
_PATIENCE = (3.05, 5)  # seconds: to connect, and between two pieces of the answer
_NAT64 = IPv6Network("64:ff9b::/96")
_WHOLE = 10  # seconds for all of it


class ProviderFailed(OAuth2Error):  # type: ignore[misc]  # allauth has no types
    """The provider gave no answer, or none that can be believed. `why` is for the page and the log, and tells no secrets."""

    def __init__(self, why: str, told: str = "") -> None:
        super().__init__(told or why)
        self.why = why


class _PublicConnection(HTTPSConnection):
    """Talks to public addresses only. Asked of the open connection, so that no second answer of a name server helps."""

    def _new_conn(self) -> Any:
        sock = super()._new_conn()
        if not is_public(sock.getpeername()[0]):
            sock.close()
            raise NewConnectionError(self, "not a public address")
        return sock


class _PublicPool(HTTPSConnectionPool):
    ConnectionCls = _PublicConnection


class _PublicAdapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"https": _PublicPool}


class GuardedSession(requests.Session):
    """No redirects, no proxies or credentials of the environment's, and limits on time and size."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False
        self.adapters.clear()
        self.mount("https://", _PublicAdapter())
        for origin in settings.OIDC_INTERNAL_ORIGINS:
            self.mount(f"{origin}/", HTTPAdapter())

    def request(self, method: Any, url: Any, *args: Any, **kwargs: Any) -> requests.Response:
        """The answer, read. Raises ProviderFailed."""
        more = {**kwargs, "timeout": _PATIENCE, "allow_redirects": False, "stream": True}
        begun = time.monotonic()
        try:
            with super().request(method, url, *args, **more) as answer:
                body = bytearray()
                for piece in answer.iter_content(16 * 1024):
                    body += piece
                    if len(body) > _LARGEST or time.monotonic() - begun > _WHOLE:
                        raise ProviderFailed("unreachable", "the answer is too large or too slow")
                answer._content = bytes(body)
                return answer
        except (requests.RequestException, HTTPError, OSError, ValueError) as failure:
            raise ProviderFailed("unreachable", type(failure).__name__) from failure


def fetch(method: str, url: str, **more: Any) -> dict[str, Any]:
    """A JSON object from a provider. Raises ProviderFailed."""
    if not is_address(url):
        raise ProviderFailed("unreachable", "not an address that may be fetched")
    with GuardedSession() as session:
        answer = session.request(method, url, **more)
    if answer.status_code != 200:
        raise ProviderFailed("refused" if method == "POST" else "unreachable", f"answered {answer.status_code}")
    try:
        found = json.loads(answer.content)
    except (ValueError, RecursionError):
        raise ProviderFailed("unreachable", "the answer is not JSON") from None
    if not isinstance(found, Mapping):
        raise ProviderFailed("unreachable", "the answer is not a JSON object")
    return dict(found)


def is_address(url: object) -> bool:
    """Whether something is an address with https, or below an origin of one's own network that the installation names."""
    if not isinstance(url, str) or not url.isascii() or not url.isprintable() or len(url) > 2000:
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    known = parts.scheme == "https" or f"{parts.scheme}://{parts.netloc}" in settings.OIDC_INTERNAL_ORIGINS
    return known and bool(parts.hostname) and parts.username is None


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public network, by itself and by the IPv4 address to which it leads."""
    found = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address) and (inner := _inner(found)) is not None:
        return is_public(str(inner))
    return found.is_global and not found.is_multicast


def _inner(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address to which one of IPv6 leads."""
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
