"""Identity providers: by which the vendor's staff, and people of its organisations, sign in. For the vendor's administrators."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from interfaces.common.forms import ServiceForm
from interfaces.common.oidc.discovery import discover
from interfaces.common.oidc.fetching import ProviderFailed
from interfaces.common.reader import Reader, reader_of
from interfaces.desk.staff import who
from kernel.tenancy.scope import enter
from vendors import identity
from vendors.access import Member
from vendors.models import IdentityLink, IdentityProvider, Organisation
from vendors.refusal import Refused


class ProviderForm(ServiceForm):
    """A provider, as its administrator describes it."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=80, help_text=gettext_lazy("People read it when they sign in")
    )
    organisation = forms.CharField(
        label=gettext_lazy("For whom"),
        max_length=160,
        required=False,
        help_text=gettext_lazy("The name of a customer or partner; empty: your own staff"),
    )
    issuer = forms.CharField(
        label=gettext_lazy("Issuer"),
        max_length=500,
        help_text=gettext_lazy("Its address, exactly as it names itself: https://…"),
        widget=forms.TextInput(attrs={"inputmode": "url", "spellcheck": "false", "autocapitalize": "none"}),
    )
    client_id = forms.CharField(
        label=gettext_lazy("Client ID"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}),
    )
    secret = forms.CharField(
        label=gettext_lazy("Name of the client secret"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}),
    )
    domains = forms.CharField(
        label=gettext_lazy("Mail domains of your staff"),
        required=False,
        max_length=2000,
        help_text=gettext_lazy("Several with commas. A customer's or partner's are those that are verified."),
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocapitalize": "none"}),
    )
    by_address = forms.BooleanField(
        label=gettext_lazy("Found on the sign-in page"),
        required=False,
        help_text=gettext_lazy("By a mail address; whoever tries one then sees that this organisation signs in here"),
    )
    proves_second_factor = forms.BooleanField(
        label=gettext_lazy("Its second factor counts"),
        required=False,
        help_text=gettext_lazy("Where staff needs one, and the provider says so (amr: mfa)"),
    )
    active = forms.BooleanField(
        label=gettext_lazy("In use"),
        required=False,
        help_text=gettext_lazy("Switched off, whoever signed in by it is signed out"),
    )

    def __init__(self, by: Member, held: IdentityProvider | None, data: Any = None) -> None:
        prefix = identity.secret_prefix(by.vendor_id)
        super().__init__(data, initial=_initial(held, prefix))
        self._by = by
        self.fields["secret"].help_text = _(
            "Whoever runs this installation puts the secret into the environment variable %(prefix)s… of that name; empty: none"
        ) % {"prefix": prefix}

    def clean_organisation(self) -> int | None:
        """The organisation's key."""
        name = " ".join(self.cleaned_data["organisation"].split())
        named = Organisation.objects.filter(vendor_id=self._by.vendor_id, name__iexact=name)
        found: int | None = named.values_list("pk", flat=True).first() if name else None
        if name and found is None:
            raise forms.ValidationError(_("There is no organisation of this name."))
        return found

    def clean_issuer(self) -> str:
        """The issuer, which answers at its address under that name."""
        try:
            issuer = identity.issuer_of(self.cleaned_data["issuer"])
            discover(issuer, anew=True)
        except Refused as refusal:
            raise forms.ValidationError(refusal.message) from None
        except ProviderFailed as failure:
            if failure.why == "other_issuer":
                raise forms.ValidationError(
                    _("A provider answers there, under another name. Give it exactly.")
                ) from None
            raise forms.ValidationError(_("No provider answers at this address.")) from None
        return issuer

    def terms(self) -> identity.Terms:
        """What the service wants."""
        values = dict(self.cleaned_data)
        domains = [part.strip() for part in values.pop("domains").replace(",", " ").split()]
        return identity.Terms(organisation_id=values.pop("organisation"), domains=domains, **values)


@login_required
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """The providers of the vendors that the reader administers."""
    reader = reader_of(request)
    members = _administered(reader)
    slugs, names = who.slugs(reader), who.names(reader)
    found = IdentityProvider.objects.filter(vendor_id__in=[m.vendor_id for m in members])
    rows = found.select_related("organisation").annotate(people=Count("links")).order_by("name", "pk")
    context = {
        "rows": [
            {
                "row": row,
                "vendor": names[row.vendor_id],
                "slug": slugs[row.vendor_id],
                "lacks_secret": _lacks_secret(row),
            }
            for row in rows
        ],
        "vendors_managed": [{"slug": slugs[m.vendor_id], "name": names[m.vendor_id]} for m in members],
        "several": who.several(members),
    }
    return render(request, "desk/staff/providers.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, vendor: str) -> HttpResponse:
    """Describe a new provider."""
    return _edit(request, vendor, _administrator_at(reader_of(request), vendor), None)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def provider(request: HttpRequest, vendor: str, key: int) -> HttpResponse:
    """Change a provider, and see whom it signs in."""
    member = _administrator_at(reader_of(request), vendor)
    held = identity.providers_of(member).select_related("organisation").filter(pk=key).first()
    if held is None:
        raise Http404
    return _edit(request, vendor, member, held)


@login_required
@require_POST
def remove(request: HttpRequest, vendor: str, key: int) -> HttpResponse:
    """Take a provider away."""
    member = _administrator_at(reader_of(request), vendor)
    try:
        with enter(reader_of(request).full_scope.only(member.vendor_id)):
            identity.remove(by=member, provider_id=key)
    except Refused:
        raise Http404 from None
    messages.success(request, _("Nobody signs in by this provider any more. Whoever did is signed out."))
    return HttpResponseRedirect(reverse("desk:providers"))


@login_required
@require_POST
def unlink(request: HttpRequest, vendor: str, key: int) -> HttpResponse:
    """Forget which login at the provider somebody has."""
    member = _administrator_at(reader_of(request), vendor)
    link = IdentityLink.objects.filter(pk=key, vendor_id=member.vendor_id).first()
    if link is None:
        raise Http404
    with enter(reader_of(request).full_scope.only(member.vendor_id)):
        identity.unlink(by=member, link_id=key)
    messages.success(request, _("Forgotten. The next sign-in with this person's address links anew."))
    return HttpResponseRedirect(reverse("desk:provider", args=[vendor, link.provider_id]))


def _edit(request: HttpRequest, vendor: str, member: Member, held: IdentityProvider | None) -> HttpResponse:
    form = ProviderForm(member, held, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            with enter(reader_of(request).full_scope.only(member.vendor_id)):
                identity.save(by=member, provider_id=held.pk if held else None, terms=form.terms())
        except Refused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("Saved."))
            return HttpResponseRedirect(reverse("desk:providers"))
    context = {
        "form": form,
        "provider": held,
        "vendor_slug": vendor,
        "facts": _facts(held) if held else (),
        "links": held.links.select_related("person").order_by("person__name", "pk")[:200] if held else (),
        "lacks_secret": held is not None and _lacks_secret(held),
    }
    return render(request, "desk/staff/provider.html", context, status=422 if form.errors else 200)


def _initial(held: IdentityProvider | None, prefix: str) -> dict[str, Any]:
    if held is None:
        return {"by_address": True, "active": True}
    names = ("name", "issuer", "client_id", "by_address", "proves_second_factor", "active")
    return {name: getattr(held, name) for name in names} | {
        "organisation": held.organisation.name if held.organisation else "",
        "secret": held.secret_variable.removeprefix(prefix),
        "domains": ", ".join(held.domains),
    }


def _administered(reader: Reader) -> list[Member]:
    found = [member for member in who.own_staff(reader) if identity.manages(member)]
    if not found:
        raise Http404
    return found


def _administrator_at(reader: Reader, slug: str) -> Member:
    member = who.staff_at(reader, slug)
    if not identity.manages(member):
        raise Http404
    return member


def _lacks_secret(row: IdentityProvider) -> bool:
    return bool(row.secret_variable) and not identity.secret_of(row)


def _facts(held: IdentityProvider) -> list[dict[str, str]]:
    """What the provider has to be told, what to put on an intranet, and for whom it may speak."""
    page = settings.BASE_URL + reverse("provider", args=[held.vendor_id, held.key])
    back = settings.BASE_URL + reverse("provider_callback", args=[held.vendor_id, held.key])
    domains = ", ".join(sorted(identity.speaks_for(held)))
    return [
        {"label": _("Redirect URI, to enter at the provider"), "value": back},
        {"label": _("Link for an intranet"), "value": page, "url": page},
        {"label": _("Speaks for"), "value": domains or _("no mail domain yet: none of this organisation is verified")},
    ]
