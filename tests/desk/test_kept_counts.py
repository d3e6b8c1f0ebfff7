"""The views' counts are dear: a reader's are kept for some seconds, until he changes something himself."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from redis import RedisError

from interfaces.common import kept
from interfaces.desk import queue
from tests.desk.conftest import FileTicket
from tests.world import World
from vendors.models import User

ClientOf = Callable[[User], Client]


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How often the database was asked for counts."""
    times: list[int] = []
    honest = queue.counts  # type: ignore[attr-defined]  # as the page imports it

    def counts(*args: Any) -> Any:
        times.append(1)
        return honest(*args)

    monkeypatch.setattr(queue, "counts", counts)
    return times


def test_they_are_counted_once_until_one_changes_something(
    world: World, client_of: ClientOf, file_ticket: FileTicket, counted: list[int]
) -> None:
    client = client_of(world.mastercam.user("agent"))
    ticket = file_ticket(world.mastercam)
    for _ in range(2):
        assert client.get("/desk/").status_code == 200
    assert len(counted) == 1
    client.post(f"/desk/mastercam/{ticket.number}/assign/", {"assignee": world.mastercam.people["agent"].pk})
    mine = next(view for view in client.get("/desk/").context["views"] if view["key"] == "mine")
    assert (len(counted), mine["count"]) == (2, "1")


def test_each_reader_has_his_own(world: World, client_of: ClientOf, counted: list[int]) -> None:
    for who in ("agent", "supervisor"):
        client_of(world.mastercam.user(who)).get("/desk/")
    assert len(counted) == 2


def test_without_redis_they_are_counted_each_time(
    world: World, client_of: ClientOf, counted: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: Any) -> Any:
        raise RedisError("nobody there")

    monkeypatch.setattr(kept, "cache", type("Gone", (), {"get": gone, "set": gone, "delete": gone})())
    client = client_of(world.mastercam.user("agent"))
    for _ in range(2):
        assert client.get("/desk/").status_code == 200
    assert len(counted) == 2
