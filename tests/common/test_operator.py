"""What the operator sees beside the outbox: deadlines that could not be computed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from django.test import Client

from kernel.tenancy.scope import enter
from sla.models import Timeline
from tests.world import World
from vendors.models import User


def test_the_operator_sees_which_deadlines_could_not_be_computed_and_nobody_else_does(
    world: World, client_of: Callable[[User], Client]
) -> None:
    with enter(world.mastercam.scope()):
        Timeline.objects.create(trouble="HorizonError: 2041", wake_at=datetime(2026, 11, 22, tzinfo=UTC))
    page = client_of(world.operator).get("/operator/outbox/")
    assert "HorizonError: 2041" in page.content.decode()
    assert client_of(world.mastercam.user("admin")).get("/operator/outbox/").status_code == 404
