"""Who reads, in which language and zone, and within which scope: around the view and the rendering of its answer."""

from collections.abc import Callable
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.contrib import auth
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from interfaces.common.kept import forget
from interfaces.common.oidc.limit import Ended, Limit, limit_of
from interfaces.common.proxies import LOGIN
from interfaces.common.reader import Reader
from interfaces.common.tokens import user_of_token
from kernel.tenancy.scope import enter
from vendors.access import memberships
from vendors.models import User

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
Answer = Callable[[HttpRequest], HttpResponse]
VENDOR_KEY = "vendor"  # in the session: the slug chosen in the switcher
LANGUAGE_KEY = "language"


class ReaderMiddleware:
    """Language and zone of the reader: chosen in the session, else the login's, else the browser's language."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer in the reader's language and zone."""
        user = _user(request)
        language = request.session.get(LANGUAGE_KEY) or (user.language if user else None)
        language = language if language in _languages() else translation.get_language_from_request(request)
        with translation.override(language), timezone.override(_zone(user)):
            request.LANGUAGE_CODE = translation.get_language() or "en"
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", request.LANGUAGE_CODE)
            return response


class ScopeMiddleware:
    """Puts the reader on the request and encloses the view in his scope, one transaction a request; an answer that is an
    error takes back what the view had written.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer within the scope; who is not signed in has none."""
        user = _user(request)
        request.reader = None  # type: ignore[attr-defined]
        if user is None:
            return self.get_response(request)
        request.META[LOGIN] = user.pk
        limit: Limit | None = request.limit  # type: ignore[attr-defined]
        members = memberships(user.pk) if limit is None else limit.within(memberships(user.pk))
        members = [m.through(_source(request), _address(request)) for m in members]
        reader = Reader(user, members, request.session.get(VENDOR_KEY), limit)
        request.reader = reader  # type: ignore[attr-defined]
        with enter(reader.full_scope):
            response = self.get_response(request)
            if response.status_code >= 500:
                transaction.set_rollback(True)
        if request.method not in _SAFE and not getattr(request, "by_token", False):
            forget(user.pk)
        return response


def _user(request: HttpRequest) -> User | None:
    """The login, looked up once a request."""
    if not hasattr(request, "login"):
        request.login = _found(request)  # type: ignore[attr-defined]
    return request.login  # type: ignore[attr-defined, no-any-return]


def _found(request: HttpRequest) -> User | None:
    request.limit = None  # type: ignore[attr-defined]
    secret = request.headers.get("Authorization", "")
    if secret and request.path.startswith("/api/"):
        user = user_of_token(secret)
        request.user = user or auth.models.AnonymousUser()
        request.by_token = user is not None  # type: ignore[attr-defined]
        return user
    if not isinstance(request.user, User) or not request.user.is_active:
        return None
    try:
        request.limit = limit_of(request)  # type: ignore[attr-defined]
    except Ended:
        auth.logout(request)
        return None
    return request.user


def _source(request: HttpRequest) -> str:
    return "api" if request.path.startswith("/api/") else "web"


def _address(request: HttpRequest) -> str | None:
    return request.META.get("REMOTE_ADDR") or None


def _languages() -> set[str]:
    from django.conf import settings

    return {code for code, _ in settings.LANGUAGES}


def _zone(user: User | None) -> ZoneInfo:
    try:
        return ZoneInfo(user.time_zone if user else "Europe/Berlin")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("Europe/Berlin")
