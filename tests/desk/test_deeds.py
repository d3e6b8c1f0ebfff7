"""What is done on the ticket's page: by plain forms, refused in words, with nothing typed lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from kernel.tenancy.scope import enter
from sla.models import ClockEvent
from tests.desk.conftest import ClientOf, Desk
from tests.world import World
from tickets import services
from tickets.models import Message, Ticket

pytestmark = pytest.mark.django_db


def says(answer: Any, words: str, status: int = 422) -> None:
    assert answer.status_code == status
    assert words in answer.content.decode()


def test_an_answer_takes_the_ticket_and_ends_the_response_clock(world: World, desk: Callable[..., Desk]) -> None:
    here = desk(world.mastercam)
    assert here.write("public", "We look into it.").status_code == 302
    assert here.ticket.assignee == world.mastercam.people["agent"]
    assert here.clocks()[("response", 1)] == "ended"


def test_a_question_lets_the_ticket_wait_and_going_on_ends_that(world: World, desk: Callable[..., Desk]) -> None:
    here = desk(world.mastercam)
    assert here.write("public", "Which version?", then="wait").status_code == 302
    assert here.ticket.state == "waiting"
    assert here.do("go-on").status_code == 302
    assert here.ticket.state == "open"
    assert here.do("third-party").status_code == 302
    assert here.ticket.state == "third_party"


def test_an_empty_answer_is_refused_and_the_files_stay(world: World, desk: Callable[..., Desk]) -> None:
    here = desk(world.mastercam)
    log = SimpleUploadedFile("run.log", b"all fine", "text/plain")
    answer = here.write("public", "", uploads=[log])
    says(answer, "This field is required")
    assert "run.log" in answer.content.decode()
    drafts = answer.context["composer"].kept
    assert len(drafts) == 1
    assert here.write("public", "Here.", drafts=str(drafts[0])).status_code == 302
    with enter(world.mastercam.scope()):
        assert [file.name for file in here.last().attachments.all()] == ["run.log"]


def test_a_program_is_refused_and_the_words_stay(world: World, desk: Callable[..., Desk]) -> None:
    here = desk(world.mastercam)
    answer = here.write("public", "My long answer", uploads=[SimpleUploadedFile("run.exe", b"MZ")])
    says(answer, "Programs are not accepted")
    assert "My long answer" in answer.content.decode()


def test_only_a_qualified_acknowledgement_ends_the_clock_of_optocraft(world: World, desk: Callable[..., Desk]) -> None:
    here = desk(world.optocraft)
    here.write("public", "We got it.")
    assert here.clocks()[("response", 1)] == "running"
    says(here.write("public", "We got it.", qualified="on"), "Say what happens next.")
    tomorrow = (timezone.now() + timedelta(days=1)).date().isoformat()
    answer = here.write("public", "Got it.", qualified="on", next_steps="We measure", next_steps_on=tomorrow)
    assert answer.status_code == 302
    assert here.clocks()[("response", 1)] == "ended"
    page = here.client.get(reverse("desk:ticket", args=here.args)).content.decode()
    assert "Qualified acknowledgement" in page
    assert "We measure" in page


def test_assigning_goes_to_people_of_the_house_only(world: World, desk: Callable[..., Desk]) -> None:
    house = world.mastercam
    here = desk(house)
    assert here.do("assign", assignee=house.people["colleague"].pk).status_code == 302
    assert here.ticket.assignee == house.people["colleague"]
    assert here.do("assign", assignee=house.people["customer"].pk).status_code == 422
    assert here.do("assign", assignee="").status_code == 302
    assert here.ticket.assignee is None


def test_the_claim_is_confirmed_or_changed(world: World, desk: Callable[..., Desk]) -> None:
    here = desk(world.mastercam, claimed_priority="P3")
    page = here.form("priority")
    assert "The customer claims P3: confirm or change it." in page
    assert "For instance:" in page
    assert here.do("priority", priority="P2").status_code == 302
    assert here.ticket.priority == "P2"
    says(here.do("priority", priority="P7"), "not one of the available choices")


def test_information_suffices_or_is_asked_for(world: World, desk: Callable[..., Desk]) -> None:
    here = desk(world.mastercam)
    url = reverse("desk:ticket", args=here.args)
    page = here.client.get(url).content.decode()
    assert "Missing information" in page
    proposed = here.client.get(url, {"ask": "missing"}).content.decode()
    assert "– Licence number\n– Mastercam release" in proposed.partition('name="body"')[2].partition("</textarea>")[0]
    assert here.do("information").status_code == 302
    assert here.ticket.information_complete


def test_a_defect_lifts_the_resolution_time(world: World, desk: Callable[..., Desk]) -> None:
    here = desk(world.mastercam)
    here.do("priority", priority="P2")
    here.do("information")
    assert here.do("classify", classification="defect").status_code == 302
    assert here.clocks()[("resolution", 1)] == "lifted"


def test_an_assumed_zone_is_settled(world: World, desk: Callable[..., Desk]) -> None:
    house = world.mastercam
    here = desk(house)
    with enter(house.scope()):
        Ticket.objects.filter(pk=here.key).update(zone_assumed=True)
    says(here.do("zone", country="SE", time_zone="Europe/Atlantis"), "There is no such time zone")
    assert here.do("zone", country="se", time_zone="Europe/Stockholm").status_code == 302
    assert not here.ticket.zone_assumed


def test_urgency_is_declared_at_optocraft(world: World, desk: Callable[..., Desk]) -> None:
    here = desk(world.optocraft)
    assert here.do("urgent", reason="The line stands still").status_code == 302
    assert here.ticket.urgent
    assert here.ticket.urgent_reason == "The line stands still"


def test_resolving_needs_outcome_words_and_the_date_of_a_timeline(world: World, desk: Callable[..., Desk]) -> None:
    here = desk(world.mastercam)
    answer = here.do("resolve", outcome="timeline", body="With the next update.")
    says(answer, "Give the date of the timeline.")
    assert "With the next update." in answer.content.decode()
    later = (timezone.now() + timedelta(days=20)).date()
    assert here.do("resolve", outcome="timeline", body="Then.", outcome_on=later.isoformat()).status_code == 302
    assert (here.ticket.state, here.ticket.outcome_date) == ("resolved", later)
    assert here.do("reopen").status_code == 302
    assert here.ticket.state == "open"


def test_cancelling_needs_a_reason(world: World, desk: Callable[..., Desk]) -> None:
    here = desk(world.mastercam)
    says(here.do("cancel", reason=""), "This field is required")
    assert here.do("cancel", reason="spam").status_code == 302
    assert here.ticket.state == "cancelled"
    says(here.write("public", "Too late"), "Too late")
    assert here.write("internal", "Closed for good.").status_code == 302


def test_what_has_changed_meanwhile_is_said(world: World, desk: Callable[..., Desk]) -> None:
    here = desk(world.mastercam)
    here.do("cancel", reason="spam")
    says(here.do("assign", assignee=""), "Perhaps the ticket has changed meanwhile")
    assert here.do("nonsense").status_code == 404
    reloaded = here.client.get(reverse("desk:act", args=[*here.args, "assign"]))
    assert reloaded["Location"] == reverse("desk:ticket", args=here.args) + "?deed=assign#deed-assign"


def test_the_partner_hands_up_and_then_no_longer_works_on_it(world: World, desk: Callable[..., Desk]) -> None:
    house = world.onyx
    here = desk(house, "partner", "stranger")
    assert here.do("assign", assignee=house.people["partner"].pk).status_code == 302
    assert here.do("hand-off", to_house="vendor", note="Needs a patch.").status_code == 302
    assert here.ticket.serving_house is None
    page = here.client.get(reverse("desk:ticket", args=here.args)).content.decode()
    assert "Needs a patch." in page
    assert "/resolve/" not in page
    says(here.do("resolve", outcome="solved", body="No."), "Perhaps the ticket has changed meanwhile")


def test_a_supervisor_answers_an_escalation(world: World, desk: Callable[..., Desk]) -> None:
    house = world.mastercam
    here = desk(house, "supervisor")
    with enter(house.scope()):
        services.request_review(by=house.member("customer"), ticket_id=here.key, reason="Three days!")
    page = here.client.get(reverse("desk:ticket", args=here.args)).content.decode()
    assert "Asked for a review: Three days!" in page
    says(here.do("review", decision="accept", answer=""), "This field is required")
    assert here.do("review", decision="accept", answer="Anna calls you today.").status_code == 302
    page = here.client.get(reverse("desk:ticket", args=here.args)).content.decode()
    assert "Accepted: Anna calls you today." in page


def test_a_supervisor_logs_an_earlier_answer_and_takes_events_back(world: World, desk: Callable[..., Desk]) -> None:
    house = world.mastercam
    here = desk(house, "supervisor", hours_ago=400)
    future = (timezone.localtime(timezone=ZoneInfo("Europe/Berlin")) + timedelta(hours=5)).strftime("%Y-%m-%dT%H:%M")
    says(here.do("log-answer", at=future, body="By phone"), "This is still to come.")
    early = (timezone.localtime(timezone=ZoneInfo("Europe/Berlin")) - timedelta(hours=399)).strftime("%Y-%m-%dT%H:%M")
    assert here.do("log-answer", at=early, body="By phone").status_code == 302
    assert here.clocks()[("response", 1)] == "ended"
    with enter(house.scope()):
        event = ClockEvent.objects.get(timeline=here.ticket.timeline_id, kind="responded")
    assert here.do("void", event=event.pk).status_code == 302
    assert here.clocks()[("response", 1)] == "running"
    assert "(taken back)" in here.form("void")


def test_a_form_comes_when_it_is_asked_for(world: World, desk: Callable[..., Desk]) -> None:
    here = desk(world.mastercam)
    url = reverse("desk:ticket", args=here.args)
    folded = here.client.get(url).content.decode()
    assert 'name="outcome"' not in folded
    assert f'href="{url}?deed=resolve#deed-resolve"' in folded
    assert 'name="outcome"' in here.client.get(url, {"deed": "resolve"}).content.decode(), "without a script too"
    assert 'name="outcome"' in here.form("resolve")
    assert "<html" not in here.form("resolve")


def test_a_call_is_logged_for_the_caller(world: World, client_of: ClientOf) -> None:
    house = world.mastercam
    client = client_of(house.user("agent"))
    found = client.get(reverse("desk:new"), {"who": "karin"}).content.decode()
    assert "Karin Kund" in found
    key = house.people["customer"].pk
    url = f"{reverse('desk:new')}?person={key}"
    called = timezone.localtime(timezone=ZoneInfo("Europe/Berlin")) - timedelta(hours=1)
    fields = {
        "received_at": called.strftime("%Y-%m-%dT%H:%M"),
        "subject": "Licence refused",
        "body": "He can't start it.",
        "language": "sv",
        "claimed_priority": "P2",
    }
    assert client.get(url).status_code == 200
    says(client.post(url, fields | {"subject": ""}), "This field is required")
    says(client.post(url, fields | {"received_at": "2099-01-01T10:00"}), "This is still to come.")
    answer = client.post(url, fields)
    assert answer.status_code == 302
    with enter(house.scope()):
        ticket = Ticket.objects.latest("id")
    assert (ticket.channel, ticket.language, ticket.requester_id) == ("phone", "sv", key)
    assert abs(ticket.received_at - called) < timedelta(minutes=1)
    for wrong in (house.people["agent"].pk, world.optocraft.people["customer"].pk, "x", "9" * 30):
        assert client.get(f"{reverse('desk:new')}?person={wrong}").status_code == 404
    assert client_of(house.user("customer")).get(reverse("desk:new")).status_code == 404


def test_a_partner_logs_calls_of_his_own_customers_only(world: World, client_of: ClientOf) -> None:
    client = client_of(world.onyx.user("partner"))
    assert "Sam Stranger" in client.get(reverse("desk:new"), {"who": "stranger"}).content.decode()
    assert "Karin Kund" not in client.get(reverse("desk:new"), {"who": "karin"}).content.decode()


def test_dates_are_read_whatever_the_readers_language(world: World, desk: Callable[..., Desk]) -> None:
    for language in ("de", "sv"):
        here = desk(world.mastercam, "supervisor", hours_ago=48)
        here.client.post(reverse("set_language"), {"language": language})
        at = (timezone.localtime(timezone=ZoneInfo("Europe/Berlin")) - timedelta(hours=5)).strftime("%Y-%m-%dT%H:%M")
        assert here.do("log-answer", at=at, body="By phone").status_code == 302
        later = (timezone.now() + timedelta(days=20)).date()
        assert here.do("resolve", outcome="timeline", body="Then.", outcome_on=later.isoformat()).status_code == 302
        assert here.client.get(reverse("desk:ticket", args=here.args)).status_code == 200
        assert here.client.get(reverse("desk:queue"), {"state": "any"}).status_code == 200


def test_two_who_do_the_same_are_told_kindly(world: World, desk: Callable[..., Desk], client_of: ClientOf) -> None:
    house = world.mastercam
    here = desk(house, "supervisor")
    with enter(house.scope()):
        services.request_review(by=house.member("customer"), ticket_id=here.key, reason="Three days!")
    other = Desk(client_of(house.user("management")), house, here.ticket)
    assert other.do("review", decision="decline", answer="It is on its way.").status_code == 302
    says(here.do("review", decision="accept", answer="Anna calls you."), "Perhaps the ticket has changed meanwhile")
    with enter(house.scope()):
        assert here.ticket.level == 0


def test_what_is_said_of_a_note_stays_with_whom_it_is_shared(world: World, desk: Callable[..., Desk]) -> None:
    house = world.onyx
    here = desk(house, "partner", "stranger")
    assert here.write("internal", "For the vendor too", share_with=["vendor"]).status_code == 302
    message = here.last()
    assert message.visibility == Message.Visibility.SHARED
    assert message.shared_with_vendor
    assert message.house_id == house.partner.pk
    assert here.write("internal", "Wrong", share_with=[str(house.customer.pk)]).status_code == 422
