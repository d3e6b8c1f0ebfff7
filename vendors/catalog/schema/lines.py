"""Where a key stands in a TOML text; ``tomllib`` tells values, not lines."""

from __future__ import annotations

import re
from collections.abc import Iterator

from vendors.catalog.schema.errors import KeyPath

_PART = re.compile(r'\s*(?:"([^"]*)"|\'([^\']*)\'|([A-Za-z0-9_-]+))\s*(\.|=|\])')
_STRING = re.compile(r'"""|\'\'\'|"(?:\\.|[^"\\])*"|\'[^\']*\'|#.*|[\[\]{},]')


class LineFinder:
    """Lines by key path, from one pass over a valid TOML text."""

    def __init__(self, text: str) -> None:
        self._lines: dict[KeyPath, int] = {}
        self._text = text.splitlines()
        self._scan()

    def line(self, path: KeyPath) -> int:
        """The line (from 1) of ``path``, else of the nearest part of the text that contains it."""
        while path:
            if path in self._lines:
                return self._lines[path]
            path = path[:-1]
        return 1

    def _scan(self) -> None:
        table: KeyPath = ()
        counts: dict[KeyPath, int] = {}
        row = 0
        while row < len(self._text):
            line = self._text[row].strip()
            if line.startswith("[["):
                table = self._element(_keys(line[2:]), counts)
                self._note(table, row)
            elif line.startswith("["):
                table = self._resolve(_keys(line[1:]), counts)
                self._note(table, row)
            elif line and not line.startswith("#"):
                path = table + _keys(line)
                self._note(path, row)
                row = self._value(path, row)
            row += 1

    def _note(self, path: KeyPath, row: int) -> None:
        for end in range(1, len(path) + 1):
            self._lines.setdefault(path[:end], row + 1)

    def _element(self, keys: KeyPath, counts: dict[KeyPath, int]) -> KeyPath:
        path = (*self._resolve(keys[:-1], counts), keys[-1])
        counts[path] = counts.get(path, -1) + 1
        return (*path, counts[path])

    def _resolve(self, keys: KeyPath, counts: dict[KeyPath, int]) -> KeyPath:
        path: KeyPath = ()
        for key in keys:
            path = (*path, key)
            if path in counts:
                path = (*path, counts[path])
        return path

    def _value(self, path: KeyPath, row: int) -> int:
        """Walks over the value that starts at ``row``, notes the elements of an array, tells its last row."""
        depth, element, waiting, quote = 0, 0, False, ""
        rest = self._text[row].partition("=")[2]
        while True:
            for mark in _marks(rest, quote):
                if mark in ('"""', "'''"):
                    quote = "" if quote else mark
                elif mark in ("[", "{"):
                    depth += 1
                    if depth == 1:
                        waiting = mark == "["
                        continue
                elif mark in ("]", "}"):
                    depth -= 1
                elif mark == "," and depth == 1:
                    element, waiting = element + 1, True
                    continue
                if waiting and depth and not mark.startswith("#"):
                    self._lines.setdefault((*path, element), row + 1)
                    waiting = False
            if (depth <= 0 and not quote) or row + 1 >= len(self._text):
                return row
            row += 1
            rest = self._text[row]


def _marks(text: str, quote: str) -> Iterator[str]:
    position = 0
    if quote:
        end = text.find(quote)
        if end < 0:
            return
        yield quote
        position = end + 3
    open_quote = ""
    for found in _STRING.finditer(text, position):
        mark = found[0]
        if open_quote:
            if mark == open_quote:
                open_quote = ""
                yield mark
            continue
        if mark in ('"""', "'''"):
            open_quote = mark
        yield mark
        if mark.startswith("#"):
            return


def _keys(text: str) -> KeyPath:
    keys: list[str | int] = []
    position = 0
    while found := _PART.match(text, position):
        keys.append(found[1] or found[2] or found[3])
        position = found.end()
        if found[4] != ".":
            break
    return tuple(keys)
