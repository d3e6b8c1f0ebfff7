"""What the schema says of all operations alike."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from interfaces.api.once import HEADER, KEPT, REPLAYED
from interfaces.api.problems import MEDIA_TYPE, Problem

_SAYS = {
    400: "The request is not as described here.",
    401: "No valid token or session.",
    403: "The role does not include this, or the CSRF token is missing.",
    404: "There is no such thing, or none that you may see; both look the same.",
    406: "Another answer than JSON was asked for.",
    409: "A request with this Idempotency-Key is under way.",
    413: "The body is larger than 1 MB.",
    415: "The body is not JSON.",
    429: "As many requests, tickets or files as one login may have in a while; `Retry-After` says how many seconds to wait.",
    422: "The vendor's rules or the ticket's state refuse it, or the Idempotency-Key was used for another request.",
}
_READING = (400, 401, 404, 406, 429)
_WRITING = (400, 401, 403, 404, 406, 409, 413, 415, 422, 429)
_NUMBER = r"^[A-Z0-9]{1,10}-[0-9]{4}-[0-9]{6,12}$"

VENDOR = OpenApiParameter("vendor", OpenApiTypes.STR, OpenApiParameter.PATH, pattern="^[-a-z0-9]{1,60}$")
TICKET = [VENDOR, OpenApiParameter("number", OpenApiTypes.STR, OpenApiParameter.PATH, pattern=_NUMBER)]
ONCE = OpenApiParameter(
    HEADER,
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    pattern=r"^[!-~]{1,120}$",
    description=(
        "Makes repeating safe: the same key with the same request gives the answer that was given first, with"
        f" `{REPLAYED}: true`; with another request 422; while the first is under way 409. Keys are yours at this vendor and"
        f" kept for {int(KEPT.total_seconds()) // 3600} hours. A request that was refused leaves its key free."
    ),
)


def reads(shape: Any, says: str = "") -> dict[Any, Any]:
    """The answers of a GET."""
    return {200: OpenApiResponse(shape, says), **_problems(_READING)}


def downloads() -> dict[Any, Any]:
    """The answers of a GET of a file."""
    return {(200, "application/octet-stream"): OpenApiTypes.BINARY, **_problems(_READING)}


def writes(shape: Any, status: int = 200, says: str = "") -> dict[Any, Any]:
    """The answers of a POST."""
    return {status: OpenApiResponse(shape, says), **_problems(_WRITING)}


def complete(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Post-processing: input knows all its names, and says so; so do the answers; what is created says where it is;
    an operation is summed up by its first sentence."""
    for schema in result.get("components", {}).get("schemas", {}).values():
        if schema.get("type") == "object" and "properties" in schema:
            schema.setdefault("additionalProperties", False)
    for path in result.get("paths", {}).values():
        for operation in path.values():
            operation.setdefault("summary", operation.get("description", "").partition(".")[0])
            _headers(operation.get("responses", {}))
    return result


def _headers(responses: dict[str, Any]) -> None:
    text = {"schema": {"type": "string"}}
    for status, response in responses.items():
        if status == "201":
            response.setdefault("headers", {})["Location"] = {"schema": {"type": "string", "format": "uri"}}
        if status == "401":
            response.setdefault("headers", {})["WWW-Authenticate"] = text


def _problems(statuses: tuple[int, ...]) -> dict[Any, Any]:
    return {(status, MEDIA_TYPE): OpenApiResponse(Problem, _SAYS[status]) for status in statuses}
