"""bin/up and bin/down."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

from . import assets, console, tables
from .place import ROOT, Place, Refusal, default_place, is_locked, locked, write_private
from .processes import free_port, port_is_free, wait_until
from .settings import Settings
from .supervisor import Service, Supervisor

_READY_WITHIN = 60  # seconds from the processes' start to the first answer
_DETACHED_READY_WITHIN = 600  # seconds, demo data included
_BROKEN_AFTER = 3  # deaths of a process before the first answer


def parse(arguments: list[str]) -> argparse.Namespace:
    """The options of bin/up."""
    parser = argparse.ArgumentParser(
        prog="bin/up", description="Start everything; Ctrl-C stops it. Data stays in var/."
    )
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000), help="default: 8000")
    parser.add_argument("--host", default="127.0.0.1", help="where to listen; default: this machine only")
    parser.add_argument("--detach", action="store_true", help="return once it answers; bin/down stops it")
    parser.add_argument("--no-demo", action="store_true", help="vendors only, no demo data")
    return parser.parse_args(arguments)


def precheck(arguments: list[str]) -> None:
    """What can be refused before anything is installed: it runs already, or the port is in use."""
    options = parse(arguments)
    place = default_place()
    place.prepare()
    if is_locked(_lock(place)):
        raise Refusal(_already(place))
    if not 0 < options.port < 65536:
        raise Refusal(f"{options.port} is no port: choose one from 1 to 65535, for example bin/up --port 8000.")
    if not port_is_free(options.host, options.port):
        other = next((p for p in range(options.port + 1, options.port + 50) if port_is_free(options.host, p)), 0)
        raise Refusal(f"Port {options.port} is in use. Choose another: bin/up --port {other or 8080}")


def up(arguments: list[str]) -> int:
    """Run everything in front, or with --detach in a process of its own."""
    options = parse(arguments)
    place = default_place()
    if options.detach:
        return _detach(options, place)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with locked(_lock(place), wait=False):
            return _run(options, place)
    except BlockingIOError:
        raise Refusal(_already(place)) from None


def down(arguments: list[str]) -> int:
    """Stop what bin/up started, and wait until it is gone."""
    argparse.ArgumentParser(prog="bin/down", description="Stop what bin/up started.").parse_args(arguments)
    place = default_place()
    if not is_locked(_lock(place)):
        console.say("Nothing runs.")
        return 0
    pid = _state(place).get("pid")
    if not isinstance(pid, int):
        raise Refusal("It is just starting; try again in a moment.")
    with console.step("Stopping"):
        os.kill(pid, signal.SIGTERM)
        if not wait_until(lambda: not is_locked(_lock(place)), 60, 0.1):
            raise Refusal(
                f"It doesn't stop: end process {pid} with `kill -9 {pid}`, then start again; no data is lost."
            )
    return 0


def _run(options: argparse.Namespace, place: Place) -> int:
    place.require_space(300)
    url = f"http://{'127.0.0.1' if options.host == '0.0.0.0' else options.host}:{options.port}"  # noqa: S104  # nosec B104
    mail_port = free_port()
    state = {"pid": os.getpid(), "url": url, "mail_port": mail_port, "ready": False}
    write_private(_state_path(place), json.dumps(state))
    settings = Settings.read(place)
    more = {"BASE_URL": settings.given.get("BASE_URL", url), "PORT": str(options.port)}
    if "EMAIL_URL" not in settings.given:
        more["EMAIL_URL"] = f"smtp://127.0.0.1:{mail_port}"
    if options.host not in ("127.0.0.1", "localhost") and "ALLOWED_HOSTS" not in settings.given:
        more["ALLOWED_HOSTS"] = "*"
    lease = settings.servers.up()
    with console.step("Starting the database and Redis" if settings.servers.with_postgres else "Starting Redis"):
        lease.__enter__()
    if settings.servers.with_postgres and settings.servers.postgres.home != place.data:
        console.say(
            f"  The database's user can't enter {place.data}; its data lies in {settings.servers.postgres.home}."
        )
    try:
        environment = settings.environment(**more)
        logins = _prepare(settings, environment, options)
        supervisor = Supervisor(_services(options, place, mail_port), environment, settings.servers)
        _serve(supervisor, url, logins, place, state)
    finally:
        lease.__exit__(None, None, None)
        _state_path(place).unlink(missing_ok=True)
    console.say("Stopped. Your data is kept.")
    return 0


def _prepare(settings: Settings, environment: Mapping[str, str], options: argparse.Namespace) -> str:
    """Translations, style sheet, tables, vendors, demo data; what the demo says about logins."""
    trouble: list[Refusal] = []
    building = threading.Thread(target=_build, args=(trouble,))
    building.start()
    if not tables.are_current(settings.servers):
        with console.step("Bringing the tables up to date"):
            _step("_migrate", settings.owner_environment(), [])
        tables.remember(settings.servers)
    with console.step("Building translations and style sheet"):
        building.join()
        if trouble:
            raise trouble[0]
    with console.step("Loading vendors" if options.no_demo else "Loading vendors and demo data"):
        return _step("_fill", environment, ["--no-demo"] if options.no_demo else [])


def _build(trouble: list[Refusal]) -> None:
    try:
        assets.build()
    except Refusal as refusal:
        trouble.append(refusal)
    except OSError as error:
        trouble.append(Refusal(f"Translations and style sheet could not be built: {error}"))


def _step(name: str, environment: Mapping[str, str], arguments: list[str]) -> str:
    command = [sys.executable, str(ROOT / "bin" / "_main.py"), name, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=dict(environment), cwd=ROOT)
    if done.returncode:
        console.say()
        console.say("\n".join(done.stderr.rstrip().splitlines()[-25:]))
        raise Refusal("That step failed, the reason is above. Nothing was started; put it right and try again.")
    return done.stdout.rstrip()


def _services(options: argparse.Namespace, place: Place, mail_port: int) -> list[Service]:
    python = sys.executable
    bind = f"{options.host}:{options.port}"
    celery = [python, "-m", "celery", "--app", "supportdesk", "--quiet"]
    return [
        Service("mail", [python, str(ROOT / "bin" / "_main.py"), "_sink", str(place.mail), str(mail_port)]),
        Service("web", [python, "-m", "gunicorn", "supportdesk.wsgi:application", "--bind", bind,
                        "--config", "python:supportdesk.gunicorn", "--log-level", "warning"]),
        Service("worker", [*celery, "worker", "--concurrency", "2", "--loglevel", "INFO", "--without-gossip",
                           "--without-mingle", "--hostname", "worker@%h"]),
        Service("beat", [*celery, "beat", "--loglevel", "WARNING", "--pidfile=",
                         "--schedule", str(place.run / "beat-schedule")]),
    ]  # fmt: skip


def _serve(supervisor: Supervisor, url: str, logins: str, place: Place, state: dict[str, object]) -> None:
    signal.signal(signal.SIGINT, lambda *_: setattr(supervisor, "asked_to_stop", True))
    signal.signal(signal.SIGTERM, lambda *_: setattr(supervisor, "asked_to_stop", True))
    try:
        with console.step("Starting web, worker, beat and mail"):
            supervisor.start()
            _until_it_answers(supervisor, url)
        if not supervisor.asked_to_stop:
            write_private(_state_path(place), json.dumps({**state, "ready": True}))
            _announce(url, logins)
        supervisor.watch()
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        console.say()
        with console.step("Stopping"):
            supervisor.stop()


def _until_it_answers(supervisor: Supervisor, url: str) -> None:
    end = time.monotonic() + _READY_WITHIN
    while not supervisor.asked_to_stop and not _is_healthy(url):
        supervisor.look()
        broken = [service.name for service in supervisor.services if service.deaths >= _BROKEN_AFTER]
        if broken:
            raise Refusal(f"{' and '.join(broken)} can't start; the reason is in the log above.")
        if time.monotonic() > end:
            raise Refusal(f"{url}/healthz/ doesn't answer 200 after {_READY_WITHIN} s; the reason is in the log above.")
        time.sleep(0.1)


def _is_healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz/", timeout=5) as answer:  # nosec B310
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def _announce(url: str, logins: str) -> None:
    lines = ["", f"Supportdesk is ready:  {url}/", f"Mail it sent:          {url}/dev/mail/", ""]
    if logins:
        lines += [logins, ""]
    console.say("\n".join([*lines, "Ctrl-C (or bin/down) stops everything. The log follows.", ""]))


def _detach(options: argparse.Namespace, place: Place) -> int:
    """Start the same command in a session of its own, show its words until it answers."""
    log = place.log / "up.log"
    command = [
        sys.executable,
        str(ROOT / "bin" / "_main.py"),
        "up",
        "--port",
        str(options.port),
        "--host",
        options.host,
    ]
    with log.open("wb") as output:
        child = subprocess.Popen(
            [*command, *(["--no-demo"] if options.no_demo else [])],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
    end = time.monotonic() + _DETACHED_READY_WITHIN
    ready = {"pid": child.pid, "ready": True}  # an earlier one that was killed may have left its own state
    with log.open(encoding="utf-8", errors="replace") as words:
        while child.poll() is None and not ready.items() <= _state(place).items() and time.monotonic() < end:
            sys.stdout.write(words.read())
            sys.stdout.flush()
            time.sleep(0.1)
        time.sleep(0.2)  # its last words before it counts as ready
        sys.stdout.write(words.read())
    if child.poll() is not None:
        return 1
    if time.monotonic() > end:
        raise Refusal(f"It doesn't answer after {_DETACHED_READY_WITHIN} s: see {log}, and stop it with bin/down.")
    console.say(f"It goes on by itself, its log is {log}.")
    return 0


def _lock(place: Place) -> Path:
    return place.run / "up.lock"


def _state_path(place: Place) -> Path:
    return place.run / "up.json"


def _state(place: Place) -> dict[str, object]:
    try:
        found = json.loads(_state_path(place).read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def mail_port(place: Place) -> int | None:
    """Where the mail sink of a running bin/up listens."""
    port = _state(place).get("mail_port") if is_locked(_lock(place)) else None
    return port if isinstance(port, int) else None


def _already(place: Place) -> str:
    return f"It runs already at {_state(place).get('url', 'an address of its own')}: stop it with bin/down first."


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
