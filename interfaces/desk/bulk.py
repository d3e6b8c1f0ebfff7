"""What is done to a selection of the queue: by plain forms, with a report, and a way back while no mail has gone out. Where
nothing could be done the page comes again as it was, with the selection and what was chosen.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from interfaces.common.reader import reader_of
from interfaces.desk.bulk_choices import ME, NOBODY
from interfaces.desk.queue import Refusal, again, back_to_queue
from interfaces.desk.undoing import WINDOW, offer
from kernel import clock
from kernel.keys import key_in, keys_in
from sla.policies import current
from tickets import services
from tickets.canned import Subject, render
from tickets.models import Ticket
from tickets.services.bulk import MOST, Report, on_each
from tickets.services.canned import canned_replies
from tickets.undoing import undoable
from tickets.vocabulary import Refused
from vendors.access import Member

# What needs no words: the services say the rest.
_STATES: Mapping[str, Callable[..., object]] = {
    "third_party": services.wait_for_third_party,
    "go_on": services.go_on,
    "close": services.close,
    "reopen": services.reopen,
}


@login_required
@require_http_methods(["GET", "POST"])
def bulk(request: HttpRequest) -> HttpResponse:
    """Do `deed` with its value to the tickets named by `ticket` (keys), then back to the list with a report; those refused stay
    selected. Nothing typed or chosen wrongly does anything.
    """
    reader = reader_of(request)
    if not reader.staff_members:
        raise Http404
    keys = keys_in(request.POST.getlist("ticket"))
    if request.method == "GET":  # the page of a refusal is left, or read again
        return redirect("desk:queue")
    name = request.POST.get("deed", "")
    make = _DEEDS.get(name)
    if make is None:
        raise Http404
    value = request.POST.get(name, "").strip()
    if not keys:
        messages.error(request, _("Choose tickets first."))
    elif len(keys) > MOST:
        messages.error(request, _("Choose %(n)d tickets at most.") % {"n": MOST})
    elif not value:
        messages.error(request, _("Choose what is to be done with them."))
    else:
        with undoable("bulk", WINDOW) as batch:
            report = on_each(reader.staff_members, keys, make(value))
        _tell(request, report, batch)
        if report.done or not report.refused:
            return back_to_queue(request, chosen=[key for key, _number, _why in report.refused])
    return again(request, Refusal("bulk", request.POST, chosen=frozenset(keys)))


def _tell(request: HttpRequest, report: Report, batch: str) -> None:
    if report.done:
        count = len(report.done)
        offer(request, ngettext("Done on %(n)d ticket.", "Done on %(n)d tickets.", count) % {"n": count}, batch)
    by_reason: dict[str, list[str]] = {}
    for _key, number, why in report.refused:
        by_reason.setdefault(why, []).append(number)
    for why, numbers in by_reason.items():
        words = {
            "n": len(numbers),
            "numbers": ", ".join(numbers[:10]) + (" …" if len(numbers) > 10 else ""),
            "why": why,
        }
        text = ngettext("Not done: %(numbers)s. %(why)s", "Not done on %(n)d: %(numbers)s. %(why)s", len(numbers))
        messages.error(request, text % words)


Deed = Callable[[Member, int], Any]


def _assign(value: str) -> Deed:
    def deed(member: Member, ticket_id: int) -> Any:
        chosen = member.person_id if value == ME else key_in(value)
        if chosen is None and value != NOBODY:
            raise Refused(_("There is no such person in the house that serves this ticket."))
        return services.assign(by=member, ticket_id=ticket_id, assignee_id=chosen)

    return deed


def _prioritise(value: str) -> Deed:
    return lambda member, ticket_id: services.set_priority(by=member, ticket_id=ticket_id, priority=value)


def _move(value: str) -> Deed:
    move = _STATES.get(value)

    def deed(member: Member, ticket_id: int) -> Any:
        if move is None:
            raise Refused(_("Choose what is to be done with them."))
        return move(by=member, ticket_id=ticket_id)

    return deed


def _reply(value: str) -> Deed:
    return partial(_send_canned, value)


def _send_canned(value: str, member: Member, ticket_id: int) -> Any:
    """A canned reply, where nothing in it is missing for this ticket."""
    reply = canned_replies(member).filter(pk=key_in(value) or 0).first()
    if reply is None:
        raise Refused(_("There is no such reply."))
    ticket = Ticket.objects.select_related("requester", "customer", "site", "product", "release", "item").get(
        pk=ticket_id
    )
    made = render(reply, Subject(ticket, member, current(member.vendor_id, clock.now())))
    if made.missing:
        raise Refused(_("Not known here: %(names)s") % {"names": ", ".join(made.missing)})
    return services.reply(by=member, ticket_id=ticket_id, body=made.text)


def _tag(value: str) -> Deed:
    """Give a tag; with a minus before it, take it off."""
    service, name = (services.untag, value[1:]) if value.startswith("-") else (services.tag, value)
    return lambda member, ticket_id: service(by=member, ticket_id=ticket_id, name=name)


_DEEDS: Mapping[str, Callable[[str], Deed]] = {
    "tag": _tag,
    "assign": _assign,
    "priority": _prioritise,
    "state": _move,
    "canned": _reply,
}
