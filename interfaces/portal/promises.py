"""A promised clock in words for the customer, worded as the promise is: plain, "normally" (O5) or as a target (M4).

Clocks that are the house's own goals (update clocks, I9) never get here.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from interfaces.common.clock_face import ClockFace
from interfaces.common.templatetags.ui import absolute, open_time
from sla.engine.state import ClockState, Folded
from sla.timelines import instant
from tickets.machine import ACTIVE
from tickets.models import State, Ticket
from vendors.catalog.schema import Period, PolicyFile

About = Literal["response", "acknowledgement", "resolution"]

_RUNNING = {
    ("response", "plain"): gettext_lazy("We answer by %(due)s."),
    ("response", "normally"): gettext_lazy("We normally answer by %(due)s."),
    ("response", "target"): gettext_lazy("Our target is to answer by %(due)s."),
    ("acknowledgement", "plain"): gettext_lazy("We tell you what happens next by %(due)s."),
    ("acknowledgement", "normally"): gettext_lazy("We normally tell you what happens next by %(due)s."),
    ("acknowledgement", "target"): gettext_lazy("Our target is to tell you what happens next by %(due)s."),
    ("resolution", "plain"): gettext_lazy("We resolve this by %(due)s."),
    ("resolution", "normally"): gettext_lazy("We normally resolve this by %(due)s."),
    ("resolution", "target"): gettext_lazy("Our target is to resolve this by %(due)s."),
}
_LATE = {
    "response": gettext_lazy("Our answer is late; it was due %(due)s. We are sorry."),
    "acknowledgement": gettext_lazy("Our answer with the next steps is late; it was due %(due)s. We are sorry."),
    "resolution": gettext_lazy("This is not resolved yet, though it was due %(due)s. We are sorry."),
}
_LATE_TARGET = gettext_lazy("This is not resolved yet; our target was %(due)s. We are sorry.")
_MET = {
    "response": gettext_lazy("Answered %(ended)s, in time."),
    "acknowledgement": gettext_lazy("Answered with the next steps %(ended)s, in time."),
    "resolution": gettext_lazy("Resolved %(ended)s, in time."),
}
_MISSED = {
    "response": gettext_lazy("Answered %(ended)s; it was due %(due)s. We are sorry that it took longer."),
    "acknowledgement": gettext_lazy("Answered %(ended)s; it was due %(due)s. We are sorry that it took longer."),
    "resolution": gettext_lazy("Resolved %(ended)s; it was due %(due)s. We are sorry that it took longer."),
}


@dataclass(frozen=True, slots=True)
class Promise:
    """One promised clock of one cycle: its name, what is said of it, and its face for a chip."""

    state: ClockState
    name: str
    sentence: str
    face: ClockFace


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a request stands, in one sentence for a list, with the face of the clock that it speaks of (None: no clock)."""

    sentence: str
    face: ClockFace | None = None


def promises(ticket: Ticket, folded: Folded | None, policy: PolicyFile, language: str) -> list[Promise]:
    """The promised clocks of a request, response first, the latest cycle of each before earlier ones."""
    states = [state for state in (folded.clocks if folded else ()) if state.promised]
    states.sort(key=lambda state: (state.kind != "response", -state.cycle))
    return [_promise(state, ticket, folded, policy, language) for state in states]


def standing(ticket: Ticket, folded: Folded | None, policy: PolicyFile, language: str) -> Standing:
    """What a list says of a request: what we wait for, else the promise that is due next, else where it stands."""
    if ticket.state == State.WAITING:
        return Standing(_("We wait for your answer."))
    if State(ticket.state) not in ACTIVE:
        return Standing(_("Please confirm that it is solved.") if ticket.state == State.RESOLVED else "")
    going = [p for p in promises(ticket, folded, policy, language) if p.state.status in {"running", "paused", "lifted"}]
    going.sort(key=lambda p: (p.state.due_at is None, p.state.due_at or 0))
    if going:
        return Standing(going[0].sentence, going[0].face)
    if ticket.serving_house_id:
        return Standing(_("%(house)s serves this request.") % {"house": ticket.serving_house})
    if policy.clock("resolution"):
        return Standing(_("In hand"))
    return Standing(_("In hand; no time is promised for the solution.") if policy.clocks else _("No time is promised."))


def promised_time(policy: PolicyFile, language: str, *, priority: str | None = None, urgent: bool = False) -> str:
    """How soon an answer is promised, as the vendor's file words it; empty where nothing is."""
    clock = policy.clock("response")
    target = clock.target_for(priority, urgent) if clock and clock.promise else None
    if clock is None or target is None:
        return ""
    return policy.say(clock.says_of(target), language).replace("{time}", period(target.within))


def foretold(kind: str, wording: str, due: datetime, policy: PolicyFile) -> str:
    """When a clock of a request that is not sent yet would be due (aware), worded as its promise is."""
    clock = policy.clock(kind)
    about: About = "response" if kind == "response" else "resolution"
    if clock and clock.ends == "qualified_response":
        about = "acknowledgement"
    return str(_RUNNING[(about, wording)]) % {"due": absolute(due)}


def priority_cards(policy: PolicyFile, language: str) -> dict[str, dict[str, str]]:
    """Description, examples and promised answer of each priority, by its key; "" is for who is not sure (M3, M4)."""
    cards = {}
    for row in policy.priorities:
        examples = " ".join(policy.say(example, language) for example in row.examples)
        instances = _("For instance: %(examples)s") % {"examples": examples} if examples else ""
        text = f"{policy.say(row.description, language)} {instances}".strip()
        cards[row.key] = {"text": text, "note": promised_time(policy, language, priority=row.key)}
    if policy.triage:
        assumed = policy.say(policy.priority(policy.triage.without_claim).name, language)
        cards[""] = {"text": _("Until we have looked at it, it counts as “%(p)s”.") % {"p": assumed}}
    return cards


def period(length: Period) -> str:
    """A length of open time in words: "2 h", "2 work days"."""
    n = length.amount
    if length.unit == "week":
        return ngettext("%(n)d week", "%(n)d weeks", n) % {"n": n}
    if length.unit == "work day":
        return ngettext("%(n)d work day", "%(n)d work days", n) % {"n": n}
    return open_time(length.seconds(0))


def _promise(state: ClockState, ticket: Ticket, folded: Folded | None, policy: PolicyFile, language: str) -> Promise:
    clock = policy.clock(state.kind)
    name = policy.say(clock.name, language) if clock else ""
    if state.kind == "resolution" and state.cycle > 1:
        name = _("%(clock)s, after reopening") % {"clock": name}
    target = clock.target_for(state.priority, bool(folded and folded.urgent)) if clock else None
    wording = clock.wording_of(target) if clock and target else "plain"
    about: About = "response" if state.kind == "response" else "resolution"
    if clock and clock.ends == "qualified_response":
        about = "acknowledgement"
    return Promise(state, name, _sentence(state, ticket, about, wording, policy, language), _face(state, ticket))


def _sentence(state: ClockState, ticket: Ticket, about: About, wording: str, policy: PolicyFile, language: str) -> str:
    values = {
        "due": absolute(instant(state.due_at)),
        "ended": absolute(instant(state.ended_at)),
        "since": absolute(instant(state.stopped_at)),
        "left": open_time(state.left_seconds),
    }
    if state.status == "cancelled":
        return _("No longer counts since %(ended)s.") % values
    if state.status == "ended":
        return str((_MISSED if state.breached else _MET)[about]) % values
    if state.status == "lifted":
        word = next((c for c in policy.classifications if c.key == ticket.classification), None)
        found = policy.say(word.name, language) if word else ticket.get_classification_display()
        return _("This is what we call “%(found)s”. No resolution time applies to it.") % {"found": found}
    if state.status == "paused" and state.breached:
        return _("Paused since %(since)s, while we wait for your answer. It was due %(due)s; we are sorry.") % values
    if state.status == "paused":
        return _("Paused since %(since)s, while we wait for your answer. %(left)s of support time are left.") % values
    if state.breached:
        late = _LATE_TARGET if about == "resolution" and wording == "target" else _LATE[about]
        return str(late) % values
    return str(_RUNNING[(about, wording)]) % values


def _face(state: ClockState, ticket: Ticket) -> ClockFace:
    at, left = instant(state.due_at), state.left_seconds
    if state.status == "cancelled":
        return ClockFace("ended", instant(state.ended_at))
    if state.status == "ended":
        return ClockFace("late" if state.breached else "met", instant(state.ended_at))
    if state.status == "lifted":
        return ClockFace("lifted", instant(state.stopped_at), left, str(ticket.get_classification_display()))
    if state.status == "paused":
        return ClockFace("paused", instant(state.stopped_at), left, _("waiting for your answer"))
    return ClockFace("breached" if state.breached else "running", at, left)
