"""A scratch database full of tickets: its clocks are those that folding gives, and its pages open."""

from collections.abc import Callable, Iterator
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Count, F
from django.test import Client
from pytest_django import DjangoDbBlocker

from kernel.tenancy.models import Tenant
from kernel.tenancy.scope import Scope, enter
from sla.models import Clock, Crossing
from tests import databases
from tickets.machine import ACTIVE
from tickets.models import State, Ticket, TicketNumber
from tickets.services import Request, file_ticket
from tickets.volume import database
from tickets.volume.cast import AGENT
from vendors.access import member_of
from vendors.models import Person, Role, User, Vendor

TICKETS = 900
ClientOf = Callable[[User], Client]


@pytest.fixture(scope="module")
def volume(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The name of a loaded database, to which the application is connected."""
    name = f"test_volume_{uuid4().hex[:12]}"
    with django_db_blocker.unblock():
        call_command("load_volume", tickets=TICKETS, database=name, workers=2, stdout=StringIO())
        with database.as_app(name):
            yield name
        databases.drop(name)


def each_vendor() -> Iterator[int]:
    for key in Tenant.objects.order_by("pk").values_list("pk", flat=True):
        with enter(Scope.of(key)):
            yield key


def test_folding_everything_again_finds_no_difference(volume: str) -> None:
    out = StringIO()
    call_command("sla_rebuild", check=True, stdout=out)
    assert f"{TICKETS} timelines compared, 0 wait for a worker, 0 differences" in out.getvalue()


def test_there_is_something_of_everything(volume: str) -> None:
    states: dict[str, int] = {}
    breached = crossed = 0
    for _ in each_vendor():
        for state, number in Ticket.objects.values_list("state").annotate(n=Count("pk")):
            states[state] = states.get(state, 0) + number
        breached += Clock.objects.exclude(breached_at=None).count()
        crossed += Crossing.objects.count()
    assert sum(states.values()) == TICKETS
    assert set(states) == set(State.values)
    assert TICKETS * 0.2 < sum(states[state] for state in ACTIVE) < TICKETS * 0.4
    assert 0 < breached < crossed


def test_lists_repeat_what_the_workers_folded(volume: str) -> None:
    for _ in each_vendor():
        assert not Ticket.objects.exclude(due_at=F("timeline__due_at")).exclude(
            due_at=None, timeline__due_at=None
        ).exists()  # fmt: skip
        late = Clock.objects.filter(promised=True, status__in=["running", "paused", "lifted"]).exclude(breached_at=None)
        wanted = set(late.values_list("timeline_id", flat=True))
        assert wanted == set(Ticket.objects.filter(breached=True).values_list("timeline_id", flat=True))


def test_numbers_go_on_where_the_loaded_ones_end(volume: str) -> None:
    for _ in each_vendor():
        numbers = set(Ticket.objects.values_list("number", flat=True))
        given = {year: last for year, last in TicketNumber.objects.values_list("year", "last") if last}
        prefix = next(iter(numbers)).partition("-")[0]
        assert numbers == {f"{prefix}-{year}-{n:06d}" for year, last in given.items() for n in range(1, last + 1)}


def test_its_pages_open_for_an_agent_of_all_three(volume: str, client_of: ClientOf) -> None:
    client = client_of(User.objects.get(email=AGENT))
    assert client.get("/desk/").status_code == 200
    for _ in each_vendor():
        ticket = Ticket.objects.annotate(said=Count("messages")).order_by("-said", "pk").first()
        assert ticket is not None
        slug = ticket_slug(ticket)
        page = client.get(f"/desk/{slug}/{ticket.number}/")
        assert page.status_code == 200
        assert ticket.subject in page.content.decode()


def test_a_request_can_be_filed_there(volume: str) -> None:
    for _ in each_vendor():
        asker = Person.objects.filter(role=Role.CUSTOMER_ADMIN).exclude(user=None).first()
        assert asker is not None
        request = Request(requester=asker, subject="One more", body="It hums.", language="en")
        ticket = file_ticket(by=member_of(asker), request=request)
        assert int(ticket.number.rpartition("-")[2]) == TicketNumber.objects.get(year=ticket.created_at.year).last
        transaction.set_rollback(True)


def ticket_slug(ticket: Ticket) -> str:
    return str(Vendor.objects.get(pk=ticket.vendor_id).slug)


def test_a_database_that_is_there_is_left_alone(volume: str) -> None:
    with pytest.raises(CommandError, match="already"):
        call_command("load_volume", tickets=10, database=volume)
