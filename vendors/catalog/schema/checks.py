"""What a policy file must hold true beyond the form of each value."""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from pydantic import BaseModel

from vendors.catalog.schema.base import Shift, Text
from vendors.catalog.schema.errors import KeyPath
from vendors.catalog.schema.file import PolicyFile
from vendors.catalog.schema.hours import WEEKDAYS, CalendarRule, Closure
from vendors.catalog.schema.intake import IntakeField
from vendors.catalog.schema.places import countries, subdivisions
from vendors.catalog.schema.service import Clock

Found = Iterator[tuple[KeyPath, str]]


def check(file: PolicyFile) -> list[tuple[KeyPath, str]]:
    """All that does not fit together, as key path and what to do; empty if the file is sound."""
    return [problem for rule in _CHECKS for problem in rule(file)]


def _texts(file: PolicyFile) -> Found:
    fallback = file.vendor.fallback_language
    if fallback not in file.vendor.languages:
        yield ("vendor", "fallback_language"), f"{fallback!r} is not among the vendor's languages; add it there"
    for path, value in _walk(file, ()):
        if isinstance(value, Text) and fallback not in value.root:
            yield path, f"has no text in the fallback language {fallback!r}; add it"
        if isinstance(value, Text):
            yield from _placeholders(path, value)


_PLACEHOLDERS = {
    "says": {"time"},
    "cost_notice": {"amount"},
    "ask_for_missing": {"missing"},
    "template": {"received", "next_steps", "date"},
}


def _placeholders(path: KeyPath, text: Text) -> Found:
    """Words in braces are replaced by a page; only those that it knows may stand there."""
    allowed = _PLACEHOLDERS.get(str(path[-1]), set())
    if path[-1] == "says" and path[0] != "clocks":
        allowed = set()
    for language in text.languages():
        for name in re.findall(r"\{([^{}]*)\}", text[language]):
            if name not in allowed:
                known = ", ".join(f"{{{word}}}" for word in sorted(allowed)) or "none"
                yield (*path, language), f"{{{name}}} is not filled in here; known: {known}"


def _walk(value: Any, path: KeyPath) -> Iterator[tuple[KeyPath, Any]]:
    yield path, value
    if isinstance(value, Text):
        return
    if isinstance(value, BaseModel):
        for name, info in type(value).model_fields.items():
            yield from _walk(getattr(value, name), (*path, info.alias or name))
    elif isinstance(value, tuple):
        for index, row in enumerate(value):
            yield from _walk(row, (*path, index))


def _unique(file: PolicyFile) -> Found:
    for path, value in _walk(file, ()):
        if isinstance(value, tuple) and value and hasattr(value[0], "key"):
            yield from _twice(path, [row.key for row in value], "key")
    yield from _rung_order(file)
    yield from _twice(("examples",), [example.id for example in file.examples], "id")
    yield from _twice(("compensation",), [model.letter for model in file.compensation], "letter")
    yield from _twice(("requesters",), [rule.requester for rule in file.requesters], "requester")


def _twice(path: KeyPath, keys: Sequence[str], name: str) -> Found:
    for index, key in enumerate(keys):
        if key in keys[:index]:
            yield (*path, index, name), f"{key!r} is there twice; each needs its own"


def _rung_order(file: PolicyFile) -> Found:
    last = 0
    seen: set[tuple[str, int]] = set()
    for index, rung in enumerate(file.ladder):
        path: KeyPath = ("ladder", index, "percent")
        if rung.percent < last:
            yield path, f"{rung.percent} comes after {last}; order the rungs from low to high"
        last = rung.percent
        for clock in rung.clocks:
            if (clock, rung.percent) in seen:
                yield path, f"the {clock} clock has a rung at {rung.percent} already; join the two"
            seen.add((clock, rung.percent))


def _places(file: PolicyFile) -> Found:
    yield from _zone(("vendor", "time_zone"), file.vendor.time_zone)
    yield from _place(("vendor",), file.vendor.country, file.vendor.subdivision)
    for index, calendar in enumerate(file.calendars):
        if not calendar.follows_person:
            yield from _zone(("calendars", index, "time_zone"), calendar.time_zone)
        for row, source in enumerate(calendar.holidays):
            yield from _place(("calendars", index, "holidays", row), source.country, source.subdivision)
    for index, choice in enumerate(file.calendar_choice.by_country):
        yield from _countries(("calendar_choice", "by_country", index, "countries"), choice.countries)
    for index, contact in enumerate(file.contacts):
        yield from _countries(("contacts", index, "countries"), contact.countries)


def _zone(path: KeyPath, name: str) -> Found:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        yield path, f'{name!r} is not a time zone; write an IANA name such as "Europe/Berlin"'


def _place(path: KeyPath, country: str, subdivision: str | None) -> Found:
    parts = subdivisions(country)
    if country not in countries():
        yield (*path, "country"), f"{country!r} is not a country; write its ISO 3166 code of two letters"
    elif parts is None and path[-2:-1] == ("holidays",):
        yield (*path, "country"), f"no holidays of {country} are known; list them under [[calendars.closures]]"
    elif subdivision is not None and parts is not None and subdivision not in parts:
        yield (*path, "subdivision"), f"{subdivision!r} is not a part of {country}; known: {', '.join(sorted(parts))}"


def _countries(path: KeyPath, codes: Iterable[str]) -> Found:
    for index, code in enumerate(codes):
        if code not in countries():
            yield (*path, index), f"{code!r} is not a country; write its ISO 3166 code of two letters"


def _calendars(file: PolicyFile) -> Found:
    if not file.calendars:
        yield ("calendars",), "is empty; add at least one calendar"
    for index, calendar in enumerate(file.calendars):
        yield from _hours(("calendars", index), calendar)
        for row, closure in enumerate(calendar.closures):
            yield from _closure(("calendars", index, "closures", row), closure)
    for path in _calendar_references(file):
        yield path[0], f"{path[1]!r} is not a calendar of this file; define it under [[calendars]] or correct the name"
    sources = file.calendar_choice.zone_from
    if not sources or sources[-1] != "vendor":
        yield ("calendar_choice", "zone_from"), 'must end with "vendor": the zone that is used when none is known'
    if len(set(sources)) < len(sources):
        yield ("calendar_choice", "zone_from"), "names a source twice; name each once"
    taken: set[str] = set()
    for index, choice in enumerate(file.calendar_choice.by_country):
        for country in choice.countries:
            if country in taken:
                yield (
                    ("calendar_choice", "by_country", index, "countries"),
                    f"{country!r} has a calendar already; keep one",
                )
            taken.add(country)


def _calendar_references(file: PolicyFile) -> Iterator[tuple[KeyPath, str]]:
    known = {calendar.key for calendar in file.calendars}
    wanted: list[tuple[KeyPath, str | None]] = [(("calendar_choice", "default"), file.calendar_choice.default)]
    for index, choice in enumerate(file.calendar_choice.by_country):
        wanted.append((("calendar_choice", "by_country", index, "calendar"), choice.calendar))
    for index, contact in enumerate(file.contacts):
        wanted.append((("contacts", index, "calendar"), contact.calendar))
    for path, key in wanted:
        if key is not None and key not in known:
            yield path, key


def _hours(path: KeyPath, calendar: CalendarRule) -> Found:
    if calendar.standard_day.needs_standard_day:
        yield (*path, "standard_day"), "is what a work day is measured by; write hours or minutes"
    elif calendar.standard_day_seconds > 86400:
        yield (*path, "standard_day"), "is longer than a day; write at most 24 h"
    days = calendar.hours.days()
    if not any(days):
        yield (*path, "hours"), "has no open hours at all; give at least one day a shift"
    spans = sorted((day * 1440 + s.opens, day * 1440 + s.closes, day) for day in range(7) for s in days[day])
    for (_, closes, _), (opens, _, day) in zip(spans, spans[1:], strict=False):
        if opens < closes:
            yield (
                (*path, "hours", WEEKDAYS[day]),
                "has shifts that overlap; let each open when the one before has closed",
            )
    if len(spans) > 1 and spans[-1][1] > spans[0][0] + 7 * 1440:
        yield (*path, "hours", WEEKDAYS[spans[0][2]]), "opens before the last shift of the week has closed; shorten one"
    for row, opening in enumerate(calendar.openings):
        if _overlap(opening.hours):
            yield (
                (*path, "openings", row, "hours"),
                "has shifts that overlap; let each open when the one before has closed",
            )


def _overlap(shifts: Sequence[Shift]) -> bool:
    ordered = sorted((shift.opens, shift.closes) for shift in shifts)
    return any(b[0] < a[1] for a, b in zip(ordered, ordered[1:], strict=False))


def _closure(path: KeyPath, closure: Closure) -> Found:
    if (closure.every is None) == (closure.first is None):
        yield path, "needs either `every` (each year) or `first` (a date), and not both"
    elif closure.last is not None and (closure.first is None or closure.last < closure.first):
        yield (*path, "last"), "must be a date on or after `first`"


def _promises(file: PolicyFile) -> Found:
    known = {priority.key for priority in file.priorities}
    for path, key in _priority_references(file):
        if key not in known:
            listed = ", ".join(sorted(known)) or "none"
            yield path, f"{key!r} is not a priority of this file ({listed}); define it or correct the name"
    if file.priorities and file.triage is None:
        yield ("triage",), "is missing; say which priority counts until one is assigned"
    clocks = {clock.key for clock in file.clocks}
    for index, clock in enumerate(file.clocks):
        path: KeyPath = ("clocks", index)
        if bool(clock.targets) == (clock.share is not None):
            yield path, "needs either [[clocks.targets]] or a share of another clock, and not both"
        if clock.share is not None and clock.share.of not in clocks:
            yield (*path, "share", "of"), f"there is no {clock.share.of!r} clock in this file"
        yield from _shape(path, clock)
        if clock.targets:
            yield from _coverage(path, file, index)
        if clock.ends == "qualified_response" and file.acknowledgement is None:
            yield (*path, "ends"), "needs [acknowledgement], which says what makes a response a qualified one"
    for index, rung in enumerate(file.ladder):
        for row, name in enumerate(rung.clocks):
            if name not in clocks:
                yield ("ladder", index, "clocks", row), f"there is no {name!r} clock in this file"


def _priority_references(file: PolicyFile) -> Iterator[tuple[KeyPath, str]]:
    if file.triage is not None:
        yield ("triage", "without_claim"), file.triage.without_claim
    for index, clock in enumerate(file.clocks):
        for row, target in enumerate(clock.targets):
            if target.priority is not None:
                yield ("clocks", index, "targets", row, "priority"), target.priority
    for index, rung in enumerate(file.ladder):
        for row, key in enumerate(rung.priorities):
            yield ("ladder", index, "priorities", row), key
    for index, step in enumerate(file.customer_escalation.steps if file.customer_escalation else ()):
        for row, key in enumerate(step.priorities):
            yield ("customer_escalation", "steps", index, "priorities", row), key
    for index, topic in enumerate(file.topics):
        if topic.suggests_priority is not None:
            yield ("topics", index, "suggests_priority"), topic.suggests_priority


def _coverage(path: KeyPath, file: PolicyFile, index: int) -> Found:
    """Each priority has exactly one target, and there is one target at most for what is urgent."""
    targets = file.clocks[index].targets
    taken: set[tuple[str | None, bool]] = set()
    for row, target in enumerate(targets):
        here: KeyPath = (*path, "targets", row)
        if target.urgent and target.priority is not None:
            yield (*here, "priority"), "does not go with urgent; an urgent target holds whatever the priority"
        if target.urgent and file.urgency is None:
            yield (*here, "urgent"), "needs [urgency], which lets a requester declare it"
        if (target.priority, target.urgent) in taken:
            yield here, "says the same case again; keep one target for each"
        taken.add((target.priority, target.urgent))
        if file.clocks[index].counting == "day_end" and not target.within.needs_standard_day:
            yield (*here, "within"), "must be in work days or weeks, since this clock counts to the end of a day"
    missing = [row.key for row in file.priorities if (row.key, False) not in taken]
    if (None, False) not in taken and (missing or not file.priorities):
        yield (*path, "targets"), f"has none for {', '.join(missing) or 'a request that is not urgent'}; add one"


_SHAPES = {
    "response": (("received",), ("qualified_response", "response_after_assignment", "response")),
    "resolution": (("received", "priority", "information", "priority_and_information"), ("resolved",)),
    "update": (("first_response",), ("resolved",)),
}


def _shape(path: KeyPath, clock: Clock) -> Found:
    """What each kind of clock can do (domain: Time)."""
    starts, ends = _SHAPES[clock.key]
    if clock.starts not in starts:
        yield (*path, "starts"), f"a {clock.key} clock starts with {' or '.join(starts)}"
    if clock.ends not in ends:
        yield (*path, "ends"), f"a {clock.key} clock ends with {' or '.join(ends)}"
    if clock.key == "response" and (clock.pauses or clock.lifted_by):
        yield path, "a response clock never pauses and is never lifted; remove `pauses` and `lifted_by`"
    if clock.key != "update" and (clock.share or clock.restarts):
        yield path, "`share` and `restarts` belong to the update clock"


def _references(file: PolicyFile) -> Found:
    levels = {level.key for level in file.levels}
    topics = {topic.key for topic in file.topics}
    contracts = {contract.key for contract in file.contracts}
    declarations = {row.key for row in file.intake.declarations}
    wanted: list[tuple[KeyPath, str | None, set[str], str]] = []
    for index, topic in enumerate(file.topics):
        wanted.append((("topics", index, "level"), topic.level, levels, "levels"))
        wanted.append((("topics", index, "needs_contract"), topic.needs_contract, contracts, "contracts"))
    for index, rule in enumerate(file.requesters):
        wanted.append((("requesters", index, "needs_contract"), rule.needs_contract, contracts, "contracts"))
    for index, out in enumerate(file.exclusions):
        wanted.append((("exclusions", index, "missing_contract"), out.missing_contract, contracts, "contracts"))
        wanted += [(("exclusions", index, "topics", row), key, topics, "topics") for row, key in enumerate(out.topics)]
    for index, repair in enumerate(file.repairs):
        wanted.append((("repairs", index, "declaration"), repair.declaration, declarations, "intake.declarations"))
    if file.remote_support:
        path: KeyPath = ("remote_support", "declaration")
        wanted.append((path, file.remote_support.declaration, declarations, "intake.declarations"))
    for path, key, known, where in wanted:
        if key is not None and key not in known:
            yield path, f"{key!r} is not defined under [[{where}]]; define it there or correct the name"


def _offers(file: PolicyFile) -> Found:
    if (file.releases.supported == "newest") != (file.releases.count is not None):
        yield ("releases", "count"), 'belongs to supported = "newest", and only to it'
    for index, contact in enumerate(file.contacts):
        if (contact.channel == "phone") != bool(contact.numbers):
            yield ("contacts", index, "numbers"), "belong to a phone contact, and such a contact needs one"
        if contact.channel == "mail" and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", contact.address or ""):
            yield ("contacts", index, "address"), "must be the mail address of this contact"
    for index, fee in enumerate(file.fees):
        if (fee.amount is None) != (fee.currency is None):
            yield ("fees", index), "needs amount and currency together, or neither"
    for index, kind in enumerate(file.files.kinds):
        for row, extension in enumerate(kind.extensions):
            if extension in file.files.refused:
                yield ("files", "kinds", index, "extensions", row), f"{extension} is refused below; keep one of the two"
    for index, field in enumerate(file.intake.fields):
        yield from _field(("intake", "fields", index), field)


def _field(path: KeyPath, field: IntakeField) -> Found:
    if (field.kind in ("choice", "choices")) != bool(field.options):
        yield (*path, "options"), "belong to a choice, and a choice needs them"
    if field.pattern is None:
        return
    if field.kind not in ("line", "number"):
        yield (*path, "pattern"), "belongs to fields of one line"
    try:
        pattern = re.compile(field.pattern)
    except re.error as error:
        yield (*path, "pattern"), f"is not a regular expression: {error}"
        return
    if field.example is None or field.pattern_help is None:
        yield path, "has a pattern; add `example` and `pattern_help`, which say what is expected"
    elif not pattern.fullmatch(field.example):
        yield (*path, "example"), f"{field.example!r} does not match the pattern; correct one of the two"


def _examples(file: PolicyFile) -> Found:
    priorities = {priority.key for priority in file.priorities}
    clocks = {clock.key for clock in file.clocks}
    for index, example in enumerate(file.examples):
        path: KeyPath = ("examples", index)
        if example.time_zone is not None:
            yield from _zone((*path, "time_zone"), example.time_zone)
        if example.country is not None:
            yield from _countries(path, [example.country])
        if example.priority is not None and example.priority not in priorities:
            yield (*path, "priority"), f"{example.priority!r} is not a priority of this file"
        for row, event in enumerate(example.events):
            here: KeyPath = (*path, "events", row)
            yield from _instant((*here, "at"), event.at)
            needs = event.event in ("priority_assigned", "priority_changed")
            if needs != (event.priority is not None):
                yield here, "needs a priority" if needs else "takes no priority"
            elif needs and event.priority not in priorities:
                yield (*here, "priority"), f"{event.priority!r} is not a priority of this file"
            if (event.event == "classified") != (event.as_ is not None):
                yield here, "`as` belongs to classified, and classified needs it"
        yield from _instant((*path, "as_of"), example.as_of)
        for row, clock in enumerate(example.clocks):
            if clock.clock not in clocks:
                yield (*path, "clocks", row, "clock"), f"there is no {clock.clock!r} clock in this file"


def _instant(path: KeyPath, text: str) -> Found:
    try:
        aware = dt.datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        aware = False
    if not aware:
        yield path, f'{text!r} is not an instant; write it with its offset, such as "2026-03-04T14:00:00+01:00"'


_CHECKS: tuple[Callable[[PolicyFile], Found], ...] = (
    _texts,
    _unique,
    _places,
    _calendars,
    _promises,
    _references,
    _offers,
    _examples,
)
