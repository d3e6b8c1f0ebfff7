"""Where run-time data lies, what is kept secret there, and how a command refuses."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[2]
_SOCKET_PATH_LIMIT = 90  # a socket's whole path must stay below 104 bytes on macOS, 108 on Linux


class Refusal(Exception):
    """One line for the person at the keyboard: what is wrong and the way out. Ends the command with status 1."""


@dataclass(frozen=True)
class Place:
    """A folder of run-time data (`var/`, or what SUPPORTDESK_DATA names) and the folders inside it."""

    data: Path

    @property
    def run(self) -> Path:
        """Lock files and state of what runs now."""
        return self.data / "run"

    @property
    def log(self) -> Path:
        return self.data / "log"

    @property
    def mail(self) -> Path:
        return self.data / "mail"

    @property
    def media(self) -> Path:
        return self.data / "media"

    def socket_folder(self, name: str) -> Path:
        """A folder for the sockets of server `name`: inside the data, or in the temporary folder (a long path)."""
        inside = self.run / name
        if len(os.fsencode(inside)) <= _SOCKET_PATH_LIMIT - 20:
            return inside
        return Path(tempfile.gettempdir()) / f"supportdesk-{os.getuid()}-{self.key}-{name}"

    @property
    def key(self) -> str:
        """A short name for this place, the same in every run."""
        return hashlib.sha256(os.fsencode(self.data)).hexdigest()[:10]

    def part(self, name: str) -> Place:
        """A place of its own inside this one, with other servers and data: `test`, `bench`."""
        return Place(self.data / name)

    def prepare(self) -> None:
        """Make the folders. Raises Refusal where the data folder can't be written."""
        for folder in (self.data, self.run, self.log, self.mail, self.media):
            with explained(folder):
                folder.mkdir(parents=True, exist_ok=True)
        with explained(self.data), tempfile.TemporaryFile(dir=self.data) as probe:
            probe.write(b"x" * 4096)

    def require_space(self, megabytes: int) -> None:
        """Raise Refusal unless so much is free on the disk of the data folder."""
        require_space(self.data, megabytes)


def default_place() -> Place:
    """The place of bin/up: SUPPORTDESK_DATA or var/."""
    named = os.environ.get("SUPPORTDESK_DATA")
    return Place(Path(named).expanduser().resolve() if named else ROOT / "var")


def require_space(folder: Path, megabytes: int) -> None:
    """Raise Refusal unless `megabytes` are free on the disk of `folder` (or of its nearest parent that exists)."""
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free // 1_000_000
    if free < megabytes:
        raise Refusal(
            f"Only {free} MB are free on the disk of {folder}, {megabytes} MB are needed: make room there, "
            "or name another folder with SUPPORTDESK_DATA."
        )


@contextlib.contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn an error of the file system at `path` into one line with the way out."""
    try:
        yield
    except OSError as error:
        raise Refusal(explain(error, path)) from error


def explain(error: OSError, path: Path | None = None) -> str:
    """One line for an error of the file system."""
    where = path or error.filename or "a file"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk is full ({where}): make room there, or name another folder with SUPPORTDESK_DATA."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"{where} can't be written: give this user the right, or name another folder with SUPPORTDESK_DATA."
    return f"{where} can't be used ({error.strerror or error}): put that right and try again."


@contextlib.contextmanager
def locked(path: Path, *, shared: bool = False, wait: bool = True) -> Iterator[IO[str]]:
    """Hold a lock file. Raises BlockingIOError with wait=False when somebody else holds it."""
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+")
    with file:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB))
        yield file


def is_locked(path: Path) -> bool:
    """Whether another process holds the lock file."""
    try:
        with locked(path, wait=False):
            return False
    except BlockingIOError:
        return True


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    with explained(path):
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
        fresh.replace(path)


def secret(place: Place, name: str) -> str:
    """A random secret (64 hexadecimal digits), made once and kept in the place's secrets.json (mode 0600)."""
    path = place.data / "secrets.json"
    with locked(place.run / "secrets.lock"):
        known: dict[str, str] = {}
        if path.exists():
            try:
                known = json.loads(path.read_text())
            except ValueError as error:
                raise Refusal(
                    f"{path} is damaged: bring it back from a copy, or delete {place.data} to begin anew."
                ) from error
        if name not in known:
            known[name] = secrets.token_hex(32)
            write_private(path, json.dumps(known, indent=1))
        return known[name]
