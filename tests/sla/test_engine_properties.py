"""What holds for every history, whatever happens in it."""

from __future__ import annotations

import random
from itertools import pairwise

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sla.engine.events import (
    Assigned,
    Cancelled,
    Classified,
    CustomerReplied,
    Event,
    Fact,
    InformationComplete,
    PriorityAssigned,
    PriorityChanged,
    PublicMessage,
    Reopened,
    Resolved,
    Responded,
    WaitingForCustomer,
    ZoneSettled,
)
from sla.engine.fold import fold
from sla.engine.state import ClockState
from sla.engine.trace import Counted, Outcome, Skipped, Stood, TargetNote, explain
from sla.engine.words import lines
from tests.sla.engine_rules import HOUR, at, open_time, received, rules

RULES = rules()
START = at("2026-03-25 10:00")
some_facts: st.SearchStrategy[Fact] = st.sampled_from(
    [
        Assigned(),
        Responded(),
        PublicMessage(),
        PriorityAssigned("P2"),
        PriorityChanged("P1"),
        PriorityChanged("P3"),
        InformationComplete(),
        WaitingForCustomer(),
        CustomerReplied(),
        Classified("bug"),
        Classified("incident"),
        ZoneSettled("Europe/London", "GB"),
        ZoneSettled("America/New_York", "US"),
        Resolved(),
        Reopened(),
        Cancelled(),
    ]
)
# Steps of whole hours make instants meet; seconds make them miss.
steps = st.one_of(st.integers(0, 30).map(lambda hours: hours * HOUR), st.integers(0, 200_000))


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Event], int]:
    """Events in the order of recording, filed first, and an instant to answer for."""
    instant = START
    facts: list[tuple[int, Fact]] = [(START, received())]
    if draw(st.booleans()):
        facts += [(START, Assigned()), (START, PriorityAssigned("P2")), (START, InformationComplete())]
    for happened in draw(st.lists(some_facts, max_size=9)):
        instant += draw(steps)
        facts.append((instant, happened))
    events = [Event(order, when, happened, order) for order, (when, happened) in enumerate(facts)]
    return events, instant + draw(steps)


often = settings(max_examples=150)


def happened_by(clock: ClockState, instant: int) -> list[tuple[int, int]]:
    return [(crossing.percent, crossing.at) for crossing in clock.crossings if crossing.at <= instant]


@often
@given(histories(), st.randoms(use_true_random=False))
def test_the_order_in_which_events_are_handed_over_does_not_matter(
    history: tuple[list[Event], int], chance: random.Random
) -> None:
    events, as_of = history
    shuffled = list(events)
    chance.shuffle(shuffled)
    assert fold(shuffled, RULES, as_of) == fold(events, RULES, as_of)


@often
@given(histories())
def test_nothing_changes_by_itself_before_wake_at_and_something_does_at_it(history: tuple[list[Event], int]) -> None:
    events, as_of = history
    now = fold(events, RULES, as_of)
    assume(now.wake_at is not None)
    assert now.wake_at is not None
    assert now.wake_at > as_of

    def marks(instant: int) -> list[object]:
        return [(c.kind, c.cycle, c.status, c.breached_at, c.crossings) for c in fold(events, RULES, instant).clocks]

    assert marks(now.wake_at - 1) == marks(as_of)
    assert marks(now.wake_at) != marks(as_of)


@often
@given(histories())
def test_every_clock_is_sound(history: tuple[list[Event], int]) -> None:
    events, as_of = history
    for clock in fold(events, RULES, as_of).clocks:
        ended = clock.ended_at if clock.ended_at is not None else as_of
        assert clock.started_at <= ended <= as_of
        assert (clock.ended_at is not None) == (clock.status in ("ended", "cancelled"))
        assert (clock.due_at is not None) == (clock.status in ("running", "ended") or clock.breached)
        assert clock.breached_at is None or clock.due_at == clock.breached_at
        assert clock.met is not True or (clock.due_at is not None and ended <= clock.due_at)
        assert clock.next_at is None or clock.next_at > as_of
        assert all(a.at <= b.at for a, b in pairwise(clock.crossings))
        assert len({crossing.percent for crossing in clock.crossings}) == len(clock.crossings)
        assert all(clock.started_at <= crossing.at for crossing in clock.crossings)
        if clock.ended_at is not None:
            assert all(crossing.at < clock.ended_at for crossing in clock.crossings)


@often
@given(histories())
def test_a_later_look_never_takes_back_what_had_happened(history: tuple[list[Event], int]) -> None:
    events, as_of = history
    last = fold(events, RULES, as_of)
    for event in events:
        earlier = {(c.kind, c.cycle): c for c in fold(events, RULES, event.at).clocks}
        for clock in last.clocks:
            before = earlier.get((clock.kind, clock.cycle))
            if before is not None:
                assert happened_by(clock, event.at) == happened_by(before, event.at)
                assert before.breached_at is None or before.breached_at == clock.breached_at


@often
@given(st.lists(steps.filter(bool), min_size=2, max_size=8))
def test_pauses_are_taken_out_of_the_open_time(gaps: list[int]) -> None:
    events = [
        Event(0, START, received(), 0),
        Event(1, START, PriorityAssigned("P3"), 1),
        Event(2, START, InformationComplete(), 2),
    ]
    calendar, instant, paused = open_time(), START, 0
    for number, gap in enumerate(gaps):
        waiting = number % 2 == 0
        instant += gap
        if not waiting:
            paused += calendar.measure(instant - gap, instant)
        events.append(Event(number + 3, instant, WaitingForCustomer() if waiting else CustomerReplied(), number + 3))
    if len(gaps) % 2:
        events.append(Event(99, instant, CustomerReplied(), 99))
    resolution = next(clock for clock in fold(events, RULES, instant).clocks if clock.kind == "resolution")
    assert resolution.elapsed_seconds == calendar.measure(START, instant) - paused


@often
@given(histories())
def test_the_trace_tells_the_same_clocks_and_leaves_no_second_unexplained(history: tuple[list[Event], int]) -> None:
    events, as_of = history
    folded, traces = explain(events, RULES, as_of)
    assert folded == fold(events, RULES, as_of)
    for clock, trace in zip(folded.clocks, traces, strict=True):
        spans = [entry for entry in trace.entries if isinstance(entry, Counted | Skipped | Stood)]
        assert all(a.end == b.begin for a, b in pairwise(spans))
        assert not spans or spans[0].begin == clock.started_at
        counted = sum(entry.seconds for entry in spans if isinstance(entry, Counted) and not entry.spare)
        goal = [entry for entry in trace.entries if isinstance(entry, TargetNote)][-1]
        if clock.breached_at is not None:
            assert not spans or spans[-1].end <= clock.breached_at
        elif clock.status == "running":
            assert counted == goal.base + goal.target
        else:
            assert counted == clock.elapsed_seconds
        assert isinstance(trace.entries[-1], Outcome)
        assert len(lines(trace)) == len(trace.entries) + 1
