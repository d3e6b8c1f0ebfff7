"""The operator's page: how messages fare, over all vendors, without their words."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from kernel.audit.models import AuditEntry
from kernel.outbox.models import OutboxMessage
from kernel.outbox.queries import without_addresses
from kernel.tenancy.scope import enter
from tests.tickets.lives import Life
from tests.world import House, World

ClientOf = Callable[..., Client]
ERROR = "SMTPRecipientsRefused: {'karin.kund@nordic.test': (550, b'<karin.kund@nordic.test> unknown')}"


def _filed(house: House) -> str:
    return Life(house).files().subject


def _die(house: House) -> int:
    """One dead letter in a house's outbox; its key."""
    with enter(house.scope()):
        key = OutboxMessage.objects.order_by("pk").values_list("pk", flat=True)[0]
        dead = {"state": OutboxMessage.State.DEAD, "attempts": 8, "last_error": ERROR}
        OutboxMessage.objects.filter(pk=key).update(**dead)
    return int(key)


@pytest.mark.parametrize("who", ["customer", "partner", "agent", "admin", "management"])
def test_the_page_is_not_there_for_others(world: World, client_of: ClientOf, who: str) -> None:
    client = client_of(world.mastercam.user(who))
    assert client.get("/operator/outbox/").status_code == 404
    assert client.post("/operator/outbox/retry/", {"vendor": world.mastercam.id, "key": 1}).status_code == 404


def test_the_operator_sees_all_vendors_but_no_words_and_no_addresses(world: World, client_of: ClientOf) -> None:
    subject = _filed(world.mastercam)
    _filed(world.optocraft)
    _die(world.mastercam)
    client = client_of(world.operator)
    pending = client.get("/operator/outbox/")
    dead = client.get("/operator/outbox/?state=dead")
    assert {line["vendor"] for line in pending.context["lines"]} >= {"Optocraft"}
    assert [line["vendor"] for line in dead.context["lines"]] == [world.mastercam.vendor.name]
    for page in (pending.content.decode(), dead.content.decode()):
        assert subject not in page
        assert "nordic.test" not in page
        assert "@mastercam.test" not in page
    assert "SMTPRecipientsRefused" in dead.content.decode()


def test_counts_are_shown_by_state_and_a_vendor_can_be_picked(world: World, client_of: ClientOf) -> None:
    _filed(world.mastercam)
    _filed(world.optocraft)
    client = client_of(world.operator)
    everything = client.get("/operator/outbox/").context
    mine = client.get("/operator/outbox/?vendor=optocraft").context
    counts = {tab["state"]: tab["count"] for tab in everything["tabs"]}
    assert counts == {"pending": len(everything["lines"]), "sent": 0, "dead": 0}
    assert {line["vendor"] for line in mine["lines"]} == {world.optocraft.vendor.name}
    assert client.get("/operator/outbox/?vendor=nobody").status_code == 404
    assert client.get("/operator/outbox/?state=lost").status_code == 404


def test_a_dead_letter_is_sent_again_and_the_act_is_recorded(world: World, client_of: ClientOf) -> None:
    _filed(world.mastercam)
    key = _die(world.mastercam)
    client = client_of(world.operator)
    answer = client.post("/operator/outbox/retry/", {"vendor": world.mastercam.id, "key": key})
    assert answer["Location"] == "/operator/outbox/"
    with enter(world.mastercam.scope()):
        letter = OutboxMessage.objects.get(pk=key)
        entry = AuditEntry.objects.get(subject_type="outbox", subject_id=key)
    assert (letter.state, letter.attempts) == ("pending", 0)
    assert (entry.verb, entry.user_id) == ("outbox.retried", world.operator.pk)


def test_what_is_not_dead_is_not_sent_again(world: World, client_of: ClientOf) -> None:
    _filed(world.mastercam)
    key = _die(world.mastercam)
    client = client_of(world.operator)
    for vendor in (world.optocraft.id, world.mastercam.id, world.mastercam.id):
        client.post("/operator/outbox/retry/", {"vendor": vendor, "key": key})
    with enter(world.mastercam.scope()):
        assert AuditEntry.objects.filter(subject_type="outbox").count() == 1
    assert client.post("/operator/outbox/retry/", {"vendor": "x", "key": "y"}).status_code == 404


def test_errors_are_shown_without_addresses() -> None:
    assert without_addresses(ERROR) == "SMTPRecipientsRefused: {'…@…': (550, b'<…@…> unknown')}"


def test_empty_states_are_kind(world: World, client_of: ClientOf) -> None:
    client = client_of(world.operator)
    assert "Nothing is waiting" in client.get("/operator/outbox/").content.decode()
    assert "Nothing was sent yet" in client.get("/operator/outbox/?state=sent").content.decode()
    assert "No dead letters" in client.get("/operator/outbox/?state=dead").content.decode()
