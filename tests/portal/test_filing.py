"""What each vendor's form asks, built from its policy file, and who may fill it in."""

from __future__ import annotations

from typing import Any

import pytest

from kernel.tenancy.scope import enter
from tests.portal.walking import FAULTY, Way
from tests.world import House, World
from tickets.models import Ticket


def one_page(client: Any, house: House) -> str:
    """All questions of the house at once."""
    answer = client.get(f"/portal/new/{house.slug}/all/")
    assert answer.status_code == 200
    return str(answer.content.decode())


def answers(house: House, **more: Any) -> dict[str, Any]:
    return {
        "subject": "No lines any more",
        "body": "Since this morning nothing is drawn.",
        "language": "de" if house.slug == "optocraft" else "en",
        "authorised_user": house.people["customer"].pk,
        "item": house.item.pk,
    } | more


def test_a_mastercam_form_shows_its_priorities_with_descriptions_and_promises(world: World, customer: Any) -> None:
    page = one_page(customer(world.mastercam), world.mastercam)
    assert "P1 Urgent" in page
    assert "A person answers you within 2 h of support time." in page
    assert "Is it urgent?" not in page
    assert "Time counts while support is open." in page  # M6


def test_an_optocraft_form_asks_for_urgency_self_help_and_only_its_own_languages(world: World, customer: Any) -> None:
    page = one_page(customer(world.optocraft), world.optocraft)
    assert "Is it urgent?" in page
    assert "Before you ask" in page
    assert "P1 Urgent" not in page
    assert '<option value="sv"' not in page
    assert "normally hear from us within 2 work days" in page
    assert "If it is urgent:" in page
    assert "We promise no time for the solution" in page  # O20


def test_an_image_instruments_form_promises_nothing_and_shows_no_hours(world: World, customer: Any) -> None:
    page = one_page(customer(world.onyx), world.onyx)
    assert "We promise no times for support." in page  # I9
    assert "Open now" not in page
    assert "Closed now" not in page


def test_the_support_line_of_the_readers_region_is_shown(world: World, customer: Any) -> None:
    british = one_page(customer(world.mastercam, "stranger"), world.mastercam)
    swedish = one_page(customer(world.mastercam), world.mastercam)
    assert "0121.504.5200" in british  # M14
    assert "0121.504.5200" not in swedish
    assert "1.860.875.5006" not in swedish


def test_an_item_is_recognised_by_its_number_and_a_release_by_its_name(world: World, customer: Any) -> None:
    house = world.mastercam
    one = Way(customer(house), house)
    one.answers("all", **answers(house, item="", answer_licence_number=" n-1001 ", answer_release="2025"))
    one.sends()
    with enter(house.scope()):
        ticket = Ticket.objects.select_related("item", "release").get()
        assert ticket.item == house.item
        assert ticket.release is not None
        assert ticket.release.name == "2025"


@pytest.mark.parametrize("field", ["item", "authorised_user", "topic", "claimed_priority", "language"])
def test_a_choice_that_was_not_offered_is_an_error_at_its_field(world: World, customer: Any, field: str) -> None:
    house = world.mastercam
    one = Way(customer(house), house)
    assert one.answers("all", **answers(house, **{field: "999999"})).status_code == FAULTY
    assert one.sends().status_code == FAULTY


def test_another_customers_item_can_not_be_named(world: World, customer: Any) -> None:
    house = world.mastercam
    one = Way(customer(house), house)
    one.answers("all", **answers(house, item="", answer_licence_number="S-2002", answer_release="2026"))
    one.sends()
    with enter(house.scope()):
        assert Ticket.objects.get().item is None


def test_staff_and_partners_have_no_form_here(world: World, client_of: Any) -> None:
    for who in ("agent", "partner"):
        client = client_of(world.mastercam.user(who))
        for place in ("", "mastercam/", "mastercam/all/", "mastercam/item/"):
            assert client.get(f"/portal/new/{place}").status_code == 404
    assert client_of(world.mastercam.user("customer")).get("/portal/new/optocraft/").status_code == 404


def test_who_has_several_vendors_chooses_first(world: World, customer: Any) -> None:
    with enter(world.optocraft.scope()):
        person = world.optocraft.people["customer"]
        person.user = world.mastercam.user("customer")
        person.save()
    page = customer(world.mastercam).get("/portal/new/").content.decode()
    assert "/portal/new/mastercam/" in page
    assert "/portal/new/optocraft/" in page
