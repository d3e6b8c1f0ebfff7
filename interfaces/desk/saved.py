"""Keep a search of the queue under a name, give it to others, forget it. Refused, the page comes again with what was typed."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from interfaces.common.choices import back
from interfaces.common.reader import Reader, reader_of
from interfaces.desk.queue import Refusal, again
from kernel.keys import key_in
from kernel.tenancy.scope import enter
from tickets.queries.views import visible_views
from tickets.services.views import NoSuchView, change_view, create_view, delete_view, share_view
from tickets.vocabulary import Refused
from vendors.access import Member


@login_required
@require_http_methods(["GET", "POST"])
def keep(request: HttpRequest) -> HttpResponse:
    """Keep the query `q` under `name`, for `whose`: me, the house, or a team by its key."""
    reader = reader_of(request)
    if not reader.staff_members:
        raise Http404
    if request.method == "GET":  # the page of a refusal is left, or read again
        return redirect("desk:queue")
    member = reader.staff_members[0]
    whose = request.POST.get("whose", "me")
    team = key_in(whose)
    try:
        with enter(reader.full_scope.only(member.vendor_id)):
            view = create_view(by=member, name=request.POST.get("name", ""), query=request.POST.get("q", ""))
            if team is not None or whose == "house":
                share_view(by=member, view_id=view.pk, team_id=team, house=whose == "house")
    except Refused as refused:
        return again(request, Refusal("keep", request.POST, refused.message))
    messages.success(request, _("The view is kept."))
    return back(request, "desk:queue")


@login_required
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, key: int) -> HttpResponse:
    """Give a kept view another `name`, or forget it (`delete`); 404 for one that the reader does not see."""
    reader = reader_of(request)
    member = _member(reader, key)
    if request.method == "GET":
        return redirect("desk:queue")
    try:
        with enter(reader.full_scope.only(member.vendor_id)):
            if "delete" in request.POST:
                delete_view(by=member, view_id=key)
                messages.success(request, _("The view is gone."))
                return redirect("desk:queue")
            change_view(by=member, view_id=key, name=request.POST.get("name", ""))
    except Refused as refused:
        return again(request, Refusal("change", request.POST, refused.message))
    except NoSuchView:
        raise Http404 from None
    messages.success(request, _("The view is kept."))
    return back(request, "desk:queue")


def _member(reader: Reader, key: int) -> Member:
    vendor = visible_views(reader.staff_members).filter(pk=key).values_list("vendor_id", flat=True).first()
    if vendor is None:
        raise Http404
    return reader.member(vendor)
