"""The guided way to a request: step by step, looked at as a whole, with what to expect, then sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from kernel.tenancy.scope import enter
from tests.portal.walking import FAULTY, PNG, Way, tickets_of
from tests.world import World
from tickets.models import RequestDraft, SelfHelpSolution
from vendors.models import InstalledItem, Organisation, User

SignedIn = Callable[..., Client]


def test_each_vendor_has_the_steps_that_its_file_makes_necessary(world: World, customer: Any) -> None:
    for house, steps in ((world.mastercam, 4), (world.optocraft, 5), (world.onyx, 4)):
        page = customer(house).get(f"/portal/new/{house.slug}/").content.decode()
        assert f"Step 1 of {steps}: What is it about?" in page


def test_step_by_step_to_a_ticket_with_everything_that_was_said(world: World, way: Any) -> None:
    house = world.optocraft
    one = way(house)
    assert one.says_what_it_is_about(topic="software")["Location"] == one.url("self-help")
    assert one.answers("self-help", step_power="sound")["Location"] == one.url("what")
    happened = one.says_what_happens(
        answer_shsworks_version="11.019.2",
        answer_svn_number="10482",
        answer_tried="Restarted it.",
        none_recent_changes="on",
        files=[SimpleUploadedFile("shot.png", PNG)],
    )
    assert happened["Location"] == one.url("urgency")
    urgent = one.answers("urgency", urgent="on", urgent_reason="Production stands still", declared_trained="on")
    assert urgent["Location"] == one.url("check")
    page = one.sees("check")
    for words in ("No lines any more", "11.019.2", "Restarted it.", "Nothing to tell", "shot.png", "Production stands"):
        assert words in page
    assert "Still missing" not in page
    assert one.sends().status_code == 302
    [ticket] = tickets_of(house)
    assert (ticket.language, ticket.topic, ticket.item) == ("de", "software", house.item)
    assert ticket.urgent
    assert ticket.information_complete
    assert ticket.intake["self_help"] == {"power": "sound"}
    assert ticket.intake["declarations"] == ["trained"]
    with enter(house.scope()):
        assert [file.name for file in ticket.attachments.all()] == ["shot.png"]
        assert not RequestDraft.objects.exists()


def test_an_answer_that_is_not_valid_is_said_at_its_field_and_kept(world: World, way: Any) -> None:
    one = way(world.optocraft)
    one.says_what_it_is_about()
    refused = one.says_what_happens(answer_shsworks_version="eleven")
    page = refused.content.decode()
    assert refused.status_code == FAULTY
    assert "Three numbers with dots" in page
    assert 'value="eleven"' in page
    assert 'value="eleven"' in one.sees("what")
    check = one.sees("check")
    assert "Three numbers with dots" in check
    assert "Send" not in check.split('id="send"')[1].split("</form>")[0]
    assert one.sends().status_code == FAULTY
    assert tickets_of(world.optocraft) == []


def test_the_one_page_leads_to_the_same_check(world: World, way: Any) -> None:
    house = world.mastercam
    one = way(house)
    whole = {
        "subject": "Corner is cut",
        "body": "At pocket 7.",
        "language": "en",
        "authorised_user": one.person.pk,
        "item": house.item.pk,
        "claimed_priority": "P2",
    }
    assert one.answers("all", **whole | {"subject": ""}).status_code == FAULTY
    assert one.answers("all", **whole)["Location"] == one.url("check")
    assert "P2 Critical" in one.sees("check")
    assert one.sends().status_code == 302
    assert tickets_of(house)[0].claimed_priority == "P2"


def test_what_is_missing_is_said_before_and_it_can_be_sent_anyway(world: World, way: Any) -> None:
    one = way(world.optocraft)
    one.says_what_it_is_about()
    one.says_what_happens()
    page = one.sees("check")
    missing = page.split('id="missing"')[1].split("</section>")[0]
    assert "SHSWorks version" in missing
    assert "Serial number" not in missing
    assert "we show you what is still open" in missing
    assert "Send anyway" in page
    one.sends()
    assert not tickets_of(world.optocraft)[0].information_complete


def test_a_number_is_recognised_and_shows_what_is_on_record(world: World, customer: Any) -> None:
    house = world.mastercam
    with enter(house.scope()):
        InstalledItem.objects.filter(pk=house.item.pk).update(sold_by=house.partner)
    client = customer(house)
    found = client.get(f"/portal/new/{house.slug}/item/", {"item": "", "answer_licence_number": " n-1001 "})
    for words in ("Mastercam One", "2026", "Stockholm", "Partner &amp; Söhne GmbH"):
        assert words in found.content.decode()
    theirs = client.get(f"/portal/new/{house.slug}/item/", {"item": "", "answer_licence_number": "S-2002"})
    assert "We do not find this number" in theirs.content.decode()


def test_without_scripts_a_number_is_looked_up_by_a_button(world: World, way: Any) -> None:
    one = way(world.mastercam)
    looked = one.says_what_it_is_about(item="", answer_licence_number="N-1001", go="look")
    assert looked["Location"] == one.url("product")
    assert "Release on record" in one.sees("product")


def test_who_serves_and_why_is_said_as_soon_as_the_topic_is_known(world: World, way: Any) -> None:
    one = way(world.mastercam)
    one.says_what_it_is_about(topic="post_processor")
    page = one.sees("what")
    assert "Changes to a post-processor are consulting." in page.split('id="request"')[0]
    assert "M17" in page


def test_the_deadline_that_this_very_request_would_get_is_told(world: World, way: Any, monkeypatch: Any) -> None:
    one = way(world.mastercam)
    one.says_what_it_is_about()
    one.says_what_happens()
    one.answers("urgency", claimed_priority="P1")
    page = one.sees("check")
    assert "We answer by" in page
    one.sends()
    [ticket] = tickets_of(world.mastercam)
    told = page.split("We answer by ")[1].split(".")[0]
    assert told in one.client.get(f"/portal/mastercam/{ticket.number}/").content.decode()


def test_where_another_house_serves_sending_is_passing_on(world: World, way: Any) -> None:
    house = world.onyx
    one = way(house, "stranger")
    with enter(house.scope()):
        item = InstalledItem.objects.get(number="S-2002")
    one.says_what_it_is_about(item=item.pk, topic="licence_renewal")
    one.says_what_happens()
    page = one.sees("check")
    assert "Pass it on to Partner &amp; Söhne GmbH" in page
    one.sends()
    [ticket] = tickets_of(house)
    assert ticket.serving_house == house.partner


def test_the_customer_may_say_which_support_partner_is_asked(world: World, way: Any) -> None:
    house = world.onyx
    with enter(house.scope()):
        kind = Organisation.Kind.SUPPORT_PARTNER
        _first, second = (
            Organisation.objects.create(kind=kind, name=name) for name in ("Alpha Schulung", "Beta Kurse")
        )
    one = way(house)
    one.says_what_it_is_about(topic="training")
    one.says_what_happens()
    page = one.sees("check")
    for words in ("Whom shall we ask for you?", "Alpha Schulung", "Beta Kurse", "Image Instruments chooses for me"):
        assert words in page
    assert one.sends(support_partner=str(second.pk)).status_code == 302
    assert tickets_of(house)[0].serving_house == second


def test_that_solved_it_counts_as_solved_without_a_ticket(world: World, way: Any) -> None:
    house = world.optocraft
    one = way(house)
    one.says_what_it_is_about()
    solved = one.answers("self-help", step_power="repaired", solved="power")
    assert solved["Location"] == one.url("solved")
    assert "Good that it works again" in one.sees("solved")
    one.answers("self-help", step_power="repaired", solved="power")
    with enter(house.scope()):
        assert [row.step for row in SelfHelpSolution.objects.all()] == ["power"]
    assert "Go on with" not in one.client.get("/portal/").content.decode()
    assert one.client.post(one.url("take-up"))["Location"] == one.url("what")
    with enter(house.scope()):
        assert not SelfHelpSolution.objects.exists()
    assert "Go on with" in one.client.get("/portal/").content.decode()
    assert one.answers("self-help", solved="magic").status_code == FAULTY


def test_managers_see_how_many_solved_it_themselves(world: World, way: Any, client_of: SignedIn) -> None:
    one = way(world.optocraft)
    one.says_what_it_is_about()
    one.answers("self-help", solved="data_cable")
    board = client_of(world.optocraft.user("management")).get("/dashboards/").content.decode()
    assert "Solved by self-help" in board
    assert "Is the data cable sound and firmly connected?" in board


def test_a_program_is_refused_and_the_rest_is_kept(world: World, way: Any) -> None:
    one = way(world.mastercam)
    one.says_what_it_is_about()
    refused = one.says_what_happens(files=[SimpleUploadedFile("setup.exe", b"MZ"), SimpleUploadedFile("fine.png", PNG)])
    page = refused.content.decode()
    assert refused.status_code == FAULTY
    assert "“setup.exe” is a program" in page
    assert "fine.png" in one.sees("what")


def test_what_to_expect_follows_the_choices_on_the_one_page(world: World, customer: Any) -> None:
    house = world.mastercam
    client = customer(house)
    whole = {"language": "en", "authorised_user": house.people["customer"].pk, "item": house.item.pk}
    said = client.post(f"/portal/new/{house.slug}/expect/", whole | {"topic": "post_processor"}).content.decode()
    assert "are consulting" in said
    assert "are consulting" not in client.post(f"/portal/new/{house.slug}/expect/", whole).content.decode()
    with enter(house.scope()):
        assert not RequestDraft.objects.exists()


def test_steps_ask_as_many_questions_for_many_items_and_files_as_for_few(world: World, way: Any) -> None:
    house = world.mastercam
    one = way(house)
    one.says_what_it_is_about()
    one.says_what_happens(files=[SimpleUploadedFile("shot.png", PNG)])
    steps = ("product", "what", "urgency", "check", "all")
    few = {step: _questions(one, step) for step in steps}
    with enter(house.scope()):
        for n in range(12):
            InstalledItem.objects.create(
                organisation=house.customer, product=house.item.product, number=f"N-2{n:03}", site=house.site
            )
    for n in range(6):
        one.says_what_happens(files=[SimpleUploadedFile(f"{n}.png", PNG)])
        way(house).says_what_it_is_about()
    many = {step: _questions(one, step) for step in steps}
    assert many == few
    assert max(few.values()) <= 32


def _questions(one: Way, step: str) -> int:
    one.sees(step)  # what a process learns once
    with CaptureQueriesContext(connection) as captured:
        one.sees(step)
    return len(captured)


@pytest.mark.parametrize("language", ["de", "sv"])
def test_the_vendors_own_words_come_in_the_readers_language(world: World, way: Any, language: str) -> None:
    house = world.mastercam
    one = way(house)
    one.says_what_it_is_about()
    User.objects.filter(pk=house.user("customer").pk).update(language=language)
    words = {"sv": "Hur mycket hindrar detta ert arbete?", "de": "Wie stark behindert das Ihre Arbeit?"}
    assert words[language] in one.sees("urgency")
