"""Customers' mail domains, as the vendor's managers verify them: whoever has an address there may sign up as that customer's."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from interfaces.common.cursor import page_of
from interfaces.common.forms import ServiceForm
from interfaces.common.reader import reader_of
from interfaces.desk.staff import who
from kernel.tenancy.scope import enter
from vendors.access import Member
from vendors.joining import domains
from vendors.models import Organisation, OrganisationDomain
from vendors.refusal import Refused


class DomainForm(ServiceForm):
    """A customer, by its name as the vendor has it, and a domain."""

    organisation = forms.CharField(
        label=gettext_lazy("Customer"), max_length=160, help_text=gettext_lazy("The name, as it stands on the tickets")
    )
    domain = forms.CharField(label=gettext_lazy("Mail domain"), max_length=253)

    def __init__(self, by: Member, data: Any = None) -> None:
        super().__init__(data)
        self._by = by

    def clean_organisation(self) -> int:
        """The customer's key."""
        named = Organisation.objects.filter(
            vendor_id=self._by.vendor_id, name__iexact=" ".join(self.cleaned_data["organisation"].split())
        )
        found: int | None = named.values_list("pk", flat=True).first()
        if found is None:
            raise forms.ValidationError(_("There is no customer of this name."))
        return found


@login_required
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """The domains of the customers of the vendors whose staff the reader manages, newest first."""
    reader = reader_of(request)
    members = who.managed(reader)
    slugs, names = who.slugs(reader), who.names(reader)
    rows = OrganisationDomain.objects.select_related("organisation").filter(
        vendor_id__in=[m.vendor_id for m in members]
    )
    page = page_of(rows, request)
    context = {
        "rows": [{"row": row, "vendor": names[row.vendor_id], "slug": slugs[row.vendor_id]} for row in page.rows],
        "page": page,
        "vendors_managed": [{"slug": slugs[m.vendor_id], "name": names[m.vendor_id]} for m in members],
        "several": who.several(members),
    }
    return render(request, "desk/staff/domains.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, vendor: str) -> HttpResponse:
    """Verify a domain of a customer."""
    member = who.manager_at(reader_of(request), vendor)
    form = DomainForm(member, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            with enter(reader_of(request).full_scope.only(member.vendor_id)):
                domains.verify(by=member, organisation_id=values["organisation"], domain=values["domain"])
        except Refused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("Saved. Whoever has an address there can sign up now."))
            return HttpResponseRedirect(reverse("desk:domains"))
    return render(request, "desk/staff/domain.html", {"form": form}, status=422 if form.errors else 200)


@login_required
@require_POST
def remove(request: HttpRequest, vendor: str, key: int) -> HttpResponse:
    """Take a domain away."""
    member = who.manager_at(reader_of(request), vendor)
    try:
        with enter(reader_of(request).full_scope.only(member.vendor_id)):
            domains.remove(by=member, domain_id=key)
    except Refused:
        raise Http404 from None
    messages.success(request, _("Nobody signs up by this domain any more. Whoever is here already stays."))
    return HttpResponseRedirect(reverse("desk:domains"))
