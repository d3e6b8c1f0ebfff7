"""The desk offers to take back what was just done."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.test import Client
from django.urls import reverse

from tests.desk.conftest import Desk
from tests.world import World


def test_a_deed_is_taken_back_with_one_click(
    world: World, desk: Callable[..., Desk], client_of: Callable[..., Client]
) -> None:
    here = desk(world.mastercam, "agent")
    here.do("priority", priority="P1")
    page = here.client.get(reverse("desk:ticket", args=here.args)).content.decode()
    batch = re.search(r'name="batch" value="(\w+)"', page)
    assert batch
    stranger = client_of(world.mastercam.user("colleague"))
    assert stranger.post(reverse("desk:undo"), {"batch": batch[1]}).status_code == 404
    answer = here.client.post(reverse("desk:undo"), {"batch": batch[1], "next": reverse("desk:ticket", args=here.args)})
    assert answer.url == reverse("desk:ticket", args=here.args)  # type: ignore[attr-defined]
    page = here.client.get(answer.url).content.decode()  # type: ignore[attr-defined]
    assert "Taken back." in page
    assert 'name="batch"' not in page


def test_nonsense_takes_nothing_back(world: World, desk: Callable[..., Desk]) -> None:
    here = desk(world.mastercam, "agent")
    for batch in ("", "x" * 40, "../..", "0"):
        assert here.client.post(reverse("desk:undo"), {"batch": batch}).status_code == 404
