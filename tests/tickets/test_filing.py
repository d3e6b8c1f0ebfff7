"""Filing: numbers, routing, zones, and the clocks that start (M3, M4, M5, M8, O1, O5, O6, I9)."""

from datetime import date, timedelta

import pytest

from contracts.models import Contract
from kernel.tenancy.scope import enter
from tests.tickets.lives import MONDAY, Life, utc
from tests.world import World
from tickets import services
from tickets.vocabulary import Refused
from vendors.models import InstalledItem, Person


def test_numbers_are_readable_and_count_up_within_the_vendor(world: World) -> None:
    mastercam, optocraft = Life(world.mastercam), Life(world.optocraft)
    first, second, other = mastercam.files(), mastercam.files(), optocraft.files()
    assert first.number.startswith("MC-2026-")
    assert other.number.startswith("OC-2026-") or other.number.startswith(world.optocraft.vendor.prefix)
    assert int(second.number[-6:]) == int(first.number[-6:]) + 1


def test_the_claim_sets_the_response_target_until_a_priority_is_given(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files(claimed_priority="P1")
    assert life.clock(ticket, "response").due_at == utc("2026-03-02 10:00")
    unclaimed = life.files()
    assert life.clock(unclaimed, "response").due_at == utc("2026-03-02 16:00"), "P2 without a claim: 8 hours"


def test_the_resolution_time_starts_with_priority_and_information(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files(item=None, site=world.mastercam.site)
    assert not ticket.information_complete
    life.go(minutes=30).does("agent", services.set_priority, ticket_id=ticket.pk, priority="P1")
    assert life.clocks(ticket) == {("response", 1, "running")}
    life.go(minutes=30).does("agent", services.declare_information_complete, ticket_id=ticket.pk)
    resolution = life.clock(ticket, "resolution")
    assert resolution.started_at == MONDAY + timedelta(hours=1)
    assert resolution.due_at == utc("2026-03-03 08:00"), "8 hours: 7 on Monday until 17:00, 1 on Tuesday"


def test_a_call_is_received_when_it_was_made(world: World) -> None:
    life = Life(world.mastercam)
    called = MONDAY - timedelta(minutes=50)
    ticket = life.files(by="agent", channel="phone", claimed_priority="P1", received_at=called)
    assert life.clock(ticket, "response").started_at == called
    with pytest.raises(Refused, match="later than now"):
        life.files(by="agent", received_at=MONDAY + timedelta(minutes=1))
    with pytest.raises(Refused, match="Leave out"):
        life.files(received_at=called)


def test_the_zone_is_the_persons_then_the_sites_else_assumed_and_said_so(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files()
    assert (ticket.time_zone, ticket.zone_source, ticket.zone_assumed) == ("Europe/Stockholm", "user", False)
    with enter(life.house.scope()):
        nowhere = Person.objects.get(pk=life.house.people["customer"].pk)
        nowhere.country = nowhere.time_zone = ""
        nowhere.site = None
        nowhere.save()
        life.house.customer.time_zone = ""
        life.house.customer.save()
    ticket = life.files(requester=nowhere, item=None)
    assert (ticket.time_zone, ticket.zone_source, ticket.zone_assumed) == ("America/New_York", "vendor", True)


def test_a_zone_settled_later_counts_from_then_on(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files(claimed_priority="P1")
    life.go(hours=1).does("agent", services.settle_zone, ticket_id=ticket.pk, country="gb", time_zone="Europe/London")
    clock = life.clock(ticket, "response")
    assert (clock.calendar, clock.due_at) == ("uk", utc("2026-03-02 10:00"))
    with pytest.raises(Refused, match="no such time zone"):
        life.does("agent", services.settle_zone, ticket_id=ticket.pk, country="GB", time_zone="Mars/Base")


def test_mastercam_serves_a_customer_whoever_sold_to_him(world: World) -> None:
    life = Life(world.mastercam)
    with enter(life.house.scope()):
        Contract.objects.create(
            customer=life.house.other_customer, kind="connect", number="C-2", starts=date(2025, 1, 1)
        )
    assert life.files("stranger").serving_house is None


def test_mastercam_sends_whom_it_serves_only_through_a_partner_to_that_partner(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files("stranger")
    assert ticket.serving_house == life.house.partner
    assert life.clocks(ticket) == set()


def test_optocraft_sends_an_item_to_its_seller_first_and_its_clock_starts_with_the_hand_off(world: World) -> None:
    life = Life(world.optocraft)
    with enter(life.house.scope()):
        item = InstalledItem.objects.get(number="S-2002")
    ticket = life.files("stranger", item=item)
    assert ticket.serving_house == life.house.partner
    assert life.clocks(ticket) == set()
    assert ("partner", "routed") in life.told(ticket)
    life.go(hours=3).does("partner", services.hand_off, ticket_id=ticket.pk, to_house_id=None, note="Too hard for us")
    clock = life.clock(ticket, "response")
    assert clock.started_at == life.now
    assert clock.due_at == utc("2026-03-04 11:00"), "two work days of eight hours from Monday 12:00 in Germany"
    assert life.ticket(ticket).past_houses == [life.house.partner.pk]


def test_mail_to_optocrafts_own_address_stays_with_optocraft(world: World) -> None:
    life = Life(world.optocraft)
    with enter(life.house.scope()):
        item = InstalledItem.objects.get(number="S-2002")
    ticket = life.files("stranger", item=item, channel="mail")
    assert ticket.serving_house is None
    assert life.clock(ticket, "response").started_at == MONDAY


def test_optocraft_normally_answers_in_two_work_days_and_urgent_in_one(world: World) -> None:
    life = Life(world.optocraft)
    normal, urgent = life.files(), life.files(urgent=True)
    assert life.clock(normal, "response").due_at == utc("2026-03-03 16:00"), "at closing on Tuesday"
    assert life.clock(urgent, "response").due_at == utc("2026-03-02 16:00")
    assert life.clocks(normal) == {("response", 1, "running")}, "no resolution time is promised (O20)"


def test_declared_urgent_later_the_work_day_counts_from_then_and_nothing_is_later(world: World) -> None:
    life = Life(world.optocraft)
    early, late = life.files(), life.files()
    life.go(hours=2).does("customer", services.declare_urgent, ticket_id=early.pk, reason="Production stands")
    assert life.clock(early, "response").due_at == utc("2026-03-03 10:00")
    life.go_to(MONDAY + timedelta(days=1, hours=6)).does("customer", services.declare_urgent, ticket_id=late.pk)
    assert life.clock(late, "response").due_at == utc("2026-03-03 16:00"), "the earlier promise stands"
    mastercam = Life(world.mastercam)
    ranked = mastercam.files()
    with pytest.raises(Refused, match="priorities"):
        mastercam.does("customer", services.declare_urgent, ticket_id=ranked.pk)


def test_image_instruments_promises_no_times(world: World) -> None:
    life = Life(world.onyx)
    ticket = life.files()
    assert life.clocks(ticket) == set()
    life.does("agent", services.reply, ticket_id=ticket.pk, body="Hello")
    life.go(days=30)
    assert life.clocks(ticket) == set()
    assert life.crossings(ticket) == []


def test_what_the_vendors_file_does_not_know_is_refused(world: World) -> None:
    life = Life(world.mastercam)
    for words, field in (
        ({"subject": " "}, "subject"),
        ({"body": "\n"}, "body"),
        ({"topic": "astrology"}, "topic"),
        ({"claimed_priority": "P9"}, "claimed_priority"),
        ({"urgent": True}, "urgent"),
    ):
        with pytest.raises(Refused) as refusal:
            life.files(**words)
        assert refusal.value.field == field


def test_a_customer_files_only_for_himself_and_his_own_organisation(world: World) -> None:
    life = Life(world.mastercam)
    with pytest.raises(Refused, match="no such customer"):
        life.files("stranger", by="customer", item=None)
    with pytest.raises(Refused, match="no such item"):
        life.files("stranger", by="agent", item=life.house.item)


def test_filing_writes_history_and_a_receipt_to_the_requester(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files()
    assert life.verbs(ticket) == ["filed"]
    assert life.told(ticket) == [("customer", "received")]
    assert life.events(ticket) == ["received", "information_complete"]


def test_who_is_concerned_is_told_even_where_the_one_who_acts_may_not_see_him(world: World) -> None:
    life = Life(world.optocraft)
    with enter(life.house.scope()):
        InstalledItem.objects.filter(pk=life.house.item.pk).update(sold_by=life.house.partner)
        item = InstalledItem.objects.get(pk=life.house.item.pk)
    ticket = life.files(item=item)
    assert ("partner", "routed") in life.told(ticket), "no partner supports this customer, but one sold the item"
    life.does("partner", services.reply, ticket_id=ticket.pk, body="We look at it.")
    assert life.told(ticket)[-1] == ("customer", "reply")
