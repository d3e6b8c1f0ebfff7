"""The queue's page: one list over all of the reader's vendors or the chosen one, its views, and what changes while it is read."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_safe

from interfaces.common import exports, limits
from interfaces.common.kept import kept
from interfaces.common.presence import others
from interfaces.common.reader import Reader, VendorChoice, reader_of
from interfaces.desk.bulk_choices import choices_for
from interfaces.desk.columns import COLUMNS, DENSITIES, Looks, Shown, looks_of
from interfaces.desk.searched import Search, searched
from kernel import clock
from kernel.keys import keys_in
from sla.policies import Book, books
from tickets.access import visible_tickets
from tickets.queries import queue as tickets
from tickets.queries.queue_rows import rows_of
from tickets.queries.views import View, counts, views_of
from tickets.search.fulltext import Snippet, snippets
from vendors.access import Member

_MOST_SHOWN = 200  # rows of which a page can ask how they are now


@dataclass(frozen=True, slots=True)
class Line:
    """A row as the template writes it: `cells` is made of escaped parts."""

    id: int
    number: str
    cells: str
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """A form of the page that was refused ("bulk", "keep" or "change"): what was typed and `chosen` in it (keys of tickets), and
    `words` that say why, next to its field.
    """

    form: str
    typed: Mapping[str, str]
    words: str = ""
    chosen: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Desk:
    """Who reads the queue, of which vendors, at `now`."""

    reader: Reader
    members: Sequence[Member]
    held: Mapping[int, Book]
    vendors: Mapping[int, VendorChoice]
    now: datetime

    @classmethod
    def of(cls, request: HttpRequest) -> "Desk":
        """The desk of a request; 404 for who works at none."""
        reader, now = reader_of(request), clock.now()
        members = reader.staff_members
        if not members:
            raise Http404
        held = books({member.vendor_id for member in members}, now)
        vendors = {vendor.id: vendor for vendor in reader.vendors if vendor.id in held}
        return cls(reader, [m for m in members if m.vendor_id in held], held, vendors, now)

    @property
    def rules(self) -> dict[int, Any]:
        """The rules by vendor."""
        return {key: book.rules for key, book in self.held.items()}

    @property
    def looks(self) -> Looks:
        """How the list looks."""
        return looks_of(self.reader.user)

    def lines(
        self, rows: Sequence[tickets.Row], looks: Looks, words: Sequence[str] = (), chosen: Collection[int] = ()
    ) -> list[Line]:
        """Rows with who has them open right now, where `words` stand in them, and which of them are `chosen`."""
        told = snippets(self.members, [row.ticket_id for row in rows], words) if words else {}
        present = others(self.members, [(row.vendor_id, row.ticket_id) for row in rows])
        return [
            Line(
                row.ticket_id,
                row.number,
                looks.cells(self.shown(row, present.get(row.ticket_id, ()), told.get(row.ticket_id))),
                row.ticket_id in chosen,
            )
            for row in rows
        ]

    def shown(self, row: tickets.Row, present: Sequence[Any] = (), snippet: Snippet | None = None) -> Shown:
        """A row with what is needed to show it."""
        return Shown(
            row, self.held[row.vendor_id], self.vendors[row.vendor_id], len(self.members) > 1, present, snippet
        )

    def search(self, text: str) -> Search:
        """What a text means here."""
        return searched(text, self.members, self.held, self.now)


@login_required
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """The queue by due time, narrowed by the search in `q`, with the tickets named by `chosen` selected; 404 for who works at no
    desk.
    """
    return _shown(request, request.GET)


def again(request: HttpRequest, refused: Refusal) -> HttpResponse:
    """The page from which a form was sent (its `next`) as it was when it was sent, with what was typed: 422."""
    return _shown(request, QueryDict(urlsplit(request.POST.get("next", "")).query), refused)


def back_to_queue(request: HttpRequest, *, chosen: Collection[int]) -> HttpResponse:
    """Back to the page from which a form was sent, with some tickets selected."""
    query = QueryDict(urlsplit(request.POST.get("next", "")).query, mutable=True)
    return redirect(_address(query, chosen=" ".join(map(str, chosen))))


def _shown(request: HttpRequest, query: QueryDict, refused: Refusal | None = None) -> HttpResponse:
    desk = Desk.of(request)
    search = desk.search(query.get("q", ""))
    page = page_of(query, desk, search)
    limits.listed(desk.reader, ((row.vendor_id, row.number) for row in page.rows))
    chosen = refused.chosen if refused else frozenset(_keys(query.get("chosen", "")))
    views, looks = _views(desk, search), desk.looks.without_empty(page.rows)
    context = {
        "search": search,
        "lines": desk.lines(page.rows, looks, search.words, chosen),
        "looks": looks,
        "all_columns": [(key, column.label, key in desk.looks.columns) for key, column in COLUMNS.items()],
        "densities": DENSITIES.items(),
        "views": views,
        "current": next((view for view in views if view["current"]), None),
        "bulk": choices_for(desk.members, desk.held),
        "previous_url": _moved(search, before=page.before),
        "next_url": _moved(search, after=page.after),
        "is_first_page": not (query.get("before") or query.get("after")),
        "since": desk.now.astimezone(UTC).isoformat(),
        "tagged": "tags" in looks.columns,
        "ids": " ".join(str(row.ticket_id) for row in page.rows),
        "here": _address(query),
        "export_url": exports.address("desk:export", request),
        "refused": refused,
    }
    return render(request, "desk/queue.html", context, status=422 if search.wrong or refused else 200)


@login_required
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """What is different since the page was asked for: `q`, `since`, and the `ids` it shows. 304 where nothing is.

    Answers rows that changed as HTML by ticket key, keys that left the view, keys that came, and the counts of the views. Once a
    minute all rows come again, for the time that is left.
    """
    desk = Desk.of(request)
    search = desk.search(request.GET.get("q", ""))
    since = _instant(request.GET.get("since", ""))
    if search.meaning is None or since is None:
        raise Http404
    shown = _keys(request.GET.get("ids", ""))
    changes = tickets.changed_since(desk.members, search.meaning, since, desk.now)
    told = [(c.ticket_id, c.listed_at.timestamp(), c.inside) for c in changes]
    minute = int(desk.now.timestamp()) // 60
    tag = '"' + sha256(repr((told, minute, search.text, sorted(shown))).encode()).hexdigest()[:20] + '"'
    if request.headers.get("If-None-Match") == tag:
        return HttpResponse(status=304, headers={"ETag": tag})
    answer = _different(
        desk, search, changes, shown, whole=request.GET.get("minute") != str(minute), tagged="tagged" in request.GET
    )
    response = JsonResponse(answer | {"minute": minute})
    response["ETag"] = tag
    response["Cache-Control"] = "private, no-store"
    return response


def _different(
    desk: Desk, search: Search, changes: Sequence[tickets.Change], shown: Collection[int], *, whole: bool, tagged: bool
) -> dict[str, Any]:
    changed = {change.ticket_id for change in changes}
    keys = [key for key in shown if whole or key in changed]
    # Only rows of tickets that the reader sees are read: a key of somebody else's finds nothing.
    visible = set(visible_tickets(desk.members).filter(pk__in=keys).values_list("pk", flat=True)) if keys else set()
    rows = rows_of([key for key in keys if key in visible], desk.members, desk.rules, desk.now)
    limits.listed(desk.reader, ((row.vendor_id, row.number) for row in rows))
    looks = desk.looks if tagged else desk.looks.without_empty([])
    lines = desk.lines(rows, looks, search.words)
    return {
        "rows": {line.id: render_to_string("desk/_queue_row.html", {"line": line, "looks": looks}) for line in lines},
        "gone": [c.ticket_id for c in changes if c.ticket_id in shown and not c.inside],
        "new": [c.ticket_id for c in changes if c.ticket_id not in shown and c.inside],
        "counts": {view["key"]: view["count"] for view in _views(desk, search, anew=True)},
    }


def page_of(query: QueryDict, desk: Desk, search: Search, size: int = tickets.PAGE) -> tickets.QueuePage:
    """The page of `size` rows that a query asks for; no row where the search means nothing. Raises Http404."""
    if search.meaning is None:
        return tickets.QueuePage([], "", "")
    try:
        return tickets.page(
            desk.members,
            search.meaning,
            desk.rules,
            desk.now,
            after=query.get("after", ""),
            before=query.get("before", ""),
            size=size,
        )
    except tickets.BadCursor:
        raise Http404 from None


def _views(desk: Desk, search: Search, *, anew: bool = False) -> list[dict[str, Any]]:
    """The views with their counts, which are kept for some seconds unless they are wanted `anew`."""
    found = views_of(desk.members)
    members = sorted((m.vendor_id, m.person_id, m.role, m.house) for m in desk.members)
    about = (members, [(view.key, view.query) for view in found])
    numbers = kept(desk.reader.user.pk, about, lambda: _counted(desk, found), anew=anew)
    return [_view(view, numbers.get(view.key, ""), search) for view in found]


def _counted(desk: Desk, found: Sequence[View]) -> dict[str, str]:
    """The counts by key; a view whose query means nothing any more has none."""
    meanings = {view.key: desk.search(view.query).meaning for view in found}
    known = [view for view in found if meanings[view.key] is not None]
    figures = counts(desk.members, [m for view in known if (m := meanings[view.key]) is not None], desk.now)
    return {view.key: str(figure) for view, figure in zip(known, figures, strict=True)}


def _view(view: View, count: str, search: Search) -> dict[str, Any]:
    return {
        "key": view.key,
        "id": view.id,
        "vendor_id": view.vendor_id,
        "name": view.name,
        "whose": view.whose,
        "team": view.team,
        "count": count,
        "url": f"?{urlencode({'q': view.query})}" if view.query else "?",
        "current": view.query == (str(search.meaning.query) if search.meaning else search.text.strip()),
    }


def _moved(search: Search, **cursor: str) -> str:
    name, value = next(iter(cursor.items()))
    query = {"q": search.text} if search.text else {}
    return f"?{urlencode(query | {name: value})}" if value else ""


def _address(query: QueryDict, **more: str) -> str:
    """Of the queue with this query: the selection is that of one answer, and of `more` what is said."""
    kept = query.copy()
    kept.pop("chosen", None)
    kept.update({name: value for name, value in more.items() if value})
    return reverse("desk:queue") + (f"?{kept.urlencode()}" if kept else "")


def _keys(text: str) -> list[int]:
    return keys_in(text.split()[:_MOST_SHOWN])


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None
