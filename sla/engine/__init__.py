"""Deadlines as pure arithmetic: integers and immutable values, no Django, no storage, no clock of its own.

Every instant is an ``int``: whole seconds since 1970-01-01T00:00:00Z. Every amount of time is an ``int`` in seconds.
What time it is now is always an argument.
"""

from sla.engine.calendar import CalendarSpec, HorizonError, NamedDay, Opening, OpenTime
from sla.engine.events import Event
from sla.engine.fold import fold
from sla.engine.policy import ClockPolicy, Policy, Rules, Rung, Target
from sla.engine.state import ClockState, Crossing, Folded
from sla.engine.trace import ClockTrace, explain

__all__ = [
    "CalendarSpec",
    "ClockPolicy",
    "ClockState",
    "ClockTrace",
    "Crossing",
    "Event",
    "Folded",
    "HorizonError",
    "NamedDay",
    "OpenTime",
    "Opening",
    "Policy",
    "Rules",
    "Rung",
    "Target",
    "explain",
    "fold",
]
