"""A database of the user's own in place of the embedded one: which role is which, and what is missing."""

from __future__ import annotations

import contextlib
import functools
import socket
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from . import console, roles
from .place import Place, Refusal, secret


@dataclass(frozen=True)
class Urls:
    """The application's address of the database and the owner's."""

    app: str
    owner: str


@functools.cache
def resolve(url: str, owner_url: str | None, place: Place) -> Urls:
    """The two addresses from DATABASE_URL and DATABASE_OWNER_URL.

    With DATABASE_URL alone its role must be able to own tables and to create the application's role, which then gets a
    generated password that is kept in the place. Raises Refusal with the way out.
    """
    if owner_url:
        return Urls(url, owner_url)
    with contextlib.closing(_connect(url, "DATABASE_URL")) as connection:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT current_user, rolsuper, rolcreaterole, pg_get_userbyid(datdba) = current_user "
                "FROM pg_roles, pg_database WHERE rolname = current_user AND datname = current_database()"
            )
            role, superuser, may_create, owns = cursor.fetchone()
        if not (superuser or owns):
            raise Refusal(
                f"DATABASE_URL names the role {role}, which doesn't own the database: "
                "name a role that does in DATABASE_OWNER_URL, for the migrations."
            )
        return Urls(_app_url(connection, url, place, may_create=superuser or may_create), url)


def _app_url(connection: Any, url: str, place: Place, *, may_create: bool) -> str:
    password = secret(place, "app_password")
    app_url = _with_login(urlsplit(url), roles.APP, password)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [roles.APP])
        exists = cursor.fetchone()
    if exists:
        with contextlib.suppress(Refusal):
            _connect(app_url, "DATABASE_URL").close()
            return app_url
        raise Refusal(
            f"The role {roles.APP} exists on that server with a password of its own: put it into DATABASE_URL, "
            "and the present value into DATABASE_OWNER_URL."
        )
    if not may_create:
        raise Refusal(
            f"The role of DATABASE_URL may not create the application's role: create {roles.APP} (LOGIN, no more), "
            "put it into DATABASE_URL, and the present value into DATABASE_OWNER_URL."
        )
    roles.make_app_role(connection, password)
    console.say(
        f"Created the role {roles.APP} for the application; its password is kept in {place.data / 'secrets.json'}."
    )
    return app_url


def _connect(url: str, variable: str) -> Any:
    import psycopg2

    parts = urlsplit(url)
    try:
        connection = psycopg2.connect(
            host=_host(parts), port=parts.port or 5432, user=unquote(parts.username or "") or None,
            password=unquote(parts.password or "") or None, dbname=parts.path.rsplit("/", 1)[-1], connect_timeout=5,
            **cast("dict[str, Any]", dict(parse_qsl(parts.query))),
        )  # fmt: skip
    except (psycopg2.OperationalError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise Refusal(f"The database of {variable} can't be used: {reason}") from error
    connection.autocommit = True
    return connection


def _host(parts: SplitResult) -> str | None:
    """A name, or the folder of a Unix socket (`postgres://role:password@//folder/database`)."""
    if parts.hostname:
        return unquote(parts.hostname)
    folder = parts.path.rsplit("/", 1)[0]
    return f"/{folder.lstrip('/')}" if folder.strip("/") else None


def _with_login(parts: SplitResult, user: str, password: str) -> str:
    host = parts.netloc.rsplit("@", 1)[-1]
    rest = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return f"{parts.scheme}://{user}:{password}@{host}{rest}"


def require_redis(url: str) -> None:
    """Raise Refusal unless somebody listens at REDIS_URL."""
    parts = urlsplit(url)
    if parts.scheme not in ("redis", "rediss"):
        return
    try:
        socket.create_connection((parts.hostname or "localhost", parts.port or 6379), 5).close()
    except (OSError, ValueError) as error:
        raise Refusal(f"The server of REDIS_URL can't be used: {error}") from error
