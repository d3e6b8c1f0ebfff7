"""Who describes identity providers, and what can be described."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from kernel.audit.models import AuditEntry
from kernel.tenancy.scope import enter
from tests.oidc.conftest import Make, signs_in
from tests.oidc.provider import running
from tests.world import World
from vendors import identity
from vendors.models import IdentityLink, IdentityProvider, User
from vendors.refusal import Refused

LIST = "/desk/staff/providers/"
SignIn = Callable[..., Client]


def form(issuer: str, **more: Any) -> dict[str, Any]:
    return {
        "name": "Entra",
        "issuer": issuer,
        "client_id": "abc",
        "secret": "ENTRA",
        "domains": "mastercam.test",
        "active": "on",
    } | more


def test_an_administrator_describes_changes_and_removes_a_provider(
    world: World, client_of: SignIn, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = world.mastercam
    admin = client_of(house.user("admin"))
    assert "No provider yet" in admin.get(LIST).content.decode()
    with running() as idp:
        settings.OIDC_INTERNAL_ORIGINS = [idp.issuer]
        new = f"/desk/staff/{house.slug}/providers/new/"
        assert admin.get(new).status_code == 200
        assert admin.post(new, form(f"{idp.issuer}/.well-known/openid-configuration")).status_code == 302
        with enter(house.scope()):
            row = IdentityProvider.objects.get()
        assert (row.issuer, row.secret_variable) == (idp.issuer, f"OIDC_SECRET_{house.id}_ENTRA")
        assert "Its secret is missing" in admin.get(LIST).content.decode()
        monkeypatch.setenv(row.secret_variable, "hush-hush")
        page = f"/desk/staff/{house.slug}/providers/{row.pk}/"
        shown = admin.get(LIST).content.decode() + admin.get(page).content.decode()
        assert "Its secret is missing" not in shown
        assert "hush-hush" not in shown
        assert f"{settings.BASE_URL}/accounts/organisation/{house.id}/{row.key}/back/" in shown
        answer = admin.post(page, form(idp.issuer, organisation=" nordic tool  ab ", name="Nordic", domains=""))
        assert answer.status_code == 302
        with enter(house.scope()):
            row.refresh_from_db()
            assert row.organisation_id == house.customer.pk
        assert admin.post(f"{page}remove/").status_code == 302
    with enter(house.scope()):
        assert not IdentityProvider.objects.exists()
        verbs = (
            AuditEntry.objects.filter(subject_type="identity_provider").order_by("pk").values_list("verb", flat=True)
        )
        assert list(verbs) == [f"identity_provider.{verb}" for verb in ("created", "changed", "removed")]


@pytest.mark.parametrize("who", ["agent", "supervisor", "management", "customer_admin", "partner"])
def test_nobody_but_a_vendors_administrator_sees_them(
    world: World, client_of: SignIn, provider_of: Make, who: str
) -> None:
    house = world.mastercam
    _, row = provider_of(house)
    client = client_of(house.user(who))
    foreign = client_of(world.optocraft.user("admin"))
    pages = (f"{house.slug}/providers/new/", f"{house.slug}/providers/{row.pk}/")
    posts = (*pages, f"{house.slug}/providers/{row.pk}/remove/", f"{house.slug}/providers/links/1/forget/")
    for page in pages:
        assert client.get(f"/desk/staff/{page}").status_code == foreign.get(f"/desk/staff/{page}").status_code == 404
    for page in posts:
        assert client.post(f"/desk/staff/{page}").status_code == foreign.post(f"/desk/staff/{page}").status_code == 404
    assert client.get(LIST).status_code == 404
    assert row.name not in foreign.get(LIST).content.decode()
    own = f"/desk/staff/optocraft/providers/{row.pk}/"
    assert foreign.get(own).status_code == foreign.post(f"{own}remove/").status_code == 404
    with enter(house.scope()), pytest.raises(Refused):
        identity.save(
            by=house.member(who),
            provider_id=row.pk,
            terms=identity.Terms("x", None, row.issuer, "x", domains=["x.test"]),
        )
    with enter(house.scope()), pytest.raises(Refused):
        identity.remove(by=house.member(who), provider_id=row.pk)


WRONG: dict[str, tuple[str, Any]] = {
    "http": ("issuer", "http://login.company.com"),
    "no host": ("issuer", "https://"),
    "a name and password": ("issuer", "https://user:word@login.company.com"),
    "a query": ("issuer", "https://login.company.com/?a=b"),
    "a port that is none": ("issuer", "https://login.company.com:x"),
    "an address inside": ("issuer", "https://127.0.0.1:1"),
    "the metadata service": ("issuer", "https://169.254.169.254"),
    "a name of ours": ("issuer", "https://localhost:1"),
    "NUL": ("issuer", "https://a\x00b.test"),
    "another's variable": ("secret", "../SECRET_KEY"),
    "a long variable": ("secret", "A" * 41),
    "no domain": ("domains", ""),
    "everybody's domain": ("domains", "gmail.com"),
    "a domain that is none": ("domains", "-"),
    "nobody's name": ("organisation", "Nobody Ltd"),
    "another vendor's customer": ("organisation", "Foreign Ltd"),
    "no client": ("client_id", " "),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_told_at_its_field_and_nothing_is_lost(
    world: World, client_of: SignIn, settings: Any, what: str
) -> None:
    field, value = WRONG[what]
    admin = client_of(world.mastercam.user("admin"))
    with running() as idp:
        settings.OIDC_INTERNAL_ORIGINS = [idp.issuer]
        answer = admin.post("/desk/staff/mastercam/providers/new/", form(idp.issuer) | {field: value})
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert 'value="abc"' in answer.content.decode() or field == "client_id"
    with enter(world.mastercam.scope()):
        assert not IdentityProvider.objects.exists()


def test_an_issuer_under_another_name_is_not_taken(world: World, client_of: SignIn, settings: Any) -> None:
    admin = client_of(world.mastercam.user("admin"))
    with running() as idp:
        settings.OIDC_INTERNAL_ORIGINS = [idp.issuer]
        answer = admin.post("/desk/staff/mastercam/providers/new/", form(f"{idp.issuer}/"))
    assert answer.status_code == 422
    assert "under another name" in answer.content.decode()


def test_a_secret_of_another_vendor_cannot_be_named(world: World) -> None:
    one, ten = identity.secret_prefix(1), identity.secret_prefix(10)
    assert not one.startswith(ten)
    assert not ten.startswith(one)


def test_with_another_issuer_client_or_organisation_all_links_end(world: World, provider_of: Make) -> None:
    house = world.mastercam
    for number, change in enumerate(({"issuer": "https://elsewhere.test"}, {"client_id": "another"}, {})):
        provider, row = provider_of(house)
        signs_in(provider, row, sub=f"s{number}", email="agent@mastercam.test")
        terms: dict[str, Any] = {
            "name": "Another name", "organisation_id": None, "issuer": row.issuer, "client_id": row.client_id,
            "domains": row.domains,
        } | change  # fmt: skip
        with enter(house.scope()):
            identity.save(by=house.member("admin"), provider_id=row.pk, terms=identity.Terms(**terms))
            assert IdentityLink.objects.filter(provider=row).exists() == (not change)


def test_a_link_is_forgotten_and_made_anew(world: World, client_of: SignIn, provider_of: Make) -> None:
    house = world.mastercam
    provider, row = provider_of(house)
    signs_in(provider, row, email="agent@mastercam.test")
    admin = client_of(house.user("admin"))
    with enter(house.scope()):
        link = IdentityLink.objects.get()
    page = admin.get(f"/desk/staff/{house.slug}/providers/{row.pk}/").content.decode()
    assert f"links/{link.pk}/forget/" in page
    assert admin.post(f"/desk/staff/{house.slug}/providers/links/{link.pk}/forget/").status_code == 302
    _, answer = signs_in(provider, row, sub="new-subject")
    assert answer.status_code == 302


def test_the_list_asks_the_same_few_questions_for_many(
    world: World, client_of: SignIn, provider_of: Make, django_assert_max_num_queries: Any
) -> None:
    admin: User = world.mastercam.user("admin")
    client = client_of(admin)
    provider_of(world.mastercam)
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as few:
        client.get(LIST)
    for _ in range(5):
        provider_of(world.mastercam, world.mastercam.customer)
    with django_assert_max_num_queries(len(few)):
        client.get(LIST)
