"""What is shown when a request can't be answered: a page, or problem details below /api/."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import loader
from django.utils.translation import gettext as _
from django.views import defaults


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: the request itself is broken."""
    return _problem(request, 400, _("The request can't be understood")) or _page(request, 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: not for this reader."""
    return _problem(request, 403, _("This is not allowed")) or _page(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: not there, or not for this reader; both look the same."""
    return _problem(request, 404, _("There is nothing here for you")) or _page(request, 404)


def failed(request: HttpRequest) -> HttpResponse:
    """500: our fault; the page stands alone, for anything may be broken."""
    return _problem(request, 500, _("Something went wrong on our side")) or defaults.server_error(request)


def _page(request: HttpRequest, status: int) -> HttpResponse:
    return HttpResponse(loader.render_to_string(f"{status}.html", request=request), status=status)


def _problem(request: HttpRequest, status: int, title: str) -> HttpResponse | None:
    if not request.path.startswith("/api/"):
        return None
    body = {"type": "about:blank", "title": title, "status": status}
    return JsonResponse(body, status=status, content_type="application/problem+json")
