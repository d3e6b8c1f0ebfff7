"""Entitlement through the API: the verdict on a ticket, and what a request would bring before it is filed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kernel.tenancy.scope import enter
from tests.api.conftest import Program
from tests.world import World
from tickets.models import Ticket
from vendors.models import Organisation

pytestmark = pytest.mark.django_db
Programs = Callable[..., Program]


def _asked(world: World, **more: Any) -> dict[str, Any]:
    return {"vendor": "mastercam", "subject": "Post fails", "body": "It stops.", "item": "N-1001"} | more


def test_the_outlook_is_what_filing_then_brings_and_stores_nothing(world: World, program_of: Programs) -> None:
    program = program_of(world.mastercam.user("customer"))
    body = _asked(world, topic="toolpaths", claimed_priority="P1")
    before = program.post("tickets/outlook/", body)
    assert before.status_code == 200, before.content
    told = before.json()
    with enter(world.mastercam.scope()):
        assert not Ticket.objects.exists()
    assert (told["verdict"], told["served_by"], told["server"]["name"]) == ("entitled", "vendor", "Mastercam")
    assert [rule for why in told["reasons"] for rule in why["rules"]] == ["M1", "M2", "M1"]
    assert [(row["clock"], row["wording"], row["zone"]) for row in told["deadlines"]] == [
        ("response", "plain", "Europe/Stockholm"),
        ("resolution", "target", "Europe/Stockholm"),
    ]
    filed = program.post("tickets/", body).json()
    assert filed["entitlement"] == told["verdict"]
    path = f"tickets/mastercam/{filed['number']}/entitlement/"
    verdict = program.get(path).json()
    assert (verdict["verdict"], verdict["reasons"]) == (told["verdict"], told["reasons"])


def test_bad_input_is_told_at_its_field(world: World, program_of: Programs) -> None:
    program = program_of(world.mastercam.user("customer"))
    for wrong, field in (
        ({"topic": "moon"}, "topic"),
        ({"item": "X-0"}, "item"),
        ({"vendor": "acme"}, "vendor"),
        ({"support_partner": 4711}, "support_partner"),
    ):
        answer = program.post("tickets/outlook/", _asked(world) | wrong)
        assert answer.status_code == 422, answer.content
        assert answer["Content-Type"].startswith("application/problem+json")
        assert field in answer.content.decode()
    assert program.post("tickets/outlook/", {"vendor": "mastercam"}).status_code == 400


def test_a_support_partner_is_chosen_by_key(world: World, program_of: Programs) -> None:
    house, program = world.onyx, program_of(world.onyx.user("customer"))
    with enter(house.scope()):
        _first, second = (
            Organisation.objects.create(vendor_id=house.id, kind="support_partner", name=name)
            for name in ("Alpha", "Beta")
        )
    body = {"vendor": house.slug, "subject": "A course", "body": "For two.", "topic": "training"}
    told = program.post("tickets/outlook/", body).json()
    assert [row["name"] for row in told["choices"]] == ["Alpha", "Beta"]
    assert told["served_by"] == "vendor"
    chosen = body | {"support_partner": second.pk}
    assert program.post("tickets/outlook/", chosen).json()["server"]["name"] == "Beta"
    assert program.post("tickets/", chosen).json()["serving_house"]["name"] == "Beta"


def test_a_partner_reads_the_verdict_on_what_he_serves_and_on_nothing_else(world: World, program_of: Programs) -> None:
    house = world.mastercam
    stranger, partner = program_of(house.user("stranger")), program_of(house.user("partner"))
    theirs = stranger.post("tickets/", {"vendor": house.slug, "subject": "No", "body": "So.", "topic": "toolpaths"})
    told = partner.get(f"tickets/{house.slug}/{theirs.json()['number']}/entitlement/").json()
    assert (told["verdict"], told["served_by"]) == ("elsewhere", "distributor")
    other = program_of(house.user("customer")).post("tickets/", _asked(world)).json()["number"]
    assert partner.get(f"tickets/{house.slug}/{other}/entitlement/").status_code == 404


def test_a_partner_who_files_for_his_customer_what_the_vendor_serves_is_told_so_and_follows_it(
    world: World, program_of: Programs
) -> None:
    house, partner = world.onyx, program_of(world.onyx.user("partner"))
    body = {
        "vendor": house.slug,
        "subject": "The database is gone",
        "body": "Since the power cut.",
        "topic": "database_restore",
        "requester": house.people["stranger"].pk,
        "item": "S-2002",
    }
    told = partner.post("tickets/outlook/", body).json()
    assert (told["verdict"], told["served_by"]) == ("entitled", "vendor")
    made = partner.post("tickets/", body)
    assert made.status_code == 201, made.content
    assert made.json()["serving_house"] is None
    assert partner.get(f"tickets/{house.slug}/{made.json()['number']}/").status_code == 200
