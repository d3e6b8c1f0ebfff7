"""A vendor with promises of seconds: the customer is told his time, and watches the ladder being climbed."""

from __future__ import annotations

import re
import time
from pathlib import Path

from _launch.processes import wait_until
from tests.browser.conftest import Enters
from tests.live.installation import Installation


def test_a_customer_is_promised_a_time_and_sees_the_ladder_climbed(
    enters: Enters, site: Installation, tmp_path: Path
) -> None:
    supervisor = enters("supervisor@secundo.test")
    manager = enters("support_management@secundo.test")
    manager.opens("/dashboards/")
    fired = _figure(manager.page.locator(".tile", has_text="Escalations fired").inner_text())

    customer = enters("customer@secundo.test")
    customer.opens("/portal/new/secundo/all/")
    customer.writes("Subject", "The pendulum stands still")
    customer.writes("What happens?", "It does not tick.")
    note = tmp_path / "pendulum.txt"
    note.write_text("Tick, tick, nothing.")
    customer.adds_file(note)
    customer.presses("Check the request")  # the file goes up first
    customer.sees("pendulum.txt", within="main")
    began = time.monotonic()
    customer.page.locator("#send .btn-primary").click()
    customer.page.wait_for_url("**/portal/secundo/SC-*/**")
    customer.sees_sooner_or_later("We answer by", within=2)
    assert time.monotonic() - began < 2
    customer.sees("pendulum.txt", "It does not tick.")
    number = re.search(r"SC-\d{4}-\d{6}", customer.page.locator("main").inner_text())
    assert number is not None

    supervisor.opens(f"/desk/secundo/{number[0]}/")
    supervisor.sees("The pendulum stands still")
    customer.sees_sooner_or_later("Our answer is late", within=6)

    for percent, who in ((75, "supervisor"), (100, "supervisor"), (150, "support_management")):
        assert wait_until(lambda p=percent, w=who: _was_mailed(site, number[0], p, w), 10)  # type: ignore[misc]
    supervisor.sees_sooner_or_later("told at once", within=5)
    assert supervisor.page.locator(".rung-reached", has_text="150 %").count() == 1
    supervisor.opens("/notifications/")
    supervisor.sees(number[0])

    manager.opens("/dashboards/")
    assert _figure(manager.page.locator(".tile", has_text="Escalations fired").inner_text()) == fired + 3
    manager.page.locator(".tile", has_text="Breached now").click()
    manager.sees("The pendulum stands still")

    link = _link_in_the_mail(site, number[0])
    supervisor.opens(link)
    supervisor.sees("The pendulum stands still", within="h1")


def _figure(tile: str) -> int:
    found = re.search(r"^\s*(\d+)\s*$", tile, re.MULTILINE)
    assert found, tile
    return int(found[1])


def _was_mailed(site: Installation, number: str, percent: int, who: str) -> bool:
    return any(
        number in mail["Subject"] and f"{percent}%" in mail["Subject"] and who in mail["To"]
        for mail in list(site.mailbox.received)
    )


def _link_in_the_mail(site: Installation, number: str) -> str:
    mail = next(m for m in site.mailbox.received if number in m["Subject"] and "supervisor" in m["To"])
    plain = mail.get_body(("plain",))
    assert plain is not None
    found = re.search(rf"{re.escape(site.address)}\S+", plain.get_content())
    assert found is not None
    return found[0]
