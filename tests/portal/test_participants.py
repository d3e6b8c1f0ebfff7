"""Colleagues take part in a request: who lets them, what they see, hear and may do, and how it ends."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail

from kernel.outbox.services import deliver
from kernel.tenancy.scope import enter
from tests.portal.conftest import url
from tests.tickets.lives import acting
from tests.world import House, World
from tickets import services
from tickets.models import State, Ticket, Watcher
from tickets.vocabulary import Refused


def state_of(house: House, ticket: Ticket) -> str:
    with enter(house.scope()):
        return str(Ticket.objects.get(pk=ticket.pk).state)


def lets(client: Any, house: House, ticket: Ticket, who: str) -> Any:
    """`client` lets somebody of the house take part."""
    return client.post(url(house, ticket, "participants"), {"person": house.people[who].pk})


@pytest.mark.parametrize("who", ["customer", "customer_admin"])
def test_who_asked_and_his_admin_let_colleagues_take_part(world: World, customer: Any, filed: Any, who: str) -> None:
    house = world.mastercam
    ticket = filed(house)
    colleague = customer(house, "neighbour")
    assert colleague.get(url(house, ticket)).status_code == 404
    assert lets(customer(house, who), house, ticket, "neighbour").status_code == 302
    seen = colleague.get(url(house, ticket)).content.decode()
    assert f"{house.people[who].name} let Nils Granne take part" in seen
    assert colleague.post(url(house, ticket, "write"), {"body": "It was me who saw it"}).status_code == 302
    assert "It was me who saw it" in customer(house).get(url(house, ticket)).content.decode()
    assert "It stops" in colleague.get("/portal/").content.decode()


def test_he_is_mailed_what_who_asked_is_mailed_and_that_he_takes_part(
    world: World, customer: Any, filed: Any, by_staff: Any
) -> None:
    house = world.mastercam
    ticket = filed(house)
    lets(customer(house), house, ticket, "neighbour")
    by_staff(house, services.reply, ticket, body="We look at it")
    by_staff(house, services.resolve, ticket, outcome="fixed", body="A new post does it")
    deliver(house.id)
    to_him = [letter for letter in mail.outbox if "neighbour@" in letter.to[0]]
    assert len(to_him) == 3
    assert all(url(house, ticket) in letter.body for letter in to_him)
    assert not any("#rating" in letter.body for letter in to_him)


def test_he_reads_and_writes_but_does_not_decide(world: World, customer: Any, filed: Any, by_staff: Any) -> None:
    house = world.mastercam
    ticket = filed(house)
    lets(customer(house), house, ticket, "neighbour")
    colleague = customer(house, "neighbour")
    seen = colleague.get(url(house, ticket)).content.decode()
    assert "Withdraw" not in seen
    assert "Let a colleague take part" not in seen
    colleague.post(url(house, ticket, "withdraw"))
    assert state_of(house, ticket) == State.NEW
    by_staff(house, services.resolve, ticket, outcome="fixed", body="Done")
    colleague.post(url(house, ticket, "confirm"))
    assert state_of(house, ticket) == State.RESOLVED
    assert lets(colleague, house, ticket, "customer_admin").status_code == 422
    with acting(house, "neighbour") as member:
        for service, words in ((services.close, {}), (services.cancel, {"reason": "withdrawn"})):
            with pytest.raises(Refused, match="Only who asked"):
                service(by=member, ticket_id=ticket.pk, **words)


def test_an_ended_access_ends_with_the_next_request(world: World, customer: Any, filed: Any) -> None:
    house = world.mastercam
    ticket = filed(house)
    lets(customer(house), house, ticket, "neighbour")
    colleague = customer(house, "neighbour")
    assert colleague.get(url(house, ticket)).status_code == 200
    key = house.people["neighbour"].pk
    assert customer(house).post(url(house, ticket, "participants/remove"), {"person": key}).status_code == 302
    assert colleague.get(url(house, ticket)).status_code == 404
    assert colleague.post(url(house, ticket, "write"), {"body": "Hello?"}).status_code == 404
    assert "Karin Kund ended that Nils Granne takes part" in customer(house).get(url(house, ticket)).content.decode()


def test_he_can_leave_by_himself_and_remove_nobody_else(world: World, customer: Any, filed: Any) -> None:
    house = world.mastercam
    ticket = filed(house)
    for who in ("neighbour", "customer_admin"):
        lets(customer(house), house, ticket, who)
    colleague = customer(house, "neighbour")
    colleague.post(url(house, ticket, "participants/remove"), {"person": house.people["customer_admin"].pk})
    with enter(house.scope()):
        assert Watcher.objects.filter(ticket=ticket).count() == 2
    left = colleague.post(url(house, ticket, "participants/remove"), {"person": house.people["neighbour"].pk})
    assert left["Location"] == "/portal/"
    assert colleague.get(url(house, ticket)).status_code == 404
    assert "Nils Granne no longer takes part" in customer(house).get(url(house, ticket)).content.decode()


@pytest.mark.parametrize("who", ["stranger", "partner", "agent", "customer"])
def test_only_colleagues_are_let_in(world: World, customer: Any, filed: Any, who: str) -> None:
    house, client = world.mastercam, customer(world.mastercam)
    ticket = filed(house)
    refused = lets(client, house, ticket, who)
    assert refused.status_code == 422
    assert house.people[who].name not in refused.content.decode() or who == "customer"
    with acting(house, "customer") as member:
        if who != "customer":
            with pytest.raises(Refused, match="colleagues"):
                services.watch(by=member, ticket_id=ticket.pk, person_id=house.people[who].pk)
    with enter(house.scope()):
        assert not Watcher.objects.exists()


def test_customers_see_their_own_watchers_and_never_the_staffs(
    world: World, customer: Any, filed: Any, by_staff: Any
) -> None:
    house = world.mastercam
    ticket = filed(house)
    for who in ("neighbour", "colleague"):
        by_staff(house, services.watch, ticket, person_id=house.people[who].pk)
    seen = customer(house).get(url(house, ticket)).content.decode()
    assert "Agent of" in seen.split("let Nils Granne take part")[0]  # staff let him in, and it says so
    assert house.people["colleague"].name not in seen
