"""What is suggested while somebody types a search, and what must not be."""

from __future__ import annotations

from typing import Any

import pytest

from kernel import clock
from kernel.tenancy.scope import enter
from sla.policies import books
from tests.desk.conftest import FileTicket, questions
from tests.world import House, World
from tickets.models import TicketTag
from tickets.search.completion import complete
from vendors.access import scope_of


def suggested(house: House, text: str, who: str = "agent", caret: int | None = None) -> list[str]:
    """The texts with each suggestion in its place."""
    member = house.member(who)
    with enter(scope_of([member])):
        held = books({house.id}, clock.now())
        found = complete(text, len(text) if caret is None else caret, [member], held)
    return [f"{text[: one.start]}{one.text}{text[one.end :]}" for one in found]


def test_keys_and_values_are_completed_where_the_caret_stands(world: World) -> None:
    house = world.mastercam
    assert suggested(house, "ass") == ["assignee:"]
    assert suggested(house, "toolpath -wai") == ["toolpath -waiting<"]
    assert suggested(house, "is:br") == ["is:breached"]
    assert suggested(house, "is:br x", caret=5) == ["is:breached x"]
    assert suggested(house, "prio:p") == ["prio:P1", "prio:P2", "prio:P3", "prio:P4"]
    assert suggested(house, 'customer:"Nordic T') == [f'customer:"{house.customer.name}"']
    assert suggested(house, "assignee:m")[0] == "assignee:me"
    assert suggested(house, "serial:N-1001") == ["serial:N-1001"]
    assert suggested(house, "vendor:") == ["vendor:mastercam"]
    for nothing in ("", "x:y", "due:2", '"', "\0", "serial:\0", "-", "a:b:c"):
        assert isinstance(suggested(house, nothing), list)


@pytest.mark.usefixtures("each_wall")
def test_a_partner_is_suggested_nothing_of_the_vendors(world: World, file_ticket: FileTicket) -> None:
    house = world.onyx
    routed, others = file_ticket(house, "stranger", topic=""), file_ticket(house, "customer")
    assert suggested(house, f"number:{routed.number}", "partner") == [f"number:{routed.number}"]
    assert suggested(house, f"number:{others.number}", "partner") == []
    with enter(house.scope()):
        TicketTag.objects.create(ticket=routed, name="secret", at=clock.now())
    assert suggested(house, "tag:se") == ["tag:secret"]
    assert suggested(house, "tag:se", "partner") == []
    agent = house.people["agent"].name
    assert not [text for text in suggested(house, f'assignee:"{agent}', "partner") if agent in text]


def test_no_suggestion_asks_more_than_one_question(world: World, asked: Any) -> None:
    member = world.mastercam.member("agent")
    with enter(scope_of([member])):
        held = books({member.vendor_id}, clock.now())
        for key in ("vendor", "assignee", "tag", "number", "customer", "team", "product", "serial", "is", "site"):
            with asked() as captured:
                complete(f"{key}:a", len(key) + 2, [member], held)
            assert len(questions(captured)) <= 1, key
