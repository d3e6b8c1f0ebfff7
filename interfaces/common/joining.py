"""Coming in: asking to sign up, the link of an invitation, and the link that proves a mail domain.

What can't be used for whatever reason, forged, used, withdrawn, too old or somebody else's, answers the same page.
"""

from typing import Any, cast

from allauth.account.models import EmailAddress
from allauth.account.utils import perform_login
from allauth.core.ratelimit import consume, respond_429
from django import forms
from django.contrib import messages
from django.contrib.auth import password_validation
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from interfaces.common.forms import AddressField
from vendors.joining import domains, invitations, signing_up
from vendors.joining.addresses import mailbox
from vendors.joining.domains import NoProof
from vendors.joining.invitations import Found, HasLogin, NoInvitation
from vendors.models import User
from vendors.refusal import Refused


class JoinForm(forms.Form):
    """Who asks to sign up."""

    email = AddressField()


class NewLoginForm(forms.Form):
    """Name and password of a new login."""

    name = forms.CharField(
        label=gettext_lazy("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    password1 = forms.CharField(
        label=gettext_lazy("Password"),
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    password2 = forms.CharField(
        label=gettext_lazy("Password, once more"),
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, found: Found, data: Any = None) -> None:
        super().__init__(data, initial={"name": found.invitation.name})
        self.email = found.invitation.email
        self.fields["password1"].help_text = " ".join(password_validation.password_validators_help_texts())

    def clean(self) -> dict[str, Any]:
        """Both passwords are the same, and hard to guess."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        first, second = values.get("password1"), values.get("password2")
        if first and second and first != second:
            self.add_error("password2", _("This is another password than the first."))
        elif first:
            try:
                password_validation.validate_password(first, User(email=self.email, name=values.get("name", "")))
            except forms.ValidationError as weak:
                self.add_error("password1", weak)
        return values


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest) -> HttpResponse:
    """Ask to sign up: the same answer for every address, and the same work; what follows comes by mail."""
    form = JoinForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "account/join.html", {"form": form}, status=422 if form.errors else 200)
    if not consume(request, action="join", key=mailbox(form.cleaned_data["email"])):
        return cast(HttpResponse, respond_429(request))
    signing_up.ask(email=form.cleaned_data["email"], language=(get_language() or "")[:2])
    return HttpResponseRedirect(reverse("join_sent"))


@require_safe
def join_sent(request: HttpRequest) -> HttpResponse:
    """What is said to everybody who asked."""
    return render(request, "account/join_sent.html")


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, vendor: int, secret: str) -> HttpResponse:
    """The link of an invitation: a new login, or one click with the login of the invited address. Opening it changes nothing."""
    try:
        found = invitations.find(vendor, secret)
        if not request.user.is_authenticated:
            return _sign_in_first(request, found) if found.user else _new_login(request, found, secret)
        if request.user.email.lower() != found.invitation.email:
            raise NoInvitation
        if request.method != "POST":
            return render(request, "account/invitation.html", {"found": found})
        invitations.accept(
            user=request.user,
            vendor_id=vendor,
            secret=secret,
            address=request.META.get("REMOTE_ADDR") or None,
        )
    except NoInvitation:
        return _ended(request)
    except HasLogin:  # made this moment, by another invitation
        return HttpResponseRedirect(request.path)
    messages.success(request, _("Welcome to %(vendor)s.") % {"vendor": found.vendor.name})
    return HttpResponseRedirect(reverse("home"))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def domain_proof(request: HttpRequest, vendor: int, secret: str) -> HttpResponse:
    """The link that went to a domain's postmaster: a look at the claim, and a button that confirms it."""
    try:
        if request.method != "POST":
            return render(request, "account/domain.html", {"claim": domains.find(vendor, secret)})
        claim = domains.prove(vendor_id=vendor, secret=secret, address=request.META.get("REMOTE_ADDR") or None)
    except NoProof:
        return _ended(request)
    return render(request, "account/domain.html", {"claim": claim, "confirmed": True})


def _new_login(request: HttpRequest, found: Found, secret: str) -> HttpResponse:
    form = NewLoginForm(found, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            with transaction.atomic():
                user = invitations.accept_new(
                    vendor_id=found.vendor.pk,
                    secret=secret,
                    name=values["name"],
                    password=values["password1"],
                    address=request.META.get("REMOTE_ADDR") or None,
                )
                # The mail with the link has proved the address.
                EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
        except Refused as refusal:
            form.add_error("name", refusal.message)
        else:
            return cast(HttpResponse, perform_login(request, user, redirect_url=reverse("home")))
    return render(
        request, "account/invitation.html", {"found": found, "form": form}, status=422 if form.errors else 200
    )


def _sign_in_first(request: HttpRequest, found: Found) -> HttpResponse:
    return render(request, "account/invitation.html", {"found": found, "sign_in": True})


def _ended(request: HttpRequest) -> HttpResponse:
    return render(request, "account/link_ended.html", status=404)
