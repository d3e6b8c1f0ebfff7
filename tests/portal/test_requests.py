"""Reading requests and acting on them: promises in words, what we wait for, reviews, the end and the beginning again."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kernel import clock
from kernel.outbox.services import deliver
from kernel.tenancy.scope import enter
from tests.portal.conftest import url
from tests.world import House, World
from tickets import services
from tickets.models import EscalationRequest, State, Ticket
from vendors.models import Site

MONDAY = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)  # 10:00 in Stockholm and Berlin


def page(client: Any, house: House, ticket: Ticket) -> str:
    response = client.get(url(house, ticket))
    assert response.status_code == 200
    return str(response.content.decode())


def fresh(house: House, ticket: Ticket) -> Ticket:
    with enter(house.scope()):
        found: Ticket = Ticket.objects.get(pk=ticket.pk)
        return found


# -- who sees what --------------------------------------------------------------------------------------------------


def test_a_request_is_seen_by_its_requester_and_his_admin_and_nobody_else(
    world: World, customer: Any, filed: Any
) -> None:
    house = world.mastercam
    ticket = filed(house)
    seen = {who: customer(house, who).get(url(house, ticket)).status_code for who in ("customer", "customer_admin")}
    assert set(seen.values()) == {200}
    for who in ("neighbour", "stranger", "agent", "partner"):
        assert customer(house, who).get(url(house, ticket)).status_code == 404
    assert customer(world.optocraft).get(url(house, ticket)).status_code == 404
    assert customer(house).get(f"/portal/optocraft/{ticket.number}/").status_code == 404
    assert customer(house).get(f"/portal/nowhere/{ticket.number}/").status_code == 404


@pytest.mark.parametrize("action", ["write", "complete", "review", "urgent", "confirm", "reopen", "withdraw"])
def test_nobody_acts_on_what_he_does_not_see(world: World, customer: Any, filed: Any, action: str) -> None:
    house = world.optocraft
    ticket = filed(house)
    for who in ("neighbour", "stranger", "agent"):
        response = customer(house, who).post(url(house, ticket, action), {"body": "x", "reason": "x"})
        assert response.status_code == 404
    assert customer(world.mastercam).post(url(house, ticket, action), {"body": "x"}).status_code == 404
    assert fresh(house, ticket).state == State.NEW


def test_internal_notes_are_never_shown_to_customers(world: World, customer: Any, filed: Any, by_staff: Any) -> None:
    house = world.mastercam
    ticket = filed(house)
    by_staff(house, services.note, ticket, body="Between ourselves")
    by_staff(house, services.reply, ticket, body="Good to hear from you")
    seen = page(customer(house), house, ticket)
    assert "Good to hear from you" in seen
    assert "Between ourselves" not in seen


# -- promises -------------------------------------------------------------------------------------------------------


def test_a_response_is_promised_in_words_and_in_the_readers_zone(world: World, customer: Any, filed: Any) -> None:
    house = world.mastercam
    with clock.moved_to(MONDAY):
        ticket = filed(house, claimed_priority="P1")
        seen = page(customer(house), house, ticket)
    assert "We answer by Mon 16 Nov 2026, 12:00 CET." in seen
    assert "Why?" in seen
    assert "Europe/Stockholm" in seen


def test_optocraft_normally_answers_and_urgent_requests_without_a_normally(
    world: World, customer: Any, filed: Any
) -> None:
    house, client = world.optocraft, customer(world.optocraft)
    with clock.moved_to(MONDAY):
        ticket = filed(house)
        assert "We normally tell you what happens next by Wed 18 Nov 2026, 10:00 CET." in page(client, house, ticket)
        response = client.post(url(house, ticket, "urgent"), {"urgent_reason": "The line stands still"})
        assert response.status_code == 302
        seen = page(client, house, ticket)
    assert "We tell you what happens next by Tue 17 Nov 2026, 10:00 CET." in seen  # O6
    assert "We promise no time for the solution" in seen  # O20
    assert fresh(house, ticket).urgent_reason == "The line stands still"


def test_a_resolution_is_called_a_target_and_pauses_while_we_wait(
    world: World, customer: Any, filed: Any, by_staff: Any
) -> None:
    house, client = world.mastercam, customer(world.mastercam)
    with clock.moved_to(MONDAY):
        ticket = filed(house, claimed_priority="P1", item=house.item, intake={"release": "2026"})
        by_staff(house, services.set_priority, ticket, priority="P1")
        assert "Our target is to resolve this by Tue 17 Nov 2026, 09:00 CET." in page(client, house, ticket)
    with clock.moved_to(MONDAY + timedelta(hours=1)):
        by_staff(house, services.reply, ticket, body="Which post?", ask=True)
        seen = page(client, house, ticket)
        assert "We wait for your answer" in seen
        assert "Paused since Mon 16 Nov 2026, 11:00 CET" in seen
        assert "We wait for your answer." in client.get("/portal/").content.decode()
        assert client.post(url(house, ticket, "write"), {"body": "The second one"}).status_code == 302
        assert "Paused since" not in page(client, house, ticket)
    assert fresh(house, ticket).state == State.OPEN


def test_internal_clocks_are_not_shown_to_customers(world: World, customer: Any, filed: Any, by_staff: Any) -> None:
    house = world.mastercam
    ticket = filed(house, claimed_priority="P1", item=house.item)
    by_staff(house, services.set_priority, ticket, priority="P1")
    by_staff(house, services.reply, ticket, body="On it")
    assert "Next update" not in page(customer(house), house, ticket)  # M11: the interval is internal


def test_image_instruments_says_plainly_that_it_promises_no_time(world: World, customer: Any, filed: Any) -> None:
    house = world.onyx
    seen = page(customer(house), house, filed(house, topic="troubleshooting"))
    assert "We promise no times for support." in seen  # I9
    assert "Ask for a review" not in seen


def test_a_partner_who_serves_is_named_and_nothing_counts_yet(world: World, customer: Any, filed: Any) -> None:
    house = world.optocraft
    ticket = filed(house, who="stranger")
    seen = page(customer(house, "stranger"), house, ticket)
    assert "Partner &amp; Söhne GmbH" in seen  # O1
    assert "counts from that moment" in seen
    assert "We normally tell you" not in seen


def test_the_next_steps_of_an_acknowledgement_stand_out(world: World, customer: Any, filed: Any, by_staff: Any) -> None:
    house = world.optocraft
    with clock.moved_to(MONDAY):
        ticket = filed(house)
        by_staff(
            house, services.reply, ticket, body="Thank you", qualified=True,
            next_steps="We measure your sample", next_steps_on=date(2026, 11, 20),
        )  # fmt: skip
        seen = page(customer(house), house, ticket)
    assert "What happens next" in seen
    assert "We measure your sample" in seen
    assert "Fri 20 Nov 2026" in seen
    assert "in time." in seen  # O5


# -- writing and completing ----------------------------------------------------------------------------------------


def test_a_reply_carries_its_files_and_an_empty_one_is_refused_without_losing_them(
    world: World, customer: Any, filed: Any
) -> None:
    house, client = world.mastercam, customer(world.mastercam)
    ticket = filed(house)
    upload = SimpleUploadedFile("log.txt", b"line")
    refused = client.post(url(house, ticket, "write"), {"body": " ", "files": [upload]})
    seen = refused.content.decode()
    assert refused.status_code == 422
    assert "log.txt" in seen
    key = seen.split('name="draft" value="')[1].split('"')[0]
    assert client.post(url(house, ticket, "write"), {"body": "Here", "draft": [key]}).status_code == 302
    assert f"/files/{key}/" in page(client, house, ticket)


def test_what_is_missing_can_be_given_where_it_is_asked_for(world: World, customer: Any, filed: Any) -> None:
    house, client = world.mastercam, customer(world.mastercam)
    ticket = filed(house, item=house.item, intake={})
    with enter(house.scope()):
        Ticket.objects.filter(pk=ticket.pk).update(release=None, information_complete=False)
    assert "Still missing" in page(client, house, ticket)
    assert client.post(url(house, ticket, "complete"), {"answer_release": " "}).status_code == 422
    assert client.post(url(house, ticket, "complete"), {"answer_release": "2026"}).status_code == 302
    after = fresh(house, ticket)
    assert after.information_complete  # M8
    assert after.intake["release"] == "2026"
    seen = page(client, house, ticket)
    assert "Mastercam release: 2026" in seen
    assert "Still missing" not in seen


def test_writing_on_a_closed_request_begins_a_new_one_that_refers_to_it(
    world: World, customer: Any, filed: Any, by_staff: Any
) -> None:
    house, client = world.mastercam, customer(world.mastercam)
    ticket = filed(house)
    by_staff(house, services.resolve, ticket, outcome="fixed", body="Done")
    client.post(url(house, ticket, "confirm"))
    response = client.post(url(house, ticket, "write"), {"body": "Again!"})
    assert response.status_code == 302
    assert ticket.number not in response["Location"]
    assert ticket.number in client.get(response["Location"]).content.decode()
    assert response["Location"].split("/")[3] in page(client, house, ticket)


# -- reviews --------------------------------------------------------------------------------------------------------


def test_a_review_is_asked_for_with_a_reason_and_its_answer_is_shown(
    world: World, customer: Any, filed: Any, by_staff: Any
) -> None:
    house, client = world.mastercam, customer(world.mastercam)
    ticket = filed(house, claimed_priority="P1")
    assert client.post(url(house, ticket, "review"), {"reason": ""}).status_code == 422
    asked = client.post(url(house, ticket, "review"), {"reason": "Two machines stand still", "executive": "on"})
    assert asked.status_code == 302
    with enter(house.scope()):
        request = EscalationRequest.objects.get(ticket=ticket)
        assert request.executive  # M12
    seen = page(client, house, ticket)
    assert "Two machines stand still" in seen
    assert "Now with: Support manager or supervisor" in seen
    again = client.post(url(house, ticket, "review"), {"reason": "Again"})
    assert again.status_code == 422
    assert "A review is under way already." in again.content.decode()
    with enter(house.scope()):
        services.review(
            by=house.member("supervisor"), request_id=request.pk, accept=True, answer="Two more people help"
        )
    assert "Two more people help" in page(client, house, ticket)


def test_the_executive_sponsor_is_offered_only_where_the_file_has_that_step(
    world: World, customer: Any, filed: Any
) -> None:
    critical = page(customer(world.mastercam), world.mastercam, filed(world.mastercam, claimed_priority="P2"))
    minor = page(customer(world.mastercam), world.mastercam, filed(world.mastercam, claimed_priority="P4"))
    other = page(customer(world.optocraft), world.optocraft, filed(world.optocraft))
    assert "Executive sponsor" in critical
    assert "Executive sponsor" not in minor
    assert "Executive sponsor" not in other


def test_a_second_review_goes_to_the_next_step_and_says_so(
    world: World, customer: Any, filed: Any, by_staff: Any
) -> None:
    house, client = world.mastercam, customer(world.mastercam)
    ticket = filed(house, claimed_priority="P1")
    for who in ("Support manager or supervisor", "Support management"):
        assert f"Reviewed by: {who}" in page(client, house, ticket)
        client.post(url(house, ticket, "review"), {"reason": "Nothing moves"})
        assert f"Now with: {who}" in page(client, house, ticket)
        with enter(house.scope()):
            request = EscalationRequest.objects.get(ticket=ticket, state="open")
            services.review(by=house.member("management"), request_id=request.pk, accept=False, answer="It moves")
    assert page(client, house, ticket).count("Declined") == 2


def test_who_asked_hears_the_answer_to_a_review_that_a_colleague_asked_for(
    world: World, customer: Any, filed: Any
) -> None:
    house = world.mastercam
    ticket = filed(house)
    customer(house, "customer_admin").post(url(house, ticket, "review"), {"reason": "Nothing moves"})
    with enter(house.scope()):
        request = EscalationRequest.objects.get(ticket=ticket)
        services.review(by=house.member("supervisor"), request_id=request.pk, accept=False, answer="It moves")
    deliver(house.id)
    answers = [letter for letter in mail.outbox if "It moves" in letter.body]
    assert sorted(letter.to[0].rpartition("<")[2].partition("@")[0] for letter in answers) == [
        "customer",
        "customer_admin",
    ]
    assert any("Reviewed by: Supervisor" in letter.body for letter in answers)


# -- hand-offs ------------------------------------------------------------------------------------------------------


def test_a_hand_off_says_from_whom_to_whom_and_which_times_count_now(
    world: World, customer: Any, filed: Any, by_staff: Any
) -> None:
    house = world.optocraft
    ticket = filed(house, who="stranger")
    client, partner = customer(house, "stranger"), house.partner
    by_staff(house, services.hand_off, ticket, who="partner", to_house_id=None)
    told = "Partner &amp; Söhne GmbH handed this request on to Optocraft, with its whole history."
    seen = page(client, house, ticket)
    assert f"{told} From this moment the times that Optocraft promises count." in seen  # O1
    assert "We normally tell you what happens next by" in seen
    by_staff(house, services.hand_off, ticket, to_house_id=partner.pk)
    seen = page(client, house, ticket)
    assert "The times that Optocraft promises don&#x27;t count while Partner &amp; Söhne GmbH has it." in seen
    deliver(house.id)
    letters = [letter.body for letter in mail.outbox if "handed this request on" in letter.body]
    assert len(letters) == 2
    assert "From this moment the times that Optocraft promises count." in letters[0]


# -- the end --------------------------------------------------------------------------------------------------------


def test_a_resolved_request_shows_its_outcome_and_can_be_confirmed(
    world: World, customer: Any, filed: Any, by_staff: Any
) -> None:
    house, client = world.mastercam, customer(world.mastercam)
    ticket = filed(house)
    by_staff(house, services.resolve, ticket, outcome="fixed", body="A new post does it")
    seen = page(client, house, ticket)
    assert "Fixed" in seen
    assert "closes after" in seen
    assert client.post(url(house, ticket, "confirm")).status_code == 302
    assert fresh(house, ticket).state == State.CLOSED


def test_a_resolved_request_can_be_opened_again(world: World, customer: Any, filed: Any, by_staff: Any) -> None:
    house, client = world.mastercam, customer(world.mastercam)
    ticket = filed(house)
    by_staff(house, services.resolve, ticket, outcome="fixed", body="Done")
    assert client.post(url(house, ticket, "reopen")).status_code == 302
    assert fresh(house, ticket).state == State.OPEN


def test_a_request_can_be_withdrawn_once(world: World, customer: Any, filed: Any) -> None:
    house, client = world.mastercam, customer(world.mastercam)
    ticket = filed(house)
    client.post(url(house, ticket, "withdraw"))
    assert fresh(house, ticket).state == State.CANCELLED
    response = client.post(url(house, ticket, "withdraw"), follow=True)
    assert response.status_code == 200
    assert "can’t be done" in response.content.decode() or "can&#x27;t be done" in response.content.decode()


# -- the list -------------------------------------------------------------------------------------------------------


def test_the_list_shows_ones_own_and_to_an_admin_the_organisations(world: World, customer: Any, filed: Any) -> None:
    house = world.mastercam
    filed(house, subject="Karin's own")
    filed(house, who="neighbour", subject="That of Nils")
    filed(house, who="stranger", subject="From elsewhere")
    own = customer(house).get("/portal/").content.decode()
    admin = customer(house, "customer_admin").get("/portal/").content.decode()
    assert "Karin&#x27;s own" in own
    assert "That of Nils" not in own
    assert "That of Nils" in admin
    assert "From elsewhere" not in admin


def test_an_empty_list_says_what_to_do(world: World, customer: Any) -> None:
    seen = customer(world.mastercam).get("/portal/").content.decode()
    assert "No requests yet" in seen
    assert 'href="/portal/new/"' in seen


def test_open_requests_come_first_and_pages_lead_on_and_back(
    world: World, customer: Any, filed: Any, by_staff: Any
) -> None:
    house, client = world.mastercam, customer(world.mastercam)
    tickets = [filed(house, subject=f"Number {n}") for n in range(30)]
    by_staff(house, services.cancel, tickets[29], reason="refused")
    first = client.get("/portal/").content.decode()
    assert "Number 28" in first
    assert "Number 29" not in first
    following = first.split('rel="next" href="')[1].split('"')[0]
    second = client.get(f"/portal/{following}").content.decode()
    assert "Number 29" in second
    assert "Number 28" not in second
    previous = second.split('rel="prev" href="')[1].split('"')[0]
    back = client.get(f"/portal/{previous}").content.decode()
    assert "Number 28" in back
    assert 'rel="prev"' not in back
    for place in ("x", "9-1", "0-99999999999999999999", "0-²"):
        assert client.get("/portal/", {"page": place}).status_code == 404


def test_the_pages_ask_as_many_questions_for_many_rows_as_for_few(
    world: World, customer: Any, filed: Any, by_staff: Any
) -> None:
    house, client = world.mastercam, customer(world.mastercam)
    ticket = filed(house)
    asked = {path: _queries(client, path) for path in ("/portal/", url(house, ticket), "/portal/new/mastercam/")}
    for n in range(12):
        by_staff(house, services.reply, ticket, body=f"Answer {n}")
        client.post(url(house, ticket, "write"), {"body": f"More {n}", "files": [SimpleUploadedFile(f"{n}.txt", b"x")]})
        filed(house)
    again = {path: _queries(client, path) for path in asked}
    assert again == asked
    assert max(asked.values()) <= 35


def _queries(client: Any, path: str) -> int:
    client.get(path)  # what a process learns once
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def _listed(client: Any, **asked: Any) -> set[str]:
    """Which of the subjects One, Two, Three the list shows."""
    response = client.get("/portal/", asked)
    assert response.status_code == 200
    return {word for word in ("One", "Two", "Three") if f">{word} " in response.content.decode()}


def test_the_list_is_narrowed_by_state_site_asker_and_words(
    world: World, customer: Any, filed: Any, by_staff: Any
) -> None:
    house = world.mastercam
    with enter(house.scope()):
        elsewhere = Site.objects.create(organisation=house.customer, name="Malmö", country="SE")
    one = filed(house, subject="One mill stops", site=house.site)
    two = filed(house, subject="Two post errors", site=elsewhere)
    three = filed(house, who="neighbour", subject="Three mill crash", site=house.site)
    by_staff(house, services.reply, two, body="Which post?", ask=True)
    by_staff(house, services.resolve, three, outcome="fixed", body="Done")
    admin = customer(house, "customer_admin")
    assert _listed(admin) == {"One", "Two", "Three"}
    assert _listed(admin, state="open") == {"One", "Two"}
    assert _listed(admin, state="waiting") == {"Two"}
    assert _listed(admin, state="resolved") == {"Three"}
    assert _listed(admin, site=elsewhere.pk) == {"Two"}
    assert _listed(admin, asker=house.people["neighbour"].pk) == {"Three"}
    assert _listed(admin, q="mill") == {"One", "Three"}
    assert _listed(admin, q="MILL stops") == {"One"}
    assert _listed(admin, q=one.number.lower()) == {"One"}
    assert _listed(admin, q="mill", state="open", site=house.site.pk) == {"One"}
    assert "No request fits" in admin.get("/portal/", {"q": "100% of _"}).content.decode()
    assert 'name="asker"' not in customer(house).get("/portal/").content.decode()


@pytest.mark.parametrize("asked", [{"state": "lost"}, {"site": "0"}, {"asker": "x"}, {"q": "x" * 101}, {"q": "\0"}])
def test_what_can_not_be_asked_for_is_refused_at_its_field(
    world: World, customer: Any, filed: Any, asked: dict[str, str]
) -> None:
    house = world.mastercam
    with enter(house.scope()):
        Site.objects.create(organisation=house.customer, name="Malmö", country="SE")
    filed(house)
    response = customer(house, "customer_admin").get("/portal/", asked)
    assert response.status_code == 422
    assert 'aria-invalid="true"' in response.content.decode()


def test_a_page_of_a_narrowed_list_keeps_what_was_asked_for(world: World, customer: Any, filed: Any) -> None:
    house, client = world.mastercam, customer(world.mastercam)
    for n in range(54):
        filed(house, subject=f"{'Even' if n % 2 == 0 else 'Odd'} {n}")
    first = client.get("/portal/", {"q": "even", "state": "open"}).content.decode()
    following = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = client.get(f"/portal/{following}").content.decode()
    assert "Even 0" in second
    assert "Odd" not in second
