"""Whom to believe about where a request comes from: the proxies in TRUSTED_PROXIES, and nobody else."""

from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse

LOGIN = "supportdesk.login"  # in the environment of a request, for the log of requests: the key of whose it is
# What a proxy says in the name of a client; the host is never taken from it (the Host header is checked against ALLOWED_HOSTS).
_SAID = ("HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_X_FORWARDED_")
_ACCEPTED = frozenset({"HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO"})


class ProxyMiddleware:
    """First of all: forgets what a client claims about itself, and puts the client's address in the proxy's place."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request as it is known to be; REMOTE_ADDR is the client's own address from here on."""
        meta = request.META
        trusted = _trusted(_address(meta.get("REMOTE_ADDR", "")))
        for name in [name for name in meta if name.startswith(_SAID)]:
            if not (trusted and name in _ACCEPTED):
                del meta[name]
        if trusted:
            meta["REMOTE_ADDR"] = _client(meta["REMOTE_ADDR"], meta.get("HTTP_X_FORWARDED_FOR", ""))
        return self.get_response(request)


def _client(peer: str, said: str) -> str:
    """The last address that no proxy of ours has: what stands before it, the client may have invented."""
    found = peer
    for hop in reversed(said.split(",") if said else []):
        address = _address(hop)
        if address is None:
            break
        found = str(address)
        if not _trusted(address):
            break
    return found


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text.strip())
    except ValueError:
        return None


def _trusted(address: IPv4Address | IPv6Address | None) -> bool:
    return address is not None and any(address in network for network in settings.TRUSTED_PROXIES)
