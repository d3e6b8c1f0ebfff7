"""What a chip needs to know about a clock: plain values, so that a list of fifty costs nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

ClockState = Literal["running", "soon", "breached", "overdue", "paused", "lifted", "met", "late", "ended", "none"]


@dataclass(frozen=True, slots=True)
class ClockFace:
    """One clock as it is shown.

    ``state``: running; soon (a warning rung is reached, not yet due); breached (past due, still going on);
    overdue (the same of the house's own goal, which broke no promise);
    paused; lifted (M10); met and late (ended in time, ended after a breach); ended (without judgement,
    cancelled); none (no promised time: I9, O20).
    ``at``: aware; due for running and soon, since when for breached, overdue, paused and lifted, the end for the others.
    ``left_seconds``: open time left, in seconds; for running, soon, paused and lifted.
    ``reason``: what a pause waits for, what a clock was lifted for; already translated.
    ``clock``: the clock's name ("Response"), shown before the rest if given; already translated.
    """

    state: ClockState
    at: datetime | None = None
    left_seconds: int | None = None
    reason: str = ""
    clock: str = ""
