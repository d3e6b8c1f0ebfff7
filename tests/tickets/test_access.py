"""Who sees which ticket, message and file."""

from contextlib import nullcontext
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django.fixtures import Settings

from tests.tickets.lives import Life, acting
from tests.world import World
from tickets import services
from tickets.access import readable_attachments, readable_messages, visible_tickets
from tickets.models import Attachment, Message, Ticket
from tickets.queries.tracing import traced
from tickets.vocabulary import Refused

# The gate has to hold by itself, too.
pytestmark = pytest.mark.usefixtures("each_wall")
EVERYBODY = {"customer", "neighbour", "customer_admin", "stranger", "partner", "agent", "colleague", "supervisor"}


def seeing(life: Life, ticket: Ticket) -> set[str]:
    """Who sees the ticket: through the gate, and by the database alone."""
    seen = set()
    for who in EVERYBODY:
        with acting(life.house, who) as member:
            gate = visible_tickets([member]).filter(pk=ticket.pk).exists()
            database = Ticket.objects.filter(pk=ticket.pk).exists()
            assert database or not gate
            if gate:
                seen.add(who)
    return seen


def test_a_ticket_is_seen_by_its_requester_his_admin_and_the_vendors_staff(world: World) -> None:
    life = Life(world.mastercam)
    staff = {"agent", "colleague", "supervisor"}
    assert seeing(life, life.files()) == {"customer", "customer_admin"} | staff
    assert seeing(life, life.files("stranger", channel="mail")) == {"stranger"} | staff


def test_a_partner_sees_what_is_routed_to_him_now_or_was_before(world: World) -> None:
    life = Life(world.optocraft)
    ticket = life.files("stranger")
    assert "partner" in seeing(life, ticket)
    life.does("partner", services.hand_off, ticket_id=ticket.pk, to_house_id=None)
    assert "partner" in seeing(life, ticket)
    assert "partner" not in seeing(life, life.files())


def test_nobody_of_another_vendor_sees_or_touches_it(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files()
    for who in ("agent", "supervisor", "customer"):
        with acting(world.optocraft, who) as other:
            assert not visible_tickets([other]).filter(pk=ticket.pk).exists()
            with pytest.raises(Refused, match="no such ticket"):
                services.reply(by=other, ticket_id=ticket.pk, body="Hello")


def test_its_clocks_are_explained_to_who_sees_it_and_nobody_else(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files()
    for who in sorted(EVERYBODY):
        with acting(life.house, who) as member:
            seen = visible_tickets([member]).filter(pk=ticket.pk).exists()
            with nullcontext() if seen else pytest.raises(Ticket.DoesNotExist):
                assert traced(member, ticket.number, "response", 1).state.kind == "response"


def test_a_strangers_refusal_looks_like_absence(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files()
    said = []
    for key in (ticket.pk, 10**9):
        with pytest.raises(Refused) as refusal:
            life.does("neighbour", services.customer_writes, ticket_id=key, body="Hello")
        said.append(refusal.value.message)
    assert said[0] == said[1]
    for key in (ticket.pk, 10**9):
        with pytest.raises(Refused, match="no such ticket"):
            life.does("partner", services.keep_draft, ticket_id=key, values={"body": "Hello"})


def test_notes_stay_in_their_house_until_they_are_shared(world: World) -> None:
    life = Life(world.optocraft)
    ticket = life.files("stranger")
    life.does("partner", services.note, ticket_id=ticket.pk, body="partner only")
    life.does("partner", services.note, ticket_id=ticket.pk, body="for both", share_with_vendor=True)
    life.does("agent", services.note, ticket_id=ticket.pk, body="vendor only")
    shared = [life.house.partner.pk]
    life.does("agent", services.note, ticket_id=ticket.pk, body="for the partner", share_with=shared)
    read = {}
    for who in ("agent", "partner", "stranger"):
        with acting(life.house, who) as member:
            words = Message.objects.filter(readable_messages(member), ticket=ticket).values_list("body", flat=True)
            read[who] = set(words) - {"It stops when I save."}
    assert read == {
        "agent": {"for both", "vendor only", "for the partner"},
        "partner": {"partner only", "for both", "for the partner"},
        "stranger": set(),
    }


def test_a_file_is_served_with_its_message_and_a_draft_to_its_uploader(
    world: World, settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    life = Life(world.mastercam)

    def reading(attachment: Attachment) -> set[str]:
        seen = set()
        for who in EVERYBODY:
            with acting(life.house, who) as member:
                if readable_attachments([member]).filter(pk=attachment.pk).exists():
                    seen.add(who)
        return seen

    upload = SimpleUploadedFile("../../log.txt", b"it stops here")
    draft = life.does("customer", services.attach, upload=upload)
    assert (draft.name, draft.content_type) == ("log.txt", "text/plain")
    assert reading(draft) == {"customer"}
    with pytest.raises(Refused, match="no longer there"):
        life.files("customer_admin", files=[draft.key])
    mine = life.does("colleague", services.attach, upload=SimpleUploadedFile("mine.txt", b"mine"))
    ticket = life.files(files=[draft.key])
    with pytest.raises(Refused, match="no longer there"):
        life.does("agent", services.note, ticket_id=ticket.pk, body="Look", files=[mine.key])
    assert reading(draft) == {"customer", "customer_admin", "agent", "colleague", "supervisor"}
    with acting(life.house, "agent") as agent:
        _, handle = services.open_file(members=[agent], key=draft.key)
        with handle:
            assert handle.read() == b"it stops here"
    with acting(life.house, "neighbour") as neighbour, pytest.raises(Attachment.DoesNotExist):
        services.open_file(members=[neighbour], key=draft.key)


def test_programs_are_refused(world: World) -> None:
    life = Life(world.mastercam)
    with pytest.raises(Refused) as refusal:
        life.does("customer", services.attach, upload=SimpleUploadedFile("setup.exe", b"MZ"))
    assert refusal.value.field == "files"
