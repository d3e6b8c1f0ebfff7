"""Signing in with one's organisation: finding its provider, going there, coming back."""

from typing import cast
from urllib.parse import urlsplit

from allauth.core.ratelimit import consume, respond_429
from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from interfaces.common.oidc.fetching import ProviderFailed
from interfaces.common.oidc.flow import CallbackView, Flow, failed
from vendors import identity
from vendors.models import IdentityProvider, Vendor


class SearchForm(forms.Form):
    """By what somebody's provider is found."""

    who = forms.CharField(
        label=gettext_lazy("Mail address"),
        max_length=254,
        help_text=gettext_lazy("Staff of a vendor: its short name also does."),
        widget=forms.TextInput(
            attrs={"autocomplete": "email", "inputmode": "email", "spellcheck": "false", "autocapitalize": "none"}
        ),
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def search(request: HttpRequest) -> HttpResponse:
    """Find the provider of an address's domain. Whether a domain has one is told; whether the address is known, is not asked."""
    form = SearchForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "account/provider_search.html", {"form": form}, status=422 if form.errors else 200)
    if not consume(request, action="find_provider"):
        return cast(HttpResponse, respond_429(request))
    found = identity.found_by(form.cleaned_data["who"])
    if len(found) == 1:
        return HttpResponseRedirect(_address(found[0][0]))
    if not found:
        form.add_error(
            "who", _("No organisation signs in with its own login by this address. Sign in with your password.")
        )
    rows = [{"provider": row, "vendor": vendor, "url": _address(row)} for row, vendor in found]
    return render(request, "account/provider_search.html", {"form": form, "rows": rows}, status=200 if rows else 422)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def provider(request: HttpRequest, vendor: int, key: str) -> HttpResponse:
    """The page from which one goes to a provider: whose it is and where it leads, and a button; a link for an intranet."""
    row, of = _found(vendor, key)
    if request.method != "POST":
        context = {"provider": row, "vendor": of, "onward": request.GET.get("next", "")}
        return render(request, "account/provider.html", context)
    if not consume(request, action="identity_provider"):
        return cast(HttpResponse, respond_429(request))
    try:
        answer = Flow(request, row).get_provider().begin()
    except ProviderFailed as failure:
        return failed(request, row, failure.why, failure)
    return _leaving(request, row, answer.url) if isinstance(answer, HttpResponseRedirect) else answer


@never_cache
@require_safe
def callback(request: HttpRequest, vendor: int, key: str) -> HttpResponse:
    """The browser comes back from a provider."""
    row, _vendor = _found(vendor, key)
    if not consume(request, action="identity_provider"):
        return cast(HttpResponse, respond_429(request))
    return cast(HttpResponse, CallbackView.adapter_view(Flow(request, row))(request))


def _found(vendor: int, key: str) -> tuple[IdentityProvider, Vendor]:
    found = identity.find(vendor, key)
    if found is None:
        raise Http404
    return found


def _leaving(request: HttpRequest, row: IdentityProvider, url: str) -> HttpResponse:
    """A page that goes on by itself: a redirect would be part of the form, which by our policy leads nowhere else, and where a
    provider sends on to is its own affair.
    """
    context = {"provider": row, "url": url, "host": urlsplit(url).hostname}
    page = render(request, "account/provider_leaving.html", context)
    page.headers["Refresh"] = f"0; url={url}"
    return page


def _address(row: IdentityProvider) -> str:
    return reverse("provider", args=[row.vendor_id, row.key])
