"""Many rows in one statement: sent as one JSON document, which neither driver nor parser takes apart value by value."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

Columns = Mapping[str, str]  # column name to PostgreSQL type


def insert(table: str, columns: Columns, rows: Sequence[Sequence[Any]], tail: str = "") -> list[tuple[Any, ...]]:
    """Insert rows, in their order, values in the order of `columns`; `tail` is an ON CONFLICT or RETURNING clause, whose rows are
    answered. Names and types are our own constants.

    Values: what JSON knows, datetimes, mappings for jsonb; arrays of integers through `array`.
    """
    names = ", ".join(columns)
    return _run(f"INSERT INTO {table} ({names}) SELECT {names} FROM {source(columns)} ORDER BY row {tail}", rows)  # nosec B608


def update(table: str, columns: Columns, rows: Sequence[Sequence[Any]], vendor_id: int) -> None:
    """Update rows of a vendor by key: `columns` names `id` first, then what is set."""
    changes = ", ".join(f"{name} = given.{name}" for name in columns if name != "id")
    # The keys are named beside the document, so that a large table is looked up by them and never read through.
    keys = array([row[0] for row in rows])
    where = f"WHERE {table}.vendor_id = {int(vendor_id)} AND {table}.id = given.id AND {table}.id = ANY ('{keys}'::bigint[])"
    _run(f"UPDATE {table} SET {changes} FROM {source(columns)} {where}", rows)  # nosec B608


def source(columns: Columns) -> str:
    """SQL of the rows as a sub-select with `columns` and `row`, their place; the document is its only parameter."""
    picks = ", ".join(_pick(number, name, kind) for number, (name, kind) in enumerate(columns.items()))
    return f"(SELECT {picks}, row FROM jsonb_array_elements(%s::jsonb) WITH ORDINALITY AS e (v, row)) given"  # nosec B608


def _pick(number: int, name: str, kind: str) -> str:
    return f"v->{number} AS {name}" if kind == "jsonb" else f"(v->>{number})::{kind} AS {name}"


def _run(statement: str, rows: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [json.dumps(rows, default=_plain)])
        return cursor.fetchall() if cursor.description else []


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} can't be sent as a row's value")


def array(keys: Sequence[int]) -> str:
    """Integers as the text of a PostgreSQL array."""
    return "{" + ",".join(str(int(key)) for key in keys) + "}"
