"""Canned replies are filled in from an allow-list, in the customer's language, and kept by whom they belong to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from interfaces.common.quoting import without_quotation
from kernel import clock
from kernel.outbox.models import OutboxMessage
from kernel.tenancy.scope import enter
from sla.timelines import instant
from tests.desk.conftest import ClientOf, Desk
from tests.desk.test_deeds import says
from tests.world import House, World
from tickets.models import CannedReply, Notification, Watcher
from tickets.queries.clocks import clocks_now
from tickets.times import absolute

MakeDesk = Callable[..., Desk]


def write(client: Client, house: House, key: int | None = None, **fields: Any) -> Any:
    values = {"title": "Which release?", "text_en": "Dear {requester_name}, which release do you use?"} | fields
    name = "desk:canned_edit" if key else "desk:canned_new"
    return client.post(reverse(name, args=[house.slug, key] if key else [house.slug]), values)


def offered(here: Desk, client: Client | None = None) -> str:
    return (client or here.client).get(reverse("desk:canned_choose", args=here.args)).content.decode()


def made(house: House) -> CannedReply:
    with enter(house.scope()):
        return CannedReply.objects.get()


def test_a_reply_is_filled_in_for_the_ticket(world: World, desk: MakeDesk) -> None:
    here = desk(world.mastercam)
    assert write(here.client, here.house).status_code == 302
    assert "Dear Karin Kund, which release do you use?" in offered(here)
    url = reverse("desk:ticket", args=here.args)
    assert "Dear Karin Kund, which" in here.client.get(url, {"canned": made(here.house).pk}).content.decode()


def test_it_is_in_the_customers_language_and_says_where_it_is_not(world: World, desk: MakeDesk) -> None:
    here = desk(world.mastercam, language="sv")
    write(here.client, here.house, text_sv="Hej {requester_name}!")
    assert "Hej Karin Kund!" in offered(here)
    write(here.client, here.house, made(here.house).pk, text_sv="")
    assert "Dear Karin Kund" in offered(here)
    assert "only in English" in offered(here)


def test_what_is_not_known_is_shown_and_must_be_filled_in(world: World, desk: MakeDesk) -> None:
    here = desk(world.mastercam)
    write(here.client, here.house, text_en="Your release is {release}.")
    assert "not known: release" in offered(here)
    says(here.write("public", "Your release is {release}."), "Fill this in or take it out before it is sent: {release}")
    assert here.write("public", "Your JSON is {broken}.").status_code == 302


def test_the_due_time_and_the_announced_steps_are_told_in_the_customers_language_and_zone(
    world: World, desk: MakeDesk
) -> None:
    words = "Vi svarar senast {due}. {next_steps} ({next_steps_on})"
    here = desk(world.mastercam, language="sv", claimed_priority="P1")
    write(here.client, here.house, text_sv=words)
    assert "not known: next_steps, next_steps_on" in offered(here)
    with enter(here.house.scope()):
        folded = clocks_now(here.ticket, clock.now())
        assert folded
        at = instant(folded.clocks[0].due_at)
    with translation.override("sv"), timezone.override("Europe/Stockholm"):
        assert at
        assert f"Vi svarar senast {absolute(at)}." in offered(here)
    theirs = desk(world.optocraft)
    write(theirs.client, theirs.house, text_en="As told: {next_steps} by {next_steps_on}.")
    steps = {"qualified": "on", "next_steps": "We measure it again", "next_steps_on": "2027-03-02"}
    assert theirs.write("public", "We have it.", **steps).status_code == 302
    assert "As told: We measure it again by Tue 2 Mar 2027." in offered(theirs)


@pytest.mark.parametrize("text", ["{secret}", "{settings}", "Dear {name_of_nobody}"])
def test_unknown_variables_are_refused_when_it_is_kept(world: World, desk: MakeDesk, text: str) -> None:
    here = desk(world.mastercam)
    says(write(here.client, here.house, text_en=text), "can&#x27;t be filled in.")


@pytest.mark.parametrize("text", ["{{settings.SECRET_KEY}}", "{% include 'base.html' %}", "{0.__class__}", "%(x)s $x"])
def test_nothing_in_it_is_carried_out(world: World, desk: MakeDesk, text: str) -> None:
    here = desk(world.mastercam)
    assert write(here.client, here.house, text_en=text).status_code == 302
    from django.utils.html import escape

    assert escape(text) in offered(here)


def test_a_personal_reply_is_ones_own_and_the_houses_is_everybodys(
    world: World, desk: MakeDesk, client_of: ClientOf
) -> None:
    here = desk(world.mastercam)
    write(here.client, here.house)
    other = client_of(here.house.user("colleague"))
    assert "Karin Kund, which" not in offered(here, other)
    key = made(here.house).pk
    assert write(other, here.house, key).status_code == 404
    assert other.post(reverse("desk:canned_delete", args=[here.house.slug, key])).status_code == 404
    chief = client_of(here.house.user("supervisor"))
    assert write(chief, here.house, title="For all", shared="on").status_code == 302
    assert "Karin Kund, which" in offered(here, other)
    with enter(here.house.scope()):
        everybodys = CannedReply.objects.get(title="For all").pk
    assert write(other, here.house, everybodys, title="Mine now").status_code == 404
    assert other.post(reverse("desk:canned_delete", args=[here.house.slug, everybodys])).status_code == 404


@pytest.mark.usefixtures("each_wall")
def test_other_houses_see_none_of_it(world: World, desk: MakeDesk, client_of: ClientOf) -> None:
    here = desk(world.onyx, customer="stranger", topic="licence_renewal")
    chief = client_of(world.onyx.user("supervisor"))
    write(chief, world.onyx, title="The vendor's", shared="on")
    partner = client_of(world.onyx.user("partner"))
    assert "The vendor" not in offered(here, partner)
    assert write(partner, world.onyx, made(world.onyx).pk).status_code == 404
    assert write(client_of(world.mastercam.user("agent")), world.onyx).status_code == 404
    assert client_of(world.onyx.user("customer")).get(reverse("desk:canned")).status_code == 404
    assert write(partner, world.onyx, title="Ours", shared="on").status_code == 302
    assert "Ours" in offered(here, partner)
    assert "Ours" not in offered(here, chief)


def test_two_of_one_title_are_refused_and_nothing_typed_is_lost(world: World, desk: MakeDesk) -> None:
    here = desk(world.mastercam)
    write(here.client, here.house)
    says(write(here.client, here.house, text_en="Another text"), "There is a reply with this title already.")
    assert "Another text" in write(here.client, here.house, text_en="Another text").content.decode()
    says(write(here.client, here.house, title="New", text_en=""), "Write it in one language at least.")


def test_its_use_is_counted_when_it_is_sent(world: World, desk: MakeDesk) -> None:
    here = desk(world.mastercam)
    write(here.client, here.house)
    here.write("public", "Dear Karin, which?", canned=str(made(here.house).pk))
    assert made(here.house).uses == 1


def test_a_mention_tells_the_colleague_who_follows_from_now_on(world: World, desk: MakeDesk) -> None:
    here = desk(world.mastercam)
    assert here.write("internal", "Please look, @Colleague of Mastercam!").status_code == 302
    with enter(here.house.scope()):
        colleague = here.house.people["colleague"]
        assert Notification.objects.filter(person=colleague, kind="mentioned").count() == 1
        assert OutboxMessage.objects.filter(payload__word="mentioned", payload__person=colleague.pk).count() == 1
        assert Watcher.objects.filter(person=colleague, ticket=here.key).exists()


def test_only_colleagues_can_be_mentioned_and_only_in_notes(world: World, desk: MakeDesk) -> None:
    here = desk(world.mastercam)
    here.write("internal", "@Karin Kund @Paula Partner @Agent of Mastercam mail@colleague of mastercam")
    here.write("public", "@Colleague of Mastercam")
    with enter(here.house.scope()):
        assert not Notification.objects.filter(kind="mentioned").exists()


@pytest.mark.parametrize(
    ("body", "own", "quoted"),
    [
        ("Yes.\n\n> Does it help?\n> Really?", "Yes.", "> Does it help?\n> Really?"),
        (
            "Yes.\n\nOn 3 March 2026 Anna wrote:\n> Does it help?",
            "Yes.",
            "On 3 March 2026 Anna wrote:\n> Does it help?",
        ),
        ("Ja.\n\nAm 3. März schrieb Anna:\n> Hilft es?", "Ja.", "Am 3. März schrieb Anna:\n> Hilft es?"),
        ("> Does it help?\nYes.\n> Really?\nReally.", "> Does it help?\nYes.\n> Really?\nReally.", ""),
        ("> only quoted", "> only quoted", ""),
        ("a > b", "a > b", ""),
        ("", "", ""),
    ],
)
def test_quotations_at_the_end_are_folded(body: str, own: str, quoted: str) -> None:
    assert without_quotation(body) == (own, quoted)
