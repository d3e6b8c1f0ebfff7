"""A form that is sent twice is done once."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import uuid4

from django.test import Client

from kernel.tenancy.scope import enter
from tests.walls.test_bad_input import _filed
from tests.world import House, World
from tickets.models import IdempotencyKey, Message, Ticket

SignIn = Callable[..., Client]


def _typed(client: Client, house: House, who: str = "customer", **more: str) -> str:
    """A request typed in one go; answers the page on which it is looked at before it is sent."""
    page = f"/portal/new/{house.slug}/{uuid4()}"
    person = house.people[who]
    words = {"subject": "It stops", "body": "It stops after a minute.", "language": person.language}
    words = words | {"authorised_user": str(person.pk), "item": str(house.item.pk)} | more
    client.post(f"{page}/all/", words)
    return f"{page}/check/"


def _key(client: Client, address: str) -> str:
    found = re.search(r'name="once" value="([0-9a-f]{32})"', client.get(address).content.decode())
    assert found
    return found[1]


def _tickets(house: House) -> int:
    with enter(house.scope()):
        return Ticket.objects.count()


def test_a_request_sent_twice_is_filed_once(world: World, client_of: SignIn) -> None:
    house = world.mastercam
    client = client_of(house.user("customer"))
    check = _typed(client, house)
    first, second = (client.post(check) for _ in range(2))
    assert first.status_code == 302
    assert (second.status_code, second["Location"]) == (302, first["Location"])
    assert _tickets(house) == 1


def test_another_draft_is_another_request_with_the_same_words_too(world: World, client_of: SignIn) -> None:
    house = world.mastercam
    for who in ("customer", "customer", "neighbour"):
        client = client_of(house.user(who))
        client.post(_typed(client, house, who))
    assert _tickets(house) == 3


def test_a_message_sent_twice_is_said_once(world: World, client_of: SignIn) -> None:
    house = world.mastercam
    ticket = _filed(house)
    client = client_of(house.user("customer"))
    page = f"/portal/{house.slug}/{ticket.number}/"
    words = {"body": "It still stops.", "once": _key(client, page)}
    for _ in range(2):
        assert client.post(f"{page}write/", words)["Location"] == page
    with enter(house.scope()):
        assert Message.objects.filter(ticket=ticket).count() == 2


def test_what_was_refused_can_be_sent_when_it_is_mended(world: World, client_of: SignIn) -> None:
    house = world.mastercam
    client = client_of(house.user("customer"))
    check = _typed(client, house, subject="")
    assert client.post(check).status_code == 422
    client.post(check.replace("/check/", "/what/"), {"subject": "It stops", "body": "It stops after a minute."})
    assert client.post(check).status_code == 302
    assert _tickets(house) == 1
    with enter(house.scope()):
        assert IdempotencyKey.objects.count() == 1
