"""Canned replies: the page on which they are kept, and the list from which the composer takes one."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from interfaces.common.reader import reader_of
from interfaces.desk.inputs import language_name
from interfaces.desk.ticket import open_page
from kernel.tenancy.scope import enter
from tickets.canned import VARIABLES, Subject
from tickets.canned import render as filled
from tickets.models import CannedReply
from tickets.services.canned import canned_replies, delete_canned, may_change, may_share, save_canned
from tickets.vocabulary import Refused
from vendors.access import Act, Member


class CannedForm(forms.Form):
    """A reply: its title, its words by language, and whose it is."""

    title = forms.CharField(label=_("Title"), max_length=80)
    shared = forms.BooleanField(label=_("For everybody of the house"), required=False)

    def __init__(self, member: Member, data: Any = None, reply: CannedReply | None = None) -> None:
        super().__init__(data, auto_id="canned-%s")
        self.member, self.reply = member, reply
        for code, _name in settings.LANGUAGES:
            area = forms.Textarea(attrs={"rows": 5, "lang": code})
            field = forms.CharField(label=language_name(code), required=False, widget=area)
            self.fields[f"text_{code}"] = field
            self.initial[f"text_{code}"] = reply.texts.get(code, "") if reply else ""
        if reply:
            self.initial.update(title=reply.title, shared=reply.owner_id is None)
        if not may_share(member):
            del self.fields["shared"]

    def attempt(self) -> bool:
        """Keep it; False with the refusal next to its field."""
        values = self.cleaned_data
        texts = {code: values.get(f"text_{code}", "") for code, _name in settings.LANGUAGES}
        try:
            save_canned(
                by=self.member,
                title=values["title"],
                texts=texts,
                shared=values.get("shared", False),
                reply_id=self.reply.pk if self.reply else None,
            )
        except Refused as refusal:
            self.add_error(refusal.field if refusal.field in self.fields else None, refusal.message)
            return False
        return True


@login_required
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """The replies that the reader can use, vendor by vendor."""
    reader = reader_of(request)
    members = [m for m in reader.staff_members if m.may(Act.WORK_TICKETS)]
    if not members:
        raise Http404
    names = {vendor.id: vendor for vendor in reader.vendors}
    shelves = []
    for member in members:
        replies = list(canned_replies(member))
        rows = [{"reply": r, "languages": ", ".join(r.texts), "mine": may_change(member, r)} for r in replies]
        shelves.append({"vendor": names[member.vendor_id], "rows": rows})
    return render(request, "desk/canned.html", {"shelves": shelves})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, vendor: str, key: int | None = None) -> HttpResponse:
    """A new reply, or one to change; 404 for one that is not the reader's to change."""
    member = reader_of(request).staff_at(vendor)
    reply = canned_replies(member).filter(pk=key).first() if key else None
    if not member.may(Act.WORK_TICKETS) or (key and (reply is None or not may_change(member, reply))):
        raise Http404
    form = CannedForm(member, request.POST if request.method == "POST" else None, reply)
    if form.is_bound and form.is_valid():
        with enter(reader_of(request).full_scope.only(member.vendor_id)):
            kept = form.attempt()
        if kept:
            messages.success(request, gettext("The reply is kept."))
            return HttpResponseRedirect(reverse("desk:canned"))
    context = {"form": form, "reply": reply, "vendor_slug": vendor, "variables": list(VARIABLES)}
    return render(request, "desk/canned_edit.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def delete(request: HttpRequest, vendor: str, key: int) -> HttpResponse:
    """Forget a reply; 404 for one that is not the reader's to change."""
    member = reader_of(request).staff_at(vendor)
    try:
        with enter(reader_of(request).full_scope.only(member.vendor_id)):
            delete_canned(by=member, reply_id=key)
    except Refused:
        raise Http404 from None
    messages.success(request, gettext("The reply is gone."))
    return HttpResponseRedirect(reverse("desk:canned"))


@login_required
@require_safe
def choose(request: HttpRequest, vendor: str, number: str) -> HttpResponse:
    """The replies for a ticket, filled in, in the customer's language: a list for the composer, without a script a page."""
    page = open_page(request, vendor, number)
    about = Subject(page.ticket, page.member, page.policy)
    offered = []
    for reply in canned_replies(page.member).order_by("-uses", "title")[:200]:
        made = filled(reply, about)
        other = made.language != page.ticket.language
        offered.append({"reply": reply, "made": made, "language": language_name(made.language) if other else ""})
    context = {"offered": offered, "ticket": page.ticket, "vendor_slug": vendor}
    part = request.headers.get("HX-Request") == "true"
    return render(request, "desk/_canned_list.html" if part else "desk/canned_choose.html", context)
