"""The way in: TOML text or a stored document to a checked PolicyFile."""

from __future__ import annotations

import datetime as dt
import difflib
import json
import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from vendors.catalog.schema.checks import check
from vendors.catalog.schema.errors import KeyPath, PolicyFileError, Problem
from vendors.catalog.schema.file import PolicyFile
from vendors.catalog.schema.lines import LineFinder

CATALOG = Path(__file__).resolve().parent.parent


def slugs() -> tuple[str, ...]:
    """The slugs of the vendors whose files lie in the catalog, in order."""
    return tuple(sorted(path.stem.replace("_", "-") for path in CATALOG.glob("*.toml")))


def catalog_path(slug: str) -> Path:
    """The file of ``slug`` (``image-instruments`` or ``image_instruments``); KeyError if there is none."""
    path = CATALOG / f"{slug.replace('-', '_')}.toml"
    if not re.fullmatch(r"[a-z][a-z0-9_-]*", slug) or not path.is_file():
        raise KeyError(f"no policy file for {slug!r}; there is one for {', '.join(slugs())}")
    return path


@lru_cache(maxsize=64)
def load_slug(slug: str) -> PolicyFile:
    """The catalog's file of ``slug``, read once a process."""
    return load(catalog_path(slug))


def load(path: str | Path) -> PolicyFile:
    """Reads and checks a TOML file; PolicyFileError lists each problem with file, line, key and remedy."""
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise _single(str(path), 0, f"can't be read ({error.strerror}); check name and rights") from error
    except UnicodeDecodeError as error:
        raise _single(str(path), 0, "is not UTF-8 text; save it as UTF-8") from error
    return from_toml(text, str(path))


def from_toml(text: str, name: str = "policy.toml") -> PolicyFile:
    """The same from TOML text; ``name`` stands for the file in messages."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        raise _single(name, line, f"is not valid TOML: {error}") from error
    return _checked(data, name, LineFinder(text))


def from_document(data: Mapping[str, Any], name: str = "stored policy") -> PolicyFile:
    """The same from JSON data, as ``PolicyFile.document()`` made it."""
    return _checked(data, name, None)


def _checked(data: Mapping[str, Any], name: str, lines: LineFinder | None) -> PolicyFile:
    def problem(path: KeyPath, message: str) -> Problem:
        return Problem(name, lines.line(path) if lines else 0, path, message)

    try:
        file = PolicyFile.model_validate_json(json.dumps(data, default=_as_text))
    except ValidationError as error:
        found = [problem(_path(detail), _remedy(detail)) for detail in error.errors()]
    else:
        found = [problem(path, message) for path, message in check(file)]
        if not found:
            return file
    raise PolicyFileError(tuple(sorted(found, key=lambda problem: problem.line)))


def _single(name: str, line: int, message: str) -> PolicyFileError:
    return PolicyFileError((Problem(name, line, (), message),))


def _as_text(value: object) -> str:
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def _path(detail: ErrorDetails) -> KeyPath:
    """Where it is; pydantic adds a word of its own where a map's key is wrong rather than its value."""
    return tuple(part for part in detail["loc"] if part != "[key]")


def _remedy(detail: ErrorDetails) -> str:
    kind, given, context = detail["type"], detail["input"], detail.get("ctx", {})
    if kind == "missing":
        return "is missing; add it"
    if kind == "extra_forbidden":
        return _unknown_key(detail["loc"])
    if kind == "literal_error":
        return f"{given!r} is not one of {context.get('expected')}"
    if kind == "string_pattern_mismatch":
        return f"{given!r} does not have the form {context.get('pattern')}"
    if kind == "value_error":
        return f"{given!r}: {context.get('error')}"
    if kind == "tuple_type":
        return "must be a list; put it in [ ]"
    if kind in ("model_type", "model_attributes_type"):
        return "must be a table of keys"
    if kind in ("dict_type", "mapping_type"):
        return 'must be a map by language, such as { en = "…", de = "…" }'
    return f"{given!r}: {detail['msg'][:1].lower()}{detail['msg'][1:]}"


def _unknown_key(path: KeyPath) -> str:
    near = difflib.get_close_matches(str(path[-1]), _keys_at(path[:-1]), n=1)
    remedy = f"did you mean `{near[0]}`?" if near else "correct its spelling, move it to its table, or remove it"
    return f"is not a key of this table; {remedy}"


def _keys_at(path: KeyPath) -> list[str]:
    """The keys that the format knows in the table at ``path``."""
    model: type[BaseModel] | None = PolicyFile
    for part in path:
        if isinstance(part, str) and model is not None:
            info = model.model_fields.get(part)
            model = _model_in(info.annotation) if info else None
    return [info.alias or name for name, info in model.model_fields.items()] if model else []


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for part in get_args(annotation) if (model := _model_in(part))), None)
