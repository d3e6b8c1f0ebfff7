"""An administrator describes a provider, and an agent signs in by it; with a look from the page to the provider and back."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import Enters
from tests.oidc.provider import CLIENT, Provider


def test_an_agent_signs_in_by_the_provider_that_the_administrator_has_described(enters: Enters, idp: Provider) -> None:
    admin = enters("admin@mastercam.test")
    admin.opens("/desk/staff/providers/")
    admin.follows("New provider")
    admin.writes("Name", "Mastercam's own login")
    admin.writes("Issuer", idp.issuer)
    admin.writes("Client ID", CLIENT)
    admin.writes("Name of the client secret", "TEST")
    admin.writes("Mail domains of your staff", "mastercam.test, agents.test")
    admin.presses("Save")
    admin.page.get_by_text("In use").first.wait_for()

    idp.says = {"sub": "browser", "email": "everywhere@agents.test", "email_verified": True}
    somebody = enters()
    somebody.opens("/accounts/login/")
    somebody.follows("Sign in with your organisation")
    somebody.writes("Mail address", "mastercam")
    somebody.presses("Next")
    expect(somebody.page.get_by_text(idp.issuer)).to_be_visible()
    somebody.presses("Go there")
    somebody.page.get_by_role("link", name="It is me").click()  # the browser goes on by itself, our policy lets it
    expect(somebody.page).to_have_url(re.compile("/desk/"))
    somebody.page.get_by_text("You are signed in through Mastercam's own login").wait_for()
    somebody.opens("/me/")
    somebody.page.get_by_text("Signed in with your password you reach all that is yours").wait_for()
    assert "Optocraft" not in somebody.page.locator("main").inner_text()

    idp.refuses = "access_denied"
    stopped = enters()
    stopped.opens("/accounts/organisation/")
    stopped.writes("Mail address", "mastercam")
    stopped.presses("Next")
    with stopped.trouble.expecting(403):
        stopped.presses("Go there")
        stopped.page.get_by_role("link", name="It is me").click()
        stopped.page.get_by_text("Nothing has happened").wait_for()
