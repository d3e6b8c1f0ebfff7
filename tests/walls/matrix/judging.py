"""What came of a cell, held against what must."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import unified_diff

from supportdesk.logs import Discreet
from tests.walls.matrix.asking import Answer, Asker, rows_written
from tests.walls.matrix.canaries import Canaries
from tests.walls.matrix.cells import Cell, Must, body_of, cells_of
from tests.walls.matrix.routes import SAFE

_UPLOADING = {"Upload-Offset": "0"}
_BY_LINK = ("invitation by link", "domain by link", "provider by link")  # whoever has the secret reads what it opens
_STILL = (Must.SIGN_IN, Must.UNTAKEN, Must.ABSENT, Must.DENIED)


class Log(logging.Handler):
    """All that would be written into the log, as it would be."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.setFormatter(Discreet("%(levelname)s %(name)s: %(message)s"))
        self._lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line."""
        self._lines.append(self.format(record))

    def taken(self) -> bytes:
        """What has been written since the last time."""
        lines, self._lines = self._lines, []
        return "\n".join(lines).encode()


@dataclass
class Judge:
    """Asks the cells of a route and tells each that is otherwise than it must be."""

    asker: Asker
    canaries: Canaries
    log: Log
    _absent: dict[tuple[str, str, str], Answer] = field(default_factory=dict)

    def faults(self, name: str, *, whole: bool) -> list[str]:
        """What is wrong with a route, a line each."""
        every = list(cells_of(name, self.asker.estate))
        cells = every if whole else [cell for cell in every if cell.sampled]
        found: list[str] = []
        before = rows_written()
        quiet = [cell for cell in cells if self._writes_nothing(cell)]
        for cell in quiet:
            found += self._wrong(cell, self._ask(cell))
        now = rows_written()
        written = sorted(table for table in now if now[table] != before.get(table))
        if written and not found:
            found.append(f"the database counts rows written in {', '.join(written)}, though no cell may write any")
        done: dict[str, tuple[bool, bool]] = {}
        for cell in cells:
            if not self._writes_nothing(cell):
                answer = self._ask(cell)
                found += self._wrong(cell, answer)
                if cell.must is Must.DONE:
                    was, wrote = done.get(cell.route.title, (False, False))
                    done[cell.route.title] = (was or answer.status in (200, 201, 204, 302), wrote or bool(answer.wrote))
        told = self.canaries.known(self.log.taken())
        found += [f"the log tells of {', '.join(told)}"] if told else []
        return [*found, *(self._idle(name, done) if whole else ())]

    @staticmethod
    def _writes_nothing(cell: Cell) -> bool:
        return cell.must in _STILL or (cell.method in SAFE and not cell.route.leaves)

    def _ask(self, cell: Cell) -> Answer:
        headers = _UPLOADING if cell.method == "PATCH" else {}
        return self.asker.ask(cell.who, cell.method, cell.address, body_of(cell, self.asker.estate), **headers)

    def _wrong(self, cell: Cell, answer: Answer) -> Iterator[str]:
        if not (cell.route.kind.things in _BY_LINK and cell.must in (Must.SHOWN, Must.DONE)):
            headers = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
            foreign = self.canaries.foreign(cell.who, answer.body, headers.encode(), answer.cookies.encode())
            if foreign:
                yield f"{cell}: is told {', '.join(foreign)}"
        if answer.status not in cell.statuses:
            yield f"{cell}: {answer.status} instead of {sorted(cell.statuses)} {answer.error}"
            return
        if self._writes_nothing(cell) and answer.wrote:
            yield f"{cell}: wrote into {', '.join(answer.wrote)}"
        if (
            cell.must is Must.SIGN_IN
            and answer.status == 302
            and not answer.headers["Location"].startswith("/accounts/login/")
        ):
            yield f"{cell}: leads to {answer.headers['Location']}"
        if cell.must is Must.ABSENT:
            yield from self._told_apart(cell, answer)
        named = cell.method == "GET" and answer.status == 200 and cell.must is Must.SHOWN and not cell.route.quiet
        if named and cell.thing.word and not self._names(cell, answer):
            yield f"{cell}: the page does not name “{cell.thing.word}”, so it proves nothing"

    def _told_apart(self, cell: Cell, answer: Answer) -> Iterator[str]:
        """Refused is what is not there: the answer is the same, byte for byte but for what was asked for."""
        if cell.address == cell.absent:
            return
        key = (cell.who, cell.method, cell.absent)
        if key not in self._absent:
            body = body_of(cell, self.asker.estate)
            headers = _UPLOADING if cell.method == "PATCH" else {}
            self._absent[key] = self.asker.ask(cell.who, cell.method, cell.absent, body, **headers)
        one, other = answer.without([cell.address]), self._absent[key].without([cell.absent])
        if one != other:
            told = set(one[1]) ^ set(other[1])
            lines = list(unified_diff(other[2].splitlines(), one[2].splitlines(), lineterm="", n=0))[2:8]
            yield f"{cell}: is told apart from {cell.absent}: {one[0]} {sorted(told)} {' | '.join(lines)[:400]}"

    @staticmethod
    def _names(cell: Cell, answer: Answer) -> bool:
        where = answer.body + answer.headers.get("Content-Disposition", "").encode()
        return cell.thing.word.encode() in where or cell.thing.word.replace("&", "&amp;").encode() in where

    def _idle(self, name: str, done: dict[str, tuple[bool, bool]]) -> Iterator[str]:
        """A line of which nobody can do anything proves nothing."""
        lines = {cell.route.title: cell.route for cell in cells_of(name, self.asker.estate)}
        for title, route in lines.items():
            if route.writes and not route.still and not route.every and not done.get(title, (False, False))[1]:
                yield f"{title}: nobody did anything by it: make its body sound, or say in `still` why nothing is written"
