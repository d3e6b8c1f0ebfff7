"""bin/up as a whole: it starts, survives kill -9, and stops. Takes long, because it loads the demo data."""

import json
import os
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from _launch.place import Place
from _launch.processes import free_port, pids_working_in, wait_until

BIN = Path(__file__).parents[2] / "bin"
pytestmark = [pytest.mark.deep, pytest.mark.live]


@pytest.fixture
def running(place: Place) -> Iterator[Place]:
    yield place
    subprocess.run([BIN / "down"], env=_environment(place), check=False)


def _environment(place: Place) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**kept, "SUPPORTDESK_DATA": str(place.data)}


def _up(place: Place, port: int) -> subprocess.CompletedProcess[str]:
    command = [str(BIN / "up"), "--detach", "--no-demo", "--port", str(port)]
    return subprocess.run(command, env=_environment(place), capture_output=True, text=True, timeout=300)


def _state(place: Place) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((place.run / "up.json").read_text())
    return found


def _healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz/", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def test_it_starts_answers_and_stops(running: Place) -> None:
    port = free_port()
    started = _up(running, port)
    assert started.returncode == 0, started.stdout + started.stderr
    assert f"http://127.0.0.1:{port}/" in started.stdout
    assert _healthy(port)
    again = _up(running, free_port())
    assert again.returncode == 1
    assert "bin/down" in again.stderr
    stopped = subprocess.run([BIN / "down"], env=_environment(running), capture_output=True, text=True)
    assert stopped.returncode == 0
    assert not _healthy(port)
    assert not pids_working_in(running.data / "valkey")


def test_a_killed_database_comes_back_while_it_runs_and_after_all_was_killed(running: Place) -> None:
    port = free_port()
    assert _up(running, port).returncode == 0
    leader = int((running.data / "postgres" / "postmaster.pid").read_text().split()[0])
    os.kill(leader, signal.SIGKILL)
    assert wait_until(lambda: "postgres │ is back" in (running.log / "up.log").read_text(), 30, 0.2)
    leader = int((running.data / "postgres" / "postmaster.pid").read_text().split()[0])
    for pid in (_state(running)["pid"], leader):
        os.kill(pid, signal.SIGKILL)
    assert wait_until(lambda: not _healthy(port), 30, 0.2)
    assert wait_until(lambda: not pids_working_in(running.data / "postgres"), 30, 0.2)
    assert _up(running, port).returncode == 0
    assert _healthy(port)
