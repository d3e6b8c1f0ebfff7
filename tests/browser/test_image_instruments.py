"""Image Instruments promises no times and says so; the distributor helps first and hands on."""

from __future__ import annotations

from tests.browser.conftest import Enters
from tests.browser.test_mastercam import goes_on, number_on, sends


def test_no_time_is_promised_and_the_distributor_hands_the_request_on(enters: Enters) -> None:
    customer = enters("stranger@image-instruments.test")
    partner, agent = enters("partner@image-instruments.test"), enters("agent@image-instruments.test")
    customer.opens("/portal/new/image-instruments/")
    customer.sees("We promise no times for support.")
    goes_on(customer, "What happens?")
    customer.writes("Subject", "The practice software does not answer")
    customer.writes("What do you want to do, and what happens?", "Pictures do not arrive.")
    goes_on(customer, "Check and send")
    customer.sees("Pass it on to Partner & Söhne GmbH", within="#send")
    sends(customer)
    customer.sees("The practice software does not answer", within="h1")
    customer.sees("We promise no times for support.", "Partner & Söhne GmbH serves this request.")
    assert customer.page.locator(".promise").count() == 0
    number = number_on(customer)

    partner.opens("/desk/")
    partner.page.locator("tr", has_text=number).get_by_role("link").first.click()
    partner.presses("Take it")
    partner.writes("Text", "Is the service running?")
    partner.presses("Send")
    partner.sees("Sent to the customer.")
    hand_off = partner.unfolds("Hand to another house")
    partner.selects("House", "Image Instruments", inside=hand_off)
    partner.writes("Note for the house", "The interface needs a patch.", inside=hand_off)
    partner.presses("Hand off", inside=hand_off)
    partner.sees("Handed off; the customer and the house are told.")

    agent.opens(f"/desk/image-instruments/{number}/")
    agent.sees("Is the service running?", "The interface needs a patch.", "No clock runs here.")
    agent.presses("Take it")
    agent.writes("Text", "We send you a patch.")
    agent.presses("Send")
    agent.sees("Sent to the customer.")
    customer.reloads()
    customer.sees(
        "handed this request on to Image Instruments, with its whole history.",
        "We send you a patch.",
        "No time is promised",
    )
    customer.sees_nothing_of("The interface needs a patch.")


def test_a_partner_sees_only_what_was_routed_to_his_house(enters: Enters) -> None:
    customer, partner = enters("customer@image-instruments.test"), enters("partner@image-instruments.test")
    customer.opens("/portal/new/image-instruments/")
    goes_on(customer, "What happens?")
    customer.writes("Subject", "A matter between us and the vendor")
    customer.writes("What do you want to do, and what happens?", "It is private.")
    sends(customer)
    customer.sees("A matter between us and the vendor", within="h1")
    number = number_on(customer)
    partner.opens("/desk/")
    partner.sees_nothing_of(number)
    partner.finds_no_page_at(f"/desk/image-instruments/{number}/")
    stranger = enters("stranger@image-instruments.test")
    stranger.finds_no_page_at(f"/portal/image-instruments/{number}/")
    stranger.finds_no_page_at(f"/desk/image-instruments/{number}/")
