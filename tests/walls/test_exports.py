"""Lists as files: one's own rows alone, no words of messages, nothing that a spreadsheet would run, all in the audit."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from datetime import datetime
from io import StringIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from interfaces.common.exports import harmless
from interfaces.desk.columns import COLUMNS
from interfaces.desk.exporting import CELLS
from kernel.audit.models import AuditEntry
from kernel.tenancy.scope import enter
from tests.world import House, World
from tickets import services
from tickets.models import Ticket
from vendors.models import User

ClientOf = Callable[..., Client]
QUEUE, PORTAL = "/desk/export/", "/portal/export/"
DASHBOARD = "/dashboards/list/export/?figure=filed"


def filed(house: House, who: str, subject: str, body: str = "It stops.") -> Ticket:
    with enter(house.scope()):
        request = services.Request(requester=house.people[who], subject=subject, body=body, language="en")
        return services.file_ticket(by=house.member(who), request=request)


def table(answer: Any) -> list[dict[str, str]]:
    """The file as a program reads it, by heading."""
    assert answer.status_code == 200, answer.content[:300]
    return list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"), newline="")))


def subjects(answer: Any) -> set[str]:
    return {row["Subject"] for row in table(answer)}


def english(client_of: ClientOf, user: User, zone: str = "Europe/Stockholm") -> Client:
    User.objects.filter(pk=user.pk).update(language="en", time_zone=zone)
    return client_of(User.objects.get(pk=user.pk))


def audited(house: House, verb: str) -> list[AuditEntry]:
    with enter(house.scope()):
        return list(AuditEntry.objects.filter(verb=verb).order_by("pk"))


@pytest.fixture
def everywhere(world: World) -> World:
    """A request of each customer of two vendors, each with a note of the house."""
    for house in (world.mastercam, world.optocraft):
        for who in ("customer", "stranger"):
            ticket = filed(house, who, f"{house.slug} {who}", "canaryword of the customer")
            with enter(house.scope()):
                services.note(by=house.member("agent"), ticket_id=ticket.pk, body="canarynote of the house")
    return world


def test_everybody_exports_what_his_page_shows_and_nothing_else(everywhere: World, client_of: ClientOf) -> None:
    house = everywhere.mastercam
    agent = english(client_of, house.user("agent"))
    assert subjects(agent.post(QUEUE)) == {"mastercam customer", "mastercam stranger"}
    assert subjects(agent.post(f"{QUEUE}?q=number:nothing")) == set()
    partner = english(client_of, house.user("partner"))
    page = partner.get("/desk/").content.decode()
    assert subjects(partner.post(QUEUE)) == {s for s in ("mastercam customer", "mastercam stranger") if s in page}
    admin = english(client_of, house.user("customer_admin"))
    assert subjects(admin.post(PORTAL)) == {"mastercam customer"}
    assert subjects(admin.post(f"{PORTAL}?q=zzzz")) == set()
    supervisor = english(client_of, house.user("supervisor"))
    assert subjects(supervisor.post(DASHBOARD)) == {"mastercam customer", "mastercam stranger"}


def test_whom_a_list_is_not_for_has_no_file_of_it_and_none_is_had_by_reading(
    everywhere: World, client_of: ClientOf
) -> None:
    house = everywhere.mastercam
    customer, agent = client_of(house.user("customer")), client_of(house.user("agent"))
    assert [customer.post(address).status_code for address in (QUEUE, PORTAL, DASHBOARD)] == [404] * 3
    assert [agent.post(address).status_code for address in (PORTAL, DASHBOARD)] == [404] * 2
    assert b"/portal/export/" not in customer.get("/portal/").content
    back = agent.get(f"{QUEUE}?q=is:open")
    assert (back.status_code, back["Location"]) == (302, "/desk/?q=is%3Aopen")
    assert Client().post(QUEUE).status_code == 302
    assert client_of(house.user("agent"), enforce_csrf_checks=True).post(QUEUE).status_code == 403
    assert agent.post(f"{QUEUE}?q=nonsense:nothing").status_code == 404
    assert audited(house, "list.exported") == []


@pytest.mark.parametrize("shape", ["filed", "met", "fired", "rated", "due_next"])
def test_no_word_of_a_message_or_note_is_in_any_file(everywhere: World, client_of: ClientOf, shape: str) -> None:
    house = everywhere.mastercam
    files = [
        client_of(house.user("agent")).post(f"{QUEUE}?q=canaryword"),
        client_of(house.user("agent")).post(f"{QUEUE}?q=canarynote"),
        client_of(house.user("customer_admin")).post(PORTAL),
        client_of(house.user("supervisor")).post(f"/dashboards/list/export/?figure={shape}"),
    ]
    for file in files:
        table(file)
        assert b"canary" not in file.content


FORMULAS = (
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", '"=1', "'=1", "＝1", "＋1", "－1", "＠a", "\u2212" "1",
    "\u200b=1", "\u00a0=1", "\u3000＝1", "a;=1", "a;\t=1", "a\n=1", "a\t@b", 'a"; =1', "\0=1",
)  # fmt: skip


@pytest.mark.parametrize("text", FORMULAS)
@pytest.mark.parametrize("sign", [",", ";", "\t", "\n"])
def test_no_cell_begins_like_a_formula_wherever_a_program_splits(text: str, sign: str) -> None:
    for cell in (f"x,{harmless(text)}" if sign == "," else harmless(text)).split(sign):
        assert not re.match(r"[\s\"\u200b]*[=+\-@＝＋－＠\u2212]", cell), cell


@pytest.mark.parametrize("text", ["a-b", "2 = 3", "me@example.com", "MC-2026-000001", "", "Fräsen, skär; snett", "1.5"])
def test_what_is_no_formula_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


def test_names_and_subjects_of_people_are_harmless_in_the_file_and_numbers_are_numbers(
    world: World, client_of: ClientOf
) -> None:
    house = world.mastercam
    evil = '=HYPERLINK("http://evil.test","x")'
    filed(house, "customer", evil)
    User.objects.filter(pk=house.user("agent").pk).update(desk={"columns": [*COLUMNS]})
    agent = english(client_of, house.user("agent"))
    answer = agent.post(QUEUE)
    [row] = table(answer)
    assert row["Subject"] == f"'{evil}"
    assert row["Level"] == "0"
    assert f'"{evil}' not in answer.content.decode()
    assert subjects(english(client_of, house.user("customer_admin")).post(PORTAL)) == {f"'{evil}"}


def test_a_file_says_what_it_is_and_when_in_the_readers_zone_and_language(world: World, client_of: ClientOf) -> None:
    house = world.mastercam
    ticket = filed(house, "customer", "Fräsen skär")
    answer = english(client_of, house.user("customer_admin"), "America/New_York").post(PORTAL)
    [row] = table(answer)
    received = row["Received (America/New_York)"]
    assert received[-6:] in ("-05:00", "-04:00")
    assert datetime.fromisoformat(received) == ticket.received_at
    assert row["Subject"] == "Fräsen skär"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert re.fullmatch(r'attachment; filename="requests-[0-9-]+\.csv"', answer["Content-Disposition"])
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    kept = User.objects.filter(pk=house.user("customer_admin").pk)
    kept.update(language="de")
    german = client_of(kept.get()).post(PORTAL).content.decode("utf-8-sig").splitlines()[0]
    assert german.startswith("Status,Nummer,Betreff")


def test_every_column_of_the_queue_has_its_cells_in_the_file() -> None:
    assert set(CELLS) == set(COLUMNS)


def test_each_export_is_in_the_audit_with_what_was_asked_for_but_no_words_of_people(
    everywhere: World, client_of: ClientOf
) -> None:
    house = everywhere.mastercam
    client_of(house.user("agent")).post(f'{QUEUE}?q=is:open customer:"Nordic Tool AB" mastercam')
    client_of(house.user("customer_admin")).post(f"{PORTAL}?state=open&q=mastercam")
    client_of(house.user("supervisor")).post(DASHBOARD)
    told = [(entry.actor_id, entry.after) for entry in audited(house, "list.exported")]
    assert told == [
        (house.people["agent"].pk, {"list": "queue", "rows": 1, "filters": ["is:open", "customer:…", "word:…"]}),
        (house.people["customer_admin"].pk, {"list": "requests", "rows": 1, "filters": ["state:open", "words:…"]}),
        (house.people["supervisor"].pk, {"list": "tickets", "rows": 2, "filters": ["days:30", "figure:filed"]}),
    ]
    assert audited(everywhere.optocraft, "list.exported") == []


def test_more_rows_than_a_file_may_have_are_refused_with_what_to_do(
    everywhere: World, client_of: ClientOf, settings: Any
) -> None:
    settings.EXPORT_ROWS = 1
    house = everywhere.mastercam
    for who, address, back in (
        ("agent", f"{QUEUE}?q=is:open", "/desk/?q=is%3Aopen"),
        ("supervisor", DASHBOARD, "/dashboards/list/?figure=filed"),
    ):
        answer = english(client_of, house.user(who)).post(address)
        assert answer.status_code == 422
        assert "1 row at most" in answer.content.decode()
        assert f'href="{back}"' in answer.content.decode()
    filed(house, "customer", "one more")
    assert english(client_of, house.user("customer_admin")).post(PORTAL).status_code == 422
    assert audited(house, "list.exported") == []


def test_files_ask_as_many_questions_for_many_rows_as_for_few(world: World, client_of: ClientOf) -> None:
    house = world.mastercam
    readers = {QUEUE: "agent", PORTAL: "customer_admin", DASHBOARD: "supervisor"}
    clients = {address: client_of(house.user(who)) for address, who in readers.items()}
    for n in range(2):
        filed(house, "customer", f"Few {n}")
    few = {address: asked(clients[address], address) for address in readers}
    for n in range(60):
        filed(house, "customer", f"Many {n}")
    assert {address: asked(clients[address], address) for address in readers} == few
    assert max(few.values()) <= 40


def asked(client: Client, address: str) -> int:
    client.post(address)  # what a process learns once
    with CaptureQueriesContext(connection) as captured:
        assert client.post(address).status_code == 200
    return len(captured)
