"""Whether the tests notice a wall that was taken down: `bin/bench faults [WORD …] [--jobs N] [--near]`.

Each fault of tests/faults/faults.toml is made in a copy of the project, alone, and the tests that should notice it are run there,
then those of the walls (with --near they are not). A fault is found if a test fails; a run in which no test ran finds nothing.
Words choose the faults whose name or file holds one of them. Exit status 1 if more than two in fifty were not found.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.faults import ROOT, Fault, faults

_WALLS = ("tests/walls", "tests/kernel")
_FAILED = re.compile(r"^(?:FAILED|ERROR) (tests/\S+)", re.MULTILINE)
_MISSED_OF_FIFTY = 2
_OUTPUT = 4000  # characters of a run's output that are told when something else went wrong


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a fault: the test that found it (empty: none), or why nobody can say."""

    fault: Fault
    found_by: str
    trouble: str
    seconds: float


def main(arguments: Sequence[str]) -> int:
    """Make each fault, run the tests, tell; exit status 1 if too many were not found."""
    parser = argparse.ArgumentParser(prog="bin/bench faults", description=__doc__)
    parser.add_argument("words", nargs="*", help="of the names or files of faults")
    parser.add_argument("--jobs", type=int, default=2, help="faults at the same time")
    parser.add_argument("--near", action="store_true", help="run only the tests that a fault names")
    options = parser.parse_args(arguments)
    chosen = [f for f in faults() if not options.words or any(word in f"{f.name} {f.file}" for word in options.words)]
    with ThreadPoolExecutor(options.jobs) as pool:
        outcomes = [_told(outcome) for outcome in pool.map(lambda fault: _tried(fault, options.near), chosen)]
    found = sum(bool(outcome.found_by) for outcome in outcomes)
    print(f"{found} of {len(outcomes)} faults found")
    return 1 if (len(outcomes) - found) * 50 > _MISSED_OF_FIFTY * len(outcomes) else 0


def _told(outcome: Outcome) -> Outcome:
    how = f"found by {outcome.found_by}" if outcome.found_by else outcome.trouble or "NOT FOUND"
    print(f"{outcome.seconds:5.0f} s  {outcome.fault.name}: {how}", flush=True)
    return outcome


def _tried(fault: Fault, near: bool) -> Outcome:
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="fault-") as folder:
        copy = Path(folder) / "copy"
        _copied(copy)
        made = fault.applied(copy)
        (copy / fault.file).write_text(made)
        found_by = trouble = ""
        for tests in (fault.tests, () if near else _WALLS):
            if tests and not found_by and not trouble:
                found_by, trouble = _run(copy, tests)
    return Outcome(fault, found_by, trouble, time.monotonic() - began)


def _copied(copy: Path) -> None:
    """The project's own files, with what was built, on the same installed packages."""
    left = shutil.ignore_patterns(".git", ".venv", "var", "__pycache__", ".*_cache")
    shutil.copytree(ROOT, copy, ignore=left)
    (copy / ".venv").symlink_to((ROOT / ".venv").resolve())


def _run(copy: Path, tests: Sequence[str]) -> tuple[str, str]:
    """The first test that fails, or what else went wrong; both empty if all pass."""
    command = [str(copy / "bin" / "test"), *tests, "-x", "-q", "-p", "no:cacheprovider"]
    environment = os.environ | {"SUPPORTDESK_DATA": str(ROOT / "var" / "faults")}  # servers that go on to the next copy
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False, env=environment)
    said = done.stdout + done.stderr
    failed = _FAILED.search(said)
    if failed:
        return failed[1], ""
    return "", "" if done.returncode == 0 else f"no test ran: {said[-_OUTPUT:]}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
