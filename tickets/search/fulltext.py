"""Words of tickets: kept by the database, asked for through one function, and shown in snippets of what the reader may read."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.contrib.postgres.search import SearchHeadline, SearchQuery, SearchVector
from django.db import connection
from django.db.models import Q
from django.db.models.functions import Left

from kernel.tenancy.scope import Scope, enter
from tickets.access import readable_messages
from tickets.models import Message
from vendors.access import Member

RANKED = 500  # of a vendor, the newest: more than that nobody reads
MOST = 10_000  # of a vendor, where other terms choose among them
_READ = 60_000  # characters of a message: PostgreSQL takes no more than a megabyte of words
_BEGIN, _END = "\x02", "\x03"
_WORD = re.compile(r"\w+", re.UNICODE)


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a snippet; `marked` is what was searched for."""

    text: str
    marked: bool


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


def snippets(members: Iterable[Member], ticket_ids: Sequence[int], words: Iterable[str]) -> Mapping[int, list[Piece]]:
    """For each of the tickets the newest message of those that the reader may read in which one of the words begins a word, as
    pieces of plain text; one query. Tickets without such a message are left out.
    """
    begun = [f"'{part}':*" for word in words for part in _WORD.findall(word.lower())]
    readable = Q(pk__in=[])
    for member in members:
        readable |= Q(vendor_id=member.vendor_id) & readable_messages(member)
    if not begun or not ticket_ids:
        return {}
    query = SearchQuery(" | ".join(begun), search_type="raw", config="simple")
    rows = (
        Message.objects.filter(readable, ticket__in=ticket_ids)
        .annotate(words=SearchVector(Left("body", _READ), config="simple"))
        .filter(words=query)
        .order_by("ticket_id", "-pk")
        .distinct("ticket_id")
        .annotate(told=_headline(query))
        .values_list("ticket_id", "told")
    )
    return {key: _pieces(told) for key, told in rows}


def _headline(query: SearchQuery) -> SearchHeadline:
    return SearchHeadline(
        Left("body", _READ),
        query,
        config="simple",
        start_sel=_BEGIN,
        stop_sel=_END,
        max_words=22,
        min_words=10,
        max_fragments=1,
    )


def _pieces(told: str) -> list[Piece]:
    pieces = []
    for place, part in enumerate(re.split(f"[{_BEGIN}{_END}]", told)):
        if part:
            pieces.append(Piece(part, place % 2 == 1))
    return pieces
