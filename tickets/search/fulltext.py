"""Words of tickets: kept by the database, asked for through one function, and shown in snippets of what the reader may read."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchHeadline, SearchQuery, SearchVector
from django.db import connection
from django.db.models import Func, OuterRef, Q, Subquery, TextField, Value
from django.db.models.functions import Left

from kernel.tenancy.scope import Scope, enter
from tickets.access import readable_messages, visible_tickets
from tickets.models import Message
from vendors.access import Member

RANKED = 500  # of a vendor, the newest: more than that nobody reads
MOST = 10_000  # of a vendor, where other terms choose among them
_READ = 60_000  # characters of a message: PostgreSQL takes no more than a megabyte of words
_BEGIN, _END = "\x02", "\x03"


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a snippet; `marked` is what was searched for."""

    text: str
    marked: bool


@dataclass(frozen=True, slots=True)
class Snippet:
    """What was found of a ticket, as plain text: its subject whole, and a piece of a message (empty: in none)."""

    subject: list[Piece]
    said: list[Piece]

    def __bool__(self) -> bool:
        return bool(self.said) or any(piece.marked for piece in self.subject)


def rebuild(vendor_id: int, ticket_ids: Sequence[int]) -> None:
    """Make the documents of tickets anew, from all that anybody may read of each; in the transaction of the change."""
    if ticket_ids:
        with enter(Scope.of(vendor_id)), connection.cursor() as cursor:
            cursor.execute("SELECT tickets_search_rebuild(%s)", [list(ticket_ids)])


def matching(words: Iterable[str], without: Iterable[str] = (), *, most: int = RANKED) -> list[int]:
    """Keys of tickets of the scope that hold all of `words` and none of `without`, the best first, and of two that fit alike the
    newer; one query.
    """
    with connection.cursor() as cursor:
        statement = "SELECT ticket_id, rank FROM tickets_search(%s::text[], %s::text[], %s)"
        cursor.execute(statement, [list(words), list(without), most])
        found = cursor.fetchall()
    return [key for key, _rank in sorted(found, key=lambda row: (-round(row[1], 2), -row[0]))]


def snippets(members: Iterable[Member], ticket_ids: Sequence[int], words: Sequence[str]) -> Mapping[int, Snippet]:
    """Where any of the words stands in each of the tickets that these memberships see, as the search finds it: in any form, with
    or without accents; of their messages in the newest that the reader may read. One query; tickets without are left out.
    """
    if not words or not ticket_ids:
        return {}
    members = tuple(members)
    readable, wanted = Q(pk__in=[]), _AnyOf(words)
    for member in members:
        readable |= Q(vendor_id=member.vendor_id) & readable_messages(member)
    said = (
        Message.objects.filter(readable, vendor_id=OuterRef("vendor_id"), ticket_id=OuterRef("pk"))
        .annotate(words=SearchVector(Left("body", _READ), config=_language("ticket__language")))
        .filter(words=wanted)
        .order_by("-pk")
        .annotate(
            told=_headline(Left("body", _READ), wanted, "ticket__language", max_words=22, min_words=10, max_fragments=1)
        )
    )
    rows = (
        visible_tickets(members)
        .filter(pk__in=ticket_ids)
        .annotate(
            title=_headline("subject", wanted, "language", highlight_all=True), said=Subquery(said.values("told")[:1])
        )
        .values_list("pk", "title", "said")
    )
    found = {key: Snippet(_pieces(title), _pieces(said or "")) for key, title, said in rows}
    return {key: snippet for key, snippet in found.items() if snippet}


class _AnyOf(SearchQuery):
    """Any of the words, as the search asks for each (tickets_search_any): asked once, not row by row."""

    template = "(SELECT %(function)s(%(expressions)s))"

    def __init__(self, words: Sequence[str]) -> None:
        super().__init__(Value(list(words), ArrayField(TextField())))
        self.function = "tickets_search_any"


def _language(field: str) -> Func:
    """How the words of a language are read without their accents."""
    return Func(field, function="tickets_search_shown", output_field=TextField())


def _headline(text: str | Left, wanted: SearchQuery, language: str, **how: Any) -> SearchHeadline:
    return SearchHeadline(text, wanted, config=_language(language), start_sel=_BEGIN, stop_sel=_END, **how)


def _pieces(told: str) -> list[Piece]:
    pieces = []
    told = told.replace(_END + _BEGIN, "")  # a word of several parts is one word
    for place, part in enumerate(re.split(f"[{_BEGIN}{_END}]", told)):
        if part:
            pieces.append(Piece(part, place % 2 == 1))
    return pieces
