"""Who calls: the middleware has resolved the token or the session already; here it becomes DRF's user, or a 401."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from vendors.models import User

_REALM = 'Bearer realm="supportdesk"'


class ReaderAuthentication(SessionAuthentication):
    """The request's reader. A session has to prove with the CSRF token that our own page sent it; a token proves itself."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        """The reader's login; None for anonymous requests. Raises AuthenticationFailed for a token that is not valid."""
        reader = getattr(request, "reader", None)
        if reader is None:
            if request.headers.get("Authorization"):
                raise AuthenticationFailed(_("This token is not valid, or no longer."))
            return None
        if not getattr(request, "by_token", False):
            self.enforce_csrf(request)
        return reader.user, None

    def authenticate_header(self, request: Request) -> str:
        """What a 401 asks for."""
        return _REALM


class ReaderScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The same, as the schema says it."""

    target_class = ReaderAuthentication
    name = ["token", "session"]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        """A bearer token, or the session of a signed-in browser."""
        return [
            {"type": "http", "scheme": "bearer", "description": "A token made on the page “API tokens”."},
            {
                "type": "apiKey",
                "in": "cookie",
                "name": settings.SESSION_COOKIE_NAME,
                "description": "Unsafe methods need X-CSRFToken.",
            },
        ]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[str]]]:
        """One of the two suffices."""
        return [{name: []} for name in self.name]
