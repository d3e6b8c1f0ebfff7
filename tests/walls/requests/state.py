"""What the database says, all of it, inside the transaction that a test takes back: by rights that only the test's copy gives."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from psycopg2 import sql

from tests import databases

# What every visit writes, whatever it is about.
PASSING = frozenset({"django_session", "usersessions_usersession", "django_migrations"})
NEAR = timedelta(minutes=3)


def lay_open(database: str) -> None:
    """Let the application's role read everything in a copy of the test database while `watch.everything` is on."""
    for (table,) in _asked(database, "SELECT relname FROM pg_class WHERE relforcerowsecurity AND relkind = 'r'"):
        databases.as_owner(
            sql.SQL(
                "CREATE POLICY watched ON {} FOR SELECT USING (current_setting('watch.everything', true) = 'on')"
            ).format(sql.Identifier(table)),
            database,
        )


def leave_room(database: str) -> None:
    """Let the keys of rows to come be larger than all that are there, and than any other number."""
    for (name,) in _asked(database, "SELECT relname FROM pg_class WHERE relkind = 'S'"):
        databases.as_owner(sql.SQL("ALTER SEQUENCE {} RESTART WITH 1000000000").format(sql.Identifier(name)), database)


def _asked(database: str, statement: str) -> list[Any]:
    from tickets.volume.database import owner

    link = owner(database)
    try:
        with link.cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall())
    finally:
        link.close()


@dataclass(frozen=True)
class Change:
    """What came, went and became different, row by row, with what differs by itself from one time to the next left out."""

    came: tuple[str, ...]
    went: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.came or self.went)


Rows = dict[str, set[str]]


def rows() -> Rows:
    """Every row of every table that the application may read, as JSON."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL watch.everything = 'on'")
        cursor.execute(_everything())
        found: Rows = {}
        for table, row in cursor.fetchall():
            found.setdefault(table, set()).add(row)
        cursor.execute("SET LOCAL watch.everything = 'off'")
    return found


_statement: dict[str, str] = {}


def _everything() -> str:
    if "made" not in _statement:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = 'public'"
                " AND relkind = 'r' AND has_table_privilege(pg_class.oid, 'SELECT') ORDER BY relname"
            )
            tables = [name for (name,) in cursor.fetchall() if name not in PASSING]
        _statement["made"] = " UNION ALL ".join(
            f"SELECT '{t}', (to_jsonb(x) - 'last_login')::text FROM \"{t}\" x" for t in tables
        )
    return _statement["made"]


def difference(before: Rows, after: Rows) -> Change:
    """What changed between the two."""
    came, went = [], []
    for table in before.keys() | after.keys():
        one, other = before.get(table, set()), after.get(table, set())
        came += [f"{table} {row}" for row in other - one]
        went += [f"{table} {row}" for row in one - other]
    return Change(tuple(sorted(came)), tuple(sorted(went)))


@contextmanager
def taken_back() -> Iterator[None]:
    """What is done inside is undone."""
    with transaction.atomic():
        try:
            yield
        finally:
            transaction.set_rollback(True)


def likeness(change: Change) -> list[str]:
    """A change without what chance and the hour give: new keys, random words, instants near now; sorted."""
    return sorted(plain(line) for line in change.came) + sorted(change.went)


# New keys are all larger than what was there (`leave_room`).
_CHANCE = re.compile(
    r"(?<!\d)1\d{9}(?!\d)|[0-9a-f]{8}-[0-9a-f-]{27}|(?<![0-9A-Za-z])[0-9a-f]{12,}|(?<=:)[0-9a-f]{8}\b"
    r"|scrypt[$\w+/=]+|[\w-]{40,}"
)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[+-]\d\d:?\d\d|Z)?")


def plain(text: str) -> str:
    """A text without keys of new rows and other random words, and with instants to the half hour."""
    return _CHANCE.sub("new", _INSTANT.sub(_near, text))


def _near(found: re.Match[str]) -> str:
    try:
        at = datetime.fromisoformat(found[0])
    except ValueError:
        return found[0]
    if abs(at - datetime.now(at.tzinfo)) < NEAR:
        return "now"
    return (at + timedelta(minutes=5)).replace(minute=0 if at.minute < 30 else 30, second=0, microsecond=0).isoformat()
