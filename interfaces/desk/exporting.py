"""The queue as a file: what is searched for now, in the columns that the reader has chosen, all pages."""

from collections.abc import Mapping

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from interfaces.common import exports
from interfaces.common.clock_words import STANDING
from interfaces.common.exports import Column
from interfaces.desk.columns import COLUMNS, Shown
from interfaces.desk.inputs import language_name
from interfaces.desk.looks import priority_of
from interfaces.desk.queue import Desk, page_of
from sla.models import Clock
from tickets.models import State
from tickets.search.language import KEYS, Query

# Keys whose values are words of ours or of a vendor's file; what else is searched for are people's own words.
_OURS = frozenset({"vendor", "prio", "lang"}) | {key for key, known in KEYS.items() if known.kind != "text"}


def _priority(shown: Shown) -> str:
    row = shown.row
    return priority_of(shown.book, row.priority or row.claimed_priority, claimed=not row.priority, urgent=row.urgent)[1]


# What the columns of the page are in a file: the same facts, one a cell.
CELLS: Mapping[str, tuple[Column[Shown], ...]] = {
    "due": (
        Column(_("Due"), lambda s: s.row.due_at, timed=True),
        Column(_("Clock"), lambda s: Clock.Kind(s.row.clock.kind).label if s.row.clock else ""),
        Column(_("Standing"), lambda s: STANDING[s.face.state if s.face else "none"]),
    ),
    "number": (Column(COLUMNS["number"].label, lambda s: s.row.number),),
    "subject": (Column(COLUMNS["subject"].label, lambda s: s.row.subject),),
    "customer": (Column(COLUMNS["customer"].label, lambda s: s.row.customer),),
    "vendor": (Column(COLUMNS["vendor"].label, lambda s: s.vendor.name),),
    "priority": (
        Column(COLUMNS["priority"].label, _priority),
        Column(_("Zone assumed"), lambda s: s.row.zone_assumed),
    ),
    "state": (Column(COLUMNS["state"].label, lambda s: State(s.row.state).label),),
    "assignee": (
        Column(COLUMNS["assignee"].label, lambda s: s.row.assignee),
        Column(_("House"), lambda s: s.row.house),
    ),
    "last": (
        Column(COLUMNS["last"].label, lambda s: s.row.last_author),
        Column(_("Last message"), lambda s: s.row.last_message_at, timed=True),
    ),
    "tags": (Column(COLUMNS["tags"].label, lambda s: " ".join(s.row.tags)),),
    "team": (Column(COLUMNS["team"].label, lambda s: s.row.team),),
    "language": (Column(COLUMNS["language"].label, lambda s: language_name(s.row.language)),),
    "level": (Column(COLUMNS["level"].label, lambda s: s.row.level),),
}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def export(request: HttpRequest) -> HttpResponse:
    """The file of what `?q=` finds; 422 for more rows than a file may have, 404 for a search that means nothing."""
    desk = Desk.of(request)
    if request.method != "POST":  # the page of a refusal is read again
        return redirect(exports.address("desk:queue", request))
    search = desk.search(request.GET.get("q", ""))
    if search.meaning is None:
        raise Http404
    most = exports.begin(desk.reader, desk.members)
    page = page_of(QueryDict(), desk, search, size=most)
    if page.after:
        return exports.refused(request, "desk:queue")
    columns = [column for key, _head in desk.looks.without_empty(page.rows).headings for column in _cells(key, desk)]
    return exports.answer(
        desk.reader,
        desk.members,
        what="queue",
        columns=columns,
        rows=[desk.shown(row) for row in page.rows],
        vendor_of=lambda shown: shown.row.vendor_id,
        filters=_told(search.meaning.query),
    )


def _cells(key: str, desk: Desk) -> tuple[Column[Shown], ...]:
    """On the page the customer's cell names the vendor too where there are several."""
    if key == "customer" and len(desk.members) > 1 and "vendor" not in desk.looks.columns:
        return CELLS["customer"] + CELLS["vendor"]
    return CELLS[key]


def _told(query: Query) -> list[str]:
    """What was searched for, as the audit may keep it: of people's own words only that there were some."""
    return [str(term) if term.key in _OURS else f"{term.key or 'word'}:…" for term in query.terms]
