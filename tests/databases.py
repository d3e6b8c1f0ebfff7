"""Test databases: a template, made and migrated once by the owner with the standing cast in it, and copies of it."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import environ
import psycopg2
from django.core.management import call_command
from psycopg2 import sql

from tickets.volume.database import connected as connected  # noqa: PLC0414  # tests find it here


def owner() -> dict[str, Any]:
    """Connection parameters of the database's owner, who may create databases."""
    return dict(environ.Env.db_url_config(os.environ["DATABASE_OWNER_URL"]))


def app() -> dict[str, Any]:
    """Connection parameters of the application's own role."""
    return dict(environ.Env.db_url_config(os.environ["DATABASE_URL"]))


def as_owner(statement: sql.Composable, database: str | None = None) -> None:
    """Run one statement as the owner, outside a transaction."""
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


def make_template(run: str) -> str:
    """The template of this test run (all its parallel workers share it), made by the first who asks; answers its name."""
    name = f"test_template_{run}"
    with _one_at_a_time(name):
        done = Path(gettempdir()) / f"{name}.done"
        if not done.exists():
            drop(name)
            as_owner(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            _fill(name)
            done.touch()
    return name


def forget_template(run: str) -> None:
    """Remove the template and its mark at the end of a run."""
    drop(f"test_template_{run}")
    (Path(gettempdir()) / f"test_template_{run}.done").unlink(missing_ok=True)


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
