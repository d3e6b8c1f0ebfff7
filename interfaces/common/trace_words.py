"""The engine's trace of a clock in words: in the reader's language and zone, for templates/_trace.html."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.utils import dateformat, timezone
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from interfaces.common.templatetags.ui import open_time
from sla.engine.trace import Basis, ClockTrace, Counted, Crossed, Entry, Outcome, Skipped, Stood, TargetNote
from sla.policies import calendar_names
from sla.timelines import instant


@dataclass
class Trace:
    """What `_trace.html` shows: rule ids, facts, a line for each stretch, and the result as one sentence."""

    rules: list[dict[str, str]] = field(default_factory=list)
    facts: list[dict[str, str]] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    result: str = ""


def in_words(trace: ClockTrace, vendor_id: int) -> Trace:
    """A clock's trace for the reader; times are in his zone, which the facts name beside the zone that counts."""
    told = Trace()
    names = calendar_names(vendor_id, (get_language() or "en")[:2])
    rules: dict[str, None] = dict.fromkeys(trace.rules)
    for number, entry in enumerate(_named(entry, names) for entry in trace.entries):
        rules |= dict.fromkeys(_rules_of(entry))
        if isinstance(entry, Basis) and number == 0:
            told.facts = _facts(entry)
        elif isinstance(entry, Outcome):
            told.result = _outcome(entry)
        else:
            told.lines.append(_line(entry))
    told.rules = [{"id": rule} for rule in rules if rule]
    return told


def roles(words: Iterable[str]) -> str:
    """The people whom a rung means, as a list in words."""
    names = {
        "assignee": _("assignee"),
        "supervisor": _("supervisor"),
        "management": _("support management"),
        "executive_sponsor": _("executive sponsor"),
    }
    return ", ".join(names.get(word, word) for word in words)


def _named(entry: Entry, names: Mapping[str, str]) -> Entry:
    if isinstance(entry, Basis):
        return replace(entry, calendar_name=names.get(entry.calendar_name, entry.calendar_name))
    if isinstance(entry, Skipped):
        return replace(entry, name=names.get(entry.name, entry.name))
    return entry


def _rules_of(entry: Entry) -> tuple[str, ...]:
    if isinstance(entry, Basis | TargetNote):
        return entry.rules
    return (entry.rule,) if isinstance(entry, Crossed) else ()


def _facts(basis: Basis) -> list[dict[str, str]]:
    versions = {"name": basis.policy, "number": basis.policy_version}
    calendar = {"name": basis.calendar_name or basis.calendar, "number": basis.calendar_version}
    return [
        {"label": _("Policy"), "value": _("%(name)s, version %(number)d") % versions},
        {"label": _("Calendar"), "value": _("%(name)s, version %(number)d") % calendar},
        {"label": _("Counted in"), "value": _zone(basis)},
        {"label": _("Times shown in"), "value": timezone.get_current_timezone_name()},
    ]


def _zone(basis: Basis) -> str:
    if basis.zone_fixed:
        whose = _("the calendar's own zone")
    else:
        whose = {
            "user": _("the authorised user's zone"),
            "site": _("the site's zone"),
            "organisation": _("the organisation's zone"),
            "vendor": _("the vendor's own zone"),
        }[basis.zone_source]
        if basis.zone_assumed:
            whose = _("%(whose)s, assumed") % {"whose": whose}
    return f"{basis.zone} ({whose})"


def _line(entry: Entry) -> dict[str, Any]:
    if isinstance(entry, Counted):
        text = _span(entry.begin, entry.end)
        if entry.ahead:
            text = _("%(span)s, to come") % {"span": text}
        if entry.spare:
            text = _("%(span)s, left over") % {"span": text}
        return {"kind": "count", "text": text, "amount": open_time(entry.seconds)}
    if isinstance(entry, Skipped):
        return {"kind": "skip", "text": f"{_skipped(entry)} · {_span(entry.begin, entry.end)}"}
    if isinstance(entry, Stood):
        return {"kind": "pause", "text": f"{_stood(entry)} · {_span(entry.begin, entry.end)}"}
    if isinstance(entry, TargetNote):
        return {"kind": "mark", "text": _target(entry), "at": instant(entry.at)}
    if isinstance(entry, Basis):
        words = {"zone": _zone(entry), "policy": entry.policy_version, "calendar": entry.calendar_version}
        text = _("From here on in %(zone)s, policy version %(policy)d, calendar version %(calendar)d") % words
        return {"kind": "mark", "text": text, "at": instant(entry.at)}
    if isinstance(entry, Crossed):
        told = {"percent": entry.percent, "people": roles(entry.tell)}
        text = _("%(percent)d %% reached: %(people)s told") % told
        return {"kind": "mark", "text": text, "at": instant(entry.at)}
    raise TypeError(entry)


def _skipped(entry: Skipped) -> str:
    if entry.reason == "holiday":
        return _("Holiday: %(name)s") % {"name": entry.name}
    if entry.reason == "closure":
        return _("Closed: %(name)s") % {"name": entry.name}
    return {"night": _("Night"), "break": _("Break"), "weekend": _("Weekend")}[entry.reason]


def _stood(entry: Stood) -> str:
    return {
        "paused": _("Waiting for the customer"),
        "lifted": _("Lifted: a bug or defect"),
        "resolved": _("Resolved"),
    }[entry.reason]


def _target(entry: TargetNote) -> str:
    words = {"amount": _amount(entry), "used": open_time(entry.base)}
    if entry.effect == "kept":
        text = _("%(amount)s would end later than the promise that stands, which stays") % words
    elif entry.effect == "from_change":
        text = _("%(amount)s from here on, after %(used)s used") % words
    else:
        text = _("%(amount)s from the start") % words
    return f"{text} ({_why(entry)})"


def _amount(entry: TargetNote) -> str:
    amount, promise = open_time(entry.asked), entry.promise
    if entry.percent_of_resolution is not None:
        share = _("%(percent)d %% of the resolution target") % {"percent": entry.percent_of_resolution}
        return f"{amount} ({share})"
    if promise is None or promise.unit == "seconds":
        return amount
    if promise.unit == "work_days":
        worded = ngettext("%(n)d work day", "%(n)d work days", promise.amount) % {"n": promise.amount}
    else:
        worded = ngettext("%(n)d week", "%(n)d weeks", promise.amount) % {"n": promise.amount}
    if promise.counting == "day_end":
        worded = _("%(amount)s, to the end of the day") % {"amount": worded}
    return f"{worded} = {amount}"


def _why(entry: TargetNote) -> str:
    about = entry.priority or ""
    if entry.urgent:
        about = _("urgent")
    reasons = {
        "started": _("at the start"),
        "priority": _("the priority changed"),
        "urgent": _("declared urgent"),
        "zone": _("the zone was settled"),
        "version": _("a new version was applied"),
        "reopened": _("reopened"),
    }
    return ", ".join(part for part in (about, reasons[entry.why]) if part)


def _outcome(entry: Outcome) -> str:
    spent = _("%(used)s used, %(left)s left") % {"used": open_time(entry.used), "left": open_time(entry.left)}
    if entry.left == 0:
        spent = _("%(used)s used") % {"used": open_time(entry.used)}
    due = _("Due %(at)s") % {"at": _full(entry.due_at)} if entry.due_at is not None else _("No due time now")
    if entry.breached_at is not None:
        due = _("%(due)s, not kept") % {"due": due}
    parts = [due]
    if entry.ended_at is not None:
        ended = _("cancelled %(at)s") if entry.status == "cancelled" else _("ended %(at)s")
        parts.append(ended % {"at": _full(entry.ended_at)})
    elif entry.status in ("paused", "lifted"):
        parts.append(_("paused") if entry.status == "paused" else _("lifted"))
    return f"{', '.join(parts)}: {spent}."


def _span(begin: int, end: int) -> str:
    first, last = _local(begin), _local(end)
    if first.date() == last.date():
        return f"{_day(first)} – {_clock(last)}"
    return f"{_day(first)} – {_day(last)}"


def _full(seconds: int | None) -> str:
    if seconds is None:
        return ""
    moment = _local(seconds)
    on = dateformat.format(moment, pgettext("date format", "D j M Y"))
    return f"{on}, {_clock(moment)} {moment.tzname()}"


def _day(moment: datetime) -> str:
    on = dateformat.format(moment, pgettext("date format", "D j M"))
    return f"{on} {_clock(moment)}"


def _clock(moment: datetime) -> str:
    return f"{moment:%H:%M:%S}" if moment.second else f"{moment:%H:%M}"


def _local(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, timezone.get_current_timezone())
