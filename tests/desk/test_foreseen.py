"""Before a choice is made the page says which deadlines it would bring: those that the workers then compute."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from interfaces.common.templatetags.ui import absolute
from kernel import clock
from kernel.tenancy.scope import enter
from sla.engine.events import DeclaredUrgent, PriorityAssigned
from sla.models import Clock
from sla.timelines import epoch
from tests.desk.conftest import FileTicket
from tests.desk.test_ticket import at
from tests.world import House, World
from tickets import services
from tickets.models import Ticket
from tickets.queries.ticket_page import read
from tickets.queries.what_if import what_if
from vendors.models import User

ClientOf = Callable[[User], Client]
pytestmark = pytest.mark.django_db
TUESDAY = datetime(2026, 3, 3, 10, tzinfo=ZoneInfo("Europe/Stockholm"))


def form(client: Client, house: House, ticket: Ticket, deed: str) -> str:
    """The form of a deed."""
    return client.get(at(house, ticket, deed), headers={"hx-request": "true"}).content.decode()


def card(page: str, value: str) -> str:
    """What the card of a choice says."""
    found = re.search(rf'<input[^>]*value="{value}"[^>]*>(.*?)</label>', page, re.DOTALL)
    assert found is not None
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split())


def due(house: House, ticket: Ticket, kind: str) -> str:
    """The stored due time of a clock, as the page says it to a reader in Berlin."""
    with enter(house.scope()), timezone.override("Europe/Berlin"):
        return absolute(Clock.objects.get(timeline=ticket.timeline_id, kind=kind).due_at)


def test_each_priority_says_the_deadlines_that_it_then_brings(
    world: World, client_of: ClientOf, file_ticket: FileTicket, work: Any
) -> None:
    house = world.mastercam
    with clock.moved_to(TUESDAY):
        ticket, client = file_ticket(house, item=house.item, claimed_priority="P3"), client_of(house.user("agent"))
        with enter(house.scope()):
            services.declare_information_complete(by=house.member("agent"), ticket_id=ticket.pk)
        page = form(client, house, ticket, "priority")
        said = card(page, "P1")
        assert card(page, "P3").count("no change") == 1, "the claim sets the response target already (M3)"
        client.post(at(house, ticket, "priority"), {"priority": "P1"})
        work(house)
    assert f"Response: due {due(house, ticket, 'response')}" in said
    assert f"Resolution: due {due(house, ticket, 'resolution')}" in said


def test_a_resolution_that_waits_for_information_is_said_to_wait(
    world: World, client_of: ClientOf, file_ticket: FileTicket
) -> None:
    house = world.mastercam
    page = form(client_of(house.user("agent")), house, file_ticket(house), "priority")
    assert "Resolution: starts with the required information" in card(page, "P1")


def test_a_bug_is_said_to_lift_the_resolution_time(world: World, client_of: ClientOf, file_ticket: FileTicket) -> None:
    house = world.mastercam
    ticket = file_ticket(house, item=house.item)
    with enter(house.scope()):
        services.declare_information_complete(by=house.member("agent"), ticket_id=ticket.pk)
        services.set_priority(by=house.member("agent"), ticket_id=ticket.pk, priority="P2")
    page = form(client_of(house.user("agent")), house, ticket, "classify")
    assert "Resolution: lifted" in card(page, "bug")
    assert "Resolution: no change" in card(page, "incident")


def test_urgency_says_when_it_would_be_due(world: World, client_of: ClientOf, file_ticket: FileTicket) -> None:
    house = world.optocraft
    with clock.moved_to(TUESDAY):
        ticket = file_ticket(house)
        page = form(client_of(house.user("agent")), house, ticket, "urgent")
    assert "Qualified acknowledgement: due Wed 4 Mar 2026, 10:00 CET" in page


def test_supposing_changes_nothing(world: World, file_ticket: FileTicket) -> None:
    house = world.mastercam
    ticket = file_ticket(house)
    with enter(house.scope()):
        page = read(house.member("agent"), ticket.number)
        assert page.folded is not None
        now = epoch(page.now)
        assert what_if(page.events, page.rules, now, []) == page.folded
        what_if(page.events, page.rules, now, [PriorityAssigned("P1"), DeclaredUrgent()])
        again = read(house.member("agent"), ticket.number)
        assert [e.id for e in again.events] == [e.id for e in page.events]
        assert again.ticket.priority == ""
