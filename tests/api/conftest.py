"""Programs that call the API as somebody, and tickets to call it about."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from interfaces.common.tokens import issue
from kernel import clock
from kernel.tenancy.scope import enter
from tests.world import House, World
from tickets import services
from tickets.models import Ticket
from vendors.models import User


class Program:
    """A client with a bearer token."""

    def __init__(self, user: User) -> None:
        self.client = Client(headers={"authorization": f"Bearer {issue(user, 'test')}"})

    def get(self, path: str, **query: Any) -> Any:
        """GET below /api/v1/."""
        return self.client.get(f"/api/v1/{path}", query)

    def post(self, path: str, body: Any = None, key: str | None = None) -> Any:
        """POST JSON below /api/v1/, with an Idempotency-Key if given."""
        headers = {"idempotency-key": key} if key else {}
        raw = json.dumps({} if body is None else body)
        return self.client.post(f"/api/v1/{path}", raw, content_type="application/json", headers=headers)


@pytest.fixture
def program_of(world: World) -> Callable[[User], Program]:
    """A program that acts as somebody."""
    return Program


@pytest.fixture
def house(world: World) -> House:
    """The vendor with priorities."""
    return world.mastercam


@pytest.fixture
def ticket(house: House) -> Ticket:
    """A customer's request."""
    return file(house)


def file(house: House, who: str = "customer", subject: str = "Spindle stops", **more: Any) -> Ticket:
    """A request of somebody, filed through the service."""
    with enter(house.scope()):
        request = services.Request(
            requester=house.people[who], subject=subject, body="It stops at 12 000 rpm.", language="en", **more
        )
        return services.file_ticket(by=house.member(who), request=request)


def address(house: House, ticket: Ticket) -> str:
    """The ticket's address below /api/v1/."""
    return f"tickets/{house.slug}/{ticket.number}/"


def ago(**kwargs: float) -> datetime:
    """An instant before now."""
    return clock.now().astimezone(UTC) - timedelta(**kwargs)
