"""Tags, watchers, links and checklists of a ticket."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kernel.tenancy.scope import enter
from tests.tickets.lives import Life, acting
from tests.tickets.test_undo import WINDOW, undo
from tests.world import World
from tickets import services
from tickets.access import visible_tickets
from tickets.models import ChecklistItem, Ticket, TicketLink, TicketTag, Watcher
from tickets.undoing import columns, undoable
from tickets.vocabulary import Refused

Named = dict[str, Any]


def hanging(life: Life, ticket: Ticket) -> list[Any]:
    """All that hangs on the ticket, as columns."""
    with enter(life.house.scope()):
        rows = [
            *TicketTag.objects.filter(ticket=ticket).order_by("pk"),
            *Watcher.objects.filter(ticket=ticket).order_by("pk"),
            *TicketLink.objects.filter(ticket=ticket).order_by("pk"),
            *ChecklistItem.objects.filter(ticket=ticket).order_by("pk"),
        ]
        return [columns(row) for row in rows]


def tags(life: Life, ticket: Ticket) -> set[str]:
    return {row["name"] for row in hanging(life, ticket) if "name" in row}


def test_a_tag_is_one_word_in_lower_case_and_there_once(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files()
    for name in (" CNC ", "cnc", "Fräsen"):
        life.does("agent", services.tag, ticket_id=ticket.pk, name=name)
    assert tags(life, ticket) == {"cnc", "fräsen"}
    for name in ("", "two words", "x" * 41, "a\u0000b"):
        with pytest.raises(Refused):
            life.does("agent", services.tag, ticket_id=ticket.pk, name=name)
    life.does("agent", services.untag, ticket_id=ticket.pk, name="CNC")
    assert tags(life, ticket) == {"fräsen"}
    with pytest.raises(Refused, match="no such tag"):
        life.does("agent", services.untag, ticket_id=ticket.pk, name="cnc")


def test_each_house_has_tags_and_lists_of_its_own(world: World) -> None:
    life = Life(world.optocraft)
    ticket = life.files("stranger")
    life.does("partner", services.tag, ticket_id=ticket.pk, name="ours")
    life.does("agent", services.tag, ticket_id=ticket.pk, name="ours")
    item = life.does("agent", services.add_item, ticket_id=ticket.pk, text="Call them")
    with acting(life.house, "partner") as partner:
        assert [row.house_id for row in TicketTag.objects.filter(ticket=ticket)] == [partner.house]
        assert not ChecklistItem.objects.filter(ticket=ticket).exists()
        with pytest.raises(Refused, match="no such entry"):
            services.tick(by=partner, ticket_id=ticket.pk, item_id=item.pk)
    with acting(life.house, "stranger"):
        assert not TicketTag.objects.filter(ticket=ticket).exists()
        assert not ChecklistItem.objects.filter(ticket=ticket).exists()
    life.does("agent", services.untag, ticket_id=ticket.pk, name="ours")
    assert tags(life, ticket) == {"ours"}  # the partner's


def test_a_watcher_of_the_customer_sees_the_ticket_and_hears_of_it(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files()
    neighbour = life.house.people["neighbour"].pk
    with acting(life.house, "neighbour") as member:
        assert not visible_tickets([member]).exists()
    life.does("agent", services.watch, ticket_id=ticket.pk, person_id=neighbour)
    with acting(life.house, "neighbour") as member:
        assert [found.pk for found in visible_tickets([member])] == [ticket.pk]
    life.does("agent", services.reply, ticket_id=ticket.pk, body="We look.")
    assert sorted(who for who, word in life.told(ticket) if word == "reply") == ["customer", "neighbour"]
    life.does("agent", services.unwatch, ticket_id=ticket.pk, person_id=neighbour)
    with acting(life.house, "neighbour") as member:
        assert not visible_tickets([member]).exists()


def test_a_watcher_of_the_staff_is_told_what_the_assignee_is_each_once(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files()
    people = life.house.people
    life.does("agent", services.assign, ticket_id=ticket.pk, assignee_id=people["colleague"].pk)
    for who in ("supervisor", "colleague"):
        life.does("agent", services.watch, ticket_id=ticket.pk, person_id=people[who].pk)
    life.does("customer", services.customer_writes, ticket_id=ticket.pk, body="And?")
    told = [who for who, word in life.told(ticket) if word == "customer_wrote"]
    assert sorted(told) == ["colleague", "supervisor"]
    life.does("agent", services.reply, ticket_id=ticket.pk, body="We look.")
    assert [who for who, word in life.told(ticket) if word == "reply"] == ["customer"]


def test_only_people_of_the_customer_and_of_the_own_house_watch(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files()
    for person in (
        life.house.people["stranger"],
        life.house.people["partner"],
        world.optocraft.people["agent"],
    ):
        with pytest.raises(Refused, match="no such person"):
            life.does("agent", services.watch, ticket_id=ticket.pk, person_id=person.pk)


def test_a_link_is_not_shown_by_the_database_to_who_sees_one_end_only(world: World) -> None:
    life = Life(world.optocraft)
    ticket, other = life.files("stranger"), life.files()
    life.does("agent", services.link, ticket_id=ticket.pk, number=other.number, kind="duplicate_of")
    with acting(life.house, "partner"):
        assert not TicketLink.objects.exists()


@pytest.mark.usefixtures("each_wall")
def test_links_join_only_tickets_that_one_sees(world: World) -> None:
    life, elsewhere = Life(world.optocraft), Life(world.mastercam)
    ticket, other, theirs = life.files("stranger"), life.files(), elsewhere.files()
    life.does("agent", services.link, ticket_id=ticket.pk, number=other.number.lower(), kind="duplicate_of")
    with acting(life.house, "partner") as partner, pytest.raises(Refused, match="no such ticket"):
        services.link(by=partner, ticket_id=ticket.pk, number=other.number, kind="blocks")
    for number in (theirs.number, "nothing", ticket.number, "\u0000"):
        with pytest.raises(Refused):
            life.does("agent", services.link, ticket_id=ticket.pk, number=number, kind="blocks")
    with pytest.raises(Refused):
        life.does("agent", services.link, ticket_id=ticket.pk, number=other.number, kind="split_from")
    with enter(life.house.scope()):
        (row,) = TicketLink.objects.all()
    life.does("agent", services.unlink, ticket_id=other.pk, link_id=row.pk)
    assert hanging(life, ticket) == []


def _two(life: Life, ticket: Ticket) -> Named:
    return {"number": life.files().number, "kind": "blocks"}


DEEDS: dict[str, tuple[Callable[..., Any], Callable[[Life, Ticket], Named]]] = {
    "tag": (services.tag, lambda life, ticket: {"name": "new"}),
    "untag": (services.untag, lambda life, ticket: {"name": "held"}),
    "watch": (services.watch, lambda life, ticket: {"person_id": life.house.people["neighbour"].pk}),
    "unwatch": (services.unwatch, lambda life, ticket: {"person_id": life.house.people["colleague"].pk}),
    "link": (services.link, _two),
    "unlink": (services.unlink, lambda life, ticket: {"link_id": _first(life, TicketLink)}),
    "add": (services.add_item, lambda life, ticket: {"text": "More"}),
    "tick": (services.tick, lambda life, ticket: {"item_id": _first(life, ChecklistItem)}),
    "drop": (services.drop_item, lambda life, ticket: {"item_id": _first(life, ChecklistItem)}),
}


def _first(life: Life, model: Any) -> int:
    with enter(life.house.scope()):
        return int(model.objects.get().pk)


@pytest.mark.parametrize("deed", DEEDS)
def test_each_of_it_is_taken_back_whole(world: World, deed: str) -> None:
    life = Life(world.mastercam)
    ticket = life.files()
    life.does("agent", services.tag, ticket_id=ticket.pk, name="held")
    life.does("agent", services.watch, ticket_id=ticket.pk, person_id=life.house.people["colleague"].pk)
    life.does("agent", services.link, ticket_id=ticket.pk, number=life.files().number, kind="blocks")
    life.does("agent", services.add_item, ticket_id=ticket.pk, text="Call them")
    before = hanging(life, ticket)
    service, arguments = DEEDS[deed]
    with undoable(deed, WINDOW) as batch:
        life.does("agent", service, ticket_id=ticket.pk, **arguments(life, ticket))
    assert hanging(life, ticket) != before
    assert [one.refused for one in undo(life, batch)] == [""]
    assert hanging(life, ticket) == before


def test_a_tag_that_somebody_put_back_meanwhile_is_not_put_back_twice(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files()
    life.does("agent", services.tag, ticket_id=ticket.pk, name="held")
    with undoable("untag", WINDOW) as batch:
        life.does("agent", services.untag, ticket_id=ticket.pk, name="held")
    life.does("colleague", services.tag, ticket_id=ticket.pk, name="held")
    assert [one.refused for one in undo(life, batch)] == ["The ticket has changed since."]
    assert tags(life, ticket) == {"held"}
