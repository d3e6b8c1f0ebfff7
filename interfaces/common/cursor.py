"""Pages by key, newest first: each is asked for by its neighbour's key, so that the last costs what the first does."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest

from kernel.keys import key_in

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Page(Generic[M]):
    """Rows newest first; the addresses (query strings, empty without) of the newer and the older page."""

    rows: list[M]
    newer_url: str
    older_url: str


def page_of(rows: QuerySet[M, Any], request: HttpRequest, size: int = 50) -> Page[M]:
    """The page of `rows` that `?before=KEY` or `?after=KEY` names, else the newest; one query; Http404 for no number."""
    before, after = _key(request, "before"), _key(request, "after")
    if after is not None:
        found = list(rows.filter(pk__gt=after).order_by("pk")[: size + 1])
        more_newer, more_older = len(found) > size, True
        found = found[:size][::-1]
    else:
        found = list((rows if before is None else rows.filter(pk__lt=before)).order_by("-pk")[: size + 1])
        more_newer, more_older = before is not None, len(found) > size
        found = found[:size]
    newer = _query(request, after=found[0].pk) if found and more_newer else ""
    older = _query(request, before=found[-1].pk) if found and more_older else ""
    return Page(found, newer, older)


def _key(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    if not text:
        return None
    if (key := key_in(text)) is None:
        raise Http404
    return key


def _query(request: HttpRequest, **key: int) -> str:
    query = request.GET.copy()
    query.pop("before", None)
    query.pop("after", None)
    for name, value in key.items():
        query[name] = str(value)
    return f"?{query.urlencode()}"
