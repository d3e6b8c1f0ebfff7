"""Signing in by an organisation's own provider."""

from __future__ import annotations

import re

from django.test import Client

from kernel.audit.models import AuditEntry
from kernel.tenancy.scope import enter
from tests.oidc.conftest import Make, comes_back, goes, page_of, signs_in
from tests.portal.joining import invited
from tests.world import PASSWORD, World
from vendors import identity
from vendors.joining import domains
from vendors.models import IdentityLink, IdentityProvider, OrganisationDomain, Person, User


def me(client: Client) -> str:
    answer = client.get("/me/")
    return answer.content.decode() if answer.status_code == 200 else ""


def test_staff_sign_in_and_are_known_by_their_subject_from_then_on(world: World, provider_of: Make) -> None:
    house = world.mastercam
    provider, row = provider_of(house)
    client, answer = signs_in(provider, row, email="Agent@Mastercam.test", name="Whoever")
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert house.people["agent"].name in me(client)
    with enter(house.scope()):
        link = IdentityLink.objects.get()
        assert (link.subject, link.person_id) == ("subject-1", house.people["agent"].pk)
        assert list(
            AuditEntry.objects.filter(verb__startswith="identity").order_by("pk").values_list("verb", flat=True)
        ) == [
            "identity_provider.created",
            "identity.linked",
            "identity.signed_in",
        ]
    again, _ = signs_in(provider, row, email="another@elsewhere.test", email_verified=False)
    assert house.people["agent"].name in me(again)


def test_a_session_begins_anew_and_leads_where_one_wanted_to_go(world: World, provider_of: Make) -> None:
    provider, row = provider_of(world.mastercam)
    provider.says["email"] = "agent@mastercam.test"
    client = Client()
    url = goes(client, row, next="/desk/?q=x")
    before = client.cookies["sessionid"].value
    answer = client.get(comes_back(provider, url))
    assert answer["Location"] == "/desk/?q=x"
    assert client.cookies["sessionid"].value != before
    other = Client()
    assert goes(other, row, next="https://evil.test/")
    assert other.get(comes_back(provider, goes(other, row, next="https://evil.test/")))["Location"] == "/"


def test_what_goes_to_the_provider_is_no_more_than_it_must(world: World, provider_of: Make) -> None:
    _, row = provider_of(world.mastercam)
    client = Client()
    answer = client.post(page_of(row) + "?scope=admin&auth_params=prompt%3Dnone&process=connect&action=rerequest")
    url = answer["Refresh"]
    names = sorted(re.findall(r"[?&](\w+)=", url))
    assert names == [
        "client_id", "code_challenge", "code_challenge_method", "nonce", "redirect_uri", "response_type", "scope", "state",
    ]  # fmt: skip
    assert "scope=openid+profile+email&" in url
    assert "code_challenge_method=S256" in url
    forged = client.post(page_of(row), HTTP_HOST="testserver:99")["Refresh"]
    assert "testserver" not in forged, "the way back is the site's, not the request's"


def test_a_customer_signs_in_by_his_organisations_provider(world: World, provider_of: Make) -> None:
    house = world.optocraft
    with enter(house.scope()):
        domains.verify(by=house.member("supervisor"), organisation_id=house.customer.pk, domain="optocraft.test")
    provider, row = provider_of(house, house.customer)
    client, _ = signs_in(provider, row, email="customer@optocraft.test")
    assert client.get("/portal/").status_code == 200
    with enter(house.scope()):
        OrganisationDomain.objects.all().delete()
    client, answer = signs_in(provider, row, sub="subject-2", email="neighbour@optocraft.test")
    assert answer.status_code == 403, "its domain is verified no more"
    assert not me(client)


def test_whoever_is_invited_joins_without_a_password(world: World, provider_of: Make) -> None:
    house = world.optocraft
    with enter(house.scope()):
        domains.verify(by=house.member("supervisor"), organisation_id=house.customer.pk, domain="nordic-tool.test")
    provider, row = provider_of(house, house.customer)
    client, answer = signs_in(provider, row, email="new@nordic-tool.test", name="Nina Ny")
    assert answer.status_code == 403
    assert "ask your administrator for an invitation" in answer.content.decode()
    assert not User.objects.filter(email="new@nordic-tool.test").exists()
    invited(house, "new@nordic-tool.test")
    client, answer = signs_in(provider, row)
    assert answer.status_code == 302
    assert "Nina Ny" in me(client)
    user = User.objects.get(email="new@nordic-tool.test")
    assert not user.has_usable_password()
    with enter(house.scope()):
        assert Person.objects.get(user=user).organisation_id == house.customer.pk


def test_the_provider_of_an_address_is_found_by_its_domain_whoever_is_known(world: World, provider_of: Make) -> None:
    house = world.optocraft
    with enter(house.scope()):
        domains.verify(by=house.member("supervisor"), organisation_id=house.customer.pk, domain="nordic-tool.test")
    _, row = provider_of(house, house.customer)
    _, hidden = provider_of(house, house.customer, by_address=False)
    _, staffs = provider_of(world.mastercam)

    def found(who: str) -> tuple[int, str]:
        answer = Client().post("/accounts/organisation/", {"who": who})
        return answer.status_code, answer.get("Location", "")

    assert found("nobody@nordic-tool.test") == found("customer_admin@nordic-tool.test") == (302, page_of(row))
    assert found("MasterCAM") == (302, page_of(staffs))
    assert found("agent@mastercam.test") == found("x@y.test") == found("optocraft") == found("\x00") == (422, "")
    assert Client().get(page_of(hidden)).status_code == 200
    second = provider_of(house, house.customer)[1]
    answer = Client().post("/accounts/organisation/", {"who": "x@nordic-tool.test"})
    assert all(page_of(one) in answer.content.decode() for one in (row, second))


def test_a_provider_that_is_switched_off_or_changed_ends_its_sessions(world: World, provider_of: Make) -> None:
    house = world.mastercam
    for change in ({"active": False}, {"issuer": "https://elsewhere.test"}):
        provider, row = provider_of(house)
        client, _ = signs_in(provider, row, email="agent@mastercam.test")
        assert me(client)
        with enter(house.scope()):
            IdentityProvider.objects.filter(pk=row.pk).update(**change)
        assert not me(client)
        assert client.get(page_of(row)).status_code == (404 if "active" in change else 200)
    provider, row = provider_of(house)
    client, _ = signs_in(provider, row, email="agent@mastercam.test")
    with enter(house.scope()):
        identity.remove(by=house.member("admin"), provider_id=row.pk)
    assert not me(client)
    client.post("/accounts/login/", {"login": "agent@mastercam.test", "password": PASSWORD})
    assert me(client)
