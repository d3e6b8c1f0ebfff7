"""Filing a request: each vendor's own form, built from its policy file."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from kernel.tenancy.scope import enter
from tests.world import House, World
from tickets.models import Attachment, Ticket
from vendors.models import User


def newest(house: House) -> Ticket:
    with enter(house.scope()):
        ticket: Ticket = Ticket.objects.select_related("item", "release", "authorised_user").latest("pk")
        return ticket


def count(house: House) -> int:
    with enter(house.scope()):
        return Ticket.objects.count()


def answers(house: House, **more: Any) -> dict[str, Any]:
    return {
        "subject": "No lines any more",
        "body": "Since this morning nothing is drawn.",
        "language": house.people["customer"].language if house.slug != "optocraft" else "de",
        "authorised_user": house.people["customer"].pk,
        "item": house.item.pk,
    } | more


OPTOCRAFT = {
    "answer_shsworks_version": "11.019.2",
    "answer_svn_number": "10482",
    "answer_tried": "Restarted it.",
    "none_recent_changes": "on",
}


def picture(name: str = "shot.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, b"\x89PNG\r\n\x1a\n" + b"0" * 64, "image/png")


def test_a_mastercam_form_shows_its_priorities_with_descriptions_and_promises(world: World, customer: Any) -> None:
    page = customer(world.mastercam).get("/portal/new/").content.decode()
    assert "P1 Urgent" in page
    assert "A person answers you within 2 h of support time." in page
    assert "Is it urgent?" not in page
    assert "Time counts while support is open." in page  # M6


def test_an_optocraft_form_asks_for_urgency_self_help_and_only_its_own_languages(world: World, customer: Any) -> None:
    page = customer(world.optocraft).get("/portal/new/").content.decode()
    assert "Is it urgent?" in page
    assert "Before you ask" in page
    assert "P1" not in page
    assert '<option value="sv"' not in page
    assert "normally hear from us within 2 work days" in page
    assert "We promise no time for the solution" in page  # O20


def test_an_image_instruments_form_promises_nothing_and_shows_no_hours(world: World, customer: Any) -> None:
    page = customer(world.onyx).get("/portal/new/").content.decode()
    assert "We promise no times for support." in page  # I9
    assert "Open now" not in page
    assert "Closed now" not in page


def test_the_support_line_of_the_readers_region_is_shown(world: World, customer: Any) -> None:
    british = customer(world.mastercam, "stranger").get("/portal/new/").content.decode()
    swedish = customer(world.mastercam).get("/portal/new/").content.decode()
    assert "0121.504.5200" in british  # M14
    assert "0121.504.5200" not in swedish
    assert "1.860.875.5006" not in swedish


def test_a_complete_request_is_filed_with_everything_that_was_said(world: World, customer: Any) -> None:
    house = world.optocraft
    data = answers(
        house,
        **OPTOCRAFT,
        topic="software",
        urgent="on",
        urgent_reason="Production stands still",
        declared_trained="on",
        step_power="sound",
        files=[picture(), picture("second.png")],
    )
    response = customer(house).post("/portal/new/", data)
    ticket = newest(house)
    assert response.status_code == 302, response.content.decode()
    assert response["Location"] == f"/portal/optocraft/{ticket.number}/"
    assert (ticket.language, ticket.topic, ticket.item) == ("de", "software", house.item)
    assert ticket.urgent
    assert ticket.urgent_reason == "Production stands still"
    assert ticket.information_complete
    assert ticket.intake["declarations"] == ["trained"]
    assert ticket.intake["self_help"] == {"power": "sound"}
    assert ticket.intake["recent_changes"] == "Nothing"
    with enter(house.scope()):
        assert ticket.attachments.count() == 2


def test_what_is_missing_is_said_and_the_request_can_be_sent_anyway(world: World, customer: Any) -> None:
    house, client = world.optocraft, customer(world.optocraft)
    before = count(house)
    first = client.post("/portal/new/", answers(house))
    assert first.status_code == 422
    assert "Still missing" in first.content.decode()
    assert "SHSWorks version" in first.content.decode()
    assert count(house) == before
    second = client.post("/portal/new/", answers(house, send_anyway="1"))
    assert second.status_code == 302
    assert not newest(house).information_complete
    assert "Still missing" in client.get(second["Location"]).content.decode()


def test_an_answer_of_the_wrong_form_is_refused_next_to_its_field(world: World, customer: Any) -> None:
    data = answers(world.optocraft, **OPTOCRAFT | {"answer_shsworks_version": "eleven"})
    response = customer(world.optocraft).post("/portal/new/", data)
    page = response.content.decode()
    assert response.status_code == 422
    assert "Three numbers with dots" in page
    assert 'value="eleven"' in page
    assert "Since this morning nothing is drawn." in page


def test_uploaded_files_survive_a_refused_form(world: World, customer: Any) -> None:
    house, client = world.optocraft, customer(world.optocraft)
    refused = client.post("/portal/new/", answers(house, subject="", files=[picture("kept.png")]))
    assert refused.status_code == 422
    assert "kept.png" in refused.content.decode()
    with enter(house.scope()):
        draft = Attachment.objects.get(name="kept.png")
    sent = client.post("/portal/new/", answers(house, **OPTOCRAFT, draft=[str(draft.key)]))
    assert sent.status_code == 302
    with enter(house.scope()):
        draft.refresh_from_db()
        assert draft.ticket_id == newest(house).pk
        assert draft.state == Attachment.State.READY


def test_a_program_is_refused_clearly_and_the_other_files_stay(world: World, customer: Any) -> None:
    files = [SimpleUploadedFile("setup.exe", b"MZ"), picture("fine.png")]
    response = customer(world.mastercam).post("/portal/new/", answers(world.mastercam, files=files))
    page = response.content.decode()
    assert response.status_code == 422
    assert "“setup.exe” is a program" in page
    assert "fine.png" in page


def test_somebody_elses_draft_is_not_taken(world: World, customer: Any) -> None:
    house = world.mastercam
    customer(house, "neighbour").post("/portal/new/", answers(house, subject="", files=[picture("theirs.png")]))
    with enter(house.scope()):
        draft = Attachment.objects.get(name="theirs.png")
    sent = customer(house).post("/portal/new/", answers(house, answer_release="2026", draft=[str(draft.key)]))
    assert sent.status_code == 302
    with enter(house.scope()):
        assert newest(house).attachments.count() == 0
    assert b"theirs.png" not in customer(house).get(sent["Location"]).content


def test_an_item_is_recognised_by_its_number_and_a_release_by_its_name(world: World, customer: Any) -> None:
    house = world.mastercam
    data = answers(house, item="", answer_licence_number=" n-1001 ", answer_release="2025")
    assert customer(house).post("/portal/new/", data).status_code == 302
    ticket = newest(house)
    assert ticket.item == house.item
    assert ticket.release is not None
    assert ticket.release.name == "2025"


@pytest.mark.parametrize("field", ["item", "authorised_user", "topic", "claimed_priority", "language"])
def test_a_choice_that_was_not_offered_is_an_error_at_its_field(world: World, customer: Any, field: str) -> None:
    before = count(world.mastercam)
    response = customer(world.mastercam).post("/portal/new/", answers(world.mastercam, **{field: "999999"}))
    assert response.status_code == 422
    assert count(world.mastercam) == before


def test_another_customers_item_can_not_be_named(world: World, customer: Any) -> None:
    house = world.mastercam
    data = answers(house, item="", answer_licence_number="S-2002", answer_release="2026")
    assert customer(house).post("/portal/new/", data).status_code == 302
    assert newest(house).item is None


def test_staff_and_partners_have_no_form_here(world: World, client_of: Any) -> None:
    for who in ("agent", "partner"):
        client = client_of(world.mastercam.user(who))
        assert client.get("/portal/").status_code == 404
        assert client.get("/portal/new/").status_code == 404
    assert client_of(world.mastercam.user("customer")).get("/portal/new/?vendor=optocraft").status_code == 404


def test_who_has_several_vendors_chooses_first(world: World, customer: Any) -> None:
    with enter(world.optocraft.scope()):
        person = world.optocraft.people["customer"]
        person.user = world.mastercam.user("customer")
        person.save()
    client = customer(world.mastercam)
    page = client.get("/portal/new/").content.decode()
    assert "?vendor=mastercam" in page
    assert "?vendor=optocraft" in page
    assert "SHSWorks version" in client.get("/portal/new/?vendor=optocraft").content.decode()


def test_the_vendors_own_words_come_in_the_readers_language(world: World, customer: Any) -> None:
    house = world.mastercam
    client = customer(house)
    for language, words in (
        ("sv", "Hur mycket hindrar detta ert arbete?"),
        ("de", "Wie stark behindert das Ihre Arbeit?"),
    ):
        User.objects.filter(pk=house.user("customer").pk).update(language=language)
        assert words in client.get("/portal/new/").content.decode()
