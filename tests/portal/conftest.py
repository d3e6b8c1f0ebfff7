"""How the tests of the customers' door file and answer requests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from kernel.tenancy.scope import enter
from tests.portal.joining import verify
from tests.portal.walking import Way
from tests.world import House, World
from tickets import services
from tickets.models import Ticket
from vendors.models import User

Signed = Callable[..., Client]


@pytest.fixture
def customer(world: World, client_of: Signed) -> Callable[[House, str], Client]:
    """A client signed in as one of a house's people, reading English."""

    def signed_in(house: House, who: str = "customer") -> Client:
        user = house.user(who)
        User.objects.filter(pk=user.pk).update(language="en", time_zone="Europe/Stockholm")
        return client_of(User.objects.get(pk=user.pk))

    return signed_in


@pytest.fixture
def way(customer: Callable[..., Client]) -> Callable[..., Way]:
    """Somebody before his vendor's form: way(house), way(house, "neighbour")."""
    return lambda house, who="customer": Way(customer(house, who), house, who)


@pytest.fixture
def filed() -> Callable[..., Ticket]:
    """A request that somebody of a house has filed, straight through the service."""

    def file(house: House, who: str = "customer", **fields: Any) -> Ticket:
        person = house.people[who]
        words = {"subject": "It stops", "body": "It stops after a minute.", "language": "en"} | fields
        with enter(house.scope()):
            return services.file_ticket(by=house.member(who), request=services.Request(requester=person, **words))

    return file


@pytest.fixture
def by_staff() -> Callable[..., Any]:
    """Do something to a request as one of the vendor's staff: by_staff(house, services.reply, ticket, body=…)."""

    def act(house: House, service: Callable[..., Any], ticket: Ticket, who: str = "agent", **words: Any) -> Any:
        with enter(house.scope()):
            return service(by=house.member(who), ticket_id=ticket.pk, **words)

    return act


def url(house: House, ticket: Ticket, action: str = "") -> str:
    """The address of a request's page, or of an action on it."""
    return f"/portal/{house.slug}/{ticket.number}/{action}{'/' if action else ''}"


@pytest.fixture
def house(world: World) -> House:
    """Mastercam's."""
    return world.mastercam


@pytest.fixture
def verified(house: House) -> House:
    """The house, with a mail domain of its customer verified by the staff."""
    verify(house)
    return house
