"""Tickets through the API, as several people."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kernel.tenancy.scope import enter
from tests.api.conftest import Program, address, ago, file
from tests.world import House, World
from tickets import services
from tickets.models import Ticket
from tickets.tasks import sweep_all

pytestmark = pytest.mark.django_db
Programs = Callable[..., Program]


def numbers(answer: object) -> list[str]:
    assert answer.status_code == 200, answer.content  # type: ignore[attr-defined]
    return [row["number"] for row in answer.json()["results"]]  # type: ignore[attr-defined]


def test_a_customer_files_reads_and_answers(house: House, program_of: Programs) -> None:
    program = program_of(house.user("customer"))
    body = {
        "vendor": house.slug,
        "subject": "Post fails",
        "body": "It stops.",
        "claimed_priority": "P1",
        "item": "N-1001",
        "answers": {"environment": "Windows 11"},
        "declarations": ["trained"],
    }
    made = program.post("tickets/", body)
    assert made.status_code == 201, made.content
    ticket = made.json()
    assert made["Location"] == ticket["url"]
    assert (ticket["state"], ticket["channel"], ticket["claimed_priority"]) == ("new", "api", "P1")
    assert ticket["answers"] == {"environment": "Windows 11"}
    assert ticket["declarations"] == ["trained"]
    assert ticket["item"] == "N-1001"
    assert {clock["clock"] for clock in ticket["clocks"]} >= {"response"}
    path = f"tickets/{house.slug}/{ticket['number']}/"
    assert program.get(path).json() | {"clocks": []} == ticket | {"clocks": []}
    said = program.post(f"{path}replies/", {"body": "Also at 10 000 rpm."})
    assert said.status_code == 201, said.content
    messages = program.get(f"{path}messages/").json()["results"]
    assert [message["body"] for message in messages] == ["It stops.", "Also at 10 000 rpm."]


def test_staff_work_a_ticket_from_triage_to_the_end(house: House, ticket: Ticket, program_of: Programs) -> None:
    program, path = program_of(house.user("agent")), address(house, ticket)
    me = next(m for m in program.get("me/").json()["memberships"] if m["vendor"] == house.slug)

    def act(name: str, body: object = None) -> dict[str, object]:
        answer = program.post(f"{path}actions/{name}/", body)
        assert answer.status_code == 200, (name, answer.content)
        return dict(answer.json())

    assert act("assign", {"assignee": me["person"]})["assignee"] == {"id": me["person"], "name": me_name(house)}
    assert act("set-priority", {"priority": "P2"})["priority"] == "P2"
    assert act("declare-information-complete")["information_complete"] is True
    assert act("ask", {"body": "Which post?"})["state"] == "waiting"
    assert act("go-on")["state"] == "open"
    assert act("wait-for-third-party")["state"] == "third_party"
    assert act("classify", {"classification": "bug"})["classification"] == "bug"
    assert act("settle-zone", {"country": "SE", "time_zone": "Europe/Stockholm"})["zone_source"] == "user"
    outcome = next(o for o in program.get(f"vendors/{house.slug}/").json()["outcomes"] if not o["needs_date"])
    assert act("resolve", {"outcome": outcome["key"], "body": "Fixed."})["state"] == "resolved"
    assert act("reopen")["state"] == "open"
    assert act("resolve", {"outcome": outcome["key"], "body": "Fixed again."})["state"] == "resolved"
    assert act("close")["state"] == "closed"
    refused = program.post(f"{path}actions/cancel/", {"reason": "spam"})
    assert refused.status_code == 422


def me_name(house: House) -> str:
    return house.people["agent"].name


def test_a_review_is_asked_for_and_answered(house: House, ticket: Ticket, program_of: Programs) -> None:
    path = address(house, ticket)
    asked = program_of(house.user("customer")).post(f"{path}actions/request-review/", {"reason": "We stand still."})
    assert asked.status_code == 200, asked.content
    supervisor = program_of(house.user("supervisor"))
    answered = supervisor.post(f"{path}actions/review/", {"accept": True, "answer": "A specialist calls today."})
    assert answered.status_code == 200, answered.content
    assert [review["state"] for review in answered.json()["reviews"]] == ["accepted"]
    assert answered.json()["level"] == 1


def test_customers_get_the_customers_view(house: House, ticket: Ticket, program_of: Programs) -> None:
    path = address(house, ticket)
    agent, customer = program_of(house.user("agent")), program_of(house.user("customer"))
    assert agent.post(f"{path}notes/", {"body": "canary-note"}).status_code == 201
    assert agent.post(f"{path}replies/", {"body": "We look at it."}).status_code == 201
    assert len(agent.get(f"{path}messages/").json()["results"]) == 3
    assert b"canary-note" not in customer.get(f"{path}messages/").content
    assert len(customer.get(f"{path}messages/").json()["results"]) == 2
    assert customer.get(path).json()["level"] is None
    assert customer.get(f"vendors/{house.slug}/").json()["colleagues"] == []


def test_customers_are_told_of_promised_clocks_only(world: World, program_of: Programs) -> None:
    for house in world.houses:
        ticket = file(house)
        path = f"{address(house, ticket)}clocks/?explain=1"
        told = program_of(house.user("customer")).get(path).json()["clocks"]
        known = program_of(house.user("agent")).get(path).json()["clocks"]
        assert [clock["clock"] for clock in told] == [clock["clock"] for clock in known if clock["promised"]]
        assert all(entry["type"] != "crossed" for clock in told for entry in clock["trace"])


def test_clocks_come_with_their_trace_if_asked_for(house: House, ticket: Ticket, program_of: Programs) -> None:
    agent, path = program_of(house.user("agent")), f"{address(house, ticket)}clocks/"
    plain, explained = agent.get(path).json()["clocks"], agent.get(f"{path}?explain=1").json()["clocks"]
    assert [clock["trace"] for clock in plain] == [[] for _ in plain]
    assert explained[0]["trace"][0]["type"] == "basis"
    assert explained[0]["trace"][-1]["type"] == "outcome"
    assert explained[0]["words"][0].startswith("response clock")
    assert explained[0]["started_at"].endswith("Z")


@pytest.mark.parametrize("who", ["customer", "neighbour", "customer_admin", "stranger", "partner", "agent"])
def test_lists_show_what_the_person_may_see(house: House, program_of: Programs, who: str) -> None:
    own, theirs = file(house), file(house, "stranger", subject="Other")
    seen = {
        "customer": [own],
        "neighbour": [],
        "customer_admin": [own],
        "stranger": [theirs],
        "partner": [theirs] if theirs.serving_house_id else [],
        "agent": [theirs, own],
    }
    assert numbers(program_of(house.user(who)).get("tickets/")) == [ticket.number for ticket in seen[who]]


def test_foreign_and_absent_tickets_look_the_same(world: World, house: House, program_of: Programs) -> None:
    own, foreign = file(house), file(house, "stranger")
    elsewhere = file(world.optocraft)
    customer = program_of(house.user("customer"))
    for rest in ("", "messages/", "clocks/"):
        absent = customer.get(f"tickets/{house.slug}/MC-2001-000001/{rest}")
        assert absent.status_code == 404
        assert absent["Content-Type"] == "application/problem+json"
        for path in (address(house, foreign), address(world.optocraft, elsewhere), f"tickets/nobody/{own.number}/"):
            answer = customer.get(f"{path}{rest}")
            assert (answer.status_code, answer.content) == (404, absent.content)
    for rest in ("replies/", "actions/close/", "actions/cancel/"):
        absent = customer.post(f"tickets/{house.slug}/MC-2001-000001/{rest}", {"body": "x"})
        answer = customer.post(f"{address(house, foreign)}{rest}", {"body": "x"})
        assert (answer.status_code, answer.content) == (404, absent.content)


def test_foreign_keys_in_bodies_are_refused_like_absent_ones(world: World, house: House, program_of: Programs) -> None:
    ticket = file(house)
    agent, path = program_of(world.everywhere), address(house, ticket)
    foreign, absent = world.optocraft.people["agent"].pk, 2**40
    answers = [agent.post(f"{path}actions/assign/", {"assignee": key}) for key in (foreign, absent)]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert answers[0].content == answers[1].content
    new = {"vendor": house.slug, "subject": "x", "body": "y"}
    keys = (world.optocraft.people["customer"].pk, absent)
    answers = [agent.post("tickets/", new | {"requester": key}) for key in keys]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert answers[0].content == answers[1].content
    customer = program_of(house.user("customer"))
    for number in ("S-2002", "nowhere"):
        refused = customer.post("tickets/", new | {"item": number})
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["pointer"] == "#/item"
    vendors = [customer.post("tickets/", new | {"vendor": slug}) for slug in (world.optocraft.slug, "nobody")]
    assert vendors[0].status_code == 422
    assert vendors[0].content == vendors[1].content


def test_roles_that_do_not_include_it_are_told_so(house: House, ticket: Ticket, program_of: Programs) -> None:
    customer, path = program_of(house.user("customer")), address(house, ticket)
    for name, body in (("assign", {"assignee": None}), ("set-priority", {"priority": "P1"}), ("go-on", None)):
        assert customer.post(f"{path}actions/{name}/", body).status_code == 403
    assert customer.post(f"{path}notes/", {"body": "x"}).status_code == 403
    assert (
        program_of(house.user("agent")).post(f"{path}actions/review/", {"accept": True, "answer": "x"}).status_code
        == 403
    )


def test_staff_file_for_a_customer(house: House, program_of: Programs) -> None:
    agent = program_of(house.user("agent"))
    body = {"vendor": house.slug, "subject": "By phone", "body": "She called."}
    assert agent.post("tickets/", body).status_code == 422
    at = ago(hours=1).isoformat()
    made = agent.post("tickets/", body | {"requester": house.people["customer"].pk, "received_at": at})
    assert made.status_code == 201, made.content
    assert made.json()["received_at"] == at.replace("+00:00", "Z")


def test_filters_narrow_the_list(world: World, house: House, program_of: Programs) -> None:
    first, second = file(house, claimed_priority="P1"), file(house, subject="Licence lost")
    other = file(world.optocraft)
    with enter(house.scope()):
        services.assign(by=house.member("agent"), ticket_id=second.pk, assignee_id=house.people["agent"].pk)
        services.set_priority(by=house.member("agent"), ticket_id=second.pk, priority="P2")
    agent, both = program_of(house.user("agent")), program_of(world.everywhere)
    assert set(numbers(both.get("tickets/"))) >= {first.number, second.number, other.number}
    assert numbers(both.get("tickets/", vendor=world.optocraft.slug)) == [other.number]
    assert numbers(both.get("tickets/", vendor="nobody")) == []
    assert numbers(agent.get("tickets/", state="new")) == [first.number]
    assert numbers(agent.get("tickets/", state=["new", "open"])) == [second.number, first.number]
    assert numbers(agent.get("tickets/", priority="P1")) == [first.number]
    assert numbers(agent.get("tickets/", priority="P2")) == [second.number]
    assert numbers(agent.get("tickets/", assignee="me")) == [second.number]
    assert numbers(agent.get("tickets/", assignee="nobody")) == [first.number]
    assert numbers(agent.get("tickets/", assignee=str(house.people["agent"].pk))) == [second.number]
    assert numbers(agent.get("tickets/", search="licence")) == [second.number]
    assert numbers(agent.get("tickets/", search=first.number.lower())) == [first.number]
    assert numbers(agent.get("tickets/", updated_since=ago(hours=-1).isoformat())) == []
    assert len(numbers(agent.get("tickets/", updated_since=ago(hours=1).isoformat()))) == 2


def test_breached_tickets_are_found(house: House, program_of: Programs) -> None:
    with enter(house.scope()):
        late = services.file_ticket(
            by=house.member("agent"),
            request=services.Request(
                requester=house.people["customer"],
                subject="Late",
                body="x",
                language="en",
                channel="phone",
                claimed_priority="P1",
                received_at=ago(days=30),
            ),
        )
    sweep_all([house.id])
    fresh = file(house)
    agent = program_of(house.user("agent"))
    assert numbers(agent.get("tickets/", breached="true")) == [late.number]
    assert numbers(agent.get("tickets/", breached="false")) == [fresh.number]


def test_pages_follow_each_other(house: House, program_of: Programs) -> None:
    filed = [file(house, subject=f"No {n}").number for n in range(5)]
    agent = program_of(house.user("agent"))
    answer, seen = agent.get("tickets/", limit=2).json(), []
    while True:
        seen += [row["number"] for row in answer["results"]]
        if answer["next"] is None:
            break
        answer = agent.get(answer["next"].partition("/api/v1/")[2]).json()
    assert seen == filed[::-1]


def test_the_number_of_queries_is_the_same_for_few_and_many(world: World, program_of: Programs) -> None:
    def count(program: Program, path: str) -> int:
        program.get(path)  # policies are read once a process
        with CaptureQueriesContext(connection) as queries:
            assert program.get(path).status_code == 200
        return len(queries)

    ticket = file(world.mastercam)
    messages = f"{address(world.mastercam, ticket)}messages/"
    people = [world.mastercam.user("agent"), world.mastercam.user("customer"), world.everywhere]
    for house in world.houses:
        file(house)
    programs = [program_of(user) for user in people]
    few = [[count(program, path) for path in ("tickets/", messages)] for program in programs]
    for house in world.houses:
        for n in range(6):
            more = file(house, subject=f"No {n}")
            with enter(house.scope()):
                services.reply(by=house.member("agent"), ticket_id=more.pk, body="Thanks.")
    with enter(world.mastercam.scope()):
        for n in range(6):
            services.reply(by=world.mastercam.member("agent"), ticket_id=ticket.pk, body=f"Answer {n}")
    assert [[count(program, path) for path in ("tickets/", messages)] for program in programs] == few


def test_several_vendors_do_not_mix_in_one_write(world: World, house: House, program_of: Programs) -> None:
    ticket = file(house)
    program = program_of(world.everywhere)
    assert program.post(f"{address(house, ticket)}replies/", {"body": "Hello."}).status_code == 201
    assert program.post(f"{address(house, ticket)}actions/classify/", {"classification": "bug"}).status_code == 200


def test_a_customers_answer_to_a_closed_ticket_makes_a_new_one(
    house: House, ticket: Ticket, program_of: Programs
) -> None:
    customer, path = program_of(house.user("customer")), address(house, ticket)
    assert customer.post(f"{path}actions/cancel/", {"reason": "withdrawn"}).status_code == 200
    said = customer.post(f"{path}replies/", {"body": "It is back."})
    assert said.status_code == 201, said.content
    assert said.json()["ticket"] != ticket.number
    assert customer.get(f"tickets/{house.slug}/{said.json()['ticket']}/").json()["follows"] == ticket.number
