"""Test databases: a template, made and migrated once by the owner with the standing cast in it, and copies of it."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import environ
import psycopg2
from django.core.management import call_command
from psycopg2 import sql

from tickets.volume.database import connected as connected  # noqa: PLC0414  # tests find it here
from tickets.volume.database import is_there

_ROOT = Path(__file__).parent.parent
_TEMPLATE, _KEPT = "test_template_", 3
# Tables and the cast's rows. What the tickets' own services do is not among them.
_SOURCES = (
    "kernel/**/*.py", "vendors/**/*.py", "vendors/**/*.toml", "sla/**/*.py", "contracts/**/*.py", "tickets/models/*.py",
    "*/migrations/*.py", "*/*/migrations/*.py", "supportdesk/*.py", "tests/world.py", "tests/databases.py", "requirements.txt",
)  # fmt: skip


def owner() -> dict[str, Any]:
    """Connection parameters of the database's owner, who may create databases."""
    return dict(environ.Env.db_url_config(os.environ["DATABASE_OWNER_URL"]))


def app() -> dict[str, Any]:
    """Connection parameters of the application's own role."""
    return dict(environ.Env.db_url_config(os.environ["DATABASE_URL"]))


def as_owner(statement: sql.Composable, database: str | None = None) -> None:
    """Run one statement as the owner, outside a transaction."""
    _asked(statement, database)


def _asked(statement: sql.Composable, database: str | None = None) -> list[Any]:
    params = owner()
    link = psycopg2.connect(
        dbname=database or params["NAME"],
        user=params["USER"],
        password=params["PASSWORD"],
        host=params["HOST"],
        port=params["PORT"] or None,
    )
    link.autocommit = True
    try:
        with link.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        link.close()


def copy(template: str, name: str) -> None:
    """A database `name` as a copy of `template`; one that is there already is replaced."""
    drop(name)
    with _one_at_a_time(template):  # PostgreSQL copies a template for one at a time
        as_owner(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))


def drop(name: str) -> None:
    """Remove a database, with whoever is still connected to it; the server's own vacuuming there is waited for."""
    for patience in range(20, -1, -1):
        try:
            as_owner(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
            return
        except psycopg2.errors.InsufficientPrivilege:
            if not patience:
                raise
            time.sleep(0.25)


def lay_bare(name: str) -> None:
    """Take the database's own wall down: no table has row-level security any more."""
    as_owner(
        sql.SQL(
            "DO $$ DECLARE walled record; BEGIN FOR walled IN SELECT oid::regclass AS name FROM pg_class WHERE relrowsecurity"
            " LOOP EXECUTE format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', walled.name); END LOOP; END $$"
        ),
        name,
    )


def make_template() -> str:
    """The template with the cast, made by the first who asks: a later run of the same day finds it again, unless something of
    which it is made has changed. Answers its name.
    """
    name = f"{_TEMPLATE}{_made_of()}"
    with _one_at_a_time(name):
        if not is_there(name):
            making = f"{name}_making"
            drop(making)
            as_owner(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(making)))
            _fill(making)
            # Under its own name it is whole, whatever happened to a run before.
            as_owner(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(making), sql.Identifier(name)))
            _forget_old()
    return name


def _made_of() -> str:
    """A digest of the day and of everything that decides what is in the template."""
    found = {path for pattern in _SOURCES for path in _ROOT.glob(pattern) if path.is_file()}
    digest = sha256(datetime.now(UTC).date().isoformat().encode())
    for path in sorted(found):
        digest.update(str(path.relative_to(_ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def _forget_old() -> None:
    """Drop all templates but the newest."""
    named = sql.Literal(f"^{_TEMPLATE}[0-9a-f]+$")
    rows = _asked(sql.SQL("SELECT datname FROM pg_database WHERE datname ~ {} ORDER BY oid DESC").format(named))
    for (name,) in rows[_KEPT:]:
        drop(name)


def _fill(name: str) -> None:
    from tests.world import make_world

    with connected(name, owner()):
        call_command("migrate", verbosity=0, interactive=False)
    with connected(name, app()):
        make_world()


@contextmanager
def _one_at_a_time(name: str) -> Iterator[None]:
    with (Path(gettempdir()) / f"{name}.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
