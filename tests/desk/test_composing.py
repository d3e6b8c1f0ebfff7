"""What one writes is never lost, never collides, and can be taken back for a moment."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from interfaces.common import presence
from interfaces.desk.composer import Composer
from kernel.outbox.models import OutboxMessage
from kernel.tenancy.scope import enter
from tests.desk.conftest import ClientOf, Desk
from tests.desk.test_deeds import says
from tests.world import World
from tickets import services
from tickets.models import ComposerDraft, Message

MakeDesk = Callable[..., Desk]


def page(here: Desk) -> str:
    return here.client.get(reverse("desk:ticket", args=here.args)).content.decode()


def keep(here: Desk, client: Client | None = None, **fields: Any) -> Any:
    values = {"kind": "public", "body": ""} | fields
    url = reverse("desk:draft", args=here.args)
    return (client or here.client).post(url, values, headers={"Accept": "application/json"})


def undo(here: Desk) -> Any:
    batch = re.search(r'name="batch" value="(\w+)"', page(here))
    assert batch
    return here.client.post(reverse("desk:undo"), {"batch": batch[1], "next": reverse("desk:ticket", args=here.args)})


def beat(client: Client, here: Desk, **fields: str) -> Any:
    return client.post(reverse("desk:presence", args=here.args), {"mode": "viewing"} | fields)


def test_a_draft_is_there_on_every_device_until_it_is_sent(world: World, desk: MakeDesk, client_of: ClientOf) -> None:
    here = desk(world.optocraft)
    kept = keep(here, body="Half a thought", next_steps="We ask the makers.", then="wait", qualified="on")
    assert kept.json()["kept"].startswith("Draft kept ")
    here.client = client_of(world.optocraft.user("agent"))
    again = page(here)
    assert all(words in again for words in ("Half a thought", "We ask the makers.", "Your draft is here again."))
    assert (
        "Half a thought"
        not in client_of(world.optocraft.user("colleague")).get(reverse("desk:ticket", args=here.args)).content.decode()
    )
    assert here.write("public", "A whole thought").status_code == 302
    assert "Half a thought" not in page(here)
    with enter(here.house.scope()):
        assert not ComposerDraft.objects.exists()


def test_an_emptied_box_leaves_no_draft(world: World, desk: MakeDesk) -> None:
    here = desk(world.mastercam)
    keep(here, body="Something")
    assert keep(here, body="  ").json() == {"kept": ""}
    with enter(here.house.scope()):
        assert not ComposerDraft.objects.exists()


def test_files_are_part_of_a_draft(world: World, desk: MakeDesk) -> None:
    here = desk(world.mastercam)
    with enter(here.house.scope()):
        file = services.attach(by=here.house.member("agent"), upload=SimpleUploadedFile("scan.txt", b"x"))
    keep(here, body="See the file", drafts=str(file.key))
    assert "scan.txt" in page(here)
    assert here.write("public", "See the file", drafts=str(file.key)).status_code == 302
    with enter(here.house.scope()):
        assert here.last().attachments.count() == 1


def test_a_draft_belongs_to_a_ticket_that_one_sees(world: World, desk: MakeDesk, client_of: ClientOf) -> None:
    here = desk(world.mastercam)
    for user in (world.optocraft.user("agent"), world.mastercam.user("customer"), world.mastercam.user("partner")):
        assert keep(here, client_of(user), body="x").status_code == 404
    assert keep(here, body="x" * 250_000).status_code == 422
    plain = here.client.post(reverse("desk:draft", args=here.args), {"kind": "internal", "body": "By hand"})
    assert plain.status_code == 302
    assert "By hand" in page(here)


def test_what_was_sent_is_taken_back_and_stands_in_the_box_again(world: World, desk: MakeDesk) -> None:
    here = desk(world.mastercam)
    assert here.write("public", "Too quick", then="wait").status_code == 302
    assert (here.ticket.state, here.clocks()[("response", 1)]) == ("waiting", "ended")
    with enter(here.house.scope()):
        assert OutboxMessage.objects.filter(payload__word="reply").count() == 1
    undo(here)
    assert (here.ticket.state, here.ticket.assignee, here.clocks()[("response", 1)]) == ("new", None, "running")
    again = page(here)
    assert "Too quick" in again.split('id="composer"')[1]
    assert "Too quick" not in again.split('id="composer"')[0]
    with enter(here.house.scope()):
        assert OutboxMessage.objects.filter(payload__word="reply").count() == 0


def test_the_customer_does_not_read_what_was_taken_back(world: World, desk: MakeDesk, client_of: ClientOf) -> None:
    here = desk(world.mastercam)
    here.write("public", "Too quick")
    undo(here)
    read = client_of(here.house.user("customer")).get(reverse("portal:ticket", args=here.args)).content.decode()
    assert "Too quick" not in read


def test_words_that_came_meanwhile_are_shown_before_mine_go_out(world: World, desk: MakeDesk) -> None:
    here = desk(world.mastercam)
    seen = here.last().pk
    with enter(here.house.scope()):
        services.note(by=here.house.member("colleague"), ticket_id=here.key, body="I have this & solved it.")
    late = here.write("public", "We start now.", seen=seen)
    says(late, "Somebody has written meanwhile.")
    shown = late.content.decode().split('id="composer"')[1]
    assert escape("I have this & solved it.") in shown
    assert "We start now." in shown
    again = re.search(r'name="seen" value="(\d+)"', shown)
    assert again
    assert here.write("public", "We start now.", seen=again[1]).status_code == 302


def test_ones_own_words_warn_nobody(world: World, desk: MakeDesk) -> None:
    here = desk(world.mastercam)
    seen = here.last().pk
    assert here.write("internal", "First.").status_code == 302
    assert here.write("public", "Second.", seen=seen).status_code == 302


def test_a_reply_resolves_with_its_outcome(world: World, desk: MakeDesk) -> None:
    here = desk(world.mastercam)
    says(here.write("public", "In March.", then="resolve:timeline"), "Give the date of the timeline.")
    assert here.write("public", "It works again.", then="resolve:fixed").status_code == 302
    assert (here.ticket.state, here.ticket.outcome, here.last().body) == ("resolved", "fixed", "It works again.")


def test_a_reply_waits_for_a_third_party(world: World, desk: MakeDesk) -> None:
    here = desk(world.mastercam)
    assert here.write("public", "We asked the makers.", then="third-party").status_code == 302
    assert here.ticket.state == "third_party"
    says(here.write("public", "x", then="resolve:nonsense"), "Select a valid choice")


def test_who_else_is_here_is_seen(world: World, desk: MakeDesk, client_of: ClientOf) -> None:
    here = desk(world.mastercam)
    other = client_of(here.house.user("colleague"))
    assert beat(here.client, here).json()["present"] == ""
    assert beat(other, here, mode="replying").status_code == 200
    told = beat(here.client, here).json()
    assert told["present"] == "Colleague of Mastercam is writing a reply."
    assert beat(here.client, here, known=told["mark"]).status_code == 204
    beat(other, here, mode="gone")
    assert beat(here.client, here).json()["present"] == ""


def test_what_has_come_in_is_told_but_ones_own_words(world: World, desk: MakeDesk) -> None:
    here = desk(world.mastercam)
    seen = str(here.last().pk)
    here.write("internal", "Mine.")
    assert beat(here.client, here, seen=seen).json()["news"] == ""
    with enter(here.house.scope()):
        services.customer_writes(by=here.house.member("customer"), ticket_id=here.key, body="More.")
    assert beat(here.client, here, seen=seen).json()["news"] == "A new message from Karin Kund has come in."


@pytest.mark.usefixtures("each_wall")
def test_notes_of_another_house_have_not_come_in(world: World, desk: MakeDesk, client_of: ClientOf) -> None:
    here = desk(world.onyx, customer="stranger", topic="licence_renewal")
    seen = str(here.last().pk)
    here.write("internal", "Between us.")
    partner = client_of(world.onyx.user("partner"))
    assert beat(partner, here, seen=seen).json()["news"] == ""


@pytest.mark.usefixtures("each_wall")
def test_a_house_sees_only_its_own_people(world: World, desk: MakeDesk, client_of: ClientOf) -> None:
    here = desk(world.onyx, customer="stranger", topic="licence_renewal")
    partner = client_of(world.onyx.user("partner"))
    assert beat(partner, here, mode="replying").status_code == 200
    assert beat(here.client, here).json()["present"] == ""
    for user in (world.mastercam.user("agent"), world.onyx.user("customer"), world.onyx.user("stranger")):
        assert beat(client_of(user), here).status_code == 404
    assert beat(partner, desk(world.onyx)).status_code == 404  # a ticket of which his house has nothing


def test_without_redis_nobody_is_seen_and_nothing_fails(world: World, desk: MakeDesk, settings: Any) -> None:
    here = desk(world.mastercam)
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}}
    presence._redis.cache_clear()
    try:
        assert beat(here.client, here).json()["present"] == ""
    finally:
        presence._redis.cache_clear()
        presence._rest.clear()


def test_retracted_words_are_nowhere(world: World, desk: MakeDesk) -> None:
    here = desk(world.mastercam)
    here.write("public", "Too quick")
    undo(here)
    with enter(here.house.scope()):
        assert Message.objects.get(body="Too quick").retracted_at is not None
    assert beat(here.client, here, seen="0").json()["news"] == "A new message from Karin Kund has come in."


def test_two_who_send_at_the_same_instant_do_not_both_go_unwarned(
    world: World, desk: MakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = desk(world.mastercam)
    seen = here.last().pk
    sound = Composer.full_clean

    def late(form: Composer) -> None:
        """Somebody else's words come in after the page was read and before these are written."""
        sound(form)
        if not Message.objects.filter(body="I was quicker.").exists():
            services.note(by=here.house.member("colleague"), ticket_id=here.key, body="I was quicker.")

    monkeypatch.setattr(Composer, "full_clean", late)
    says(here.write("public", "We start now.", seen=seen), "I was quicker.")
    assert here.last().body == "I was quicker."
