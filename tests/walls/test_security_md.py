"""SECURITY.md is held to what there is: every test that it names can be run."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "SECURITY.md").read_text()


def test_every_test_that_the_threat_model_names_is_there() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", TEXT)
    assert len(named) > 40
    missing = [
        f"{file}::{name}"
        for file, name in named
        if not (ROOT / file).exists() or (name and f"def {name}(" not in (ROOT / file).read_text())
    ]
    assert not missing


def test_every_attack_has_a_test_or_is_called_open() -> None:
    rows = [line for line in TEXT.splitlines() if re.match(r"\| \d+ \|", line)]
    assert [int(row.split("|")[1]) for row in rows] == list(range(1, len(rows) + 1))
    assert not [row for row in rows if "`tests/" not in row and "**open**" not in row]


OPENERS = {
    "bz2",
    "gzip",
    "lzma",
    "marshal",
    "pickle",
    "shelve",
    "tarfile",
    "xml",
    "zipfile",
    "zlib",
    "PIL",
    "lxml",
    "yaml",
}
FLOORS = ("kernel", "sla", "contracts", "vendors", "tickets", "interfaces", "supportdesk")


def test_nothing_opens_what_people_send() -> None:
    """No archive, picture, XML or pickle is opened anywhere, so that none can be a bomb."""
    opened = {
        f"{path.relative_to(ROOT)}: {name}"
        for floor in FLOORS
        for path in (ROOT / floor).rglob("*.py")
        if "demo" not in path.parts  # which makes pictures
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
        if name.partition(".")[0] in OPENERS
    }
    assert not opened
