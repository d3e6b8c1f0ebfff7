"""An ID token, checked in every way that its standard asks for and from every issuer alike."""

import time
from collections.abc import Mapping
from typing import Any

import jwt
from django.utils.crypto import constant_time_compare

from interfaces.common.oidc.discovery import Metadata, key_of
from interfaces.common.oidc.fetching import ProviderFailed

# Signatures by a key of the provider's own: neither "none", nor those whose key both sides have (HS…).
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
_SKEW = 60  # seconds by which clocks may differ
_FRESH = 600  # seconds: how old a token may be that was asked for just now
_LONGEST = 20_000  # characters of a token
_REQUIRED = ["iss", "sub", "aud", "exp", "iat", "nonce"]


def verified(token: object, metadata: Metadata, client_id: str, nonce: str) -> Mapping[str, Any]:
    """The claims of a token that this issuer signed for this client and this very sign-in. Raises ProviderFailed."""
    if not isinstance(token, str) or len(token) > _LONGEST:
        raise ProviderFailed("bad_token", "no ID token")
    try:
        header = jwt.get_unverified_header(token)
        if header.get("alg") not in ALGORITHMS:
            raise ProviderFailed("bad_token", "not signed by a key of the provider's own")
        claims: dict[str, Any] = jwt.decode(
            token,
            jwt.PyJWK(key_of(metadata, header.get("kid")), algorithm=header["alg"]),
            algorithms=ALGORITHMS,
            issuer=metadata.issuer,
            audience=client_id,
            leeway=_SKEW,
            options={"require": _REQUIRED, "enforce_minimum_key_length": True},
        )
    except jwt.ExpiredSignatureError:
        raise ProviderFailed("expired", "the ID token has expired") from None
    except ProviderFailed:
        raise
    except Exception as failure:  # parsers raise what they like for bytes of a stranger
        raise ProviderFailed("bad_token", type(failure).__name__) from None
    _require(constant_time_compare(str(claims["nonce"]), nonce), "made for another sign-in")
    _require(time.time() - float(claims["iat"]) <= _FRESH + _SKEW, "too old")
    subject = claims["sub"]
    _require(isinstance(subject, str) and 0 < len(subject) <= 255 and "\x00" not in subject, "no subject")
    audience = claims["aud"]
    party = claims.get("azp", client_id if isinstance(audience, str) or len(audience) == 1 else None)
    _require(party == client_id, "made for another client")
    return claims


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ProviderFailed("bad_token", otherwise)
