"""Clocks folded from events: what domain.md "Time" says, sentence by sentence, beyond the recorded cases."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sla.engine.calendar import HorizonError
from sla.engine.events import (
    Assigned,
    Cancelled,
    Classified,
    CustomerReplied,
    DeclaredUrgent,
    Event,
    Fact,
    InformationComplete,
    PriorityAssigned,
    PriorityChanged,
    PublicMessage,
    Received,
    Reopened,
    Resolved,
    Responded,
    VersionApplied,
    Voided,
    WaitingForCustomer,
    ZoneSettled,
    data_of,
    fact,
    kind_of,
)
from sla.engine.fold import fold
from sla.engine.policy import CalendarChoice, ClockPolicy, Rung, Target
from sla.engine.state import Folded
from tests.sla.engine_rules import (
    HOUR,
    LADDER,
    RESOLUTION,
    RESPONSE,
    at,
    clock,
    folded,
    history,
    policy,
    received,
    rules,
    spec,
)

WEDNESDAY = "2026-03-04 09:00"
FILED = ((WEDNESDAY, received()), (WEDNESDAY, Assigned()))
WORKED = (*FILED, (WEDNESDAY, PriorityAssigned("P2")), (WEDNESDAY, InformationComplete()))


def percents(answer: Folded, kind: str = "resolution", cycle: int = 1) -> list[tuple[int, int]]:
    return [(crossing.percent, crossing.at) for crossing in clock(answer, kind, cycle).crossings]


# -- response


def test_without_a_claim_the_default_priority_sets_the_response_target() -> None:
    assert clock(folded(WEDNESDAY, *FILED), "response").due_at == at("2026-03-04 17:00")


def test_a_ticket_that_was_never_received_has_no_clocks() -> None:
    answer = folded(WEDNESDAY, (WEDNESDAY, Assigned()), (WEDNESDAY, PriorityAssigned("P1")))
    assert (answer.clocks, answer.wake_at, answer.received_at) == ((), None, None)


def test_an_answer_and_its_assignment_at_one_instant_count_in_the_order_of_recording() -> None:
    late = folded("2026-03-04 12:00", FILED[0], ("2026-03-04 10:00", Responded()), ("2026-03-04 10:00", Assigned()))
    good = folded("2026-03-04 12:00", FILED[0], ("2026-03-04 10:00", Assigned()), ("2026-03-04 10:00", Responded()))
    assert (clock(late, "response").status, clock(good, "response").status) == ("running", "ended")


def test_where_only_a_qualified_response_counts_others_do_not() -> None:
    qualified = rules(policy(clocks=(replace(RESPONSE, needs_qualified=True, needs_assigned=False),)))
    plain = folded("2026-03-04 12:00", FILED[0], ("2026-03-04 10:00", Responded()), under=qualified)
    good = folded("2026-03-04 12:00", FILED[0], ("2026-03-04 10:00", Responded(qualified=True)), under=qualified)
    assert (clock(plain, "response").met, clock(good, "response").met) == (None, True)


def test_day_end_counts_to_the_close_of_the_nth_open_day_after_receipt() -> None:
    by_day = rules(policy(clocks=(ClockPolicy("response", otherwise=Target(2, "work_days", "day_end"), rungs=LADDER),)))
    answer = folded("2026-03-04 14:00", ("2026-03-04 14:00", received()), under=by_day)
    assert clock(answer, "response").due_at == at("2026-03-06 17:00")
    on_saturday = folded("2026-03-07 14:00", ("2026-03-07 14:00", received()), under=by_day)
    assert clock(on_saturday, "response").due_at == at("2026-03-10 17:00")


def test_day_end_declared_urgent_counts_from_the_declaration_and_never_later() -> None:
    plain, urgent = Target(2, "work_days", "day_end"), Target(1, "work_days", "day_end")
    by_day = rules(policy(clocks=(ClockPolicy("response", otherwise=plain, urgent=urgent),)))
    answer = folded(
        "2026-03-05 12:00", ("2026-03-04 14:00", received()), ("2026-03-04 15:00", DeclaredUrgent()), under=by_day
    )
    assert clock(answer, "response").due_at == at("2026-03-05 17:00")
    late = folded(
        "2026-03-05 12:00", ("2026-03-04 14:00", received()), ("2026-03-05 11:00", DeclaredUrgent()), under=by_day
    )
    assert clock(late, "response").due_at == at("2026-03-06 17:00")


# -- one instant


def test_ended_at_its_due_time_it_is_met_whatever_else_happens_at_that_instant() -> None:
    due = "2026-03-04 17:00"
    for also in (PriorityAssigned("P1"), WaitingForCustomer(), PublicMessage()):
        response = clock(folded("2026-03-09 09:00", *FILED, (due, also), (due, Responded())), "response")
        assert (response.met, response.due_at, [c.percent for c in response.crossings]) == (True, at(due), [75])


def test_any_other_event_comes_after_a_crossing_at_the_same_instant() -> None:
    answer = folded("2026-03-06 10:00", *WORKED, ("2026-03-05 13:00", WaitingForCustomer()))
    assert percents(answer) == [(75, at("2026-03-05 13:00"))]
    breached = folded("2026-03-06 10:00", *WORKED, ("2026-03-05 17:00", PriorityChanged("P3")))
    assert clock(breached, "resolution").breached_at == at("2026-03-05 17:00")


def test_a_crossing_at_the_very_as_of_has_happened() -> None:
    before, then = folded("2026-03-04 14:59:59", *FILED), folded("2026-03-04 15:00", *FILED)
    assert (percents(before, "response"), before.wake_at) == ([], at("2026-03-04 15:00"))
    assert (percents(then, "response"), then.wake_at) == ([(75, at("2026-03-04 15:00"))], at("2026-03-04 17:00"))


# -- targets, breach and rungs


def test_a_breach_stays_and_fixes_the_due_time_while_unfired_rungs_move() -> None:
    answer = folded("2026-03-20 10:00", *WORKED, ("2026-03-06 09:00", PriorityChanged("P3")))
    resolution = clock(answer, "resolution")
    assert resolution.due_at == resolution.breached_at == at("2026-03-05 17:00")
    # 150% of a week of 40 hours, counted from the start.
    assert percents(answer)[-1] == (150, at("2026-03-13 13:00"))


def test_a_changed_target_fires_what_it_puts_before_the_change_even_while_paused() -> None:
    # Raised to P1 after 15 h: 8 h from there would be later, the target stays, but a rung for P1 is passed already.
    for_p1 = (Rung(90, priorities=frozenset({"P1"})), Rung(100))
    eager = rules(policy(clocks=(RESPONSE, replace(RESOLUTION, rungs=for_p1))))
    waits = (("2026-03-05 16:00", WaitingForCustomer()), ("2026-03-06 11:00", PriorityChanged("P1")))
    assert percents(folded("2026-03-06 12:00", *WORKED, *waits, under=eager)) == [(90, at("2026-03-06 11:00"))]
    # After 7 h the 8 h from there are sooner: shares count from the change, and none is passed.
    early = rules(policy(clocks=(RESPONSE, replace(RESOLUTION, rungs=(Rung(50), Rung(100))))))
    waits = (("2026-03-04 16:00", WaitingForCustomer()), ("2026-03-06 11:00", PriorityChanged("P1")))
    resolution = clock(folded("2026-03-06 12:00", *WORKED, *waits, under=early), "resolution")
    assert (resolution.base, resolution.target, resolution.crossings) == (7 * HOUR, 8 * HOUR, ())


def test_a_share_that_is_no_whole_second_is_crossed_at_the_first_second_that_reaches_it() -> None:
    odd = rules(policy(clocks=(ClockPolicy("response", otherwise=Target(7), rungs=(Rung(50),)),)))
    assert percents(folded("2026-03-04 10:00", *FILED, under=odd), "response") == [(50, at("2026-03-04 09:00:04"))]


def test_a_rung_for_some_priorities_is_for_those_only() -> None:
    assert [p for p, _ in percents(folded("2026-04-01 09:00", *WORKED))] == [75, 100, 150]
    raised = folded("2026-04-01 09:00", *WORKED, ("2026-03-31 09:00", PriorityChanged("P1")))
    assert percents(raised)[-1] == (200, at("2026-03-31 09:00"))


def test_an_ended_clock_is_frozen_by_everything_but_the_past() -> None:
    ended = (*WORKED, ("2026-03-04 12:00", Resolved()))
    later: list[tuple[str, Fact]] = [
        ("2026-03-05 09:00", PriorityChanged("P1")),
        ("2026-03-05 09:00", ZoneSettled("UTC", "GB")),
        ("2026-03-05 10:00", VersionApplied()),
        ("2026-03-05 11:00", DeclaredUrgent()),
    ]
    plain, touched = folded("2026-03-09 09:00", *ended), folded("2026-03-09 09:00", *ended, *later)
    assert touched.clocks == plain.clocks


# -- pauses, lifts, cycles


def test_a_pause_is_taken_out_and_leaves_open_time_left() -> None:
    paused = folded("2026-03-06 09:00", *WORKED, ("2026-03-04 12:00", WaitingForCustomer()))
    resolution = clock(paused, "resolution")
    assert (resolution.status, resolution.due_at, resolution.left_seconds) == ("paused", None, 13 * HOUR)
    assert resolution.stopped_at == at("2026-03-04 12:00")
    goes_on = (("2026-03-04 12:00", WaitingForCustomer()), ("2026-03-06 09:00", CustomerReplied()))
    assert clock(folded("2026-03-06 09:00", *WORKED, *goes_on), "resolution").due_at == at("2026-03-09 14:00")


def test_waiting_and_lifted_at_once_is_lifted_and_each_has_to_end() -> None:
    both = (*WORKED, ("2026-03-04 12:00", WaitingForCustomer()), ("2026-03-04 13:00", Classified("bug")))
    assert clock(folded("2026-03-04 14:00", *both), "resolution").status == "lifted"
    unlifted = folded("2026-03-04 15:00", *both, ("2026-03-04 15:00", Classified("incident")))
    assert clock(unlifted, "resolution").status == "paused"
    replied = folded("2026-03-04 15:00", *both, ("2026-03-04 15:00", CustomerReplied()))
    assert clock(replied, "resolution").status == "lifted"


def test_waiting_or_a_bug_before_the_clock_starts_lets_it_start_so() -> None:
    start = (("2026-03-04 11:00", PriorityAssigned("P2")), ("2026-03-04 11:00", InformationComplete()))
    waiting = folded("2026-03-04 12:00", *FILED, ("2026-03-04 10:00", WaitingForCustomer()), *start)
    bug = folded("2026-03-04 12:00", *FILED, ("2026-03-04 10:00", Classified("bug")), *start)
    assert [clock(answer, "resolution").status for answer in (waiting, bug)] == ["paused", "lifted"]
    assert clock(bug, "resolution").stopped_at == at("2026-03-04 11:00")


def test_reopened_a_new_cycle_has_the_full_target_and_the_old_one_stays() -> None:
    again = (("2026-03-09 12:00", Resolved()), ("2026-03-10 09:00", Reopened()))
    answer = folded("2026-03-10 10:00", *WORKED, *again)
    assert clock(answer, "resolution", 1).breached
    assert (clock(answer, "resolution", 2).due_at, clock(answer, "resolution", 2).breached) == (
        at("2026-03-11 17:00"),
        False,
    )


def test_reopening_can_continue_the_same_cycle_instead() -> None:
    going_on = rules(policy(clocks=(RESPONSE, replace(RESOLUTION, reopening="continue"))))
    again = (*WORKED, ("2026-03-04 13:00", Resolved()), ("2026-03-10 09:00", Reopened()))
    answer = folded("2026-03-10 10:00", *again, under=going_on)
    assert [c.cycle for c in answer.clocks if c.kind == "resolution"] == [1]
    resolution = clock(answer, "resolution")
    assert (resolution.status, resolution.elapsed_seconds, resolution.due_at) == (
        "running",
        5 * HOUR,
        at("2026-03-11 13:00"),
    )
    raised = folded(
        "2026-03-10 10:00", *again[:-1], ("2026-03-09 09:00", PriorityChanged("P1")), again[-1], under=going_on
    )
    assert clock(raised, "resolution").due_at == at("2026-03-10 17:00")


def test_resolving_ends_any_waiting() -> None:
    answer = folded(
        "2026-03-06 09:00",
        *WORKED,
        ("2026-03-04 10:00", WaitingForCustomer()),
        ("2026-03-04 11:00", Resolved()),
        ("2026-03-05 09:00", Reopened()),
    )
    assert (clock(answer, "resolution", 1).due_at, clock(answer, "resolution", 2).status) == (
        at("2026-03-06 10:00"),
        "running",
    )


def test_cancelling_ends_every_clock_without_met_or_missed_and_a_breach_stays() -> None:
    answer = folded("2026-03-20 09:00", *WORKED, ("2026-03-05 09:00", Cancelled()), ("2026-03-06 09:00", Resolved()))
    assert [(c.kind, c.status, c.met, c.due_at is None) for c in answer.clocks] == [
        ("response", "cancelled", False, False),
        ("resolution", "cancelled", None, True),
    ]
    assert answer.wake_at is None


# -- update clock


def test_the_update_clock_starts_with_the_first_response_at_a_share_of_the_resolution_target() -> None:
    answer = folded("2026-03-04 10:30", *WORKED, ("2026-03-04 10:00", Responded()))
    update = clock(answer, "update")
    assert (update.promised, update.target, update.due_at) == (False, 4 * HOUR, at("2026-03-04 14:00"))


def test_each_public_message_starts_it_anew_and_resolution_ends_it() -> None:
    told = (*WORKED, ("2026-03-04 10:00", Responded()), ("2026-03-04 13:00", PublicMessage()))
    answer = folded("2026-03-06 09:00", *told, ("2026-03-05 12:00", Responded()), ("2026-03-05 13:00", Resolved()))
    updates = [(c.cycle, c.met, c.ended_at) for c in answer.clocks if c.kind == "update"]
    assert updates == [
        (1, True, at("2026-03-04 13:00")),
        (2, False, at("2026-03-05 12:00")),
        (3, True, at("2026-03-05 13:00")),
    ]


def test_it_pauses_while_waiting_and_runs_on_while_the_resolution_is_lifted() -> None:
    told = (*WORKED, ("2026-03-04 10:00", Responded()))
    waiting = folded("2026-03-05 10:30", *told, ("2026-03-04 10:00", WaitingForCustomer()))
    assert (clock(waiting, "update").status, clock(waiting, "update").elapsed_seconds) == ("paused", 0)
    lifted = folded("2026-03-05 10:30", *told, ("2026-03-04 10:00", Classified("bug")))
    assert [clock(lifted, kind).status for kind in ("resolution", "update")] == ["lifted", "running"]
    assert [c.percent for c in clock(lifted, "update").crossings] == [100]


def test_a_message_before_the_first_response_starts_no_update_clock() -> None:
    answer = folded("2026-03-04 12:00", *WORKED, ("2026-03-04 10:00", PublicMessage()))
    assert [c.kind for c in answer.clocks] == ["response", "resolution"]


def test_reopening_starts_the_update_clock_again() -> None:
    answer = folded("2026-03-05 12:00", *WORKED, ("2026-03-04 10:00", Resolved()), ("2026-03-05 11:00", Reopened()))
    assert clock(answer, "update").started_at == at("2026-03-05 11:00")


# -- zones and versions


def test_an_unknown_zone_is_the_vendors_own_and_marked_as_assumed_until_settled() -> None:
    assumed = folded(WEDNESDAY, (WEDNESDAY, Received()))
    response = clock(assumed, "response")
    assert (response.zone, response.zone_source, response.zone_assumed) == ("Europe/Berlin", "vendor", True)
    settled = folded(
        "2026-03-04 12:00", (WEDNESDAY, Received()), ("2026-03-04 11:00", ZoneSettled("Asia/Tokyo", "JP", "site"))
    )
    response = clock(settled, "response")
    assert (response.zone, response.zone_source, response.zone_assumed) == ("Asia/Tokyo", "site", False)


def test_a_settled_zone_counts_the_old_calendar_up_to_that_moment_and_the_new_one_from_it() -> None:
    settled = folded("2026-03-05 17:00", *WORKED, ("2026-03-04 12:00", ZoneSettled("Europe/London", "GB")))
    resolution = clock(settled, "resolution")
    # 3 h in Berlin, then 10 to 16 UTC: 5 h, and 8 h more the days after.
    assert (resolution.calendar, resolution.zone, resolution.due_at) == ("short", "UTC", at("2026-03-06 13:00"))


def test_a_clock_keeps_the_versions_that_held_at_its_start() -> None:
    faster = replace(
        policy(2), clocks=(replace(RESPONSE, by_priority=(("P2", Target(HOUR)),)),), valid_from=at("2026-03-04 10:00")
    )
    longer = spec(version=2, weekly=(((0, 24 * HOUR),),) * 7, valid_from=at("2026-03-04 10:00"))
    both = rules(policy(), faster, calendars=(spec(), longer, spec(key="short")))
    old = clock(folded("2026-03-04 12:00", *FILED, under=both), "response")
    assert (old.policy_version, old.calendar_version, old.due_at) == (1, 1, at("2026-03-04 17:00"))
    new = clock(folded("2026-03-04 21:30", ("2026-03-04 20:00", received()), under=both), "response")
    assert (new.policy_version, new.calendar_version, new.breached_at) == (2, 2, at("2026-03-04 21:00"))


def test_a_version_applied_to_running_clocks_counts_from_that_moment() -> None:
    faster = replace(
        policy(2), clocks=(replace(RESPONSE, by_priority=(("P2", Target(HOUR)),)),), valid_from=at("2027-01-01 10:00")
    )
    longer = spec(version=2, weekly=(((0, 24 * HOUR),),) * 7, valid_from=at("2026-03-04 11:00"))
    both = rules(policy(), faster, calendars=(spec(), longer, spec(key="short")))
    applied = folded("2026-03-04 12:00", *FILED, ("2026-03-04 11:00", VersionApplied(policy=2)), under=both)
    assert (clock(applied, "response").policy_version, clock(applied, "response").due_at) == (2, at("2026-03-04 12:00"))
    hours = folded("2026-03-04 12:00", *FILED, ("2026-03-04 16:00", VersionApplied(calendar=2)), under=both)
    assert clock(hours, "response").calendar_version == 1
    hours = folded("2026-03-04 16:30", *FILED, ("2026-03-04 16:00", VersionApplied()), under=both)
    assert (clock(hours, "response").calendar_version, clock(hours, "response").policy_version) == (2, 1)
    with pytest.raises(LookupError, match="version 9"):
        folded("2026-03-04 12:00", *FILED, ("2026-03-04 11:00", VersionApplied(policy=9)), under=both)


def test_a_version_that_lifts_no_more_lets_a_lifted_clock_go_on() -> None:
    strict = replace(
        policy(2), clocks=(RESPONSE, replace(RESOLUTION, lifted_by=frozenset())), valid_from=at("2027-01-01 00:00")
    )
    lifted = (*WORKED, ("2026-03-04 10:00", Classified("bug")), ("2026-03-04 12:00", VersionApplied(policy=2)))
    resolution = clock(folded("2026-03-04 12:00", *lifted, under=rules(policy(), strict)), "resolution")
    assert (resolution.status, resolution.due_at) == ("running", at("2026-03-06 11:00"))


def test_a_clock_that_a_new_version_does_not_have_keeps_its_promise() -> None:
    fewer = replace(policy(2), clocks=(RESPONSE,), valid_from=at("2027-01-01 00:00"))
    answer = folded(
        "2026-03-04 12:00", *WORKED, ("2026-03-04 11:00", VersionApplied(policy=2)), under=rules(policy(), fewer)
    )
    assert (clock(answer, "resolution").policy_version, clock(answer, "resolution").target) == (1, 16 * HOUR)


# -- two times


def test_a_response_recorded_late_heals_the_breach() -> None:
    events = history(*FILED)
    assert clock(fold(events, rules(), at("2026-03-05 12:00")), "response").breached
    call = Event(9, at("2026-03-04 11:00"), Responded(), order=9, recorded_at=at("2026-03-05 11:00"))
    response = clock(fold([*events, call], rules(), at("2026-03-05 12:00")), "response")
    assert (response.met, [c.percent for c in response.crossings]) == (True, [])


def test_a_voided_event_never_happened_and_a_voided_void_did_not_either() -> None:
    answered = history(*FILED, ("2026-03-04 10:00", Responded()), ("2026-03-04 12:00", Voided(2)))
    assert clock(fold(answered, rules(), at("2026-03-04 13:00")), "response").status == "running"
    restored = [*answered, Event(4, at("2026-03-04 12:30"), Voided(3), order=4)]
    assert clock(fold(restored, rules(), at("2026-03-04 13:00")), "response").status == "ended"


def test_events_after_as_of_are_left_out_but_waken() -> None:
    answer = folded("2026-03-04 10:00", *FILED, ("2026-03-04 11:00", Responded()))
    assert (clock(answer, "response").status, answer.wake_at) == ("running", at("2026-03-04 11:00"))


# -- what cannot be


def test_a_due_time_past_the_stored_dates_raises() -> None:
    short = rules(calendars=(spec(last_day=spec().first_day.replace(year=2026)), spec(key="short")))
    with pytest.raises(HorizonError):
        folded(WEDNESDAY, *FILED, under=short)


def test_policies_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="must rise"):
        replace(RESPONSE, rungs=(Rung(100), Rung(75)))
    with pytest.raises(ValueError, match="positive"):
        Target(0)
    with pytest.raises(ValueError, match="work days or weeks"):
        Target(60, counting="day_end")
    with pytest.raises(ValueError, match="unknown calendar 'moon'"):
        rules(policy(calendars=(CalendarChoice("moon"),)))
    with pytest.raises(ValueError, match="no policy"):
        replace(rules(), policies=())


@pytest.mark.parametrize(
    "what",
    [Received("P1", True, "Asia/Tokyo", "JP", "site"), Classified("bug"), Voided(7), VersionApplied(2, 3), Resolved()],
)
def test_facts_survive_being_stored(what: Fact) -> None:
    assert fact(kind_of(what), data_of(what)) == what


def test_an_unknown_fact_is_refused() -> None:
    with pytest.raises(LookupError, match="'eaten'"):
        fact("eaten")
