"""The commands: parse, make the environment, hand over."""

from __future__ import annotations

import subprocess
import sys

from . import console, environment
from .place import ROOT, Refusal, default_place, explain
from .settings import Settings

_OWNER_COMMANDS = {"migrate", "makemigrations", "sqlmigrate", "sqlflush", "flush", "dbshell", "squashmigrations", "optimizemigration"}


def main(arguments: list[str]) -> int:
    """Run one command of bin/; its exit status."""
    console.make_streams_forgiving()
    try:
        command, rest = arguments[0], arguments[1:]
        lock = environment.DEV if command in {"test", "bench", "lock"} else environment.LOCAL
        environment.enter(lock, arguments)
        return COMMANDS[command](rest)
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        print(explain(error), file=sys.stderr)
        return 1


def manage(arguments: list[str]) -> int:
    """manage.py with the servers up; commands that change tables connect as the owner."""
    settings = Settings.read(default_place())
    with settings.servers.up():
        owner = bool(arguments) and arguments[0] in _OWNER_COMMANDS
        environment = settings.owner_environment() if owner else settings.environment()
        return run([sys.executable, "manage.py", *arguments], environment)


def test(arguments: list[str]) -> int:
    settings = Settings.read(default_place().part("test"), hasty=True)
    with settings.servers.up():
        return run([sys.executable, "-m", "pytest", *arguments], settings.environment())


def run(command: list[str], environment: dict[str, str]) -> int:
    """Run it in front, from the project's folder; Ctrl-C is its own affair."""
    with subprocess.Popen(command, env=environment, cwd=ROOT) as process:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue


COMMANDS = {"manage": manage, "test": test}
