"""The command palette finds tickets, customers, colleagues, views and sections, and no more than its reader may know of."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.desk.conftest import ClientOf, FileTicket, questions
from tests.world import World


def found(client: Client, text: str) -> dict[str, list[tuple[str, str]]]:
    """Words and addresses by kind."""
    answer = client.get(reverse("desk:palette"), {"q": text}, headers={"accept": "application/json"})
    assert answer.status_code == 200
    return {group["title"]: [(hit["words"], hit["url"]) for hit in group["hits"]] for group in answer.json()["groups"]}


def test_a_number_or_words_lead_to_the_ticket(world: World, client_of: ClientOf, file_ticket: FileTicket) -> None:
    ticket = file_ticket(world.mastercam, subject="Spindle noise")
    theirs = file_ticket(world.optocraft, subject="Spindle noise")
    client = client_of(world.mastercam.user("agent"))
    address = reverse("desk:ticket", args=["mastercam", ticket.number])
    for text in ("spindle", ticket.number):
        assert found(client, text)["Tickets"] == [(f"{ticket.number} Spindle noise", address)]
    assert "Tickets" not in found(client, theirs.number)
    assert "Tickets" not in found(client, "is:nonsense")


def test_customers_colleagues_views_and_sections_are_found(world: World, client_of: ClientOf) -> None:
    house, client = world.mastercam, client_of(world.mastercam.user("agent"))
    company, colleague = house.customer.name, house.people["supervisor"].name
    assert (company, reverse("desk:queue") + f"?q=customer%3A%22{company.replace(' ', '+')}%22") in found(
        client, company
    )["Customers"]
    assert colleague in [words for words, _url in found(client, colleague)["Colleagues"]]
    assert ("Breached", "/desk/?q=is%3Abreached") in found(client, "breach")["Views"]
    assert found(client, "queue")["Go to"] == [("Queue", "/desk/")]
    assert set(found(client, "")) == {"Views", "Go to"}


@pytest.mark.usefixtures("each_wall")
def test_a_partner_finds_neither_the_vendors_staff_nor_its_other_customers(world: World, client_of: ClientOf) -> None:
    house, client = world.onyx, client_of(world.onyx.user("partner"))
    for name in ("agent", "supervisor", "management"):
        if name in house.people:
            assert "Colleagues" not in found(client, house.people[name].name)
    assert "Customers" not in found(client, house.customer.name)


def test_without_scripts_it_is_a_page_and_for_customers_it_is_not_there(world: World, client_of: ClientOf) -> None:
    answer = client_of(world.mastercam.user("agent")).get(reverse("desk:palette"), {"q": "<b>breached"})
    assert answer.status_code == 200
    assert 'value="&lt;b&gt;breached"' in answer.content.decode()
    assert client_of(world.mastercam.user("customer")).get(reverse("desk:palette")).status_code == 404
    assert 'id="palette"' not in client_of(world.mastercam.user("customer")).get("/portal/").content.decode()


def test_it_asks_at_most_fifteen_questions(
    world: World, client_of: ClientOf, file_ticket: FileTicket, asked: Any
) -> None:
    for house in world.houses:
        file_ticket(house, subject="Spindle noise")
    client = client_of(world.everywhere)
    found(client, "spindle")
    with asked() as captured:
        found(client, "spindle")
    assert len(questions(captured)) <= 15
