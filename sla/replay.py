"""The engine on histories: JSON lines in, JSON lines out, no database.

A case names a vendor's file in the catalog, where its user is, and what happened; the answer is its clocks as they
stood.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, TextIO
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sla.compile import rules_from_file
from sla.engine.calendar import HorizonError, instant_of, utc_text
from sla.engine.events import (
    Assigned,
    Cancelled,
    Classified,
    CustomerReplied,
    DeclaredUrgent,
    Event,
    Fact,
    InformationComplete,
    PriorityAssigned,
    PriorityChanged,
    Received,
    Reopened,
    Resolved,
    Responded,
    WaitingForCustomer,
    ZoneSettled,
)
from sla.engine.fold import fold
from sla.engine.policy import Rules
from sla.engine.state import ClockState
from sla.engine.trace import ClockTrace, explain
from sla.engine.words import lines as in_words

_CASE_KEYS = {"id", "vendor", "country", "time_zone", "priority", "urgent", "events", "as_of"}
_EVENT_KEYS: dict[str, set[str]] = {
    "responded": {"qualified"},
    "priority_assigned": {"priority"},
    "priority_changed": {"priority"},
    "classified": {"as"},
    "zone_settled": {"country", "time_zone"},
}
_PLAIN: dict[str, Fact] = {
    "assigned": Assigned(),
    "declared_urgent": DeclaredUrgent(),
    "information_complete": InformationComplete(),
    "waiting_for_customer": WaitingForCustomer(),
    "customer_replied": CustomerReplied(),
    "resolved": Resolved(),
    "reopened": Reopened(),
    "cancelled": Cancelled(),
}
_KINDS = ("received", *_PLAIN, *_EVENT_KEYS)
_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]*\Z")


class BadCase(ValueError):
    """A line that is no case; the message names the key and what is expected there."""


@dataclass(frozen=True, slots=True)
class Case:
    """A parsed history: events for the engine, the rules it runs under, and the instant to answer for."""

    id: str
    rules: Rules
    events: tuple[Event, ...]
    as_of: int


def replay_line(line: str, number: int, explain: bool) -> dict[str, Any]:
    """Answer one line (``number`` from 1): ``{"id", "clocks"}``, or ``{"id", "line", "error"}`` for a bad one.

    With ``explain`` each clock carries ``trace``: ``entries`` as data and ``lines`` in English words.
    """
    case_id: object = None
    try:
        raw = _parsed(line)
        case_id = raw.get("id")
        case = case_of(raw)
        return {"id": case.id, "clocks": clocks_of(case, explained=explain)}
    except BadCase as error:
        message = str(error)
    except HorizonError as error:
        message = f"this history reaches too far: {error}"
    return {"id": case_id if isinstance(case_id, str | int) else None, "line": number, "error": message}


def replay_stream(source: Iterable[str], sink: TextIO, *, explain: bool = False) -> int:
    """Answer every line of ``source`` on ``sink``; empty ones are passed over. 1 if any was bad, else 0."""
    status = 0
    for number, line in enumerate(source, start=1):
        if line.strip():
            answer = replay_line(line, number, explain)
            status = 1 if "error" in answer else status
            sink.write(json.dumps(answer) + "\n")
    return status


def case_of(raw: dict[str, Any]) -> Case:
    """A case from its JSON object; :class:`BadCase` says what is wrong with it."""
    _only(raw, _CASE_KEYS, "the case")
    case_id = _text(raw, "id")
    rules = vendor_rules(_text(raw, "vendor"))
    received = Received(
        priority=None if raw.get("priority") is None else _priority(raw, rules),
        urgent=_flag(raw, "urgent"),
        zone=None if raw.get("time_zone") is None else zone_of(raw["time_zone"]),
        country=None if raw.get("country") is None else _country(raw),
    )
    listed = raw.get("events")
    if not isinstance(listed, list) or not listed:
        raise BadCase("events: a list with at least one event is needed")
    events = tuple(_event(item, index, rules, received) for index, item in enumerate(listed))
    if not any(isinstance(event.fact, Received) for event in events):
        raise BadCase('events: there is no "received", so no clock can start')
    return Case(case_id, rules, events, _instant(raw, "as_of"))


def clocks_of(case: Case, *, explained: bool = False) -> list[dict[str, Any]]:
    """The answer's clocks, without update clocks."""
    if not explained:
        folded = fold(case.events, case.rules, case.as_of)
        return [clock_answer(clock) for clock in folded.clocks if clock.kind != "update"]
    folded, traces = explain(case.events, case.rules, case.as_of)
    return [
        {**clock_answer(clock), "trace": trace_answer(trace)}
        for clock, trace in zip(folded.clocks, traces, strict=True)
        if clock.kind != "update"
    ]


def clock_answer(clock: ClockState) -> dict[str, Any]:
    """One clock as ``sla_replay`` answers it; times in UTC."""
    return {
        "clock": clock.kind,
        "cycle": clock.cycle,
        "status": clock.status,
        "started_at": utc_text(clock.started_at),
        "due_at": _utc(clock.due_at),
        "ended_at": _utc(clock.ended_at),
        "breached": clock.breached,
        "elapsed_seconds": clock.elapsed_seconds,
        "escalations": [{"percent": crossing.percent, "at": utc_text(crossing.at)} for crossing in clock.crossings],
    }


def trace_answer(trace: ClockTrace) -> dict[str, Any]:
    """A trace as data, each entry with its ``entry`` kind, times in UTC, and in words."""
    entries = []
    for entry in trace.entries:
        data: dict[str, Any] = {"entry": _snake(type(entry).__name__)}
        for key, value in asdict(entry).items():
            data[key] = _utc(value) if key in _INSTANTS else value
        entries.append(data)
    return {"promised": trace.promised, "rules": trace.rules, "entries": entries, "lines": in_words(trace)}


def vendor_rules(slug: str) -> Rules:
    """The rules of a vendor's file in the catalog; :class:`BadCase` if there is none."""
    if not _SLUG.match(slug):
        raise BadCase(f"vendor: {slug!r} is no name of a file in the catalog")
    try:
        return rules_from_file(slug)
    except (LookupError, FileNotFoundError):
        raise BadCase(f"vendor: the catalog has no file {slug!r}") from None


def zone_of(name: object, key: str = "time_zone") -> str:
    """An IANA zone name, checked; :class:`BadCase` otherwise."""
    if not isinstance(name, str) or not name:
        raise BadCase(f"{key}: an IANA name like Europe/Berlin is needed, not {name!r}")
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadCase(f"{key}: {name!r} is not a known time zone") from None
    return name


_INSTANTS = {"at", "begin", "end", "due_at", "ended_at", "breached_at", "started_at"}


def _parsed(line: str) -> dict[str, Any]:
    try:
        raw = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadCase(f"not JSON: {error}") from None
    if not isinstance(raw, dict):
        raise BadCase("a case is a JSON object")
    return raw


def _event(item: object, index: int, rules: Rules, received: Received) -> Event:
    where = f"events[{index}]"
    if not isinstance(item, dict):
        raise BadCase(f"{where}: an event is a JSON object")
    try:
        kind = _text(item, "event")
        if kind not in _KINDS:
            raise BadCase(f"event: {kind!r} is unknown; known are {', '.join(_KINDS)}")
        _only(item, {"at", "event"} | _EVENT_KEYS.get(kind, set()), kind)
        return Event(index, _instant(item, "at"), _fact(kind, item, rules, received), order=index)
    except BadCase as error:
        raise BadCase(f"{where}.{error}") from None


def _fact(kind: str, item: dict[str, Any], rules: Rules, received: Received) -> Fact:
    if kind == "received":
        return received
    if kind == "responded":
        return Responded(_flag(item, "qualified"))
    if kind in ("priority_assigned", "priority_changed"):
        priority = _priority(item, rules)
        return PriorityAssigned(priority) if kind == "priority_assigned" else PriorityChanged(priority)
    if kind == "classified":
        word = item.get("as")
        if word not in ("incident", "bug", "defect"):
            raise BadCase(f"as: one of incident, bug, defect is needed, not {word!r}")
        return Classified(word)
    if kind == "zone_settled":
        return ZoneSettled(zone_of(item.get("time_zone")), _country(item))
    return _PLAIN[kind]


def _only(raw: dict[str, Any], known: set[str], what: str) -> None:
    unknown = sorted(set(raw) - known)
    if unknown:
        raise BadCase(f"{unknown[0]}: {what} has no such key; it has {', '.join(sorted(known))}")


def _text(raw: dict[str, Any], key: str) -> str:
    value = raw.get(key)
    if not isinstance(value, str) or not value:
        raise BadCase(f"{key}: a text is needed, not {value!r}")
    return value


def _flag(raw: dict[str, Any], key: str) -> bool:
    value = raw.get(key, False)
    if not isinstance(value, bool):
        raise BadCase(f"{key}: true or false is needed, not {value!r}")
    return value


def _priority(raw: dict[str, Any], rules: Rules) -> str:
    value = raw.get("priority")
    known: Sequence[str] = rules.policies[-1].priorities
    if not isinstance(value, str) or (known and value not in known):
        expected = f"one of {', '.join(known)}" if known else "a priority"
        raise BadCase(f"priority: {expected} is needed, not {value!r}")
    return value


def _country(raw: dict[str, Any]) -> str:
    value = raw.get("country")
    if not isinstance(value, str) or not re.fullmatch(r"[A-Z]{2}", value):
        raise BadCase(f"country: two capital letters like US (ISO 3166) are needed, not {value!r}")
    return value


def _instant(raw: dict[str, Any], key: str) -> int:
    value = raw.get(key)
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        if moment is None or moment.tzinfo is None:
            raise ValueError
        return instant_of(moment)
    except (ValueError, OverflowError):
        raise BadCase(
            f"{key}: an ISO time with its offset, like 2026-03-05T16:30:00-06:00, is needed, not {value!r}"
        ) from None


def _utc(instant: int | None) -> str | None:
    return None if instant is None else utc_text(instant)


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
