"""What the application finds in its environment: from the caller's, then `.env`, then the embedded servers."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from . import external, roles
from .place import ROOT, Place, Refusal, secret
from .servers import Servers


def read_env_file(path: Path) -> dict[str, str]:
    """NAME=value lines; `export`, comments and quotes allowed. Raises Refusal naming the line that is neither."""
    if not path.exists():
        return {}
    values: dict[str, str] = {}
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        line = raw.strip().removeprefix("export ")
        if not line or line.startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if not equals or not name.strip().isidentifier():
            raise Refusal(f"{path.name}, line {number}: write NAME=value.")
        values[name.strip()] = _unquoted(value.strip())
    return values


def _unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "'\"":
        return value[1:-1]
    return "" if value.startswith("#") else value.split(" #", maxsplit=1)[0].rstrip()


_OURS = {
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
    "REDIS_URL",
    "CELERY_BROKER_URL",
    "EMAIL_URL",
    "DEBUG",
    "SECRET_KEY",
    "MEDIA_ROOT",
}


@dataclass(frozen=True)
class Settings:
    """The environment of the application's processes in one place."""

    place: Place
    given: dict[str, str]
    hasty: bool = False

    @classmethod
    def read(cls, place: Place, *, hasty: bool = False) -> Settings:
        """The caller's environment over `.env`; empty values count as not given.

        Raises Refusal for a server that doesn't answer.
        """
        merged = {**read_env_file(ROOT / ".env"), **os.environ}
        given = {name: value for name, value in merged.items() if value}
        if "REDIS_URL" in given:
            external.require_redis(given["REDIS_URL"])
        if "DATABASE_URL" in given:
            external.resolve(given["DATABASE_URL"], given.get("DATABASE_OWNER_URL"), place)
        return cls(place, given, hasty)

    @classmethod
    def embedded(cls, place: Place, *, hasty: bool = False) -> Settings:
        """For tests and benchmarks: never the user's servers, nor his `.env`."""
        given = {name: value for name, value in os.environ.items() if name not in _OURS}
        return cls(place, given, hasty)

    @property
    def servers(self) -> Servers:
        return Servers(self.place, self.hasty, "DATABASE_URL" not in self.given, "REDIS_URL" not in self.given)

    def environment(self, **more: str) -> dict[str, str]:
        """All variables for a process of the application, which connects as the app's role."""
        servers = self.servers
        if servers.with_postgres:
            urls = external.Urls(
                self._embedded_url(roles.APP, "app_password"), self._embedded_url(roles.OWNER, "owner_password")
            )
        else:
            urls = external.resolve(self.given["DATABASE_URL"], self.given.get("DATABASE_OWNER_URL"), self.place)
        chosen = {"DATABASE_URL": urls.app, "DATABASE_OWNER_URL": urls.owner}
        if servers.with_valkey:
            chosen["REDIS_URL"] = servers.valkey.url
        defaults = {
            "DEBUG": "true",
            "MEDIA_ROOT": str(self.place.media),
            "MAIL_SINK_DIR": str(self.place.mail),
            "EMAIL_URL": "smtp://127.0.0.1:1025",
            "DJANGO_SETTINGS_MODULE": "supportdesk.settings",
            "DATABASE_APP_ROLE": unquote(urlsplit(urls.app).username or roles.APP),
            "PYTHONUNBUFFERED": "1",
        }
        if os.getuid() == 0:  # in a container that is how it is; Celery's advice would fill the log
            defaults["PYTHONWARNINGS"] = "ignore:You're running the worker with superuser privileges"
        if "SECRET_KEY" not in self.given:
            defaults["SECRET_KEY"] = secret(self.place, "secret_key")
        return {**defaults, **self.given, **chosen, **more}

    def owner_environment(self, **more: str) -> dict[str, str]:
        """The same, but the application connects as the owner: for migrations."""
        environment = self.environment(**more)
        return {**environment, "DATABASE_URL": environment["DATABASE_OWNER_URL"]}

    def _embedded_url(self, role: str, password: str) -> str:
        sockets = self.servers.postgres.sockets
        return f"postgres://{role}:{secret(self.place, password)}@/{sockets}/{roles.DATABASE}"
