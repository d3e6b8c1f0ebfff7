"""Staff without a second factor reaches nothing but its setting up, where the installation requires one."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from interfaces.common.errors import problem
from interfaces.common.oidc.limit import proved_second_factor
from interfaces.common.second_factor.rules import has_factor, must_have_factor

# What one needs in order to set one up, or to go away.
_OPEN = frozenset(
    {
        "mfa_index",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "account_reauthenticate",
        "account_logout",
        "set_language",
        "set_theme",
        "healthz",
    }
)


class SecondFactorMiddleware:
    """Stands behind ScopeMiddleware, before every view: sessions and tokens alike. Who must have a factor and has none is led
    to the page about signing in; a program is told 403.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """As usual; the view is known only in `process_view`."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """The way to the set-up, in place of the view."""
        reader = getattr(request, "reader", None)
        if reader is None or not must_have_factor(reader.user, reader.all_members):
            return None
        if proved_second_factor(request) or has_factor(reader.user):
            return None
        request.awaits_factor = True  # type: ignore[attr-defined]  # so its pages lead nowhere else
        if request.resolver_match and request.resolver_match.view_name in _OPEN:
            return None
        title = _("Set up a second factor first: your work here needs one")
        if (refusal := problem(request, 403, title, kind="second-factor")) is not None:
            return refusal
        place = reverse("mfa_index")
        if request.headers.get("HX-Request"):
            return HttpResponseClientRedirect(place)
        if request.method in {"GET", "HEAD"}:
            place += "?" + urlencode({"next": request.get_full_path()})
        return HttpResponseRedirect(place)
