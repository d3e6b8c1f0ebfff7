"""Sentences of the domain that only show when services, engine and ladder act together."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from kernel.clock import moved_to
from kernel.tenancy.scope import enter
from sla.compile import policy_of
from sla.policies import current
from tests.tickets.lives import MONDAY, Life, acting, utc
from tests.tickets.test_triage import FINE, triaged
from tests.world import World
from tickets import services
from tickets.intake import missing_information
from tickets.models import Message
from tickets.queries import figures
from tickets.vocabulary import Refused
from vendors.models import InstalledItem, Organisation, Person, Site

pytestmark = pytest.mark.django_db


def partner_of(life: Life) -> int:
    return life.house.partner.pk


def test_handed_to_a_house_and_back_the_vendors_clocks_start_anew(world: World) -> None:
    life = Life(world.mastercam)
    ticket = triaged(life)
    life.go(minutes=30).does("agent", services.hand_off, ticket_id=ticket.pk, to_house_id=partner_of(life))
    assert life.clocks(ticket) == {("response", 1, "cancelled"), ("resolution", 1, "cancelled")}
    life.go(hours=1).does("partner", services.hand_off, ticket_id=ticket.pk, to_house_id=None)
    assert life.clock(ticket, "response", 2).started_at == life.now
    assert life.clock(ticket, "response", 2).due_at == life.now + timedelta(hours=2)
    assert life.clock(ticket, "resolution", 2).status == "running"
    life.go(minutes=10).does("agent", services.reply, ticket_id=ticket.pk, body="We look at it.")
    assert life.clock(ticket, "response", 2).status == "ended"
    assert life.clock(ticket, "response", 1).status == "cancelled"
    life.does("agent", services.resolve, ticket_id=ticket.pk, **FINE)
    life.does("customer", services.reopen, ticket_id=ticket.pk)
    assert life.clock(ticket, "resolution", 3).status == "running"


def test_a_rung_that_is_noticed_after_its_clock_has_ended_is_recorded_and_calls_nobody(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files(claimed_priority="P1")
    with moved_to(MONDAY + timedelta(hours=3)), acting(life.house, "agent") as by:
        services.reply(by=by, ticket_id=ticket.pk, body="Late, but here.")
    life.go(hours=4)
    assert [c.percent for c in life.crossings(ticket)] == [75, 100]
    assert life.verbs(ticket).count("rung_fired") == 2
    assert [word for _, word in life.told(ticket) if word == "rung"] == []
    assert life.ticket(ticket).level == 0


def test_the_ladder_gives_nobody_of_the_vendor_a_ticket_that_a_partner_serves_by_now(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files(claimed_priority="P1")
    with moved_to(MONDAY + timedelta(hours=3)), acting(life.house, "agent") as by:
        services.hand_off(by=by, ticket_id=ticket.pk, to_house_id=partner_of(life))
    life.go(hours=4)
    assert life.ticket(ticket).assignee_id is None


def test_who_answers_a_ticket_that_another_house_serves_does_not_take_it(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files()
    life.does("agent", services.hand_off, ticket_id=ticket.pk, to_house_id=partner_of(life))
    life.does("agent", services.reply, ticket_id=ticket.pk, body="The partner calls you.")
    assert life.ticket(ticket).assignee_id is None
    life.does("partner", services.reply, ticket_id=ticket.pk, body="I do.")
    assert life.ticket(ticket).assignee_id == life.house.people["partner"].pk


def test_a_reviewers_answer_is_word_from_staff_and_starts_the_update_clock_anew(world: World) -> None:
    life = Life(world.mastercam)
    ticket = triaged(life, "P3")
    life.does("agent", services.reply, ticket_id=ticket.pk, body="We look at it.")
    request = life.go(hours=1).does("customer", services.request_review, ticket_id=ticket.pk, reason="Too slow")
    life.go(hours=1).does("supervisor", services.review, request_id=request.pk, accept=False, answer="Tomorrow.")
    assert life.clock(ticket, "update", 2).started_at == life.now


def test_a_reviewers_answer_does_not_stand_for_the_response(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files(claimed_priority="P1")
    life.does("supervisor", services.assign, ticket_id=ticket.pk, assignee_id=life.house.people["agent"].pk)
    request = life.does("customer", services.request_review, ticket_id=ticket.pk, reason="Nobody answers")
    life.does("supervisor", services.review, request_id=request.pk, accept=True, answer="The agent writes today.")
    assert life.clock(ticket, "response").status == "running"


def test_only_critical_requests_reach_the_executive_sponsor(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files(claimed_priority="P3")
    request = life.does("customer", services.request_review, ticket_id=ticket.pk, reason="Now", executive=True)
    assert not request.executive
    assert ("sponsor", "escalation_requested") not in life.told(ticket)


def test_the_second_review_goes_to_support_management(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files()
    request = life.does("customer", services.request_review, ticket_id=ticket.pk, reason="Faster please")
    life.does("supervisor", services.review, request_id=request.pk, accept=True, answer="At noon.")
    again = life.does("customer", services.request_review, ticket_id=ticket.pk, reason="It is evening")
    assert life.told(ticket)[-1] == ("management", "escalation_requested")
    life.does("management", services.review, request_id=again.pk, accept=True, answer="I take care of it.")
    assert life.ticket(ticket).level == 2


def test_a_file_of_staff_is_not_the_data_that_the_customer_owes(world: World) -> None:
    life = Life(world.optocraft)
    ticket = life.files()

    def missing(who: str) -> set[str]:
        with acting(life.house, who):
            found = missing_information(current(life.house.id), life.ticket(ticket))
            return {field.kind for field in found}

    assert "files" in missing("agent")
    draft = life.does("agent", services.attach, upload=SimpleUploadedFile("plan.png", b"\x89PNG\r\n\x1a\n"))
    life.does("agent", services.note, ticket_id=ticket.pk, body="For us", files=[draft.key])
    assert "files" in missing("agent")
    theirs = life.does("customer", services.attach, upload=SimpleUploadedFile("dark.png", b"\x89PNG\r\n\x1a\n"))
    life.does("customer", services.customer_writes, ticket_id=ticket.pk, body="See", files=[theirs.key])
    assert "files" not in missing("agent")


def test_a_linked_new_ticket_keeps_whose_licence_it_is_about(world: World) -> None:
    life = Life(world.mastercam)
    user = life.house.people["customer_admin"]
    ticket = life.files(by="agent", authorised_user=user)
    life.does("agent", services.resolve, ticket_id=ticket.pk, **FINE)
    life.does("customer", services.close, ticket_id=ticket.pk)
    new = life.does("customer", services.customer_writes, ticket_id=ticket.pk, body="Again.")
    assert new.pk != ticket.pk
    assert (new.follows_id, new.authorised_user_id) == (ticket.pk, user.pk)


def test_the_file_says_who_is_told_while_nobody_has_the_ticket(world: World) -> None:
    with enter(world.mastercam.scope()):
        response = policy_of(current(world.mastercam.id)).clock("response")
    assert response is not None
    assert [(rung.tell, rung.tell_unassigned) for rung in response.rungs][:2] == [
        (("assignee",), ("supervisor",)),
        (("supervisor", "assignee"), ()),
    ]


def test_a_class_found_after_resolving_tells_nobody_that_a_time_is_lifted(world: World) -> None:
    life = Life(world.mastercam)
    ticket = triaged(life)
    life.does("agent", services.resolve, ticket_id=ticket.pk, **FINE)
    life.does("agent", services.classify, ticket_id=ticket.pk, classification="bug")
    assert life.clock(ticket, "resolution").status == "ended"
    assert ("customer", "lifted") not in life.told(ticket)


def test_where_everybody_counts_in_the_vendors_zone_no_zone_is_assumed(world: World) -> None:
    life = Life(world.optocraft)
    with enter(life.house.scope()):
        for model in (Person, Site, Organisation):
            model.objects.update(time_zone="", country="")
        life.house.people["customer"].refresh_from_db()
    ticket = life.files()
    assert life.ticket(ticket).time_zone == "Europe/Berlin"
    assert not life.ticket(ticket).zone_assumed


def test_a_call_counts_from_when_it_came_and_that_lies_within_a_year(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files(by="agent", channel="phone", received_at=utc("2026-02-27 10:00"))
    assert life.clock(ticket, "response").started_at == utc("2026-02-27 10:00")
    assert [m.at for m in life.messages(ticket) if m.visibility == Message.Visibility.PUBLIC] == [
        utc("2026-02-27 10:00")
    ]
    with pytest.raises(Refused) as refusal:
        life.files(by="agent", channel="phone", received_at=utc("1990-02-27 10:00"))
    assert refusal.value.field == "received_at"


def test_a_bug_that_was_late_and_is_resolved_is_not_breached_now(world: World) -> None:
    life = Life(world.mastercam)
    ticket = triaged(life)
    life.go(days=2).does("agent", services.classify, ticket_id=ticket.pk, classification="bug")

    def breached() -> set[str]:
        with enter(life.house.scope()):
            return {clock.kind for clock in figures.clocks([life.house.id], figures.breached_now(life.now))}

    assert breached() == {"response", "resolution"}
    life.does("agent", services.resolve, ticket_id=ticket.pk, **FINE)
    assert life.clock(ticket, "resolution").status == "lifted"
    assert breached() == set()


def test_what_is_taken_back_is_no_longer_said_of_the_ticket(world: World) -> None:
    life = Life(world.mastercam)
    ticket = triaged(life, "P3")
    life.does("agent", services.set_priority, ticket_id=ticket.pk, priority="P1")
    life.does("agent", services.classify, ticket_id=ticket.pk, classification="bug")
    for kind in ("priority_changed", "classified", "information_complete"):
        event = life.event(ticket, kind)
        life.does("supervisor", services.correct_history, ticket_id=ticket.pk, event_id=event)
    found = life.ticket(ticket)
    assert (found.priority, found.classification, found.information_complete) == ("P3", "incident", False)
    assert ("resolution", 1, "running") not in life.clocks(ticket)
    life.does("agent", services.declare_information_complete, ticket_id=ticket.pk)
    assert ("resolution", 1, "running") in life.clocks(ticket)


def test_taking_back_a_question_or_an_end_opens_the_ticket(world: World) -> None:
    life = Life(world.mastercam)
    ticket = triaged(life)
    life.does("agent", services.reply, ticket_id=ticket.pk, body="Which release?", ask=True)
    life.does(
        "supervisor", services.correct_history, ticket_id=ticket.pk, event_id=life.event(ticket, "waiting_for_customer")
    )
    assert life.ticket(ticket).state == "open"
    life.does("agent", services.resolve, ticket_id=ticket.pk, **FINE)
    life.does("supervisor", services.correct_history, ticket_id=ticket.pk, event_id=life.event(ticket, "resolved"))
    found = life.ticket(ticket)
    assert (found.state, found.outcome, found.resolved_at) == ("open", "", None)
    assert life.clock(ticket, "resolution").status == "running"
    life.does("agent", services.cancel, ticket_id=ticket.pk, reason="spam")
    life.does("supervisor", services.correct_history, ticket_id=ticket.pk, event_id=life.event(ticket, "cancelled"))
    assert (life.ticket(ticket).state, life.ticket(ticket).cancel_reason) == ("open", "")


def test_that_a_request_came_in_is_not_taken_back(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files()
    with pytest.raises(Refused) as refusal:
        life.does("supervisor", services.correct_history, ticket_id=ticket.pk, event_id=life.event(ticket, "received"))
    assert refusal.value.field == "event"


def test_while_a_partner_serves_the_vendors_history_stands(world: World) -> None:
    life = Life(world.mastercam)
    ticket = triaged(life)
    life.does("agent", services.hand_off, ticket_id=ticket.pk, to_house_id=partner_of(life))
    with pytest.raises(Refused, match="Another house"):
        life.does("supervisor", services.correct_history, ticket_id=ticket.pk, event_id=life.event(ticket, "cancelled"))


@pytest.mark.parametrize(
    ("topic", "sold_by_partner", "house"),
    [
        ("server_installation", True, "partner"),  # Level 0: the seller
        ("server_installation", False, "vendor"),  # sold by Image Instruments itself, whoever supports the customer
        ("database_restore", True, "vendor"),  # Level 1
        ("training", True, "vendor"),  # the distributor is no support partner: passed on from here
        ("", True, "partner"),
    ],
)
def test_who_sold_it_serves_it_first(world: World, topic: str, sold_by_partner: bool, house: str) -> None:
    life = Life(world.onyx)
    with enter(life.house.scope()):
        item = InstalledItem.objects.select_related("organisation").get(number="S-2002")
        if not sold_by_partner:
            item.sold_by = None
            item.save()
    ticket = life.files("stranger", item=item, topic=topic)
    assert ticket.serving_house_id == (partner_of(life) if house == "partner" else None)


def test_a_support_partner_gets_the_requests_for_training(world: World) -> None:
    life = Life(world.onyx)
    with enter(life.house.scope()):
        Organisation.objects.filter(pk=partner_of(life)).update(kind=Organisation.Kind.SUPPORT_PARTNER)
        requester = Person.objects.select_related("organisation").get(pk=life.house.people["stranger"].pk)
    ticket = life.files("stranger", requester=requester, topic="training")
    assert ticket.serving_house_id == partner_of(life)


def test_a_customer_escalates_through_who_has_his_ticket(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files()
    request = life.does("agent", services.request_review, ticket_id=ticket.pk, reason="He called: too slow")
    assert request.requester_id == life.house.people["customer"].pk
    assert life.told(ticket)[-1] == ("supervisor", "escalation_requested")
    life.does("supervisor", services.review, request_id=request.pk, accept=True, answer="Today.")
    assert life.told(ticket)[-1] == ("customer", "reviewed")
