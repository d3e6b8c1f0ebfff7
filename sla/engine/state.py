"""What a fold answers: the clocks of a ticket as they stand at one instant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sla.engine.events import ZoneSource
from sla.engine.policy import ClockKind, Rung

Status = Literal["running", "paused", "lifted", "ended", "cancelled"]


@dataclass(frozen=True, slots=True)
class Crossing:
    """A rung that was reached, and the instant at which it was."""

    percent: int
    at: int
    rung: Rung


@dataclass(frozen=True, slots=True)
class ClockState:
    """One clock in one cycle. Instants in epoch seconds, amounts in open seconds of the clock's calendar.

    * ``due_at``: ``None`` unless running, ended or breached; a breach fixes it.
    * ``stopped_at``: since when it is paused or lifted, else ``None``.
    * ``elapsed_seconds``: open time used, without pauses, up to the end or ``as_of``.
    * ``left_seconds``: open time left until due, never negative.
    * ``base``, ``target``: due when ``base + target`` is used.
    * ``priority``: the one that counted last (at the end, for an ended clock).
    * ``crossings``: in the order in which they happened.
    * ``next_at``: when it next changes by itself (rung or breach), ``None`` if it will not.
    """

    kind: ClockKind
    cycle: int
    status: Status
    promised: bool
    started_at: int
    due_at: int | None
    ended_at: int | None
    stopped_at: int | None
    breached_at: int | None
    elapsed_seconds: int
    left_seconds: int
    base: int
    target: int
    crossings: tuple[Crossing, ...]
    next_at: int | None
    priority: str | None
    policy_version: int
    calendar: str
    calendar_version: int
    zone: str
    zone_source: ZoneSource
    zone_assumed: bool

    @property
    def breached(self) -> bool:
        """Whether its due time passed before it ended."""
        return self.breached_at is not None

    @property
    def met(self) -> bool | None:
        """``True`` ended in time, ``False`` breached, ``None`` still open or cancelled before it was due."""
        if self.breached_at is not None:
            return False
        return True if self.status == "ended" else None


@dataclass(frozen=True, slots=True)
class Folded:
    """A ticket's clocks at ``as_of``: response, resolution by cycle, update by cycle.

    ``wake_at`` is the earliest instant after ``as_of`` at which anything changes by itself, ``None`` if nothing will.
    ``zone`` and ``country`` are those in force at the end, ``priority`` the assigned one, or the claim, or the default.
    """

    as_of: int
    clocks: tuple[ClockState, ...]
    wake_at: int | None
    received_at: int | None
    priority: str | None
    urgent: bool
    zone: str
    country: str | None
    zone_source: ZoneSource
    zone_assumed: bool
