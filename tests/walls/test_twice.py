"""A form that is sent twice is done once."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.test import Client

from kernel.tenancy.scope import enter
from tests.walls.test_bad_input import _filed
from tests.world import House, World
from tickets.models import IdempotencyKey, Message, Ticket

SignIn = Callable[..., Client]


def _form(house: House, who: str = "customer", **more: str) -> dict[str, object]:
    person = house.people[who]
    words = {"subject": "It stops", "body": "It stops after a minute.", "language": person.language}
    return words | {"authorised_user": person.pk, "item": house.item.pk, "send_anyway": "1"} | more


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
    once = _key(client, "/portal/new/")
    first, second = (client.post("/portal/new/", _form(house, once=once)) for _ in range(2))
    assert first.status_code == 302
    assert (second.status_code, second["Location"]) == (302, first["Location"])
    assert _tickets(house) == 1


def test_other_words_or_another_form_are_another_request(world: World, client_of: SignIn) -> None:
    house = world.mastercam
    client = client_of(house.user("customer"))
    once = _key(client, "/portal/new/")
    client.post("/portal/new/", _form(house, once=once))
    client.post("/portal/new/", _form(house, once=once, subject="It burns"))
    client.post("/portal/new/", _form(house, once=_key(client, "/portal/new/")))
    client_of(house.user("neighbour")).post("/portal/new/", _form(house, "neighbour", once=once))
    assert _tickets(house) == 4


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


def test_what_was_refused_can_be_sent_again(world: World, client_of: SignIn) -> None:
    house = world.mastercam
    client = client_of(house.user("customer"))
    once = _key(client, "/portal/new/")
    refused = client.post("/portal/new/", _form(house, once=once, subject=""))
    assert refused.status_code == 422
    assert f'value="{once}"' in refused.content.decode()
    assert client.post("/portal/new/", _form(house, once=once)).status_code == 302
    assert _tickets(house) == 1
    with enter(house.scope()):
        assert IdempotencyKey.objects.count() == 1
