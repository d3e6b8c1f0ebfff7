"""A message of the customer goes on in a ticket of its own: asked with the subject that it is to have."""

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from interfaces.common.reader import reader_of
from interfaces.desk.conversation import entry
from interfaces.desk.ticket import address, open_page
from interfaces.desk.undoing import BEFORE_MAIL, offer
from kernel.tenancy.scope import enter
from tickets import services
from tickets.queries.ticket_page import Deed
from tickets.undoing import undoable
from tickets.vocabulary import Refused


class SplitForm(forms.Form):
    """What the new ticket is about."""

    subject = forms.CharField(label=gettext_lazy("Subject"), max_length=200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def split(request: HttpRequest, vendor: str, number: str, key: int) -> HttpResponse:
    """Ask for the subject, then split; 404 for a message that the reader may not see or that is of another ticket."""
    page = open_page(request, vendor, number)
    message = next((m for m in page.messages if m.pk == key), None)
    if message is None or Deed.NOTE not in page.deeds():
        raise Http404
    form = SplitForm(request.POST if request.method == "POST" else None, auto_id="split-%s")
    if form.is_bound and form.is_valid():
        try:
            scope = reader_of(request).full_scope.only(page.member.vendor_id)
            with enter(scope), undoable("split", BEFORE_MAIL) as batch:
                made = services.split(by=page.member, message_id=key, subject=form.cleaned_data["subject"])
            offer(request, _("This goes on in a ticket of its own now."), batch, BEFORE_MAIL)
            return HttpResponseRedirect(address(vendor, made.number))
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
    context = {"form": form, "entry": entry(message, page), "ticket": page.ticket, "vendor_slug": vendor}
    return render(request, "desk/split.html", context, status=422 if form.errors else 200)
