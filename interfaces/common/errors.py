"""What is shown when a request can't be answered: a page, or problem details below /api/."""

import logging
from collections.abc import Callable

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import loader
from django.utils.translation import gettext as _
from django.views import defaults
from redis import RedisError

from interfaces.common.limits import TooMuch

log = logging.getLogger(__name__)
_PATIENCE = 30  # seconds until it is worth another try


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: the request itself is broken; 413: it is too large, or has too many fields."""
    if isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent):
        return problem(request, 413, _("This is too large")) or _page(request, 413)
    return problem(request, 400, _("The request can't be understood")) or _page(request, 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: not for this reader."""
    return problem(request, 403, _("This is not allowed")) or _page(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: not there, or not for this reader; both look the same."""
    return problem(request, 404, _("There is nothing here for you")) or _page(request, 404)


class RefusalMiddleware:
    """429 for whoever has read or taken as much as one may, and 503 for what can't be done while Redis is unreachable: signing in
    and exports, which are counted there, are refused rather than let through uncounted.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """As usual."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The page, where it was a limit that ended the view, or Redis that failed it."""
        if isinstance(exception, TooMuch):
            told = problem(request, 429, _("Too many requests"), exception.detail)
            answer = told or _page(request, 429, stopped=exception)
            answer.headers["Retry-After"] = str(exception.wait)
            return answer
        if not isinstance(exception, RedisError):
            return None
        log.error("answered with 503 while Redis is unreachable: %s", exception)
        answer = problem(request, 503, _("This is not possible for the moment")) or _page(request, 503)
        answer.headers["Retry-After"] = str(_PATIENCE)
        return answer


def failed(request: HttpRequest) -> HttpResponse:
    """500: our fault; the page stands alone, for anything may be broken."""
    return problem(request, 500, _("Something went wrong on our side")) or defaults.server_error(request)


def _page(request: HttpRequest, status: int, **context: object) -> HttpResponse:
    return HttpResponse(loader.render_to_string(f"{status}.html", context, request=request), status=status)


def problem(request: HttpRequest, status: int, title: str, detail: str = "", kind: str = "") -> HttpResponse | None:
    """Problem details for what is below /api/, of a kind that programs know by its name; None for pages."""
    if not request.path.startswith("/api/"):
        return None
    name = f"urn:supportdesk:problem:{kind}" if kind else "about:blank"
    body = {"type": name, "title": title, "status": status} | ({"detail": detail} if detail else {})
    return JsonResponse(body, status=status, content_type="application/problem+json")
