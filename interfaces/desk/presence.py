"""The heartbeat of an open ticket: who else is here, and whether something has come in meanwhile."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from interfaces.common.presence import Present, leave, others, touch
from interfaces.common.reader import reader_of
from kernel.keys import key_in
from tickets.access import readable_messages, visible_tickets
from tickets.models import Message, Ticket
from vendors.access import Member


@login_required
@require_POST
def beat(request: HttpRequest, vendor: str, number: str) -> HttpResponse:
    """`mode` is `viewing`, `replying` or `gone`; `seen` the newest message that the page shows; `known` the last answer's mark.

    204 where nothing is different from what the page knows, else who else is here and what has come in. 404 for a ticket that
    the reader may not see.
    """
    member = reader_of(request).staff_at(vendor)
    if not number.isprintable():
        raise Http404
    found = visible_tickets([member]).filter(number=number).only("vendor_id", "number").first()
    if found is None:
        raise Http404
    mode = request.POST.get("mode", "")
    if mode == "gone":
        leave(member, found.pk)
        return HttpResponse(status=204)
    touch(member, found.pk, replying=mode == "replying")
    news = _news(member, found, key_in(request.POST.get("seen", "")) or 0)
    here = others([member], [(member.vendor_id, found.pk)]).get(found.pk, ())
    answer: dict[str, Any] = {"present": in_words(here), "news": news}
    mark = sha256(repr(answer).encode()).hexdigest()[:16]
    if request.POST.get("known") == mark:
        return HttpResponse(status=204)
    return JsonResponse(answer | {"mark": mark})


def in_words(present: Sequence[Present]) -> str:
    """“Anna is replying. Ben is viewing.”; empty where nobody else is here."""
    replying = [p.name for p in present if p.replying]
    viewing = [p.name for p in present if not p.replying]
    said = []
    if replying:
        words = ngettext("%(names)s is writing a reply.", "%(names)s are writing replies.", len(replying))
        said.append(words % {"names": ", ".join(replying)})
    if viewing:
        words = ngettext("%(names)s is looking at this too.", "%(names)s are looking at this too.", len(viewing))
        said.append(words % {"names": ", ".join(viewing)})
    return " ".join(said)


def _news(member: Member, ticket: Ticket, seen: int) -> str:
    newer = Message.objects.filter(readable_messages(member), ticket=ticket, pk__gt=seen)
    rows = list(newer.exclude(author=member.person_id).order_by("pk").select_related("author")[:20])
    if not rows:
        return ""
    names = list(dict.fromkeys(row.author.name if row.author else "" for row in rows))
    words = ngettext(
        "A new message from %(names)s has come in.", "%(n)d new messages have come in, from %(names)s.", len(rows)
    )
    return words % {"n": len(rows), "names": ", ".join(filter(None, names)) or _("the vendor")}
