"""What is told before sending is what happens: house, verdict and due instants of the outlook are those of the ticket."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from django.utils import translation

from contracts.models import Contract, ContractSite
from kernel.clock import moved_to
from kernel.tenancy.scope import enter
from sla.models import Clock
from tests.tickets.lives import MONDAY, Life, acting, utc
from tests.world import House, World
from tickets import services
from tickets.models import Ticket
from tickets.queries.outlook import Outlook, outlook
from tickets.vocabulary import Refused
from vendors.models import InstalledItem, Organisation, Person, Site

pytestmark = pytest.mark.django_db


def _asked(house: House, who: str, words: dict[str, Any]) -> services.Request:
    item = house.item if who in ("customer", "neighbour", "customer_admin") else None
    given = {"subject": "It stops", "body": "It stops when I save.", "language": "en", "item": item} | words
    return services.Request(requester=house.people[who], **given)


def foretold(life: Life, who: str = "customer", **words: Any) -> Outlook:
    """What somebody is told of a request now."""
    with moved_to(life.now), acting(life.house, who) as by:
        return outlook(by=by, request=_asked(life.house, who, words), now=life.now)


def _own_item(house: House, number: str = "S-2002") -> InstalledItem:
    with enter(house.scope()):
        return InstalledItem.objects.select_related("product", "release", "site", "sold_by").get(number=number)


def _birmingham(world: World) -> Life:
    """The stranger with CONNECT for his site in Birmingham, one day in July."""
    house = world.mastercam
    with enter(house.scope()):
        site = Site.objects.create(
            organisation=house.other_customer, name="Birmingham", country="GB", time_zone="Europe/London"
        )
        contract = Contract.objects.create(
            customer=house.other_customer, kind="connect", number="C-2", starts=date(2025, 1, 1)
        )
        ContractSite.objects.create(contract=contract, site=site)
        InstalledItem.objects.filter(number="S-2002").update(site=site)
    return Life(house, datetime.fromisoformat("2026-07-14T15:30:00+01:00"))


def _case(world: World, name: str) -> tuple[Life, str, dict[str, Any]]:
    mastercam, optocraft, onyx = Life(world.mastercam), Life(world.optocraft), Life(world.onyx)
    birmingham = _birmingham(world) if "Birmingham" in name else mastercam
    sold = {house.slug: _own_item(house) for house in world.houses}
    cases: dict[str, tuple[Life, str, dict[str, Any]]] = {
        "P2 from Stockholm": (mastercam, "customer", {"topic": "toolpaths", "claimed_priority": "P2"}),
        "P2 from Birmingham in July": (
            birmingham, "stranger", {"topic": "toolpaths", "claimed_priority": "P2", "item": sold["mastercam"]},
        ),
        "a post-processor": (mastercam, "customer", {"topic": "post_processor"}),
        "only through the partner": (mastercam, "stranger", {"topic": "toolpaths"}),
        "no topic, no item": (mastercam, "customer", {"item": None}),
        "urgent at Optocraft": (optocraft, "customer", {"topic": "instrument", "urgent": True}),
        "not urgent": (optocraft, "customer", {"topic": "instrument"}),
        "sold by a distributor": (optocraft, "stranger", {"topic": "software", "item": sold["optocraft"]}),
        "own address": (optocraft, "stranger", {"topic": "software", "item": sold["optocraft"], "channel": "mail"}),
        "a licence renewal": (onyx, "stranger", {"topic": "licence_renewal", "item": sold["image-instruments"]}),
        "a licence renewal that the seller could not solve": (
            onyx, "stranger",
            {"topic": "licence_renewal", "item": sold["image-instruments"], "intake": {"asked_seller": "yes"}},
        ),
        "a database restore": (onyx, "stranger", {"topic": "database_restore", "item": sold["image-instruments"]}),
        "training": (onyx, "customer", {"topic": "training"}),
        "an update without maintenance": (onyx, "stranger", {"topic": "software_update", "item": sold["image-instruments"]}),
        "anything, of the seller's customer": (onyx, "stranger", {}),
    }  # fmt: skip
    return cases[name]


CASES = [
    ("P2 from Stockholm", "entitled", "vendor", ["2026-03-02 16:00"]),
    ("P2 from Birmingham in July", "entitled", "vendor", ["2026-07-15 14:30"]),
    ("a post-processor", "not_owed", "sales", []),
    ("only through the partner", "elsewhere", "distributor", []),
    ("no topic, no item", "ask", "vendor", ["2026-03-02 16:00"]),
    ("urgent at Optocraft", "entitled", "vendor", ["2026-03-02 16:00"]),
    ("not urgent", "entitled", "vendor", ["2026-03-03 16:00"]),
    ("sold by a distributor", "elsewhere", "distributor", []),
    ("own address", "entitled", "vendor", ["2026-03-03 16:00"]),
    ("a licence renewal", "elsewhere", "distributor", []),
    ("a licence renewal that the seller could not solve", "entitled", "vendor", []),
    ("a database restore", "entitled", "vendor", []),
    ("training", "elsewhere", "support_partner", []),
    ("an update without maintenance", "not_owed", "distributor", []),
    ("anything, of the seller's customer", "ask", "distributor", []),
]


@pytest.mark.parametrize(("name", "word", "serves", "due"), CASES, ids=[case[0] for case in CASES])
def test_what_is_foretold_is_what_happens(world: World, name: str, word: str, serves: str, due: list[str]) -> None:
    for house in world.houses:
        _sales(house)
        _school(house)
    life, who, words = _case(world, name)
    before = foretold(life, who, **words)
    ticket = life.files(who, **words)
    assert (before.word, before.serves) == (word, serves)
    assert ticket.entitlement == before.word
    assert ticket.serving_house == before.house
    told = [deadline.due_at for deadline in before.deadlines if deadline.due_at]
    assert told == [utc(text) for text in due]
    with enter(life.house.scope()):
        kept = Clock.objects.filter(timeline_id=ticket.timeline_id, promised=True).order_by("due_at")
        assert told == list(kept.values_list("due_at", flat=True))
    assert bool(before.deadlines) != bool(before.no_promise)
    assert before.server.name


def _sales(house: House, name: str = "Sales") -> Organisation:
    with enter(house.scope()):
        return Organisation.objects.create(
            vendor_id=house.id, kind=Organisation.Kind.SALES, name=name, mail_address="sales@vendor.test", phone="+1 5"
        )


def _school(house: House, name: str = "School") -> Organisation:
    with enter(house.scope()):
        return Organisation.objects.create(
            vendor_id=house.id, kind=Organisation.Kind.SUPPORT_PARTNER, name=name, mail_address="ask@school.test"
        )


def test_a_post_processor_is_sales_with_their_contact_and_the_texts_that_say_why(world: World) -> None:
    _sales(world.mastercam)
    told = foretold(Life(world.mastercam), topic="post_processor")
    assert (told.server.name, told.server.mail, told.server.phone) == ("Sales", "sales@vendor.test", "+1 5")
    assert [("M17" in why.rules) for why in told.reasons] == [True]
    assert "consulting" in told.reasons[0].text
    assert told.how
    assert "Sales" in told.no_promise


def test_without_a_sales_house_the_vendor_keeps_it_and_says_how_it_is_reached(world: World) -> None:
    told = foretold(Life(world.mastercam), topic="post_processor")
    assert (told.serves, told.house) == ("vendor", None)
    assert told.instead
    assert told.server.page.startswith("https://")


@pytest.mark.parametrize(("language", "word"), [("en", "CONNECT"), ("de", "CONNECT"), ("sv", "CONNECT")])
def test_without_a_contract_it_says_how_to_get_one_and_waits_with_the_vendor(
    world: World, language: str, word: str
) -> None:
    life = Life(world.mastercam)
    _sales(life.house)
    with enter(life.house.scope()):
        Contract.objects.update(ends=date(2026, 2, 1))
    with translation.override(language):
        told = foretold(life, topic="toolpaths")
    assert (told.word, told.serves) == ("not_owed", "vendor")
    assert word in " ".join(told.how)
    assert "Sales" in [contact.name for contact in told.instead]


def test_an_old_release_says_what_opens_the_way(world: World) -> None:
    life = Life(world.mastercam)
    with enter(life.house.scope()):
        old = life.house.item.product.releases.select_related("product").get(name="2024")
    told = foretold(life, topic="toolpaths", release=old)
    assert told.word == "not_owed"
    assert [rule for why in told.reasons for rule in why.rules] == ["M2"]
    assert told.how


def test_deadlines_come_with_their_wording_and_the_zone_in_which_they_count(world: World) -> None:
    (answer,) = foretold(Life(world.optocraft), urgent=True, topic="instrument").deadlines
    assert (answer.wording, answer.zone, answer.assumed) == ("plain", "Europe/Berlin", False)
    (normal,) = foretold(Life(world.optocraft), topic="instrument").deadlines
    assert normal.wording == "normally"
    answer, solution = foretold(Life(world.mastercam), topic="toolpaths", claimed_priority="P1").deadlines
    assert (answer.kind, answer.wording, answer.zone) == ("response", "plain", "Europe/Stockholm")
    assert (solution.kind, solution.wording, solution.due_at) == ("resolution", "target", None)
    assert "8 hours" in solution.says


def test_a_zone_that_nobody_knows_is_said_to_be_assumed(world: World) -> None:
    life = Life(world.mastercam)
    with enter(life.house.scope()):
        Person.objects.filter(pk=life.house.people["customer"].pk).update(country="", time_zone="", site=None)
        Organisation.objects.filter(pk=life.house.customer.pk).update(time_zone="")
        person = Person.objects.select_related("organisation").get(pk=life.house.people["customer"].pk)
    with moved_to(life.now), acting(life.house, "customer") as by:
        request = services.Request(requester=person, subject="", body="", language="en")
        (answer, _solution) = outlook(by=by, request=request, now=life.now).deadlines
    assert (answer.zone, answer.assumed) == ("America/New_York", True)


def test_no_promise_is_said_plainly(world: World) -> None:
    told = foretold(Life(world.onyx), topic="troubleshooting")
    assert (told.deadlines, told.no_promise) == ((), "No time is promised.")


def test_the_customer_chooses_among_support_partners_unless_he_has_his_own(world: World) -> None:
    life = Life(world.onyx)
    first, second = _school(life.house, "Alpha"), _school(life.house, "Beta")
    told = foretold(life, topic="training")
    assert (told.serves, told.house, told.choices) == ("vendor", None, (first, second))
    assert life.files(topic="training").serving_house is None
    assert foretold(life, topic="training", support_partner=second).house == second
    assert life.files(topic="training", support_partner=second).serving_house == second
    with pytest.raises(Refused) as refused:
        foretold(life, topic="training", support_partner=life.house.partner)
    assert refused.value.field == "support_partner"
    with enter(life.house.scope()):
        Organisation.objects.filter(pk=life.house.customer.pk).update(supported_by=first)
        life.house.customer.refresh_from_db()
        life.house.people["customer"].organisation = life.house.customer
    assert foretold(life, topic="training").house == first


def test_nothing_is_stored_and_bad_words_are_refused_at_their_field(world: World) -> None:
    life = Life(world.mastercam)
    foretold(life, topic="toolpaths", subject="", body="")
    with enter(life.house.scope()):
        assert not Ticket.objects.exists()
    with pytest.raises(Refused) as refused:
        foretold(life, topic="moon")
    assert refused.value.field == "topic"


def test_a_partner_who_files_for_his_customer_is_told_the_same(world: World) -> None:
    life = Life(world.mastercam)
    with moved_to(life.now), acting(life.house, "partner") as by:
        told = outlook(by=by, request=_asked(life.house, "stranger", {"topic": "toolpaths"}), now=MONDAY)
    assert (told.word, told.house) == ("elsewhere", life.house.partner)
