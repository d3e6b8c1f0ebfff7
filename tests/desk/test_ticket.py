"""The ticket's page: who may open it, what it shows, what it costs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from kernel.tenancy.scope import enter
from tests.desk.conftest import FileTicket, questions
from tests.world import House, World
from tickets import services
from tickets.models import Ticket
from vendors.models import InstalledItem, User

ClientOf = Callable[[User], Client]
pytestmark = pytest.mark.django_db


def at(house: House, ticket: Ticket, deed: str = "") -> str:
    """The address of a ticket, or of a deed there."""
    args = [house.slug, ticket.number]
    return reverse("desk:act", args=[*args, deed]) if deed else reverse("desk:ticket", args=args)


def text_of(client: Client, house: House, ticket: Ticket) -> str:
    """The page's HTML."""
    answer = client.get(at(house, ticket))
    assert answer.status_code == 200
    return str(answer.content.decode())


def do(house: House, who: str, what: Callable[..., Any], ticket: Ticket, **call: Any) -> None:
    """Let somebody do something."""
    with enter(house.scope()):
        what(by=house.member(who), ticket_id=ticket.pk, **call)


def test_it_is_absent_for_whom_it_does_not_concern(world: World, client_of: ClientOf, file_ticket: FileTicket) -> None:
    house = world.mastercam
    ticket = file_ticket(house)
    for user in (
        house.user("customer"),
        house.user("customer_admin"),
        house.user("stranger"),
        house.user("partner"),
        world.optocraft.user("agent"),
        world.operator,
    ):
        assert client_of(user).get(at(house, ticket)).status_code == 404
        assert client_of(user).post(at(house, ticket, "assign"), {"assignee": ""}).status_code == 404
    assert client_of(world.optocraft.user("agent")).get(at(world.optocraft, ticket)).status_code == 404
    assert Client().get(at(house, ticket)).status_code == 302
    assert client_of(world.everywhere).get(at(house, ticket)).status_code == 200
    assert client_of(house.user("agent")).get(f"/desk/{house.slug}/MC-1%00/").status_code == 404


def test_facts_clocks_and_history_are_told_in_words(
    world: World, client_of: ClientOf, file_ticket: FileTicket, work: Any
) -> None:
    house = world.mastercam
    with enter(house.scope()):
        item = house.item
    ticket = file_ticket(house, item=item, claimed_priority="P1", hours_ago=400)
    work(house)
    do(house, "agent", services.set_priority, ticket, priority="P2")
    text = text_of(client_of(house.user("supervisor")), house, ticket)
    for words in (
        "Nordic Tool AB",
        "Stockholm",
        "N-1001",
        "Europe/Stockholm (SE), authorised user",
        "C-1, open-ended",
        "Training of the users was not confirmed.",
        "Why this time?",
        "P2 · promised",
        "Response reached 75",
        "told: Supervisor of Mastercam",
        "P1 Urgent, claimed",
        "Agent of Mastercam",
    ):
        assert words in text, words


def why(house: House, ticket: Ticket, kind: str = "response", cycle: int = 1) -> str:
    """The address at which a clock is explained."""
    return reverse("desk:why", args=[house.slug, ticket.number, kind, cycle])


def test_a_clock_is_explained_when_asked_for(
    world: World, client_of: ClientOf, file_ticket: FileTicket, asked: Any
) -> None:
    house = world.mastercam
    ticket = file_ticket(house, hours_ago=400, claimed_priority="P4")
    client = client_of(house.user("agent"))
    page = text_of(client, house, ticket)
    assert why(house, ticket) in page
    assert "the authorised user&#x27;s zone" not in page
    client.get(why(house, ticket))  # documents are parsed once a process
    with asked() as captured:
        alone = client.get(why(house, ticket)).content.decode()
    assert len(questions(captured)) <= 12
    piece = client.get(why(house, ticket), headers={"hx-request": "true"}).content.decode()
    assert "<h1>" in alone
    assert "<h1>" not in piece
    for text in (alone, piece):
        for words in ("the authorised user&#x27;s zone", "Times shown in", "Weekend", "strip-due", "Times in Europe"):
            assert words in text, words


def test_a_clock_is_explained_to_whom_it_concerns_only(
    world: World, client_of: ClientOf, file_ticket: FileTicket
) -> None:
    house = world.mastercam
    ticket = file_ticket(house)
    agent = client_of(house.user("agent"))
    assert agent.get(why(house, ticket)).status_code == 200
    assert agent.get(why(house, ticket, "update")).status_code == 404
    assert agent.get(why(house, ticket, cycle=2)).status_code == 404
    assert agent.get(why(house, ticket, "nonsense")).status_code == 404
    assert agent.get(f"/desk/{house.slug}/MC-1%00/clocks/response/1/").status_code == 404
    for user in (house.user("customer"), house.user("partner"), world.optocraft.user("agent"), world.operator):
        assert client_of(user).get(why(house, ticket)).status_code == 404
    assert Client().get(why(house, ticket)).status_code == 302


def test_it_says_what_is_not_promised(world: World, client_of: ClientOf, file_ticket: FileTicket) -> None:
    opto = file_ticket(world.optocraft)
    text = text_of(client_of(world.optocraft.user("agent")), world.optocraft, opto)
    assert "We promise no time for the solution" in text
    assert "Only a qualified acknowledgement stops this clock" in text
    onyx = file_ticket(world.onyx)
    text = text_of(client_of(world.onyx.user("agent")), world.onyx, onyx)
    assert "We promise no times for support" in text
    assert "No clock runs here" in text


def test_what_the_policy_does_not_know_is_not_offered(
    world: World, client_of: ClientOf, file_ticket: FileTicket
) -> None:
    offered = {}
    for house in world.houses:
        text = text_of(client_of(house.user("agent")), house, file_ticket(house))
        offered[house.slug] = {d for d in ("priority", "classify", "urgent", "resolve") if f'/{d}/"' in text}
    assert offered == {
        "mastercam": {"priority", "classify", "resolve"},
        "optocraft": {"urgent", "resolve"},
        "image-instruments": {"resolve"},
    }


def test_only_a_supervisor_corrects_history(world: World, client_of: ClientOf, file_ticket: FileTicket) -> None:
    house = world.mastercam
    ticket = file_ticket(house)
    assert "/log-answer/" not in text_of(client_of(house.user("agent")), house, ticket)
    assert "/log-answer/" in text_of(client_of(house.user("supervisor")), house, ticket)
    answer = client_of(house.user("agent")).post(at(house, ticket, "void"), {"event": "1"})
    assert answer.status_code == 422


def test_notes_of_another_house_are_not_shown(world: World, client_of: ClientOf, file_ticket: FileTicket) -> None:
    house = world.onyx
    ticket = file_ticket(house, "stranger")
    assert ticket.serving_house_id == house.partner.pk
    do(house, "agent", services.note, ticket, body="Only the vendor reads this.")
    do(house, "agent", services.note, ticket, body="Vendor and partner read this.", share_with=[house.partner.pk])
    do(house, "partner", services.note, ticket, body="Only the partner reads this.")
    theirs = text_of(client_of(house.user("partner")), house, ticket)
    assert "Only the vendor reads this." not in theirs
    assert "Vendor and partner read this." in theirs
    assert "Only the partner reads this." in theirs
    ours = text_of(client_of(house.user("agent")), house, ticket)
    assert "Only the partner reads this." not in ours
    assert "Note shared with Partner &amp; Söhne GmbH" in ours


def test_files_are_downloaded_and_previewed(world: World, client_of: ClientOf, file_ticket: FileTicket) -> None:
    house = world.mastercam
    ticket, client = file_ticket(house), client_of(world.mastercam.user("agent"))
    picture = SimpleUploadedFile("shot.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 64, "image/png")
    log = SimpleUploadedFile("run.log", b"all fine", "text/plain")
    url = reverse("desk:message", args=[house.slug, ticket.number])
    answer = client.post(url, {"kind": "internal", "body": "See files.", "uploads": [picture, log]})
    assert answer.status_code == 302
    text = text_of(client, house, ticket)
    assert "shot.png" in text
    assert "run.log" in text
    assert text.count('data-preview="') == 1  # the picture, not the log


def test_the_page_asks_at_most_twenty_questions_whatever_the_messages(
    world: World, client_of: ClientOf, file_ticket: FileTicket, work: Any, asked: Any
) -> None:
    house = world.mastercam
    ticket, client = file_ticket(house, item=house.item, hours_ago=400), client_of(world.mastercam.user("supervisor"))
    work(house)
    client.get(at(house, ticket))  # documents are parsed once a process
    costs = []
    for more in (1, 40):
        for number in range(more):
            do(house, "agent", services.reply, ticket, body=f"Answer {number}")
            do(house, "colleague", services.note, ticket, body=f"Note {number}")
        with asked() as captured:
            assert client.get(at(house, ticket)).status_code == 200
        costs.append(len(questions(captured)))
    assert costs[0] == costs[1]
    assert costs[0] <= 20


def test_the_verdict_stands_on_the_page_with_its_reasons_and_a_supervisor_grants(
    world: World, file_ticket: FileTicket, client_of: Callable[[User], Client]
) -> None:
    house = world.mastercam
    ticket = file_ticket(house, item=house.item, topic="sdk")
    client = client_of(house.user("supervisor"))
    page = client.get(f"/desk/{house.slug}/{ticket.number}/").content.decode()
    assert "Not owed" in page
    assert "Help with the SDK is consulting." in page
    granted = client.post(f"/desk/{house.slug}/{ticket.number}/grant/", {"reason": "Once, for a good customer."})
    assert granted.status_code == 302
    page = client.get(f"/desk/{house.slug}/{ticket.number}/").content.decode()
    assert "Granted what is not owed" in page
    assert "Once, for a good customer." in page
    again = client.post(f"/desk/{house.slug}/{ticket.number}/grant/", {"reason": "Again."})
    assert again.status_code == 422


def test_an_agent_sees_the_verdict_and_cannot_grant_and_a_partner_sees_neither(
    world: World, file_ticket: FileTicket, client_of: Callable[[User], Client]
) -> None:
    house = world.onyx
    with enter(house.scope()):
        item = InstalledItem.objects.get(number="S-2002")
    ticket = file_ticket(house, "stranger", item=item, topic="activation")
    address = f"/desk/{house.slug}/{ticket.number}/"
    agent = client_of(house.user("agent")).get(address).content.decode()
    assert "Served elsewhere" in agent
    assert "Grant support" not in agent
    partner = client_of(house.user("partner")).get(address).content.decode()
    assert 'id="entitlement"' not in partner
    assert "none for this site" not in partner


def test_a_long_conversation_shows_its_latest_and_the_rest_when_asked(
    world: World, client_of: ClientOf, file_ticket: FileTicket, asked: Any
) -> None:
    house, client = world.mastercam, client_of(world.mastercam.user("agent"))
    ticket = file_ticket(house, body="The first word of all.")
    url = reverse("desk:ticket", args=[house.slug, ticket.number])
    costs = []
    for more in (2, 198):
        with enter(house.scope()):
            for n in range(more):
                services.note(by=house.member("agent"), ticket_id=ticket.pk, body=f"Note {n}")
        client.get(url)
        with asked() as captured:
            page = client.get(url).content.decode()
        costs.append(len(questions(captured)))
    assert costs[0] == costs[1] <= 20
    assert "Show 141 earlier entries" in page
    assert "The first word of all." not in page
    assert "The first word of all." in client.get(url, {"all": "1"}).content.decode()
