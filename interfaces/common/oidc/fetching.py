"""What the server fetches from an address that a manager wrote: by https, from a public host and no other, briefly, little."""

import json
import socket
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from threading import Timer
from typing import Any
from urllib.parse import urlsplit

import requests
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
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


class _Timed:
    """Cuts a connection when its time is over, whatever is still under way: a limit between two bytes is none for who sends one
    at a time.
    """

    _end: tuple[Timer, socket.socket] | None = None

    def _new_conn(self) -> socket.socket:
        sock: socket.socket = super()._new_conn()  # type: ignore[misc]  # of the connection that it is mixed into
        other = sock.dup()  # the same connection, also when TLS has taken over the socket
        timer = Timer(_WHOLE, other.shutdown, (socket.SHUT_RDWR,))
        timer.daemon = True
        timer.start()
        self._end = (timer, other)
        return sock

    def close(self) -> None:
        if self._end is not None:
            timer, other = self._end
            timer.cancel()
            timer.join()
            other.close()
            self._end = None
        super().close()  # type: ignore[misc]  # as above


class _InternalConnection(_Timed, HTTPConnection):
    """To an origin that the installation names."""


class _InternalTLSConnection(_Timed, HTTPSConnection):
    """The same with TLS."""


class _PublicConnection(_Timed, HTTPSConnection):
    """Talks to public addresses only. Others are not even knocked at; and the open connection is asked once more, so that a
    second answer of the name server does not help.
    """

    def _new_conn(self) -> socket.socket:
        found = socket.getaddrinfo(self._dns_host, self.port, type=socket.SOCK_STREAM)
        if not all(is_public(str(place[0])) for *_, place in found):
            raise NewConnectionError(self, "not a public address")
        sock = super()._new_conn()
        if not is_public(sock.getpeername()[0]):
            sock.close()
            raise NewConnectionError(self, "not a public address")
        return sock


class _InternalPool(HTTPConnectionPool):
    ConnectionCls = _InternalConnection


class _InternalTLSPool(HTTPSConnectionPool):
    ConnectionCls = _InternalTLSConnection


class _PublicPool(HTTPSConnectionPool):
    ConnectionCls = _PublicConnection


class _Adapter(HTTPAdapter):
    def __init__(self, **pools: type[HTTPConnectionPool]) -> None:
        self._pools = pools
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools


class GuardedSession(requests.Session):
    """No redirects, no proxies or credentials of the environment's, and limits on time and size."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False
        self.verify = settings.OIDC_CA_FILE or True
        self.adapters.clear()
        self.mount("https://", _Adapter(https=_PublicPool))
        for origin in settings.OIDC_INTERNAL_ORIGINS:
            self.mount(f"{origin}/", _Adapter(http=_InternalPool, https=_InternalTLSPool))

    def request(self, method: Any, url: Any, *args: Any, **kwargs: Any) -> requests.Response:
        """The answer, read. Raises ProviderFailed."""
        more = {**kwargs, "timeout": _PATIENCE, "allow_redirects": False, "stream": True}
        try:
            with super().request(method, url, *args, **more) as answer:
                body = bytearray()
                for piece in answer.iter_content(16 * 1024):
                    body += piece
                    if len(body) > _LARGEST:
                        raise ProviderFailed("unreachable", "the answer is too large")
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
