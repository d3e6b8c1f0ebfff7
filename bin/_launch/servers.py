"""Keeps the embedded servers up while any command needs them: the last one out switches them off."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from dataclasses import dataclass

from . import roles
from .place import Place, explained, locked, secret
from .postgres import Postgres
from .valkey import Valkey


@dataclass(frozen=True)
class Servers:
    """The embedded servers of one place, as the settings ask for them: each may be replaced by a real one."""

    place: Place
    hasty: bool = False
    with_postgres: bool = True
    with_valkey: bool = True

    @property
    def postgres(self) -> Postgres:
        return Postgres(self.place, self.hasty)

    @property
    def valkey(self) -> Valkey:
        return Valkey(self.place)

    def ensure(self) -> None:
        """Start what doesn't answer; make roles and database. Safe at any time, from any number of processes."""
        self.place.prepare()
        with locked(self.place.run / "servers.lock"):
            self._start()

    def missing(self) -> list[str]:
        """Those of our servers at whose socket nobody listens any more; one that is only busy is not missing."""
        names = []
        if self.with_postgres and self.postgres.state() == "absent":
            names.append("postgres")
        if self.with_valkey and not self.valkey.answers() and not self.valkey.runs():
            names.append("redis")
        return names

    @contextlib.contextmanager
    def up(self) -> Iterator[None]:
        """Servers are up inside; afterwards they are stopped, unless somebody else still uses them."""
        self.place.prepare()
        turn = self.place.run / "servers.lock"
        lease_path = self.place.run / "servers.used"
        with explained(lease_path):
            lease = lease_path.open("a+")
        with lease:
            with locked(turn):
                fcntl.flock(lease, fcntl.LOCK_SH)
                self._start()
            try:
                yield
            finally:
                with locked(turn):
                    self._stop_if_last(lease.fileno())

    def _stop_if_last(self, lease: int) -> None:
        try:
            fcntl.flock(lease, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        self.stop()

    def stop(self) -> None:
        """Stop both, PostgreSQL last."""
        if self.with_valkey:
            self.valkey.stop()
        if self.with_postgres:
            self.postgres.stop()

    def _start(self) -> None:
        if self.with_valkey:
            self.valkey.start()
        if self.with_postgres:
            self.postgres.start()
            self._make_roles_once()

    def _make_roles_once(self) -> None:
        done = self.postgres.data / "supportdesk.roles"  # lies in the cluster: a new cluster begins without it
        if done.exists():
            return
        with contextlib.closing(self.postgres.connect()) as connection:
            roles.make_roles(
                connection,
                owner_password=secret(self.place, "owner_password"),
                app_password=secret(self.place, "app_password"),
            )
            roles.make_database(connection)
        done.write_text("")
