"""The operator's page: how the outboxes of all vendors fare. No ticket, no words, no addresses."""

from enum import StrEnum
from functools import partial, wraps
from typing import Any, Protocol

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from interfaces.common.choices import back
from interfaces.common.cursor import page_of
from interfaces.common.reader import reader_of
from kernel import clock
from kernel.audit.services import Actor, Entry, record
from kernel.keys import key_in
from kernel.outbox import queries, services
from kernel.outbox.models import OutboxMessage
from kernel.tenancy.scope import Scope, enter
from sla.timelines import troubled
from tickets.nudge import nudge
from vendors.models import Vendor

STATES = {
    OutboxMessage.State.PENDING: (gettext_lazy("Pending"), "clock"),
    OutboxMessage.State.SENT: (gettext_lazy("Sent"), "circle-check"),
    OutboxMessage.State.DEAD: (gettext_lazy("Dead"), "circle-x"),
}


class OperatorVerb(StrEnum):
    """What an operator does to the rows of a vendor."""

    OUTBOX_RETRIED = "outbox.retried"


class _View(Protocol):
    def __call__(self, request: HttpRequest) -> HttpResponse: ...


def operators_only(view: _View) -> _View:
    """For logins that run the installation; for others the page is not there."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if not reader_of(request).is_operator:
            raise Http404
        return view(request)

    return guarded


@operators_only
@require_safe
def outbox(request: HttpRequest) -> HttpResponse:
    """Messages of one state (`?state=`, pending to begin with) and vendor (`?vendor=SLUG`), newest first."""
    state = request.GET.get("state", OutboxMessage.State.PENDING)
    if state not in OutboxMessage.State.values:
        raise Http404
    with queries.everywhere():
        vendors = {v.pk: v for v in Vendor.objects.order_by("name")}
        slug = request.GET.get("vendor", "")
        chosen = next((v for v in vendors.values() if v.slug == slug), None)
        if slug and chosen is None:
            raise Http404
        counts = queries.counts()
        page = page_of(queries.messages(state, chosen.pk if chosen else None), request)
        context = {
            "tabs": [
                {"state": key, "label": label, "icon": icon, "count": counts[key], "active": key == state}
                for key, (label, icon) in STATES.items()
            ],
            "lines": [_line(message, vendors[message.vendor_id].name) for message in page.rows],
            "page": page,
            "state": state,
            "all_vendors": list(vendors.values()),
            "troubles": [
                {"vendor": vendors[row.vendor_id].name, "timeline": row.pk, "text": row.trouble, "again": row.wake_at}
                for row in troubled()
            ],
            "chosen": chosen,
        }
    return render(request, "common/outbox.html", context)


@operators_only
@require_POST
def retry(request: HttpRequest) -> HttpResponse:
    """Send a dead letter (`vendor`, `key`) again from its first attempt."""
    vendor_id, key = _number(request, "vendor"), _number(request, "key")
    user = reader_of(request).user
    with enter(Scope.of(vendor_id)):
        if not services.retry(vendor_id, key):
            messages.warning(request, _("This message is no longer among the dead ones."))
            return back(request, "outbox")
        actor = Actor(None, user.pk, "web", request.META.get("REMOTE_ADDR") or None)
        about = ("outbox", key)
        record([Entry(vendor_id, clock.now(), OperatorVerb.OUTBOX_RETRIED, actor, about, about)])
    transaction.on_commit(partial(nudge, vendor_id), robust=True)
    messages.success(request, _("The message is on its way again."))
    return back(request, "outbox")


def _number(request: HttpRequest, name: str) -> int:
    if (key := key_in(request.POST.get(name, ""))) is None:
        raise Http404
    return key


def _line(message: OutboxMessage, vendor: str) -> dict[str, Any]:
    waits = message.state == OutboxMessage.State.PENDING
    return {
        "id": message.pk,
        "vendor_id": message.vendor_id,
        "vendor": vendor,
        "topic": message.topic,
        "key": queries.without_addresses(message.key),
        "attempts": message.attempts,
        "limit": services.ATTEMPTS,
        "created_at": message.created_at,
        "not_before": message.not_before if waits else None,
        "sent_at": message.sent_at,
        "error": queries.without_addresses(message.last_error),
        "dead": message.state == OutboxMessage.State.DEAD,
    }
