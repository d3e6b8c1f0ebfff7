"""Tickets as they come in, and the worker's part of their life."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kernel import clock
from kernel.tenancy.scope import Scope, enter
from sla.loop import sweep
from tests.world import House, World
from tickets import services
from tickets.ladder import act
from tickets.models import Message, Ticket
from tickets.queries.clocks import clocks_now
from vendors.models import User

FileTicket = Callable[..., Ticket]
ClientOf = Callable[[User], Client]


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


class Desk:
    """A person at the desk of one ticket."""

    def __init__(self, client: Client, house: House, ticket: Ticket) -> None:
        self.client, self.house, self.key = client, house, ticket.pk
        self.args = [house.slug, ticket.number]

    def do(self, deed: str, **fields: Any) -> Any:
        """Send a form."""
        return self.client.post(reverse("desk:act", args=[*self.args, deed]), fields)

    def form(self, deed: str) -> str:
        """The form of a deed, as the page fetches it when it is opened."""
        answer = self.client.get(reverse("desk:act", args=[*self.args, deed]), headers={"hx-request": "true"})
        assert answer.status_code == 200
        return str(answer.content.decode())

    def write(self, kind: str, body: str, **fields: Any) -> Any:
        """Send a reply or a note."""
        return self.client.post(reverse("desk:message", args=self.args), {"kind": kind, "body": body} | fields)

    @property
    def ticket(self) -> Ticket:
        """The ticket as it is now."""
        with enter(self.house.scope()):
            found: Ticket = Ticket.objects.select_related("assignee", "serving_house").get(pk=self.key)
            return found

    def clocks(self) -> dict[tuple[str, int], str]:
        """The status of each clock now."""
        with enter(self.house.scope()):
            folded = clocks_now(self.ticket, clock.now())
        return {(c.kind, c.cycle): c.status for c in folded.clocks} if folded else {}

    def last(self) -> Message:
        """The last message."""
        with enter(self.house.scope()):
            found: Message = Message.objects.filter(ticket=self.key).latest("id")
            return found


@pytest.fixture
def desk(world: World, client_of: ClientOf, file_ticket: FileTicket) -> Callable[..., Desk]:
    def made(house: House, who: str = "agent", customer: str = "customer", **fields: Any) -> Desk:
        return Desk(client_of(house.user(who)), house, file_ticket(house, customer, **fields))

    return made
