"""The loop: what it takes, stores, and does about what it can't read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from kernel import clock
from kernel.tenancy.scope import enter
from sla import loop
from sla.engine.events import Assigned, Received, Responded
from sla.models import Clock, ClockEvent, Crossing, Timeline
from sla.services import Happening, HistoryError, lock, open_timeline, record
from tests.world import World

MONDAY = datetime(2026, 11, 16, 15, 0, tzinfo=UTC)  # 10:00 in New York


def _timeline(world: World, *, at: datetime = MONDAY) -> int:
    vendor = world.mastercam.id
    with enter(world.mastercam.scope()), clock.moved_to(at):
        timeline = open_timeline(vendor_id=vendor, houses=[])
        facts = [Happening(Received(priority="P1", zone="America/New_York", country="US")), Happening(Assigned())]
        record(facts, vendor_id=vendor, timeline_id=timeline.pk, person_id=None, now=lock(timeline.pk))
        return timeline.pk


def _sweep(world: World, at: datetime) -> list[loop.Reached]:
    seen: list[loop.Reached] = []
    with clock.moved_to(at):
        loop.sweep(world.mastercam.id, lambda _vendor, _keys, reached, _now: seen.extend(reached))
    return seen


def test_a_new_timeline_gets_its_clock_and_sleeps_until_the_next_rung(world: World) -> None:
    key = _timeline(world)
    assert _sweep(world, MONDAY) == []
    with enter(world.mastercam.scope()):
        timeline = Timeline.objects.get(pk=key)
        assert timeline.due_at == MONDAY + timedelta(hours=2)
        assert timeline.wake_at == MONDAY + timedelta(minutes=90)
        assert Clock.objects.get(timeline=key).status == "running"


def test_a_rung_fires_once_for_the_instant_at_which_it_was_crossed_however_late(world: World) -> None:
    key = _timeline(world)
    _sweep(world, MONDAY)
    late = MONDAY + timedelta(minutes=100)
    assert [(r.rung.percent, r.crossed_at, r.noticed_at) for r in _sweep(world, late)] == [
        (75, MONDAY + timedelta(minutes=90), late)
    ]
    with enter(world.mastercam.scope()):
        Timeline.objects.filter(pk=key).update(wake_at=late)
    assert _sweep(world, late) == []


def test_a_response_before_the_sweep_stops_the_rung(world: World) -> None:
    key = _timeline(world)
    _sweep(world, MONDAY)
    with enter(world.mastercam.scope()), clock.moved_to(MONDAY + timedelta(minutes=80)):
        now = lock(key)
        record([Happening(Responded())], vendor_id=world.mastercam.id, timeline_id=key, person_id=None, now=now)
    assert _sweep(world, MONDAY + timedelta(hours=3)) == []


def test_an_answer_logged_later_heals_the_breach_and_marks_the_rung_superseded(world: World) -> None:
    key = _timeline(world)
    late = MONDAY + timedelta(hours=3)
    _sweep(world, late)
    with enter(world.mastercam.scope()), clock.moved_to(late):
        said = Happening(Responded(), at=MONDAY + timedelta(minutes=10), reason="logged_later")
        record([said], vendor_id=world.mastercam.id, timeline_id=key, person_id=None, now=lock(key))
    _sweep(world, late)
    with enter(world.mastercam.scope()):
        assert Clock.objects.get(timeline=key, kind="response").breached_at is None
        assert {c.percent: c.superseded_at for c in Crossing.objects.filter(timeline=key, kind="response")} == {
            75: late,
            100: late,
            150: late,
        }


def test_what_is_to_come_cannot_be_recorded(world: World) -> None:
    key = _timeline(world)
    later = Happening(Responded(), at=MONDAY + timedelta(seconds=1))
    with enter(world.mastercam.scope()), clock.moved_to(MONDAY):
        now = lock(key)
        with pytest.raises(HistoryError):
            record([later], vendor_id=world.mastercam.id, timeline_id=key, person_id=None, now=now)


def test_a_timeline_that_cannot_be_read_holds_up_no_other(world: World) -> None:
    good, bad = _timeline(world), _timeline(world)
    with enter(world.mastercam.scope()):
        ClockEvent.objects.create(timeline_id=bad, kind="from_the_future", at=MONDAY, recorded_at=MONDAY)
    _sweep(world, MONDAY)
    with enter(world.mastercam.scope()):
        assert Clock.objects.filter(timeline=good).exists()
        aside = Timeline.objects.get(pk=bad)
        assert "from_the_future" in aside.trouble
        assert aside.wake_at == MONDAY + loop.TRY_AGAIN


def test_one_vendors_loop_leaves_the_others_alone(world: World) -> None:
    _timeline(world)
    with clock.moved_to(MONDAY):
        assert loop.sweep(world.optocraft.id, lambda *_: None) == 0
        assert loop.sweep(world.mastercam.id, lambda *_: None) == 1
