"""Providers of the tests' own, and the way through them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from django.test import Client

from kernel.tenancy.scope import enter
from tests.oidc.provider import CLIENT, SECRET, Provider, running
from tests.world import House
from vendors import identity
from vendors.models import IdentityProvider

Made = tuple[Provider, IdentityProvider]
Make = Callable[..., Made]


@pytest.fixture
def provider_of(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Run a provider and register it at a house: for its staff, or for an organisation."""
    with ExitStack() as stack:

        def make(house: House, organisation: Any = None, **terms: Any) -> Made:
            provider = stack.enter_context(running())
            settings.OIDC_INTERNAL_ORIGINS = [*settings.OIDC_INTERNAL_ORIGINS, provider.issuer]
            monkeypatch.setenv(identity.secret_variable(house.id, "TEST"), SECRET)
            asked: dict[str, Any] = {
                "name": f"Login of {organisation or house.slug}",
                "organisation_id": organisation.pk if organisation else None,
                "issuer": provider.issuer,
                "client_id": CLIENT,
                "secret": "TEST",
                "domains": [] if organisation else [f"{house.slug}.test", "agents.test"],
            }
            with enter(house.scope()):
                by = house.member("admin")
                row = identity.save(by=by, provider_id=None, terms=identity.Terms(**(asked | terms)))
            return provider, row

        yield make


def page_of(row: IdentityProvider) -> str:
    """Where a sign-in by a provider begins."""
    return f"/accounts/organisation/{row.vendor_id}/{row.key}/"


def goes(client: Client, row: IdentityProvider, **form: str) -> str:
    """To the provider: the address to which the browser is led."""
    answer = client.post(page_of(row), form)
    assert answer.status_code == 200, answer.status_code
    return str(answer["Refresh"].removeprefix("0; url="))


def comes_back(provider: Provider, url: str) -> str:
    """What the provider answers: the path to which the browser comes back."""
    back = provider.authorize(url.partition("?")[2])
    return "/" + back.split("/", 3)[3]


def signs_in(
    provider: Provider, row: IdentityProvider, client: Client | None = None, **says: Any
) -> tuple[Client, Any]:
    """All the way; the client, and the last answer."""
    client = client or Client()
    provider.says |= says
    return client, client.get(comes_back(provider, goes(client, row)))
