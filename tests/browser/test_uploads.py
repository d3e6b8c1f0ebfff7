"""A customer sends large measurements over a bad line; the agent sees pictures and pages without leaving the ticket."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Request, Route, expect

from bench.line import breaking
from tests.browser.conftest import Enters
from tests.browser.test_mastercam import number_on, sends
from tests.browser.visitor import Visitor
from tests.live.installation import Installation

SIZE = 60 * 1024 * 1024
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d494844520000000100000001080600000" + "01f15c4890000000d49444154789c63f8cfc0f01f0005000"
    "1ff5d0d2db40000000049454e44ae426082"
)
PIECES = re.compile(r"/files/uploads/[^/]+/[^/]+/")


@pytest.fixture
def customer(enters: Enters) -> Visitor:
    """Somebody of Optocraft's at the form of a new request."""
    visitor = enters("customer@optocraft.test")
    visitor.opens("/portal/new/optocraft/all/")
    return visitor


def chooses(visitor: Visitor, *files: Path) -> Locator:
    """Choose files; answers the rows that show them."""
    visitor.page.locator("input[type=file]").set_input_files(files)
    return visitor.page.locator(".upload")


def made(path: Path, size: int) -> Path:
    path.write_bytes(os.urandom(size))
    return path


def come_whole(rows: Locator, number: int) -> None:
    expect(rows.and_(rows.page.locator("[data-state=whole]"))).to_have_count(number, timeout=40_000)


def kept_of(visitor: Visitor) -> list[str]:
    """The keys of the files that go with the form."""
    return [field.input_value() for field in visitor.page.locator(".upload input[name=draft]").all()]


def test_a_large_file_survives_three_broken_connections(enters: Enters, site: Installation, tmp_path: Path) -> None:
    measurement, picture = made(tmp_path / "scan.shz", SIZE), tmp_path / "screen.png"
    picture.write_bytes(PNG)
    customer, agent = enters("customer@optocraft.test"), enters("agent@optocraft.test")
    with breaking(site.port, size=SIZE, times=3) as line:
        customer.address = line.address
        customer.opens("/portal/new/optocraft/all/")
        rows = chooses(customer, measurement, picture)
        customer.writes("Subject", "A scan that tears")
        customer.writes("What happens?", "The scan breaks off in the middle.")
        come_whole(rows, 2)
        assert line.cuts == []
        customer.trouble.complaints.clear()  # the browser complains about each cut
        customer.presses("Check the request")
        sends(customer)
        customer.sees("A scan that tears", within="h1")
        number = number_on(customer)
        agent.opens(f"/desk/optocraft/{number}/")
        with agent.page.expect_download() as download:
            agent.follows("scan.shz")
        got = Path(download.value.path()).read_bytes()
        assert hashlib.sha256(got).hexdigest() == hashlib.sha256(measurement.read_bytes()).hexdigest()
        agent.page.locator(".attachment-picture").click()
        expect(agent.page.locator("dialog.dialog-preview img")).to_be_visible()
        agent.page.keyboard.press("Escape")
        expect(agent.page.locator("dialog.dialog-preview")).to_be_hidden()


def test_what_was_paused_goes_on_and_another_day_where_it_stopped(customer: Visitor, tmp_path: Path) -> None:
    file, offsets = made(tmp_path / "long.shz", 12 * 1024 * 1024), list[int]()
    held: list[Route] = []

    def slow(route: Route) -> None:
        if route.request.method != "PATCH":
            return route.continue_()
        offsets.append(int(route.request.headers["upload-offset"]))
        return held.append(route) if len(offsets) == 3 else route.continue_()

    customer.page.route(PIECES, slow)
    rows = chooses(customer, file)
    waits_for(customer, lambda: bool(held))
    customer.presses("Pause")
    held.pop().continue_()
    expect(rows).to_have_attribute("data-state", "paused")
    customer.page.wait_for_timeout(300)
    assert len(offsets) == 3  # what was under way arrives, nothing follows
    customer.presses("Go on")
    come_whole(rows, 1)
    assert offsets == sorted(set(offsets))

    first = kept_of(customer)
    customer.opens("/portal/new/optocraft/all/")  # on another day: the same file, chosen again
    sent = len(offsets)
    come_whole(chooses(customer, file), 1)
    assert (kept_of(customer), len(offsets)) == (first, sent)

    os.utime(file, (1, 1))  # measured anew under the same name
    customer.opens("/portal/new/optocraft/all/")
    come_whole(chooses(customer, file), 1)
    assert kept_of(customer) != first


def test_half_a_file_goes_on_where_it_stopped_when_it_is_chosen_on_another_day(
    customer: Visitor, tmp_path: Path
) -> None:
    file, offsets = made(tmp_path / "half.shz", 8 * 1024 * 1024), list[int]()

    def watched(route: Route) -> None:
        offsets.append(_offset(route.request))
        route.abort("connectionreset") if offsets[-1] > 2**20 else route.continue_()

    customer.page.route(PIECES, watched)
    rows = chooses(customer, file)
    expect(rows).to_have_attribute("data-state", "broken")
    customer.sees("No connection. It goes on by itself.", within=".upload")
    customer.page.unroute(PIECES)
    customer.trouble.complaints.clear()
    reached, offsets[:] = max(offsets), []
    customer.page.on("request", lambda request: offsets.append(_offset(request)))
    customer.opens("/portal/new/optocraft/all/")
    come_whole(chooses(customer, file), 1)
    assert min(offset for offset in offsets if offset >= 0) == reached > 0


def test_a_program_is_refused_before_it_is_sent_and_an_unknown_kind_is_taken_with_a_word(
    customer: Visitor, tmp_path: Path
) -> None:
    sent: list[str] = []
    customer.page.on("request", lambda request: sent.append(request.method) if "/uploads/" in request.url else None)
    rows = chooses(customer, made(tmp_path / "setup.exe", 3_000_000))
    expect(rows).to_have_attribute("data-state", "refused")
    customer.sees("Programs are not accepted", within=".upload")
    customer.presses("Remove")
    rows = chooses(customer, made(tmp_path / "odd.xyz", 3_000))
    customer.sees("We do not know this kind of file.", within=".upload")
    assert sent == []
    customer.presses("Go on")
    come_whole(rows, 1)
    customer.sees("We do not know this kind of file.", within=".upload")


def test_a_form_that_is_sent_too_early_waits_for_its_files(customer: Visitor, tmp_path: Path) -> None:
    held: list[Route] = []
    customer.page.route(PIECES, lambda route: held.insert(0, route))
    chooses(customer, made(tmp_path / "scan.shz", 1000))
    customer.writes("Subject", "Sent too early")
    customer.writes("What happens?", "The file is still on its way.")
    waits_for(customer, lambda: bool(held))
    customer.presses("Check the request")
    customer.sees("This is sent by itself as soon as the files are there.")
    held.pop().continue_()
    customer.sees("Still missing", within="#missing")
    customer.sees("scan.shz", within="main")


def waits_for(visitor: Visitor, there: Callable[[], bool]) -> None:
    for _ in range(100):
        if there():
            return
        visitor.page.wait_for_timeout(50)
    raise AssertionError("It did not happen.")


def _offset(request: Request) -> int:
    return int(request.headers.get("upload-offset", -1))
