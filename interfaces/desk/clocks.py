"""A ticket's clocks as plain values for `_clock.html`."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from interfaces.common.clock_face import ClockFace
from interfaces.common.clock_words import clock_name, face_of, say
from interfaces.common.templatetags.ui import open_time, short
from interfaces.common.trace_words import roles
from sla.engine.calendar import HorizonError
from sla.engine.state import ClockState
from sla.models import Crossing
from sla.timelines import epoch, instant
from tickets.machine import ACTIVE
from tickets.models import State
from tickets.queries.standing import Standing, folded_standings, most_urgent
from tickets.queries.ticket_page import TicketPage


def urgent_face(page: TicketPage) -> ClockFace | None:
    """The chip of the most urgent clock."""
    clocks = folded_standings(page.folded.clocks, page.rules) if page.folded else []
    return face_of(most_urgent(clocks), page.policy, classification=page.ticket.classification)


def clocks(page: TicketPage, slug: str) -> list[dict[str, Any]]:
    """The clocks of `_clock.html`: response, resolution by cycle, and the last update clock. Why each is due when it is, is
    told by `interfaces.desk.why` when somebody asks; `slug` is the vendor's.
    """
    if page.folded is None:
        return []
    last_update = max((c.cycle for c in page.folded.clocks if c.kind == "update"), default=0)
    shown = [c for c in page.folded.clocks if c.kind != "update" or c.cycle == last_update]
    standing = folded_standings(shown, page.rules)
    return [_clock(page, slug, state, stands) for state, stands in zip(shown, standing, strict=True)]


def _clock(page: TicketPage, slug: str, state: ClockState, stands: Standing) -> dict[str, Any]:
    number = page.ticket.number
    return {
        "name": _name(page, state),
        "face": face_of(stands, page.policy, classification=page.ticket.classification, named=False),
        "percent": max(state.elapsed_seconds - state.base, 0) * 100 / state.target,
        "target": _target(page, state),
        "due_at": instant(state.due_at),
        "rungs": _rungs(page, state),
        "trace_url": reverse("desk:why", args=[slug, number, state.kind, state.cycle]),
    }


def earlier_updates(page: TicketPage) -> str:
    """How many update clocks came before the one shown, and how many of them were kept."""
    updates = [c for c in (page.folded.clocks if page.folded else ()) if c.kind == "update"][:-1]
    if not updates:
        return ""
    words = {"n": len(updates), "late": sum(c.breached for c in updates)}
    return ngettext("%(n)d earlier update, %(late)d late", "%(n)d earlier updates, %(late)d late", len(updates)) % words


def not_started(page: TicketPage) -> str:
    """What a resolution clock waits for that has not started (M8); empty otherwise."""
    clock = page.policy.clock("resolution")
    begun = any(c.kind == "resolution" for c in (page.folded.clocks if page.folded else ()))
    if clock is None or begun or page.folded is None or State(page.ticket.state) not in ACTIVE:
        return ""
    needs = []
    if "priority" in clock.starts and not page.ticket.priority:
        needs.append(_("a priority"))
    if "information" in clock.starts and not page.ticket.information_complete:
        needs.append(_("the required information"))
    words = {"clock": say(page.policy, clock.name), "needs": _(" and ").join(needs)}
    return _("%(clock)s has not started: it needs %(needs)s.") % words if needs else ""


def _name(page: TicketPage, state: ClockState) -> str:
    name = clock_name(page.policy, state.kind)
    if state.kind != "update" and state.cycle > 1:
        return _("%(clock)s, cycle %(cycle)d") % {"clock": name, "cycle": state.cycle}
    return name


def _target(page: TicketPage, state: ClockState) -> str:
    text = _("%(amount)s of open time") % {"amount": open_time(state.target)}
    if state.base:
        text = _("%(target)s, after %(used)s") % {"target": text, "used": open_time(state.base)}
    return " · ".join(words for words in (text, state.priority, _promise(page, state)) if words)


def _promise(page: TicketPage, state: ClockState) -> str:
    if not state.promised:
        return _("our own goal")
    clock = page.policy.clock(state.kind)
    wording: str = clock.wording if clock else "plain"
    if clock and (found := clock.target_for(state.priority, page.ticket.urgent)):
        wording = clock.wording_of(found)
    return {
        "plain": _("promised"),
        "normally": _("promised as what normally happens"),
        "target": _("promised as a target"),
    }[wording]


def _rungs(page: TicketPage, state: ClockState) -> list[dict[str, Any]]:
    policy = page.rules.policy(state.policy_version).clock(state.kind)
    crossed = {crossing.percent: crossing for crossing in state.crossings}
    noticed = {c.percent: c for c in page.crossings if (c.kind, c.cycle) == (state.kind, state.cycle)}
    found = []
    for rung in policy.rungs if policy else ():
        reached = crossed.get(rung.percent)
        if reached is None and rung.priorities is not None and state.priority not in rung.priorities:
            continue
        if reached is None and state.ended_at is not None:
            continue
        at = instant(reached.at) if reached else _expected(page, state, rung.percent)
        told = roles(rung.tell)
        if at and not reached:
            told = _("%(people)s, expected") % {"people": told}
        found.append(
            {
                "percent": rung.percent,
                "reached": reached is not None,
                "label": _rung_label(told, noticed.get(rung.percent) if reached else None),
                "at": at,
            }
        )
    _hush(found, ended=state.ended_at is not None)
    return found


def _hush(rungs: list[dict[str, Any]], *, ended: bool) -> None:
    """Of a clock that goes on only the last rung reached and the next one are told; the bar has them all."""
    reached = sum(rung["reached"] for rung in rungs)
    for place, rung in enumerate(rungs):
        rung["quiet"] = ended or place not in (reached - 1, reached)


def _rung_label(people: str, crossing: Crossing | None) -> str:
    if crossing is None:
        return people
    late = (crossing.noticed_at - crossing.crossed_at).total_seconds()
    words = {"people": people, "at": short(crossing.noticed_at)}
    return _("%(people)s, noticed %(at)s") % words if late >= 60 else _("%(people)s told at once") % words


def _expected(page: TicketPage, state: ClockState, percent: int) -> Any:
    """When a rung will be reached if nothing happens; None for a clock that stands still."""
    if state.status != "running":
        return None
    open_time_of = page.rules.open_time(page.rules.calendar(state.calendar, state.calendar_version), state.zone)
    need = state.base - (-state.target * percent // 100) - state.elapsed_seconds
    try:
        return instant(open_time_of.add(epoch(page.now), max(need, 0)))
    except HorizonError:
        return None
