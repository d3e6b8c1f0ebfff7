"""The commands: parse, make the environment, hand over."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from . import assets, checks, console, environment, steps, tables, up
from .place import ROOT, Refusal, default_place, explain
from .settings import Settings

_OWNER_COMMANDS = {"migrate", "makemigrations", "sqlmigrate", "sqlflush", "flush", "dbshell", "squashmigrations"}
_NEEDS_TOOLS = {"test", "bench", "lock"}
# each before those that contain it
_LOCKS = (
    "requirements-installer",
    "requirements",
    "requirements-local",
    "requirements-dev",
)


def main(arguments: list[str]) -> int:
    """Run one command of bin/; its exit status."""
    console.make_streams_forgiving()
    try:
        command, rest = arguments[0], arguments[1:]
        if command == "up":
            up.precheck(rest)
        if not command.startswith("_") and command != "down":
            environment.enter(environment.DEV if command in _NEEDS_TOOLS else environment.LOCAL, arguments)
        return COMMANDS[command](rest)
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    except OSError as error:
        print(explain(error), file=sys.stderr)
        return 1


def manage(arguments: list[str]) -> int:
    """manage.py with the servers up; commands that change tables connect as the owner."""
    place = default_place()
    place.prepare()
    settings = Settings.read(place)
    more = {}
    if (port := up.mail_port(place)) and "EMAIL_URL" not in settings.given:
        more["EMAIL_URL"] = f"smtp://127.0.0.1:{port}"
    with settings.servers.up():
        owner = bool(arguments) and arguments[0] in _OWNER_COMMANDS
        if owner:
            tables.forget(settings.servers)
        variables = settings.owner_environment(**more) if owner else settings.environment(**more)
        return _run([sys.executable, "manage.py", *arguments], variables)


def bench(arguments: list[str]) -> int:
    """`bin/bench NAME [arguments]`: one measurement, against servers and data of its own."""
    names = sorted(path.stem for path in (ROOT / "bench").glob("[a-z]*.py"))
    if not arguments or arguments[0] not in names:
        raise Refusal(f"Which measurement? One of: {', '.join(names) or 'none yet'}.")
    settings = Settings.embedded(default_place().part("bench"))
    with settings.servers.up():
        assets.build()
        with console.step("Bringing the tables up to date"):
            status = _run([sys.executable, "manage.py", "migrate", "-v0"], settings.owner_environment())
        return status or _run([sys.executable, "-m", f"bench.{arguments[0]}", *arguments[1:]], settings.environment())


def lock(arguments: list[str]) -> int:
    """Compile the requirement files; `--upgrade` takes the newest versions that they allow."""
    for name in _LOCKS:
        with console.step(f"Compiling {name}.txt"):
            status = _run(
                [str(environment.VENV / "bin" / "uv"), "pip", "compile", "--system-certs", "--quiet", "--universal",
                 "--python-version", "3.11", "--generate-hashes", "--no-header", "--no-emit-index-url",
                 *(["--upgrade"] if "--upgrade" in arguments else []), f"{name}.in", "-o", f"{name}.txt"],
                {**Settings.embedded(default_place()).given},
            )  # fmt: skip
        if status:
            return status
    return 0


def _migrate(_: list[str]) -> int:
    steps.migrate()
    return 0


def _fill(_: list[str]) -> int:
    steps.fill()
    return 0


def _assets(_: list[str]) -> int:
    assets.build()
    return 0


def _sink(arguments: list[str]) -> int:
    from .sink import serve

    serve(Path(arguments[0]), int(arguments[1]))
    return 0


def _run(command: list[str], variables: Mapping[str, str]) -> int:
    """Run it in front, from the project's folder; Ctrl-C is its own affair."""
    with subprocess.Popen(command, env=dict(variables), cwd=ROOT) as process:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue


COMMANDS = {
    "up": up.up,
    "down": up.down,
    "test": checks.test,
    "bench": bench,
    "manage": manage,
    "lock": lock,
    "_migrate": _migrate,
    "_fill": _fill,
    "_assets": _assets,
    "_sink": _sink,
}
