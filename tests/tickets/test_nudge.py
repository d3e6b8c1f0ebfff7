"""Workers are asked once until one has heard; filing asks the database no more than it must."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kernel import clock
from kernel.tenancy.scope import enter
from sla.models import Timeline
from sla.policies import books, current
from tests.world import World
from tickets import nudge
from tickets.services import Request, file_ticket


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The vendors for which a worker was asked."""
    found: list[int] = []

    def send(name: str, kwargs: dict[str, Any], **_: Any) -> None:
        found.append(kwargs["vendor_id"])

    monkeypatch.setattr("tickets.nudge.current_app", SimpleNamespace(send_task=send))
    return found


def test_a_worker_that_was_asked_is_not_asked_again_until_it_has_heard(asked: list[int]) -> None:
    for _ in range(3):
        nudge.nudge(7)
    nudge.nudge(8)
    assert asked == [7, 8]
    nudge.heard(7)
    nudge.nudge(7)
    assert asked == [7, 8, 7]


def test_a_timeline_is_opened_awake_where_the_vendor_serves(world: World) -> None:
    house = world.mastercam
    with enter(house.scope()):
        request = Request(requester=house.people["customer"], subject="It stops", body="At once.", language="en")
        ticket = file_ticket(by=house.member("customer"), request=request)
        timeline = Timeline.objects.get(pk=ticket.timeline_id)
        assert timeline.wake_at == ticket.created_at
        assert timeline.folded_at is None


def test_filing_asks_at_most_thirty_questions(world: World) -> None:
    house = world.mastercam
    request = Request(
        requester=house.people["customer"], item=house.item, subject="It stops", body="At once.", language="en"
    )
    with enter(house.scope()), CaptureQueriesContext(connection) as found:
        file_ticket(by=house.member("customer"), request=request)
    assert len(found) <= 30, "\n".join(query["sql"][:120] for query in found)


def test_versions_are_asked_for_once_a_scope(world: World) -> None:
    house = world.mastercam
    with enter(house.scope()), CaptureQueriesContext(connection) as found:
        for _ in range(2):
            current(house.id)
        books([house.id], clock.now())
    assert sum("sla_policyversion" in query["sql"] for query in found) == 1
