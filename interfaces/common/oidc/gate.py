"""A session by an identity provider changes nothing of the login as a whole: its password, addresses and factors, its tokens and
other sessions open doors at other vendors too, which are none of that provider's business.
"""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

_ACCOUNT = "/accounts/"
_OPEN = frozenset(
    {
        "account_logout",
        "account_inactive",
        "provider_search",
        "provider",
        "provider_callback",
        "join",
        "join_sent",
        "domain_proof",
    }
)
_OF_THE_LOGIN = frozenset({"tokens", "token_revoke", "outbox", "outbox_retry"})


class LimitMiddleware:
    """Stands behind ScopeMiddleware, before every view."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """As usual; the view is known only in `process_view`."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """A page that says how to go on, in place of the view."""
        limit = getattr(request, "limit", None)
        name = request.resolver_match.view_name if request.resolver_match else ""
        of_login = name in _OF_THE_LOGIN or (request.path.startswith(_ACCOUNT) and name not in _OPEN)
        if limit is None or not of_login:
            return None
        context = {"provider": limit.provider, "factor": name.startswith("mfa_")}
        return render(request, "account/limited.html", context, status=403)
