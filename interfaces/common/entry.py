"""What is turned away before anything else looks at it."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils.translation import gettext as _

from interfaces.common.errors import problem

_METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")


class EntryMiddleware:
    """Refuses methods that nothing here answers (TRACE among them), and programs that talk without TLS: a redirect would hide
    from them that their token has travelled in the open.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """405, 403, or the answer."""
        if request.method not in _METHODS:
            return HttpResponseNotAllowed(_METHODS)
        if settings.SECURE_SSL_REDIRECT and not request.is_secure():
            refused = problem(request, 403, _("Use https. A token that was sent without it should be revoked."))
            if refused is not None:
                return refused
        return self.get_response(request)
