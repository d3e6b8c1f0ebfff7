"""The search language, pure: text to a query of terms with their places, and back. docs/search.md tells it to people.

A term is `key:value`, `key<value`, `key>value` or a free word; `-` before it turns it round; quotes hold blanks together, and a
backslash inside them takes the next character as it is.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from difflib import get_close_matches
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

LONGEST = 500  # characters
MOST_TERMS = 30

IS = (
    "open", "new", "waiting", "breached", "unassigned", "mine", "resolved", "closed", "cancelled", "bug", "defect", "urgent",
    "assumed", "unentitled", "escalated", "paused", "watched",
)  # fmt: skip
STATES = ("new", "open", "waiting", "third_party", "resolved", "closed", "cancelled", "active", "ended", "any")
HOLDS = ("assignee", "team", "priority", "item", "tag", "clock", "attachment", "checklist", "watcher", "topic")

Kind = Literal["text", "word", "length", "date", "number"]


@dataclass(frozen=True, slots=True)
class Key:
    """What may follow a key: its signs, what kind of value, and the values if they are known beforehand."""

    signs: str
    kind: Kind
    values: tuple[str, ...] = ()


_TEXT = Key(":", "text")
KEYS: Mapping[str, Key] = {
    "is": Key(":", "word", IS),
    "state": Key(":", "word", STATES),
    "has": Key(":", "word", HOLDS),
    "no": Key(":", "word", HOLDS),
    "vendor": _TEXT,
    "prio": _TEXT,
    "assignee": _TEXT,
    "customer": _TEXT,
    "serial": _TEXT,
    "tag": _TEXT,
    "team": _TEXT,
    "lang": _TEXT,
    "site": _TEXT,
    "product": _TEXT,
    "release": _TEXT,
    "topic": _TEXT,
    "number": _TEXT,
    "watcher": _TEXT,
    "level": Key(":<>", "number"),
    "due": Key("<>", "length"),
    "waiting": Key("<>", "length"),
    "created": Key("<>", "date"),
    "updated": Key("<>", "date"),
}
_LENGTH = re.compile(r"([0-9]{1,4})([mhdw])", re.ASCII)
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", re.ASCII)
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_SIGNS = ":<>"


class WrongQuery(ValueError):
    """A query that means nothing. `words` say what is wrong with `[start, end)` of the text; `nearest` is the whole query put
    right, empty if nothing is near.
    """

    def __init__(self, words: str | Promise, start: int, end: int, nearest: str = "") -> None:
        super().__init__(str(words))
        self.words, self.start, self.end, self.nearest = words, start, end, nearest


@dataclass(frozen=True, slots=True)
class Term:
    """One condition; a free word has neither key nor sign. It stands at `[start, end)` of the text, its value from `value_at`."""

    key: str
    sign: str
    value: str
    negated: bool = False
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)
    value_at: int = field(default=0, compare=False)

    def __str__(self) -> str:
        value = self.value if _plain(self) else '"' + self.value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        return f"{'-' if self.negated else ''}{self.key}{self.sign}{value}"

    @property
    def length(self) -> timedelta:
        """The value as a length of time."""
        number, unit = self.value[:-1], self.value[-1]
        return int(number) * _UNITS[unit]

    @property
    def day(self) -> date:
        """The value as a date."""
        return date.fromisoformat(self.value)


@dataclass(frozen=True, slots=True)
class Chip:
    """A term as it is shown, and the query that is left without it."""

    term: Term
    without: str


@dataclass(frozen=True, slots=True)
class Query:
    """Terms that all hold; of terms with one key that can have only one value (prio, state, vendor, …) any does."""

    terms: tuple[Term, ...] = ()

    def __str__(self) -> str:
        return " ".join(str(term) for term in self.terms)

    def of(self, *keys: str) -> Iterator[Term]:
        """The terms with one of the keys ("" are free words)."""
        return (term for term in self.terms if term.key in keys)

    @property
    def words(self) -> tuple[Term, ...]:
        """The free words."""
        return tuple(self.of(""))

    def chips(self) -> list[Chip]:
        """Each term with the query that is left without it."""
        rests = (Query(self.terms[:at] + self.terms[at + 1 :]) for at in range(len(self.terms)))
        return [Chip(term, str(rest)) for term, rest in zip(self.terms, rests, strict=True)]


def parse(text: str) -> Query:
    """The query that the text means, read once from left to right. Raises WrongQuery, and nothing else."""
    if len(text) > LONGEST:
        raise WrongQuery(_("This search is too long."), LONGEST, len(text), "")
    terms = []
    for start, end, value_at, head, value, quoted in _pieces(text):
        terms.append(_term(text, start, end, value_at, head, value, quoted))
    if len(terms) > MOST_TERMS:
        raise WrongQuery(_("This search is too long."), terms[MOST_TERMS].start, len(text), "")
    return Query(tuple(terms))


def corrected(text: str, start: int, end: int, instead: str) -> str:
    """The text with another piece at `[start, end)`."""
    return f"{text[:start]}{instead}{text[end:]}".strip()


def wrong_value(text: str, term: Term, known: Mapping[str, str] | list[str] | tuple[str, ...]) -> WrongQuery:
    """What to raise for a value that the key does not know; `known` are those that it does."""
    near = get_close_matches(term.value.lower(), [*known], n=1, cutoff=0.5)
    instead = str(Term(term.key, term.sign, near[0], term.negated)) if near else ""
    words = _("“%(value)s” is not known to “%(key)s:”.") % {"value": term.value, "key": term.key}
    return WrongQuery(words, term.value_at, term.end, corrected(text, term.start, term.end, instead) if near else "")


_Piece = tuple[int, int, int, str, str, bool]


def _pieces(text: str) -> Iterator[_Piece]:
    """Start, end, where the value starts, what stands before it (with the sign), the value, and whether it is in quotes."""
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        start = at
        while at < len(text) and not text[at].isspace() and text[at] not in _SIGNS + '"':
            at += 1
        key = text[start:at].removeprefix("-")
        if at < len(text) and text[at] in _SIGNS and key:
            at += 1
        elif not (at < len(text) and text[at] == '"' and not key):
            while at < len(text) and not text[at].isspace():
                at += 1
            value_at = start + (text[start] == "-" and at - start > 1)
            yield start, at, value_at, text[start:value_at], text[value_at:at], False
            continue
        value_at = at
        if at < len(text) and text[at] == '"':
            value, at = _quoted(text, at)
            yield start, at, value_at, text[start:value_at], value, True
            continue
        while at < len(text) and not text[at].isspace():
            at += 1
        yield start, at, value_at, text[start:value_at], text[value_at:at], False


def _quoted(text: str, at: int) -> tuple[str, int]:
    """The words in quotes that begin at `at`, and where they end."""
    opened, value = at, []
    at += 1
    while at < len(text) and text[at] != '"':
        at += text[at] == "\\" and at + 1 < len(text)
        value.append(text[at])
        at += 1
    if at == len(text):
        closed = f'{text}"' if not text.endswith("\\") else f'{text}\\"'
        raise WrongQuery(_("This quotation mark is not closed."), opened, len(text), closed)
    return "".join(value), at + 1


def _term(text: str, start: int, end: int, value_at: int, head: str, value: str, quoted: bool) -> Term:
    negated = head.startswith("-")
    sign = head[-1:] if head[-1:] in tuple(_SIGNS) else ""
    key = head.removeprefix("-").removesuffix(sign).lower() if sign else ""
    if not sign:
        return Term("", "", _known(value, text, start, end), negated, start, end, value_at)
    if key not in KEYS:
        near = get_close_matches(key, KEYS, n=1, cutoff=0.6)
        instead = f"{'-' if negated else ''}{near[0]}{sign}{text[value_at:end]}" if near else _as_word(text[start:end])
        words = _("There is nothing to search by that is called “%(key)s”.") % {"key": key}
        raise WrongQuery(words, start, value_at, corrected(text, start, end, instead))
    return _checked(text, Term(key, sign, value if quoted else value.strip('"'), negated, start, end, value_at))


def _known(value: str, text: str, start: int, end: int) -> str:
    if not value.strip():
        raise WrongQuery(_("There is nothing in these quotation marks."), start, end, corrected(text, start, end, ""))
    return value


def _as_word(piece: str) -> str:
    return str(Term("", "", piece.removeprefix("-"), piece.startswith("-")))


def _checked(text: str, term: Term) -> Term:
    """The term if its sign and value are such as its key takes."""
    key = KEYS[term.key]
    if term.sign not in key.signs:
        instead = f"{'-' if term.negated else ''}{term.key}{key.signs[0]}{text[term.value_at : term.end]}"
        words = _("“%(key)s” is written with %(signs)s.") % {"key": term.key, "signs": " / ".join(key.signs)}
        raise WrongQuery(words, term.start, term.value_at, corrected(text, term.start, term.end, instead))
    if not term.value.strip():
        words = _("“%(key)s” needs a value after it.") % {"key": f"{term.key}{term.sign}"}
        raise WrongQuery(words, term.start, term.end, corrected(text, term.start, term.end, ""))
    if key.kind == "word":
        return _word(text, term, key)
    if key.kind == "length" and not _LENGTH.fullmatch(term.value):
        raise _example(text, term, _("“%(value)s” is not a length of time. Write 30m, 2h, 3d or 1w."), "2h")
    if key.kind == "date" and not _is_date(term.value):
        raise _example(text, term, _("“%(value)s” is not a date. Write it like 2026-10-01."), "2026-10-01")
    if key.kind == "number" and not re.fullmatch("[0-9]{1,2}", term.value, re.ASCII):
        raise _example(text, term, _("“%(value)s” is not a number."), "1")
    return term


def _word(text: str, term: Term, key: Key) -> Term:
    if term.value.lower() not in key.values:
        raise wrong_value(text, term, key.values)
    return Term(term.key, term.sign, term.value.lower(), term.negated, term.start, term.end, term.value_at)


def _example(text: str, term: Term, words: Promise, example: str) -> WrongQuery:
    instead = str(Term(term.key, term.sign, _nearest_length(term.value) or example, term.negated))
    return WrongQuery(
        str(words) % {"value": term.value}, term.value_at, term.end, corrected(text, term.start, term.end, instead)
    )


def _nearest_length(value: str) -> str:
    """The length of time that somebody who wrote “2 hours” or “2H” meant."""
    found = re.fullmatch(r"([0-9]{1,4})\s?([mhdwMHDW])[a-z]{0,10}", value, re.ASCII)
    return f"{found[1]}{found[2].lower()}" if found else ""


def _is_date(value: str) -> bool:
    found = _DATE.fullmatch(value)
    try:
        return bool(found) and date.fromisoformat(value).year >= 1970
    except ValueError:
        return False


def _plain(term: Term) -> bool:
    """Whether the value needs no quotes."""
    if not term.value or any(c.isspace() for c in term.value) or '"' in term.value:
        return False
    return bool(term.key) or not (any(sign in term.value for sign in _SIGNS) or term.value.startswith("-"))
