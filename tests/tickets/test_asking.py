"""Asking the customer for just what is missing (O8, M8): in his language, and only clocks that the policy pauses stand still."""

from __future__ import annotations

import pytest

from kernel.tenancy.scope import enter
from sla.engine.policy import Rules
from sla.policies import rules
from tests.tickets.lives import Life
from tests.world import House, World
from tickets import services
from tickets.vocabulary import Refused


def current_rules(house: House) -> Rules:
    """The engine's rules of a house."""
    with enter(house.scope()):
        return rules(house.id)


def test_one_call_asks_in_the_customers_language_and_waits(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files(language="sv", item=None)
    life.go(hours=1).does("agent", services.ask_for_missing, ticket_id=ticket.pk)
    message = life.messages(ticket)[-1]
    assert (message.visibility, message.by_staff, message.language) == ("public", True, "sv")
    assert message.body.startswith("För att komma vidare")
    assert "– Licensnummer" in message.body
    assert "{missing}" not in message.body
    ticket = life.ticket(ticket)
    assert (ticket.state, ticket.assignee_id) == ("waiting", life.house.people["agent"].pk)
    assert life.events(ticket)[-3:] == ["assigned", "responded", "waiting_for_customer"]
    assert ("customer", "reply") in life.told(ticket)


def test_only_what_was_chosen_is_asked_for(world: World) -> None:
    life = Life(world.optocraft)
    ticket = life.files(language="de", item=None)
    life.does("agent", services.ask_for_missing, ticket_id=ticket.pk, keys=["serial_number"])
    body = life.messages(ticket)[-1].body
    assert "Seriennummer" in body
    assert "SVN" not in body
    assert "–" not in body, "one thing needs no list"


def test_a_question_among_them_keeps_its_mark_and_no_full_stop_follows(world: World) -> None:
    life = Life(world.optocraft)
    ticket = life.files(language="en", item=None)
    life.does("agent", services.ask_for_missing, ticket_id=ticket.pk)
    body = life.messages(ticket)[-1].body
    assert "?." not in body
    assert "?," not in body
    assert "\n– " in body


def test_no_response_clock_pauses_for_it(world: World) -> None:
    life = Life(world.optocraft)
    ticket = life.files(item=None)
    due = life.clock(ticket, "response").due_at
    life.does("agent", services.ask_for_missing, ticket_id=ticket.pk)
    life.go(hours=3)
    response = life.clock(ticket, "response")
    assert (response.status, response.due_at, response.paused_at) == ("running", due, None)
    for house in world.houses:
        response_rule = current_rules(house).policies[-1].clock("response")
        assert response_rule is None or not response_rule.pauses_while_waiting


def test_nothing_pauses_at_optocraft(world: World) -> None:
    life = Life(world.optocraft)
    ticket = life.files(item=None)
    life.does("agent", services.ask_for_missing, ticket_id=ticket.pk)
    assert life.ticket(ticket).state == "waiting"
    assert {status for _kind, _cycle, status in life.clocks(ticket)} == {"running"}


def test_at_mastercam_what_the_policy_pauses_does(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files(claimed_priority="P2", item=None)
    life.go(hours=1).does("agent", services.ask_for_missing, ticket_id=ticket.pk)
    life.go(hours=2)
    assert life.clock(ticket, "update").status == "paused"
    life.does("agent", services.set_priority, ticket_id=ticket.pk, priority="P2")
    life.does("agent", services.declare_information_complete, ticket_id=ticket.pk)
    assert life.clock(ticket, "resolution").status == "paused"
    assert life.clock(ticket, "response").status == "ended"


def test_nothing_is_asked_where_nothing_is_missing_or_chosen(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files(item=None)
    with pytest.raises(Refused, match="Choose"):
        life.does("agent", services.ask_for_missing, ticket_id=ticket.pk, keys=[])
    with pytest.raises(Refused, match="Choose"):
        life.does("agent", services.ask_for_missing, ticket_id=ticket.pk, keys=["nonsense"])
    life.does("agent", services.declare_information_complete, ticket_id=ticket.pk)
    with pytest.raises(Refused, match="Nothing is missing"):
        life.does("agent", services.ask_for_missing, ticket_id=ticket.pk)
    assert life.ticket(ticket).state == "new"


def test_who_may_not_answer_may_not_ask(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files(item=None)
    for who in ("customer", "partner", "stranger"):
        with pytest.raises(Refused):
            life.does(who, services.ask_for_missing, ticket_id=ticket.pk)
