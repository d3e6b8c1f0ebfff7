"""Passkeys in a real browser, whose virtual authenticator stands for a device that knows its owner."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import CDPSession, expect

from tests.browser.conftest import Enters
from tests.browser.visitor import NARROW, Visitor
from tests.live.installation import Installation
from tests.second_factor import code_of
from tests.world import PASSWORD

OWNER = "colleague@optocraft.test"


@pytest.fixture
def visitor(enters: Enters, site: Installation) -> Visitor:
    """Somebody new, at the name of the site: a passkey belongs to a name, not to a number."""
    somebody = enters()
    somebody.address = f"http://localhost:{site.port}"
    return somebody


@pytest.fixture
def device(visitor: Visitor) -> Iterator[CDPSession]:
    session = visitor.page.context.new_cdp_session(visitor.page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    yield session
    session.detach()


def test_a_passkey_is_made_signs_in_and_is_the_second_step(visitor: Visitor, device: CDPSession) -> None:
    visitor.signs_in(OWNER, PASSWORD)
    visitor.opens("/me/")
    visitor.follows("Signing in")
    visitor.follows("Add a passkey")
    visitor.writes("Name", "Laptop")
    visitor.presses("Make a passkey")
    visitor.sees("Recovery codes", "The passkey is added")
    codes = visitor.page.locator(".codes code").all_inner_texts()
    assert len(codes) == 10
    with visitor.page.expect_download() as download:
        visitor.follows("Save as a text file")
    assert download.value.path().read_text().split() == codes
    visitor.follows("I have kept them")
    visitor.sees("Laptop", "10 of 10 left")

    signs_out(visitor)
    visitor.opens("/accounts/login/?next=/me/")
    visitor.presses("Sign in with a passkey")
    expect(visitor.page).to_have_url(re.compile(r"\d/me/$"))

    signs_out(visitor)
    visitor.signs_in(OWNER, PASSWORD)
    visitor.sees("Second factor")
    assert visitor.barriers(mild=True) == []
    visitor.page.set_viewport_size(NARROW)
    assert visitor.overflow() <= 0
    visitor.presses("Use a passkey")
    expect(visitor.page).to_have_url(re.compile("/desk/"))

    signs_out(visitor)
    visitor.signs_in(OWNER, PASSWORD)
    visitor.page.locator("input[name=code]").fill(codes[0])
    visitor.presses("Sign in")
    expect(visitor.page).to_have_url(re.compile("/desk/"))
    visitor.page.wait_for_load_state()
    visitor.opens("/accounts/2fa/")
    visitor.sees("9 of 10 left")
    visitor.page.get_by_role("link", name=re.compile("Remove.*Laptop")).click()
    visitor.presses("Remove")
    visitor.sees("The passkey is removed")


def test_an_owner_who_shakes_his_head_can_try_again(visitor: Visitor, device: CDPSession) -> None:
    visitor.opens("/accounts/login/")
    visitor.presses("Sign in with a passkey")  # none is there yet
    visitor.sees("No passkey was given")
    expect(visitor.page.get_by_role("button", name="Sign in with a passkey")).to_be_enabled()


def test_an_app_is_set_up_by_its_key(visitor: Visitor) -> None:
    visitor.signs_in("supervisor@optocraft.test", PASSWORD)
    visitor.opens("/accounts/2fa/totp/activate/")
    image = visitor.page.locator("img.qr")
    assert image.evaluate("image => image.complete && image.naturalWidth > 0"), "the policy lets the picture be seen"
    secret = visitor.unfolds("No camera?").locator(".secret-key").inner_text()
    visitor.page.locator("input[name=code]").fill(code_of(secret))
    visitor.presses("Switch it on")
    visitor.sees("The app is set up", "Recovery codes")


def signs_out(visitor: Visitor) -> None:
    visitor.page.wait_for_load_state()
    visitor.opens("/accounts/logout/")
    visitor.page.locator("main").get_by_role("button", name="Sign out").click()
