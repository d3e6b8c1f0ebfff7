"""What is said, and what it means for the clocks (M7, M8, M11, O5)."""

from datetime import date, timedelta

import pytest

from kernel.tenancy.scope import enter
from tests.tickets.lives import MONDAY, Life, acting, utc
from tests.world import World
from tickets import services
from tickets.access import readable_messages
from tickets.models import Message
from tickets.vocabulary import Refused

SOON = date(2026, 3, 4)


def test_answering_an_unassigned_ticket_takes_it_and_counts(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files(claimed_priority="P1")
    life.go(hours=1).does("agent", services.reply, ticket_id=ticket.pk, body="We look at it.")
    response = life.clock(ticket, "response")
    assert (response.status, response.ended_at, response.breached_at) == ("ended", life.now, None)
    ticket = life.ticket(ticket)
    assert (ticket.assignee_id, ticket.state) == (life.house.people["agent"].pk, "open")
    assert life.events(ticket)[-2:] == ["assigned", "responded"]
    assert ("customer", "reply") in life.told(ticket)


def test_a_note_is_no_response_and_stays_inside_its_house(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files()
    life.does("agent", services.note, ticket_id=ticket.pk, body="Between us")
    assert life.clock(ticket, "response").status == "running"
    assert [m.visibility for m in life.messages(ticket)] == ["public", "internal"]
    with acting(life.house, "customer") as customer:
        assert list(
            Message.objects.filter(readable_messages(customer), ticket=ticket).values_list("body", flat=True)
        ) == ["It stops when I save."]
        assert Message.objects.filter(ticket=ticket).count() == 1, "the database does not hand it out either"
    assert life.told(ticket) == [("customer", "received")]


def test_only_a_qualified_reply_acknowledges_at_optocraft(world: World) -> None:
    life = Life(world.optocraft)
    ticket = life.files()
    life.go(hours=1).does("agent", services.reply, ticket_id=ticket.pk, body="Thank you, we look at it.")
    assert life.clock(ticket, "response").status == "running"
    life.go(hours=1).does(
        "agent",
        services.reply,
        ticket_id=ticket.pk,
        body="We received it.",
        qualified=True,
        next_steps="We measure it again.",
        next_steps_on=SOON,
    )
    assert life.clock(ticket, "response").ended_at == MONDAY + timedelta(hours=2)


def test_a_qualified_reply_needs_next_steps_and_a_date_to_come(world: World) -> None:
    life = Life(world.optocraft)
    ticket = life.files()
    for words, field in (
        ({"next_steps_on": SOON}, "next_steps"),
        ({"next_steps": "We call."}, "next_steps_on"),
        ({"next_steps": "We call.", "next_steps_on": date(2026, 2, 27)}, "next_steps_on"),
    ):
        with pytest.raises(Refused) as refusal:
            life.does("agent", services.reply, ticket_id=ticket.pk, body="Hello", qualified=True, **words)
        assert refusal.value.field == field
    assert life.clock(ticket, "response").status == "running"


def test_the_resolution_clock_stands_still_while_a_question_waits(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files(claimed_priority="P1")
    life.does("agent", services.set_priority, ticket_id=ticket.pk, priority="P1")
    life.go(hours=1).does("agent", services.reply, ticket_id=ticket.pk, body="Which file?", ask=True)
    waiting = life.clock(ticket, "resolution")
    assert (life.ticket(ticket).state, waiting.status, waiting.due_at) == ("waiting", "paused", None)
    life.go(days=7)
    assert life.crossings(ticket) == []
    life.does("customer", services.customer_writes, ticket_id=ticket.pk, body="part.mcam")
    going = life.clock(ticket, "resolution")
    assert (life.ticket(ticket).state, going.status) == ("open", "running")
    assert going.elapsed == 3600
    assert going.due_at == utc("2026-03-09 16:00"), "seven hours left from 10:00 in Stockholm"
    assert ("agent", "customer_wrote") in life.told(ticket)


def test_waiting_needs_a_question_and_no_other_act_sets_it(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files()
    with pytest.raises(Refused):
        life.does("agent", services.reply, ticket_id=ticket.pk, body=" ", ask=True)
    life.does("agent", services.wait_for_third_party, ticket_id=ticket.pk)
    assert life.ticket(ticket).state == "third_party"
    assert "waiting_for_customer" not in life.events(ticket)


def test_waiting_for_a_third_party_pauses_nothing(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files()
    life.does("agent", services.set_priority, ticket_id=ticket.pk, priority="P1")
    life.does("agent", services.wait_for_third_party, ticket_id=ticket.pk)
    assert life.clock(ticket, "resolution").status == "running"
    life.does("agent", services.go_on, ticket_id=ticket.pk)
    assert life.ticket(ticket).state == "open"


def test_status_updates_are_paced_by_a_quarter_of_the_resolution_time(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files()
    life.does("agent", services.set_priority, ticket_id=ticket.pk, priority="P1")
    life.does("agent", services.reply, ticket_id=ticket.pk, body="We look at it.")
    update = life.clock(ticket, "update")
    assert (update.due_at, update.promised) == (MONDAY + timedelta(hours=2), False)
    life.go(hours=1).does("agent", services.reply, ticket_id=ticket.pk, body="Still looking.")
    with enter(life.house.scope()):
        clocks = [row for row in life.clocks(ticket) if row[0] == "update"]
    assert life.clock(ticket, "update", max(cycle for _, cycle, _ in clocks)).due_at == MONDAY + timedelta(hours=3)
    life.go(hours=2, minutes=1)
    assert [(c.kind, c.percent) for c in life.crossings(ticket)] == [("update", 100)]
    assert life.told(ticket)[-1] == ("agent", "rung")


def test_an_answer_by_phone_logged_later_is_for_who_may_correct_history(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files(claimed_priority="P1")
    life.go(hours=3)
    with pytest.raises(Refused, match="supervisor"):
        life.does("agent", services.reply, ticket_id=ticket.pk, body="I called", at=MONDAY + timedelta(hours=1))


def test_an_earlier_answer_heals_the_breach_and_its_rungs_stay_superseded(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files(claimed_priority="P1")
    life.go(minutes=91).go(minutes=60)
    assert [c.percent for c in life.crossings(ticket)] == [75, 100]
    assert life.clock(ticket, "response").breached_at == MONDAY + timedelta(hours=2)
    call = MONDAY + timedelta(hours=1)
    life.does("supervisor", services.reply, ticket_id=ticket.pk, body="I called at ten.", at=call)
    response = life.clock(ticket, "response")
    assert (response.ended_at, response.breached_at, response.status) == (call, None, "ended")
    assert [(c.percent, c.superseded_at) for c in life.crossings(ticket)] == [(75, life.now), (100, life.now)]
    life.go(days=1)
    assert [c.kind for c in life.crossings(ticket)] == ["response", "response", "update"], "nothing fires again"


def test_an_answer_can_not_lie_in_the_future_nor_before_the_request(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files()
    with pytest.raises(Refused) as refusal:
        life.does("supervisor", services.reply, ticket_id=ticket.pk, body="Soon", at=MONDAY + timedelta(hours=1))
    assert refusal.value.field == "at"
    with pytest.raises(Refused):
        life.does("supervisor", services.reply, ticket_id=ticket.pk, body="Early", at=MONDAY - timedelta(hours=1))


def test_a_void_takes_back_an_event_and_the_clock_goes_on(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files(claimed_priority="P1")
    life.go(hours=1).does("agent", services.reply, ticket_id=ticket.pk, body="For another ticket, sorry")
    assert life.clock(ticket, "response").status == "ended"
    wrong = life.event(ticket, "responded")
    with pytest.raises(Refused):
        life.does("agent", services.correct_history, ticket_id=ticket.pk, event_id=wrong)
    life.does("supervisor", services.correct_history, ticket_id=ticket.pk, event_id=wrong)
    response = life.clock(ticket, "response")
    assert (response.status, response.due_at) == ("running", utc("2026-03-02 10:00"))
    assert life.verbs(ticket)[-1] == "history_corrected"
    other = life.files()
    with pytest.raises(Refused, match="no such event"):
        life.does("supervisor", services.correct_history, ticket_id=other.pk, event_id=wrong)


def test_missing_information_that_arrives_starts_the_resolution_time(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files(item=None, site=world.mastercam.site)
    life.does("agent", services.set_priority, ticket_id=ticket.pk, priority="P1")
    life.go(hours=1).does("agent", services.reply, ticket_id=ticket.pk, body="Which licence?", ask=True)
    assert "resolution" not in {kind for kind, _, _ in life.clocks(ticket)}
    life.go(hours=1).does("customer", services.customer_writes, ticket_id=ticket.pk, body="I'll look")
    assert not life.ticket(ticket).information_complete
