"""Clocks and the trace of each: data for programs, and the same in English words."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, get_args

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers

from sla.engine import trace, words
from sla.engine.policy import ClockKind
from sla.engine.state import ClockState, Folded, Status
from sla.engine.timer import Effect, Why
from sla.timelines import instant
from tickets.models import ZoneSource
from vendors.access import Member

_KINDS = [(word, word) for word in get_args(ClockKind)]
_STATUSES = [(word, word) for word in get_args(Status)]
_SOURCES = ZoneSource.choices
_INSTANTS = frozenset({"at", "begin", "end", "due_at", "ended_at", "breached_at"})
_TYPES: dict[type, str] = {
    trace.Basis: "basis",
    trace.TargetNote: "target",
    trace.Counted: "counted",
    trace.Skipped: "skipped",
    trace.Stood: "stood",
    trace.Crossed: "crossed",
    trace.Outcome: "outcome",
}


class ClockSerializer(serializers.Serializer[Any]):
    """A clock in one cycle. Seconds are open time of its calendar. `due_at` is null unless running, ended or breached; `met`
    is null while it is open, or if it was cancelled before it was due.
    """

    clock = serializers.ChoiceField(choices=_KINDS)
    cycle = serializers.IntegerField(min_value=1)
    status = serializers.ChoiceField(choices=_STATUSES)
    promised = serializers.BooleanField(help_text="A promise; else the house's own goal.")
    started_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    stopped_at = serializers.DateTimeField(allow_null=True, help_text="Since when it is paused or lifted.")
    breached_at = serializers.DateTimeField(allow_null=True)
    breached = serializers.BooleanField()
    met = serializers.BooleanField(allow_null=True)
    elapsed_seconds = serializers.IntegerField(min_value=0)
    left_seconds = serializers.IntegerField(min_value=0)
    target_seconds = serializers.IntegerField(min_value=0)
    priority = serializers.CharField(allow_null=True)
    zone = serializers.CharField()
    zone_source = serializers.ChoiceField(choices=_SOURCES)
    zone_assumed = serializers.BooleanField()
    calendar = serializers.CharField()
    calendar_version = serializers.IntegerField()
    policy_version = serializers.IntegerField()


class _Entry(serializers.Serializer[Any]):
    """What the entries of a trace have in common."""

    type = serializers.CharField()


class BasisEntry(_Entry):
    """Under what it counts from `at` on."""

    at = serializers.DateTimeField()
    policy = serializers.CharField()
    policy_version = serializers.IntegerField()
    calendar = serializers.CharField()
    calendar_version = serializers.IntegerField()
    calendar_name = serializers.CharField(allow_blank=True)
    zone = serializers.CharField()
    zone_source = serializers.ChoiceField(choices=_SOURCES)
    zone_assumed = serializers.BooleanField()
    zone_fixed = serializers.BooleanField(help_text="The zone is the calendar's own, wherever the person is.")
    rules = serializers.ListField(child=serializers.CharField())


class PromiseSerializer(serializers.Serializer[Any]):
    """A target as the policy words it."""

    amount = serializers.IntegerField()
    unit = serializers.ChoiceField(choices=["seconds", "work_days", "weeks"])
    counting = serializers.ChoiceField(choices=["rolling", "day_end"])


class TargetEntry(_Entry):
    """A target was set or changed at `at`: due when base + target open seconds are used."""

    at = serializers.DateTimeField()
    why = serializers.ChoiceField(choices=get_args(Why))
    effect = serializers.ChoiceField(choices=get_args(Effect))
    asked = serializers.IntegerField()
    base = serializers.IntegerField()
    target = serializers.IntegerField()
    priority = serializers.CharField(allow_null=True)
    urgent = serializers.BooleanField()
    promise = PromiseSerializer(allow_null=True)
    percent_of_resolution = serializers.IntegerField(allow_null=True)
    rules = serializers.ListField(child=serializers.CharField())


class CountedEntry(_Entry):
    """Open time that counted; `used` in all by then; `ahead` has not come yet; `spare` was left when the clock ended."""

    begin = serializers.DateTimeField()
    end = serializers.DateTimeField()
    seconds = serializers.IntegerField()
    used = serializers.IntegerField()
    ahead = serializers.BooleanField()
    spare = serializers.BooleanField()


class SkippedEntry(_Entry):
    """Closed time, and why."""

    begin = serializers.DateTimeField()
    end = serializers.DateTimeField()
    reason = serializers.ChoiceField(choices=get_args(trace.SkipReason))
    name = serializers.CharField(allow_blank=True, help_text="Of the holiday or closure.")
    ahead = serializers.BooleanField()


class StoodEntry(_Entry):
    """Time in which the clock stood still."""

    begin = serializers.DateTimeField()
    end = serializers.DateTimeField()
    reason = serializers.ChoiceField(choices=get_args(trace.PauseReason))


class CrossedEntry(_Entry):
    """A rung of the ladder was reached; not shown to customers."""

    at = serializers.DateTimeField()
    percent = serializers.IntegerField()
    tell = serializers.ListField(child=serializers.CharField())
    change = serializers.ListField(child=serializers.CharField())
    rule = serializers.CharField(allow_blank=True)


class OutcomeEntry(_Entry):
    """How it stands: seconds used and left."""

    status = serializers.ChoiceField(choices=_STATUSES)
    due_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    breached_at = serializers.DateTimeField(allow_null=True)
    used = serializers.IntegerField()
    left = serializers.IntegerField()


_ENTRIES: dict[str, serializers.Serializer[Any] | type[serializers.Serializer[Any]]] = {
    "basis": BasisEntry,
    "target": TargetEntry,
    "counted": CountedEntry,
    "skipped": SkippedEntry,
    "stood": StoodEntry,
    "crossed": CrossedEntry,
    "outcome": OutcomeEntry,
}
_TRACE_ENTRY = PolymorphicProxySerializer(
    component_name="TraceEntry", serializers=_ENTRIES, resource_type_field_name="type", many=True
)


class ExplainedClock(ClockSerializer):
    """A clock with its trace: why it is due when it is, in the order in which things happened. Empty unless asked for."""

    rules = serializers.ListField(child=serializers.CharField(), help_text="Ids of the rules behind it.")
    trace = serializers.SerializerMethodField()
    words = serializers.ListField(child=serializers.CharField(), help_text="The trace in English.")

    @extend_schema_field(_TRACE_ENTRY)
    def get_trace(self, clock: dict[str, Any]) -> Any:
        """Data already."""
        return clock["trace"]


class ClocksSerializer(serializers.Serializer[Any]):
    """The clocks of a ticket at `as_of`; none while a partner serves it."""

    as_of = serializers.DateTimeField()
    clocks = ExplainedClock(many=True)


def clocks_for(member: Member, folded: Folded | None) -> list[dict[str, Any]]:
    """The clocks that a person may know of: customers the promised ones."""
    return [clock_data(clock) for clock in folded.clocks if _told(member, clock.promised)] if folded else []


def explained_for(
    member: Member, folded: Folded | None, traces: Sequence[trace.ClockTrace] | None
) -> list[dict[str, Any]]:
    """The same with their traces, or with empty ones where `traces` is None. The ladder is the house's own affair: customers
    are not told whom it calls.
    """
    if folded is None:
        return []
    if traces is None:
        return [clock | {"rules": [], "trace": [], "words": []} for clock in clocks_for(member, folded)]
    return [
        clock_data(clock) | _trace_data(member, told)
        for clock, told in zip(folded.clocks, traces, strict=True)
        if _told(member, clock.promised)
    ]


def clock_data(clock: ClockState) -> dict[str, Any]:
    """One clock as ClockSerializer says it."""
    return {
        "clock": clock.kind,
        "cycle": clock.cycle,
        "status": clock.status,
        "promised": clock.promised,
        "started_at": instant(clock.started_at),
        "due_at": instant(clock.due_at),
        "ended_at": instant(clock.ended_at),
        "stopped_at": instant(clock.stopped_at),
        "breached_at": instant(clock.breached_at),
        "breached": clock.breached,
        "met": clock.met,
        "elapsed_seconds": clock.elapsed_seconds,
        "left_seconds": clock.left_seconds,
        "target_seconds": clock.base + clock.target,
        "priority": clock.priority,
        "zone": clock.zone,
        "zone_source": clock.zone_source,
        "zone_assumed": clock.zone_assumed,
        "calendar": clock.calendar,
        "calendar_version": clock.calendar_version,
        "policy_version": clock.policy_version,
    }


def _told(member: Member, promised: bool) -> bool:
    return promised or not member.is_customer


def _trace_data(member: Member, told: trace.ClockTrace) -> dict[str, Any]:
    entries = [e for e in told.entries if not (member.is_customer and isinstance(e, trace.Crossed))]
    shown = trace.ClockTrace(
        told.kind, told.cycle, told.promised, told.started_at, told.zone, told.rules, tuple(entries)
    )
    return {
        "rules": list(told.rules),
        "trace": [_entry_data(entry) for entry in entries],
        "words": [line.strip() for line in words.lines(shown)],
    }


def _entry_data(entry: trace.Entry) -> dict[str, Any]:
    data: dict[str, Any] = {"type": _TYPES[type(entry)]}
    for field in fields(entry):
        value = getattr(entry, field.name)
        if field.name in _INSTANTS:
            value = instant(value)
        elif field.name == "promise" and value is not None:
            value = {"amount": value.amount, "unit": value.unit, "counting": value.counting}
        elif isinstance(value, tuple):
            value = list(value)
        data[field.name] = value
    return data
