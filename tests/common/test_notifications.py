"""What somebody was told, on the page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from kernel.tenancy.scope import enter
from tests.tickets.lives import Life
from tests.world import World
from tickets import services
from tickets.models import Notification

ClientOf = Callable[..., Client]


def _unread(life: Life, who: str) -> int:
    with enter(life.house.scope()):
        return Notification.objects.filter(person=life.house.people[who], read_at=None).count()


def _told(life: Life, number: int = 1) -> None:
    """The agent is given `number` tickets by his supervisor, and told so each time."""
    for _ in range(number):
        ticket = life.files()
        agent = life.house.people["agent"].pk
        life.does("supervisor", services.assign, ticket_id=ticket.pk, assignee_id=agent)


def test_an_empty_page_says_what_will_come(world: World, client_of: ClientOf) -> None:
    page = client_of(world.mastercam.user("agent")).get("/notifications/").content.decode()
    assert "No notifications yet" in page


def test_what_one_was_told_is_listed_and_can_be_marked_as_read(world: World, client_of: ClientOf) -> None:
    life = Life(world.mastercam)
    _told(life, 2)
    client = client_of(world.mastercam.user("agent"))
    lines = client.get("/notifications/").context["lines"]
    assert len(lines) == _unread(life, "agent") == 2
    client.post("/notifications/read/", {"key": lines[0]["key"]})
    assert [line["unread"] for line in client.get("/notifications/").context["lines"]] == [False, True]
    assert len(client.get("/notifications/?unread=1").context["lines"]) == 1
    client.post("/notifications/read/")
    assert _unread(life, "agent") == 0
    assert "Nothing unread" in client.get("/notifications/?unread=1").content.decode()


def test_following_a_notification_reads_it_and_leads_to_the_ticket(world: World, client_of: ClientOf) -> None:
    life = Life(world.mastercam)
    _told(life)
    client = client_of(world.mastercam.user("agent"))
    line = client.get("/notifications/").context["lines"][0]
    answer = client.get(f"/notifications/{line['key']}/")
    assert answer["Location"] == f"/desk/mastercam/{line['number']}/"
    assert _unread(life, "agent") == 0


@pytest.mark.usefixtures("each_wall")
def test_nobody_reads_or_marks_what_another_was_told(world: World, client_of: ClientOf) -> None:
    life = Life(world.mastercam)
    _told(life)
    with enter(life.house.scope()):
        key = Notification.objects.get(person=life.house.people["agent"]).pk
    for who in ("colleague", "customer", "management"):
        other = client_of(world.mastercam.user(who))
        assert other.get(f"/notifications/{key}/").status_code == 404
        other.post("/notifications/read/", {"key": key})
        other.post("/notifications/read/")
    assert client_of(world.optocraft.user("agent")).get(f"/notifications/{key}/").status_code == 404
    assert _unread(life, "agent") == 1


def test_what_is_about_a_ticket_that_one_no_longer_sees_is_not_there(world: World, client_of: ClientOf) -> None:
    life = Life(world.mastercam)
    _told(life)
    with enter(life.house.scope()):
        note = Notification.objects.select_related("ticket").get(person=life.house.people["agent"])
        Notification.objects.filter(pk=note.pk).update(person=life.house.people["neighbour"])
    neighbour = client_of(world.mastercam.user("neighbour"))
    assert note.ticket.number not in neighbour.get("/notifications/").content.decode()
    assert neighbour.get(f"/notifications/{note.pk}/").status_code == 404


def test_pages_hold_fifty_and_lead_both_ways(world: World, client_of: ClientOf) -> None:
    life = Life(world.mastercam)
    _told(life)
    with enter(life.house.scope()):
        one = Notification.objects.get(person=life.house.people["agent"])
        copies = [
            Notification(vendor_id=one.vendor_id, person=one.person, ticket=one.ticket, kind=one.kind, at=one.at)
            for _ in range(60)
        ]
        Notification.objects.bulk_create(copies)
    client = client_of(world.mastercam.user("agent"))
    first = client.get("/notifications/").context
    second = client.get(f"/notifications/{first['page'].older_url}").context
    again = client.get(f"/notifications/{second['page'].newer_url}").context
    keys = [[line["key"] for line in page["lines"]] for page in (first, second, again)]
    assert (len(keys[0]), len(keys[1])) == (50, 11)
    assert keys[0] == keys[2] == sorted(keys[0], reverse=True)
    assert not first["page"].newer_url
    assert not second["page"].older_url
    assert client.get("/notifications/?before=x").status_code == 404


def test_the_number_of_queries_is_that_of_one_notification(
    world: World, client_of: ClientOf, django_assert_num_queries: Callable[..., object]
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    life = Life(world.mastercam)
    client = client_of(world.mastercam.user("agent"))
    counts = []
    for more in (1, 6):
        _told(life, more)
        client.get("/notifications/")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get("/notifications/")
        counts.append(len(queries))
    assert counts[0] == counts[1]
