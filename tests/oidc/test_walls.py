"""What a provider can't do, however bad it is: reach beyond its own vendor and organisation."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client

from kernel.tenancy.scope import Scope, enter
from tests.oidc.conftest import Make, signs_in
from tests.world import PASSWORD, World
from vendors.joining import domains
from vendors.models import AccessToken, IdentityLink, IdentityProvider, User

EVERYWHERE = "everywhere@agents.test"


def test_who_is_at_several_vendors_reaches_only_the_providers_own(world: World, provider_of: Make) -> None:
    provider, row = provider_of(world.mastercam)
    client, answer = signs_in(provider, row, email=EVERYWHERE)
    assert answer["Location"] == "/"
    page = client.get("/me/").content.decode()
    assert world.mastercam.vendor.name in page
    for house in (world.optocraft, world.onyx):
        assert house.vendor.name not in page
        assert client.get(f"/desk/canned/{house.slug}/new/").status_code == 404
        assert client.post("/choose/vendor/", {"vendor": house.slug}).status_code == 404
        assert client.get(f"/api/v1/vendors/{house.slug}/").status_code == 404
    assert client.get(f"/desk/canned/{world.mastercam.slug}/new/").status_code == 200
    whole = Client()
    whole.post("/accounts/login/", {"login": EVERYWHERE, "password": PASSWORD})
    assert world.optocraft.vendor.name in whole.get("/me/").content.decode()


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/password/change/",
        "/accounts/password/set/",
        "/accounts/password/reset/",
        "/accounts/email/",
        "/accounts/sessions/",
        "/accounts/reauthenticate/",
        "/accounts/2fa/",
        "/accounts/invitation/1/x/",
        "/me/tokens/",
    ],
)
def test_the_login_itself_is_not_changed_through_a_provider(world: World, provider_of: Make, path: str) -> None:
    provider, row = provider_of(world.mastercam)
    client, _ = signs_in(provider, row, email=EVERYWHERE)
    for answer in (client.get(path), client.post(path, {"name": "x", "email": "evil@evil.test", "action_add": ""})):
        assert answer.status_code in {403, 404}
    assert not AccessToken.objects.exists()
    assert client.get("/desk/").status_code == 200


def test_the_tokens_page_says_how_to_go_on(world: World, provider_of: Make) -> None:
    from django.urls import reverse

    provider, row = provider_of(world.mastercam)
    client, _ = signs_in(provider, row, email=EVERYWHERE)
    answer = client.post(reverse("tokens"), {"name": "x"})
    assert answer.status_code == 403
    assert "Sign in with your password for this" in answer.content.decode()
    assert reverse("tokens") not in client.get("/me/").content.decode()
    assert not AccessToken.objects.exists()


def test_nobody_runs_the_installation_through_a_provider(world: World, provider_of: Make) -> None:
    provider, row = provider_of(world.mastercam)
    User.objects.filter(email=EVERYWHERE).update(is_operator=True)
    client, _ = signs_in(provider, row, email=EVERYWHERE)
    assert client.get("/operator/outbox/").status_code in {403, 404}
    assert "/operator/" not in client.get("/me/").content.decode()


def test_an_organisations_provider_signs_in_nobody_of_another(world: World, provider_of: Make) -> None:
    house = world.mastercam
    with enter(house.scope()):
        domains.verify(by=house.member("supervisor"), organisation_id=house.customer.pk, domain="mastercam.test")
    provider, row = provider_of(house, house.customer)
    for who in ("stranger", "partner", "agent", "admin"):
        client, answer = signs_in(provider, row, sub=who, email=f"{who}@mastercam.test")
        assert answer.status_code == 403, who
        assert client.get("/me/").status_code == 302
    client, answer = signs_in(provider, row, sub="customer", email="customer@mastercam.test")
    assert answer.status_code == 302


def test_a_partners_provider_signs_in_its_agents(world: World, provider_of: Make) -> None:
    house = world.mastercam
    with enter(house.scope()):
        domains.verify(by=house.member("supervisor"), organisation_id=house.partner.pk, domain="mastercam.test")
    provider, row = provider_of(house, house.partner)
    client, answer = signs_in(provider, row, email="partner@mastercam.test")
    assert answer.status_code == 302
    assert client.get("/desk/").status_code == 200


def test_the_same_subject_at_another_provider_is_somebody_else(world: World, provider_of: Make) -> None:
    first, row = provider_of(world.mastercam)
    second, other = provider_of(world.optocraft)
    signs_in(first, row, email="agent@mastercam.test")
    client, answer = signs_in(second, other, email="agent@mastercam.test")
    assert answer.status_code == 403
    assert client.get("/me/").status_code == 302


def test_another_membership_of_the_same_login_is_not_opened_by_a_role_that_changed(
    world: World, provider_of: Make
) -> None:
    house = world.mastercam
    provider, row = provider_of(house)
    client, _ = signs_in(provider, row, email="agent@mastercam.test")
    with enter(house.scope()):
        person = house.people["agent"]
        person.role, person.organisation = "customer_user", house.customer
        person.save()
    assert client.get("/portal/").status_code == 404
    assert client.get("/desk/").status_code == 404


def test_who_moves_to_another_organisation_is_out_of_his_providers_reach(world: World, provider_of: Make) -> None:
    house = world.mastercam
    with enter(house.scope()):
        domains.verify(by=house.member("supervisor"), organisation_id=house.customer.pk, domain="mastercam.test")
    provider, row = provider_of(house, house.customer)
    client, _ = signs_in(provider, row, email="customer@mastercam.test")
    assert client.get("/portal/").status_code == 200
    with enter(house.scope()):
        person = house.people["customer"]
        person.organisation, person.site = house.other_customer, None
        person.save()
    assert client.get("/portal/").status_code == 404
    _, answer = signs_in(provider, row)
    assert answer.status_code == 403


def test_signing_in_otherwise_ends_the_limit_and_the_other_way_round(world: World, provider_of: Make) -> None:
    provider, row = provider_of(world.mastercam)
    client, _ = signs_in(provider, row, email=EVERYWHERE)
    client.post("/accounts/logout/")
    client.post("/accounts/login/", {"login": EVERYWHERE, "password": PASSWORD})
    assert world.optocraft.vendor.name in client.get("/me/").content.decode()
    client, _ = signs_in(provider, row, client)
    assert world.optocraft.vendor.name not in client.get("/me/").content.decode()
    assert Session.objects.count() == 1, "the session before is gone"


def test_nobody_is_signed_in_by_what_a_session_says_of_another_vendor(
    world: World, provider_of: Make, client_of: Callable[..., Client]
) -> None:
    _, row = provider_of(world.mastercam)
    client = client_of(world.everywhere)
    session = client.session
    session["through"] = {"vendor": world.optocraft.id, "provider": row.pk, "issuer": row.issuer, "factor": True}
    session.save()
    assert client.get("/me/").status_code == 302


def test_the_database_shows_providers_and_links_to_their_vendor_alone(world: World, provider_of: Make) -> None:
    house = world.mastercam
    provider, row = provider_of(house)
    signs_in(provider, row, email="agent@mastercam.test")

    def rows(scope: Scope) -> list[int]:
        with enter(scope), connection.cursor() as cursor:
            counts = []
            for table in ("vendors_identityprovider", "vendors_identitylink"):
                cursor.execute(f"SELECT count(*) FROM {table}")
                counts.append(cursor.fetchone()[0])
            return counts

    assert rows(house.scope()) == [1, 1]
    assert rows(Scope.of(house.id, house.customer.pk)) == rows(world.optocraft.scope()) == [0, 0]
    with enter(Scope.of(house.id, house.customer.pk)), pytest.raises(Exception, match="row-level security"):
        IdentityProvider.objects.create(
            vendor_id=house.id, organisation=house.customer, key="x", name="x", issuer="https://x", client_id="x"
        )


def test_a_person_who_is_erased_is_linked_no_more(world: World, provider_of: Make) -> None:
    from vendors import services

    house = world.mastercam
    provider, row = provider_of(house)
    signs_in(provider, row, email="agent@mastercam.test")
    with enter(house.scope()):
        services.erase(by=house.member("admin"), person_id=house.people["agent"].pk)
        assert not IdentityLink.objects.exists()
