"""What stands around the pages: switcher, language, theme, the operator's page."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Enters
from tests.browser.test_mastercam import files_a_request


def test_an_agent_of_three_vendors_switches_between_them(enters: Enters) -> None:
    number = files_a_request(enters("customer@mastercam.test"), "Seen by the agent of all")
    agent = enters("everywhere@agents.test")
    agent.opens("/desk/")
    agent.sees(number, "All vendors")
    switcher = agent.page.locator(".vendor-switch")
    for vendor in ("Optocraft", "Image Instruments"):
        switcher.locator("summary").click()
        switcher.get_by_role("button", name=vendor).click()
        expect(switcher.locator("summary")).to_contain_text(vendor)
        agent.sees_nothing_of(number, within="main")
    agent.opens(f"/desk/mastercam/{number}/")
    agent.sees("Seen by the agent of all", within="h1")
    switcher.locator("summary").click()
    switcher.get_by_role("button", name="All vendors").click()
    agent.opens("/desk/")
    agent.sees(number)


def test_language_and_theme_are_chosen_and_kept(enters: Enters) -> None:
    reader = enters("colleague@mastercam.test")
    reader.opens("/desk/")
    menu = reader.page.locator(".topbar-end details").first
    for language, heading in (("Deutsch", "Alle offenen"), ("Svenska", "Alla öppna"), ("English", "All open")):
        menu.locator("summary").click()
        menu.get_by_role("button", name=language).click()
        reader.sees(heading, within="h1")
    menu.locator("summary").click()
    menu.get_by_role("button", name="Dark").click()
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    expect(reader.page.locator("html")).to_have_attribute("data-theme", "dark")
    reader.opens("/notifications/")
    expect(reader.page.locator("html")).to_have_attribute("data-theme", "dark")
    assert reader.page.evaluate(ground) == "rgb(17, 21, 26)"


def test_the_operator_sees_how_mail_fares_and_no_ticket(enters: Enters) -> None:
    number = files_a_request(enters("customer@mastercam.test"), "Nothing for operators")
    operator = enters("operator@operators.test")
    operator.opens("/")
    operator.sees("Outbox", within="h1")
    operator.opens("/operator/outbox/?state=sent")
    operator.sees_sooner_or_later("received:", within=5)
    operator.sees_nothing_of("Nothing for operators")
    operator.finds_no_page_at(f"/desk/mastercam/{number}/")
    enters("agent@mastercam.test").finds_no_page_at("/operator/outbox/")


def test_who_signs_out_sees_the_sign_in_page_again(enters: Enters) -> None:
    visitor = enters("neighbour@mastercam.test")
    visitor.opens("/portal/")
    visitor.page.get_by_label("Account of").click()
    visitor.presses("Sign out")
    visitor.opens("/portal/")
    visitor.sees("Sign in", within="h1")
