"""From anywhere to anything without the pointer: Ctrl-K, some letters, Enter."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.conftest import Enters
from tests.browser.test_mastercam import files_a_request


def test_the_palette_opens_a_menu_and_leaves_it_open(enters: Enters) -> None:
    number = files_a_request(enters("customer@mastercam.test"), "Palette with a menu")
    agent = enters("agent@mastercam.test")
    agent.opens(f"/desk/mastercam/{number}/")
    keys, palette = agent.page.keyboard, agent.page.locator("#palette")
    menu = agent.page.locator("details[data-canned-url]")
    takes: tuple[Callable[[], None], ...] = (
        lambda: keys.press("Enter"),
        palette.get_by_role("option", selected=True).click,
    )
    for take in takes:
        keys.press("Control+k")
        keys.type("canned")
        expect(palette.get_by_role("option", selected=True)).to_contain_text("Canned")
        take()
        expect(palette).to_be_hidden()
        expect(menu.locator("[data-canned-place]")).not_to_be_empty()
        expect(menu).to_have_attribute("open", "")
        keys.press("Escape")
        expect(menu).not_to_have_attribute("open", "")


def test_the_palette_goes_to_a_ticket_a_view_and_a_deed_of_the_page(enters: Enters) -> None:
    number = files_a_request(enters("customer@mastercam.test"), "Palette of colours")
    agent = enters("agent@mastercam.test")
    agent.opens("/desk/")
    keys, palette = agent.page.keyboard, agent.page.locator("#palette")

    keys.press("Control+k")
    expect(palette.get_by_role("combobox")).to_be_focused()
    expect(palette.get_by_role("option", name="Breached")).to_be_visible()
    expect(palette.get_by_role("option", name="Log a phone request")).to_be_visible()
    expect(palette.get_by_role("option", name="Assign", exact=True)).to_have_count(0)  # nothing is selected
    assert agent.barriers() == []
    keys.type(number)
    expect(palette.get_by_role("option", selected=True)).to_contain_text("Palette of colours")
    keys.press("Enter")
    agent.page.wait_for_url(f"**/desk/mastercam/{number}/")

    keys.press("Control+k")
    keys.type("breach")
    expect(palette.get_by_role("option", selected=True)).to_contain_text("Breached")
    keys.press("Enter")
    agent.page.wait_for_url(re.compile(r"/desk/\?q=is%3Abreached"))  # and until its scripts have run

    keys.press("Control+k")
    keys.type("log a phone")
    expect(palette.get_by_role("option", selected=True)).to_contain_text("Log a phone request")
    keys.press("Enter")
    agent.page.wait_for_url("**/desk/new/")

    keys.press("Control+k")
    keys.type("nothing is called this")
    expect(palette.get_by_role("status")).to_be_visible()
    keys.press("Escape")
    expect(palette).to_be_hidden()
