"""The ladder, and the customer's own escalation (M12, M13, O19)."""

from datetime import timedelta

import pytest

from kernel.tenancy.scope import enter
from tests.tickets.lives import MONDAY, Life
from tests.tickets.test_triage import triaged
from tests.world import World
from tickets import services
from tickets.models import EscalationRequest, Notification
from tickets.vocabulary import Refused

CAST = {75: {"supervisor"}, 100: {"supervisor"}, 150: {"management", "supervisor"}, 200: {"sponsor", "management"}}


def test_each_rung_fires_once_for_the_instant_it_was_crossed_and_tells_whom_the_file_names(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files(claimed_priority="P1")
    for minutes in (89, 1, 29, 1, 60, 60, 60, 60):
        life.go(minutes=minutes)
    crossed = {c.percent: c.crossed_at for c in life.crossings(ticket)}
    assert crossed == {
        percent: MONDAY + timedelta(minutes=minutes)
        for percent, minutes in ((75, 90), (100, 120), (150, 180), (200, 240))
    }
    assert len(life.crossings(ticket)) == 4
    assert life.verbs(ticket).count("rung_fired") == 4
    told = [who for who, word in life.told(ticket) if word == "rung"]
    assert len(told) == sum(len(people) for people in CAST.values())
    assert set(told) == {"supervisor", "management", "sponsor"}
    with enter(life.house.scope()):
        assert Notification.objects.filter(ticket=ticket, kind="rung").count() == len(told)


def test_an_unassigned_ticket_goes_to_the_supervisor_at_the_end_of_its_time_and_rises(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files(claimed_priority="P1")
    assert life.ticket(ticket).level == 0
    life.go(hours=2)
    found = life.ticket(ticket)
    assert (found.level, found.assignee_id) == (1, life.house.people["supervisor"].pk)
    assert life.go(hours=1).ticket(ticket).level == 2
    assert life.go(hours=1).ticket(ticket).level == 3


def test_an_assigned_ticket_keeps_its_agent_who_is_told(world: World) -> None:
    life = Life(world.mastercam)
    ticket = triaged(life)
    life.does("supervisor", services.assign, ticket_id=ticket.pk, assignee_id=life.house.people["agent"].pk)
    life.go(hours=2)
    assert life.ticket(ticket).assignee_id == life.house.people["agent"].pk
    assert [who for who, word in life.told(ticket) if word == "rung"].count("agent") == 2


def test_a_late_sweep_fires_everything_once_and_records_how_late(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files(claimed_priority="P1")
    life.go(days=3)
    assert [c.percent for c in life.crossings(ticket)] == [75, 100, 150, 200]
    assert {c.noticed_at for c in life.crossings(ticket)} == {life.now}
    assert life.crossings(ticket)[0].crossed_at == MONDAY + timedelta(minutes=90)
    letters = life.told(ticket)
    life.sweep()
    assert life.told(ticket) == letters


def test_p3_never_reaches_the_executive_sponsor(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files(claimed_priority="P3")
    life.go(days=60)
    assert [c.percent for c in life.crossings(ticket)] == [75, 100, 150]


def test_a_customer_asks_for_a_review_and_gets_an_answer(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files()
    request = life.does("customer", services.request_review, ticket_id=ticket.pk, reason="Production stands")
    assert life.told(ticket)[-1] == ("supervisor", "escalation_requested")
    with pytest.raises(Refused, match="under way"):
        life.does("customer", services.request_review, ticket_id=ticket.pk, reason="Once more")
    with pytest.raises(Refused) as refusal:
        life.does("supervisor", services.review, request_id=request.pk, accept=True, answer=" ")
    assert refusal.value.field == "answer"
    with pytest.raises(Refused, match="role"):
        life.does("agent", services.review, request_id=request.pk, accept=True, answer="Yes")
    life.does("supervisor", services.review, request_id=request.pk, accept=True, answer="I call you at noon.")
    assert life.ticket(ticket).level == 1
    assert life.told(ticket)[-1] == ("customer", "reviewed")
    with pytest.raises(Refused, match="already"):
        life.does("supervisor", services.review, request_id=request.pk, accept=False, answer="No")


def test_a_declined_review_leaves_the_level_and_another_can_be_asked_for(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files()
    request = life.does("customer", services.request_review, ticket_id=ticket.pk, reason="Faster please")
    life.does("management", services.review, request_id=request.pk, accept=False, answer="It is on its way.")
    assert life.ticket(ticket).level == 0
    life.does("customer", services.request_review, ticket_id=ticket.pk, reason="Still", executive=True)
    assert {("sponsor", "escalation_requested"), ("supervisor", "escalation_requested")} <= set(life.told(ticket))
    with enter(life.house.scope()):
        assert EscalationRequest.objects.filter(ticket=ticket).count() == 2


def test_nobody_escalates_a_strangers_ticket_or_without_a_reason(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files()
    with pytest.raises(Refused, match="no such ticket"):
        life.does("stranger", services.request_review, ticket_id=ticket.pk, reason="Mine")
    with pytest.raises(Refused) as refusal:
        life.does("customer", services.request_review, ticket_id=ticket.pk, reason="")
    assert refusal.value.field == "reason"
