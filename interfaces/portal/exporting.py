"""The requests of an organisation as a file for its admin: what the list shows, narrowed as it is, all pages."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from interfaces.common import exports
from interfaces.common.exports import Column
from interfaces.common.reader import reader_of
from interfaces.portal.wanted import WantedForm
from interfaces.portal.words import state_chip_of
from tickets.models import Ticket
from tickets.queries.requests import my_requests
from vendors.access import Act


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def export(request: HttpRequest) -> HttpResponse:
    """The file; 404 for who sees no whole organisation, 422 for more rows than a file may have."""
    reader = reader_of(request)
    members = [member for member in reader.customer_members if member.may(Act.SEE_OWN_ORGANISATION)]
    if not members:
        raise Http404
    if request.method != "POST":  # the page of a refusal is read again
        return redirect(exports.address("portal:home", request))
    form = WantedForm(reader, request.GET)
    if not form.is_valid():
        raise Http404
    most = exports.begin(reader, members)
    found = my_requests(members, None, form.wanted, size=most)
    if found.following:
        return exports.refused(request, "portal:home")
    vendors = {vendor.id: vendor.name for vendor in reader.vendors}
    columns: list[Column[Ticket]] = [
        Column(_("State"), lambda ticket: state_chip_of(ticket).label),
        Column(_("Number"), lambda ticket: ticket.number),
        Column(_("Subject"), lambda ticket: ticket.subject),
        Column(_("Vendor"), lambda ticket: vendors[ticket.vendor_id]),
        Column(_("Site"), lambda ticket: ticket.site.name if ticket.site else ""),
        Column(_("Asked by"), lambda ticket: ticket.requester.name),
        Column(_("Received"), lambda ticket: ticket.received_at, timed=True),
        Column(_("Last message"), lambda ticket: ticket.last_message_at, timed=True),
        Column(_("Resolved"), lambda ticket: ticket.resolved_at, timed=True),
    ]
    given = form.wanted
    told = {"state": given.state, "site": given.site, "asker": given.asker, "words": "…" if given.words else ""}
    return exports.answer(
        reader,
        members,
        what="requests",
        columns=columns,
        rows=found.tickets,
        vendor_of=lambda ticket: ticket.vendor_id,
        filters=[f"{name}:{value}" for name, value in told.items() if value],
    )
