"""The scratch database: made by its owner, laid bare for loading, and dressed again with indexes, references and walls."""

import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import environ
import psycopg2
from django.core.management import call_command
from django.db import connection
from psycopg2 import sql

Told = Callable[[int, int], None]  # how many of how many are done
# One connection each; PostgreSQL lets helpers of its own join in.
_AT_ONCE = 2
_FOR_LOADING = "-c synchronous_commit=off -c maintenance_work_mem=384MB -c work_mem=64MB -c jit=off"


class Taken(Exception):
    """There is such a database already, and nobody said that it may go."""


def is_there(name: str) -> bool:
    """Whether the server has a database of that name."""
    with _cursor(_owner()["NAME"]) as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        return cursor.fetchone() is not None


def make(name: str, *, replace: bool = False) -> None:
    """A new database with all tables. Raises Taken if it is there, unless it may be replaced; never the application's own."""
    server = _owner()
    taken = is_there(name)
    if taken and (not replace or name == server["NAME"]):
        raise Taken(name)
    with _cursor(server["NAME"]) as cursor:
        if taken:
            cursor.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
        cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    migrate(name)


def migrate(name: str) -> None:
    """Bring the tables of a database up to date."""
    with connected(name, _owner()):
        call_command("migrate", verbosity=0, interactive=False)


@contextmanager
def as_app(name: str) -> Iterator[None]:
    """Django's connection is the application's own role's in the database, as in life."""
    with connected(name, dict(environ.Env.db_url_config(os.environ["DATABASE_URL"]))):
        yield


def owner(name: str) -> Any:
    """A psycopg2 connection to the database as its owner, for loading."""
    given = _owner()
    return psycopg2.connect(
        dbname=name, user=given["USER"], password=given["PASSWORD"], host=given["HOST"], port=given["PORT"] or None,
        options=_FOR_LOADING,
    )  # fmt: skip


@contextmanager
def bare(name: str, tables: Sequence[str], *, indexed: Told, referred: Told) -> Iterator[None]:
    """Inside, the owner loads into `tables` without indexes, references, triggers and walls; afterwards they are made anew, which
    also proves the rows, and everything is counted for the planner.
    """
    with _cursor(name) as cursor:
        clothes = _clothes(cursor, tables)
        walled = _column(cursor, "SELECT relname FROM pg_class WHERE relforcerowsecurity AND relkind = 'r'")
        for table in walled:
            cursor.execute(f'ALTER TABLE "{table}" NO FORCE ROW LEVEL SECURITY')
        for table in tables:
            cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
        for piece in clothes:
            cursor.execute(piece.drop)
    try:
        yield
        _put_on(name, [piece for piece in clothes if piece.kind != "reference"], indexed)
        with _cursor(name) as cursor:
            references = [piece for piece in clothes if piece.kind == "reference"]
            for done, piece in enumerate(references, 1):
                cursor.execute(piece.make)
                referred(done, len(references))
            for table in tables:  # while the owner sees the rows: new keys begin after them
                cursor.execute(
                    f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), greatest(1, (SELECT max(id) FROM \"{table}\")))"  # nosec B608
                )
    finally:
        with _cursor(name) as cursor:
            for table in tables:
                cursor.execute(f'ALTER TABLE "{table}" ENABLE TRIGGER USER')
            for table in walled:
                cursor.execute(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY')


@contextmanager
def without_index(name: str, index: str) -> Iterator[None]:
    """Inside, an index is gone; afterwards it is made anew, which is quicker than keeping it true row by row."""
    with _cursor(name) as cursor:
        cursor.execute("SELECT pg_get_indexdef(%s::regclass)", [index])
        (made,) = cursor.fetchone()
        cursor.execute(f'DROP INDEX "{index}"')
    yield
    with _cursor(name) as cursor:
        cursor.execute("SET maintenance_work_mem = '512MB'")
        cursor.execute(made)


def count(name: str) -> None:
    """Tell the planner what is there."""
    with _cursor(name) as cursor:
        cursor.execute("VACUUM (ANALYZE, PARALLEL 2)")


@dataclass(frozen=True, slots=True)
class _Piece:
    """An index or constraint: of which table, how it goes and comes."""

    table: str
    kind: str
    drop: str
    make: str


_CONSTRAINTS = """
SELECT conrelid::regclass::text, conname, contype::text, pg_get_constraintdef(oid) FROM pg_constraint
WHERE contype IN ('f', 'p', 'u') AND (conrelid = ANY (%(t)s::regclass[]) OR confrelid = ANY (%(t)s::regclass[]))
ORDER BY contype, conname
"""
_INDEXES = """
SELECT indrelid::regclass::text, indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index i
WHERE indrelid = ANY (%(t)s::regclass[])
AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x'))
ORDER BY 2
"""


def _clothes(cursor: Any, tables: Sequence[str]) -> list[_Piece]:
    """References first, for they stand on the others."""
    cursor.execute(_CONSTRAINTS, {"t": list(tables)})
    pieces = [
        _Piece(table, "reference" if kind == "f" else "key", f'ALTER TABLE {table} DROP CONSTRAINT "{name}"',
               f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
        for table, name, kind, definition in cursor.fetchall()
    ]  # fmt: skip
    cursor.execute(_INDEXES, {"t": list(tables)})
    pieces += [_Piece(table, "index", f"DROP INDEX {name}", make) for table, name, make in cursor.fetchall()]
    return pieces


def _put_on(name: str, pieces: Sequence[_Piece], told: Told) -> None:
    by_table = defaultdict(list)
    for piece in pieces:
        by_table[piece.table].append(piece)
    done = 0
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for made in as_completed([pool.submit(_make, name, table) for table in by_table.values()]):
            done += made.result()
            told(done, len(pieces))


def _make(name: str, pieces: Sequence[_Piece]) -> int:
    with _cursor(name) as cursor:
        for piece in pieces:
            cursor.execute(piece.make)
    return len(pieces)


def _column(cursor: Any, statement: str) -> list[str]:
    cursor.execute(statement)
    return [value for (value,) in cursor.fetchall()]


def _owner() -> dict[str, Any]:
    return dict(environ.Env.db_url_config(os.environ["DATABASE_OWNER_URL"]))


@contextmanager
def _cursor(name: str) -> Iterator[Any]:
    link = owner(name)
    link.autocommit = True
    try:
        with link.cursor() as cursor:
            yield cursor
    finally:
        link.close()


@contextmanager
def connected(name: str, role: dict[str, Any]) -> Iterator[None]:
    """Django's connection is `role`'s (its parameters) to the database `name`."""
    before = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict.update({key: role[key] for key in ("USER", "PASSWORD", "HOST", "PORT")}, NAME=name)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.clear()
        connection.settings_dict.update(before)
