"""Every error as problem details (RFC 9457): what went wrong, in words for people, next to the input it came from."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions, serializers
from rest_framework.response import Response

from interfaces.common.limits import TooMuch
from tickets.vocabulary import Refused

MEDIA_TYPE = "application/problem+json"
_BLANK = "about:blank"
_TITLES = {
    400: gettext_lazy("The request can't be understood"),
    401: gettext_lazy("Please sign in"),
    403: gettext_lazy("This is not allowed"),
    404: gettext_lazy("There is nothing here for you"),
    405: gettext_lazy("This address does not know this method"),
    406: gettext_lazy("This answer comes as JSON only"),
    409: gettext_lazy("The same request is under way"),
    413: gettext_lazy("This is too large"),
    415: gettext_lazy("Please send JSON"),
    422: gettext_lazy("This can't be done"),
    429: gettext_lazy("Too many requests"),
}


class UnderWay(exceptions.APIException):
    """409: a request with the same Idempotency-Key has not been answered yet."""

    status_code = 409
    default_detail = gettext_lazy("A request with this Idempotency-Key is still being answered. Ask again in a moment.")
    default_code = "under_way"
    wait = 1  # seconds, told as Retry-After


class Input:
    """Where an input came from: the body, the query or a header."""

    BODY, QUERY, HEADER = "body", "query", "header"


class Invalid(exceptions.APIException):
    """400: inputs that are not what the schema says; `errors` as a DRF serializer gives them."""

    status_code = 400
    default_detail = gettext_lazy("Some of the input is not as described in the schema.")
    default_code = "invalid"

    def __init__(self, errors: Mapping[str, Any], source: str = Input.BODY) -> None:
        super().__init__()
        self.errors, self.source = errors, source


class ProblemPoint(serializers.Serializer[Any]):
    """One input that is at fault: its name, what is wrong, and for a member of the body the JSON pointer to it."""

    field = serializers.CharField(allow_blank=True)
    source = serializers.ChoiceField(choices=[Input.BODY, Input.QUERY, Input.HEADER])  # type: ignore[assignment]  # a name of DRF's
    pointer = serializers.CharField(required=False)
    detail = serializers.CharField()


class Problem(serializers.Serializer[Any]):
    """Problem details."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField(min_value=400, max_value=599)
    detail = serializers.CharField(required=False)
    errors = ProblemPoint(many=True, required=False)  # type: ignore[assignment]  # RFC 9457's name for it


def problem_details(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """The answer to an exception of a view; None for what is our own fault (500)."""
    if isinstance(error, Http404 | exceptions.NotFound):
        return problem(404)
    if isinstance(error, DjangoPermissionDenied):
        return problem(403)
    if isinstance(error, Refused):
        return problem(422, error.message, kind="refused", errors=_points({error.field: [error.message]}, Input.BODY))
    if isinstance(error, TooMuch):
        answer = problem(429, error.detail, kind="too-much")
        answer["Retry-After"] = str(error.wait)
        return answer
    if isinstance(error, Invalid):
        return problem(400, str(error.detail), kind="invalid", errors=_points(error.errors, error.source))
    if isinstance(error, exceptions.ValidationError):
        errors = error.detail if isinstance(error.detail, Mapping) else {"": error.detail}
        return problem(400, str(Invalid.default_detail), kind="invalid", errors=_points(errors, Input.BODY))
    if isinstance(error, exceptions.APIException):
        answer = problem(error.status_code, str(error.detail))
        if header := getattr(error, "auth_header", None):
            answer["WWW-Authenticate"] = header
        if (wait := getattr(error, "wait", None)) is not None:
            answer["Retry-After"] = str(int(wait))
        return answer
    return None


def problem(status: int, detail: str = "", *, kind: str = "", errors: list[dict[str, str]] | None = None) -> Response:
    """An answer that tells a problem; `kind` names it for programs."""
    body: dict[str, Any] = {
        "type": f"urn:supportdesk:problem:{kind}" if kind else _BLANK,
        "title": str(_TITLES.get(status) or _("This did not work")),
        "status": status,
    }
    if detail:
        body["detail"] = detail
    if errors:
        body["errors"] = errors
    return Response(body, status=status, content_type=MEDIA_TYPE)


def _points(errors: Any, source: str, path: tuple[str, ...] = ()) -> list[dict[str, str]]:
    return list(_walk(errors, source, path))


def _walk(errors: Any, source: str, path: tuple[str, ...]) -> Iterator[dict[str, str]]:
    if isinstance(errors, Mapping):
        for name, inner in errors.items():
            here = path if name in ("", "non_field_errors") else (*path, str(name))
            yield from _walk(inner, source, here)
        return
    for position, error in enumerate(errors if isinstance(errors, list | tuple) else [errors]):
        if isinstance(error, Mapping):
            yield from _walk(error, source, (*path, str(position)))
            continue
        point = {"field": ".".join(path), "source": source, "detail": str(error)}
        if source == Input.BODY:
            point["pointer"] = "#" + "".join(f"/{_escaped(name)}" for name in path)
        yield point


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
