"""An article is offered while a subject is typed, and nothing that was typed is lost by looking at it."""

from __future__ import annotations

from tests.browser.conftest import Enters


def test_an_article_is_offered_while_the_subject_is_typed_and_can_end_the_request(enters: Enters) -> None:
    writing = enters("agent@mastercam.test")
    writing.opens("/desk/articles/mastercam/new/")
    writing.page.get_by_label("Title, English").fill("Spindle override is locked")
    writing.page.get_by_label("Text, English").fill("Turn the key on the panel.")
    writing.page.get_by_role("button", name="Publish").press("Enter")
    writing.page.get_by_role("link", name="As customers see it").wait_for()

    asking = enters("customer@mastercam.test")
    asking.opens("/portal/new/mastercam/all/")
    page = asking.page
    subject = page.locator("#id_subject")
    subject.press_sequentially("Our spindle overr")
    offered = page.get_by_role("link", name="Spindle override is locked")
    offered.wait_for()
    with page.context.expect_page() as opened:
        offered.press("Enter")
    opened.value.get_by_text("Turn the key on the panel.").wait_for()
    opened.value.close()
    assert subject.input_value() == "Our spindle overr"
    page.get_by_role("button", name="That solved it").press("Enter")
    page.get_by_text("Glad that this solved it").wait_for()
