"""The application as bin/up runs it, against a database to measure with: two web workers, a worker, beat, a mail sink."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from socket import socket

_PYTHON = sys.executable
_CELERY = [_PYTHON, "-m", "celery", "--app", "supportdesk", "--quiet"]
_SINK = [_PYTHON, str(Path(__file__).parent.parent / "bin" / "_main.py"), "_sink"]


class Site:
    """A running installation: its port, and the web server's processes."""

    def __init__(self, port: int, web: int) -> None:
        self.port, self._web = port, web

    def connect(self) -> HTTPConnection:
        """A connection of one's own, kept open from one request to the next."""
        return HTTPConnection("127.0.0.1", self.port, timeout=60)

    def memory(self) -> float:
        """MiB that the web workers hold, what they share counted by its share (PSS)."""
        return sum(_pss(pid) for pid in self._workers()) / 1024

    def resident(self) -> float:
        """MiB that the web workers hold, what they share counted in each (RSS)."""
        return sum(_status(pid, "VmRSS") for pid in self._workers()) / 1024

    def peak(self) -> float:
        """The most that each of them held since `forget_peak`, in MiB, added up (VmHWM)."""
        return sum(_status(pid, "VmHWM") for pid in self._workers()) / 1024

    def forget_peak(self) -> None:
        """Let peaks begin anew."""
        for pid in self._workers():
            Path(f"/proc/{pid}/clear_refs").write_text("5")

    def _workers(self) -> list[int]:
        return [int(pid) for pid in Path(f"/proc/{self._web}/task/{self._web}/children").read_text().split()]


@contextmanager
def running(database: str) -> Iterator[Site]:
    """The installation while the block lasts, ready to answer; everything is stopped at its end."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="desk-")))
        port, mail = _free_port(), _free_port()
        variables = _variables(database, folder, port, mail)
        subprocess.run(
            [_PYTHON, "manage.py", "collectstatic", "-v0", "--noinput", "-i", "src/*"], env=variables, check=True
        )
        web = _started(stack, variables, [
            _PYTHON, "-m", "gunicorn", "supportdesk.wsgi:application", "--config", "python:supportdesk.gunicorn", "--bind",
            f"127.0.0.1:{port}", "--keep-alive", "30", "--log-level", "warning", "--access-logfile", "/dev/null",
        ])  # fmt: skip
        _started(stack, variables, [*_SINK, str(folder / "mail"), str(mail)], silent=True)
        _started(stack, variables, [
            *_CELERY, "worker", "--concurrency", "2", "--loglevel", "ERROR", "--without-gossip", "--without-mingle",
        ], silent=True)  # fmt: skip
        _started(
            stack,
            variables,
            [*_CELERY, "beat", "--loglevel", "ERROR", "--pidfile=", "--schedule", str(folder / "beat")],
        )
        _wait_for(port)
        yield Site(port, web.pid)


def address(variable: str, database: str) -> str:
    """The address in an environment variable, with another database's name."""
    return f"{os.environ[variable].rpartition('/')[0]}/{database}"


def _variables(database: str, folder: Path, port: int, mail: int) -> Mapping[str, str]:
    (folder / "mail").mkdir()
    return os.environ | {
        "DATABASE_URL": address("DATABASE_URL", database),
        "DEBUG": "false",
        "ALLOWED_HOSTS": "127.0.0.1",
        "BASE_URL": f"http://127.0.0.1:{port}",
        "SECURE_SSL_REDIRECT": "false",  # measured without the proxy that brings TLS
        "STATIC_ROOT": str(folder / "static"),
        "MEDIA_ROOT": str(folder / "media"),
        "MAIL_SINK_DIR": str(folder / "mail"),
        "EMAIL_URL": f"smtp://127.0.0.1:{mail}",
        "LOG_LEVEL": "WARNING",
        # A measurement reads and files more than any person may.
        "API_REQUESTS_PER_MINUTE": "1000000",
        "TICKETS_PER_HOUR": "1000000",
        "LISTED_PER_HOUR": "1000000",
    }


def _started(
    stack: ExitStack, variables: Mapping[str, str], command: list[str], *, silent: bool = False
) -> subprocess.Popen[bytes]:
    output = subprocess.DEVNULL if silent else None
    process = subprocess.Popen(command, env=dict(variables), start_new_session=True, stdout=output)
    stack.callback(_end, process)
    return process


def _end(process: subprocess.Popen[bytes]) -> None:
    for how in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, how)
            process.wait(10)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue


def _free_port() -> int:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    for _ in range(600):
        try:
            link = HTTPConnection("127.0.0.1", port, timeout=5)
            link.request("GET", "/healthz/")
            if link.getresponse().status == 200:
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise SystemExit("the web server does not answer")


def _status(pid: int, name: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(f"{name}:")).split()[1])


def _pss(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
