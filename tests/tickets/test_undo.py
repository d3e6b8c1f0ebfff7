"""What was just done is taken back as if it had never been, as long as nothing of it has left the house."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from kernel.clock import moved_to
from kernel.outbox.models import OutboxMessage
from kernel.tenancy.scope import enter
from sla.policies import rules
from sla.rebuild import rebuild
from sla.timelines import fold_now
from tests.tickets.lives import MONDAY, Life, acting
from tests.world import World
from tickets import services
from tickets.models import Message, Notification, Ticket
from tickets.services.undo import Undone
from tickets.undoing import columns, undoable

WINDOW = timedelta(seconds=30)
LATER = MONDAY + timedelta(days=9)
Deed = Callable[[Life, Ticket], Any]


def do(life: Life, ticket: Ticket, deed: str, who: str = "agent") -> str:
    """Do something that can be taken back; answers its batch."""
    with undoable(deed, WINDOW) as batch:
        life.does(who, DEEDS[deed][0], ticket_id=ticket.pk, **DEEDS[deed][1](life))
    return batch


def undo(life: Life, batch: str, who: str = "agent") -> list[Undone]:
    return life.does(who, services.undo, batch=batch)


DEEDS: dict[str, tuple[Callable[..., Any], Callable[[Life], dict[str, Any]]]] = {
    "assign": (services.assign, lambda life: {"assignee_id": life.house.people["colleague"].pk}),
    "priority": (services.set_priority, lambda life: {"priority": "P1"}),
    "bug": (services.classify, lambda life: {"classification": "bug"}),
    "third": (services.wait_for_third_party, lambda life: {}),
    "information": (services.declare_information_complete, lambda life: {}),
    "reply": (services.reply, lambda life: {"body": "We look."}),
    "ask": (services.reply, lambda life: {"body": "Which one?", "ask": True}),
    "note": (services.note, lambda life: {"body": "Hm."}),
    "resolve": (services.resolve, lambda life: {"outcome": "fixed", "body": "Done."}),
    "cancel": (services.cancel, lambda life: {"reason": "refused"}),
    "hand-off": (services.hand_off, lambda life: {"to_house_id": life.house.partner.pk}),
}


def clocks_of(life: Life, ticket: Ticket) -> Any:
    """The clocks as they stand some days later, if nothing else happens."""
    with enter(life.house.scope()):
        folded = fold_now(life.house.id, [ticket.timeline_id], rules(life.house.id), LATER)
    return [
        (c.kind, c.cycle, c.status, c.started_at, c.due_at, c.ended_at, c.breached_at, c.elapsed_seconds)
        for c in folded[ticket.timeline_id].clocks
    ]


def standing(life: Life, ticket: Ticket) -> dict[str, Any]:
    held = columns(life.ticket(ticket))
    return {name: value for name, value in held.items() if name not in ("changed_at", "listed_at")}


@pytest.mark.parametrize("deed", DEEDS)
def test_each_deed_is_taken_back_whole(world: World, deed: str) -> None:
    life = Life(world.mastercam)
    ticket = life.files(claimed_priority="P3")
    life.go(minutes=20)
    before, clocks, told = standing(life, ticket), clocks_of(life, ticket), life.told(ticket)
    batch = do(life, ticket, deed)
    life.go(seconds=10)
    assert [one.refused for one in undo(life, batch)] == [""]
    assert standing(life, ticket) == before
    assert clocks_of(life, ticket) == clocks
    assert life.told(ticket) == told
    with enter(life.house.scope()):
        assert not list(Message.objects.filter(ticket=ticket, retracted_at=None)[1:])
        assert next(iter(rebuild(life.house.id))).differences == ()


def test_random_lives_with_deeds_taken_back_end_like_those_without(world: World) -> None:
    for seed in range(12):
        dice = random.Random(seed)
        life = Life(world.mastercam)
        plain, undone = life.files(claimed_priority="P2"), life.files(claimed_priority="P2")
        for _ in range(6):
            life.go(minutes=dice.randrange(5, 300))
            deed = dice.choice(["assign", "priority", "information", "reply", "note", "third"])
            for ticket in (plain, undone):
                do(life, ticket, deed)
            other = dice.choice(list(DEEDS))
            state = life.ticket(undone).state
            if other == "third" and state == "third_party":
                continue
            batch = do(life, undone, other)
            life.go(seconds=dice.randrange(1, 20))
            assert [one.refused for one in undo(life, batch)] in ([""], []), (seed, other)
        assert clocks_of(life, undone) == clocks_of(life, plain), seed


def test_mail_waits_for_the_window_and_then_leaves(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files()
    batch = do(life, ticket, "reply")
    with enter(life.house.scope()):
        letter = OutboxMessage.objects.get(key__startswith=f"reply:{ticket.pk}:")
    assert letter.not_before == life.now + WINDOW
    life.go(seconds=31)
    assert [one.refused for one in undo(life, batch)] == ["It is too late to take this back."]


def test_what_has_left_by_mail_stays(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files()
    batch = do(life, ticket, "reply")
    with enter(life.house.scope()):
        OutboxMessage.objects.filter(key__startswith=f"reply:{ticket.pk}:").update(state="sent")
    before = standing(life, ticket)
    assert [one.refused for one in undo(life, batch)] == ["A mail about this has left already."]
    assert standing(life, ticket) == before


def test_what_somebody_went_on_with_stays(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files()
    batch = do(life, ticket, "priority")
    life.does("colleague", services.set_priority, ticket_id=ticket.pk, priority="P4")
    assert [one.refused for one in undo(life, batch)] == ["The ticket has changed since."]
    assert life.ticket(ticket).priority == "P4"


def test_deeds_are_taken_back_in_turn(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files()
    first, second = do(life, ticket, "priority"), do(life, ticket, "reply")
    assert undo(life, first)[0].refused
    assert not undo(life, second)[0].refused
    assert not undo(life, first)[0].refused
    assert undo(life, first)[0].refused == "This was taken back already."


def test_only_who_did_it_takes_it_back(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files()
    batch = do(life, ticket, "priority")
    for who in ("colleague", "supervisor"):
        assert undo(life, batch, who) == []
    with moved_to(life.now), acting(world.optocraft, "agent") as by:
        assert services.undo(by=by, batch=batch) == []
    assert life.ticket(ticket).priority == "P1"


def test_who_was_told_inside_hears_nothing_of_it(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files()
    batch = do(life, ticket, "assign")
    with enter(life.house.scope()):
        told = Notification.objects.filter(ticket=ticket, person=life.house.people["colleague"])
        assert told.count() == 1
        undo(life, batch)
        assert told.count() == 0
