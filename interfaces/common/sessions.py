"""How long a session lasts: until nothing was done in it for SESSION_IDLE, and never longer than SESSION_LIFETIME."""

from collections.abc import Callable
from datetime import timedelta
from time import time

from django.conf import settings
from django.contrib import auth
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse

_BEGAN, _SEEN = "began", "seen"  # in the session: seconds since 1970
_STEPS = 24  # into which the idle time is cut: so often a busy session is written, and so exact its end is


class SessionAgeMiddleware:
    """Signs out whose session is over, before anything asks who it is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; what a browser keeps of ours goes when its session ends."""
        if auth.SESSION_KEY in request.session:
            _look_at(request, int(time()))
        response = self.get_response(request)
        if getattr(request, "signed_out", False):
            response.headers["Clear-Site-Data"] = (
                '"storage"'  # nothing of ours is in a cache; cookies hold language and theme
            )
        return response


def _look_at(request: HttpRequest, now: int) -> None:
    session = request.session
    began, seen = session.get(_BEGAN), session.get(_SEEN)
    if began is None or seen is None:
        session[_BEGAN], session[_SEEN] = began or now, seen or now
        return
    idle = _seconds(settings.SESSION_IDLE)
    if now - seen >= idle or now - began >= _seconds(settings.SESSION_LIFETIME):
        auth.logout(request)
    elif (
        now - seen >= idle // _STEPS and "X-Unattended" not in request.headers
    ):  # which pages that look by themselves say
        session[_SEEN] = now


def _seconds(span: timedelta) -> int:
    return int(span.total_seconds())


@receiver(user_logged_in)
def _begin(request: HttpRequest | None, **_: object) -> None:
    if request is not None:
        request.session[_BEGAN] = request.session[_SEEN] = int(time())


@receiver(user_logged_out)
def _end(request: HttpRequest | None, **_: object) -> None:
    if request is not None:
        request.signed_out = True  # type: ignore[attr-defined]
