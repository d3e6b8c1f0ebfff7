"""docs/asvs.md is held to the standard's list of requirements, to tests and places that there are, and to its own counts."""

from __future__ import annotations

import csv
import re
from typing import NamedTuple

from tests.walls.test_security_md import ROOT

TEXT = (ROOT / "docs" / "asvs.md").read_text()
STATES = ("met", "n.a.", "open")


class Row(NamedTuple):
    """A requirement."""

    key: str
    level: str
    asks: str
    state: str
    where: str


ROWS = [
    Row(*(cell.strip() for cell in line.strip("|").split("|")))
    for line in TEXT.splitlines()
    if re.match(r"\| \d+\.\d+\.\d+ \|", line)
]
LISTED = {tuple(row) for row in list(csv.reader((ROOT / "tests/walls/asvs_5_0_0.csv").read_text().splitlines()))[1:]}


def test_each_requirement_of_both_levels_is_there_once() -> None:
    assert len(LISTED) == 253
    assert {(row.key, row.level) for row in ROWS} == LISTED
    assert len(ROWS) == len(LISTED)


def test_each_says_what_it_asks_its_state_and_where() -> None:
    assert {row.state for row in ROWS} <= set(STATES)
    assert not [row.key for row in ROWS if not row.asks or not row.where]
    shown = r"`tests/[\w/]+\.py::test_\w+`|`[\w/.-]+\.(py|conf|html|txt|js)`|\]\([\w/-]+\.md"
    assert not [row.key for row in ROWS if row.state == "met" and not re.search(shown, row.where)]


def test_what_it_names_is_there() -> None:
    named = re.findall(r"`([\w./-]+\.(?:py|conf|html|txt|js))(?:::(\w+))?`", TEXT)
    assert len(named) > 200
    assert not [
        f"{file}::{name}"
        for file, name in named
        if not _found(file) or (name and f"def {name}(" not in (ROOT / file).read_text())
    ]
    for file, section in re.findall(r"\]\(([\w./-]+\.md)(?:#([\w-]+))?\)", TEXT):
        page = (ROOT / "docs" / file).resolve()
        assert page.exists(), file
        assert not section or section in _sections(page.read_text()), section


def test_it_counts_right_is_met_by_nine_in_ten_and_leaves_none_of_the_first_level_open() -> None:
    for name, levels in (("1", "1"), ("2", "2"), ("both", "12")):
        met, absent, left = (sum(row.level in levels and row.state == state for row in ROWS) for state in STATES)
        assert f"| {name} | {met} | {absent} | {left} | {100 * met / (met + left):.1f} % |" in TEXT
        assert met / (met + left) >= 0.9
    assert not [row.key for row in ROWS if row.level == "1" and row.state == "open"]


def _found(file: str) -> bool:
    return (ROOT / file).exists()


def _sections(text: str) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
