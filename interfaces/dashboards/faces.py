"""A stored clock as a chip shows it."""

from datetime import datetime

from interfaces.common.clock_face import ClockFace
from sla.models import Clock


def face(clock: Clock, now: datetime, name: str = "") -> ClockFace:
    """The face of a clock as last folded; open time left changes by the second and is left to the ticket's page."""
    if clock.status == Clock.Status.CANCELLED:
        return ClockFace("ended", clock.ended_at, clock=name)
    if clock.status == Clock.Status.ENDED:
        return ClockFace("late" if clock.breached_at else "met", clock.ended_at, clock=name)
    if clock.breached_at or (clock.status == Clock.Status.RUNNING and clock.due_at and clock.due_at <= now):
        return ClockFace("breached", clock.breached_at or clock.due_at, clock=name)
    if clock.status == Clock.Status.PAUSED:
        return ClockFace("paused", clock.paused_at, clock=name)
    if clock.status == Clock.Status.LIFTED:
        return ClockFace("lifted", clock.paused_at, clock=name)
    return ClockFace("running", clock.due_at, clock=name)
