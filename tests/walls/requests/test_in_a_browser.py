"""In a browser that would run it: what people wrote to be run is words on every page, of every role, and nothing runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Request, sync_playwright
from pytest_django import DjangoDbBlocker

from bench.facts import signed_in
from tests.browser import chromium
from tests.browser.test_every_page import in_the_database
from tests.live.installation import Installation, installed
from tests.walls.matrix.estate import Estate, make_estate
from tests.walls.requests.poison import POISON, poison_everything
from tests.walls.requests.scene import furnish
from tests.walls.requests.walk import _kind, pages

READERS = ("supervisor", "customer", "partner", "customer_admin", "both", "operator", "nobody")
# Counts what runs that should not; a page can't reach it but by running something.
HOOK = """
window.ran = [];
window.zq = () => window.ran.push('zq');
for (const name of ['alert', 'confirm', 'prompt', 'print']) window[name] = () => window.ran.push(name);
document.addEventListener('securitypolicyviolation', event => window.ran.push(`${event.violatedDirective} ${event.blockedURI}`));
"""
MADE = """
() => [...document.querySelectorAll(
    'zq-x, math, iframe[srcdoc], img[src="zq"], svg[onload], script:not([src]), [onmouseover], [onfocus], [onerror], [onload],'
    + ' a[href^="javascript:" i], a[href^="data:" i], a[href^="vbscript:" i], form[action*="javascript:" i],'
    + ' [src*="elsewhere.test"]')]
    .map(element => element.outerHTML.slice(0, 120)).concat(window.ran)
"""


@pytest.fixture(scope="module")
def browser_path() -> str:
    path = chromium.found()
    if path is None:
        pytest.skip(chromium.NOT_FOUND)
    return path


@pytest.fixture(scope="module")
def poisoned(
    browser_path: str, test_template: str, testrun_uid: str, worker_id: str, django_db_blocker: DjangoDbBlocker
) -> Iterator[tuple[Installation, Estate, dict[str, list[str]]]]:
    """A web server over an estate in which every text is poison, and where its people get to in it."""
    name = f"test_{testrun_uid[:12]}_{worker_id}_poison"
    with django_db_blocker.unblock(), installed(test_template, name) as made:
        estate = furnish(make_estate())
        poison_everything()
        _letter(estate)
        places = {who: sorted({_kind(place): place for place in _places(estate, who)}.values()) for who in READERS}
        made.serve()
        yield made, estate, places


def _places(estate: Estate, who: str) -> list[str]:
    return [
        place
        for place, answer in pages(estate, who, 1)
        if answer.status_code == 200 and answer.content.lstrip()[:9].lower() == b"<!doctype"
    ]


def _letter(estate: Estate) -> None:
    """A letter in the sink whose HTML is all poison."""
    folder = Path(settings.MAIL_SINK_DIR)
    (folder / "20260101T000000.000001-0000000a.eml").write_text(
        "From: a@b.test\nTo: c@d.test\nSubject: <img src=zq onerror=zq()>\nContent-Type: text/html\n\n"
        + "<p>".join(POISON)
    )


@contextmanager
def window(browser: Browser, site: Installation, estate: Estate, who: str) -> Iterator[tuple[Any, list[str]]]:
    """A window of somebody's, and what went wrong in it."""
    user = estate.cast.logins[who]
    context = browser.new_context(reduced_motion="reduce", locale="en-GB")
    context.add_init_script(HOOK)
    trouble: list[str] = []
    context.on("dialog", lambda dialog: _noted(dialog, trouble))
    context.on("console", lambda said: _heard(said, trouble))
    context.on("request", lambda asked: _known(asked, site, trouble))
    if user is not None:
        key = in_the_database(lambda: signed_in(user))
        context.add_cookies([{"name": "sessionid", "value": key, "url": site.address}])
    try:
        yield context.new_page(), trouble
    finally:
        context.close()


def _noted(dialog: Dialog, trouble: list[str]) -> None:
    trouble.append(f"dialog {dialog.message}")
    dialog.dismiss()


def _heard(said: ConsoleMessage, trouble: list[str]) -> None:
    if "Content Security Policy" in said.text and "/dev/mail/" not in said.text:  # a letter's frame, whose walls hold
        trouble.append(said.text)


def _known(asked: Request, site: Installation, trouble: list[str]) -> None:
    if not asked.url.startswith((site.address, "data:")):
        trouble.append(f"asked {asked.url}")


def ran(page: Any, address: str) -> list[str]:
    """What a page has or runs that only poison could have made, everything on it unfolded and touched."""
    answer = page.goto(address, wait_until="load")
    if answer is not None and answer.status >= 500:
        return [f"{address}: {answer.status} {page.title()}"]
    page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true })")
    page.mouse.move(300, 200)
    page.mouse.move(700, 500)
    page.wait_for_timeout(60)
    return [f"{address}: {found}" for found in page.evaluate(MADE)]


@pytest.mark.deep
def test_nothing_that_people_wrote_runs_on_any_page(
    poisoned: tuple[Installation, Estate, dict[str, list[str]]], browser_path: str
) -> None:
    site, estate, places = poisoned
    found: list[str] = []
    looked = 0
    with sync_playwright() as playwright:
        browser = chromium.launched(playwright, browser_path)
        for who in READERS:
            with window(browser, site, estate, who) as (page, trouble):
                for place in places[who]:
                    found += ran(page, site.address + place)
                    looked += 1
                found += [f"{who}: {one}" for one in trouble]
        browser.close()
    assert found == []
    assert looked > 150


def test_nothing_in_an_address_or_a_search_runs(
    poisoned: tuple[Installation, Estate, dict[str, list[str]]], browser_path: str
) -> None:
    site, estate, _places = poisoned
    found: list[str] = []
    with sync_playwright() as playwright:
        browser = chromium.launched(playwright, browser_path)
        with window(browser, site, estate, "supervisor") as (page, trouble):
            for number, poison in enumerate(POISON):
                words = quote(poison)
                for address in (
                    f"/{words}/",
                    f"/desk/?q={words}",
                    f"/accounts/login/?next={words}",
                    f"/desk/palette/?q={words}",
                )[number % 2 :: 2]:
                    found += ran(page, site.address + address)
            found += ran(page, f"{site.address}/desk/mastercam/{estate.things['ticket']['customer'].args[1]}/")
            found += ran(page, f"{site.address}/dev/mail/20260101T000000.000001-0000000a.eml/")
            found += trouble
        browser.close()
    assert found == []
