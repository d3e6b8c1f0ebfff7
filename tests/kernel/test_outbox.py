"""The outbox: leased, sent outside any transaction, marked; against a real mail server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.mail import EmailMessage, get_connection
from django.db import IntegrityError, ProgrammingError, connection, transaction

from kernel.clock import moved_to
from kernel.outbox import services as outbox
from kernel.outbox.models import OutboxMessage
from kernel.outbox.services import Letter, Topic
from kernel.tenancy.scope import enter
from tests.smtp import Mailbox, listening
from tests.world import House, World

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Killed(BaseException):
    """What a SIGKILL leaves of a process: no handler runs."""


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with listening() as server:
        yield server


@pytest.fixture
def house(world: World) -> House:
    return world.mastercam


@pytest.fixture(autouse=True)
def topic(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A topic `test` whose messages go to the mailbox; a payload with `skip` is nothing to send any more."""

    def prepare(vendor_id: int, key: str, payload: Mapping[str, Any]) -> EmailMessage | None:
        assert connection.in_atomic_block
        if payload.get("skip"):
            return None
        if payload.get("broken"):
            raise LookupError("no words for it")
        headers = {"Message-ID": f"<{key}@test>"}
        return EmailMessage("Hello", "Hello", "us@test.test", [payload["to"]], headers=headers)

    def send(message: EmailMessage) -> None:
        backend = "django.core.mail.backends.smtp.EmailBackend"
        message.connection = get_connection(backend, host="127.0.0.1", port=mailbox.port, timeout=5)
        message.send()

    monkeypatch.setitem(outbox._topics, "test", Topic(prepare, send))


def put(house: House, key: str = "one", *, topic: str = "test", delay: float = 0, **payload: object) -> None:
    letter = Letter(house.id, topic, key, {"to": "karin@test.test", **payload}, timedelta(seconds=delay))
    with enter(house.scope()):
        outbox.put([letter], at=NOON)


def deliver(house: House, after: float = 0, limit: int = 100) -> int:
    """Deliver, so many seconds after noon."""
    with moved_to(NOON + timedelta(seconds=after)):
        return outbox.deliver(house.id, limit=limit)


def row(house: House, key: str = "one") -> OutboxMessage:
    with enter(house.scope()):
        return OutboxMessage.objects.get(key=key)


def test_a_message_is_sent_once_and_marked(house: House, mailbox: Mailbox) -> None:
    put(house)
    assert deliver(house) == 1
    assert deliver(house) == 0
    (mail,) = mailbox.received
    assert mail["To"] == "karin@test.test"
    assert mail["Message-ID"] == "<one@test>"
    sent = row(house)
    assert (sent.state, sent.sent_at, sent.attempts, sent.leased_until) == ("sent", NOON, 1, None)


def test_the_same_key_twice_is_an_error(house: House) -> None:
    put(house)
    with pytest.raises(IntegrityError), transaction.atomic():
        put(house)


def test_two_vendors_can_use_one_key(world: World) -> None:
    put(world.mastercam)
    put(world.optocraft)
    assert deliver(world.optocraft) == 1
    assert row(world.mastercam).state == "pending"


def test_a_message_is_put_in_the_transaction_of_its_change(house: House) -> None:
    with transaction.atomic():
        put(house)
        transaction.set_rollback(True)
    assert deliver(house) == 0


def test_a_refusal_is_tried_again_later_and_later(house: House, mailbox: Mailbox) -> None:
    put(house)
    mailbox.answer = "451 Later"
    assert deliver(house) == 1
    waiting = row(house)
    assert (waiting.state, waiting.attempts, waiting.not_before) == ("pending", 1, NOON + timedelta(seconds=15))
    assert "451" in waiting.last_error
    assert deliver(house, 14) == 0
    assert deliver(house, 15) == 1
    assert row(house).not_before == NOON + timedelta(seconds=15 + 60)
    mailbox.answer = "250 Kept"
    assert deliver(house, 75) == 1
    sent = row(house)
    assert (sent.state, sent.attempts, sent.last_error) == ("sent", 3, "")
    assert len(mailbox.received) == 1


def test_a_server_that_is_not_there_is_an_attempt_like_any_other(house: House, mailbox: Mailbox) -> None:
    put(house)
    port, mailbox.port = mailbox.port, 1
    assert deliver(house) == 1
    assert "refused" in row(house).last_error
    mailbox.port = port
    deliver(house, 15)
    assert row(house).state == "sent"


def test_after_its_attempts_it_is_a_dead_letter_that_an_operator_can_send_again(house: House, mailbox: Mailbox) -> None:
    put(house)
    mailbox.answer = "550 Never"
    at = 0.0
    for _ in range(outbox.ATTEMPTS):
        assert deliver(house, at) == 1
        at = (row(house).not_before - NOON).total_seconds()
    assert row(house).state == "dead"
    assert deliver(house, at + 10**6) == 0
    mailbox.answer = "250 Kept"
    with moved_to(NOON), enter(house.scope()):
        assert outbox.retry(house.id, row(house).pk)
        assert not outbox.retry(house.id, row(house).pk), "it is no dead letter any more"
    assert deliver(house) == 1
    assert row(house).state == "sent"
    assert [mail["Message-ID"] for mail in mailbox.received] == ["<one@test>"]


def test_another_vendors_dead_letter_is_not_there(world: World) -> None:
    put(world.mastercam)
    with enter(world.mastercam.scope()):
        OutboxMessage.objects.update(state="dead")
    key = row(world.mastercam).pk
    with enter(world.optocraft.scope()):
        assert not outbox.retry(world.mastercam.id, key)
        assert not outbox.retry(world.optocraft.id, key)


def test_an_unsent_message_can_be_withdrawn_and_a_sent_one_can_not(house: House, mailbox: Mailbox) -> None:
    put(house, delay=10)
    assert deliver(house, 9) == 0
    with enter(house.scope()):
        assert outbox.withdraw(house.id, "one")
        assert not outbox.withdraw(house.id, "one")
    put(house)
    deliver(house)
    with enter(house.scope()):
        assert not outbox.withdraw(house.id, "one")
    assert len(mailbox.received) == 1


def test_what_is_nothing_to_send_any_more_is_marked_without_a_mail(house: House, mailbox: Mailbox) -> None:
    put(house, skip=True)
    deliver(house)
    assert row(house).state == "sent"
    assert mailbox.received == []


def test_a_topic_that_nobody_knows_is_kept(house: House) -> None:
    put(house, topic="carrier pigeon")
    assert deliver(house) == 1
    assert row(house).state == "pending"
    assert "carrier pigeon" in row(house).last_error


def test_one_bad_message_keeps_no_other_back(house: House, mailbox: Mailbox) -> None:
    put(house, "bad", broken=True)
    put(house, "good")
    assert deliver(house) == 2
    assert row(house, "good").state == "sent"
    assert row(house, "bad").state == "pending"


def test_killed_between_sending_and_marking_it_is_sent_again_under_the_same_name(
    house: House, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(house)

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(outbox, "_mark", killed)
        # the lease is committed before anything is sent, as here its savepoint is released
        with pytest.raises(Killed):
            deliver(house)
    assert len(mailbox.received) == 1
    left = row(house)
    assert (left.state, left.leased_until) == ("pending", NOON + outbox.LEASE)
    assert deliver(house, 60) == 0, "somebody may still be at it"
    assert deliver(house, outbox.LEASE.total_seconds() + 1) == 1
    assert [mail["Message-ID"] for mail in mailbox.received] == ["<one@test>", "<one@test>"]
    assert (row(house).state, row(house).attempts) == ("sent", 2)


def test_a_batch_takes_the_oldest_first_and_no_more_than_asked(house: House, mailbox: Mailbox) -> None:
    for number in range(5):
        put(house, f"key{number}", delay=-number)
    assert deliver(house, limit=2) == 2
    assert {mail["Message-ID"] for mail in mailbox.received} == {"<key4@test>", "<key3@test>"}
    assert deliver(house) == 3


def test_a_customers_scope_neither_writes_nor_reads_the_outbox(house: House) -> None:
    from vendors.access import scope_of

    put(house, "theirs")
    member = house.member("customer")
    with enter(scope_of([member], member.user_id)):
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            outbox.put([Letter(house.id, "test", "mine", {"to": "x@test.test"})], at=NOON)
        assert not OutboxMessage.objects.exists()
