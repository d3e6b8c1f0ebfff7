"""The look at the whole request before it is sent, sending it, and what self-help makes unnecessary (O7)."""

from dataclasses import replace
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from interfaces.portal.counter import Counter, open_counter, sent_key
from interfaces.portal.expectations import foreseen, outlook_of
from interfaces.portal.filing import gone
from interfaces.portal.once import once_as
from interfaces.portal.steps import CHECK
from interfaces.portal.summary import summary
from tickets import services
from tickets.models import RequestDraft
from tickets.vocabulary import Refused
from vendors.models import Organisation

PARTNER = "support_partner"  # whom the customer chose (I8)


class _NotReady(Exception):
    """Something has to be mended first; the page says what."""


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest, vendor: str, key: UUID) -> HttpResponse:
    """Everything typed, what is missing, what to expect; POST sends it, once, however often it comes. What can't be sent as it is
    comes back with status 422.
    """
    counter = open_counter(request, vendor)
    if request.method != "POST":
        draft = counter.draft(key)
        return gone(request, counter, key) if draft is None else _page(request, counter, draft)
    try:
        done = once_as(sent_key(key), counter.member, lambda: {"number": _file(request, counter, key)})
    except _NotReady as refused:
        return _page(request, counter, counter.own_draft(key), str(refused))
    number = str(done["number"])
    messages.success(request, _("Your request has arrived. Its number is %(n)s.") % {"n": number})
    return redirect("portal:ticket", counter.vendor.slug, number)


@login_required
@require_safe
def solved(request: HttpRequest, vendor: str, key: UUID) -> HttpResponse:
    """Thanks to who solved it himself."""
    counter = open_counter(request, vendor)
    draft = counter.own_draft(key)
    if not draft.solved_by:
        return redirect("portal:step", vendor, key, draft.step)
    return render(request, "portal/solved.html", {"counter": counter, "vendor": counter.vendor, "draft": draft})


@login_required
@require_POST
def take_up(request: HttpRequest, vendor: str, key: UUID) -> HttpResponse:
    """It was not solved after all: go on where he stopped."""
    counter = open_counter(request, vendor)
    counter.own_draft(key)
    draft = services.take_up_again(by=counter.member, key=key)
    return redirect("portal:step", vendor, key, draft.step)


def _file(request: HttpRequest, counter: Counter, key: UUID) -> str:
    draft = counter.own_draft(key)
    files, form = counter.files(draft), counter.whole(draft)
    if form.errors:
        raise _NotReady
    asked = form.request(files)
    partner = _chosen(counter, asked, request.POST.get(PARTNER, ""))
    try:
        number: str = services.file_ticket(by=counter.member, request=replace(asked, support_partner=partner)).number
    except Refused as refused:
        raise _NotReady(refused.message) from None
    services.discard_request_draft(by=counter.member, key=key)
    return number


def _chosen(counter: Counter, asked: services.Request, wanted: str) -> Organisation | None:
    """The support partner of that key, if this request offers the choice."""
    told = outlook_of(counter, asked) if wanted else None
    return next((house for house in told.choices if str(house.pk) == wanted), None) if told else None


def _page(request: HttpRequest, counter: Counter, draft: RequestDraft, refused: str = "") -> HttpResponse:
    form, files = counter.whole(draft), counter.files(draft)
    context = {
        "counter": counter,
        "vendor": counter.vendor,
        "key": draft.key,
        "draft": draft,
        "step": counter.way.find(CHECK),
        "back": counter.way.before(CHECK),
        "reached": counter.way.number(CHECK),
        "parts": summary(counter.way, form, files),
        "faulty": bool(form.errors),
        "refused": refused,
        "missing": [counter.say(row.label) for row in form.missing(files)],
        "send_anyway": counter.say(counter.policy.intake.send_anyway),
        "expected": foreseen(counter, form, files),
        "partner": request.POST.get(PARTNER, ""),
    }
    return render(request, "portal/check.html", context, status=422 if request.method == "POST" else 200)
