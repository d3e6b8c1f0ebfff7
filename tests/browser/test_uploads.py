"""A customer sends a large measurement over a bad line; the agent sees pictures and pages without leaving the ticket."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

from playwright.sync_api import Route, expect

from tests.browser.conftest import Enters
from tests.browser.test_mastercam import number_on, sends

SIZE = 60 * 1024 * 1024
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d494844520000000100000001080600000" + "01f15c4890000000d49444154789c63f8cfc0f01f0005000"
    "1ff5d0d2db40000000049454e44ae426082"
)


def test_a_large_file_survives_three_broken_connections(enters: Enters, tmp_path: Path) -> None:
    measurement, picture = tmp_path / "scan.shz", tmp_path / "screen.png"
    content = os.urandom(SIZE)
    measurement.write_bytes(content)
    picture.write_bytes(PNG)
    customer, agent = enters("customer@optocraft.test"), enters("agent@optocraft.test")
    cuts = {3: True, 7: True, 11: True}

    def line(route: Route) -> None:
        piece = (
            int(route.request.headers["upload-offset"]) // (4 * 1024 * 1024)
            if "upload-offset" in route.request.headers
            else 0
        )
        if cuts.pop(piece, False):
            route.abort("connectionreset")
        else:
            route.continue_()

    customer.opens("/portal/new/")
    customer.page.route(re.compile(r"/files/uploads/"), line)
    customer.page.locator("input[type=file]").set_input_files([measurement, picture])
    customer.writes("Subject", "A scan that tears")
    customer.writes("What happens?", "The scan breaks off in the middle.")
    expect(customer.page.locator(".upload[data-state=whole]")).to_have_count(2, timeout=30_000)
    assert cuts == {}
    customer.trouble.complaints.clear()  # the browser complains about each cut
    sends(customer)
    customer.sees("A scan that tears", within="h1")
    number = number_on(customer)

    agent.opens(f"/desk/optocraft/{number}/")
    with agent.page.expect_download() as download:
        agent.follows("scan.shz")
    got = Path(download.value.path()).read_bytes()
    assert hashlib.sha256(got).hexdigest() == hashlib.sha256(content).hexdigest()
    agent.page.locator(".attachment-picture").click()
    expect(agent.page.locator("dialog.dialog-preview img")).to_be_visible()
    agent.page.keyboard.press("Escape")
    expect(agent.page.locator("dialog.dialog-preview")).to_be_hidden()
