"""What a customer's or partner's scope may write, straight in SQL: the database holds even where the application errs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from kernel.tenancy.scope import Scope, enter
from tests.tickets.lives import Life
from tests.world import House, World
from tickets import services
from tickets.models import IdempotencyKey
from vendors import staffing
from vendors.access import scope_of


def _run(statement: str, *values: Any) -> int:
    """Rows that a statement found; -1 if the database refused it."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, values)
            return int(cursor.rowcount)
    except DatabaseError as refused:
        if "row-level security" in str(refused) or "permission denied" in str(refused):
            return -1
        raise


def _limited(house: House, who: str) -> Scope:
    member = house.member(who)
    return scope_of([member], member.user_id)


# How a vendor's staff is organised is read by nobody else.
STAFFING = ("vendors_team", "vendors_teammember", "vendors_shift", "vendors_absence")
# What is the vendor's to write down: read by all, or by some, changed by its own staff and the workers alone.
VENDORS_OWN = (
    "vendors_vendor",
    "vendors_organisation",
    "vendors_site",
    "vendors_person",
    "vendors_product",
    "vendors_release",
    "vendors_installeditem",
    "contracts_contract",
    "contracts_contractsite",
    "sla_policyversion",
    "sla_calendarversion",
    "sla_clock",
    "sla_crossing",
    "outbox_outboxmessage",
    "tickets_ticketnumber",
    "tickets_article",
    "tickets_articletext",
    *STAFFING,
)


@pytest.fixture
def busy(world: World) -> House:
    """A house whose tables hold something: requests of the customer, one that nobody answers, and one of the stranger served by
    the partner.
    """
    life = Life(world.mastercam)
    ticket = life.files()
    life.files()
    life.files("stranger")
    life.does("agent", services.note, ticket_id=ticket.pk, body="Internal words")
    life.does("agent", services.reply, ticket_id=ticket.pk, body="Public words")
    life.go(hours=30)
    _organise(life)
    _publish(life)
    return world.mastercam


def _organise(life: Life) -> None:
    agent, day = life.house.people["agent"].pk, life.now.date()
    team = {"team_id": None, "name": "Posts", "assignment": "by_hand", "takes_new": False, "member_ids": [agent]}
    life.does("supervisor", staffing.save_team, **team)
    week = [staffing.Hours(0, time(9), time(17))]
    life.does("supervisor", staffing.set_shifts, person_id=agent, hours=week)
    life.does("supervisor", staffing.enter_absence, person_id=agent, first_day=day, last_day=day)


def _publish(life: Life) -> None:
    words: dict[str, Any] = {
        "article_id": None,
        "product_id": None,
        "topics": [],
        "texts": {"en": {"title": "Told", "body": "Words"}},
    }
    made = life.does("agent", services.save_article, **words, publish=True)
    life.does("stranger", services.rate_article, article_id=made.pk, helpful=False, missing="Of a stranger")
    life.does("agent", services.save_article, **words)


@pytest.mark.parametrize("who", ["customer", "customer_admin", "partner"])
@pytest.mark.parametrize("table", STAFFING)
def test_how_a_vendors_staff_is_organised_no_customer_or_partner_reads(busy: House, who: str, table: str) -> None:
    with enter(_limited(busy, who)):
        assert _run(f"SELECT 1 FROM {table}") == 0


@pytest.mark.parametrize("who", ["customer", "customer_admin", "partner"])
@pytest.mark.parametrize("table", VENDORS_OWN)
def test_what_is_the_vendors_to_write_no_customer_or_partner_can(busy: House, who: str, table: str) -> None:
    with enter(busy.scope()):
        columns = _columns(table)
        assert _run(f"SELECT 1 FROM {table}") > 0, "the table must hold something for this to tell anything"
    with enter(_limited(busy, who)):
        assert _run(f"UPDATE {table} SET vendor_id = vendor_id") <= 0
        assert _run(f"DELETE FROM {table}") <= 0
    kept = ", ".join(name for name in columns if name != "id")
    with enter(busy.scope()), connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE known ON COMMIT DROP AS SELECT {kept} FROM {table} LIMIT 1")
    with enter(_limited(busy, who)):
        assert _run(f"INSERT INTO {table} ({kept}) SELECT {kept} FROM known") == -1


def _columns(table: str) -> list[str]:
    with connection.cursor() as cursor:
        return [column.name for column in connection.introspection.get_table_description(cursor, table)]


def test_a_customer_cannot_make_himself_staff(busy: House) -> None:
    with enter(_limited(busy, "customer")):
        grant = "UPDATE vendors_person SET role = 'vendor_admin', organisation_id = NULL WHERE id = %s"
        assert _run(grant, busy.people["customer"].pk) <= 0


def test_a_login_without_a_vendor_in_scope_cannot_remove_its_memberships(world: World) -> None:
    house = world.mastercam
    with enter(Scope(user=house.user("customer").pk)):
        assert _run("DELETE FROM vendors_person") <= 0
        assert _run("UPDATE vendors_person SET active = false") <= 0


def test_a_customer_cannot_open_a_partner_to_himself(busy: House) -> None:
    with enter(_limited(busy, "customer")):
        mine = busy.customer.pk
        assert _run("UPDATE vendors_organisation SET houses = houses || %s::bigint", mine) <= 0
        assert _run("UPDATE vendors_organisation SET supported_by_id = %s", mine) <= 0
        assert _run("SELECT 1 FROM vendors_person WHERE organisation_id = %s", busy.partner.pk) == 0


def test_answers_kept_for_others_are_not_there(busy: House) -> None:
    with enter(busy.scope()):
        for who in ("customer", "neighbour", "stranger", "agent"):
            IdempotencyKey.objects.create(
                person_id=busy.people[who].pk, key="k", digest="d", body={"secret": who}, created_at="2026-03-02T10:00Z"
            )
    for who in ("customer", "neighbour", "stranger", "partner"):
        with enter(_limited(busy, who)):
            held = set(IdempotencyKey.objects.values_list("body__secret", flat=True))
            assert held == ({who} if who != "partner" else set())
            assert _run("DELETE FROM tickets_idempotencykey WHERE person_id <> %s", busy.people[who].pk) == 0


def test_what_staff_are_told_is_not_for_the_customer(busy: House) -> None:
    with enter(busy.scope()):
        assert _run("SELECT 1 FROM tickets_notification WHERE person_id = %s", busy.people["supervisor"].pk) > 0
    with enter(_limited(busy, "customer")):
        own = [busy.people[who].pk for who in ("customer", "neighbour", "customer_admin")]
        assert _run("SELECT 1 FROM tickets_notification") > 0
        assert _run("SELECT 1 FROM tickets_notification WHERE person_id <> ALL(%s)", own) == 0
        assert _run("UPDATE tickets_notification SET read_at = now() WHERE person_id = %s", own[0]) > 0


READ_OF_OTHERS: dict[str, str] = {
    "vendors_person": "organisation_id <> %(mine)s AND organisation_id IS NOT NULL",
    "vendors_site": "organisation_id <> %(mine)s",
    "vendors_installeditem": "organisation_id <> %(mine)s",
    "contracts_contract": "customer_id <> %(mine)s",
    "tickets_ticket": "customer_id <> %(mine)s",
    "tickets_message": "visibility <> 'public' OR ticket_id NOT IN (SELECT id FROM tickets_ticket WHERE customer_id = %(mine)s)",
    "audit_auditentry": "NOT houses @> ARRAY[%(mine)s]::bigint[]",
    "outbox_outboxmessage": "true",
    "tickets_ticketnumber": "true",
    "tickets_article": "published_at IS NULL",
    "tickets_articlevote": "true",
    "sla_timeline": "NOT houses @> ARRAY[%(mine)s]::bigint[]",
}


@pytest.mark.parametrize("table", READ_OF_OTHERS)
def test_a_customer_reads_nothing_of_others(busy: House, table: str) -> None:
    condition = READ_OF_OTHERS[table] % {"mine": busy.customer.pk}
    with enter(_limited(busy, "customer")):
        assert _run(f"SELECT 1 FROM {table} WHERE {condition}") == 0
        assert _run(f"UPDATE {table} SET vendor_id = vendor_id WHERE {condition}") <= 0
        assert _run(f"DELETE FROM {table} WHERE {condition}") <= 0


def test_a_customer_of_one_vendor_stays_one_though_he_is_staff_of_another(
    world: World, as_person: Callable[..., None]
) -> None:
    """An agent of Optocraft is a customer of Mastercam."""
    from vendors.models import Person, Role

    home, abroad = world.optocraft, world.mastercam
    life = Life(abroad)
    ticket = life.files()
    life.does("agent", services.note, ticket_id=ticket.pk, body="Internal words")
    life.files("stranger")
    user = home.user("agent")
    with enter(abroad.scope()):
        Person.objects.create(
            user=user, role=Role.CUSTOMER_ADMIN, organisation=abroad.customer, name="Both", email="both@both.test"
        )
    as_person(user)
    at = f"vendor_id = {abroad.id}"
    assert _run(f"SELECT 1 FROM tickets_ticket WHERE {at}") == 1
    assert _run(f"SELECT 1 FROM tickets_message WHERE {at} AND visibility <> 'public'") == 0
    assert _run(f"SELECT 1 FROM vendors_organisation WHERE {at} AND id = {abroad.other_customer.pk}") == 0
    assert _run(f"UPDATE vendors_person SET name = 'x' WHERE {at}") <= 0
    assert _run(f"UPDATE vendors_vendor SET name = 'x' WHERE {at}") <= 0
    assert _run(f"UPDATE vendors_person SET name = name WHERE vendor_id = {home.id}") > 0
