"""A phone request: the caller is found by whatever he says, or written down, in under a minute."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kernel.audit.models import AuditEntry
from kernel.tenancy.scope import enter
from tests.world import House, World
from tickets.models import Ticket
from vendors.models import InstalledItem, Organisation, Person, User

ClientOf = Callable[..., Client]


def found(client: Client, **asked: str) -> str:
    return client.get(reverse("desk:new"), asked).content.decode()


def add(client: Client, house: House, **fields: str) -> Any:
    values = {"name": "Nora New", "company": "Fresh Tools AB", "language": "en"} | fields
    return client.post(f"{reverse('desk:new_caller')}?vendor={house.slug}", values)


def person(house: House, name: str) -> Person:
    with enter(house.scope()):
        return Person.objects.select_related("organisation").get(name=name)


@pytest.mark.parametrize("words", ["karin", "customer@mastercam", "nordic tool", "N-1001", "n-10"])
def test_the_caller_is_found_by_name_mail_company_or_serial(world: World, client_of: ClientOf, words: str) -> None:
    client = client_of(world.mastercam.user("agent"))
    assert "Karin Kund" in found(client, who=words)
    assert "Sam Stranger" not in found(client, who=words)


def test_who_is_found_by_a_serial_calls_about_that_item(world: World, client_of: ClientOf) -> None:
    house = world.mastercam
    client = client_of(house.user("agent"))
    assert f"item={house.item.pk}" in found(client, who="N-1001")
    page = client.get(reverse("desk:new"), {"person": house.people["customer"].pk, "item": house.item.pk})
    assert f'<option value="{house.item.pk}" selected>' in page.content.decode()


def test_the_authorised_user_of_the_item_is_the_one_who_calls(world: World, client_of: ClientOf) -> None:
    house = world.mastercam
    with enter(house.scope()):
        InstalledItem.objects.filter(pk=house.item.pk).update(authorised_user=house.people["neighbour"])
    page = found(client_of(house.user("agent")), who="N-1001")
    assert "Nils Granne" in page
    assert "Karin Kund" not in page


def test_somebody_at_home_with_several_vendors_finds_the_callers_of_all(world: World, client_of: ClientOf) -> None:
    client = client_of(world.everywhere)
    assert found(client, who="karin").count("Karin Kund") == 3
    assert found(client, who="karin", vendor="mastercam").count("Karin Kund") == 1


def test_a_new_caller_of_a_new_company_is_written_down_and_files(world: World, client_of: ClientOf) -> None:
    house = world.mastercam
    client = client_of(house.user("agent"))
    answer = add(client, house, email="Nora@Fresh.test", phone="+46 8 1", country="se")
    added = person(house, "Nora New")
    assert answer.url == f"{reverse('desk:new')}?vendor=mastercam&person={added.pk}"
    assert (added.email, added.country, added.user_id, added.role) == ("nora@fresh.test", "SE", None, "customer_user")
    assert added.organisation is not None
    assert (added.organisation.name, added.organisation.kind) == ("Fresh Tools AB", "customer")
    now = timezone.localtime().strftime("%Y-%m-%dT%H:%M")
    fields = {"received_at": now, "subject": "It starts no more", "body": "Since today.", "language": "en"}
    assert client.post(answer.url, fields).status_code == 302
    with enter(house.scope()):
        assert Ticket.objects.get(requester=added).channel == "phone"
        verbs = set(
            AuditEntry.objects.filter(subject_type__in=["person", "organisation"]).values_list("verb", flat=True)
        )
    assert {"person.added", "organisation.added"} <= verbs


def test_a_company_that_resembles_a_known_one_is_asked_about(world: World, client_of: ClientOf) -> None:
    house = world.mastercam
    client = client_of(house.user("agent"))
    asked = add(client, house, company="Nordic Tools")
    assert asked.status_code == 422
    assert "Please say which company it is." in asked.content.decode()
    assert add(client, house, company="Nordic Tools", same="Nordic Tool AB").status_code == 302
    assert person(house, "Nora New").organisation == house.customer
    assert add(client, house, name="Nils New", company="Nordic Tools", same="new").status_code == 302
    assert str(person(house, "Nils New").organisation) == "Nordic Tools"


def test_a_known_address_is_not_given_twice(world: World, client_of: ClientOf) -> None:
    house = world.mastercam
    client = client_of(house.user("agent"))
    same = add(client, house, company="nordic tool ab", email="customer@mastercam.test").content.decode()
    assert "Karin Kund has this address." in same
    other = add(client, house, email="customer@mastercam.test")
    assert other.status_code == 422
    assert "Somebody has this address already." in other.content.decode()
    assert "Karin" not in other.content.decode()


def test_what_is_typed_stays_and_its_error_stands_next_to_it(world: World, client_of: ClientOf) -> None:
    house = world.mastercam
    answer = add(client_of(house.user("agent")), house, name="", email="nonsense", country="Sweden", phone="+46 8 77")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert all(words in page for words in ("nonsense", "Sweden", "+46 8 77", "Fresh Tools AB"))


@pytest.mark.usefixtures("each_wall")
def test_a_partner_adds_callers_of_his_own_customers_only(world: World, client_of: ClientOf) -> None:
    house = world.onyx
    client = client_of(house.user("partner"))
    assert add(client, house, company="Nordic Tool AB").status_code == 422
    assert add(client, house, company="Stranger Ltd").status_code == 302
    assert add(client, house, name="Nils New", company="Fresh Tools AB").status_code == 302
    with enter(house.scope()):
        assert Organisation.objects.get(name="Fresh Tools AB").supported_by == house.partner
    assert client.get(reverse("desk:new"), {"person": person(house, "Nils New").pk}).status_code == 200


def test_nobody_adds_callers_where_he_does_not_work(world: World, client_of: ClientOf) -> None:
    agent: User = world.mastercam.user("agent")
    assert add(client_of(agent), world.optocraft).status_code == 404
    assert add(client_of(world.mastercam.user("customer")), world.mastercam).status_code == 404
    assert client_of(world.everywhere).get(reverse("desk:new_caller")).status_code == 404
