"""The database's two roles: an owner who migrates, and the application, whom row-level security binds.

The application's rights on tables are granted after each migration, table by table (kernel.tenancy.grants).
"""

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
