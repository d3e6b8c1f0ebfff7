"""Two agents on one ticket, and a web server that dies while somebody writes."""

from __future__ import annotations

import re
import time

from playwright.sync_api import expect

from tests.browser.conftest import Enters
from tests.browser.test_mastercam import files_a_request
from tests.live.installation import Installation


def test_two_agents_see_each_other_and_the_late_reply_is_warned(enters: Enters) -> None:
    number = files_a_request(enters("customer@mastercam.test"), "Two at once")
    first, second = enters("agent@mastercam.test"), enters("colleague@mastercam.test")
    first.opens(f"/desk/mastercam/{number}/")
    second.opens(f"/desk/mastercam/{number}/")
    began = time.monotonic()
    expect(first.page.get_by_text("Colleague of Mastercam is looking at this too.")).to_be_visible(timeout=3000)
    assert time.monotonic() - began < 3
    second.page.locator("#composer textarea").fill("We start at once.")
    expect(first.page.get_by_text("Colleague of Mastercam is writing a reply.")).to_be_visible(timeout=4000)
    first.writes("Text", "I am on it.")
    first.presses("Send")
    first.sees("Sent to the customer.")
    expect(second.page.get_by_text("A new message from Agent of Mastercam has come in.")).to_be_visible(timeout=4000)
    with second.trouble.expecting(422):
        second.presses("Send")
        second.sees("Somebody has written meanwhile.", "I am on it.")
    expect(second.page.locator("#composer textarea")).to_have_value("We start at once.")
    second.presses("Send anyway")
    second.sees("Sent to the customer.")


def test_a_draft_survives_the_death_of_the_server(enters: Enters, site: Installation) -> None:
    number = files_a_request(enters("customer@mastercam.test"), "The server dies")
    agent = enters("agent@mastercam.test")
    agent.opens(f"/desk/mastercam/{number}/")
    area = agent.page.locator("#composer textarea")
    area.press_sequentially("A long answer with much thought in it.", delay=5)
    expect(agent.page.locator("[data-draft-state]")).to_have_text(re.compile("Draft kept"))
    site.kill_web()
    area.press_sequentially(" And a last sentence.", delay=5)
    expect(agent.page.locator("[data-draft-state]")).to_have_text(re.compile("No connection"), timeout=8000)
    site.serve()
    agent.reloads()
    agent.trouble.complaints.clear()  # the page before complained that nobody answered
    expect(area).to_have_value("A long answer with much thought in it. And a last sentence.")
    other_device = enters("agent@mastercam.test")
    expect(agent.page.locator("[data-draft-state]")).to_have_text(re.compile("Draft kept"))
    other_device.opens(f"/desk/mastercam/{number}/")
    expect(other_device.page.locator("#composer textarea")).to_have_value(re.compile("And a last sentence."))
    agent.presses("Send")
    agent.sees("Sent to the customer.")
    agent.page.get_by_role("button", name="Undo").click()
    agent.sees("Taken back.")
    expect(area).to_have_value(re.compile("And a last sentence."))
