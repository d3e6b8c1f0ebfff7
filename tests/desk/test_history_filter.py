"""The history next to the conversation, narrowed by what happened and by who did it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.urls import reverse

from tests.desk.conftest import Desk
from tests.world import World


def events(here: Desk, **asked: str) -> str:
    answer = here.client.get(reverse("desk:ticket", args=here.args), asked)
    assert answer.status_code == 200
    return str(answer.content.decode().split('id="history-events"')[1].split("</section>")[0])


@pytest.fixture
def here(world: World, desk: Callable[..., Desk]) -> Desk:
    made = desk(world.mastercam, "agent")
    made.do("priority", priority="P1")
    made.do("assign", assignee=str(world.mastercam.people["colleague"].pk))
    assert made.write("internal", "Hm.").status_code == 302
    return made


@pytest.mark.parametrize(
    ("kind", "shown", "hidden"),
    [
        ("messages", "Wrote an internal note", "Priority"),
        ("clocks", "Priority", "Assignee"),
        ("state", "Assignee", "Wrote an internal note"),
    ],
)
def test_history_is_narrowed_by_what_it_is_about(here: Desk, kind: str, shown: str, hidden: str) -> None:
    assert shown in events(here)
    assert hidden in events(here)
    narrowed = events(here, kind=kind)
    assert shown in narrowed
    assert hidden not in narrowed


def test_history_is_narrowed_by_who_did_it(world: World, here: Desk) -> None:
    customer, agent = (str(world.mastercam.people[who].pk) for who in ("customer", "agent"))
    assert "Filed" in events(here, who=customer)
    assert "Priority" not in events(here, who=customer)
    assert "Filed" not in events(here, who=agent)
    assert "Wrote an internal note" in events(here, who=agent, kind="messages")


def test_nothing_of_a_kind_is_said(here: Desk) -> None:
    assert "Nothing of this kind has happened here." in events(here, kind="corrections")


@pytest.mark.parametrize("asked", [{"kind": "x"}, {"who": "9999999"}, {"who": "\x00"}, {"who": "'--", "kind": "[]"}])
def test_nonsense_shows_everything(here: Desk, asked: dict[str, str]) -> None:
    assert "Filed" in events(here, **asked)
