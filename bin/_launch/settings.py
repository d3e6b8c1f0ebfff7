"""What the application finds in its environment: from the caller's, then `.env`, then the embedded servers."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from . import roles
from .place import ROOT, Place, Refusal, secret
from .servers import Servers


def read_env_file(path: Path) -> dict[str, str]:
    """NAME=value lines; `export`, comments and quotes allowed. Raises Refusal naming the line that is neither."""
    if not path.exists():
        return {}
    values: dict[str, str] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        line = line.strip().removeprefix("export ")
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
    return value.split(" #")[0].rstrip()


@dataclass(frozen=True)
class Settings:
    """The environment of the application's processes in one place."""

    place: Place
    given: dict[str, str]
    hasty: bool = False

    @classmethod
    def read(cls, place: Place, *, hasty: bool = False) -> Settings:
        """The caller's environment over `.env`; empty values count as not given."""
        merged = {**read_env_file(ROOT / ".env"), **os.environ}
        return cls(place, {name: value for name, value in merged.items() if value}, hasty)

    @property
    def servers(self) -> Servers:
        return Servers(self.place, self.hasty, "DATABASE_URL" not in self.given, "REDIS_URL" not in self.given)

    def environment(self, **more: str) -> dict[str, str]:
        """All variables for a process of the application, which connects as the app's role."""
        servers = self.servers
        embedded: dict[str, str] = {}
        if servers.with_postgres:
            embedded["DATABASE_URL"] = self._embedded_url(roles.APP, "app_password")
            embedded["DATABASE_OWNER_URL"] = self._embedded_url(roles.OWNER, "owner_password")
        if servers.with_valkey:
            embedded["REDIS_URL"] = servers.valkey.url
        defaults = {
            "DEBUG": "true",
            "MEDIA_ROOT": str(self.place.media),
            "MAIL_SINK_DIR": str(self.place.mail),
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": "1025",
            "DJANGO_SETTINGS_MODULE": "supportdesk.settings",
            "PYTHONUNBUFFERED": "1",
        }
        if "SECRET_KEY" not in self.given:
            defaults["SECRET_KEY"] = secret(self.place, "secret_key")
        return {**defaults, **self.given, **embedded, **more}

    def owner_environment(self, **more: str) -> dict[str, str]:
        """The same, but the application connects as the owner: for migrations."""
        environment = self.environment(**more)
        return {**environment, "DATABASE_URL": environment.get("DATABASE_OWNER_URL", environment["DATABASE_URL"])}

    def _embedded_url(self, role: str, password: str) -> str:
        sockets = self.servers.postgres.sockets
        return f"postgres://{role}:{secret(self.place, password)}@/{sockets}/{roles.DATABASE}"
