"""What is done to a selection is done to each by its own rules, and told ticket by ticket."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from kernel.outbox.models import OutboxMessage
from kernel.tenancy.scope import enter
from tests.desk.conftest import ClientOf, FileTicket, questions
from tests.desk.test_queue import numbers, queue
from tests.world import House, World
from tickets import services
from tickets.models import SavedView, Ticket

pytestmark = pytest.mark.django_db


def bulk(client: Client, tickets: list[Ticket], deed: str, value: str) -> str:
    """Do it, and read what the list then says: the page that comes again where nothing could be done."""
    sent = {"ticket": [t.pk for t in tickets], "deed": deed, deed: value, "next": reverse("desk:queue")}
    answer = client.post(reverse("desk:bulk"), sent)
    if answer.status_code == 422:
        return str(answer.content.decode())
    assert answer.status_code == 302
    return str(client.get(answer["Location"]).content.decode())


def selected(page: str) -> list[int]:
    """The keys of the tickets that are selected in a page."""
    return [int(key) for key in re.findall(r'name="ticket" value="(\d+)"[^>]* checked', page)]


def of(house: House, ticket: Ticket) -> Ticket:
    with enter(house.scope()):
        found: Ticket = Ticket.objects.get(pk=ticket.pk)
        return found


def test_several_are_assigned_and_what_is_refused_says_why(
    world: World, client_of: ClientOf, file_ticket: FileTicket
) -> None:
    house = world.mastercam
    tickets = [file_ticket(house) for _ in range(3)]
    with enter(house.scope()):
        services.cancel(by=house.member("agent"), ticket_id=tickets[0].pk, reason="withdrawn")
    said = bulk(client_of(house.user("agent")), tickets, "assign", "me")
    assert "Done on 2 tickets." in said
    assert f"Not done: {tickets[0].number}. This ticket has ended." in said
    assert of(house, tickets[1]).assignee_id == house.people["agent"].pk


def test_it_is_taken_back_while_no_mail_has_gone_out(
    world: World, client_of: ClientOf, file_ticket: FileTicket
) -> None:
    house, client = world.mastercam, client_of(world.mastercam.user("agent"))
    tickets = [file_ticket(house, claimed_priority="P3") for _ in range(3)]
    said = bulk(client, tickets, "priority", "P1")
    batch = re.search(r'name="batch" value="(\w+)"', said)
    assert batch
    client.post(reverse("desk:undo"), {"batch": batch[1]})
    assert {of(house, t).priority for t in tickets} == {""}
    said = bulk(client, tickets, "assign", str(house.people["colleague"].pk))
    with enter(house.scope()):
        OutboxMessage.objects.filter(payload__word="assigned", payload__ticket=tickets[0].pk).update(state="sent")
    batch = re.search(r'name="batch" value="(\w+)"', said)
    assert batch
    client.post(reverse("desk:undo"), {"batch": batch[1]})
    said = queue(client).content.decode()
    assert "Taken back on 2 tickets." in said
    assert f"{tickets[0].number} was not taken back: A mail about this has left already." in said


def test_each_vendor_keeps_its_own_rules(world: World, client_of: ClientOf, file_ticket: FileTicket) -> None:
    ours, theirs = file_ticket(world.mastercam), file_ticket(world.optocraft)
    said = bulk(client_of(world.everywhere), [ours, theirs], "priority", "P1")
    assert "Done on 1 ticket." in said
    assert f"Not done: {theirs.number}. Choose one of the priorities." in said
    bulk(client_of(world.everywhere), [ours, theirs], "assign", "me")
    assert of(world.optocraft, theirs).assignee_id is not None


def test_what_one_does_not_see_is_not_there(world: World, client_of: ClientOf, file_ticket: FileTicket) -> None:
    theirs = file_ticket(world.optocraft)
    said = bulk(client_of(world.mastercam.user("agent")), [theirs], "assign", "me")
    assert theirs.number not in said
    assert "Done" not in said
    assert of(world.optocraft, theirs).assignee_id is None
    customer = client_of(world.mastercam.user("customer"))
    assert customer.post(reverse("desk:bulk"), {"ticket": [theirs.pk], "deed": "assign"}).status_code == 404


@pytest.mark.parametrize(
    ("deed", "value", "says"),
    [
        ("assign", "", "Choose what is to be done with them."),
        ("assign", "99999", "There is no such person"),
        ("assign", "nonsense", "There is no such person"),
        ("priority", "P9", "Choose one of the priorities."),
        ("state", "nonsense", "Choose what is to be done with them."),
        ("state", "reopen", "This can&#x27;t be done while the ticket is"),
        ("canned", "x", "There is no such reply."),
    ],
)
def test_what_means_nothing_does_nothing(
    world: World, client_of: ClientOf, file_ticket: FileTicket, deed: str, value: str, says: str
) -> None:
    ticket = file_ticket(world.mastercam)
    assert says in bulk(client_of(world.mastercam.user("agent")), [ticket], deed, value)
    assert of(world.mastercam, ticket).state == "new"


def test_a_refusal_keeps_the_search_the_selection_and_what_was_chosen(
    world: World, client_of: ClientOf, file_ticket: FileTicket
) -> None:
    client = client_of(world.mastercam.user("agent"))
    first, second, third = (file_ticket(world.mastercam, subject="Spindle") for _ in range(3))
    for deed, value, kept in (
        ("tag", "two words", 'value="two words"'),
        ("state", "reopen", '<option value="reopen" selected>'),
        ("assign", "", "Choose what is to be done with them."),
    ):
        sent = {"ticket": [first.pk, second.pk], "deed": deed, deed: value, "next": "/desk/?q=spindle"}
        answer = client.post(reverse("desk:bulk"), sent)
        page = answer.content.decode()
        assert answer.status_code == 422
        assert sorted(selected(page)) == [first.pk, second.pk]
        assert kept in page
        assert 'value="spindle"' in page
        assert 'name="next" value="/desk/?q=spindle"' in page
    assert client.get(reverse("desk:bulk"))["Location"] == reverse("desk:queue")
    with enter(world.mastercam.scope()):
        services.cancel(by=world.mastercam.member("agent"), ticket_id=third.pk, reason="withdrawn")
    sent = {"ticket": [first.pk, third.pk], "deed": "assign", "assign": "me", "next": "/desk/?q=spindle"}
    answer = client.post(reverse("desk:bulk"), sent)
    page = client.get(answer["Location"]).content.decode()
    assert selected(page) == [third.pk]
    assert '<input type="hidden" name="next" value="/desk/?q=spindle">' in page


def test_a_view_that_is_refused_keeps_what_was_typed(world: World, client_of: ClientOf) -> None:
    client = client_of(world.mastercam.user("agent"))
    sent = {"name": "Hot", "q": "prio:P1", "whose": "house", "next": "/desk/?q=prio%3AP1"}
    answer = client.post(reverse("desk:view_keep"), sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="Hot" aria-invalid="true"' in page
    assert '<option value="house" selected>' in page
    assert "a supervisor&#x27;s to share" in page
    client.post(reverse("desk:view_keep"), sent | {"whose": "me"})
    client.post(reverse("desk:view_keep"), sent | {"whose": "me", "name": "Other", "q": "prio:P2"})
    with enter(world.mastercam.scope()):
        key = SavedView.objects.get(name="Hot").pk
    answer = client.post(reverse("desk:view_change", args=[key]), {"name": "Other", "next": "/desk/?q=prio%3AP1"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="Other" aria-invalid="true"' in page
    assert "There is a view of this name already." in page


def test_a_canned_reply_goes_to_each_in_its_own_words(
    world: World, client_of: ClientOf, file_ticket: FileTicket
) -> None:
    house, client = world.mastercam, client_of(world.mastercam.user("agent"))
    first, second = file_ticket(house), file_ticket(house, "stranger", item=None)
    with enter(house.scope()):
        reply = services.save_canned(
            by=house.member("agent"), title="Hello", texts={"en": "Dear {requester_name}, {serial}?"}, shared=False
        )
        Ticket.objects.filter(pk=first.pk).update(item=house.item)
    said = bulk(client, [first, second], "canned", str(reply.pk))
    assert "Done on 1 ticket." in said
    assert "Not known here: serial" in said
    with enter(house.scope()):
        assert of(house, first).messages.latest("pk").body == "Dear Karin Kund, N-1001?"


def live(client: Client, **asked: Any) -> Any:
    headers = {"If-None-Match": asked.pop("tag")} if "tag" in asked else {}
    return client.get(reverse("desk:live"), asked, headers=headers)


def test_what_changed_arrives_in_its_place_and_what_is_new_waits(
    world: World, client_of: ClientOf, file_ticket: FileTicket, work: Callable[[House], None]
) -> None:
    house, client = world.mastercam, client_of(world.mastercam.user("agent"))
    stays, goes = file_ticket(house, hours_ago=1), file_ticket(house, hours_ago=1)
    work(house)
    page = queue(client).content.decode()
    since = re.search(r'data-since="([^"]+)"', page)
    assert since
    asked = {"q": "", "since": since[1], "ids": f"{stays.pk} {goes.pk}"}
    first = live(client, **asked)
    same = live(client, **asked, minute=first.json()["minute"], tag=first["ETag"])
    assert same.status_code == 304
    assert same.content == b""
    with enter(house.scope()):
        services.set_priority(by=house.member("colleague"), ticket_id=stays.pk, priority="P1")
        services.cancel(by=house.member("colleague"), ticket_id=goes.pk, reason="withdrawn")
    fresh = file_ticket(house)
    told = live(client, **asked, minute=first.json()["minute"], tag=first["ETag"]).json()
    assert "P1 Urgent" in told["rows"][str(stays.pk)]
    assert told["gone"] == [goes.pk]
    assert told["new"] == [fresh.pk]
    assert told["counts"]["open"] == "2"


def test_a_row_that_comes_again_keeps_what_was_found_in_it(
    world: World, client_of: ClientOf, file_ticket: FileTicket
) -> None:
    ticket = file_ticket(world.mastercam, body="The spindle stopped.")
    client = client_of(world.mastercam.user("agent"))
    told = live(client, q="spindle", since="2026-01-01T00:00:00+00:00", ids=str(ticket.pk)).json()
    assert "<mark>spindle</mark>" in told["rows"][str(ticket.pk)]


def test_a_row_of_somebody_elses_never_arrives(world: World, client_of: ClientOf, file_ticket: FileTicket) -> None:
    theirs = file_ticket(world.optocraft)
    told = live(client_of(world.mastercam.user("agent")), q="", since="2026-01-01T00:00:00+00:00", ids=str(theirs.pk))
    assert told.json()["rows"] == {}
    assert told.json()["new"] == []
    for since in ("", "nonsense", "2026-01-01T00:00:00"):
        assert live(client_of(world.mastercam.user("agent")), q="", since=since).status_code == 404


def test_columns_and_density_are_kept(world: World, client_of: ClientOf, file_ticket: FileTicket) -> None:
    file_ticket(world.mastercam)
    client = client_of(world.mastercam.user("agent"))
    client.post(reverse("desk:looks"), {"columns": ["number", "language", "nonsense"], "density": "comfortable"})
    page = queue(client).content.decode()
    heads = re.findall(r'<th scope="col">([^<]+)</th>', page)
    assert heads == ["Number", "Language", "Due", "Subject"]
    assert "queue-comfortable" in page
    client.post(reverse("desk:looks"), {"usual": "1"})
    assert "Assignee" in re.findall(r'<th scope="col">([^<]+)</th>', queue(client).content.decode())


def test_a_search_is_kept_renamed_and_forgotten(world: World, client_of: ClientOf, file_ticket: FileTicket) -> None:
    house, client = world.mastercam, client_of(world.mastercam.user("agent"))
    ticket = file_ticket(house, claimed_priority="P1")
    client.post(reverse("desk:view_keep"), {"name": "Hot", "q": "prio:P1", "whose": "me"})
    page = queue(client, q="prio:P1").content.decode()
    assert "<h1>Hot</h1>" in page
    assert numbers(queue(client, q="prio:P1")) == [ticket.number]
    assert "Hot" not in queue(client_of(house.user("colleague"))).content.decode()
    with enter(house.scope()):
        key = SavedView.objects.get().pk
    assert client_of(house.user("colleague")).post(reverse("desk:view_change", args=[key])).status_code == 404
    client.post(reverse("desk:view_change", args=[key]), {"name": "Hotter"})
    assert "Hotter" in queue(client).content.decode()
    client.post(reverse("desk:view_change", args=[key]), {"delete": "1"})
    assert "Hotter" not in queue(client, q="is:open").content.decode().split('aria-label="Views"')[1]


def test_what_is_typed_is_completed(world: World, client_of: ClientOf) -> None:
    client = client_of(world.mastercam.user("agent"))
    found = client.get(reverse("desk:complete"), {"q": "is:bre", "caret": "6"}).json()["found"]
    assert found == [{"text": "is:breached", "start": 0, "end": 6}]
    assert client.get(reverse("desk:complete"), {"q": "is:bre", "caret": "x"}).status_code == 200
    assert client_of(world.mastercam.user("customer")).get(reverse("desk:complete")).status_code == 404


def test_live_rows_cost_the_same_whatever_their_number(
    world: World, client_of: ClientOf, file_ticket: FileTicket, work: Callable[[House], None], asked: Any
) -> None:
    house, client = world.mastercam, client_of(world.mastercam.user("agent"))
    costs = []
    for more in (1, 20):
        keys = " ".join(str(file_ticket(house).pk) for _ in range(more))
        work(house)
        live(client, q="", since="2026-01-01T00:00:00+00:00", ids=keys)
        with asked() as captured:
            live(client, q="", since="2026-01-01T00:00:00+00:00", ids=keys)
        costs.append(len(questions(captured)))
    assert costs[0] == costs[1] <= 15


def test_a_selection_is_tagged_and_untagged(world: World, client_of: ClientOf, file_ticket: FileTicket) -> None:
    house, client = world.mastercam, client_of(world.mastercam.user("agent"))
    first, second = file_ticket(house), file_ticket(house)
    assert "Done on 2 tickets." in bulk(client, [first, second], "tag", "Post")
    assert sorted(numbers(queue(client, q="tag:post"))) == sorted([first.number, second.number])
    text = bulk(client, [first], "tag", "-post")
    assert "Done on 1 ticket." in text
    assert numbers(queue(client, q="tag:post")) == [second.number]
    assert "A tag is one word" in bulk(client, [first], "tag", "two words")
    assert (
        client.post(reverse("desk:undo"), {"batch": re.findall(r'name="batch" value="(\w+)"', text)[-1]}).status_code
        == 302
    )
    assert sorted(numbers(queue(client, q="tag:post"))) == sorted([first.number, second.number])
