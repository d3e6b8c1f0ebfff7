"""How far a long command has come, in plain text: a bar that moves on a terminal, a line now and then elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

_WIDTH = 30
_EVERY = 0.1  # of the whole, for a line where there is no terminal
Told = Callable[[int, int], None]


class Progress:
    """Phases one after the other, each with its bar and the time that is left."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr

    @contextmanager
    def phase(self, name: str) -> Iterator[Told]:
        """A phase; it is told how many of how many are done. One that is never told is not shown."""
        bar = _Bar(name, self._stream)
        yield bar.told
        bar.end()


class _Bar:
    def __init__(self, name: str, stream: TextIO) -> None:
        self._name, self._stream = name, stream
        self._begun = 0.0
        self._shown = -1.0

    def told(self, done: int, total: int) -> None:
        now = time.monotonic()
        self._begun = self._begun or now
        share = done / max(1, total)
        moves = self._stream.isatty()
        if not moves and share - self._shown < _EVERY and done < total:
            return
        self._shown = share
        left = (now - self._begun) / share * (1 - share) if share else 0
        line = f"{self._name:<24} [{'#' * int(share * _WIDTH):<{_WIDTH}}] {share:4.0%}  {done:,} of {total:,}"
        line += f", {_time(left)} left" if done < total else ""
        self._stream.write(f"\r{line:<100}" if moves else f"{line}\n")
        self._stream.flush()

    def end(self) -> None:
        if self._stream.isatty() and self._shown >= 0:
            self._stream.write("\n")


def _time(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02} min"
