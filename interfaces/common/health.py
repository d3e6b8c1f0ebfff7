"""Whether the site can work: asked by launchers, containers and monitors, without sign-in."""

from collections.abc import Callable

import redis
from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


class HealthMiddleware:
    """Answers for the health page before anything asks the database for a session or a scope."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The health page at once, anything else as usual."""
        return healthz(request) if request.path_info == "/healthz/" else self.get_response(request)


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 "ok" when database and Redis answer, else 503 with what does not."""
    silent = [name for name, answers in (("database", _database_answers), ("redis", _redis_answers)) if not answers()]
    if silent:
        return HttpResponse(f"{' and '.join(silent)} unreachable\n", status=503, content_type="text/plain")
    return HttpResponse("ok\n", content_type="text/plain")


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return False
    return True


def _redis_answers() -> bool:
    url = str(settings.CACHES["default"]["LOCATION"])
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=1, socket_timeout=1) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False
