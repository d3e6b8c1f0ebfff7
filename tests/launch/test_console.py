"""The common log, options, and the file of variables."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from _launch import console, up
from _launch.place import Place
from _launch.servers import Servers
from _launch.settings import Settings, read_env_file
from _launch.supervisor import Service, Supervisor


def test_the_names_of_services_are_aligned() -> None:
    lines = [console.prefixed(name, "hello", coloured=False) for name in ("postgres", "web", "worker")]
    assert [line.index("│") for line in lines] == [9, 9, 9]
    assert lines[1] == "web      │ hello"


def test_colour_changes_the_name_and_not_the_line() -> None:
    line = console.prefixed("web", "hello", coloured=True)
    assert line.startswith("\x1b[32mweb")
    assert line.endswith("\x1b[0m │ hello")


def test_a_step_that_fails_is_marked(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="no"), console.step("Doing it"):
        raise ValueError("no")
    assert capsys.readouterr().out.startswith("✗ Doing it (0.0 s)")


def test_the_options_have_their_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PORT", raising=False)
    options = up.parse([])
    assert (options.port, options.host, options.detach, options.no_demo) == (8000, "127.0.0.1", False, False)
    assert up.parse(["--detach", "--port", "8123"]).port == 8123


def test_a_file_of_variables_knows_comments_quotes_and_export(folder: Path) -> None:
    (folder / ".env").write_text("# one\nA=1 # two\nexport B='x # y'\nC=\"q\"\nD=\nE=   # nothing\nF=a=b\n")
    assert read_env_file(folder / ".env") == {"A": "1", "B": "x # y", "C": "q", "D": "", "E": "", "F": "a=b"}


def test_the_application_never_gets_the_owner_or_the_superuser(place: Place) -> None:
    settings = Settings.embedded(place)
    application, owner = settings.environment(), settings.owner_environment()
    assert application["DATABASE_URL"].startswith("postgres://supportdesk_app:")
    assert owner["DATABASE_URL"].startswith("postgres://supportdesk_owner:")
    assert "postgres://postgres" not in " ".join([*application.values(), *owner.values()])


def test_tests_and_benchmarks_keep_off_the_users_servers(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://a:b@production/x")
    monkeypatch.setenv("REDIS_URL", "redis://production/0")
    found = Settings.embedded(place).environment()
    assert "production" not in found["DATABASE_URL"] + found["DATABASE_OWNER_URL"] + found["REDIS_URL"]


def test_a_process_that_dies_is_reported_and_starts_again(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    nothing = Servers(place, with_postgres=False, with_valkey=False)
    service = Service("web", [sys.executable, "-c", "print('hello'); raise SystemExit(3)"])
    supervisor = Supervisor([service], {}, nothing)
    supervisor.start()
    _turn_until(supervisor, lambda: service.deaths == 1)
    assert service.pause() == 1
    _turn_until(supervisor, lambda: service.deaths == 2)
    assert service.pause() == 2
    supervisor.stop()
    said = capsys.readouterr().out
    assert "web      │ hello" in said
    assert "web      │ ended with status 3; it starts again in 1 s" in said


def test_stopping_ends_also_who_does_not_listen(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("_launch.supervisor._PATIENCE", 0.5)
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    )
    service = Service("worker", [sys.executable, "-c", deaf])
    supervisor = Supervisor([service], {}, Servers(place, with_postgres=False, with_valkey=False))
    supervisor.start()
    time.sleep(0.5)
    supervisor.stop()
    assert service.process is not None
    assert service.process.poll() == -9


def test_the_starter_finds_a_python_and_explains_itself() -> None:
    starter = Path(__file__).parents[2] / "bin" / "up"
    said = subprocess.run([starter, "--help"], capture_output=True, text=True)
    assert said.returncode == 0
    assert "--detach" in said.stdout


def _turn_until(supervisor: Supervisor, condition: object) -> None:
    assert callable(condition)
    end = time.monotonic() + 15
    while not condition():
        assert time.monotonic() < end
        supervisor.look()
        time.sleep(0.02)
