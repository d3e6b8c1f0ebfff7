"""“Next”: which ticket it opens, what it passes over, and what it says when there is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from interfaces.common.presence import touch
from kernel.tenancy.scope import enter
from tests.desk.conftest import FileTicket, questions
from tests.world import House, World
from tickets import services
from tickets.models import Ticket
from vendors import staffing
from vendors.models import Person, User

ClientOf = Callable[[User], Client]
pytestmark = pytest.mark.django_db


def asks(client: Client, **sent: str) -> Any:
    """Next, pressed in the queue, or with something sent."""
    return client.post(reverse("desk:next"), sent) if sent else client.get(reverse("desk:next"))


def number_of(answer: Any) -> str:
    """The number of the ticket to which an answer leads; empty for none."""
    return answer.url.rstrip("/").rpartition("/")[2] if answer.status_code == 302 else ""


def said(answer: Any) -> str:
    """What the answer says."""
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


def do(house: House, who: str, what: Callable[..., Any], ticket: Ticket, **call: Any) -> None:
    """Let somebody do something."""
    with enter(house.scope()):
        what(by=house.member(who), ticket_id=ticket.pk, **call)


def put(house: House, ticket: Ticket, **fields: Any) -> None:
    """Change a ticket's row."""
    with enter(house.scope()):
        Ticket.objects.filter(pk=ticket.pk).update(**fields)


def person(house: House, who: str, **fields: Any) -> None:
    """Say what somebody can."""
    with enter(house.scope()):
        Person.objects.filter(pk=house.people[who].pk).update(**fields)


@pytest.fixture
def house(world: World) -> House:
    """Mastercam's."""
    return world.mastercam


@pytest.fixture
def agent(house: House, client_of: ClientOf) -> Client:
    """Its agent."""
    return client_of(house.user("agent"))


def test_the_most_urgent_of_mine_and_the_unassigned_comes_first(
    house: House, agent: Client, file_ticket: FileTicket, work: Any
) -> None:
    mine, free, others = (file_ticket(house, claimed_priority=p) for p in ("P3", "P2", "P1"))
    do(house, "agent", services.assign, mine, assignee_id=house.people["agent"].pk)
    do(house, "colleague", services.assign, others, assignee_id=house.people["colleague"].pk)
    work(house)
    answer = asks(agent)
    assert number_of(answer) == free.number
    assert "unassigned" in said(answer)
    assert "due in" in said(answer)
    assert "English" in said(answer)
    do(house, "colleague", services.assign, free, assignee_id=house.people["colleague"].pk)
    answer = asks(agent)
    assert number_of(answer) == mine.number
    assert "yours" in said(answer)
    with enter(house.scope()):
        assert Ticket.objects.get(pk=free.pk).assignee_id == house.people["colleague"].pk, "looking takes nothing"


def test_what_waits_for_the_customer_is_not_next_and_the_page_says_so(
    house: House, agent: Client, file_ticket: FileTicket
) -> None:
    ticket = file_ticket(house)
    do(house, "agent", services.reply, ticket, body="Which version?", ask=True)
    answer = asks(agent)
    assert answer.status_code == 200
    assert "1 of yours waits for a customer" in answer.content.decode()


@pytest.mark.parametrize(
    ("fields", "can"),
    [
        ({"language": "sv"}, {"languages": ["en", "de"]}),
        ({"topic": "posts"}, {"skills": ["main"], "languages": ["en"]}),
        ({"level": 1}, {}),
    ],
)
def test_what_i_can_not_do_is_not_next_for_me(
    house: House, agent: Client, client_of: ClientOf, file_ticket: FileTicket, fields: Any, can: Any
) -> None:
    ticket = file_ticket(house)
    put(house, ticket, product=None, **fields)
    person(house, "agent", **can)
    person(house, "supervisor", languages=["en", "sv"])
    answer = asks(agent)
    assert "1 unassigned ticket is for another language, skill, team or level" in answer.content.decode()
    assert number_of(asks(client_of(house.user("supervisor")))) == ticket.number


def test_a_teams_tickets_are_next_for_its_people(
    house: House, agent: Client, client_of: ClientOf, file_ticket: FileTicket
) -> None:
    with enter(house.scope()):
        team = staffing.save_team(
            by=house.member("supervisor"), team_id=None, name="Posts", assignment="by_hand", takes_new=False,
            member_ids=[house.people["colleague"].pk],
        )  # fmt: skip
    ticket = file_ticket(house)
    put(house, ticket, team=team)
    assert number_of(asks(agent)) == ""
    assert number_of(asks(client_of(house.user("colleague")))) == ticket.number


def test_next_on_a_ticket_passes_it_over_until_i_ask_for_it_again(
    house: House, agent: Client, file_ticket: FileTicket, work: Any
) -> None:
    first, second = file_ticket(house, claimed_priority="P1"), file_ticket(house, claimed_priority="P2")
    work(house)
    assert number_of(asks(agent)) == first.number
    assert number_of(asks(agent, skip=f"{house.slug}/{first.number}")) == second.number
    assert number_of(asks(agent)) == second.number
    nothing = asks(agent, skip=f"{house.slug}/{second.number}")
    assert "2 tickets you have passed over" in nothing.content.decode()
    assert number_of(asks(agent, again="1")) == first.number


def test_what_a_colleague_has_open_is_passed_over_and_the_page_says_so(
    house: House, agent: Client, file_ticket: FileTicket, work: Any
) -> None:
    first, second = file_ticket(house, claimed_priority="P1"), file_ticket(house, claimed_priority="P2")
    work(house)
    touch(house.member("agent"), first.pk, replying=True)
    assert number_of(asks(agent)) == first.number, "what I have open myself is no hindrance"
    touch(house.member("colleague"), first.pk, replying=False)
    assert number_of(asks(agent)) == second.number
    touch(house.member("colleague"), second.pk, replying=True)
    assert "2 tickets are open at colleagues" in asks(agent).content.decode()


@pytest.mark.parametrize("skip", ["", "/", "mastercam", "optocraft/OC-2026-000001", "mastercam/\0", "x/y/z"])
def test_passing_over_what_is_not_there_does_nothing(
    house: House, agent: Client, file_ticket: FileTicket, skip: str
) -> None:
    ticket = file_ticket(house)
    assert number_of(agent.post(reverse("desk:next"), {"skip": skip})) == ticket.number


def test_over_several_vendors_the_most_urgent_of_all_comes_first_and_the_switcher_narrows(
    world: World, client_of: ClientOf, file_ticket: FileTicket, work: Any
) -> None:
    slow = file_ticket(world.optocraft, language="en")
    urgent = file_ticket(world.mastercam, claimed_priority="P1")
    for house in (world.optocraft, world.mastercam):
        work(house)
    client = client_of(world.everywhere)
    assert number_of(asks(client)) == urgent.number
    client.post(reverse("set_vendor"), {"vendor": "optocraft", "next": "/"})
    assert number_of(asks(client)) == slow.number


def test_a_partners_agent_gets_what_his_house_serves_and_nothing_of_the_vendors(
    house: House, client_of: ClientOf, file_ticket: FileTicket
) -> None:
    theirs, routed = file_ticket(house), file_ticket(house)
    do(house, "supervisor", services.hand_off, routed, to_house_id=house.partner.pk)
    partner = client_of(house.user("partner"))
    assert number_of(asks(partner)) == routed.number
    nothing = asks(partner, skip=f"{house.slug}/{routed.number}")
    assert nothing.status_code == 200
    assert "another language" not in nothing.content.decode()
    assert number_of(asks(client_of(house.user("agent")))) == theirs.number


def test_customers_have_no_next(house: House, client_of: ClientOf) -> None:
    assert asks(client_of(house.user("customer"))).status_code == 404


def test_the_questions_do_not_grow_with_tickets_or_vendors(
    world: World, client_of: ClientOf, file_ticket: FileTicket, asked: Any
) -> None:
    file_ticket(world.mastercam)
    costs = []
    for client in (client_of(world.mastercam.user("agent")), client_of(world.everywhere)):
        with asked() as captured:
            asks(client)
        costs.append(len(questions(captured)))
        for house in world.houses:
            for _ in range(5):
                file_ticket(house)
    assert costs[0] == costs[1] <= 10
