"""A request that is being typed: kept at each step, gone on with anywhere, its person's alone, sent once, forgotten in time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from kernel import clock
from kernel.tenancy.scope import enter
from tests.portal.walking import FAULTY, PNG, tickets_of
from tests.world import World
from tickets.models import Attachment, RequestDraft
from tickets.services.request_drafts import MOST
from tickets.tasks import clear_unsent_files


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


def test_back_and_all_on_one_page_keep_what_was_typed_unchecked(world: World, way: Any) -> None:
    one = way(world.mastercam)
    one.says_what_it_is_about()
    back = one.answers("what", subject="", body="Half a sen", go="back")
    assert back["Location"] == one.url("product")
    assert one.answers("what", subject="", body="Half a sen", go="all")["Location"] == one.url("all")
    assert "Half a sen" in one.sees("all")


def test_a_draft_is_its_persons_alone(world: World, way: Any, customer: Any, client_of: Callable[..., Client]) -> None:
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
    with enter(house.scope()):
        assert RequestDraft.objects.get().values["subject"] == ["No lines any more"]


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
