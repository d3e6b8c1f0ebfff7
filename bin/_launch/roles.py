"""The database's two roles: an owner who migrates, and the application, whom row-level security binds."""

from __future__ import annotations

from typing import Any

OWNER = "supportdesk_owner"
APP = "supportdesk_app"
DATABASE = "supportdesk"

_OWNER_RIGHTS = "LOGIN CREATEDB NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOREPLICATION"
_APP_RIGHTS = "LOGIN NOCREATEDB NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOREPLICATION"


def make_roles(connection: Any, *, owner_password: str, app_password: str) -> None:
    """Create or correct both roles. `connection` is autocommit, by a superuser or a role with CREATEROLE."""
    make_role(connection, OWNER, _OWNER_RIGHTS, owner_password)
    make_app_role(connection, app_password)


def make_app_role(connection: Any, password: str) -> None:
    """Create or correct the application's role; never superuser, never BYPASSRLS."""
    make_role(connection, APP, _APP_RIGHTS, password)


def make_role(connection: Any, name: str, rights: str, password: str) -> None:
    """Create the role, or give an existing one these rights and this password."""
    from psycopg2 import sql

    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name])
        verb = "ALTER" if cursor.fetchone() else "CREATE"
        cursor.execute(
            sql.SQL("{} ROLE {} WITH {} PASSWORD {}").format(
                sql.SQL(verb), sql.Identifier(name), sql.SQL(rights), sql.Literal(password)
            )
        )


def make_database(connection: Any, name: str = DATABASE, owner: str = OWNER) -> bool:
    """Create the owner's database unless it exists; whether it is new."""
    from psycopg2 import sql

    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if cursor.fetchone():
            return False
        cursor.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), sql.Identifier(owner)))
        return True


def let_app_work(connection: Any, *, owner: str = OWNER, app: str = APP) -> None:
    """In the connection's database: what `owner` makes from now on, and what is there, `app` may read and write.

    Run as the owner (or a superuser). Tables that must be narrower (audit) take rights away in their migrations; so only
    tables without any grant yet are given one here.
    """
    from psycopg2 import sql

    names = {"owner": sql.Identifier(owner), "app": sql.Identifier(app)}
    with connection.cursor() as cursor:
        for statement in (
            "GRANT USAGE ON SCHEMA public TO {app}",
            "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app}",
            "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT USAGE, SELECT ON SEQUENCES TO {app}",
        ):
            cursor.execute(sql.SQL(statement).format(**names))
