"""Neither a mail server that is silent nor one vendor's trouble holds up anybody's deadlines."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from time import monotonic

import pytest
from django.test import override_settings

from kernel.outbox import services as outbox
from kernel.outbox.models import OutboxMessage
from kernel.outbox.services import Topic
from kernel.tenancy.scope import enter
from sla import loop
from tests.tickets.lives import Life
from tests.world import World
from tickets import tasks
from tickets.mails import DELIVERY

SMTP = {
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
    "EMAIL_HOST": "127.0.0.1",
    "EMAIL_USE_TLS": False,
}


@pytest.fixture(autouse=True)
def rested() -> Iterator[None]:
    outbox._resting.clear()
    yield
    outbox._resting.clear()


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of a server that takes connections and never says a word."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(50)
        yield server.getsockname()[1]


def _letters(life: Life) -> list[tuple[str, int, bool]]:
    with enter(life.house.scope()):
        rows = OutboxMessage.objects.order_by("pk")
        return [(row.state, row.attempts, row.leased_until is not None) for row in rows]


def test_a_silent_mail_server_costs_one_wait_and_no_attempt_of_the_others(world: World, silent: int) -> None:
    life = Life(world.mastercam)
    for _ in range(5):
        life.files()
    began = monotonic()
    with override_settings(**SMTP, EMAIL_PORT=silent, EMAIL_TIMEOUT=1):
        assert outbox.deliver(life.house.id, limit=25) == 1
        assert outbox.deliver(life.house.id, limit=25) == 0, "the topic rests"
    assert monotonic() - began < 3
    letters = _letters(life)
    assert len(letters) >= 5
    assert letters[0] == ("pending", 1, False)
    assert set(letters[1:]) == {("pending", 0, False)}


def test_a_slow_mail_server_is_left_after_a_while(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    life = Life(world.mastercam)
    for _ in range(4):
        life.files()
    monkeypatch.setattr(outbox, "PATIENCE", -1.0)
    monkeypatch.setitem(outbox._topics, "mail", Topic(DELIVERY.prepare, lambda mail: None))
    assert outbox.deliver(life.house.id, limit=25) == 1
    states = _letters(life)
    assert states[0] == ("sent", 1, False)
    assert set(states[1:]) == {("pending", 0, False)}


def test_a_letter_of_which_every_worker_dies_is_laid_aside(world: World) -> None:
    life = Life(world.mastercam)
    life.files()
    with enter(life.house.scope()):
        OutboxMessage.objects.update(attempts=outbox.ATTEMPTS)
    outbox.deliver(life.house.id)
    assert {state for state, _, _ in _letters(life)} == {"dead"}


def test_a_letter_to_an_erased_person_is_not_sent(world: World, mailoutbox: list[object]) -> None:
    from vendors.services import erase

    life = Life(world.mastercam)
    life.files()
    with enter(life.house.scope()):
        erase(by=life.house.member("admin"), person_id=life.house.people["customer"].pk)
    outbox.deliver(life.house.id)
    assert not mailoutbox
    assert {state for state, _, _ in _letters(life)} == {"sent"}


def test_one_vendors_trouble_does_not_keep_the_others_waiting(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    swept: list[int] = []
    sound = loop.sweep

    def sweep(vendor_id: int, act: loop.Acting, *, limit: int = loop.BATCH) -> int:
        swept.append(vendor_id)
        if vendor_id == world.mastercam.id:
            raise LookupError("broken")
        return sound(vendor_id, act, limit=limit)

    monkeypatch.setattr(loop, "sweep", sweep)
    delivered: list[int] = []

    def deliver(vendor_id: int, *, limit: int) -> int:
        delivered.append(vendor_id)
        return 0

    monkeypatch.setattr(outbox, "deliver", deliver)
    everyone = [world.mastercam.id, world.optocraft.id, world.onyx.id]
    with pytest.raises(LookupError):
        tasks.look_after(everyone)
    assert swept == everyone
    assert delivered == everyone
