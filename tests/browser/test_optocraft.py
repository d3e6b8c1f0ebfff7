"""An urgent Optocraft request: only an acknowledgement with steps and a date stops its clock."""

from __future__ import annotations

from datetime import date, timedelta

from playwright.sync_api import expect

from tests.browser.conftest import Enters
from tests.browser.test_mastercam import goes_on, number_on, sends


def test_only_a_qualified_acknowledgement_stops_the_clock(enters: Enters) -> None:
    customer, agent = enters("customer@optocraft.test"), enters("agent@optocraft.test")
    customer.opens("/portal/new/optocraft/")
    goes_on(customer, "Before you ask")
    customer.ticks("It was not, now it is", inside=customer.part("Is the data cable sound"))
    goes_on(customer, "What happens?")
    customer.writes("Subject", "The camera is not found")
    customer.writes("What happens?", "Production stands still.")
    goes_on(customer, "How urgent is it?")
    customer.ticks("Is it urgent?")
    goes_on(customer, "Check and send")
    customer.sees("We tell you what happens next by", "Still missing", within="main")
    sends(customer)
    customer.sees("The camera is not found", within="h1")
    customer.sees_sooner_or_later("We tell you what happens next by", within=2)
    number = number_on(customer)

    agent.opens(f"/desk/optocraft/{number}/")
    agent.sees("Urgent", within=".page-header")
    agent.sees("Only a qualified acknowledgement stops this clock")
    agent.writes("Text", "We look into it.")
    agent.presses("Send")
    agent.sees("Sent to the customer.", "Only a qualified acknowledgement stops this clock")
    assert agent.page.locator(".clock-head", has_text="left").count() == 1
    customer.reloads()
    customer.sees("We look into it.", "We tell you what happens next by")

    agent.writes("Text", "Your report on the camera is here.")
    agent.ticks("Qualified acknowledgement")
    agent.writes("Next steps", "We send a new cable.")
    with agent.trouble.expecting(422):
        agent.presses("Send")
        agent.sees("This was not sent:")
    agent.writes("By", (date.today() + timedelta(days=2)).isoformat())  # noqa: DTZ011
    agent.presses("Send")
    agent.sees("Sent to the customer.", "Met")
    customer.reloads()
    customer.sees("What happens next", "We send a new cable.", "in time.")
    customer.sees_nothing_of("We tell you what happens next by")


def test_what_the_list_solves_needs_no_ticket(enters: Enters) -> None:
    customer = enters("customer@optocraft.test")
    customer.opens("/portal/new/optocraft/")
    goes_on(customer, "Before you ask")
    customer.presses("That solved it: Is the power supply sound and firmly connected?")
    customer.sees("Good that it works again", within="h1")
    customer.presses("It is not solved after all")
    goes_on(customer, "What happens?")
    customer.writes("Subject", "It stopped again")
    customer.presses("Back")
    customer.sees("Before you ask", within=".way-here")
    customer.opens("/portal/")
    customer.follows("Go on with “It stopped again”")
    expect(customer.page.get_by_label("Subject")).to_have_value("It stopped again")
