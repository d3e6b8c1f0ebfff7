"""Figures for managers, and the rows behind each of them."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from interfaces.common import exports, limits
from interfaces.common.reader import reader_of
from interfaces.dashboards.board import board
from interfaces.dashboards.forms import PERIODS, BehindForm, PeriodForm
from interfaces.dashboards.house import houses_of
from interfaces.dashboards.rows import Rows, rows_behind
from kernel import clock
from tickets.queries.figures import Figure


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The dashboard of the chosen vendor, or of all that the reader manages, over `?days=` (7, 30, 90)."""
    houses = houses_of(request)
    form = PeriodForm(request.GET)
    days: int = form.cleaned_data["days"] if form.is_valid() else 30
    context = board(houses, days, clock.now()) | {
        "houses": list(houses.values()),
        "form": form,
        "days": days,
        "periods": [{"days": n, "label": label, "active": n == days} for n, label in PERIODS],
    }
    return render(request, "dashboards/home.html", context, status=422 if form.errors else 200)


@login_required
@require_safe
def behind(request: HttpRequest) -> HttpResponse:
    """The clocks, rungs or tickets of which a figure tells."""
    houses = houses_of(request)
    form = BehindForm(request.GET, houses)
    now = clock.now()
    rows = rows_behind(houses, form.cleaned_data, now) if form.is_valid() else Rows("clocks")
    limits.listed(reader_of(request), ((line["house"].id, line["number"]) for line in rows.lines))
    figures = dict(form.fields["figure"].choices)  # type: ignore[attr-defined]
    context = {
        "form": form,
        "rows": rows,
        "heading": figures.get(form["figure"].value(), ""),
        "asked": form.cleaned_data,
        "export_url": exports.address("dashboards:export", request),
        "due_next": form["figure"].value() == Figure.DUE_NEXT,
        "several": len(houses) > 1,
        "now": now,
    }
    return render(request, "dashboards/list.html", context, status=422 if form.errors else 200)
