"""Ten tickets without touching the pointer: the most urgent first, a canned reply, waiting for the customer, the next one."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connection
from playwright.sync_api import expect

from kernel.tenancy.scope import enter
from tests.browser.conftest import Enters
from tests.browser.visitor import Visitor
from tests.live.installation import Installation
from tests.world import read_house
from tickets import services
from tickets.models import Ticket

TICKETS = 10
Answer = TypeVar("Answer")


def _prepared() -> list[str]:
    """Ten requests of a customer and a canned reply of the vendor; answers the numbers."""
    house = read_house("mastercam")
    with enter(house.scope()):
        services.save_canned(
            by=house.member("supervisor"),
            title="Which release?",
            texts={"en": "Dear {requester_name}, which release do you use?"},
            shared=True,
        )
        requests = [
            services.Request(
                requester=house.people["customer"],
                subject=f"Keyboard {n}",
                body="It stops.",
                language="en",
                claimed_priority="P1",
            )
            for n in range(TICKETS)
        ]
        return [services.file_ticket(by=house.member("agent"), request=request).number for request in requests]


def _waiting(numbers: list[str]) -> set[str]:
    house = read_house("mastercam")
    with enter(house.scope()):
        return set(Ticket.objects.filter(number__in=numbers, state="waiting").values_list("number", flat=True))


def _elsewhere(work: Callable[[], Answer]) -> Answer:
    """In a thread of its own: the browser's loop runs in this one, and Django keeps the database out of it."""

    def done() -> Answer:
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(done).result()


def _answers(agent: Visitor) -> str:
    """Take the ticket that is open, answer with the canned reply, let it wait; answers its number."""
    keys = agent.page.keyboard
    number = re.search(r"MC-\d{4}-\d{6}", agent.page.url)
    assert number
    agent.page.wait_for_load_state()
    keys.press("t")
    expect(agent.page.locator("[data-canned]").first).to_be_visible()
    keys.type("which")
    keys.press("Enter")
    expect(agent.page.locator("#composer textarea")).to_have_value("Dear Karin Kund, which release do you use?")
    keys.press("Escape")  # out of the box, where letters are letters
    keys.press("w")
    expect(agent.page.locator("[name=then]")).to_be_focused()
    keys.press("ArrowDown")
    keys.press("Control+Enter")
    agent.sees("Sent to the customer.", "Waiting for customer")
    return number[0]


def test_a_canned_reply_comes_where_one_writes(enters: Enters, site: Installation) -> None:
    def prepared() -> str:
        house = read_house("mastercam")
        with enter(house.scope()):
            member = house.member("agent")
            services.save_canned(by=member, title="Send a picture", texts={"en": "A picture, please."}, shared=False)
            request = services.Request(
                requester=house.people["customer"], subject="Slash", body="It stops.", language="en"
            )
            return services.file_ticket(by=member, request=request).number

    agent = enters("agent@mastercam.test")
    agent.opens(f"/desk/mastercam/{_elsewhere(prepared)}/")
    area, keys = agent.page.locator("#composer textarea"), agent.page.keyboard
    area.click()
    keys.type("Dear Karin, /pict")
    expect(agent.page.locator("#mentions").get_by_role("option", selected=True)).to_have_text("Send a picture")
    keys.press("Enter")
    expect(area).to_have_value("Dear Karin, A picture, please.")
    expect(agent.page.locator("#mentions")).to_be_hidden()
    keys.type(" See 3/4 or /nothing")
    keys.press("Enter")
    expect(area).to_have_value("Dear Karin, A picture, please. See 3/4 or /nothing\n")


def test_ten_tickets_are_triaged_by_keyboard_alone(enters: Enters, site: Installation) -> None:
    numbers = _elsewhere(_prepared)
    agent = enters("agent@mastercam.test")
    keys = agent.page.keyboard
    agent.opens("/desk/")
    keys.press("j")
    expect(agent.page.locator("tbody tr").first.locator("[data-row-link]")).to_be_focused()
    keys.press("o")
    expect(agent.page).to_have_url(re.compile(r"/desk/mastercam/MC-"))
    done = []
    for _ in range(TICKETS):
        done.append(_answers(agent))
        agent.page.wait_for_load_state()
        keys.press("n")
        expect(agent.page).not_to_have_url(re.compile(done[-1]))
    assert len(set(done)) == TICKETS
    waiting = _elsewhere(lambda: _waiting(numbers))
    assert len(waiting & set(done)) == len(set(numbers) & set(done)) > TICKETS // 2
