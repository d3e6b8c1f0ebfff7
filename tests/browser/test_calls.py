"""Somebody calls: the agent takes it down without touching the pointer."""

from __future__ import annotations

import time

from playwright.sync_api import expect

from tests.browser.conftest import Enters


def test_a_call_is_taken_down_by_keyboard_in_under_a_minute(enters: Enters) -> None:
    agent = enters("agent@mastercam.test")
    agent.opens("/desk/")
    began = time.monotonic()
    keys = agent.page.keyboard
    keys.press("c")
    expect(agent.page.locator("#find-who")).to_be_focused()
    keys.type("N-1001", delay=15)
    expect(agent.page.locator("#callers tbody tr").first).to_contain_text("N-1001")
    agent.page.locator("#callers [data-row-link]").first.focus()
    keys.press("Enter")
    expect(agent.page.locator("#call-subject")).to_be_focused()
    keys.type("The licence is refused", delay=5)
    keys.press("Tab")
    keys.type("Since this morning; two seats.", delay=5)
    keys.press("Control+Enter")
    agent.sees("The licence is refused", within="h1")
    agent.sees("Logged as")
    assert time.monotonic() - began < 60
