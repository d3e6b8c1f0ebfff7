"""Tickets whose rungs are reached just before and just after the moment of loading, planned backwards with the engine."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from sla.engine.calendar import OpenTime
from sla.engine.policy import ClockKind
from tickets.demo.play import Play, Story

# Minutes from the moment, with the rung that is to be reached then: clock, percent, priority (Optocraft has none).
PLAN: tuple[tuple[int, ClockKind, int, str], ...] = (
    (1, "response", 75, "P1"),
    (3, "resolution", 100, "P1"),
    (-3, "response", 100, "P2"),
    (-10, "response", 150, "P1"),
    (10, "response", 100, "P2"),
    (2, "response", 150, "P1"),
    (30, "resolution", 75, "P2"),
    (-30, "resolution", 150, "P1"),
    (5, "response", 100, "P1"),
    (-1, "resolution", 75, "P2"),
    (60, "resolution", 200, "P1"),
    (20, "response", 75, "P2"),
)


@dataclass(frozen=True, slots=True)
class Aim:
    """A crossing to come: at which instant, at what share of which clock; and how far that is from where it was wanted."""

    at: int
    kind: ClockKind
    percent: int
    priority: str
    off: int


def aim(place: int, open_time: OpenTime, moment: int) -> Aim:
    """The crossing of PLAN[place] for somebody served in `open_time`: as planned where it is open then, else the nearest open
    instant on the same side of the moment.
    """
    minutes, kind, percent, priority = PLAN[place]
    wanted = moment + minutes * 60
    at = _nearest(open_time, wanted, moment, before=minutes < 0)
    return Aim(at, kind, percent, priority, abs(at - wanted))


def _nearest(open_time: OpenTime, wanted: int, moment: int, *, before: bool) -> int:
    if open_time.is_open(wanted):
        return wanted
    if before:
        last = bisect_right(open_time.closes, wanted) - 1
        return open_time.closes[last] - (moment - wanted)
    return open_time.next_opening(wanted) + (wanted - moment)


def story(play: Play, goal: Aim) -> Story:
    """Filed, and left so that the rung is reached at its instant."""
    play.file()
    if goal.kind == "resolution":
        yield play.resolution_begins
        play.take()
        play.triage()
        yield play.soon()
        play.reply()
    elif goal.percent == 75 and play.stage.slug == "mastercam":
        yield play.soon()
        play.take()
        play.triage()


def order(candidates: Sequence[tuple[int, int]]) -> int:
    """Which candidate (distance, times used already) is best: the nearest, of equals the one least used."""
    return min(range(len(candidates)), key=lambda place: candidates[place])
