"""What a policy file must hold true beyond the form of each value."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pydantic import BaseModel

from vendors.catalog.schema.base import Text
from vendors.catalog.schema.checks_promises import promises
from vendors.catalog.schema.checks_time import calendars, known_countries, places, zone
from vendors.catalog.schema.errors import Found, KeyPath
from vendors.catalog.schema.file import PolicyFile
from vendors.catalog.schema.intake import IntakeField


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
    yield from _twice(("examples",), [example.id for example in file.examples], "id")
    yield from _twice(("compensation",), [model.letter for model in file.compensation], "letter")
    yield from _twice(("requesters",), [rule.requester for rule in file.requesters], "requester")


def _twice(path: KeyPath, keys: Sequence[str], name: str) -> Found:
    for index, key in enumerate(keys):
        if key in keys[:index]:
            yield (*path, index, name), f"{key!r} is there twice; each needs its own"


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
    models = {model.key for model in file.compensation}
    for index, charge in enumerate(file.entitlement.charges if file.entitlement else ()):
        here: KeyPath = ("entitlement", "charges", index)
        wanted.append(((*here, "contract"), charge.contract, contracts, "contracts"))
        wanted.append(((*here, "model"), charge.model, models, "compensation"))
        wanted += [((*here, "topics", row), key, topics, "topics") for row, key in enumerate(charge.topics)]
    for index, paid in enumerate(file.compensation):
        wanted.append((("compensation", index, "contract"), paid.contract, contracts, "contracts"))
    if says := file.routing.unsolved:
        asked = {field.key: {option.key for option in field.options} for field in file.intake.fields}
        wanted.append((("routing", "unsolved", "field"), says.field, set(asked), "intake.fields"))
        wanted.append((("routing", "unsolved", "answer"), says.answer, asked.get(says.field, set()), "its options"))
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
            yield from zone((*path, "time_zone"), example.time_zone)
        if example.country is not None:
            yield from known_countries(path, [example.country])
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
    places,
    calendars,
    promises,
    _references,
    _offers,
    _examples,
)
