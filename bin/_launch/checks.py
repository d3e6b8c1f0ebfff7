"""bin/test: everything that must hold, fast checks first."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from . import assets, console
from .place import ROOT, Place, Refusal, default_place, locked
from .settings import Settings

# bandit looks at all that is served with every rule it has; the tools and made-up data around it start programs and draw lots.
_SERVED = ("kernel", "sla", "contracts", "vendors", "tickets", "interfaces", "supportdesk", "manage.py", "docker")
_AROUND = ("bin/_launch", "tickets/demo", "tickets/volume")
_ALLOWED_AROUND = "B101,B311,B404,B603,B606,B607"
_MOST_RUNS = 8  # bin/test may run so often at once, each with servers of its own


def test(arguments: list[str]) -> int:
    """`bin/test [--deep] [PATH… or pytest's options…]`: with a path pytest alone, otherwise every check."""
    if {"-h", "--help"} & set(arguments):
        console.say(
            "usage: bin/test [--deep] [PATH ...] [pytest options]\n\n"
            "Without PATH: lint, types, import contracts, migrations, translations, then all tests.\n"
            "With PATH: the tests there. --deep: also what takes long."
        )
        return 0
    deep = "--deep" in arguments
    rest = [argument for argument in arguments if argument != "--deep"]
    part = any(not argument.startswith("-") for argument in rest)
    with _own_place() as place:
        settings = Settings.embedded(place, hasty=True)
        with settings.servers.up():
            assets.build()
            environment = settings.environment(DEBUG="true", MAIL_SINK_DIR=str(place.mail))
            if deep:
                environment["SUPPORTDESK_DEEP"] = "1"
            results = {} if part else _fast_checks(environment, settings.owner_environment(DEBUG="true"))
            _summary(results)
            status = _pytest(rest, environment, deep=deep, parallel=not part)
    return 1 if status or not all(results.values()) else 0


@contextlib.contextmanager
def _own_place() -> Iterator[Place]:
    """A place that no other run of bin/test uses at this moment: test, test-2, …"""
    with contextlib.ExitStack() as stack:
        for number in range(1, _MOST_RUNS + 1):
            place = default_place().part("test" if number == 1 else f"test-{number}")
            place.prepare()
            try:
                stack.enter_context(locked(place.run / "test.lock", wait=False))
            except BlockingIOError:
                continue
            yield place
            return
    raise Refusal(f"bin/test runs {_MOST_RUNS} times already: wait for one of them.")


def _fast_checks(environment: Mapping[str, str], owner_environment: Mapping[str, str]) -> dict[str, bool]:
    """Name and outcome of each; what a failing one says is shown at once."""
    python = sys.executable
    tool = Path(python).parent
    commands: dict[str, list[str]] = {
        "lint": [python, "-m", "ruff", "check", "--quiet", "--output-format", "concise", "."],
        "format": [python, "-m", "ruff", "format", "--check", "."],
        "templates": [python, "-m", "djlint", ".", "--lint", "--quiet"],
        "dangers": [python, "-m", "bandit", "-q", "-r", *_SERVED, "-x", ",".join(_AROUND)],
        "dangers around": [python, "-m", "bandit", "-q", "-r", *_AROUND, "-s", _ALLOWED_AROUND],
        "types": [python, "-m", "mypy", "."],
        "import contracts": [python, str(tool / "lint-imports"), "--no-cache"],
        "migrations": [python, "manage.py", "makemigrations", "--check", "--dry-run"],
    }
    results = {
        name: _check(name, _runner(command, owner_environment if name == "migrations" else environment))
        for name, command in commands.items()
    }
    results["translations"] = _check("translations", lambda: "\n".join(assets.untranslated()))
    return results


def _runner(command: list[str], environment: Mapping[str, str]) -> Callable[[], str]:
    def run() -> str:
        done = subprocess.run(command, capture_output=True, text=True, env=dict(environment), cwd=ROOT)
        return (done.stdout + done.stderr).strip() or f"status {done.returncode}" if done.returncode else ""

    return run


def _check(name: str, complaints: Callable[[], str]) -> bool:
    """Run one check; it passes when it has nothing to say."""
    began = time.monotonic()
    said = complaints()
    console.say(f"{'FAILED' if said else 'ok':<7} {name} ({time.monotonic() - began:.1f} s)")
    if said:
        console.say(said)
    return not said


def _pytest(arguments: list[str], environment: Mapping[str, str], *, deep: bool, parallel: bool) -> int:
    command = [sys.executable, "-m", "pytest"]
    if not any(argument.startswith("-m") for argument in arguments) and not deep:
        command += ["-m", "not deep"]
    if parallel and not any(argument.startswith("-n") for argument in arguments):
        command += ["-n", "2", "--dist", "loadgroup"]
    with subprocess.Popen([*command, *arguments], env=dict(environment), cwd=ROOT) as process:
        while True:
            try:
                status = process.wait()
                break
            except KeyboardInterrupt:
                continue
    return status


def _summary(results: Mapping[str, bool]) -> None:
    """Before pytest, whose own summary is the last word."""
    if failed := [name for name, passed in results.items() if not passed]:
        console.say(f"Failed before the tests, see above: {', '.join(failed)}.")
    elif results:
        console.say("All checks passed; now the tests.")
