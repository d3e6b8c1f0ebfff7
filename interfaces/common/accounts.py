"""How people sign in."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest, HttpResponse

from interfaces.common.oidc.limit import remember


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up by himself: a login belongs to a person whom a vendor knows."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Closed."""
        return False

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """There are no user names."""

    def post_login(self, request: HttpRequest, user: Any, **how: Any) -> HttpResponse:
        """Every sign-in ends here: the session keeps by which identity provider it was, if any."""
        remember(request, (how["signal_kwargs"] or {}).get("through"))
        answer: HttpResponse = super().post_login(request, user, **how)
        return answer
