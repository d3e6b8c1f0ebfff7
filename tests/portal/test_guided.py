"""The guided way to a request: step by step, kept at each, gone on with anywhere, looked at as a whole, sent once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from kernel import clock
from kernel.tenancy.scope import enter
from tests.world import House, World
from tickets.models import Attachment, RequestDraft, SelfHelpSolution, Ticket
from tickets.services.request_drafts import MOST
from tickets.tasks import clear_unsent_files
from vendors.models import InstalledItem, User

SignedIn = Callable[..., Client]
FAULTY = 422
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64


class Way:
    """A person on the guided way of a house's form."""

    def __init__(self, client: Client, house: House, who: str = "customer") -> None:
        self.client, self.house, self.person = client, house, house.people[who]
        self.key = uuid4()

    def url(self, step: str) -> str:
        return f"/portal/new/{self.house.slug}/{self.key}/{step}/"

    def answers(self, step: str, **answers: Any) -> Any:
        """Send a step; where it leads to is in its Location."""
        return self.client.post(self.url(step), answers)

    def says_what_it_is_about(self, **more: Any) -> Any:
        language = "de" if self.house.slug == "optocraft" else "en"
        about = {"item": self.house.item.pk, "authorised_user": self.person.pk, "language": language}
        return self.answers("product", **about | more)

    def says_what_happens(self, **more: Any) -> Any:
        return self.answers("what", **{"subject": "No lines any more", "body": "Nothing is drawn."} | more)

    def sees(self, step: str) -> str:
        answer = self.client.get(self.url(step))
        assert answer.status_code == 200, answer
        return str(answer.content.decode())

    def sends(self, **more: Any) -> Any:
        return self.client.post(self.url("check"), more)


@pytest.fixture
def way(customer: Any) -> Callable[..., Way]:
    """Somebody before his vendor's form."""
    return lambda house, who="customer": Way(customer(house, who), house, who)


def draft_of(house: House) -> RequestDraft:
    with enter(house.scope()):
        return RequestDraft.objects.get()


def tickets_of(house: House) -> list[Ticket]:
    with enter(house.scope()):
        return list(Ticket.objects.select_related("item", "serving_house").order_by("pk"))


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


def test_what_was_typed_comes_back_on_another_device_with_its_files(world: World, way: Any, customer: Any) -> None:
    house = world.mastercam
    one = way(house)
    one.says_what_it_is_about(topic="")
    one.says_what_happens(files=[SimpleUploadedFile("part.mcam", b"x" * 10), SimpleUploadedFile("odd.xyz", b"y")])
    other = customer(house)
    listed = other.get("/portal/").content.decode()
    assert "Go on with “No lines any more”" in listed
    assert other.get(f"/portal/new/{house.slug}/{one.key}/")["Location"] == one.url("urgency")
    page = other.get(one.url("what")).content.decode()
    for words in ("No lines any more", "Nothing is drawn.", "part.mcam", "odd.xyz"):
        assert words in page
    assert (
        page.count("We do not know this kind of file") == 3
    )  # for the script, beside the field, at the file that it concerns


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


def test_back_and_all_on_one_page_keep_what_was_typed_unchecked(world: World, way: Any) -> None:
    one = way(world.mastercam)
    one.says_what_it_is_about()
    back = one.answers("what", subject="", body="Half a sen", go="back")
    assert back["Location"] == one.url("product")
    assert one.answers("what", subject="", body="Half a sen", go="all")["Location"] == one.url("all")
    assert "Half a sen" in one.sees("all")


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


def test_a_draft_is_its_persons_alone(world: World, way: Any, customer: Any, client_of: SignedIn) -> None:
    house = world.mastercam
    one = way(house)
    one.says_what_it_is_about()
    one.says_what_happens()
    for other in (customer(house, "neighbour"), customer(house, "customer_admin"), client_of(house.user("agent"))):
        for step in ("what", "check", "all"):
            assert other.get(one.url(step)).status_code == 404
        for deed in ("discard", "take-up", "check"):
            assert other.post(one.url(deed)).status_code == 404
        assert "No lines any more" not in other.get("/portal/", follow=True).content.decode()
    assert draft_of(house).values["subject"] == ["No lines any more"]


def test_sent_twice_is_filed_once_and_the_draft_leads_to_the_ticket(world: World, way: Any) -> None:
    house = world.mastercam
    one = way(house)
    one.says_what_it_is_about()
    one.says_what_happens()
    first, second = one.sends(), one.sends()
    [ticket] = tickets_of(house)
    assert first["Location"] == second["Location"] == f"/portal/mastercam/{ticket.number}/"
    late = one.says_what_happens(subject="Typed in another tab")
    assert late["Location"] == first["Location"]
    assert one.client.get(one.url("check"))["Location"] == first["Location"]


def test_a_file_is_taken_out_only_by_whom_it_was_shown(world: World, way: Any) -> None:
    house = world.mastercam
    one = way(house)
    one.says_what_it_is_about()
    one.says_what_happens(files=[SimpleUploadedFile("a.png", PNG), SimpleUploadedFile("b.png", PNG)])
    with enter(house.scope()):
        a, b = Attachment.objects.order_by("pk")
    one.says_what_happens()  # a page from before the files
    with enter(house.scope()):
        assert Attachment.objects.filter(request_draft__key=one.key).count() == 2
    one.says_what_happens(held=[str(a.key), str(b.key)], draft=[str(b.key)])
    with enter(house.scope()):
        assert [file.name for file in Attachment.objects.all()] == ["b.png"]


def test_a_program_is_refused_and_the_rest_is_kept(world: World, way: Any) -> None:
    one = way(world.mastercam)
    one.says_what_it_is_about()
    refused = one.says_what_happens(files=[SimpleUploadedFile("setup.exe", b"MZ"), SimpleUploadedFile("fine.png", PNG)])
    page = refused.content.decode()
    assert refused.status_code == FAULTY
    assert "“setup.exe” is a program" in page
    assert "fine.png" in one.sees("what")


def test_old_drafts_and_their_files_are_forgotten_and_young_ones_kept(world: World, way: Any) -> None:
    house = world.mastercam
    old, young = way(house), way(house)
    for one in (old, young):
        one.says_what_it_is_about()
        one.says_what_happens(files=[SimpleUploadedFile("shot.png", PNG)])
    with enter(house.scope()):
        long_ago = clock.now() - timedelta(days=20)
        Attachment.objects.update(created_at=long_ago)
        RequestDraft.objects.filter(key=old.key).update(changed_at=clock.now() - timedelta(days=29))
    clear_unsent_files()
    with enter(house.scope()):
        assert [draft.key for draft in RequestDraft.objects.all()] == [young.key]
        assert [file.request_draft.key for file in Attachment.objects.select_related("request_draft")] == [young.key]


def test_a_draft_is_discarded_with_its_files(world: World, way: Any) -> None:
    house = world.mastercam
    one = way(house)
    one.says_what_it_is_about()
    one.says_what_happens(files=[SimpleUploadedFile("shot.png", PNG)])
    assert one.client.post(one.url("discard"))["Location"] == "/portal/"
    with enter(house.scope()):
        assert not RequestDraft.objects.exists()
        assert not Attachment.objects.exists()


def test_nobody_keeps_drafts_without_end(world: World, way: Any) -> None:
    house = world.mastercam
    for _ in range(MOST):
        assert way(house).says_what_it_is_about().status_code == 302
    assert way(house).says_what_it_is_about().status_code == FAULTY
    with enter(house.scope()):
        assert RequestDraft.objects.count() == MOST


def test_several_drafts_are_offered_before_a_new_one_is_begun(world: World, way: Any) -> None:
    house = world.mastercam
    one, other = way(house), way(house)
    assert one.client.get("/portal/new/")["Location"] == f"/portal/new/{house.slug}/"
    for each, subject in ((one, "First"), (other, "Second")):
        each.says_what_it_is_about()
        each.says_what_happens(subject=subject)
    page = one.client.get("/portal/new/").content.decode()
    assert page.index("Go on with “Second”") < page.index("Go on with “First”")
    assert "Begin a new one" in page


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


def test_somebody_elses_draft_file_is_not_taken(world: World, way: Any) -> None:
    house = world.mastercam
    theirs = way(house, "neighbour")
    theirs.says_what_it_is_about()
    theirs.says_what_happens(files=[SimpleUploadedFile("theirs.png", PNG)])
    with enter(house.scope()):
        key: UUID = Attachment.objects.get().key
    one = way(house)
    one.says_what_it_is_about()
    one.says_what_happens(draft=[str(key)], held=[str(key)])
    one.says_what_happens(held=[str(key)])
    one.sends()
    with enter(house.scope()):
        assert Attachment.objects.get().request_draft.key == theirs.key
