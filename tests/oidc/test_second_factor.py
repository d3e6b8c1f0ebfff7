"""Second factors and identity providers: whose word counts, and that a login's own factor is always asked for."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from kernel.tenancy.scope import enter
from tests.oidc.conftest import Make, signs_in
from tests.second_factor import code_of, with_app
from tests.world import World
from vendors.models import IdentityProvider

AGENT, EVERYWHERE = "agent@mastercam.test", "everywhere@agents.test"


@pytest.fixture(autouse=True)
def _required(settings: Any) -> None:
    settings.STAFF_NEEDS_SECOND_FACTOR = True


def works(client: Client) -> bool:
    """Whether the desk opens; else the set-up is what is shown, which is not for this session."""
    answer = client.get("/desk/")
    if answer.status_code == 302:
        assert answer["Location"].startswith("/accounts/2fa/")
        page = client.get(answer["Location"])
        assert page.status_code == 403
        assert "sign in with your password and set it up" in page.content.decode()
    return bool(answer.status_code == 200)


@pytest.mark.parametrize(
    ("counts", "amr", "enough"),
    [
        (True, ["pwd", "mfa"], True),
        (True, ["pwd"], False),
        (True, "mfa", False),
        (True, None, False),
        (False, ["pwd", "mfa"], False),
    ],
)
def test_a_providers_second_factor_counts_where_the_vendor_says_so(
    world: World, provider_of: Make, counts: bool, amr: Any, enough: bool
) -> None:
    provider, row = provider_of(world.mastercam, proves_second_factor=counts)
    provider.lies = {"amr": amr}
    client, _ = signs_in(provider, row, email=AGENT)
    assert works(client) == enough
    with enter(world.mastercam.scope()):
        IdentityProvider.objects.filter(pk=row.pk).update(proves_second_factor=False)
    assert not works(client)


def test_who_has_a_factor_of_his_own_is_asked_for_it_and_his_session_is_limited_all_the_same(
    world: World, provider_of: Make
) -> None:
    secret = with_app(world.everywhere)
    provider, row = provider_of(world.mastercam, proves_second_factor=True)
    provider.says["amr"] = ["mfa"]
    client, answer = signs_in(provider, row, email=EVERYWHERE)
    assert answer["Location"] == "/accounts/2fa/authenticate/"
    assert client.get("/me/").status_code == 302, "nobody is signed in yet"
    assert client.post("/accounts/2fa/authenticate/", {"code": "000000"}).status_code in {200, 422}
    assert client.get("/me/").status_code == 302
    assert client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)}).status_code == 302
    page = client.get("/me/").content.decode()
    assert world.mastercam.vendor.name in page
    assert world.optocraft.vendor.name not in page
    assert client.get("/accounts/2fa/").status_code == 403
