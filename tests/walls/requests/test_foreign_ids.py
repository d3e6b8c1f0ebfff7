"""Whoever names in a body what is another's is answered as if there were no such thing, and nothing is different afterwards."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.walls.matrix.estate import Estate
from tests.walls.requests import state
from tests.walls.requests.references import absent, foreign, kind_of
from tests.walls.requests.walk import Sent, Walker


def names(sent: Sent) -> list[str]:
    """All names that a request says or that its view asks for."""
    return sorted(set(sent.data) | set(sent.json or ()) | sent.heard)


def test_of_every_field_it_is_known_what_it_names(gathered: list[Sent]) -> None:
    unknown = set()
    for sent in (one for one in gathered if one.route != "styleguide/"):  # there with DEBUG alone, and it keeps nothing
        for name in names(sent):
            try:
                kind_of(sent, name)
            except LookupError as missing:
                unknown.add(str(missing))
    assert sorted(unknown) == [], "say in references.py what each of these names"


def naming(sent: Sent, name: str, value: object) -> Sent:
    """The request with that value in a field."""
    from dataclasses import replace

    if sent.json is None:
        return sent.saying(**{name: value})
    kept = [value] if isinstance(sent.json.get(name), list) else value
    return replace(sent, json=sent.json | {name: str(kept) if name in ("vendor", "item") else kept})


def outcome(estate: Estate, sent: Sent, before: state.Rows, values: tuple[object, object]) -> tuple[Any, ...]:
    """The answer and what changed, with the value itself, keys and instants left out."""
    with state.taken_back():
        answer = Walker(estate.cast.logins[sent.who]).sends(sent)
        change = state.likeness(state.difference(before, state.rows()))
    text = b"".join(answer.streaming_content).decode() if answer.streaming else answer.content.decode()
    return (
        answer.status_code,
        level(answer.headers.get("Location", ""), values),
        level(text, values),
        [level(line, values) for line in change],
    )


_VARIES = re.compile(
    r'csrf[\w-]*" (?:value|content)="[^"]*"|data-since="[^"]*"|\d\d:\d\d(?::\d\d)?|\d+ (?:second|minute|hour)s?'
)


def level(text: str, values: tuple[object, ...] = ()) -> str:
    """A text without these values and whatever differs by itself."""
    for value in values:
        text = re.sub(rf"(?<![\w-]){re.escape(str(value))}(?![\w-])", "KEY", text)
    return _VARIES.sub("", state.plain(text))


def cases(estate: Estate, gathered: list[Sent]) -> list[tuple[Sent, str, str, object, object]]:
    """Every request, field, owner of what is foreign, the foreign value and the absent one."""
    found = []
    for sent in gathered:
        for name in names(sent):
            if kind := _known_kind(sent, name):
                found += [
                    (sent, name, owner, value, absent(kind)) for owner, value in foreign(estate, sent, kind).items()
                ]
    return found


def _known_kind(sent: Sent, name: str) -> str:
    try:
        return kind_of(sent, name)
    except LookupError:  # which is told by the test of the names
        return ""


def told_apart(estate: Estate, chosen: list[tuple[Sent, str, str, object, object]]) -> list[str]:
    before = state.rows()
    found = []
    for sent, name, owner, value, nothing in chosen:
        both = (value, nothing)
        theirs, none = (outcome(estate, naming(sent, name, one), before, both) for one in both)
        if theirs != none:
            found.append(f"{sent} {name} = {owner}: " + _where(theirs, none))
    return found


def _where(one: tuple[Any, ...], other: tuple[Any, ...]) -> str:
    if one[0] != other[0]:
        return f"{one[0]}, not {other[0]}"
    if one[3] != other[3]:
        return f"{set(one[3]) ^ set(other[3])}"[:600]
    a, b = one[1] + one[2], other[1] + other[2]
    at = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    return f"…{a[max(0, at - 80) : at + 80]!r}, not …{b[max(0, at - 80) : at + 80]!r}"


def test_a_foreign_thing_in_a_body_is_absent(estate: Estate, gathered: list[Sent]) -> None:
    every = cases(estate, gathered)
    assert len(every) > 200
    assert told_apart(estate, every[::20]) == []


@pytest.mark.deep
def test_every_foreign_thing_in_every_body_is_absent(estate: Estate, gathered: list[Sent]) -> None:
    assert told_apart(estate, cases(estate, gathered)) == []
