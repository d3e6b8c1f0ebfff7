"""What is missing stands on the ticket's page, and one click asks for it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from kernel.tenancy.scope import enter
from tests.desk.conftest import FileTicket
from tests.desk.test_ticket import at, text_of
from tests.world import World
from tickets.models import Message, Ticket
from vendors.models import User

ClientOf = Callable[[User], Client]
pytestmark = pytest.mark.django_db


def test_one_click_asks_for_all_that_is_missing(world: World, client_of: ClientOf, file_ticket: FileTicket) -> None:
    house = world.mastercam
    ticket, client = file_ticket(house, language="sv"), client_of(house.user("agent"))
    page = text_of(client, house, ticket)
    for words in (
        "2 things missing",
        "What the customer reads, in Svenska",
        "– Licensnummer",
        "While we wait these stand still: Resolution, Next update.",
    ):
        assert words in page, words
    answer = client.post(at(house, ticket, "ask-for-missing"), {"items": ["licence_number", "release"]})
    assert answer.status_code == 302
    with enter(house.scope()):
        assert Ticket.objects.get(pk=ticket.pk).state == "waiting"
        assert "– Licensnummer" in Message.objects.filter(ticket=ticket).latest("id").body


def test_at_optocraft_it_says_that_no_clock_stands_still(
    world: World, client_of: ClientOf, file_ticket: FileTicket
) -> None:
    house = world.optocraft
    page = text_of(client_of(house.user("agent")), house, file_ticket(house))
    assert "No clock stands still while we wait." in page
    assert "stand still:" not in page


def test_the_words_are_shown_for_what_is_chosen(world: World, client_of: ClientOf, file_ticket: FileTicket) -> None:
    house = world.optocraft
    ticket, client = file_ticket(house, language="de"), client_of(house.user("agent"))
    url = reverse("desk:asked", args=[house.slug, ticket.number])
    words = client.get(url, {"items": ["serial_number"]}).content.decode()
    assert "Seriennummer" in words
    assert 'lang="de"' in words
    assert "SVN" not in words
    assert "Choose what to ask for." in client.get(url).content.decode()
    for user in (house.user("customer"), house.user("partner"), world.mastercam.user("agent")):
        assert client_of(user).get(url).status_code == 404


def test_nothing_chosen_is_said_next_to_the_list(world: World, client_of: ClientOf, file_ticket: FileTicket) -> None:
    house = world.mastercam
    ticket, client = file_ticket(house), client_of(house.user("agent"))
    answer = client.post(at(house, ticket, "ask-for-missing"), {})
    assert answer.status_code == 422
    assert "Choose what to ask for." in answer.content.decode()
    answer = client.post(at(house, ticket, "ask-for-missing"), {"items": "nonsense"})
    assert answer.status_code == 422
