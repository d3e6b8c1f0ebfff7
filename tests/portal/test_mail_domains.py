"""The mail domains of a customer: who verifies them, and whose they are."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from kernel.audit.models import AuditEntry
from kernel.tenancy.scope import enter
from tests.portal.joining import (
    DOMAIN,
    NEW,
    answered,
    links_in,
    signs_up,
    verify,
)
from tests.world import House, World
from vendors.joining import links
from vendors.joining.addresses import NotAnAddress, is_public, mailbox, normal, normal_domain
from vendors.models import OrganisationDomain
from vendors.refusal import Refused

Signed = Callable[..., Client]


def test_an_admin_claims_a_domain_and_its_postmaster_confirms_it_once(
    house: House, customer: Signed, client: Client
) -> None:
    admin = customer(house, "customer_admin")
    answer = admin.post(f"/portal/people/{house.slug}/domains/new/", {"domain": "@Nordic-Tool.test.", "asked": "admin"})
    assert answer.status_code == 302
    [letter] = answered(house)
    assert letter.to == [f"admin@{DOMAIN}"]
    [link] = [path for path in links_in(letter) if "/domain/" in path]
    assert links.secret_of("x") not in link
    assert client.get(link).status_code == 200
    signs_up(client, NEW)
    assert answered(house) == []  # only looked at, not yet confirmed
    assert client.post(link).status_code == 200
    assert client.post(link).status_code == 404
    signs_up(client, NEW)
    assert len(answered(house)) == 1
    assert "Verified" in admin.get("/portal/people/").content.decode()
    with enter(house.scope()):
        assert [row.verb for row in AuditEntry.objects.filter(subject_type="domain").order_by("pk")] == [
            "domain.claimed",
            "domain.verified",
        ]


def test_a_domain_is_one_organisations_at_a_vendor_and_who_claims_it_too_learns_nothing(
    world: World, house: House, customer: Signed
) -> None:
    verify(house, "shared.test", organisation=house.other_customer.pk)
    admin = customer(house, "customer_admin")
    for domain in ("shared.test", "free.test"):
        answer = admin.post(f"/portal/people/{house.slug}/domains/new/", {"domain": domain, "asked": "postmaster"})
        assert (answer.status_code, answer["Location"]) == (302, "/portal/people/")
    taken, free = answered(house)
    statuses = []
    for letter in (taken, free):
        [link] = [path for path in links_in(letter) if "/domain/" in path]
        statuses.append(Client().post(link).status_code)
    assert sorted(statuses) == [200, 404]
    with pytest.raises(Refused):
        verify(house, "shared.test")
    verify(world.optocraft, "shared.test")  # another vendor's customers are others


@pytest.mark.parametrize(
    "domain", ["gmail.com", "GMX.de", "mail.fastmail.com", "co", "127.0.0.1", "a b.de", "", "-x.de"]
)
def test_public_providers_and_what_is_no_domain_are_refused(house: House, customer: Signed, domain: str) -> None:
    admin = customer(house, "customer_admin")
    form = {"domain": domain, "asked": "postmaster"}
    assert admin.post(f"/portal/people/{house.slug}/domains/new/", form).status_code == 422
    forged = {"domain": "fine.test", "asked": "me"}
    assert admin.post(f"/portal/people/{house.slug}/domains/new/", forged).status_code == 422
    with pytest.raises(Refused):
        verify(house, domain)


def test_staff_verify_domains_of_their_customers_and_nobody_else_does(
    world: World, house: House, client_of: Signed
) -> None:
    form = {"organisation": "nordic tool ab", "domain": DOMAIN}
    new = f"/desk/staff/{house.slug}/domains/new/"
    for user in (
        house.user("agent"),
        house.user("partner"),
        house.user("customer_admin"),
        world.optocraft.user("admin"),
    ):
        assert client_of(user).post(new, form).status_code == 404
        assert client_of(user).get("/desk/staff/domains/").status_code == (
            404 if user != world.optocraft.user("admin") else 200
        )
    admin = client_of(house.user("admin"))
    assert admin.post(new, form | {"organisation": "Nobody"}).status_code == 422
    assert admin.post(new, form).status_code == 302
    assert DOMAIN in admin.get("/desk/staff/domains/").content.decode()
    with enter(house.scope()):
        row = OrganisationDomain.objects.get()
    assert row.organisation_id == house.customer.pk
    foreign = client_of(world.optocraft.user("admin"))
    assert DOMAIN not in foreign.get("/desk/staff/domains/").content.decode()
    assert foreign.post(f"/desk/staff/{world.optocraft.slug}/domains/{row.pk}/remove/").status_code == 404
    assert admin.post(f"/desk/staff/{house.slug}/domains/{row.pk}/remove/").status_code == 302


def test_addresses_have_one_form() -> None:
    assert normal(" Åsa@Example.COM. ".replace("Å", "A")) == "asa@example.com"
    assert normal("x@BÜCHER.example") == "x@xn--bcher-kva.example"
    assert normal_domain("ＢÜcher.Example.") == "xn--bcher-kva.example"
    assert mailbox("a+b+c@d.test") == "a@d.test"
    assert mailbox("+b@d.test") == "+b@d.test"
    assert is_public("gmail.com")
    assert not is_public("notgmail.com")
    wrong = ["a", "a@", "@b.de", "a@b", "a@@b.de", "a@b..de", "a@.de", "a@b.de,c@d.de", "a@1.2.3.4"]
    for address in (*wrong, "a b@c.de", f"{'a' * 250}@b.de"):
        with pytest.raises(NotAnAddress):
            normal(address)
