"""Every tenant table, straight in SQL: nobody reads, changes, removes or writes a row of another vendor, nor of another customer
or partner. The tables come from the models, so that a new one is looked at without being named here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.postgres.fields import ArrayField
from django.db import DatabaseError, connection, models, transaction
from pytest_django import DjangoDbBlocker

from kernel.audit.models import AuditEntry, Unsealed
from kernel.tenancy.scope import Scope, enter
from sla.models import ClockEvent, Timeline
from tests import databases
from tests.walls.canaries import Aviary, aviary, tables
from tests.walls.test_scopes import _run
from tests.world import House, World, read_world
from tickets import models as t
from tickets.volume.database import connected
from vendors.access import scope_of
from vendors.models import Organisation, Person

LIMITED = ("customer", "customer_admin", "stranger", "partner")
# What services write in a customer's or partner's scope; nothing else can be written there, in whatever table.
INSERTED: set[type[models.Model]] = {
    AuditEntry, Unsealed, ClockEvent, Timeline, t.AnnouncementPutAway, t.ArticleVote, t.Attachment, t.CannedReply,
    t.ChecklistItem,
    t.ComposerDraft, t.EscalationRequest, t.IdempotencyKey, t.Message, t.RequestDraft, t.SavedView, t.SelfHelpSolution,
    t.Ticket, t.TicketLink, t.TicketRating, t.TicketTag, t.Undo, t.Watcher,
}  # fmt: skip
UPDATED = INSERTED - {AuditEntry, Unsealed, ClockEvent, t.EscalationRequest, t.SelfHelpSolution, t.Watcher} | {
    t.Notification
}
DELETED = UPDATED - {Timeline, t.Message, t.Notification, t.Ticket, t.TicketRating} | {t.SelfHelpSolution, t.Watcher}


@pytest.fixture
def ours(world: World) -> Aviary:
    """A vendor, every table of which holds something."""
    return aviary(world.mastercam)


@pytest.fixture
def theirs(world: World) -> Aviary:
    """Another one."""
    return aviary(world.optocraft)


def _scopes(house: House) -> Iterator[tuple[str, Scope]]:
    yield "nobody", Scope()
    yield "staff", house.scope()
    for who in LIMITED:
        member = house.member(who)
        yield who, scope_of([member], member.user_id)


def _columns(model: type[models.Model]) -> str:
    key = model._meta.pk
    kept = [f for f in model._meta.local_fields if not (f is key and isinstance(f, models.AutoField))]
    return ", ".join(f'"{field.column}"' for field in kept)


def _rows_of(model: type[models.Model], house: House, name: str) -> int:
    """Keep the rows of a vendor in a table that everybody may read; how many they are."""
    with enter(house.scope()), connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {name}")
        cursor.execute(f"CREATE TEMPORARY TABLE {name} ON COMMIT DROP AS SELECT * FROM {model._meta.db_table}")
        cursor.execute(f"SELECT count(*) FROM {name}")
        return int(cursor.fetchone()[0])


def test_no_scope_touches_a_row_of_another_vendor_in_any_table(ours: Aviary, theirs: Aviary) -> None:
    assert not list(_holes(ours.house, theirs.house))


def test_without_the_databases_wall_every_table_is_found_open(
    bare_database: str, django_db_blocker: DjangoDbBlocker, request: pytest.FixtureRequest
) -> None:
    with django_db_blocker.unblock(), connected(bare_database, databases.app()):
        request.getfixturevalue("db")
        world = read_world()
        ours, theirs = aviary(world.mastercam), aviary(world.optocraft)
        open_to_staff = {
            table for who, table, deed in _holes(ours.house, theirs.house) if (who, deed) == ("staff", "read")
        }
    assert open_to_staff == {model._meta.db_table for model in tables()}


def _holes(ours: House, theirs: House) -> Iterator[tuple[str, str, str]]:
    """Who can do what to which table's rows of another vendor."""
    for model in tables():
        table, columns = model._meta.db_table, _columns(model)
        assert _rows_of(model, theirs, "foreign_rows"), f"{table} must hold something for this to tell anything"
        tries: dict[str, tuple[Any, ...]] = {
            "read": (f"SELECT 1 FROM {table} WHERE vendor_id = %s", theirs.id),
            "change": (f"UPDATE {table} SET vendor_id = vendor_id WHERE vendor_id = %s", theirs.id),
            "remove": (f"DELETE FROM {table} WHERE vendor_id = %s", theirs.id),
            "write": (f"INSERT INTO {table} ({columns}) SELECT {columns} FROM foreign_rows LIMIT 1",),
            "give away": (f"UPDATE {table} SET vendor_id = %s", theirs.id),
        }
        for who, scope in _scopes(ours):
            with enter(scope):
                yield from ((who, table, deed) for deed, tried in tries.items() if _undone(*tried) > 0)


def _undone(statement: str, *values: Any) -> int:
    """Rows that a statement finds; whatever it did is taken back. What no wall but another rule refuses found none."""
    try:
        with transaction.atomic():
            rows = _run(statement, *values)
            transaction.set_rollback(True)
            return rows
    except DatabaseError:
        return 0


def test_customers_and_partners_write_in_no_table_what_no_service_writes_for_them(ours: Aviary) -> None:
    house, holes = ours.house, []
    for model in tables():
        table, columns = model._meta.db_table, _columns(model)
        _rows_of(model, house, "known_rows")
        tries = {
            f"UPDATE {table} SET vendor_id = vendor_id": model in UPDATED,
            f"DELETE FROM {table}": model in DELETED,
            f"INSERT INTO {table} ({columns}) SELECT {columns} FROM known_rows LIMIT 1": model in INSERTED,
        }
        for who in LIMITED:
            member = house.member(who)
            with enter(scope_of([member], member.user_id)):
                holes += [(who, tried) for tried, meant in tries.items() if not meant and _undone(tried) > 0]
    assert not holes


def test_no_customer_or_partner_sees_a_row_that_points_to_one_who_is_foreign_to_him(
    ours: Aviary,
) -> None:
    """Any reference to an organisation, person or ticket, by a key of its own or in a list of houses."""
    house = ours.house
    holes = []
    for who in LIMITED:
        hidden = house.customer if who in {"stranger", "partner"} else house.other_customer
        foreign = _foreign(house, hidden)
        member = house.member(who)
        with enter(scope_of([member], member.user_id)):
            for model in tables():
                for column, keys in _pointing(model, foreign):
                    seen = _run(f"SELECT 1 FROM {model._meta.db_table} WHERE {column} && %s::bigint[]", keys)
                    holes += [f"{who} sees {seen} of {model._meta.db_table} by {column}"] if seen else []
    assert not holes


def _foreign(house: House, hidden: Organisation) -> dict[type[models.Model], list[int]]:
    with enter(house.scope()):
        return {
            Organisation: [hidden.pk],
            Person: list(Person.objects.filter(organisation=hidden).values_list("pk", flat=True)),
            t.Ticket: list(t.Ticket.objects.filter(customer=hidden).values_list("pk", flat=True)),
        }


def _pointing(
    model: type[models.Model], foreign: dict[type[models.Model], list[int]]
) -> Iterator[tuple[str, list[int]]]:
    if model in foreign:
        yield "ARRAY[id]", foreign[model]
    for field in model._meta.local_fields:
        if isinstance(field, models.ForeignKey) and field.related_model in foreign:
            yield f'ARRAY["{field.column}"]', foreign[field.related_model]
        elif isinstance(field, ArrayField) and field.name in {"houses", "shared_with", "past_houses"}:
            yield f'"{field.column}"', foreign[Organisation]
        elif field.name in {"person_id", "actor_id"}:
            yield f'ARRAY["{field.column}"]', foreign[Person]


def test_a_customer_changes_no_column_that_the_vendor_keeps(ours: Aviary) -> None:
    house = ours.house
    member, partner, neighbour = house.member("customer"), house.partner.pk, house.people["neighbour"].pk
    tries: dict[str, int] = {
        "UPDATE tickets_ticket SET houses = houses || %s::bigint": partner,
        "UPDATE tickets_ticket SET serving_house_id = %s": partner,
        "UPDATE tickets_ticket SET customer_id = %s": house.other_customer.pk,
        "UPDATE tickets_ticket SET requester_id = %s": neighbour,
        "UPDATE tickets_message SET body = body || %s": 1,
        "UPDATE tickets_message SET author_id = %s": neighbour,
        "UPDATE sla_timeline SET houses = houses || %s::bigint": partner,
        "UPDATE tickets_attachment SET name = 'x' WHERE message_id > %s": 0,
    }
    with enter(scope_of([member], member.user_id)):
        assert all(_run(f"SELECT 1 FROM {statement.split()[1]}") > 0 for statement in tries)
        assert not [statement for statement, value in tries.items() if _run(statement, value) > 0]


@pytest.mark.parametrize("who", ["customer", "partner"])
def test_nobody_says_what_is_not_his_to_say(ours: Aviary, who: str) -> None:
    house, member = ours.house, ours.house.member(who)
    of_customer = who == "customer"
    changes = {
        "visibility = %s": "internal" if of_customer else "shared",
        "visibility = 'internal', by_staff = false, house_id = %s": None,
        "by_staff = NOT by_staff, mail_id = %s": "",
        "author_id = %s": house.people["agent"].pk,
        "author_id = %s, mail_id = ''": house.people["stranger" if of_customer else "customer"].pk,
        "house_id = %s": house.partner.pk if of_customer else house.customer.pk,
    }
    if not of_customer:  # that he may
        del changes["visibility = %s"]
    columns = _columns(t.Message)
    own = f"author_id = {member.person} AND visibility = 'public'"
    with enter(scope_of([member], member.user_id)), connection.cursor() as cursor:
        for change, value in {"mail_id = %s": "", **changes}.items():
            cursor.execute("DROP TABLE IF EXISTS said")
            cursor.execute(f"CREATE TEMPORARY TABLE said AS SELECT * FROM tickets_message WHERE {own} LIMIT 1")
            cursor.execute(f"UPDATE said SET {change}", [value])
            written = _run(f"INSERT INTO tickets_message ({columns}) SELECT {columns} FROM said")
            assert written == (-1 if change in changes else 1), change


def test_a_customer_files_for_himself_only(ours: Aviary) -> None:
    house = ours.house
    member = house.member("customer")
    own, other = house.customer.pk, house.other_customer.pk
    as_filed = "customer_id = %s, requester_id = %s, houses = %s::bigint[], serving_house_id = NULL, past_houses = %s"
    stranger = house.people["stranger"].pk
    columns = _columns(t.Ticket)

    def files(*values: Any) -> int:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS asked")
            cursor.execute("CREATE TEMPORARY TABLE asked AS SELECT * FROM tickets_ticket LIMIT 1")
            cursor.execute("INSERT INTO sla_timeline (vendor_id, houses, due_kind, due_promised, trouble)"
                           " VALUES (%s, ARRAY[%s], '', true, '') RETURNING id", [house.id, own])  # fmt: skip
            cursor.execute(f"UPDATE asked SET number = 'X-1', timeline_id = {cursor.fetchone()[0]}, {as_filed}", values)
        return _run(f"INSERT INTO tickets_ticket ({columns}) SELECT {columns} FROM asked")

    with enter(scope_of([member], member.user_id)):
        assert files(other, stranger, [other, own], []) == -1
        assert files(own, stranger, [own], []) == -1
        assert files(own, member.person, [own, house.partner.pk], [house.partner.pk]) == -1
        assert files(own, member.person, [own], []) == 1
