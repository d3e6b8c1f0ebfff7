"""Words of articles: kept by the database, asked for through one function (ADR 0010)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import connection

from kernel.tenancy.scope import Scope, enter

_MOST = 50  # of a vendor and language
_WORDS = 16  # of what was typed
_WORD = re.compile(r"[\w.+#-]*\w", re.UNICODE)


@dataclass(frozen=True, slots=True)
class Fit:
    """How well an article fits: the share of the words that are in it, and how much they weigh there."""

    share: float
    rank: float


def rebuild(vendor_id: int, article_ids: Sequence[int]) -> None:
    """Make the documents of articles anew, in the transaction of the change."""
    with enter(Scope.of(vendor_id)), connection.cursor() as cursor:
        cursor.execute("SELECT tickets_article_rebuild(%s)", [list(article_ids)])


def words_of(typed: str) -> list[str]:
    """The words of what somebody types, without signs; the first of very many."""
    return list(dict.fromkeys(_WORD.findall(typed.replace("\0", "").lower())))[:_WORDS]


def fitting(words: Iterable[str]) -> Mapping[int, Fit]:
    """Articles of the scope that speak of the words, in whichever language, also where a word is only begun; one query. Staff
    find drafts of their vendor too, everybody else what is published.
    """
    words = list(words)
    if not words:
        return {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT article_id, share, rank FROM tickets_article_search(%s::text[], %s)", [words, _MOST])
        found: dict[int, Fit] = {}
        for key, share, rank in cursor.fetchall():
            fit = Fit(share, rank)
            best = found.get(key)
            if best is None or (fit.share, fit.rank) > (best.share, best.rank):
                found[key] = fit
    return found
