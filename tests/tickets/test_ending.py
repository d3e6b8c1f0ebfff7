"""How tickets end, begin again and close (M9; domain "Time": cycles, cancelled, frozen)."""

from datetime import date, timedelta

import pytest

from kernel.clock import moved_to
from tests.tickets.lives import MONDAY, Life
from tests.tickets.test_triage import FINE, triaged
from tests.world import World
from tickets import services
from tickets.tasks import close_resolved
from tickets.vocabulary import Refused


def test_resolving_answers_ends_the_clocks_and_tells_the_customer(world: World) -> None:
    life = Life(world.mastercam)
    ticket = triaged(life)
    life.go(hours=1).does("agent", services.resolve, ticket_id=ticket.pk, **FINE)
    assert life.clocks(ticket) == {("response", 1, "ended"), ("resolution", 1, "ended")}
    found = life.ticket(ticket)
    assert (found.state, found.outcome, found.resolved_at) == ("resolved", "fixed", life.now)
    assert life.told(ticket)[-1] == ("customer", "resolved")


def test_a_timeline_needs_its_date_and_not_a_past_one(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files()
    for on in (None, date(2026, 3, 1)):
        with pytest.raises(Refused) as refusal:
            life.does(
                "agent", services.resolve, ticket_id=ticket.pk, outcome="timeline", body="With 2027", outcome_on=on
            )
        assert refusal.value.field == "outcome_on"
    given = date(2026, 6, 1)
    life.does("agent", services.resolve, ticket_id=ticket.pk, outcome="timeline", body="With 2027", outcome_on=given)
    assert life.ticket(ticket).outcome_date == given


def test_resolving_ends_waiting(world: World) -> None:
    life = Life(world.mastercam)
    ticket = triaged(life)
    life.does("agent", services.reply, ticket_id=ticket.pk, body="Which file?", ask=True)
    life.go(days=1).does("agent", services.resolve, ticket_id=ticket.pk, **FINE)
    resolution = life.clock(ticket, "resolution")
    assert (resolution.status, resolution.elapsed) == ("ended", 0)


def test_a_reply_to_a_resolved_ticket_reopens_it_in_a_new_cycle_with_its_full_target(world: World) -> None:
    life = Life(world.mastercam)
    ticket = triaged(life)
    life.go(days=2).does("agent", services.resolve, ticket_id=ticket.pk, **FINE)
    assert life.clock(ticket, "resolution").breached_at is not None
    life.go(hours=1).does("customer", services.customer_writes, ticket_id=ticket.pk, body="Not quite")
    found = life.ticket(ticket)
    assert (found.state, found.resolved_at, found.outcome) == ("open", None, "")
    again = life.clock(ticket, "resolution", 2)
    assert (again.status, again.started_at, again.target, again.breached_at) == ("running", life.now, 8 * 3600, None)
    assert life.clock(ticket, "resolution").breached_at is not None, "what the first cycle missed stays missed"
    # before the ladder reached the supervisor nobody but the ticket's agent had it
    assert {word for _, word in life.told(ticket)[-2:]} == {"reopened", "customer_wrote"}


def test_each_cycle_has_rungs_of_its_own(world: World) -> None:
    life = Life(world.mastercam)
    ticket = triaged(life)
    life.does("agent", services.resolve, ticket_id=ticket.pk, **FINE)
    life.does("customer", services.reopen, ticket_id=ticket.pk)
    life.go_to(MONDAY + timedelta(hours=7))
    assert [(c.kind, c.cycle, c.percent) for c in life.crossings(ticket) if c.kind == "resolution"] == [
        ("resolution", 2, 75)
    ]


def test_it_closes_after_the_vendors_days_without_an_answer(world: World) -> None:
    life = Life(world.mastercam)
    answered, silent = life.files(), life.files()
    for ticket in (answered, silent):
        life.does("agent", services.resolve, ticket_id=ticket.pk, **FINE)
    life.go(days=9).does("customer", services.customer_writes, ticket_id=answered.pk, body="No")
    with moved_to(MONDAY + timedelta(days=10, seconds=-1)):
        close_resolved()
    assert life.ticket(silent).state == "resolved"
    with moved_to(MONDAY + timedelta(days=10)):
        close_resolved()
    assert (life.ticket(silent).state, life.ticket(answered).state) == ("closed", "open")


def test_a_reply_to_a_closed_ticket_makes_a_new_one_linked_to_it(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files()
    life.does("agent", services.resolve, ticket_id=ticket.pk, **FINE)
    life.does("customer", services.close, ticket_id=ticket.pk)
    new = life.go(days=40).does("customer", services.customer_writes, ticket_id=ticket.pk, body="Again!")
    assert (new.follows_id, new.subject, new.state) == (ticket.pk, ticket.subject, "new")
    assert life.clock(new, "response").started_at == life.now
    assert [m.body for m in life.messages(new)] == ["Again!"]
    assert life.ticket(ticket).state == "closed"


def test_cancelling_ends_every_clock_without_met_or_missed(world: World) -> None:
    life = Life(world.mastercam)
    ticket = triaged(life)
    with pytest.raises(Refused):
        life.does("customer", services.cancel, ticket_id=ticket.pk, reason="spam")
    life.go(hours=3).does("customer", services.cancel, ticket_id=ticket.pk, reason="withdrawn")
    assert life.clocks(ticket) == {("response", 1, "cancelled"), ("resolution", 1, "cancelled")}
    assert life.clock(ticket, "response").breached_at == MONDAY + timedelta(hours=2), "a breach before it stays"
    assert life.clock(ticket, "resolution").breached_at is None
    fired = len(life.crossings(ticket))
    assert len(life.go(days=3).crossings(ticket)) == fired


def test_handing_a_ticket_to_a_partner_cancels_the_vendors_clocks_and_back_starts_them_anew(world: World) -> None:
    life = Life(world.optocraft)
    ticket = life.files()
    life.go(hours=1).does("agent", services.hand_off, ticket_id=ticket.pk, to_house_id=life.house.partner.pk)
    assert life.clocks(ticket) == {("response", 1, "cancelled")}
    assert {("partner", "routed"), ("customer", "handed_off")} <= set(life.told(ticket))
    life.does("partner", services.reply, ticket_id=ticket.pk, body="We look at it")
    assert life.clocks(ticket) == {("response", 1, "cancelled")}, "only Optocraft's own time counts"


def test_a_partner_who_handed_on_still_sees_it_but_can_not_hand_it_elsewhere(world: World) -> None:
    life = Life(world.optocraft)
    ticket = life.files()
    life.does("agent", services.hand_off, ticket_id=ticket.pk, to_house_id=life.house.partner.pk)
    life.does("partner", services.hand_off, ticket_id=ticket.pk, to_house_id=None)
    with pytest.raises(Refused, match="Another house"):
        life.does("partner", services.hand_off, ticket_id=ticket.pk, to_house_id=life.house.partner.pk)
