"""Places of run-time data for one test, reachable for the unprivileged user that PostgreSQL runs as under root."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from _launch.place import Place
from _launch.servers import Servers


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="supportdesk-")).resolve()
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def place(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A prepared place that the commands take for theirs."""
    monkeypatch.setenv("SUPPORTDESK_DATA", str(folder / "data"))
    found = Place(folder / "data")
    found.prepare()
    return found


@pytest.fixture
def servers(place: Place) -> Iterator[Servers]:
    """Embedded servers of this test's own, up."""
    found = Servers(place, hasty=True)
    with found.up():
        yield found
