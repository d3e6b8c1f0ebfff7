"""What a choice would bring: the deadlines that follow from it, in words, before it is made."""

from django.utils.translation import gettext as _

from interfaces.common.clock_words import clock_name
from interfaces.common.templatetags.ui import absolute, open_time
from sla.engine.events import Fact
from sla.engine.policy import ClockKind
from sla.engine.state import ClockState, Folded
from sla.timelines import epoch, instant
from tickets.queries.ticket_page import TicketPage
from tickets.queries.what_if import what_if

_TOLD: tuple[ClockKind, ...] = ("response", "resolution")  # an update clock follows from the resolution's target


def foreseen(page: TicketPage, *facts: Fact) -> list[str]:
    """A line for each clock on which the facts would bear: its due time in the reader's zone, and whether that is a change
    (domain, "A changed target"). Empty where no clock runs.
    """
    if page.folded is None:
        return []
    after = what_if(page.events, page.rules, epoch(page.now), facts)
    lines = [_line(page, kind, _last(page.folded, kind), _last(after, kind)) for kind in _TOLD]
    return [line for line in lines if line]


def _last(folded: Folded, kind: ClockKind) -> ClockState | None:
    return next((state for state in reversed(folded.clocks) if state.kind == kind), None)


def _line(page: TicketPage, kind: ClockKind, before: ClockState | None, after: ClockState | None) -> str:
    if after is None:
        return _not_started(page, kind)
    if after.ended_at is not None:
        return ""  # an ended clock is frozen
    words = {"clock": clock_name(page.policy, kind), "when": _when(after)}
    if before is not None and _when(before) == words["when"]:
        return _("%(clock)s: no change, %(when)s") % words
    return f"{words['clock']}: {words['when']}"


def _not_started(page: TicketPage, kind: ClockKind) -> str:
    clock = page.policy.clock(kind)
    if clock is None:
        return ""
    if "information" in clock.starts and not page.ticket.information_complete:
        text = _("%(clock)s: starts with the required information")
    else:
        text = _("%(clock)s: not started yet")
    return text % {"clock": clock_name(page.policy, kind)}


def _when(state: ClockState) -> str:
    if state.breached_at is not None:
        return _("broken since %(at)s") % {"at": absolute(instant(state.breached_at))}
    if state.status == "lifted":
        return _("lifted")
    if state.status == "paused":
        return _("paused, %(left)s left") % {"left": open_time(state.left_seconds)}
    return _("due %(at)s") % {"at": absolute(instant(state.due_at))}
