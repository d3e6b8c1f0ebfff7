"""The search of the queue: what is typed, understood or not, and what is suggested while one types."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from interfaces.common.reader import reader_of
from kernel import clock
from kernel.keys import key_in
from sla.policies import Book, books
from tickets.search.completion import complete
from tickets.search.language import Query, WrongQuery, parse
from tickets.search.meaning import Meaning, meaning_of
from vendors.access import Member

LONGEST = 500


@dataclass(frozen=True, slots=True)
class Search:
    """What was typed. `meaning` is None where it means nothing: then `wrong` says why."""

    text: str
    meaning: Meaning | None
    wrong: WrongQuery | None = None
    chips: list[dict[str, Any]] = field(default_factory=list)

    @property
    def words(self) -> list[str]:
        """The free words that are looked for."""
        return [t.value for t in self.meaning.query.words if not t.negated] if self.meaning else []

    @property
    def mistake(self) -> dict[str, str]:
        """The text around the piece that is wrong, and the nearest search that means something."""
        if self.wrong is None:
            return {}
        start, end = self.wrong.start, max(self.wrong.end, self.wrong.start)
        nearest = f"?{urlencode({'q': self.wrong.nearest})}" if self.wrong.nearest else ""
        return {
            "words": str(self.wrong.words),
            "before": self.text[:start],
            "piece": self.text[start:end],
            "after": self.text[end:],
            "nearest": self.wrong.nearest,
            "nearest_url": nearest,
        }


def searched(text: str, members: Sequence[Member], held: Mapping[int, Book], now: datetime) -> Search:
    """What a text means for these memberships."""
    text = text.replace("\0", "")[:LONGEST]
    try:
        query = parse(text)
        meaning = meaning_of(query, text, members, held, now, timezone.get_current_timezone())
    except WrongQuery as wrong:
        return Search(text, None, wrong)
    return Search(text, meaning, None, _chips(query))


def _chips(query: Query) -> list[dict[str, Any]]:
    return [
        {"text": str(c.term), "url": f"?{urlencode({'q': c.without})}" if c.without else "?"} for c in query.chips()
    ]


@login_required
@require_safe
def completing(request: HttpRequest) -> HttpResponse:
    """Suggestions for the piece before the caret: `q` and `caret`; each replaces `[start, end)` of the text."""
    reader = reader_of(request)
    if not reader.staff_members:
        raise Http404
    text, caret = request.GET.get("q", "")[:LONGEST], key_in(request.GET.get("caret", ""))
    at = len(text) if caret is None else min(caret, len(text))
    held = books({member.vendor_id for member in reader.staff_members}, clock.now())
    found = complete(text, at, reader.staff_members, held)
    return JsonResponse({"found": [{"text": s.text, "start": s.start, "end": s.end} for s in found]})
