"""A whole installation with its web server, and browsers of its people, shared by all tests here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, StorageState, sync_playwright
from pytest_django import DjangoDbBlocker

from _launch.processes import wait_until
from tests.browser import chromium
from tests.browser.visitor import WIDE, Trouble, Visitor
from tests.live.installation import Installation, installed
from tests.oidc.provider import SECRET, Provider, running
from tests.world import PASSWORD, read_house
from vendors import identity

HERE = Path(__file__).parent


class Enters(Protocol):
    """`enters("customer@mastercam.test")`: that person, signed in; without a name nobody yet."""

    def __call__(self, email: str = "", **context: Any) -> Visitor: ...


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests here share one installation, so one worker of a parallel run has them all."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="package")
def browser_path() -> str:
    path = chromium.found()
    if path is None:
        pytest.skip(chromium.NOT_FOUND)
    return path


@pytest.fixture(scope="package")
def idp() -> Iterator[Provider]:
    """An OpenID provider, at which one says by a link who one is."""
    with running() as provider:
        provider.asks = True
        yield provider


@pytest.fixture(scope="package")
def site(
    browser_path: str,
    test_template: str,
    testrun_uid: str,
    worker_id: str,
    django_db_blocker: DjangoDbBlocker,
    idp: Provider,
) -> Iterator[Installation]:
    """Web server, worker, beat, broker and mail server on a copy of the template, with a fourth vendor of seconds."""
    name = f"test_{testrun_uid[:12]}_{worker_id}_browser"
    with django_db_blocker.unblock(), installed(test_template, name) as made:
        made.environment = {
            "OIDC_INTERNAL_ORIGINS": idp.issuer,
            identity.secret_variable(read_house("mastercam").id, "TEST"): SECRET,
        }
        made.give_logins()
        made.start()
        made.serve()
        assert wait_until(made.ready, 20)
        yield made


@pytest.fixture(scope="package")
def browser(site: Installation, browser_path: str) -> Iterator[Browser]:
    # After `site`: Django refuses its database to a thread in which playwright's loop runs.
    with sync_playwright() as playwright:
        started = chromium.launched(playwright, browser_path)
        yield started
        started.close()


@pytest.fixture(scope="package")
def sessions() -> dict[str, StorageState]:
    """Cookies of those who have signed in already."""
    return {}


@pytest.fixture
def enters(site: Installation, browser: Browser, sessions: dict[str, StorageState]) -> Iterator[Enters]:
    """People enter; at the end of the test none of their browsers may have complained."""
    troubles: list[Trouble] = []
    with ExitStack() as ends:

        def enter(email: str = "", **context: Any) -> Visitor:
            opened = browser.new_context(
                viewport=context.pop("viewport", WIDE),
                reduced_motion="reduce",
                locale=context.pop("locale", "en-GB"),
                storage_state=sessions.get(email),
                **context,
            )
            ends.callback(opened.close)
            opened.set_default_timeout(8000)
            visitor = Visitor(opened.new_page(), site.address)
            troubles.append(visitor.trouble)
            if email and email not in sessions:
                visitor.signs_in(email, PASSWORD)
                sessions[email] = opened.storage_state()
            return visitor

        yield enter
        complaints = [complaint for trouble in troubles for complaint in trouble.complaints]
    assert complaints == []
