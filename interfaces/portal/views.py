"""My requests, and one of them."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from interfaces.common import exports, limits
from interfaces.common.reader import reader_of
from interfaces.portal.news import pressing_for
from interfaces.portal.page import open_page
from interfaces.portal.promises import standing
from interfaces.portal.unfinished import unfinished
from interfaces.portal.wanted import WantedForm
from interfaces.portal.words import state_chip_of
from kernel import clock
from sla.policies import current
from tickets.queries.requests import NOTHING, Cursor, clocks_of, my_requests
from vendors.access import Act


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """My requests, or for the organisation's admin all of hers; open ones first, each with where it stands."""
    reader, language = reader_of(request), (get_language() or "en")[:2]
    if not reader.customer_members:
        raise Http404
    place = request.GET.get("page", "")
    cursor = Cursor.parse(place) if place else None
    if place and cursor is None:
        raise Http404
    form = WantedForm(reader, request.GET)
    found = my_requests(reader.customer_members, cursor, form.wanted) if form.is_valid() else NOTHING
    limits.listed(reader, ((ticket.vendor_id, ticket.number) for ticket in found.tickets))
    vendors = {vendor.id: vendor for vendor in reader.vendors}
    policies = {member.vendor_id: current(member.vendor_id) for member in reader.customer_members}
    clocks = clocks_of(found.tickets, clock.now())
    rows = [
        {
            "ticket": ticket,
            "vendor": vendors[ticket.vendor_id],
            "state": state_chip_of(ticket),
            "standing": standing(ticket, clocks.get(ticket.pk), policies[ticket.vendor_id], language),
        }
        for ticket in found.tickets
    ]
    whole_organisation = any(m.may(Act.SEE_OWN_ORGANISATION) for m in reader.customer_members)
    context = {
        "rows": rows,
        "export_url": exports.address("portal:export", request) if whole_organisation else "",
        "form": form,
        "pressing": pressing_for(reader) if not place else [],
        "previous": found.previous,
        "following": found.following,
        # On the first page only: they are what one came back for, or not looked for at all.
        "unfinished": [] if cursor or form.narrows else unfinished(reader.customer_members, reader.vendors),
        "several_vendors": len(policies) > 1,
        "whole_organisation": whole_organisation,
    }
    return render(request, "portal/home.html", context, status=422 if form.errors else 200)


@login_required
@require_safe
def ticket(request: HttpRequest, vendor: str, number: str) -> HttpResponse:
    """One request: conversation, promises, what we wait for, and what can be done."""
    return open_page(request, vendor, number).show(request)
