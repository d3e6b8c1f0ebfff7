"""Runs the application's processes under one log: restarts those that die, stops all when asked."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO

from . import console
from .place import ROOT, Refusal
from .processes import die_with_parent, wait_until
from .servers import Servers

_PATIENCE = 12  # seconds that a process gets to end by itself
_LONGEST_PAUSE = 30  # seconds between two starts of a process that keeps dying
_HEALTHY_AFTER = 60  # seconds after which a process counts as well again
_SERVERS_EVERY = 2  # seconds between two looks at the servers


@dataclass
class Service:
    """One process: its name in the log, its command, and how often it died lately."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    deaths: int = 0
    began: float = 0.0
    due: float = 0.0
    reader: threading.Thread | None = field(default=None, repr=False)

    def pause(self) -> int:
        """Seconds before the next start: 1, 2, 4, … 30."""
        return int(min(2 ** max(self.deaths - 1, 0), _LONGEST_PAUSE))


class Supervisor:
    """Keeps `services` running until `stop` is asked for."""

    def __init__(self, services: list[Service], environment: Mapping[str, str], servers: Servers) -> None:
        self.services = services
        self.environment = dict(environment)
        self.servers = servers
        self.asked_to_stop = False
        self._servers_looked_at = time.monotonic()
        self._servers_failed = 0

    def start(self) -> None:
        """Start all of them."""
        for service in self.services:
            self._start(service)

    def watch(self) -> None:
        """Stay until asked to stop. Raises Refusal when a server can't be brought back."""
        while not self.asked_to_stop:
            self.look()
            time.sleep(0.2)

    def look(self) -> None:
        """One round: restart what died."""
        now = time.monotonic()
        for service in self.services:
            if service.process is not None and service.process.poll() is not None:
                self._bury(service, now)
            if service.process is None and now >= service.due:
                self._start(service)
        if now - self._servers_looked_at >= _SERVERS_EVERY:
            self._look_at_servers()
            self._servers_looked_at = time.monotonic()

    def stop(self) -> None:
        """Ask all to end, and end those that don't."""
        running = [service for service in self.services if service.process is not None]
        for service in running:
            _signal(service, signal.SIGTERM)
        wait_until(lambda: all(s.process is None or s.process.poll() is not None for s in running), _PATIENCE)
        for service in running:
            _signal(service, signal.SIGKILL)  # also what a process left behind in its group
            if service.process is not None:
                service.process.wait()
            if service.reader is not None:
                service.reader.join(2)

    def _start(self, service: Service) -> None:
        service.process = subprocess.Popen(
            service.command, env=self.environment, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, start_new_session=True, preexec_fn=die_with_parent,
        )  # fmt: skip
        service.began = time.monotonic()
        service.reader = threading.Thread(target=_relay, args=(service.name, service.process.stdout), daemon=True)
        service.reader.start()

    def _bury(self, service: Service, now: float) -> None:
        status = service.process.returncode if service.process else 0
        _signal(service, signal.SIGKILL)  # its children, if it had any
        service.deaths = 1 if now - service.began > _HEALTHY_AFTER else service.deaths + 1
        service.due = now + service.pause()
        console.log(service.name, f"ended {_how(status)}; it starts again in {service.pause()} s")
        service.process = None

    def _look_at_servers(self) -> None:
        missing = self.servers.missing()
        if not missing:
            return
        self._servers_failed += 1
        if self._servers_failed > 5:
            raise Refusal(f"{' and '.join(missing)} ended again and again: see {self.servers.place.log}.")
        for name in missing:
            console.log(name, "is gone; it starts again")
        self.servers.ensure()
        for name in missing:
            console.log(name, "is back")


def _relay(name: str, stream: IO[bytes]) -> None:
    with stream:
        for line in stream:
            if text := line.decode("utf-8", "replace").rstrip():
                console.log(name, text)


def _signal(service: Service, number: signal.Signals) -> None:
    if service.process is None:
        return
    try:
        if number == signal.SIGKILL:
            os.killpg(service.process.pid, number)
        else:
            service.process.send_signal(number)
    except (ProcessLookupError, PermissionError):
        pass


def _how(status: int) -> str:
    if status < 0:
        return f"by {signal.Signals(-status).name}"
    return f"with status {status}"
