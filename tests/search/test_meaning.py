"""What a search finds: each term, for whom, and what is said of names that nobody bears."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from kernel import clock
from kernel.tenancy.scope import enter
from sla.policies import books
from tests.desk.conftest import FileTicket, questions
from tests.world import House, World
from tickets import services
from tickets.models import Ticket, TicketTag, Watcher
from tickets.queries import queue
from tickets.queries.views import STANDING, counts
from tickets.search.language import WrongQuery, parse
from tickets.search.meaning import Meaning, meaning_of
from vendors.access import Member, memberships, scope_of

pytestmark = pytest.mark.django_db
UTC = ZoneInfo("UTC")


def meant(members: list[Member], text: str) -> Meaning:
    """The meaning of a text for these memberships, now; inside their scope."""
    now = clock.now()
    return meaning_of(parse(text), text, members, books({m.vendor_id for m in members}, now), now, UTC)


def found(house: House, text: str, who: str = "agent") -> set[str]:
    """The numbers that somebody finds."""
    member, now = house.member(who), clock.now()
    with enter(scope_of([member])):
        rules = {key: book.rules for key, book in books({house.id}, now).items()}
        return {row.number for row in queue.page([member], meant([member], text), rules, now).rows}


def do(house: House, what: Callable[..., Any], ticket: Ticket, **call: Any) -> None:
    """Let the agent do something."""
    with enter(house.scope()):
        what(by=house.member("agent"), ticket_id=ticket.pk, **call)


def test_each_term_finds_what_it_says(world: World, file_ticket: FileTicket, work: Any) -> None:
    house = world.mastercam
    mine = file_ticket(house, subject="Spindle stops", claimed_priority="P3", language="de")
    late = file_ticket(house, claimed_priority="P1", hours_ago=400)
    over = file_ticket(house, subject="Spindle noise")
    free = file_ticket(house, claimed_priority="P2")
    do(house, services.assign, mine, assignee_id=house.people["agent"].pk)
    do(house, services.cancel, over, reason="withdrawn")
    do(house, services.reply, mine, body="Which?", ask=True)
    work(house)
    now = clock.now()
    with enter(house.scope()):
        TicketTag.objects.create(ticket=free, name="post", at=now)
        Watcher.objects.create(ticket=free, person=house.people["agent"], at=now)
        Ticket.objects.filter(pk=mine.pk).update(state_at=now - timedelta(days=4))
    names = {mine.number: "mine", late.number: "late", over.number: "over", free.number: "free"}
    for text, expected in {
        "": "mine late free",
        "is:mine": "mine",
        "assignee:me": "mine",
        f'assignee:"{house.people["agent"].name}"': "mine",
        "is:unassigned -is:breached": "free",
        "assignee:nobody": "free",
        "is:breached": "late",
        "-is:breached": "mine free",
        "prio:P3": "mine",
        "prio:P3 prio:p2": "mine free",
        "-prio:P3": "late free",
        "spindle": "mine over",
        "spindle is:open": "mine",
        "state:cancelled": "over",
        "state:any": "mine late over free",
        "waiting>3d": "mine",
        "waiting<3d": "",
        "tag:post": "free",
        "has:tag": "free",
        "no:tag": "mine late",
        "is:watched": "free",
        "watcher:me": "free",
        "lang:de": "mine",
        "created<2020-01-01": "",
        "created>2020-01-01 is:mine": "mine",
        f"number:{free.number[-6:]}": "free",
        "level>0": "late",
        f'customer:"{house.customer.name}" tag:post': "free",
        "vendor:mastercam is:mine": "mine",
        "due<1m": "late",
    }.items():
        assert {names[number] for number in found(house, text)} == set(expected.split()), text


def test_open_hours_are_those_of_each_clocks_calendar(world: World, file_ticket: FileTicket, work: Any) -> None:
    house = world.mastercam
    ticket = file_ticket(house, claimed_priority="P2")  # eight open hours to answer
    work(house)
    for text, expected in {"due<9h": True, "due<7h": False, "due>7h": True, "due>9h": False}.items():
        assert (ticket.number in found(house, text)) is expected, text


@pytest.mark.parametrize(
    ("text", "place", "nearest"),
    [
        ("vendor:mastrcam x", "mastrcam", "vendor:mastercam x"),
        ("prio:P9", "P9", "prio:p1"),
        ("is:mine assignee:Zorro", "Zorro", ""),
    ],
)
def test_names_that_nobody_bears_are_said_so(world: World, text: str, place: str, nearest: str) -> None:
    house = world.mastercam
    with enter(house.scope()), pytest.raises(WrongQuery) as caught:
        meant([house.member("agent")], text)
    assert text[caught.value.start : caught.value.end] == place
    if nearest.startswith("vendor"):
        assert caught.value.nearest == nearest


def test_a_partner_finds_nothing_of_the_vendors_tags(world: World, file_ticket: FileTicket) -> None:
    house = world.onyx
    routed = file_ticket(house, "stranger", topic="")
    with enter(house.scope()):
        TicketTag.objects.create(ticket=routed, name="secret", at=clock.now())
    assert found(house, "", "partner") == {routed.number}
    assert found(house, "tag:secret", "partner") == set()
    assert found(house, "has:tag", "partner") == set()
    assert found(house, "no:tag", "partner") == {routed.number}


def test_ten_views_are_counted_in_one_query_whatever_the_rows(
    world: World, file_ticket: FileTicket, work: Any, asked: Any
) -> None:
    members = list(memberships(world.everywhere.pk))
    house = world.mastercam
    file_ticket(house, claimed_priority="P1", hours_ago=400)
    for _ in range(3):
        file_ticket(house)
    work(house)
    now = clock.now()
    with enter(scope_of(members)):
        views = [meant(members, query) for _, query in STANDING.values()]
        with asked() as captured:
            figures = dict(zip(STANDING, counts(members, views, now), strict=True))
    assert len(questions(captured)) == 1
    assert {key: str(count) for key, count in figures.items()} == {
        "open": "4",
        "mine": "0",
        "unassigned": "3",
        "soon": "0",
        "breached": "1",
        "waiting": "0",
        "assumed": "0",
        "unentitled": "0",
        "defects": "0",
    }


def test_nobody_counts_further_than_the_cap(
    world: World, file_ticket: FileTicket, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = world.mastercam
    for _ in range(3):
        file_ticket(house)
    monkeypatch.setattr("tickets.queries.views.CAP", 2)
    with enter(house.scope()):
        [count] = counts([house.member("agent")], [meant([house.member("agent")], "")], clock.now())
    assert str(count) == "2+"
