"""Versions of policies and calendars: never edited, with the vendor's notice, extended by years."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from kernel import clock
from kernel.tenancy.scope import enter
from sla import calendars, loop, versions
from sla.engine.calendar import CalendarSpec
from sla.engine.events import Received
from sla.models import CalendarVersion, Clock, PolicyVersion
from sla.policies import NoticeTooShort, current, install, rules
from sla.services import Happening, lock, open_timeline, record
from tests.world import CATALOG, World
from vendors.catalog.schema import PolicyFile, from_document, load

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def _changed(**change: Any) -> PolicyFile:
    document = load(CATALOG / "mastercam.toml").document()
    document["lifecycle"] |= change
    return from_document(document)


def _world_calendar(world: World) -> CalendarSpec:
    return next(spec for spec in rules(world.mastercam.id).calendars if spec.key == "world")


def test_the_same_file_again_changes_nothing(world: World) -> None:
    done = install(load(CATALOG / "mastercam.toml"))
    assert (done.created, done.version) == (False, None)


def test_a_changed_file_becomes_a_version_after_the_vendors_notice_days(world: World) -> None:
    with clock.moved_to(NOW):
        assert install(_changed(close_after_days=3)).version == 2
    with enter(world.mastercam.scope()):
        assert PolicyVersion.objects.get(number=2).valid_from == NOW + timedelta(days=30)
        assert current(world.mastercam.id, NOW).lifecycle.close_after_days == 10
        assert current(world.mastercam.id, NOW + timedelta(days=30)).lifecycle.close_after_days == 3
        assert [policy.version for policy in rules(world.mastercam.id).policies] == [1, 2]


def test_less_notice_than_promised_is_refused(world: World) -> None:
    with clock.moved_to(NOW), pytest.raises(NoticeTooShort, match="30 days"):
        install(_changed(close_after_days=3), valid_from=NOW + timedelta(days=29))


def test_optocraft_may_change_without_notice(world: World) -> None:
    document = load(CATALOG / "optocraft.toml").document()
    document["lifecycle"]["close_after_days"] = 2
    with clock.moved_to(NOW):
        install(from_document(document), valid_from=NOW)
    with enter(world.optocraft.scope()):
        assert current(world.optocraft.id, NOW).lifecycle.close_after_days == 2


def test_a_change_that_leaves_the_hours_alone_makes_no_calendar_version(world: World) -> None:
    with clock.moved_to(NOW.replace(year=2027)):
        install(_changed(close_after_days=3))
    with enter(world.mastercam.scope()):
        assert set(CalendarVersion.objects.values_list("number", flat=True)) == {1}


def test_two_houses_run_one_file_walled_from_each_other(world: World) -> None:
    done = install(load(CATALOG / "mastercam.toml"), slug="mastercam-nordic", prefix="MCN")
    assert done.created
    assert done.vendor_id != world.mastercam.id


def test_years_that_run_out_are_added_and_no_stored_date_changes(world: World) -> None:
    with enter(world.mastercam.scope()):
        before = _world_calendar(world)
        assert calendars.extend(world.mastercam.id) == 0
        with clock.moved_to(NOW.replace(year=2033)):
            assert calendars.extend(world.mastercam.id) == 2
            assert calendars.extend(world.mastercam.id) == 0
        after = _world_calendar(world)
    assert (before.last_day, after.last_day) == (date(before.last_day.year, 12, 31), date(2041, 12, 31))
    assert after.holidays[: len(before.holidays)] == before.holidays
    assert date(2040, 7, 4) in {day.day for day in after.holidays}
    assert (before.version, before.weekly) == (after.version, after.weekly)


def test_a_new_version_touches_running_clocks_only_when_applied_and_shows_first_which_change(world: World) -> None:
    vendor = world.mastercam.id
    monday = datetime(2026, 11, 16, 15, 0, tzinfo=UTC)
    with enter(world.mastercam.scope()), clock.moved_to(monday):
        timeline = open_timeline(vendor_id=vendor, houses=[])
        received = Happening(Received(priority="P4", zone="America/New_York", country="US"))
        record([received], vendor_id=vendor, timeline_id=timeline.pk, person_id=None, now=lock(timeline.pk))
        loop.sweep(vendor, lambda *_: None)
    document = load(CATALOG / "mastercam.toml").document()
    response = next(c for c in document["clocks"] if c["key"] == "response")
    next(t for t in response["targets"] if t["priority"] == "P4")["within"] = "96 h"
    with clock.moved_to(monday - timedelta(days=30)):
        install(from_document(document), valid_from=monday + timedelta(hours=1))
    with enter(world.mastercam.scope()), clock.moved_to(monday + timedelta(hours=2)):
        before = Clock.objects.get(timeline=timeline.pk).due_at
        [change] = versions.preview(vendor)
        assert change.before == before
        assert change.before is not None
        assert change.after is not None
        assert change.after > change.before
        loop.sweep(vendor, lambda *_: None)
        assert Clock.objects.get(timeline=timeline.pk).due_at == before
        assert versions.apply(vendor) == 1
        loop.sweep(vendor, lambda *_: None)
        applied = Clock.objects.get(timeline=timeline.pk)
        assert (applied.due_at, applied.policy_number) == (change.after, 2)
        assert versions.preview(vendor) == []
