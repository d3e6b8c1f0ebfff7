"""What the reader was told, newest first, over all of his memberships (as the number at the bell counts)."""

from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST, require_safe

from interfaces.common.choices import back
from interfaces.common.cursor import page_of
from interfaces.common.reader import Reader, reader_of
from kernel import clock
from kernel.keys import key_in
from tickets import notifications as words
from tickets.access import visible_tickets
from tickets.models import Notification
from tickets.vocabulary import Word

_ICONS: dict[str, str] = {
    Word.RUNG: "triangle-alert",
    Word.ESCALATION_REQUESTED: "triangle-alert",
    Word.REVIEWED: "message-circle",
    Word.TAKES_PART: "users",
    Word.RATED: "star-half",
    Word.REPLY: "reply",
    Word.CUSTOMER_WROTE: "message-circle",
    Word.ASSIGNED: "user",
    Word.MENTIONED: "at-sign",
    Word.RESOLVED: "circle-check",
    Word.CANCELLED: "circle-slash",
    Word.REOPENED: "circle-dot",
    Word.HANDED_OFF: "arrow-right",
    Word.ROUTED: "arrow-right",
    Word.FOR_TEAM: "users",
    Word.HANDED_UP: "arrow-up",
    Word.LIFTED: "circle-off",
}


@login_required
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """One page of notifications, `?unread=1` for those not read yet."""
    reader = reader_of(request)
    unread_only = request.GET.get("unread") == "1"
    rows = _of(reader).select_related("ticket")
    page = page_of(rows.filter(read_at=None) if unread_only else rows, request)
    names = {vendor.id: vendor.name for vendor in reader.vendors}
    context = {
        "lines": [_line(row, names) for row in page.rows],
        "page": page,
        "unread_only": unread_only,
        "several_vendors": len(names) > 1,
    }
    return render(request, "common/notifications.html", context)


@login_required
@require_safe
def follow(request: HttpRequest, key: int) -> HttpResponse:
    """To the page of which a notification tells; following it is reading it."""
    note = get_object_or_404(_of(reader_of(request)).select_related("ticket"), pk=key)
    _mark(Notification.objects.filter(pk=note.pk))
    place = urlsplit(words.say(note.kind, note.facts, note.ticket).url)
    return HttpResponseRedirect(place._replace(scheme="", netloc="").geturl())


@login_required
@require_POST
def mark_read(request: HttpRequest) -> HttpResponse:
    """Mark one notification (`key`) or, without a key, all of them as read."""
    mine = _of(reader_of(request))
    key = request.POST.get("key", "")
    _mark(mine.filter(pk=key_in(key) or 0) if key else mine)
    return back(request, "notifications")


def _of(reader: Reader) -> QuerySet[Notification]:
    people = [member.person_id for member in reader.all_members if member.person_id]
    return Notification.objects.filter(person_id__in=people, ticket__in=visible_tickets(reader.all_members))


def _mark(notes: QuerySet[Notification]) -> None:
    notes.filter(read_at=None).update(read_at=clock.now())


def _line(note: Notification, names: dict[int, str]) -> dict[str, Any]:
    spoken = words.say(note.kind, note.facts, note.ticket)
    return {
        "key": note.pk,
        "icon": _ICONS.get(note.kind, "bell"),
        "title": spoken.title,
        "text": spoken.text,
        "number": note.ticket.number,
        "subject": note.ticket.subject,
        "vendor": names.get(note.vendor_id, ""),
        "at": note.at,
        "unread": note.read_at is None,
    }
