"""A Mastercam request from filing to the end, from both sides."""

from __future__ import annotations

import re
from datetime import date, timedelta

from playwright.sync_api import Route, expect

from tests.browser.conftest import Enters
from tests.browser.visitor import Visitor


def goes_on(customer: Visitor, until: str) -> None:
    """From step to step of a new request, to the one of that name."""
    here = customer.page.locator(".way-here")
    while until not in here.inner_text():
        before = here.inner_text()
        customer.presses("Next", inside=customer.page.locator(".way-actions"))
        expect(here).not_to_have_text(before)


def sends(customer: Visitor) -> None:
    """On to the check, then send the request: anyway if something is missing, or on to another house."""
    goes_on(customer, "Check and send")
    customer.page.locator("#send .btn-primary").click()
    expect(customer.page.locator(".conversation")).to_be_visible()


def files_a_request(customer: Visitor, subject: str, priority: str = "", licence: str = "") -> str:
    """The customer files it in the portal step by step, about his only licence unless said otherwise; answers its number."""
    customer.opens("/portal/new/mastercam/")
    if licence:
        customer.selects("Licence number", licence)
    goes_on(customer, "What happens?")
    customer.writes("Subject", subject)
    customer.writes("What happens, and what should happen?", "The toolpath cuts the corner. It should go round.")
    goes_on(customer, "How urgent is it?")
    if priority:
        customer.ticks(priority)
    sends(customer)
    customer.sees(subject, within="h1")
    return number_on(customer)


def number_on(visitor: Visitor) -> str:
    """The number of the ticket whose page is open."""
    found = re.search(r"[A-Z]{2}-\d{4}-\d{6}", visitor.page.locator(".page-header").inner_text())
    assert found is not None
    return found[0]


def test_a_request_goes_from_filing_to_a_confirmed_solution(enters: Enters) -> None:
    customer, agent = enters("customer@mastercam.test"), enters("agent@mastercam.test")
    number = files_a_request(customer, "Corner is cut at pocket 7", "P2 Critical", "None of these")
    customer.sees("Received", "P2 Critical, as you said")
    customer.unfolds("Why?")
    customer.sees("Europe/Stockholm", within=".trace")

    agent.opens("/desk/")
    agent.page.locator("tr", has_text=number).get_by_role("link").first.click()
    agent.sees("P2 Critical, claimed", "assigned to nobody")
    agent.presses("Take it")
    agent.sees("with Agent of Mastercam")

    priority = agent.unfolds("Priority")
    assert "part of the work can go on" in priority.inner_text()
    assert "The customer claims P2" in priority.inner_text()
    assert priority.get_by_label("P2 Critical").is_checked()
    agent.presses("Set priority", inside=priority)
    agent.sees("The priority is set")
    agent.sees_nothing_of("P2 Critical, claimed", within=".page-header")
    agent.sees("has not started: it needs the required information")

    agent.presses("What we know suffices")
    agent.sees("Noted: the information suffices.")
    agent.sees_sooner_or_later("Resolution", within=2, where=".clocks")
    why = agent.page.locator(".clock", has_text="Resolution").locator("details.why")
    why.locator("summary").click()
    expect(why.locator(".strip")).to_be_visible()
    assert "M" in why.locator(".trace-rules").inner_text()
    assert "Europe/Stockholm" in why.inner_text()

    agent.writes("Text", "Which post processor do you use?")
    agent.selects("And then", "Wait for the customer")
    agent.presses("Send")
    agent.sees("Sent to the customer.", "Waiting for customer")

    customer.reloads()
    customer.sees("We wait for your answer", "Which post processor do you use?", "Paused since")
    customer.writes("Your message", "The one for our Integrex.")
    customer.presses("Send")
    customer.sees("The one for our Integrex.")
    customer.sees_nothing_of("We wait for your answer")

    agent.reloads()
    agent.sees("The one for our Integrex.")
    agent.sees_nothing_of("Waiting for customer", within=".page-header")
    resolve = agent.unfolds("Resolve")
    agent.ticks("Timeline given", inside=resolve)
    agent.writes("Message to the customer", "The next update goes round the corner.", inside=resolve)
    with agent.trouble.expecting(422):
        agent.presses("Resolve and tell the customer", inside=resolve)
        agent.sees("This was not done:")
    resolve = agent.unfolds("Resolve")
    assert resolve.get_by_label("Message to the customer").input_value() == "The next update goes round the corner."
    agent.writes("Date of the timeline", (date.today() + timedelta(days=20)).isoformat(), inside=resolve)  # noqa: DTZ011
    agent.presses("Resolve and tell the customer", inside=resolve)
    agent.sees("Resolved; the customer is told.")

    customer.reloads()
    customer.sees("Timeline given", "The next update goes round the corner.")
    customer.presses("Not solved, open again")
    customer.sees("This request is open again.")

    agent.reloads()
    agent.sees("cycle 2")
    resolve = agent.unfolds("Resolve")
    agent.ticks("Fixed", inside=resolve)
    agent.writes("Message to the customer", "A patch is there already.", inside=resolve)
    agent.presses("Resolve and tell the customer", inside=resolve)
    agent.sees("Resolved; the customer is told.")

    customer.reloads()
    customer.sees("Fixed", "A patch is there already.")
    customer.presses("It is solved")
    customer.sees("Thank you. This request is closed.")


def test_a_review_that_a_customer_asks_for_is_answered(enters: Enters) -> None:
    customer, supervisor = enters("customer@mastercam.test"), enters("supervisor@mastercam.test")
    number = files_a_request(customer, "Nobody looks at our licence")
    review = customer.unfolds("Ask for a review")
    customer.writes("What should be reviewed, and why?", "We have waited for two weeks.", inside=review)
    customer.presses("Ask for a review", inside=review)
    customer.sees("Your request for a review has reached the supervisors.", "Now with:")

    supervisor.opens(f"/desk/mastercam/{number}/")
    supervisor.sees("Review asked for", "We have waited for two weeks.")
    answer = supervisor.unfolds("Review the escalation")
    supervisor.ticks("Accept, with what happens next", inside=answer)
    supervisor.writes("Answer to the customer", "Ester calls you tomorrow at nine.", inside=answer)
    supervisor.presses("Answer the customer", inside=answer)
    supervisor.sees("The customer has your answer.")
    supervisor.sees_nothing_of("Review asked for", within=".page-header")

    customer.reloads()
    customer.sees("Ester calls you tomorrow at nine.", "Accepted")


def test_what_is_unfolded_before_the_scripts_are_there_is_filled_when_they_come(enters: Enters) -> None:
    customer, agent = enters("customer@mastercam.test"), enters("agent@mastercam.test")
    number = files_a_request(customer, "Depth is wrong at pocket 9", "P2 Critical")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    agent.page.route("**/htmx*.js", hold)
    agent.page.goto(f"{agent.address}/desk/mastercam/{number}/", wait_until="commit")
    why = agent.page.locator(".clock", has_text="Response").locator("details.why")
    why.locator("summary").click()
    agent.page.wait_for_timeout(200)
    assert not agent.page.evaluate("'htmx' in window")
    for route in held:
        route.continue_()
    expect(why.locator(".strip")).to_be_visible()
