"""“Next”: opens the ticket that the reader should take now, and says why this one. It takes nothing by itself."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from interfaces.common.presence import others
from interfaces.common.reader import Reader, reader_of
from interfaces.common.templatetags.ui import relative
from interfaces.desk.inputs import language_name
from kernel import clock
from tickets.access import visible_tickets
from tickets.queries.next import Candidate, candidates, rest
from vendors.access import Member

_SKIPPED = "next_skipped"  # in the session: key of the ticket to the second in which it was passed over
_FORGOTTEN_AFTER = 30 * 60
_MOST = 100


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def following(request: HttpRequest) -> HttpResponse:
    """To the ticket that comes next over the reader's vendors, or the chosen one. A POST with `skip` (VENDOR/NUMBER) passes that
    one over for half an hour; one with `again` forgets what was passed over.
    """
    reader = reader_of(request)
    if not reader.staff_members:
        raise Http404
    if request.method == "POST":
        _note(request, reader)
    skipped = _skipped(request)
    offered = candidates(reader.staff_members, skipped)
    held = _open_elsewhere(reader, offered)
    chosen = next((c for c in offered if c.ticket_id not in held), None)
    if chosen is None:
        return render(request, "desk/next.html", _nothing(reader.staff_members, len(held), len(skipped)))
    messages.info(request, _why(chosen))
    slug = next(vendor.slug for vendor in reader.vendors if vendor.id == chosen.vendor_id)
    return HttpResponseRedirect(reverse("desk:ticket", args=[slug, chosen.number]))


def _open_elsewhere(reader: Reader, offered: list[Candidate]) -> set[int]:
    """Which of them somebody else has before him right now."""
    return set(others(reader.staff_members, [(c.vendor_id, c.ticket_id) for c in offered]))


def _why(chosen: Candidate) -> str:
    late = chosen.due_at is not None and chosen.due_at <= clock.now()
    words = {"when": relative(chosen.due_at), "language": language_name(chosen.language)}
    if chosen.due_at is None:
        due = _("no time runs")
    else:
        due = _("was due %(when)s") % words if late else _("due %(when)s") % words
    whose = _("yours") if chosen.mine else _("unassigned")
    return _("Next: %(due)s, %(whose)s, %(language)s.") % {"due": due, "whose": whose, **words}


def _nothing(members: tuple[Member, ...], held: int, skipped: int) -> dict[str, Any]:
    found = rest(members)
    return {"held": held, "skipped": skipped, "waiting": found.waiting, "for_others": found.for_others}


def _skipped(request: HttpRequest) -> dict[int, int]:
    """What was passed over in this session, by key, with when."""
    since = int(clock.now().timestamp()) - _FORGOTTEN_AFTER
    kept = request.session.get(_SKIPPED) or {}
    return {int(key): at for key, at in kept.items() if at > since}


def _note(request: HttpRequest, reader: Reader) -> None:
    kept = {} if "again" in request.POST else _skipped(request)
    slug, _slash, number = request.POST.get("skip", "").partition("/")
    key = _key(reader, slug, number)
    if key is not None:
        kept.pop(key, None)
        kept[key] = int(clock.now().timestamp())
    request.session[_SKIPPED] = {str(key): at for key, at in list(kept.items())[-_MOST:]}


def _key(reader: Reader, slug: str, number: str) -> int | None:
    vendor = next((vendor for vendor in reader.vendors if vendor.slug == slug), None)
    if vendor is None or not number.isprintable() or not reader.member(vendor.id).is_staff:
        return None
    ticket = visible_tickets([reader.member(vendor.id)]).filter(vendor_id=vendor.id, number=number)
    return ticket.values_list("pk", flat=True).first()
