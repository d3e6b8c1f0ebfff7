"""Tickets as they come in, and the worker's part of their life."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kernel import clock
from kernel.tenancy.scope import Scope, enter
from sla.loop import sweep
from tests.world import House
from tickets import services
from tickets.ladder import act
from tickets.models import Ticket

FileTicket = Callable[..., Ticket]


@pytest.fixture
def file_ticket() -> FileTicket:
    """File a request of a customer at a house."""

    def file(house: House, who: str = "customer", *, hours_ago: float = 0, **fields: Any) -> Ticket:
        words = {"subject": "The toolpath is wrong", "body": "It cuts into the fixture.", "language": "en"} | fields
        at = clock.now() - timedelta(hours=hours_ago)
        with enter(house.scope()), clock.moved_to(at):
            request = services.Request(requester=house.people[who], **words)
            return services.file_ticket(by=house.member(who), request=request)

    return file


@pytest.fixture
def work() -> Callable[[House], None]:
    """Let a worker compute the clocks and fire the rungs of a house."""

    def swept(house: House) -> None:
        while sweep(house.id, act):
            pass

    return swept


@pytest.fixture
def asked() -> Callable[[], CaptureQueriesContext]:
    """Count the questions to the database."""
    return lambda: CaptureQueriesContext(connection)


def questions(captured: CaptureQueriesContext) -> list[str]:
    """What was asked: without savepoints and without telling the database its scope, which ask nothing."""
    words = ("SAVEPOINT", "RELEASE", "ROLLBACK", "SELECT set_config", "BEGIN", "COMMIT")
    return [query["sql"] for query in captured.captured_queries if not query["sql"].startswith(words)]


@pytest.fixture
def inside() -> Iterator[Callable[[House], None]]:
    """Enter the scope of a house for the rest of the test."""
    from contextlib import ExitStack

    with ExitStack() as stack:

        def entered(house: House) -> None:
            stack.enter_context(enter(Scope.of(house.id)))

        yield entered
