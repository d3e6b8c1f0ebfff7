"""How it was solved, in the customer's word: once, changeable for a while, shown to staff and counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail

from kernel import clock
from kernel.audit.models import AuditEntry
from kernel.outbox.services import deliver
from kernel.tenancy.scope import enter
from tests.portal.conftest import url
from tests.tickets.lives import acting
from tests.world import House, World
from tickets import services
from tickets.models import Notification, State, Ticket, TicketRating

MONDAY = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)


@pytest.fixture
def solved(world: World, filed: Any, by_staff: Any) -> Ticket:
    """A request of Mastercam's customer that its agent has resolved."""
    with clock.moved_to(MONDAY):
        ticket: Ticket = filed(world.mastercam)
        by_staff(world.mastercam, services.resolve, ticket, outcome="fixed", body="A new post does it")
    return ticket


def rates(client: Any, house: House, ticket: Ticket, grade: str = "well", comment: str = "", days: int = 1) -> Any:
    with clock.moved_to(MONDAY + timedelta(days=days)):
        return client.post(url(house, ticket, "rate"), {"grade": grade, "comment": comment})


def held(house: House) -> list[tuple[str, str]]:
    with enter(house.scope()):
        return list(TicketRating.objects.values_list("grade", "comment"))


def told(house: House) -> set[str]:
    """Who was told of a rating, by short name."""
    with enter(house.scope()):
        keys = set(Notification.objects.filter(kind="rated").values_list("person_id", flat=True))
    return {who for who, person in house.people.items() if person.pk in keys}


def test_a_resolved_request_is_rated_once_and_changed_for_thirty_days(
    world: World, customer: Any, solved: Ticket
) -> None:
    house, client = world.mastercam, customer(world.mastercam)
    assert rates(client, house, solved, "well").status_code == 302
    assert rates(client, house, solved, "partly", "The second part still sticks", days=20).status_code == 302
    assert held(house) == [("partly", "The second part still sticks")]
    seen = client.get(url(house, solved)).content.decode()
    assert "Partly solved" in seen
    assert "The second part still sticks" in seen
    late = rates(client, house, solved, "not", days=30)
    assert late.status_code == 422
    assert "too long ago" in late.content.decode()
    assert held(house) == [("partly", "The second part still sticks")]


@pytest.mark.parametrize(("grade", "comment"), [("", "x"), ("bad", ""), ("well", "x" * 2001), ("well", "\0")])
def test_what_is_no_rating_is_refused_and_nothing_typed_is_lost(
    world: World, customer: Any, solved: Ticket, grade: str, comment: str
) -> None:
    house = world.mastercam
    refused = rates(customer(house), house, solved, grade, comment)
    assert refused.status_code == 422
    assert comment.strip("\0")[:100] in refused.content.decode()
    assert held(house) == []


def test_only_what_is_solved_is_rated_and_by_who_decides(
    world: World, customer: Any, filed: Any, solved: Ticket
) -> None:
    house = world.mastercam
    open_one = filed(house)
    assert rates(customer(house), house, open_one).status_code == 422
    customer(house).post(url(house, solved, "participants"), {"person": house.people["neighbour"].pk})
    assert 'id="rating"' not in customer(house, "neighbour").get(url(house, solved)).content.decode()
    assert rates(customer(house, "neighbour"), house, solved).status_code == 422
    for who in ("stranger", "agent"):
        assert rates(customer(house, who), house, solved).status_code == 404
    assert held(house) == []
    assert rates(customer(house, "customer_admin"), house, solved).status_code == 302


def test_less_than_good_with_a_comment_reaches_who_had_it_and_the_supervisors(
    world: World, customer: Any, solved: Ticket
) -> None:
    house, client = world.mastercam, customer(world.mastercam)
    rates(client, house, solved, "not")
    rates(client, house, solved, "well", "Thank you")
    assert told(house) == set()
    rates(client, house, solved, "not", "It stops again")
    rates(client, house, solved, "not", "It stops again")
    assert told(house) == {"agent", "supervisor"}
    deliver(house.id)
    letters = [letter for letter in mail.outbox if "It stops again" in letter.body]
    assert len(letters) == 2  # each once
    with enter(house.scope()):
        grades = AuditEntry.objects.filter(verb="ticket.rated").order_by("pk").values_list("before", "after")
        assert list(grades) == [
            ({}, {"grade": "not"}),
            ({"grade": "not"}, {"grade": "well"}),
            ({"grade": "well"}, {"grade": "not"}),
        ]


def test_the_mail_of_the_solution_leads_to_the_rating(world: World, solved: Ticket) -> None:
    deliver(world.mastercam.id)
    letter = next(letter for letter in mail.outbox if "A new post does it" in letter.body)
    assert f"{url(world.mastercam, solved)}#rating" in letter.body


def test_confirming_leads_to_the_rating_and_staff_see_it(world: World, customer: Any, solved: Ticket) -> None:
    house, client = world.mastercam, customer(world.mastercam)
    with clock.moved_to(MONDAY + timedelta(hours=1)):
        assert client.post(url(house, solved, "confirm"))["Location"].endswith("#rating")
    rates(client, house, solved, "partly", "Took long")
    desk = customer(house, "agent").get(f"/desk/{house.slug}/{solved.number}/").content.decode()
    assert "Partly solved: Took long" in desk
    with enter(house.scope()):
        assert Ticket.objects.get(pk=solved.pk).state == State.CLOSED


def test_nobody_else_reads_a_rating(world: World, customer: Any, solved: Ticket) -> None:
    house = world.mastercam
    rates(customer(house), house, solved, "not", "Between us")
    for who in ("stranger", "partner"):
        with acting(house, who):
            assert not TicketRating.objects.exists()
    with acting(world.optocraft, "supervisor"):
        assert not TicketRating.objects.exists()


def test_the_managers_figure_counts_the_period_and_leads_to_the_comments(
    world: World, customer: Any, filed: Any, by_staff: Any, solved: Ticket
) -> None:
    house = world.mastercam
    with clock.moved_to(MONDAY):
        others = [filed(house, subject=f"Other {n}") for n in range(2)]
        for other in others:
            by_staff(house, services.resolve, other, outcome="fixed", body="Done")
    rates(customer(house), house, solved, "well")
    rates(customer(house), house, others[0], "not", "It stops again")
    rates(customer(house), house, others[1], "well", days=12)
    manager = customer(house, "management")
    with clock.moved_to(MONDAY + timedelta(days=7, hours=1)):
        assert "1 of 2 ratings" in manager.get("/dashboards/", {"days": 7}).content.decode()
        rows = manager.get("/dashboards/list/", {"figure": "rated", "days": 7}).content.decode()
        assert "It stops again" in rows
        assert "Other 1" not in rows
    with clock.moved_to(MONDAY + timedelta(days=13)):
        assert "2 of 3 ratings" in manager.get("/dashboards/").content.decode()
