"""The list of faults fits the code; whether the tests find them, `bin/bench faults` tells."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults import ROOT, Fault, faults


@pytest.mark.parametrize("fault", faults(), ids=lambda fault: fault.name)
def test_each_fault_can_be_made_and_names_tests_that_there_are(fault: Fault) -> None:
    assert fault.applied() != (ROOT / fault.file).read_text()
    assert all((ROOT / path.partition("::")[0]).exists() for path in fault.tests), "It names a test that is not there."


def test_what_is_made_runs_and_does_not_just_fail(tmp_path: Path) -> None:
    for number, fault in enumerate(faults()):
        (tmp_path / f"fault_{number}.py").write_text(f"# {fault.name}\n{fault.applied()}")
    undefined = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--select", "F821", str(tmp_path)]
    done = subprocess.run(undefined, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_there_are_enough_of_them_and_each_is_another() -> None:
    found = faults()
    assert len(found) >= 50
    assert len({fault.name for fault in found}) == len({(f.file, f.old, f.new) for f in found}) == len(found)
