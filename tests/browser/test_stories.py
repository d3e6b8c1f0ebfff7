"""What customers of the three vendors ask for, each in three languages on a telephone: before it is sent the page says who serves
it and why, and there it ends.

With STORIES set to a folder, pictures of every check and every filed request are put there.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest
from django.db import connection
from playwright.sync_api import expect
from pytest_django import DjangoDbBlocker

from contracts.models import Contract, ContractSite
from kernel.tenancy.scope import enter
from tests.browser.conftest import Enters
from tests.browser.visitor import NARROW, WIDE, Visitor
from tests.live.installation import Installation
from tests.world import CATALOG, PASSWORD, House, read_house
from vendors.catalog.schema import PolicyFile, Text, load
from vendors.models import InstalledItem, Organisation, Person, Product, Release, Role, Site, User

PICTURES = os.environ.get("STORIES")
Kind = Organisation.Kind


@dataclass(frozen=True)
class Story:
    """Who asks what of whom: `answers` by a field's name; `served_by` a partner's name, or empty for the vendor; `says` what of
    the vendor's file has to stand there before it is sent.
    """

    name: str
    who: str
    vendor: str
    answers: dict[str, str]
    says: Callable[[PolicyFile], list[Text]]
    served_by: str = ""
    entitled: bool = True
    files: int = 0
    helps: str = ""
    clocks: int = 0
    rows: list[str] = field(default_factory=list)


def _excluded(key: str) -> Callable[[PolicyFile], list[Text]]:
    return lambda policy: [row.text for row in policy.exclusions if row.key == key]


def _charged(key: str) -> Callable[[PolicyFile], list[Text]]:
    return lambda policy: (
        [row.text for row in policy.entitlement.charges if row.key == key] if policy.entitlement else []
    )


def _states(key: str) -> Callable[[PolicyFile], list[Text]]:
    return lambda policy: [row.text for row in policy.statements if row.key == key]


def _topic(key: str) -> Callable[[PolicyFile], list[Text]]:
    return lambda policy: [text for text in [policy.topic(key).says] if text]


def _contract(key: str) -> Callable[[PolicyFile], list[Text]]:
    return lambda policy: [row.how_to_get for row in policy.contracts if row.key == key and row.how_to_get]


def _nothing(_policy: PolicyFile) -> list[Text]:
    return []


STORIES = [
    Story(
        "an urgent instrument",
        "messwerk@optocraft.test",
        "optocraft",
        {"item": "A-OPT", "topic": "instrument", "urgent": "yes", "urgent_reason": "Production stands still."},
        _nothing,
        files=2,
        helps="power",
        clocks=1,
    ),
    Story(
        "critical, from Stockholm",
        "svarv@mastercam.test",
        "mastercam",
        {"item": "A-STO", "topic": "toolpaths", "claimed_priority": "P2"},
        _charged("included"),
        clocks=2,
    ),
    Story(
        "critical, from Birmingham",
        "lathe@mastercam.test",
        "mastercam",
        {"item": "A-BHM", "topic": "toolpaths", "claimed_priority": "P2"},
        _charged("included"),
        clocks=2,
    ),
    Story(
        "a site without a contract",
        "svarv@mastercam.test",
        "mastercam",
        {"item": "A-MMA", "topic": "toolpaths", "claimed_priority": "P3"},
        _contract("connect"),
        entitled=False,
        clocks=2,
    ),
    Story(
        "an old release",
        "svarv@mastercam.test",
        "mastercam",
        {"item": "A-OLD", "topic": "simulation", "claimed_priority": "P3"},
        _excluded("old_release"),
        entitled=False,
        clocks=2,
    ),
    Story(
        "a post-processor",
        "svarv@mastercam.test",
        "mastercam",
        {"item": "A-STO", "topic": "post_processor"},
        _topic("post_processor"),
        served_by="Offers & Projects",
        entitled=False,
    ),
    Story(
        "restoring a database",
        "praxis@image-instruments.test",
        "image-instruments",
        {"item": "A-ONY", "topic": "database_restore"},
        _states("no_times"),
    ),
    Story(
        "renewing a licence",
        "praxis@image-instruments.test",
        "image-instruments",
        {"item": "A-ONY", "topic": "licence_renewal"},
        _charged("distributor_sets_fees"),
        served_by="Partner & Söhne GmbH",
        entitled=False,
    ),
    Story(
        "training",
        "praxis@image-instruments.test",
        "image-instruments",
        {"item": "A-ONY", "topic": "training"},
        _topic("training"),
        served_by="School of Imaging",
        entitled=False,
    ),
]


@pytest.fixture(scope="module", autouse=True)
def cast(site: Installation, django_db_blocker: DjangoDbBlocker) -> None:
    """Customers of their own, so that no other test's page has anything of these stories."""
    with pytest.MonkeyPatch.context() as environment, django_db_blocker.unblock():
        # Playwright's loop is in this thread, but stands still meanwhile.
        environment.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "yes")
        mastercam, optocraft, onyx = (read_house(slug) for slug in ("mastercam", "optocraft", "image-instruments"))
        with enter(mastercam.scope()):
            svarv = _customer("svarv", mastercam, "Svarv AB", "SE", "Europe/Stockholm")
            stockholm, malmo = _place(svarv, "Stockholm", covered=True), _place(svarv, "Malmö", covered=False)
            _item(svarv, "A-STO", "2026", site=stockholm)
            _item(svarv, "A-OLD", "2024", site=stockholm)
            _item(svarv, "A-MMA", "2026", site=malmo)
            lathe = _customer("lathe", mastercam, "Lathe Ltd", "GB", "Europe/London")
            _item(lathe, "A-BHM", "2026", site=_place(lathe, "Birmingham", covered=True))
            Organisation.objects.create(kind=Kind.SALES, name="Offers & Projects", mail_address="offers@sales.test")
        with enter(optocraft.scope()):
            _item(_customer("messwerk", optocraft, "Messwerk GmbH", "DE", "Europe/Berlin"), "A-OPT", "2026")
        with enter(onyx.scope()):
            praxis = _customer("praxis", onyx, "Praxis Lind", "DE", "Europe/Berlin", supported_by=onyx.partner)
            _item(praxis, "A-ONY", "2026", sold_by=onyx.partner)
            Organisation.objects.create(kind=Kind.SUPPORT_PARTNER, name="School of Imaging", phone="+49 30 1234")
        connection.close()  # within the loop's context Django has one of its own


def _customer(who: str, house: House, name: str, country: str, zone: str, **fields: object) -> Organisation:
    organisation: Organisation = Organisation.objects.create(
        kind=Kind.CUSTOMER, name=name, country=country, time_zone=zone, **fields
    )
    user = User.objects.create_user(f"{who}@{house.slug}.test", PASSWORD, name=who.title(), time_zone=zone)
    Person.objects.create(
        user=user,
        role=Role.CUSTOMER_USER,
        name=who.title(),
        email=user.email,
        organisation=organisation,
        country=country,
        time_zone=zone,
    )
    return organisation


def _place(customer: Organisation, name: str, *, covered: bool) -> Site:
    site: Site = Site.objects.create(
        organisation=customer, name=name, country=customer.country, time_zone=customer.time_zone
    )
    if covered:
        contract = Contract.objects.create(
            customer=customer, kind="connect", number=f"C-{name}", starts=date(2025, 1, 1)
        )
        ContractSite.objects.create(contract=contract, site=site)
    return site


def _item(customer: Organisation, number: str, release: str, **fields: object) -> None:
    InstalledItem.objects.create(
        organisation=customer,
        product=Product.objects.get(key="main"),
        release=Release.objects.get(name=release),
        number=number,
        **fields,
    )


@pytest.mark.parametrize("language", ["en", "de", "sv"])
@pytest.mark.parametrize("story", STORIES, ids=[story.name for story in STORIES])
def test_it_ends_where_the_rules_say_with_the_text_that_says_why(
    enters: Enters, tmp_path: Path, story: Story, language: str
) -> None:
    customer = enters(story.who)
    _reads(customer, language)
    customer.page.set_viewport_size(NARROW)
    policy = load(CATALOG / f"{story.vendor.replace('-', '_')}.toml")
    said = [policy.say(text, language) for text in story.says(policy)]
    assert story.says is _nothing or said

    customer.opens(f"/portal/new/{story.vendor}/")
    _answers_every_step(customer, story, tmp_path)
    customer.sees(*said, *([story.served_by] if story.served_by else []))
    assert customer.page.locator("#expected .brings").count() == max(story.clocks, 1)
    expect(customer.page.locator("#expected .verdict-entitled")).to_have_count(1 if story.entitled else 0)
    _shows_whole(customer, story, language, "check")
    customer.page.locator("#send .btn-primary").click()

    expect(customer.page.locator(".conversation")).to_be_visible()
    customer.sees(*said[:1] if not story.clocks else [], story.served_by or policy.vendor.name)
    assert customer.page.locator(".conversation a[href*='/files/']").count() >= story.files
    _shows_whole(customer, story, language, "filed")


def test_the_keyboard_alone_suffices(enters: Enters) -> None:
    customer = enters("lathe@mastercam.test")
    _reads(customer, "en")
    keys = customer.page.keyboard
    _tabs_to(customer, "a[href='/portal/new/']")
    keys.press("Enter")
    expect(customer.page.locator(".way-here")).to_contain_text("What is it about?")
    _tabs_to(customer, "select[name=topic]")
    keys.type("Tool")
    _goes_on_by_key(customer, "What happens?")
    _tabs_to(customer, "[name=subject]")
    keys.type("Filed without a mouse")
    _tabs_to(customer, "[name=body]")
    keys.type("It stops.")
    _goes_on_by_key(customer, "How urgent is it?")
    _tabs_to(customer, "[name=claimed_priority]")
    keys.press("ArrowUp")
    _goes_on_by_key(customer, "Check and send")
    _tabs_to(customer, "#send .btn-primary")
    keys.press("Enter")
    customer.sees("Filed without a mouse", within="h1")
    _tabs_to(customer, "#composer textarea[name=body]")
    keys.type("Written without a mouse, too.")
    _tabs_to(customer, "#composer button[type=submit]")
    keys.press("Enter")
    customer.sees("Written without a mouse, too.", within=".conversation")


def _tabs_to(customer: Visitor, selector: str) -> None:
    """Go on by the Tab key until the focus is there."""
    for _ in range(120):
        if customer.page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        customer.page.keyboard.press("Tab")
    raise AssertionError(f"The Tab key does not lead to {selector} on {customer.path}")


def _goes_on_by_key(customer: Visitor, until: str) -> None:
    _tabs_to(customer, ".way-actions .btn-primary")
    customer.page.keyboard.press("Enter")
    expect(customer.page.locator(".way-here")).to_contain_text(until)


def _reads(customer: Visitor, language: str) -> None:
    """Choose the language in the page's own menu."""
    customer.page.set_viewport_size(WIDE)
    customer.opens("/portal/")
    menu = customer.page.locator(".topbar-end details").first
    menu.locator("summary").click()
    menu.locator(f"button[name=language][value={language}]").click()
    expect(customer.page.locator("html")).to_have_attribute("lang", language)


def _answers_every_step(customer: Visitor, story: Story, folder: Path) -> None:
    """Fill in whatever of the story a step asks for, and go on until there is nothing left but to send it."""
    page = customer.page
    while not page.locator("#send").count():
        here = page.locator(".way-here").inner_text()
        for name, value in {"subject": story.name.capitalize(), "body": "It stops."}.items() | story.answers.items():
            _answer(customer, name, value)
        if story.helps and page.locator(".self-help").count():
            page.locator(".self-help input[type=radio]").first.check()
        if story.files and page.locator("main input[type=file]").count():
            _adds_files(customer, folder, story.files)
        page.locator(".way-actions .btn-primary").click()
        expect(page.locator(".way-here")).not_to_have_text(here)


def _answer(customer: Visitor, name: str, value: str) -> None:
    fields = customer.page.locator(f"main [name={name}]:visible")
    if not fields.count():
        return
    kind = fields.first.evaluate("field => field.type")
    if kind == "select-one":
        chosen = fields.locator("option").filter(has_text=value)
        fields.first.select_option(value if name != "item" else chosen.first.get_attribute("value"))
    elif kind == "radio":
        customer.page.locator(f"main [name={name}][value={value}]").check()
    elif kind == "checkbox":
        fields.first.check()
    else:
        fields.first.fill(value)


def _adds_files(customer: Visitor, folder: Path, count: int) -> None:
    files = [folder / f"scan-{number}.shz" for number in range(count)]
    for file in files:
        file.write_bytes(b"measured")
    customer.page.locator("main input[type=file]").set_input_files(files)
    for number in range(count):
        expect(customer.page.locator(".upload").nth(number)).to_have_attribute("data-state", "whole")


def _shows_whole(customer: Visitor, story: Story, language: str, when: str) -> None:
    assert customer.overflow() == 0
    if PICTURES:
        name = f"{story.name.replace(' ', '-').replace(',', '')}-{when}-{language}.png"
        customer.page.screenshot(path=Path(PICTURES) / name, full_page=True)
