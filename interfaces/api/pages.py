"""The page on which a login makes and revokes its API tokens."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from interfaces.common.login_audit import write_down
from interfaces.common.reader import reader_of
from interfaces.common.tokens import TokenVerb, issue
from vendors.models import AccessToken, User

MOST = 20  # tokens in use a login


class TokenForm(forms.Form):
    """A new token."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=80,
        help_text=gettext_lazy("What it is for, so that you know it again."),
    )

    def __init__(self, user: User, data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # the QueryDict of a request
        self.user = user

    def clean(self) -> None:
        """A login has so many tokens at most."""
        if _tokens(self.user).count() >= MOST:
            raise forms.ValidationError(_("You have %(count)d tokens. Revoke one first.") % {"count": MOST})


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """The tokens in use, and a form for a new one, whose secret is in the answer to the POST and nowhere else."""
    user = reader_of(request).user
    form = TokenForm(user, request.POST if request.method == "POST" else None)
    secret = ""  # nosec B105
    if request.method == "POST" and form.is_valid():
        secret = issue(user, form.cleaned_data["name"])
        form = TokenForm(user)
    page = {"form": form, "secret": secret, "tokens": _tokens(user)}
    return render(request, "api/tokens.html", page, status=422 if form.errors else 200)


@login_required
@require_POST
def revoke(request: HttpRequest, key: int) -> HttpResponse:
    """Revoke one of the reader's own tokens; the next request with it is refused."""
    user = reader_of(request).user
    if not _tokens(user).filter(pk=key).update(revoked_at=timezone.now()):
        raise Http404
    write_down(user, TokenVerb.REVOKED, ("token", key))
    messages.success(request, _("Revoked. Nobody can use this token any more."))
    return redirect("tokens")


def _tokens(user: User) -> "QuerySet[AccessToken]":
    return AccessToken.objects.filter(user=user, revoked_at=None).order_by("-pk")


urlpatterns = [
    path("me/tokens/", tokens, name="tokens"),
    path("me/tokens/<int:key>/revoke/", revoke, name="token_revoke"),
]
