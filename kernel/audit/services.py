"""Write audit rows: in the transaction of the change they tell of."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from kernel.rows import array, insert


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, and through which door: keys only. All None is the system itself."""

    person_id: int | None = None
    user_id: int | None = None
    source: str = "worker"
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One act to be recorded. `verb` is from the typed vocabulary of its floor; before and after hold keys and words of
    that vocabulary, never people's own text.
    """

    vendor_id: int
    at: datetime
    verb: StrEnum
    actor: Actor
    subject: tuple[str, int]
    object: tuple[str, int | None]
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    houses: Sequence[int] = ()


_COLUMNS = {
    "vendor_id": "bigint",
    "at": "timestamptz",
    "verb": "text",
    "actor_id": "bigint",
    "user_id": "bigint",
    "source": "text",
    "address": "inet",
    "subject_type": "text",
    "subject_id": "bigint",
    "object_type": "text",
    "object_id": "bigint",
    "before": "jsonb",
    "after": "jsonb",
    "houses": "bigint[]",
}


def record(entries: Iterable[Entry]) -> None:
    """Append the entries, set-based; must run inside a scope that may write them.

    Without RETURNING, for a customer may write what he may not read.
    """
    rows = [
        (
            entry.vendor_id,
            entry.at,
            entry.verb.value,
            entry.actor.person_id,
            entry.actor.user_id,
            entry.actor.source,
            entry.actor.address,
            *entry.subject,
            *entry.object,
            entry.before,
            entry.after,
            array(entry.houses),
        )
        for entry in entries
    ]
    if rows:
        insert("audit_auditentry", _COLUMNS, rows)
