"""The audit shows tampering: whoever may do anything in the database, the owner too, is found by the chain of seals."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import StringIO
from typing import Any

import psycopg2
import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction

from kernel.audit import proof
from kernel.audit.models import AuditEntry, Seal, Unsealed
from kernel.audit.sealing import seal
from kernel.audit.services import Actor, Entry, record
from kernel.audit.tasks import seal_all
from kernel.tenancy.scope import Scope, enter
from tests import databases
from tests.world import World
from vendors.services import Verb

NOON = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


def wrote(vendor_id: int, number: int) -> Entry:
    """The entry number `number` of a made-up history."""
    subject = ("ticket", number)
    actor = Actor(7, 8, "web", "192.0.2.1")
    return Entry(
        vendor_id, NOON + timedelta(minutes=number), Verb.ERASED, actor, subject, subject, {"b": 1}, {"a": "ä"}, [3]
    )


def write(vendor_id: int, *numbers: int) -> None:
    with enter(Scope.of(vendor_id)):
        record(wrote(vendor_id, number) for number in numbers)


def verified(*arguments: str) -> tuple[int, str]:
    """Exit status and words of `audit_verify`."""
    out = StringIO()
    try:
        call_command("audit_verify", *arguments, stdout=out)
    except SystemExit as ended:
        return int(ended.code or 0), out.getvalue()
    return 0, out.getvalue()


def keys(vendor_id: int) -> list[int]:
    with enter(Scope.of(vendor_id)):
        return list(AuditEntry.objects.order_by("pk").values_list("pk", flat=True))


def test_an_entrys_line_is_what_it_was_when_the_first_was_sealed() -> None:
    row = (
        5,
        1,
        "2026-03-01T12:00:00.000000Z",
        "person.erased",
        7,
        None,
        "web",
        "192.0.2.1",
        "ticket",
        9,
        "message",
        None,
    )
    line = proof.line((*row, "{}", '{"a": "ä", "bb": [1, 2.50]}', [3, 4]))
    assert line == (
        rb'[1,5,1,"2026-03-01T12:00:00.000000Z","person.erased",7,null,"web","192.0.2.1","ticket",9,"message",null,'
        rb'"{}","{\"a\": \"\u00e4\", \"bb\": [1, 2.50]}",[3,4]]'
    )


def test_the_database_tells_an_entry_in_that_form_whatever_the_session(world: World) -> None:
    vendor_id = world.mastercam.id
    with enter(Scope.of(vendor_id)):
        record([wrote(vendor_id, 9)])
        entry = AuditEntry.objects.latest("pk")
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL timezone = 'Asia/Tokyo'; SET LOCAL datestyle = 'German'")
            cursor.execute(f"{proof.SELECT} WHERE id = %s", [entry.pk])
            row = cursor.fetchone()
    told = (
        f'[1,{entry.pk},{vendor_id},"2026-03-01T12:09:00.000000Z","person.erased",7,8,"web","192.0.2.1","ticket",9,'
        '"ticket",9,"{\\"b\\": 1}","{\\"a\\": \\"\\u00e4\\"}",[3]]'
    )
    assert proof.line(row).decode() == told
    assert proof.digest(row) == sha256(told.encode()).digest()


def test_no_column_of_an_entry_is_left_out_of_its_line() -> None:
    assert set(proof.COLUMNS) == {field.column for field in AuditEntry._meta.local_fields}


def test_a_seals_hash_is_what_it_was_when_the_first_was_made() -> None:
    made = Seal(vendor_id=1, number=2, sealed_at=NOON, entries=[5, 6], digests=b"\1" * 64, previous=b"\2" * 32)
    text = f'[1,1,2,"2026-03-01T12:00:00.000000+00:00",[5,6],"{"01" * 64}","{"02" * 32}"]'
    assert proof.chained(made) == sha256(text.encode()).digest()


def test_entries_and_seals_can_only_be_added_to(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, string_agg(privilege_type, ' ' ORDER BY privilege_type)"
            " FROM information_schema.role_table_grants WHERE grantee = current_user AND table_name LIKE 'audit%'"
            " GROUP BY 1 ORDER BY 1"
        )
        assert cursor.fetchall() == [
            ("audit_auditentry", "INSERT SELECT"),
            ("audit_seal", "INSERT SELECT"),
            ("audit_unsealed", "DELETE INSERT SELECT"),
        ]


def test_what_a_customer_does_awaits_its_seal_and_he_reads_neither(world: World) -> None:
    house, customer = world.mastercam, world.mastercam.member("customer")
    own = replace(wrote(house.id, 1), actor=customer.actor, subject=("person", customer.person))
    with enter(Scope.of(house.id, house.customer.pk)):
        for others in (replace(own, actor=house.member("agent").actor), replace(own, subject=("ticket", 1))):
            with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
                record([others])
        record([own])
        assert not Unsealed.objects.exists()
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM audit_unsealed")
            assert cursor.rowcount == 0
    assert seal(house.id) > 0
    with enter(Scope.of(house.id, house.customer.pk)):
        assert not Seal.objects.exists()


def test_each_vendor_has_a_chain_of_its_own_and_nothing_waits_after_sealing(world: World) -> None:
    write(world.mastercam.id, 1, 2)
    write(world.optocraft.id, 1)
    seal_all()
    for house in (world.mastercam, world.optocraft):
        with enter(house.scope()):
            assert not Unsealed.objects.exists()
            (made,) = Seal.objects.all()
            assert (made.number, made.entries) == (1, keys(house.id))
    status, said = verified()
    assert status == 0, said


# ---------------------------------------------------------------- committed for real, and tampered with by the owner


@pytest.fixture
def vendor_id(shared: World) -> int:
    """Mastercam's key, with nine entries in three batches."""
    house = shared.mastercam.id
    seal_all()
    for numbers in ((1, 2, 3), (4, 5, 6), (7, 8, 9)):
        write(house, *numbers)
        seal_all()
        with connection.cursor() as cursor:  # as after an act that was taken back: a key that nobody has
            cursor.execute("SELECT nextval(pg_get_serial_sequence('audit_auditentry', 'id'))")
    return house


def as_owner(statement: str, *values: Any) -> None:
    """What somebody does to the database who may do everything there."""
    params = databases.owner()
    link = psycopg2.connect(
        dbname=connection.settings_dict["NAME"], user=params["USER"], password=params["PASSWORD"],
        host=params["HOST"], port=params["PORT"] or None,
    )  # fmt: skip
    tables = ("audit_auditentry", "audit_seal", "audit_unsealed")
    with link, link.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        cursor.execute(statement, values)
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    link.close()


def first_batch(vendor_id: int) -> Seal:
    """The first of the three batches that were written here."""
    with enter(Scope.of(vendor_id)):
        return list(Seal.objects.order_by("number"))[-3]


def test_an_untouched_audit_is_whole_and_tells_its_head(vendor_id: int) -> None:
    status, said = verified("--vendor", "mastercam")
    with enter(Scope.of(vendor_id)):
        last = Seal.objects.latest("number")
    assert status == 0
    assert said.endswith(f"whole, head mastercam:{last.number}:{bytes(last.hash).hex()}\n")


TAMPERED: dict[str, tuple[str, int | None, str]] = {
    # statement with the batch's number and the keys of its entries; which of them is named; in which words
    "changed word": ("UPDATE audit_auditentry SET verb = 'x' WHERE id = {1}", 1, "was changed"),
    "changed time": ("UPDATE audit_auditentry SET at = at + interval '1 microsecond' WHERE id = {2}", 2, "was changed"),
    "changed actor": ("UPDATE audit_auditentry SET actor_id = NULL WHERE id = {0}", 0, "was changed"),
    "changed in JSON": ('UPDATE audit_auditentry SET after = \'{{"a": "a"}}\' WHERE id = {1}', 1, "was changed"),
    "all changed": ("UPDATE audit_auditentry SET address = NULL WHERE id >= {0}", 0, "was changed"),
    "deleted": ("DELETE FROM audit_auditentry WHERE id = {1}", 1, "was deleted after"),
    "given to another vendor": (
        "UPDATE audit_auditentry SET vendor_id = vendor_id + 1 WHERE id = {1}",
        1,
        "was deleted after",
    ),
    "exchanged": (
        "UPDATE audit_auditentry SET id = -1 WHERE id = {0}; UPDATE audit_auditentry SET id = {0} WHERE id = {2};"
        " UPDATE audit_auditentry SET id = {2} WHERE id = -1",
        0,
        "the order was changed",
    ),
    "seal's time": (
        "UPDATE audit_seal SET sealed_at = now() WHERE vendor_id = {v} AND number = {n}",
        None,
        "was changed",
    ),
    "seal's digests": (
        "UPDATE audit_seal SET digests = sha256('x') WHERE vendor_id = {v} AND number = {n}",
        None,
        "was changed",
    ),
    "seal with another order": (
        "UPDATE audit_seal SET entries = ARRAY[{1}, {0}, {2}] WHERE vendor_id = {v} AND number = {n}",
        None,
        "was changed",
    ),
    "seal removed": ("DELETE FROM audit_seal WHERE vendor_id = {v} AND number = {n}", None, "the seal is missing"),
}


@pytest.mark.parametrize("how", TAMPERED)
def test_what_the_owner_tampers_with_is_named(vendor_id: int, how: str) -> None:
    statement, named, words = TAMPERED[how]
    batch = first_batch(vendor_id)
    as_owner(statement.format(*batch.entries, v=vendor_id, n=batch.number))
    status, said = verified("--vendor", "mastercam")
    first = said.splitlines()[0]
    place = f"batch {batch.number}" + ("" if named is None else f", entry {batch.entries[named]}")
    assert status == 1
    assert first.startswith(f"mastercam, {place}: ")
    assert words in first
    assert "BROKEN" in said


def test_a_seal_made_anew_over_a_changed_entry_does_not_fit_the_next(vendor_id: int) -> None:
    batch = first_batch(vendor_id)
    as_owner("UPDATE audit_auditentry SET verb = 'x' WHERE id = %s", batch.entries[0])
    forge(vendor_id, batch)
    status, said = verified("--vendor", "mastercam")
    assert status == 1
    assert said.startswith(f"mastercam, batch {batch.number + 1}: the seal does not continue the one before\n")


def forge(vendor_id: int, batch: Seal) -> None:
    """Make a seal anew for the rows as they are now, as somebody would who knows how."""
    with enter(Scope.of(vendor_id)), connection.cursor() as cursor:
        cursor.execute(f"{proof.SELECT} WHERE id = ANY (%s) ORDER BY id", [batch.entries])
        batch.digests = b"".join(map(proof.digest, cursor.fetchall()))
    batch.hash = proof.chained(batch)
    as_owner(
        "UPDATE audit_seal SET digests = %s, hash = %s WHERE vendor_id = %s AND number = %s",
        batch.digests, batch.hash, vendor_id, batch.number,
    )  # fmt: skip


COPY = (
    "INSERT INTO audit_auditentry (id, vendor_id, at, verb, source, subject_type, subject_id, object_type, before, after, houses)"
    " SELECT {key}, vendor_id, at, 'x', source, subject_type, subject_id, object_type, before, after, houses"
    " FROM audit_auditentry WHERE id = {0}"
)


def test_an_entry_inserted_afterwards_is_named_with_the_batch_into_which_it_was_smuggled(vendor_id: int) -> None:
    batch = first_batch(vendor_id)
    spare = batch.entries[-1] + 1  # a key that nobody has
    as_owner(
        "ALTER TABLE audit_auditentry DISABLE TRIGGER audit_await_seal;"
        f"{COPY.format(*batch.entries, key=spare)};"
        "ALTER TABLE audit_auditentry ENABLE TRIGGER audit_await_seal"
    )
    status, said = verified("--vendor", "mastercam")
    assert status == 1
    assert said.startswith(f"mastercam, batch {batch.number + 1}, entry {spare}: the entry was inserted afterwards")


def test_an_entry_that_is_queued_as_if_it_were_new_is_sealed_as_a_late_one_and_shown_by_its_seal(
    vendor_id: int,
) -> None:
    """Nobody can tell a forged new entry from a real one; but it stands in the chain after everything before it."""
    batch = first_batch(vendor_id)
    write(vendor_id, 2)
    seal_all()
    assert verified("--vendor", "mastercam")[0] == 0
    with enter(Scope.of(vendor_id)):
        assert Seal.objects.latest("number").number == batch.number + 3


def test_an_entry_deleted_before_it_was_sealed_is_named(vendor_id: int) -> None:
    write(vendor_id, 10, 11)
    gone = keys(vendor_id)[-2]
    as_owner("DELETE FROM audit_auditentry WHERE id = %s", gone)
    seal_all()
    status, said = verified("--vendor", "mastercam")
    assert status == 1
    assert said.startswith(f"mastercam, entry {gone}: the entry was deleted before it was sealed\n")


def test_an_end_cut_off_is_found_by_a_head_that_was_kept(vendor_id: int) -> None:
    said = verified("--vendor", "mastercam")[1]
    head = said.rpartition("head ")[2].strip()
    with enter(Scope.of(vendor_id)):
        last = Seal.objects.latest("number")
    as_owner("DELETE FROM audit_auditentry WHERE id = ANY (%s)", last.entries)
    as_owner("DELETE FROM audit_seal WHERE vendor_id = %s AND number = %s", vendor_id, last.number)
    assert verified("--vendor", "mastercam")[0] == 0, "nothing inside the database can tell"
    status, said = verified("--vendor", "mastercam", "--head", head)
    assert status == 1
    assert said.startswith(f"mastercam, batch {last.number}: the chain was cut off")
    write(vendor_id, 7, 8, 9)
    seal_all()
    status, said = verified("--vendor", "mastercam", "--head", head)
    assert status == 1
    assert said.startswith(f"mastercam, batch {last.number}: the seal is another one than the head that was kept")


def test_a_head_that_was_kept_fits_a_chain_that_went_on(vendor_id: int) -> None:
    head = verified("--vendor", "mastercam")[1].rpartition("head ")[2].strip()
    write(vendor_id, 10)
    seal_all()
    assert verified("--vendor", "mastercam", "--head", head)[0] == 0


@pytest.mark.parametrize("head", ["mastercam", "mastercam:1:abc", "nobody:1:" + "0" * 64])
def test_a_head_that_is_none_is_refused_in_words(world: World, head: str) -> None:
    with pytest.raises(CommandError, match="head"):
        call_command("audit_verify", "--head", head, stdout=StringIO())


def test_an_entry_committed_late_is_sealed_late_though_its_key_is_lower(vendor_id: int) -> None:
    written, go = threading.Event(), threading.Event()

    def slow() -> None:
        with enter(Scope.of(vendor_id)):
            record([wrote(vendor_id, 10)])
            written.set()
            go.wait(30)
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert written.wait(30)
    write(vendor_id, 11)  # does not wait for the other, and is sealed though a lower key is still under way
    seal_all()
    assert verified("--vendor", "mastercam")[0] == 0
    go.set()
    thread.join(30)
    seal_all()
    with enter(Scope.of(vendor_id)):
        late, early = Seal.objects.order_by("-number")[:2]
    assert late.entries < early.entries
    assert verified("--vendor", "mastercam")[0] == 0


def test_a_second_sealer_leaves_the_work_to_the_first(vendor_id: int) -> None:
    write(vendor_id, 10)
    answers: list[int] = []

    def second() -> None:
        answers.append(seal(vendor_id))
        connection.close()

    with transaction.atomic():
        assert seal(vendor_id) == 1
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(30)
    assert answers == [0]
    assert verified()[0] == 0
