"""Offer to take back what was just done, and take it back."""

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from interfaces.common.choices import back
from interfaces.common.reader import Reader, reader_of
from kernel.tenancy.scope import enter
from tickets import services
from tickets.services.undo import Undone

WINDOW = timedelta(seconds=30)
BEFORE_MAIL = timedelta(seconds=10)  # where the customer waits for word


def offer(request: HttpRequest, words: str, batch: str, window: timedelta = WINDOW) -> None:
    """Say what was done, with a button that takes it back for `window`. The message's tags carry what the button needs."""
    messages.success(request, words, extra_tags=f"undo {batch} {int(window.total_seconds())}")


@login_required
@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Take back a `batch` of the reader's own deeds and go on where he was; 404 for a batch that is not his."""
    reader = reader_of(request)
    done = taken_back(reader, request.POST.get("batch", ""))
    if not done:
        raise Http404
    refused = {one.number: one for one in done if one.refused}
    count = len({one.ticket_id for one in done} - {one.ticket_id for one in refused.values()})
    if count:
        messages.success(request, ngettext("Taken back.", "Taken back on %(n)d tickets.", count) % {"n": count})
    for one in list(refused.values())[:10]:
        words = {"number": one.number, "why": one.refused}
        messages.error(request, _("%(number)s was not taken back: %(why)s") % words)
    return back(request, "desk:queue")


def taken_back(reader: Reader, batch: str) -> list[Undone]:
    """What undoing a batch at each of the reader's vendors did."""
    done: list[Undone] = []
    for member in reader.all_members:
        if member.is_staff and batch.isalnum() and len(batch) <= 32:
            with enter(reader.full_scope.only(member.vendor_id)):
                done += services.undo(by=member, batch=batch)
    return done
