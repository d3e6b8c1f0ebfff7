"""Why a clock is due when it is: fetched when it is asked for, into the ticket's page or as a page of its own."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import get_language
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from interfaces.common.calendar_strip import strip
from interfaces.common.clock_words import clock_name
from interfaces.common.reader import reader_of
from interfaces.common.trace_words import in_words
from sla.policies import calendar_names
from sla.timelines import epoch
from tickets.models import Ticket
from tickets.queries.tracing import NoSuchClock, traced


@login_required
@require_safe
@vary_on_headers("HX-Request")
def why(request: HttpRequest, vendor: str, number: str, kind: str, cycle: int) -> HttpResponse:
    """The trace of one clock as calendar and in words; 404 for a ticket that the reader may not see, or without that clock."""
    member = reader_of(request).staff_at(vendor)
    if not number.isprintable():
        raise Http404
    try:
        found = traced(member, number, kind, cycle)
    except (Ticket.DoesNotExist, NoSuchClock):
        raise Http404 from None
    names = calendar_names(member.vendor_id, (get_language() or "en")[:2])
    context = {
        "ticket": found.ticket,
        "vendor_slug": vendor,
        "name": clock_name(found.policy, kind),
        "cycle": cycle,
        "strip": strip(found.trace, epoch(found.now), open_hours=found.open_hours, names=names),
        "trace": in_words(found.trace, member.vendor_id),
        "weekdays": [str(WEEKDAYS_ABBR[n]) for n in range(7)],
    }
    inside = request.headers.get("HX-Request") == "true"
    return render(request, "desk/_why.html" if inside else "desk/why.html", context)
