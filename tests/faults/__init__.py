"""Faults that somebody could make in the walls, one at a time, in a list: the tests must find them (`bin/bench faults`)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
_LIST = Path(__file__).parent / "faults.toml"
# Where the tables have been made in the tests' template database: what the owner does to them afterwards stands behind it.
_TEMPLATE, _MADE = "tests/databases.py", 'call_command("migrate", verbosity=0, interactive=False)'


@dataclass(frozen=True, slots=True)
class Fault:
    """A replacement of `old`, which stands once in `file`, by `new`; `tests` are those that should notice first."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    def applied(self, root: Path = ROOT) -> str:
        """The file's text with the fault in it. Raises ValueError where the place is not there, or not once."""
        text = (root / self.file).read_text()
        if text.count(self.old) != 1:
            raise ValueError(f"“{self.name}”: its place stands {text.count(self.old)} times in {self.file}, not once.")
        return text.replace(self.old, self.new)


def faults() -> list[Fault]:
    """All of the list, in its order."""
    return [_read(row) for row in tomllib.loads(_LIST.read_text())["fault"]]


def _read(row: dict[str, str | list[str]]) -> Fault:
    tests = tuple(row.get("tests", ()))
    if "sql" in row:
        changed = f"{_MADE}\n        as_owner(sql.SQL({row['sql']!r}), name)"
        return Fault(str(row["name"]), _TEMPLATE, _MADE, changed, tests)
    return Fault(str(row["name"]), str(row["file"]), str(row["old"]), str(row["new"]), tests)
