"""A second matter in one conversation becomes a ticket of its own, with the promise that it had all along."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from kernel import clock
from kernel.outbox.models import OutboxMessage
from kernel.tenancy.scope import enter
from tests.desk.conftest import ClientOf, Desk
from tests.desk.test_deeds import says
from tests.world import World
from tickets import services
from tickets.models import Message, Ticket, TicketLink
from tickets.search.fulltext import matching

MakeDesk = Callable[..., Desk]


@pytest.fixture
def two(world: World, desk: MakeDesk) -> tuple[Desk, Message]:
    """A ticket on which the customer wrote of a second matter two hours ago, with a file."""
    here = desk(world.mastercam, hours_ago=5)
    with enter(here.house.scope()), clock.moved_to(clock.now() - timedelta(hours=2)):
        by = here.house.member("customer")
        file = services.attach(by=by, upload=SimpleUploadedFile("post.txt", b"x"))
        services.customer_writes(by=by, ticket_id=here.key, body="And the postprocessor limps.", files=[file.key])
    return here, here.last()


def split(here: Desk, message: Message, subject: str = "A second matter", client: Client | None = None) -> Any:
    url = reverse("desk:split", args=[*here.args, message.pk])
    return (client or here.client).post(url, {"subject": subject})


def newest(here: Desk) -> Ticket:
    with enter(here.house.scope()):
        found: Ticket = Ticket.objects.latest("pk")
        return found


def test_it_is_received_when_it_was_said_and_takes_its_files_along(two: tuple[Desk, Message]) -> None:
    here, message = two
    assert (
        reverse("desk:split", args=[*here.args, message.pk])
        in here.client.get(reverse("desk:ticket", args=here.args)).content.decode()
    )
    assert split(here, message).status_code == 302
    made = newest(here)
    assert (made.subject, made.received_at, made.customer_id) == (
        "A second matter",
        message.at,
        here.ticket.customer_id,
    )
    with enter(here.house.scope()):
        assert [m.pk for m in made.messages.all()] == [message.pk]
        assert made.attachments.get().name == "post.txt"
        assert TicketLink.objects.get(ticket=made).other_id == here.key
        assert matching(["postprocessor"]) == [made.pk]


def test_it_is_taken_back_with_its_receipt(two: tuple[Desk, Message]) -> None:
    here, message = two
    split(here, message)
    made = newest(here)
    page = here.client.get(reverse("desk:ticket", args=[here.house.slug, made.number])).content.decode()
    batch = re.search(r'name="batch" value="(\w+)"', page)
    assert batch
    here.client.post(reverse("desk:undo"), {"batch": batch[1]})
    with enter(here.house.scope()):
        assert Message.objects.get(pk=message.pk).ticket_id == here.key
        assert Ticket.objects.get(pk=made.pk).state == "cancelled"
        assert not OutboxMessage.objects.filter(payload__ticket=made.pk).exists()
        assert not TicketLink.objects.exists()
        assert matching(["postprocessor"]) == [here.key]


def test_the_request_itself_and_our_own_words_stay(two: tuple[Desk, Message]) -> None:
    here, _message = two
    with enter(here.house.scope()):
        first = Message.objects.filter(ticket=here.key).earliest("pk")
        answer = services.reply(by=here.house.member("agent"), ticket_id=here.key, body="Hello.")
    says(split(here, first), "This is the request itself.")
    says(split(here, answer), "Only what the customer wrote")


def test_a_subject_is_needed_and_strangers_find_nothing(
    world: World, two: tuple[Desk, Message], client_of: ClientOf, desk: MakeDesk
) -> None:
    here, message = two
    says(split(here, message, " "), "This field is required.")
    for user in (world.optocraft.user("agent"), here.house.user("partner"), here.house.user("customer")):
        assert split(here, message, client=client_of(user)).status_code == 404
    other = desk(world.mastercam)
    assert other.client.post(reverse("desk:split", args=[*other.args, message.pk]), {"subject": "x"}).status_code == 404
