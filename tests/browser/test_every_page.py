"""Every page of the customers' door and of the account, in each language: no barrier in light and dark, nothing wider than a
phone. Their words: tests/common/test_every_page.py.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection

from bench.facts import signed_in
from interfaces.common.middleware import LANGUAGE_KEY
from tests.browser.conftest import Enters
from tests.browser.visitor import NARROW, WIDE, Visitor
from tests.live.installation import Installation
from tests.pages import LANGUAGES, PAGES, Scenery, proved, scenery
from vendors.models import User

Answer = TypeVar("Answer")


def in_the_database(ask: Callable[[], Answer]) -> Answer:
    """Ask it from a thread of its own: Django refuses it to the one in which playwright's loop runs."""

    def asked() -> Answer:
        try:
            return ask()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asked).result()


@pytest.fixture(scope="module")
def seen(site: Installation) -> Scenery:
    return in_the_database(scenery)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_without_faults(enters: Enters, seen: Scenery, language: str) -> None:
    readers: dict[str, Visitor] = {}
    found = []
    for page in PAGES:
        if page.who not in readers:
            readers[page.who] = reading(enters, page.who, language)
        found += [f"{page}: {fault}" for fault in faults(readers[page.who], seen.address(page), language)]
    assert found == []


def reading(enters: Enters, email: str, language: str) -> Visitor:
    """Somebody who reads a language, signed in unless nobody is named."""
    visitor = enters("", locale=language)
    if email:
        key = in_the_database(lambda: _session(email, language))
        visitor.page.context.add_cookies([{"name": "sessionid", "value": key, "url": visitor.address}])
    return visitor


def faults(visitor: Visitor, path: str, language: str) -> list[str]:
    """What is wrong with a page, everything on it unfolded."""
    visitor.prefers("light")
    visitor.opens(path)
    assert visitor.page.locator("html").get_attribute("lang") == language
    visitor.page.evaluate("document.querySelectorAll('main details:not(.menu)').forEach(fold => { fold.open = true })")
    visitor.page.set_viewport_size(NARROW)
    found = [f"{pixels} px too wide"] if (pixels := visitor.overflow()) > 0 else []
    found += [f"on a phone: {barrier}" for barrier in visitor.barriers("target-size", mild=True)]
    visitor.page.set_viewport_size(WIDE)
    found += visitor.barriers(mild=True)
    visitor.prefers("dark")
    found += [f"dark: {barrier}" for barrier in visitor.barriers("color-contrast", mild=True)]
    return found


def _session(email: str, language: str) -> str:
    user = User.objects.get(email=email)
    key = signed_in(user)
    session = SessionStore(key)
    session[LANGUAGE_KEY] = language
    proved(session, user)
    session.save()
    return key
