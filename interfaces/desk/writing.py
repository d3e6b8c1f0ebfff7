"""Write on a ticket: send a reply or a note, with a way to take it back; keep what is not sent yet."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from interfaces.common.reader import reader_of
from interfaces.desk.composer import DRAFTED, Composer, file_keys
from interfaces.desk.ticket import address, done, open_page, shown
from interfaces.desk.undoing import BEFORE_MAIL, offer
from kernel.keys import key_in
from kernel.tenancy.scope import enter
from tickets import services
from tickets.queries.ticket_page import TicketPage
from tickets.undoing import undoable
from tickets.vocabulary import Refused


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest, vendor: str, number: str) -> HttpResponse:
    """Reply or note; without a form (a page reloaded after an error) back to the ticket."""
    page = open_page(request, vendor, number)
    if request.method != "POST":
        return HttpResponseRedirect(address(vendor, number))
    form = Composer(page, request.POST, request.FILES)
    form.full_clean()
    with enter(reader_of(request).full_scope.only(page.member.vendor_id)):
        form.keep_files()
    if form.is_valid():
        _keep(request, page, form.typed())  # if the sending is taken back, it is in the box again
        with undoable("message", BEFORE_MAIL) as batch:
            sent = done(request, page, form)
        if sent:
            internal = form.cleaned_data["kind"] == "internal"
            offer(request, _("The note is kept.") if internal else _("Sent to the customer."), batch, BEFORE_MAIL)
            here = f"#m{form.written.pk}" if form.written else ""
            return HttpResponseRedirect(address(vendor, number) + here)
    return shown(request, vendor, page, composer=form, status=422)


@login_required
@require_POST
def draft(request: HttpRequest, vendor: str, number: str) -> HttpResponse:
    """Keep what is typed: for the page's script an answer with the time, for a plain form the page again."""
    page = open_page(request, vendor, number)
    wants_json = "application/json" in request.headers.get("Accept", "")
    try:
        kept = _keep(request, page, _typed(request))
    except Refused as refusal:
        if wants_json:
            return JsonResponse({"message": refusal.message}, status=422)
        messages.error(request, refusal.message)
        return HttpResponseRedirect(address(vendor, number) + "#composer")
    if wants_json:
        return JsonResponse({"kept": kept})
    messages.success(request, kept)
    return HttpResponseRedirect(address(vendor, number) + "#composer")


def _keep(request: HttpRequest, page: TicketPage, values: dict[str, Any]) -> str:
    """When it was kept, in words."""
    with enter(reader_of(request).full_scope.only(page.member.vendor_id)):
        services.keep_draft(
            by=page.member,
            ticket_id=page.ticket.pk,
            values=values,
            seen=key_in(request.POST.get("seen", "")),
        )
    return (
        _("Draft kept %(at)s") % {"at": timezone.localtime().strftime("%H:%M")}
        if values["body"] or values["drafts"]
        else ""
    )


def _typed(request: HttpRequest) -> dict[str, Any]:
    posted = request.POST
    values: dict[str, Any] = {name: posted.get(name, "").replace("\0", "") for name in DRAFTED}
    values["share_with"] = [key for key in posted.getlist("share_with") if key == "vendor" or key_in(key) is not None]
    values["drafts"] = " ".join(str(key) for key in file_keys(posted.getlist("drafts")))
    values["qualified"] = "qualified" in posted
    return values if str(values["body"]).strip() or values["drafts"].strip() else dict.fromkeys(DRAFTED, "")
