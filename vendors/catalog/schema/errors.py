"""What is wrong with a policy file, said where it can be put right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

KeyPath = tuple[str | int, ...]
Found = Iterator[tuple[KeyPath, str]]
"""What a check finds: key path and what to do."""


def dotted(path: KeyPath) -> str:
    """``("clocks", 0, "key")`` as ``clocks[0].key``; the empty path is the whole file."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text or "(the file)"


@dataclass(frozen=True)
class Problem:
    """One thing to put right: file and line (0 when there is no text), key path, what to do."""

    file: str
    line: int
    path: KeyPath
    message: str

    @property
    def key(self) -> str:
        return dotted(self.path)

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.key}: {self.message}"


class PolicyFileError(ValueError):
    """A policy file that can't be used; ``problems`` lists all that was found, in the file's order."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))
