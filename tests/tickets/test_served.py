"""Who serves a filed request and why, where it can go on, and what a house sees of it before, while and after it has it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection

from contracts.models import Contract
from kernel.tenancy.scope import enter
from sla.policies import current
from tests.search.test_meaning import meant
from tests.tickets.lives import Life, acting, utc
from tests.tickets.test_mails import one
from tests.world import World
from tickets import services
from tickets.access import readable_messages, visible_tickets
from tickets.models import Message, Ticket
from tickets.queries import listing
from tickets.queries.served import Served, served
from tickets.queries.views import counts
from tickets.vocabulary import Refused, Word
from vendors.catalog.schema import load_slug
from vendors.models import InstalledItem, Organisation

pytestmark = pytest.mark.django_db


def told(life: Life, ticket: Ticket, who: str = "customer") -> Served:
    """What somebody is told of a request's house."""
    with acting(life.house, who) as by:
        return served(by, current(life.house.id), visible_tickets([by]).get(pk=ticket.pk))


def house_of(life: Life, kind: str, name: str, **fields: Any) -> Organisation:
    with enter(life.house.scope()):
        return Organisation.objects.create(vendor_id=life.house.id, kind=kind, name=name, **fields)


def sold(life: Life) -> InstalledItem:
    with enter(life.house.scope()):
        return InstalledItem.objects.select_related("sold_by").get(number="S-2002")


def test_a_request_goes_on_to_sales_when_there_is_a_sales_by_one_act_of_its_customer(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files(topic="post_processor")
    assert ticket.serving_house is None
    assert told(life, ticket).way is None
    sales = house_of(life, "sales", "Sales", mail_address="sales@vendor.test")
    way = told(life, ticket).way
    assert way is not None
    assert (way.house, way.brings) == (sales, False)
    with pytest.raises(Refused):
        life.does("neighbour", services.pass_on, ticket_id=ticket.pk)
    life.go(hours=1).does("customer", services.pass_on, ticket_id=ticket.pk)
    after = life.ticket(ticket)
    assert after.serving_house_id == sales.pk
    assert life.clocks(ticket) == {("response", 1, "cancelled")}
    assert "handed_off" in life.verbs(ticket)
    with pytest.raises(Refused, match="where it belongs"):
        life.does("customer", services.pass_on, ticket_id=ticket.pk)
    now = told(life, ticket)
    assert (now.server.name, now.server.mail, now.way) == ("Sales", "sales@vendor.test", None)
    assert now.sentence == "This is not part of your support. Your request is with Sales."


def test_a_contract_that_came_later_brings_a_request_from_the_partner_to_the_vendor(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files("stranger", topic="toolpaths", intake={"release": "2026"})
    assert ticket.serving_house == life.house.partner
    assert told(life, ticket, "stranger").way is None
    with enter(life.house.scope()):
        Contract.objects.create(customer_id=ticket.customer_id, kind="connect", number="C-9", starts=date(2026, 1, 1))
    way = told(life, ticket, "stranger").way
    assert way is not None
    assert way.house is None
    life.go(hours=2).does("stranger", services.pass_on, ticket_id=ticket.pk)
    assert life.clock(ticket, "response").started_at == life.now
    assert life.ticket(ticket).entitlement == "entitled"


def test_what_the_seller_could_not_solve_the_customer_brings_to_the_vendor_only_where_its_file_says_so(
    world: World,
) -> None:
    onyx, optocraft = Life(world.onyx), Life(world.optocraft)
    level_0 = onyx.files("stranger", topic="licence_renewal", item=sold(onyx))
    way = told(onyx, level_0, "stranger").way
    assert way is not None
    assert (way.house, way.brings) == (None, True)
    onyx.does("stranger", services.pass_on, ticket_id=level_0.pk)
    assert onyx.ticket(level_0).serving_house_id is None
    assert onyx.ticket(level_0).entitlement == "entitled"
    assert told(onyx, onyx.files("stranger", topic="training"), "stranger").way is None
    with_seller = optocraft.files("stranger", topic="software", item=sold(optocraft))
    assert with_seller.serving_house == optocraft.house.partner
    assert told(optocraft, with_seller, "stranger").way is None


def test_mail_about_training_stays_with_the_vendor_until_the_customer_passes_it_on(world: World) -> None:
    life = Life(world.onyx)
    school = house_of(life, "support_partner", "School")
    ticket = life.files(topic="training", channel="mail")
    assert ticket.serving_house is None
    life.does("customer", services.pass_on, ticket_id=ticket.pk)
    assert life.ticket(ticket).serving_house_id == school.pk


def test_what_the_vendor_handed_down_on_purpose_does_not_bounce(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files(topic="toolpaths")
    life.does("agent", services.hand_off, ticket_id=ticket.pk, to_house_id=life.house.partner.pk)
    assert told(life, ticket).way is None


def seen(life: Life, who: str) -> set[int]:
    """What somebody finds by every way: the gate, the list of the API, the search for its words, the count of a view."""
    with acting(life.house, who) as by:
        gate = set(visible_tickets([by]).values_list("pk", flat=True))
        listed = set(listing.matching([by], listing.Criteria()).values_list("pk", flat=True))
        searched = set(listing.matching([by], listing.Criteria(search="stops")).values_list("pk", flat=True))
        [count] = counts([by], [meant([by], "")], life.now)
        assert gate == listed == searched
        assert count.tickets == len(gate)
        return gate


def test_a_partners_agent_sees_exactly_what_is_routed_to_his_house_and_follows_what_he_handed_up(world: World) -> None:
    life = Life(world.onyx)
    theirs = life.files("stranger", topic="licence_renewal", item=sold(life))
    not_theirs = life.files("stranger", topic="database_restore", item=sold(life))
    life.files(topic="database_restore")
    assert seen(life, "partner") == {theirs.pk}
    life.does("partner", services.note, ticket_id=theirs.pk, body="Ours alone")
    life.go(hours=1).does("partner", services.hand_off, ticket_id=theirs.pk, to_house_id=None, note="Too hard")
    life.does("agent", services.note, ticket_id=theirs.pk, body="The vendor's alone")
    life.does("agent", services.reply, ticket_id=theirs.pk, body="We look into it")
    assert seen(life, "partner") == {theirs.pk}
    with acting(life.house, "partner") as by:
        read = set(Message.objects.filter(readable_messages(by), ticket=theirs.pk).values_list("body", flat=True))
    assert read == {"It stops when I save.", "Ours alone", "We look into it"}
    life.does("agent", services.hand_off, ticket_id=not_theirs.pk, to_house_id=life.house.partner.pk)
    assert seen(life, "partner") == {theirs.pk, not_theirs.pk}


def test_a_partner_follows_no_further_where_the_vendors_file_does_not_let_him(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    life = Life(world.onyx)
    policy = load_slug("image-instruments")
    silent = policy.model_copy(update={"routing": policy.routing.model_copy(update={"partner_follows": False})})
    monkeypatch.setattr("tickets.change.current", lambda vendor_id, now: silent)
    ticket = life.files("stranger", topic="licence_renewal", item=sold(life))
    life.does("partner", services.hand_off, ticket_id=ticket.pk, to_house_id=None)
    assert seen(life, "partner") == set()
    with (
        acting(life.house, "partner"),
        connection.cursor() as cursor,
    ):  # and the database shows him nothing of it, at once
        for table in ("tickets_ticket", "tickets_message", "tickets_handoff", "sla_timeline", "audit_auditentry"):
            cursor.execute(f"SELECT count(*) FROM {table}")
            assert cursor.fetchone() == (0,), table
    assert life.ticket(ticket).entitlement == "entitled", "handed on, whether or not the partner follows (I6)"


def test_hand_offs_up_and_down_and_across_carry_all_and_start_and_stop_the_vendors_clocks(world: World) -> None:
    life = Life(world.optocraft)
    other = house_of(life, "distributor", "Other Ltd")
    ticket = life.files("stranger", topic="software", item=sold(life))
    assert life.clocks(ticket) == set()
    life.does("partner", services.hand_off, ticket_id=ticket.pk, to_house_id=other.pk)  # across
    assert life.clocks(ticket) == set()
    life.does("agent", services.hand_off, ticket_id=ticket.pk, to_house_id=None)  # up
    assert life.clock(ticket, "response").due_at == utc("2026-03-03 16:00")
    life.go(hours=1).does("agent", services.hand_off, ticket_id=ticket.pk, to_house_id=other.pk)  # down
    assert life.clocks(ticket) == {("response", 1, "cancelled")}
    assert [word for who, word in life.told(ticket) if who == "stranger"] == ["received"] + ["handed_off"] * 3
    assert [message.body for message in life.messages(ticket)] == ["It stops when I save."]


def test_the_receipt_says_who_serves_how_he_is_reached_and_why(world: World) -> None:
    life = Life(world.mastercam)
    house_of(life, "sales", "Sales", mail_address="sales@vendor.test", phone="+1 555 0142")
    ticket = life.files("customer_admin", topic="post_processor")
    said = " ".join(str(one(life, ticket, Word.RECEIVED).body).split())
    assert "Sales looks after your request." in said
    assert "+1 555 0142 · sales@vendor.test" in said
    assert "consulting" in said
    assert "come straight to us" not in said, "what holds with CONNECT has no place here"
