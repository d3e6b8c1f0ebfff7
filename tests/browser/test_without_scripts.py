"""The main ways without JavaScript."""

from __future__ import annotations

from pathlib import Path

from tests.browser.conftest import Enters
from tests.browser.test_mastercam import files_a_request


def test_a_request_is_filed_answered_and_resolved_without_scripts(enters: Enters, tmp_path: Path) -> None:
    customer = enters("customer@mastercam.test", java_script_enabled=False)
    agent = enters("agent@mastercam.test", java_script_enabled=False)
    number = files_a_request(customer, "No scripts here", "P3 Medium")
    picture = tmp_path / "corner.txt"
    picture.write_text("a corner")
    customer.writes("Your message", "This is the corner.")
    customer.adds_file(picture)
    customer.presses("Send")
    customer.sees("corner.txt")

    agent.opens("/desk/?q=" + number)
    agent.page.locator("tr", has_text=number).get_by_role("link").first.click()
    agent.writes("Text", "Thank you, we look at the corner.")
    agent.presses("Send")
    agent.sees("Sent to the customer.")
    resolve = agent.unfolds("Resolve")
    agent.ticks("Fixed", inside=resolve)
    agent.writes("Message to the customer", "It goes round now.", inside=resolve)
    agent.presses("Resolve and tell the customer", inside=resolve)
    agent.sees("Resolved; the customer is told.")

    customer.opens(f"/portal/mastercam/{number}/")
    customer.sees("It goes round now.")
    customer.presses("It is solved")
    customer.sees("Thank you. This request is closed.")
