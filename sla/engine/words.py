"""A trace in English words, for commands and logs. Pages say the same entries in the reader's language."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sla.engine.trace import Basis, ClockTrace, Counted, Crossed, Entry, Outcome, Skipped, Stood, TargetNote

_WHY = {
    "started": "at the start",
    "priority": "as the priority is now {priority}",
    "urgent": "as it was declared urgent",
    "zone": "as the zone was settled",
    "version": "as a new version was applied",
    "reopened": "as it was reopened",
}
_STOOD = {"paused": "waiting for the customer", "lifted": "lifted: a bug or defect", "resolved": "resolved"}
_SOURCE = {
    "user": "the user's",
    "site": "the site's",
    "organisation": "the organisation's",
    "vendor": "the vendor's own",
}


def lines(trace: ClockTrace, zone: str | None = None) -> list[str]:
    """The trace, a line an entry; times in ``zone`` (IANA name), by default the clock's own."""
    shown = ZoneInfo(zone or trace.zone)
    kept = "promised" if trace.promised else "our own goal"
    head = f"{trace.kind} clock, cycle {trace.cycle}, {kept}{_rules(trace.rules)}; times in {shown.key}"
    return [head, *(_line(entry, shown) for entry in trace.entries)]


def duration(seconds: int) -> str:
    """Open time as ``7 h 30 min``, ``45 s``."""
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    parts = [f"{amount} {unit}" for amount, unit in ((hours, "h"), (minutes, "min"), (seconds, "s")) if amount]
    return " ".join(parts) or "0 s"


def _line(entry: Entry, zone: ZoneInfo) -> str:
    if isinstance(entry, Counted):
        soon = ", still to come" if entry.ahead else ", left over" if entry.spare else ""
        spent = f"{duration(entry.seconds)}, {duration(entry.used)} in all"
        return f"  counted  {_span(entry.begin, entry.end, zone)}: {spent}{soon}"
    if isinstance(entry, Skipped):
        why = f"{entry.reason} {entry.name}".strip()
        return f"  skipped  {_span(entry.begin, entry.end, zone)}: {why}"
    if isinstance(entry, Stood):
        return f"  stood    {_span(entry.begin, entry.end, zone)}: {_STOOD[entry.reason]}"
    if isinstance(entry, TargetNote):
        return f"  target   {_at(entry.at, zone)}: {_target(entry)}{_rules(entry.rules)}"
    if isinstance(entry, Basis):
        return f"  from     {_at(entry.at, zone)}: {_basis(entry)}{_rules(entry.rules)}"
    if isinstance(entry, Crossed):
        done = ", ".join((*(f"tells {role}" for role in entry.tell), *entry.change))
        return f"  reached  {_at(entry.at, zone)}: {entry.percent}%{f', {done}' if done else ''}{_rules((entry.rule,))}"
    return f"  {_outcome(entry, zone)}"


def _target(entry: TargetNote) -> str:
    why = _WHY[entry.why].format(priority=entry.priority)
    asked = duration(entry.asked) + _worded(entry)
    if entry.effect == "kept":
        return f"{asked} would end later than the promise that stands, which stays ({why})"
    if entry.effect == "from_change":
        return f"{asked} from here, after {duration(entry.base)} used ({why})"
    about = " urgent" if entry.urgent else ""
    return f"{asked} from the start{f' for {entry.priority}' if entry.priority else ''}{about} ({why})"


def _worded(entry: TargetNote) -> str:
    if entry.percent_of_resolution is not None:
        return f" ({entry.percent_of_resolution}% of the resolution target)"
    promise = entry.promise
    if promise is None or promise.unit == "seconds":
        return ""
    unit = "work day" if promise.unit == "work_days" else "week"
    end = ", to the end of the day" if promise.counting == "day_end" else ""
    return f" ({promise.amount} {unit}{'s' if promise.amount > 1 else ''}{end})"


def _basis(entry: Basis) -> str:
    whose = "the calendar's own" if entry.zone_fixed else _SOURCE[entry.zone_source]
    if entry.zone_assumed and not entry.zone_fixed:
        whose += ", assumed"
    versions = f"policy {entry.policy} version {entry.policy_version}, calendar {entry.calendar} version"
    return f"{versions} {entry.calendar_version}, counted in {entry.zone} (zone: {whose})"


def _outcome(entry: Outcome, zone: ZoneInfo) -> str:
    spent = f"{duration(entry.used)} used, {duration(entry.left)} left"
    due = f"due {_at(entry.due_at, zone)}" if entry.due_at is not None else "no due time"
    if entry.breached_at is not None:
        due += ", not kept"
    end = f", {entry.status} {_at(entry.ended_at, zone)}" if entry.ended_at is not None else f", {entry.status}"
    return f"{due}{end}: {spent}"


def _span(begin: int, end: int, zone: ZoneInfo) -> str:
    first, last = datetime.fromtimestamp(begin, zone), datetime.fromtimestamp(end, zone)
    same = first.date() == last.date() and first.utcoffset() == last.utcoffset()
    return f"{_at(begin, zone)} - {_clock(last) if same else _at(end, zone)}"


def _at(instant: int, zone: ZoneInfo) -> str:
    moment = datetime.fromtimestamp(instant, zone)
    return f"{moment:%a %Y-%m-%d} {_clock(moment)} {moment:%Z}"


def _clock(moment: datetime) -> str:
    return f"{moment:%H:%M:%S}" if moment.second else f"{moment:%H:%M}"


def _rules(rules: tuple[str, ...]) -> str:
    named = [rule for rule in rules if rule]
    return f" [{', '.join(named)}]" if named else ""
