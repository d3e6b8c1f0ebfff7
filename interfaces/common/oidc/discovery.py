"""What a provider tells about itself, and its keys: kept for some minutes, and believed only where they fit its issuer."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.core.cache import cache

from interfaces.common.oidc.fetching import ProviderFailed, fetch, is_address

_KEPT = 600  # seconds
_PAUSE = 15  # seconds, for which one that failed is not asked again: waiting for it costs a thread of the web server
_FAILED = "failed "  # in place of an answer
_ADDRESSES = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_WELL_KNOWN = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class Metadata:
    """The addresses of a provider, and whether it wants the client's secret in the body."""

    issuer: str
    authorization: str
    token: str
    keys: str
    posts_secret: bool


def discover(issuer: str, *, anew: bool = False) -> Metadata:
    """The metadata of an issuer. Raises ProviderFailed."""
    found = _kept("metadata", issuer.rstrip("/") + _WELL_KNOWN, anew)
    if found.get("issuer") != issuer:
        raise ProviderFailed("other_issuer", "its metadata name another issuer")
    authorization, token, keys = (found.get(name) for name in _ADDRESSES)
    if not all(is_address(address) for address in (authorization, token, keys)):
        raise ProviderFailed("unreachable", "its metadata lack an address")
    methods = str(found.get("token_endpoint_auth_methods_supported"))
    return Metadata(issuer, str(authorization), str(token), str(keys), "client_secret_post" in methods)


def key_of(metadata: Metadata, key_id: str | None) -> dict[str, Any]:
    """The key of that name, asked for once more where it is new; without a name the only one. Raises ProviderFailed."""
    for anew in (False, True):
        keys = _kept("keys", metadata.keys, anew).get("keys")
        rows = [key for key in keys if isinstance(key, dict)] if isinstance(keys, list) else []
        rows = [key for key in rows if key.get("use", "sig") == "sig" and key.get("kty") != "oct"]
        found = [key for key in rows if key.get("kid") == key_id] if key_id is not None else rows
        if len(found) == 1:
            return found[0]
    raise ProviderFailed("bad_token", "signed with a key that the provider does not have")


def _kept(what: str, url: str, anew: bool) -> dict[str, Any]:
    key = f"oidc:{what}:{sha256(url.encode()).hexdigest()}"
    held: dict[str, Any] | None = None if anew else cache.get(key)
    if held is None:
        try:
            held = fetch("GET", url)
        except ProviderFailed as failure:
            cache.set(key, {_FAILED: str(failure)}, _PAUSE)
            raise
        cache.set(key, held, _KEPT)
    if _FAILED in held:
        raise ProviderFailed("unreachable", str(held[_FAILED]))
    return held
