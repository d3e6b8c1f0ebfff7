"""Why a deadline is what it is, in data and in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from sla.engine.calendar import NamedDay, Opening
from sla.engine.events import (
    Assigned,
    Fact,
    PriorityChanged,
    Responded,
    VersionApplied,
    WaitingForCustomer,
    ZoneSettled,
)
from sla.engine.policy import Rules
from sla.engine.trace import Basis, ClockTrace, Counted, Crossed, Outcome, Skipped, TargetNote, explain, skips
from sla.engine.words import duration, lines
from tests.sla.engine_rules import HOUR, at, history, open_time, policy, received, rules
from tests.sla.test_engine_fold import FILED, WEDNESDAY, WORKED


def traces(as_of: str, *happened: tuple[str, Fact], under: Rules | None = None) -> tuple[ClockTrace, ...]:
    return explain(history(*happened), under or rules(), at(as_of))[1]


def test_each_night_weekend_holiday_and_closure_is_named() -> None:
    calendar = open_time(
        holidays=(NamedDay(date(2026, 12, 25), "Christmas Day"),),
        closures=(NamedDay(date(2026, 12, 24), "Company holiday"),),
    )
    found = skips(calendar, at("2026-12-23 17:00"), at("2026-12-28 09:00"))
    assert [(skip.reason, skip.name) for skip in found] == [
        ("closure", "Company holiday"),
        ("holiday", "Christmas Day"),
        ("weekend", ""),
    ]
    assert (found[0].begin, found[-1].end) == (at("2026-12-23 17:00"), at("2026-12-28 09:00"))
    assert [skip.reason for skip in skips(calendar, at("2026-12-22 17:00"), at("2026-12-23 09:00"))] == ["night"]


def test_a_break_within_the_day_is_no_night() -> None:
    day = ((8 * HOUR, 12 * HOUR), (13 * HOUR, 17 * HOUR))
    calendar = open_time(weekly=(day,) * 7)
    assert [skip.reason for skip in skips(calendar, at("2026-03-04 12:00"), at("2026-03-04 13:00"))] == ["break"]
    assert [skip.reason for skip in skips(calendar, at("2026-03-04 06:00"), at("2026-03-04 08:00"))] == ["night"]


def test_a_holiday_between_night_shifts_is_named_and_a_day_of_tails_is_no_weekend() -> None:
    nights = (((22 * HOUR, 30 * HOUR),),) * 5 + ((),) * 2
    calendar = open_time(weekly=nights, holidays=(NamedDay(date(2026, 3, 4), "Holiday"),))
    assert [(s.reason, s.name) for s in skips(calendar, at("2026-03-04 00:00"), at("2026-03-05 00:00"))] == [
        ("holiday", "Holiday")
    ]
    friday_to_monday = skips(calendar, at("2026-03-07 06:00"), at("2026-03-09 22:00"))
    assert [skip.reason for skip in friday_to_monday] == ["weekend"]


def test_around_a_one_off_opening_the_weekend_goes_on() -> None:
    calendar = open_time(openings=(Opening(date(2026, 3, 7), ((10 * HOUR, 12 * HOUR),), "Fair"),))
    assert [s.reason for s in skips(calendar, at("2026-03-06 17:00"), at("2026-03-07 10:00"))] == ["weekend"]


def test_the_trace_names_rules_versions_zone_and_its_source() -> None:
    trace = traces("2026-03-04 12:00", *FILED)[0]
    basis = trace.entries[0]
    assert isinstance(basis, Basis)
    assert (basis.policy_version, basis.calendar, basis.calendar_version, basis.zone) == (
        1,
        "office",
        1,
        "Europe/Berlin",
    )
    assert (basis.zone_source, basis.zone_assumed, basis.rules, trace.rules) == ("user", False, ("M5",), ("M4",))


def test_a_changed_target_says_why_and_what_it_did() -> None:
    trace = traces(
        "2026-03-05 12:00",
        *FILED,
        ("2026-03-04 11:00", PriorityChanged("P1")),
        ("2026-03-04 12:00", PriorityChanged("P3")),
    )[0]
    notes = [entry for entry in trace.entries if isinstance(entry, TargetNote)]
    assert [(note.why, note.effect, note.asked // HOUR) for note in notes] == [
        ("started", "set", 8),
        ("priority", "from_change", 2),
        ("priority", "from_start", 16),
    ]


def test_a_settled_zone_and_an_applied_version_show_the_new_basis() -> None:
    faster = replace(policy(2), valid_from=at("2027-01-01 00:00"))
    happened = (
        ("2026-03-04 10:00", ZoneSettled("Europe/London", "GB")),
        ("2026-03-04 11:00", VersionApplied(policy=2)),
    )
    trace = traces("2026-03-04 12:00", *FILED, *happened, under=rules(policy(), faster))[0]
    bases = [entry for entry in trace.entries if isinstance(entry, Basis)]
    assert [(b.calendar, b.zone, b.zone_fixed, b.policy_version) for b in bases] == [
        ("office", "Europe/Berlin", False, 1),
        ("short", "UTC", True, 1),
        ("short", "UTC", True, 2),
    ]


def test_crossings_say_whom_they_tell() -> None:
    crossed = [entry for entry in traces("2026-03-05 09:00", *FILED)[0].entries if isinstance(entry, Crossed)]
    assert [(entry.percent, entry.tell, entry.change) for entry in crossed] == [
        (75, ("assignee",), ()),
        (100, ("supervisor",), ("raise_level",)),
    ]


def test_in_words_a_pause_over_a_weekend_reads_like_this() -> None:
    happened = (*WORKED, ("2026-03-04 16:00", WaitingForCustomer()))
    spoken = lines(traces("2026-03-05 12:00", *happened)[1])
    assert spoken == [
        "resolution clock, cycle 1, promised; times in Europe/Berlin",
        "  from     Wed 2026-03-04 09:00 CET: policy house version 1, calendar office version 1, counted in Europe/Berlin"
        " (zone: the user's) [M5]",
        "  target   Wed 2026-03-04 09:00 CET: 16 h from the start for P2 (at the start)",
        "  counted  Wed 2026-03-04 09:00 CET - 16:00: 7 h, 7 h in all",
        "  stood    Wed 2026-03-04 16:00 CET - Thu 2026-03-05 12:00 CET: waiting for the customer",
        "  no due time, paused: 7 h used, 9 h left",
    ]


def test_words_name_assumed_zones_and_other_zones_for_reading() -> None:
    unknown = replace(received(), zone=None)
    trace = traces("2026-03-04 10:00", (WEDNESDAY, unknown), (WEDNESDAY, Assigned()))[0]
    spoken = lines(trace, "Asia/Tokyo")
    assert "the vendor's own, assumed" in spoken[1]
    assert "17:00 JST" in spoken[1]


def test_durations_are_spelled_without_empty_parts() -> None:
    assert [duration(seconds) for seconds in (0, 45, 5400, 3601)] == ["0 s", "45 s", "1 h 30 min", "1 h 1 s"]


def test_a_skip_that_is_still_to_come_is_marked() -> None:
    trace = traces("2026-03-04 12:00", ("2026-03-04 12:00", received()))[0]
    assert [entry.ahead for entry in trace.entries if isinstance(entry, Skipped)] == [True]


def test_an_answer_in_time_still_shows_where_the_due_time_lies() -> None:
    [trace, *_] = traces("2026-03-06 12:00", *FILED, ("2026-03-04 13:00", Responded(qualified=True)))
    counted = [entry for entry in trace.entries if isinstance(entry, Counted)]
    outcome = next(entry for entry in trace.entries if isinstance(entry, Outcome))
    target = next(entry for entry in trace.entries if isinstance(entry, TargetNote))
    assert outcome.ended_at == at("2026-03-04 13:00")
    assert sum(entry.seconds for entry in counted if not entry.spare) == outcome.used
    assert sum(entry.seconds for entry in counted) == target.base + target.target
    assert counted[-1].end == outcome.due_at
    assert "left over" in " ".join(lines(trace))
