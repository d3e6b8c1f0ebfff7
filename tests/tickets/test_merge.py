"""Two tickets become one: one conversation, and the earliest promises."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest

from kernel.tenancy.scope import enter
from sla.engine.state import Folded
from sla.policies import rules
from sla.rebuild import rebuild
from sla.timelines import fold_now
from tests.tickets.lives import Life, acting
from tests.tickets.test_undo import WINDOW, clocks_of, standing, undo
from tests.world import World
from tickets import services
from tickets.access import visible_tickets
from tickets.models import ChecklistItem, Message, Ticket, TicketLink, TicketTag, Watcher
from tickets.undoing import undoable
from tickets.vocabulary import Refused

DEEDS: list[tuple[Any, dict[str, Any]]] = [
    (services.set_priority, {"priority": "P1"}),
    (services.set_priority, {"priority": "P2"}),
    (services.set_priority, {"priority": "P4"}),
    (services.declare_information_complete, {}),
    (services.reply, {"body": "We look."}),
    (services.reply, {"body": "Which one?", "ask": True}),
    (services.go_on, {}),
    (services.note, {"body": "Hm."}),
    (services.wait_for_third_party, {}),
]


def merge(life: Life, source: Ticket, target: Ticket, who: str = "agent") -> str:
    with undoable("merge", WINDOW) as batch:
        life.does(who, services.merge, ticket_id=source.pk, into_id=target.pk)
    return batch


def folded(life: Life, *tickets: Ticket) -> list[Folded]:
    with enter(life.house.scope()):
        held = fold_now(life.house.id, [t.timeline_id for t in tickets], rules(life.house.id), life.now)
    return [held[ticket.timeline_id] for ticket in tickets]


def earliest(before: Iterable[Folded], kind: str) -> int | None:
    clocks = [clock for one in before for clock in one.clocks if clock.kind == kind and clock.promised]
    dues = [clock.due_at for clock in clocks if clock.status == "running"]
    return min((due for due in dues if due is not None), default=None)


def late(one: Folded, kind: str) -> int:
    return sum(clock.breached_at is not None for clock in one.clocks if clock.kind == kind and clock.promised)


def live(life: Life, dice: random.Random, tickets: list[Ticket]) -> None:
    for _ in range(dice.randrange(2, 7)):
        life.go(minutes=dice.randrange(5, 400))
        service, words = dice.choice(DEEDS)
        try:
            life.does("agent", service, ticket_id=dice.choice(tickets).pk, **words)
        except Refused:
            continue


@pytest.mark.parametrize("seed", range(24))
def test_the_earliest_promise_stays_and_undo_puts_both_back(world: World, seed: int) -> None:
    dice, life = random.Random(seed), Life(world.mastercam)
    first = life.files(claimed_priority=dice.choice(["P1", "P2", "P3", ""]))
    live(life, dice, [first])
    second = life.files("neighbour", claimed_priority=dice.choice(["P1", "P2", "P3", ""]))
    live(life, dice, [first, second])
    source, target = dice.sample([first, second], 2)
    life.go(minutes=1)
    before = folded(life, target, source)
    was = [(standing(life, ticket), clocks_of(life, ticket)) for ticket in (source, target)]
    batch = merge(life, source, target)
    (after,) = folded(life, target)
    for clock in (clock for clock in after.clocks if clock.promised):
        due = earliest(before, clock.kind)
        if due is not None:
            assert clock.status != "paused", clock
            if clock.status == "running":
                assert clock.due_at is not None
                assert clock.due_at <= due, clock
        assert late(after, clock.kind) <= max(late(one, clock.kind) for one in before), clock
    assert life.ticket(target).priority in ("", after.priority)
    assert (life.ticket(target).state == "waiting") == _waits(after, life.ticket(target))
    life.go(seconds=5)
    assert [one.refused for one in undo(life, batch)] == ["", ""]
    for ticket, (columns_before, clocks_before) in zip((source, target), was, strict=True):
        now = standing(life, ticket)
        assert {name: (value, now[name]) for name, value in columns_before.items() if value != now[name]} == {}
        assert clocks_of(life, ticket) == clocks_before
    with enter(life.house.scope()):
        assert next(iter(rebuild(life.house.id))).differences == ()


def _waits(after: Folded, ticket: Ticket) -> bool:
    paused = any(clock.status == "paused" for clock in after.clocks)
    return paused or ticket.state == "waiting"


def test_words_files_watchers_tags_links_and_lists_follow(world: World) -> None:
    life = Life(world.mastercam)
    target, source, third = life.files(), life.files("neighbour"), life.files()
    life.does("agent", services.note, ticket_id=source.pk, body="Same as before.")
    life.does("agent", services.tag, ticket_id=source.pk, name="cnc")
    life.does("agent", services.add_item, ticket_id=source.pk, text="Call")
    life.does("agent", services.link, ticket_id=source.pk, number=third.number, kind="blocks")
    life.does("agent", services.watch, ticket_id=source.pk, person_id=life.house.people["supervisor"].pk)
    merge(life, source, target)
    with enter(life.house.scope()):
        moved = Message.objects.filter(ticket=target, merged_from=source)
        assert sorted(moved.values_list("body", flat=True)) == ["It stops when I save.", "Same as before."]
        assert not Message.objects.filter(ticket=source).exists()
        watching = set(Watcher.objects.filter(ticket=target).values_list("person", flat=True))
        assert watching == {life.house.people[who].pk for who in ("neighbour", "supervisor")}
        assert TicketTag.objects.filter(ticket=target, name="cnc").exists()
        assert TicketLink.objects.filter(ticket=target, other=third, kind="blocks").exists()
        assert ChecklistItem.objects.get().ticket_id == target.pk
    ended = life.ticket(source)
    assert (ended.state, ended.cancel_reason, ended.merged_into_id) == ("cancelled", "merged", target.pk)
    assert [told for told in life.told(source) if told[1] == "cancelled"] == [("neighbour", "cancelled")]
    assert "merged" in life.verbs(target)
    assert "merged_away" in life.verbs(source)
    with acting(life.house, "neighbour") as member:
        assert visible_tickets([member]).filter(pk=target.pk).exists()
    answered = life.does("neighbour", services.customer_writes, ticket_id=source.pk, body="Any news?")
    assert answered.pk == target.pk


def test_what_was_received_first_counts_from_then(world: World) -> None:
    life = Life(world.mastercam)
    early = life.files(claimed_priority="P2")
    life.go(minutes=30)
    late_one = life.files(claimed_priority="P2")
    due = life.clock(early, "response").due_at
    merge(life, early, late_one)
    assert life.clock(late_one, "response").due_at == due
    assert life.clock(early, "response").status == "cancelled"
    assert life.ticket(late_one).received_at == early.received_at


def test_what_does_not_belong_together_is_refused(world: World) -> None:
    life = Life(world.mastercam)
    target, other = life.files(), life.files("stranger")
    ended = life.files()
    life.does("agent", services.cancel, ticket_id=ended.pk, reason="spam")
    theirs = Life(world.optocraft).files()
    for source, into in ((other, target), (target, target), (target, ended), (ended, target), (target, theirs)):
        with pytest.raises(Refused):
            life.does("agent", services.merge, ticket_id=source.pk, into_id=into.pk)
    with pytest.raises(Refused):
        life.does("customer", services.merge, ticket_id=target.pk, into_id=life.files().pk)


def test_half_a_merge_is_never_taken_back(world: World) -> None:
    life = Life(world.mastercam)
    source = life.files("neighbour")
    life.go(minutes=5)
    target = life.files()
    batch = merge(life, source, target)
    life.does("colleague", services.set_priority, ticket_id=target.pk, priority="P1")
    assert all(one.refused for one in undo(life, batch))
    assert life.ticket(source).state == "cancelled"
    life.now += timedelta(seconds=1)
