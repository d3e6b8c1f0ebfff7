"""Write audit rows: in the transaction of the change they tell of."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import connection
from psycopg2.extras import Json, execute_values


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


_INSERT = (
    "INSERT INTO audit_auditentry (vendor_id, at, verb, actor_id, user_id, source, address, subject_type, subject_id,"
    " object_type, object_id, before, after, houses) VALUES %s"
)


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
            Json(dict(entry.before)),
            Json(dict(entry.after)),
            list(entry.houses),
        )
        for entry in entries
    ]
    if rows:
        template = "(%s,%s,%s,%s,%s,%s,%s::inet,%s,%s,%s,%s,%s,%s,%s::bigint[])"
        with connection.cursor() as cursor:
            execute_values(cursor.cursor, _INSERT, rows, template=template, page_size=1000)
