"""How far a session reaches that began at an identity provider: to the memberships for which the provider speaks, no further.

Which provider it was is in the session, written by whatever completes a sign-in (interfaces.common.accounts); one without it
began with the login's own password or passkey.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from vendors import identity
from vendors.access import Member
from vendors.models import IdentityProvider

KEY = "through"  # in the session


class Ended(Exception):
    """The provider by which the session began is gone, changed or switched off."""


@dataclass(frozen=True, slots=True)
class Limit:
    """The provider by which somebody is signed in, and whether it has proved a second factor in a way that counts."""

    provider: IdentityProvider
    second_factor: bool

    def within(self, members: Iterable[Member]) -> list[Member]:
        """Those of the memberships for which the provider speaks."""
        return [member for member in members if identity.covers(self.provider, member)]


def passport(provider: IdentityProvider, claims: Mapping[str, Any]) -> dict[str, Any]:
    """What a session keeps of its provider."""
    methods = claims.get("amr")
    return {
        "vendor": provider.vendor_id,
        "provider": provider.pk,
        "issuer": provider.issuer,
        "name": provider.name,
        "factor": isinstance(methods, list) and "mfa" in methods,
    }


def remember(request: HttpRequest, through: Mapping[str, Any] | None) -> None:
    """Write down, at sign-in, by which provider it was, and tell what that means; None: by none."""
    if through is None:
        request.session.pop(KEY, None)
    else:
        request.session[KEY] = dict(through)
        told = _("You are signed in through %(provider)s and reach what belongs to it.")
        messages.info(request, told % {"provider": through["name"]})


def limit_of(request: HttpRequest) -> Limit | None:
    """The limit of a session; None for one that is its login's whole. Raises Ended."""
    held = request.session.get(KEY)
    if held is None:
        return None
    provider = identity.standing(held["vendor"], held["provider"], held["issuer"])
    if provider is None:
        raise Ended
    return Limit(provider, bool(held["factor"]) and provider.proves_second_factor)


def proved_second_factor(request: HttpRequest) -> bool:
    """Whether the provider of the session has proved a second factor, and its manager says that this counts here."""
    limit: Limit | None = getattr(request, "limit", None)
    return limit is not None and limit.second_factor
