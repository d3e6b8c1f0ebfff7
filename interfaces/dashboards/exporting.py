"""The rows behind a figure as a file, all pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from interfaces.common import exports
from interfaces.common.clock_words import STANDING
from interfaces.common.exports import Cell, Column
from interfaces.common.reader import reader_of
from interfaces.dashboards.forms import BehindForm
from interfaces.dashboards.house import houses_of
from interfaces.dashboards.rows import rows_behind
from kernel import clock

Line = dict[str, Any]


def _of(name: str) -> Callable[[Line], Cell]:
    return lambda line: line[name]


_TICKET = (
    Column[Line](_("Number"), _of("number")),
    Column[Line](_("Subject"), _of("subject")),
    Column[Line](_("Vendor"), lambda line: line["house"].name),
    Column[Line](_("Priority"), _of("priority")),
)
_CLOCK = (
    *_TICKET,
    Column[Line](_("Clock"), _of("clock")),
    Column[Line](_("Standing"), lambda line: STANDING[line["face"].state]),
    Column[Line](_("Cycle"), _of("cycle")),
    Column[Line](_("Internal"), _of("internal")),
    Column[Line](_("Due"), _of("due_at"), timed=True),
    Column[Line](_("Ended"), _of("ended_at"), timed=True),
    Column[Line](_("Breached"), _of("breached_at"), timed=True),
)
_STATE = Column[Line](_("State"), _of("state_label"))
COLUMNS: Mapping[str, tuple[Column[Line], ...]] = {
    "clocks": _CLOCK,
    "rungs": (
        *_CLOCK,
        Column(_("Percent"), _of("percent")),
        Column(_("Crossed"), _of("crossed_at"), timed=True),
        Column(_("Lateness"), _of("late")),
    ),
    "tickets": (
        *_TICKET,
        _STATE,
        Column(_("Filed"), _of("received_at"), timed=True),
        Column(_("Resolved"), _of("resolved_at"), timed=True),
    ),
    # What a customer said beside his rating are words of a conversation, which no file of a list holds.
    "ratings": (
        *_TICKET,
        _STATE,
        Column(_("Rating"), _of("grade")),
        Column(_("Said"), _of("rated_at"), timed=True),
    ),
}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def export(request: HttpRequest) -> HttpResponse:
    """The file of the list that the query asks for, as the list's page; 422 for more rows than a file may have."""
    houses, reader = houses_of(request), reader_of(request)
    if request.method != "POST":  # the page of a refusal is read again
        return redirect(exports.address("dashboards:list", request))
    form = BehindForm(request.GET, houses)
    if not form.is_valid():
        raise Http404
    asked = form.cleaned_data | {"page": 1}
    members = [m for m in reader.members if m.vendor_id in houses and asked["vendor"] in {"", houses[m.vendor_id].slug}]
    most = exports.begin(reader, members)
    rows = rows_behind(houses, asked, clock.now(), size=most)
    if rows.total > most:
        return exports.refused(request, "dashboards:list")
    return exports.answer(
        reader,
        members,
        what=rows.shape,
        columns=COLUMNS[rows.shape],
        rows=rows.lines,
        vendor_of=lambda line: line["house"].id,
        filters=[f"{name}:{value}" for name, value in asked.items() if value and name != "page"],
    )
