"""Tags, watchers, links and the checklist on the ticket's page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from kernel.tenancy.scope import enter
from tests.desk.conftest import Desk, FileTicket, questions
from tests.world import World
from tickets.models import ChecklistItem, TicketLink


def page(here: Desk) -> str:
    answer = here.client.get(reverse("desk:ticket", args=here.args))
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_it_is_kept_shown_and_removed_by_plain_forms(
    world: World, desk: Callable[..., Desk], file_ticket: FileTicket
) -> None:
    house = world.mastercam
    here, other = desk(house), file_ticket(house)
    neighbour = house.people["neighbour"]
    assert 'id="beside"' not in page(here)
    assert here.do("tag", name="CNC").status_code == 302
    assert here.do("watch", person=neighbour.pk).status_code == 302
    assert here.do("link", kind="caused_by", number=other.number).status_code == 302
    assert here.do("to-do", text="Ask the foundry").status_code == 302
    text = page(here)
    for words in ("cnc", "Nils Granne", "Caused by", other.number, "Ask the foundry", "0/1"):
        assert words in text
    assert (
        "Is the cause of" in here.client.get(reverse("desk:ticket", args=[house.slug, other.number])).content.decode()
    )
    assert '<option value="cnc">' in here.form("tag")
    with enter(house.scope()):
        item, link = ChecklistItem.objects.get(), TicketLink.objects.get()
    assert here.do("tick", item=item.pk).status_code == 302
    assert "1/1" in page(here)
    for deed, fields in (
        ("drop", {"item": item.pk}),
        ("unlink", {"link": link.pk}),
        ("unwatch", {"person": neighbour.pk}),
        ("untag", {"name": "cnc"}),
    ):
        assert here.do(deed, **fields).status_code == 302
    assert 'id="beside"' not in page(here)


def test_what_is_not_there_and_what_one_may_not_see_are_refused_alike(
    world: World, desk: Callable[..., Desk], file_ticket: FileTicket
) -> None:
    here, theirs = desk(world.mastercam), file_ticket(world.optocraft)
    answers = [here.do("link", kind="blocks", number=number) for number in (theirs.number, "MC-2026-999999", "\u0000")]
    assert {answer.status_code for answer in answers} == {422}
    assert all("There is no such ticket." in answer.content.decode() for answer in answers[:2])
    strangers = [world.mastercam.people["stranger"].pk, world.optocraft.people["agent"].pk, 10**15]
    assert {here.do("watch", person=key).status_code for key in strangers} == {422}
    assert here.do("tag", name="two words").status_code == 422
    assert "two words" in here.do("tag", name="two words").content.decode()
    for deed in ("tick", "drop", "unlink", "unwatch"):
        assert here.do(deed, item="x", link="-1", person="9" * 30).status_code == 422


@pytest.mark.usefixtures("each_wall")
def test_a_partner_sees_his_own_and_no_names_of_the_vendors_watchers(
    world: World, desk: Callable[..., Desk], client_of: Callable[..., Client]
) -> None:
    house = world.optocraft
    here = desk(house, "agent", "stranger")
    here.do("tag", name="secret")
    here.do("to-do", text="Check their invoice")
    here.do("watch", person=house.people["supervisor"].pk)
    partner = Desk(client_of(house.user("partner")), house, here.ticket)
    text = page(partner)
    for words in ("secret", "Check their invoice", house.people["supervisor"].name, "Added a tag", "Watches this"):
        assert words not in text
    assert "secret" not in partner.form("tag")
    assert partner.do("tag", name="mine").status_code == 302
    assert "mine" in page(partner)
    assert ">mine<" not in page(here)


def test_it_costs_the_page_no_question(world: World, desk: Callable[..., Desk], asked: Any) -> None:
    here = desk(world.mastercam, "supervisor")
    page(here)
    with asked() as empty:
        page(here)
    for name in ("one", "two", "three"):
        here.do("tag", name=name)
        here.do("to-do", text=name)
    here.do("watch", person=world.mastercam.people["neighbour"].pk)
    page(here)
    with asked() as full:
        page(here)
    assert len(questions(full)) == len(questions(empty)) <= 19


def test_a_ticket_is_merged_into_another_and_points_to_it(
    world: World, desk: Callable[..., Desk], file_ticket: FileTicket, client_of: Callable[..., Client]
) -> None:
    house = world.mastercam
    target, stranger = file_ticket(house), file_ticket(house, "stranger")
    here = desk(house, "agent", "neighbour")
    for number in (stranger.number, file_ticket(world.optocraft).number, here.ticket.number, "none"):
        answer = here.do("merge", number=number)
        assert answer.status_code == 422
        assert number in answer.content.decode()
    assert here.do("merge", number=target.number).status_code == 302
    assert f"/{target.number}/" in page(here)
    there = page(Desk(here.client, house, target))
    assert "Said on a ticket that was merged into this one" in there
    assert "Took in another ticket" in there
    assert "Nils Granne" in there
    customer = client_of(house.user("neighbour"))
    own = customer.get(reverse("portal:ticket", args=here.args)).content.decode()
    assert reverse("portal:ticket", args=[house.slug, target.number]) in own
    assert customer.get(reverse("portal:ticket", args=[house.slug, target.number])).status_code == 200
