"""What could come next while somebody types a search: keys, and the values that he may know of."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet

from sla.policies import Book
from tickets.access import visible_tickets
from tickets.models import TicketTag
from tickets.search.language import KEYS, Term
from vendors.access import Member, colleagues_of
from vendors.models import InstalledItem, Organisation, Product, Team, Vendor

MOST = 10
_NOBODY = Q(pk__in=[])


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`text` can stand at `[start, end)` of what was typed; a key ends in its sign, so that its value can follow at once."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Typed:
    """The piece before the caret: its key and sign (empty while the key is typed), and what there is of the value."""

    negated: bool
    key: str
    sign: str
    value: str
    start: int
    end: int


def complete(text: str, caret: int, members: Sequence[Member], books: Mapping[int, Book]) -> list[Suggestion]:
    """At most MOST suggestions for the piece of the text that ends at `caret` (characters from its beginning), in at most one
    query; nothing where nothing fits, and nothing raises.
    """
    typed = _typed(text, caret)
    if not typed.key:
        found = [f"{key}{spec.signs[0]}" for key, spec in KEYS.items() if key.startswith(typed.value.lower())]
        sign = "-" if typed.negated else ""
        return (
            [Suggestion(f"{sign}{key}", typed.start, typed.end) for key in sorted(found)[:MOST]] if typed.value else []
        )
    spec = KEYS.get(typed.key)
    if spec is None or typed.sign not in spec.signs:
        return []
    known = _fixed(typed.key, spec.kind, spec.values, books)
    values: Iterable[str] = []
    if known is not None:
        values = [value for value in known if value.lower().startswith(typed.value.lower())]
    elif typed.key in _VALUES:
        values = _VALUES[typed.key](typed.value, members)
    terms = dict.fromkeys(str(Term(typed.key, typed.sign, value, typed.negated)) for value in values)
    return [Suggestion(term, typed.start, typed.end) for term in list(terms)[:MOST]]


def _typed(text: str, caret: int) -> Typed:
    """The piece that the caret stands in or behind; blanks inside open quotes belong to it."""
    caret = max(0, min(caret, len(text)))
    start, quoted = 0, False
    for at, char in enumerate(text[:caret]):
        if char == '"':
            quoted = not quoted
        elif char.isspace() and not quoted:
            start = at + 1
    piece = text[start:caret]
    negated = piece.startswith("-")
    piece = piece.removeprefix("-")
    at = next((at for at, char in enumerate(piece) if char in ':<>"'), -1)
    if at < 1 or piece[at] == '"':
        return Typed(negated, "", "", piece, start, caret)
    value = piece[at + 1 :].replace('"', "").replace("\0", "")
    return Typed(negated, piece[:at].lower(), piece[at], value, start, caret)


def _fixed(key: str, kind: str, values: Sequence[str], books: Mapping[int, Book]) -> Sequence[str] | None:
    """The values that are known without asking; None if they stand in the database."""
    if kind == "word":
        return values
    if kind == "length":
        return ("30m", "2h", "1d", "3d", "1w")
    if key == "prio":
        return list(dict.fromkeys(p.key for book in books.values() for p in book.file.priorities))
    if key == "topic":
        return list(dict.fromkeys(topic.key for book in books.values() for topic in book.file.topics))
    if key == "lang":
        return ("de", "en", "sv")
    return None


def _vendors(value: str, members: Sequence[Member]) -> Iterable[str]:
    return _begun(Vendor.objects.filter(pk__in={m.vendor_id for m in members}), "slug", value)


def _people(value: str, members: Sequence[Member]) -> Iterable[str]:
    """Colleagues of the reader's own houses."""
    words = [word for word in ("me", "nobody") if word.startswith(value.lower())]
    return [*words, *_held(colleagues_of(members).filter(active=True), "name", value)]


def _tags(value: str, members: Sequence[Member]) -> Iterable[str]:
    """Tags of the reader's own houses; another's say nothing, not even that they are there."""
    ours = reduce(or_, (Q(vendor_id=m.vendor_id, house=m.house) for m in members), _NOBODY)
    return _begun(TicketTag.objects.filter(ours), "name", value.lower())


def _numbers(value: str, members: Sequence[Member]) -> Iterable[str]:
    return _begun(visible_tickets(members), "number", value.upper()) if value else []


def _begun(rows: QuerySet[Any], column: str, value: str) -> list[str]:
    return list(
        rows.filter(**{f"{column}__startswith": value})
        .order_by(column)
        .values_list(column, flat=True)
        .distinct()[:MOST]
    )


def _held(rows: QuerySet[Any], column: str, value: str) -> list[str]:
    return list(
        rows.filter(**{f"{column}__icontains": value}).order_by(column).values_list(column, flat=True).distinct()[:MOST]
    )


_VALUES: Mapping[str, Callable[[str, Sequence[Member]], Iterable[str]]] = {
    "vendor": _vendors,
    "assignee": _people,
    "watcher": _people,
    "tag": _tags,
    "number": _numbers,
    "customer": lambda value, members: _held(Organisation.objects.filter(kind="customer"), "name", value),
    "team": lambda value, members: _held(Team.objects.all(), "name", value),
    "product": lambda value, members: _begun(Product.objects.all(), "key", value.lower()),
    "serial": lambda value, members: _begun(InstalledItem.objects.all(), "number", value) if value else [],
}
