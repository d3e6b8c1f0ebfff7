"""The measurement of the desk runs from end to end on a small database and says what it promises to say."""

import os
import subprocess
import sys

import pytest

from bench.desk import LIMITS
from tests import databases


@pytest.mark.deep
@pytest.mark.live
def test_the_measurement_tells_every_figure() -> None:
    command = [sys.executable, "-m", "bench.desk", "--tickets", "900", "--fill", "--requests", "20", "--file", "40"]
    try:
        done = subprocess.run(command, env=os.environ, capture_output=True, text=True, timeout=300)
    finally:
        databases.drop("desk_900")
    assert done.returncode == 0, done.stderr
    for name in (*LIMITS, "filed a second", "memory"):
        assert name in done.stdout
