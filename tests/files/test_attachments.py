"""Attachments: through the gate only, as a download or a preview that can run nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from kernel.audit.models import AuditEntry
from kernel.tenancy.scope import enter
from tests.world import House, World
from tickets import services
from tickets.models import Attachment, Ticket
from vendors.models import User

pytestmark = pytest.mark.usefixtures("each_wall")
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 300
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
HTML = b"<!doctype html><script>alert(1)</script>"

Keep = Callable[..., Attachment]
Signed = Callable[[User], Client]


@pytest.fixture
def kept() -> Keep:
    """A file on a request of the customer; a draft of his without a ticket."""

    def keep(house: House, name: str, content: bytes, *, sent: bool = True, note: bool = False) -> Attachment:
        with enter(house.scope()):
            by, person = house.member("agent" if note else "customer"), house.people["customer"]
            file = services.attach(by=by, upload=SimpleUploadedFile(name, content, "image/png"))
            request = services.Request(requester=person, subject="s", body="b", language="en")
            if sent and not note:
                request = services.Request(requester=person, subject="s", body="b", language="en", files=[file.key])
            if sent:
                ticket: Ticket = services.file_ticket(by=house.member("customer"), request=request)
            if note:
                services.note(by=by, ticket_id=ticket.pk, body="n", files=[file.key])
            return file

    return keep


def content(response: Any) -> bytes:
    """All of it; the test client closes the file once it is read to its end."""
    return b"".join(response.streaming_content) if response.streaming else b""


def status(client: Client, path: str) -> int:
    response = client.get(path)
    content(response)
    return response.status_code


def test_a_file_is_downloaded_whole_and_can_run_nothing(world: World, client_of: Signed, kept: Keep) -> None:
    file = kept(world.mastercam, "Müller page.html", HTML)
    response = client_of(world.mastercam.user("customer")).get(f"/files/{file.key}/")
    assert response.status_code == 200
    assert content(response) == HTML
    assert response["Content-Disposition"].startswith("attachment")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response["Content-Length"] == str(len(HTML))
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize(("name", "body"), [("a.png", PNG), ("a.pdf", PDF)])
def test_pictures_and_pdf_are_previewed_walled_off(
    world: World, client_of: Signed, kept: Keep, name: str, body: bytes
) -> None:
    file = kept(world.mastercam, name, body)
    response = client_of(world.mastercam.user("customer")).get(f"/files/{file.key}/preview/")
    assert response.status_code == 200
    assert content(response) == body
    assert response["Content-Disposition"].startswith("inline")
    policy = response["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none'")
    assert "frame-ancestors 'self'" in policy
    assert "allow-scripts" not in policy
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    assert response["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", ["a.png", "a.svg", "a.html", "a.txt"])
def test_what_only_claims_to_be_a_picture_has_no_preview(
    world: World, client_of: Signed, kept: Keep, name: str
) -> None:
    file = kept(world.mastercam, name, HTML)
    assert status(client_of(world.mastercam.user("customer")), f"/files/{file.key}/preview/") == 404


@pytest.mark.parametrize("door", ["", "preview/"])
def test_a_file_is_absent_for_everybody_who_does_not_see_its_message(
    world: World, client_of: Signed, kept: Keep, door: str
) -> None:
    house = world.mastercam
    file = kept(house, "a.png", PNG)
    allowed = [house.user(who) for who in ("customer", "customer_admin", "agent")]
    foreign = [house.user(who) for who in ("neighbour", "stranger", "partner")]
    foreign += [world.optocraft.user("customer"), world.optocraft.user("agent"), world.operator]
    assert {status(client_of(user), f"/files/{file.key}/{door}") for user in allowed} == {200}
    assert {status(client_of(user), f"/files/{file.key}/{door}") for user in foreign} == {404}
    assert status(client_of(house.user("customer")), f"/files/{uuid4()}/{door}") == 404


def test_a_draft_is_its_uploaders_alone(world: World, client_of: Signed, kept: Keep) -> None:
    house = world.mastercam
    file = kept(house, "a.png", PNG, sent=False)
    assert status(client_of(house.user("customer")), f"/files/{file.key}/") == 200
    for who in ("customer_admin", "neighbour", "agent"):
        assert status(client_of(house.user(who)), f"/files/{file.key}/") == 404


def test_a_file_of_an_internal_note_is_not_the_customers(world: World, client_of: Signed, kept: Keep) -> None:
    house = world.mastercam
    file = kept(house, "a.png", PNG, note=True)
    assert status(client_of(house.user("agent")), f"/files/{file.key}/") == 200
    for who in ("customer", "customer_admin"):
        assert status(client_of(house.user(who)), f"/files/{file.key}/") == 404


def test_files_are_read_only_and_ask_for_sign_in(world: World, client_of: Signed, kept: Keep) -> None:
    file = kept(world.mastercam, "a.png", PNG)
    client = client_of(world.mastercam.user("customer"))
    head = client.head(f"/files/{file.key}/")
    content(head)
    assert (head.status_code, head["Content-Length"]) == (200, str(len(PNG)))
    assert client.post(f"/files/{file.key}/").status_code == 405
    assert Client().get(f"/files/{file.key}/").status_code == 302


def test_names_never_become_paths_or_headers(world: World, client_of: Signed, kept: Keep) -> None:
    file = kept(world.mastercam, '../..\\x"\r\nSet-Cookie: a=b.png', PNG)
    response = client_of(world.mastercam.user("customer")).get(f"/files/{file.key}/")
    content(response)
    assert "a=b" not in str(response.cookies)
    assert "\n" not in response["Content-Disposition"]
    assert ".." not in response["Content-Disposition"]


def test_each_download_is_in_the_audit_and_whoever_takes_too_many_is_stopped_and_reported_once(
    world: World, client_of: Signed, kept: Keep, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.DOWNLOADS_PER_HOUR = 3
    house = world.mastercam
    file = kept(house, "a.png", PNG)
    customer, agent = client_of(house.user("customer")), client_of(house.user("agent"))
    assert [status(customer, f"/files/{file.key}/") for _ in range(5)] == [200, 200, 200, 429, 429]
    assert status(agent, f"/files/{file.key}/") == 200
    with enter(house.scope()):
        told = AuditEntry.objects.filter(verb__in=["file.downloaded", "taking.stopped"]).order_by("pk")
        verbs = [(entry.actor_id, entry.verb) for entry in told]
    taker = house.people["customer"].pk
    assert verbs == [
        *[(taker, "file.downloaded")] * 3,
        (taker, "taking.stopped"),
        (house.people["agent"].pk, "file.downloaded"),
    ]
    [line] = [record.message for record in caplog.records if "stopped" in record.message]
    assert line.startswith(f"person {taker} at vendor {house.id} stopped: too many downloads until ")
