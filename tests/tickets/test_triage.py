"""Assigning, priorities, classes and the machine's refusals (M3, M4, M10)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.tickets.lives import MONDAY, Life, utc
from tests.world import World
from tickets import services
from tickets.models import Ticket
from tickets.vocabulary import Refused

FINE = {"outcome": "fixed", "body": "It works again."}


def triaged(life: Life, priority: str = "P1") -> Ticket:
    ticket = life.files(claimed_priority=priority)
    life.does("agent", services.set_priority, ticket_id=ticket.pk, priority=priority)
    return life.ticket(ticket)


def test_a_ticket_goes_to_colleagues_of_the_house_that_serves_it_only(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files()
    colleague = life.house.people["colleague"].pk
    life.does("agent", services.assign, ticket_id=ticket.pk, assignee_id=colleague)
    assert life.told(ticket)[-1] == ("colleague", "assigned")
    assert life.ticket(ticket).state == "open"
    for outsider in ("customer", "partner"):
        with pytest.raises(Refused, match="no such person"):
            life.does("agent", services.assign, ticket_id=ticket.pk, assignee_id=life.house.people[outsider].pk)
    life.does("agent", services.assign, ticket_id=ticket.pk, assignee_id=None)
    assert life.ticket(ticket).assignee_id is None


def test_given_to_the_same_colleague_twice_within_a_second_he_is_told_twice(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files()
    for person in (life.house.people["colleague"].pk, None, life.house.people["colleague"].pk):
        life.does("agent", services.assign, ticket_id=ticket.pk, assignee_id=person)
    assert life.told(ticket).count(("colleague", "assigned")) == 2


def test_a_raised_priority_counts_from_the_change_and_is_never_late_at_a_stroke(world: World) -> None:
    life = Life(world.mastercam)
    ticket = triaged(life, "P3")
    assert life.clock(ticket, "resolution").target == 48 * 3600
    life.go_to(MONDAY + timedelta(days=1)).does("agent", services.set_priority, ticket_id=ticket.pk, priority="P1")
    resolution = life.clock(ticket, "resolution")
    assert (resolution.base, resolution.target) == (9 * 3600, 8 * 3600)
    assert resolution.due_at == utc("2026-03-03 16:00")
    assert resolution.breached_at is None
    assert life.verbs(ticket)[-1] == "prioritised"


def test_a_bug_lifts_the_resolution_time_and_the_customer_is_told(world: World) -> None:
    life = Life(world.mastercam)
    ticket = triaged(life)
    life.go(hours=1).does("agent", services.classify, ticket_id=ticket.pk, classification="bug")
    assert life.clock(ticket, "resolution").status == "lifted"
    assert life.clock(ticket, "response").status == "running", "the response time still applies"
    assert life.told(ticket)[-1] == ("customer", "lifted")
    life.does("agent", services.classify, ticket_id=ticket.pk, classification="defect")
    assert life.told(ticket).count(("customer", "lifted")) == 1, "it was lifted already"
    life.go(days=2).does("agent", services.classify, ticket_id=ticket.pk, classification="incident")
    going = life.clock(ticket, "resolution")
    assert (going.status, going.elapsed) == ("running", 3600)


def test_resolved_while_lifted_stays_lifted(world: World) -> None:
    life = Life(world.mastercam)
    ticket = triaged(life)
    life.does("agent", services.classify, ticket_id=ticket.pk, classification="bug")
    life.does("agent", services.resolve, ticket_id=ticket.pk, **FINE)
    assert life.clock(ticket, "resolution").status == "lifted"
    assert life.clock(ticket, "response").status == "ended", "resolving is a response"


def test_unknown_words_are_refused_next_to_their_field(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files()
    for service, words, field in (
        (services.set_priority, {"priority": "P7"}, "priority"),
        (services.classify, {"classification": "feature"}, "classification"),
        (services.resolve, {"outcome": "magic", "body": "Done"}, "outcome"),
        (services.cancel, {"reason": "boredom"}, "reason"),
        (services.hand_off, {"to_house_id": life.house.customer.pk}, "to_house"),
        (services.hand_off, {"to_house_id": None}, "to_house"),
    ):
        with pytest.raises(Refused) as refusal:
            life.does("agent", service, ticket_id=ticket.pk, **words)
        assert refusal.value.field == field


def test_the_machine_refuses_what_leads_nowhere(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files()
    for leap in (services.reopen, services.close):
        with pytest.raises(Refused, match="while the ticket is"):
            life.does("agent", leap, ticket_id=ticket.pk)
    life.does("agent", services.resolve, ticket_id=ticket.pk, **FINE)
    late: list[tuple[Callable[..., object], dict[str, Any]]] = [
        (services.resolve, FINE),
        (services.cancel, {"reason": "spam"}),
        (services.reply, {"body": "More"}),
        (services.assign, {"assignee_id": None}),
        (services.set_priority, {"priority": "P1"}),
        (services.wait_for_third_party, {}),
        (services.hand_off, {"to_house_id": life.house.partner.pk}),
    ]
    for service, words in late:
        with pytest.raises(Refused):
            life.does("agent", service, ticket_id=ticket.pk, **words)
    before = life.verbs(ticket)
    assert before[-1] == "resolved", "a refusal leaves no trace"


@pytest.mark.parametrize("who", ["customer", "customer_admin"])
def test_a_customer_does_none_of_the_agents_work(world: World, who: str) -> None:
    life = Life(world.mastercam)
    ticket = life.files()
    for service, words in (
        (services.assign, {"assignee_id": None}),
        (services.set_priority, {"priority": "P1"}),
        (services.classify, {"classification": "bug"}),
        (services.reply, {"body": "I answer myself", "ask": True}),
        (services.note, {"body": "x"}),
        (services.resolve, FINE),
        (services.declare_information_complete, {}),
        (services.settle_zone, {"country": "SE", "time_zone": "Europe/Stockholm"}),
        (services.wait_for_third_party, {}),
        (services.hand_off, {"to_house_id": None}),
        (services.correct_history, {"event_id": 1}),
        (services.cancel, {"reason": "spam"}),
    ):
        with pytest.raises(Refused):
            life.does(who, service, ticket_id=ticket.pk, **words)
    assert life.events(ticket) == ["received", "information_complete"]
