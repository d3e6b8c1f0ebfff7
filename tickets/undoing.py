"""While a deed can still be taken back, what it did is remembered and what it says waits (kept by tickets.change)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import models

from tickets.models import Ticket

# Each change says these of itself; they are nothing that a deed did.
_INCIDENTAL = frozenset({"changed_at", "listed_at"})


@dataclass(frozen=True, slots=True)
class Undoable:
    """A deed that can be taken back for `window`: on several tickets together under one `batch`."""

    deed: str
    window: timedelta
    batch: str


_open: ContextVar[Undoable | None] = ContextVar("undoable", default=None)


@contextmanager
def undoable(deed: str, window: timedelta) -> Iterator[str]:
    """Let whatever services change in this block be taken back for `window`: their mail waits so long, and `services.undo` with
    the batch that is answered takes it all back. `deed` is a word of ours. Inside another such block that one counts.
    """
    held = _open.get()
    if held is not None:
        yield held.batch
        return
    made = Undoable(deed, window, uuid4().hex)
    token = _open.set(made)
    try:
        yield made.batch
    finally:
        _open.reset(token)


def under_way() -> Undoable | None:
    """The deed that is being done and can be taken back, if there is one."""
    return _open.get()


@contextmanager
def nothing_undoable() -> Iterator[None]:
    """Taking something back is no deed that is taken back in its turn."""
    token = _open.set(None)
    try:
        yield
    finally:
        _open.reset(token)


def columns(row: models.Model) -> dict[str, Any]:
    """A row's columns as JSON knows them."""
    return {field.attname: _plain(getattr(row, field.attname)) for field in row._meta.concrete_fields}


def differences(before: Mapping[str, Any], ticket: Ticket) -> tuple[dict[str, Any], dict[str, Any]]:
    """Which of a ticket's columns a change altered: as they were, and as they are."""
    now = columns(ticket)
    changed = [name for name, value in now.items() if value != before[name] and name not in _INCIDENTAL]
    return {name: before[name] for name in changed}, {name: now[name] for name in changed}


def put_back(row: models.Model, values: Mapping[str, Any]) -> None:
    """Give a row the columns that it had."""
    fields = {field.attname: field for field in row._meta.concrete_fields}
    for name, value in values.items():
        field = fields[name]
        related = isinstance(field, models.ForeignKey)
        setattr(row, name, value if related or value is None else field.to_python(value))


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime | date) else value
