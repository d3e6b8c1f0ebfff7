"""What the person at the keyboard sees: steps with their seconds, and one log of many services."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Iterator
from typing import IO

_COLOURS = {"postgres": 36, "redis": 35, "web": 32, "worker": 34, "beat": 33, "mail": 95, "up": 1}
_WIDTH = 8
_turn = threading.Lock()


def is_coloured(stream: IO[str]) -> bool:
    """Colour only for a terminal, and not where NO_COLOR asks for none."""
    return stream.isatty() and not os.environ.get("NO_COLOR")


def say(line: str = "") -> None:
    """A line of ours, on standard output."""
    with _turn:
        print(line, flush=True)


def prefixed(service: str, line: str, *, coloured: bool) -> str:
    """`line` with the name of its service before it, all names aligned."""
    name = f"{service:<{_WIDTH}}"
    if coloured:
        name = f"\x1b[{_COLOURS.get(service, 37)}m{name}\x1b[0m"
    return f"{name} │ {line}"


def log(service: str, line: str) -> None:
    """One line of a service, in the common log."""
    say(prefixed(service, line, coloured=is_coloured(sys.stdout)))


@contextlib.contextmanager
def step(what: str) -> Iterator[None]:
    """Show that something takes time: its name at once, seconds while it lasts (on a terminal), seconds at the end."""
    began = time.monotonic()
    finished = threading.Event()
    ticker = threading.Thread(target=_tick, args=(what, began, finished), daemon=True)
    if sys.stdout.isatty():
        ticker.start()
    done = False
    try:
        yield
        done = True
    finally:
        finished.set()
        if ticker.ident:
            ticker.join()
        start = "\r\x1b[K" if sys.stdout.isatty() else ""
        mark = ("✓" if done else "✗") if _can_show("✓✗") else ("ok" if done else "failed")
        say(f"{start}{mark} {what} ({time.monotonic() - began:.1f} s)")


def _tick(what: str, began: float, finished: threading.Event) -> None:
    while not finished.wait(0.2):
        with _turn:
            print(f"\r\x1b[K… {what} ({time.monotonic() - began:.0f} s)", end="", flush=True)


def _can_show(text: str) -> bool:
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True


def make_streams_forgiving() -> None:
    """A terminal that knows no Unicode shows a question mark instead of ending the command."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
