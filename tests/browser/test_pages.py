"""Every main page: no complaint of the browser, no barrier, nothing wider than a phone; light and dark."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Enters
from tests.browser.test_mastercam import files_a_request, goes_on
from tests.browser.visitor import NARROW, WIDE

EVERYBODY = ("/notifications/", "/me/", "/me/tokens/", "/accounts/password/change/", "/accounts/email/")
PAGES = {
    "": ("/accounts/login/", "/accounts/password/reset/", "/accounts/join/", "/accounts/join/sent/"),
    "customer_admin@mastercam.test": (
        "/portal/people/",
        "/portal/people/mastercam/invite/",
        "/portal/people/mastercam/domains/new/",
    ),
    "customer@mastercam.test": ("/portal/", "/portal/new/mastercam/", "/portal/new/mastercam/all/", *EVERYBODY),
    "customer@optocraft.test": ("/portal/new/optocraft/", "/portal/new/optocraft/all/"),
    "customer@image-instruments.test": ("/portal/new/image-instruments/all/",),
    "agent@mastercam.test": ("/desk/", "/desk/new/", "/desk/new/?vendor=mastercam&who=karin", "/api/v1/docs/"),
    "supervisor@mastercam.test": (
        "/desk/staff/",
        "/desk/staff/people/",
        "/desk/staff/teams/",
        "/desk/staff/domains/",
        "/desk/staff/mastercam/domains/new/",
        "/desk/staff/mastercam/teams/new/",
        "/desk/announcements/",
        "/desk/announcements/mastercam/new/",
    ),
    "everywhere@agents.test": ("/desk/", "/desk/?q=is:breached", "/desk/?q=is:defect+zzz", "/desk/palette/?q=e"),
    "management@mastercam.test": ("/dashboards/", "/dashboards/list/?figure=breached"),
    "operator@operators.test": ("/operator/outbox/", "/operator/outbox/?state=sent", "/operator/outbox/?state=dead"),
}


def faults_of(enters: Enters, who: str, *paths: str) -> list[str]:
    """What is wrong with these pages, as somebody sees them."""
    visitor = enters(who)
    found = []
    for path in paths:
        visitor.opens(path)
        for fold in visitor.page.locator("main details:not(.menu)").all():
            fold.evaluate("fold => { fold.open = true }")
        visitor.page.set_viewport_size(NARROW)
        if pixels := visitor.overflow():
            found.append(f"{path}: {pixels} px too wide")
        visitor.page.set_viewport_size(WIDE)
        visitor.prefers("light")
        found += [f"{path}: {barrier}" for barrier in visitor.barriers() if not _is_swaggers(barrier)]
        visitor.prefers("dark")
        found += [f"{path}, dark: {barrier}" for barrier in visitor.barriers("color-contrast")]
    return found


def _is_swaggers(barrier: str) -> bool:
    return barrier.startswith("nested-interactive at #operations-")  # how Swagger UI builds its own lines


@pytest.mark.parametrize("who", PAGES)
def test_pages_have_no_faults(enters: Enters, who: str) -> None:
    assert faults_of(enters, who, *PAGES[who]) == []


def test_a_search_that_means_nothing_has_no_faults(enters: Enters) -> None:
    visitor = enters("agent@mastercam.test")
    with visitor.trouble.expecting(422):
        visitor.opens("/desk/?q=is:mien")
        assert visitor.barriers() == []
        visitor.page.set_viewport_size(NARROW)
        assert visitor.overflow() == 0


def test_the_pages_of_a_ticket_have_no_faults(enters: Enters) -> None:
    number = files_a_request(enters("customer@mastercam.test"), "Looked at from all sides", "P1 Urgent")
    faults = faults_of(enters, "customer@mastercam.test", f"/portal/mastercam/{number}/", "/portal/")
    faults += faults_of(enters, "supervisor@mastercam.test", f"/desk/mastercam/{number}/", "/desk/")
    assert faults == []


def test_the_steps_of_a_request_have_no_faults(enters: Enters) -> None:
    faults = []
    for house in ("optocraft", "image-instruments"):
        visitor = enters(f"customer@{house}.test")
        visitor.opens(f"/portal/new/{house}/")
        goes_on(visitor, "What happens?")
        visitor.writes("Subject", "Looked at before it is sent")
        visitor.page.locator("#id_body").fill("It stops.")
        goes_on(visitor, "Check and send")
        check = visitor.path
        steps = [one.get_attribute("href") or "" for one in visitor.page.locator(".way a").all()]
        faults += faults_of(enters, f"customer@{house}.test", *steps, check, "/portal/new/", "/portal/")
    assert faults == []


def test_the_pages_of_an_announcement_have_no_faults(enters: Enters) -> None:
    visitor = enters("supervisor@mastercam.test")
    visitor.opens("/desk/announcements/mastercam/new/")
    page = visitor.page
    page.get_by_label("Urgent update").check()
    page.get_by_label("Subject, English").fill("Update 2026.2")
    page.get_by_label("Text, English").fill("Please install it.")
    page.get_by_role("button", name="Keep and show whom it reaches").press("Enter")
    page.get_by_role("heading", name="It would reach").wait_for()
    draft = visitor.path
    faults = faults_of(enters, "supervisor@mastercam.test", draft)
    visitor.opens(draft)
    page.get_by_role("button", name="Send to").press("Enter")
    page.get_by_text("Please install it.").wait_for()
    faults += faults_of(enters, "supervisor@mastercam.test", draft, "/desk/announcements/")
    assert faults == []


def test_the_pages_of_an_article_have_no_faults(enters: Enters) -> None:
    visitor = enters("agent@mastercam.test")
    visitor.opens("/desk/articles/mastercam/new/")
    page = visitor.page
    page.get_by_label("Title, English").fill("Looked at from all sides")
    page.get_by_label("Text, English").fill(
        "# First\n\n- one\n- two\n\n|a|b|\n|-|-|\n|c|d|\n\n[Us](https://x.test/) or `a@b.test`."
    )
    page.get_by_role("heading", name="First").wait_for()
    page.get_by_label("I have looked").check()
    page.get_by_role("button", name="Publish").press("Enter")
    page.get_by_role("link", name="As customers see it").wait_for()
    faults = faults_of(enters, "agent@mastercam.test", visitor.path, "/desk/articles/")
    reading = enters("customer@mastercam.test")
    reading.opens("/portal/help/?q=sides")
    reading.page.get_by_role("link", name="Looked at from all sides").press("Enter")
    reading.page.get_by_role("button", name="No").press("Enter")
    reading.page.get_by_label("What was missing?").wait_for()
    assert "/portal/help/mastercam/" in reading.path
    faults += faults_of(enters, "customer@mastercam.test", reading.path, "/portal/help/", "/portal/help/?q=sides")
    assert faults == []


def test_the_pages_of_a_person_and_of_his_tickets_have_no_faults(enters: Enters) -> None:
    files_a_request(enters("customer@mastercam.test"), "Somebody is to take this", "P3 Medium")
    visitor = enters("supervisor@mastercam.test")
    paths = []
    for listing in ("/desk/staff/people/", "/desk/staff/"):
        visitor.opens(listing)
        paths.append(visitor.page.locator("[data-row-link]").first.get_attribute("href") or "")
    assert faults_of(enters, "supervisor@mastercam.test", *paths) == []


def test_the_page_that_says_that_nothing_is_next_has_no_faults(enters: Enters) -> None:
    assert faults_of(enters, "sponsor@image-instruments.test", "/desk/next/") == []


def test_the_page_for_what_is_not_there_has_no_faults(enters: Enters) -> None:
    visitor = enters("agent@mastercam.test")
    visitor.finds_no_page_at("/desk/mastercam/MC-2026-999999/")
    assert visitor.barriers() == []
