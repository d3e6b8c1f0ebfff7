"""Facts as JSON lines in, verdicts as JSON lines out; no database. A bad line is answered with what is wrong with it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from datetime import date
from functools import lru_cache
from typing import Any, TextIO, get_args

from contracts.entitlement import UnknownTopic, Verdict, verdict
from contracts.facts import NONE_FOUND, Facts, Held
from vendors.catalog.schema import PolicyFile, PolicyFileError, load_slug, slugs
from vendors.catalog.schema.offer import Cause, Requester

SELLERS = ("vendor", "distributor", "reseller")
_LONGEST = 200  # characters of a word
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)


class BadLine(ValueError):
    """A line that holds no facts; the message names the key and what is expected there."""


def answer_stream(source: Iterable[str], sink: TextIO, *, explain: bool = False) -> int:
    """Answer every line of `source` on `sink`; empty ones are passed over. 1 if any was bad, else 0."""
    status = 0
    for number, line in enumerate(source, start=1):
        if line.strip():
            answer = answer_line(line, number, explain=explain)
            status = 1 if "error" in answer else status
            sink.write(json.dumps(answer) + "\n")
    return status


def answer_line(line: str, number: int, *, explain: bool = False) -> dict[str, Any]:
    """The verdict on one line (`number` from 1), or `{"id", "line", "error"}`. With `explain` it carries `reasons`, `model` and
    `unused`, the facts given that no rule of the vendor looks at.
    """
    case_id: str | int | None = None
    try:
        raw = _parsed(line)
        case_id = _id(raw.get("id"))
        found = verdict(_policy(raw), facts_from(raw))
    except (BadLine, UnknownTopic) as error:
        return {"id": case_id, "line": number, "error": str(error)}
    return verdict_line(case_id, found, explain=explain)


def verdict_line(case_id: object, found: Verdict, *, explain: bool = False) -> dict[str, Any]:
    """A verdict as JSON data."""
    answer: dict[str, Any] = {
        "id": case_id,
        "verdict": found.word,
        "served_by": found.served_by,
        "chargeable": found.chargeable,
        "rules": list(found.rules),
        "ask": list(found.ask),
    }
    if explain:
        answer["model"] = found.model
        answer["unused"] = list(found.unused)
        answer["reasons"] = [
            {"rules": list(why.rules), "fact": why.fact, "value": why.value, "text": why.text} for why in found.reasons
        ]
    return answer


def facts_from(raw: dict[str, Any]) -> Facts:
    """Facts of JSON data: a key that is missing or null is unknown, but a null cause says that none was found. Raises BadLine."""
    for key in raw:
        if key not in _READ and key not in ("id", "vendor"):
            raise BadLine(f"{key}: there is no such fact; known: {', '.join(_READ)}")
    given = {key: read(raw[key], key) for key, read in _READ.items() if raw.get(key) is not None}
    if "cause" in raw and raw["cause"] is None:
        given["cause"] = NONE_FOUND
    return Facts(**given)


def _parsed(line: str) -> dict[str, Any]:
    try:
        raw = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadLine(f"this line is no JSON: {error}") from error
    if not isinstance(raw, dict):
        raise BadLine("a line is one JSON object")
    return raw


def _id(value: object) -> str | int | None:
    return value if isinstance(value, str | int) and not isinstance(value, bool) else None


def _policy(raw: dict[str, Any]) -> PolicyFile:
    slug = raw.get("vendor")
    found = _load(slug.replace("_", "-")) if isinstance(slug, str) and len(slug) <= _LONGEST else None
    if found is None:
        raise BadLine(f"vendor: one of {', '.join(sorted(slugs()))} is needed")
    return found


@lru_cache
def _load(slug: str) -> PolicyFile | None:
    try:
        return load_slug(slug) if slug in slugs() else None
    except PolicyFileError as error:
        raise BadLine(f"vendor: {error}") from error


def _word(value: object, key: str) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise BadLine(f"{key}: text of at most {_LONGEST} characters is needed")
    return value


def _flag(value: object, key: str) -> bool:
    if not isinstance(value, bool):
        raise BadLine(f"{key}: true or false is needed")
    return value


def _day(value: object, key: str) -> date:
    try:
        if isinstance(value, str) and _DAY.match(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise BadLine(f'{key}: a date such as "2026-03-04" is needed')


def _one_of(*words: str) -> Callable[[object, str], str]:
    def read(value: object, key: str) -> str:
        if not isinstance(value, str) or value not in words:
            raise BadLine(f"{key}: one of {', '.join(words)} is needed")
        return value

    return read


def _contracts(value: object, key: str) -> tuple[Held, ...]:
    if not isinstance(value, list):
        raise BadLine(f"{key}: a list is needed, empty if there is no contract for the site")
    return tuple(_contract(one, f"{key}[{index}]") for index, one in enumerate(value))


def _contract(value: object, key: str) -> Held:
    if not isinstance(value, dict) or set(value) - {"kind", "from", "to"} or "kind" not in value:
        raise BadLine(f"{key}: an object with kind, and perhaps from and to, is needed")
    spans = {end: None if value.get(end) is None else _day(value[end], f"{key}.{end}") for end in ("from", "to")}
    return Held(_word(value["kind"], f"{key}.kind"), spans["from"], spans["to"])


def _names(value: object, key: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise BadLine(f"{key}: a list of names is needed")
    return tuple(_word(one, key) for one in value)


_READ: dict[str, Callable[[object, str], Any]] = {
    "on": _day,
    "requester": _one_of(*get_args(Requester)),
    "site_contracts": _contracts,
    "topic": _word,
    "release": _word,
    "current_release": _word,
    "previous_release": _word,
    "earlier_releases": _names,
    "seller": _one_of(*SELLERS),
    "warranty_until": _day,
    "warranty_void": _flag,
    "cause": _one_of(*get_args(Cause), NONE_FOUND),
    "handed_on": _flag,
    "own_address": _flag,
}
