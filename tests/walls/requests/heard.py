"""Which names a view asks a request for: what it reads of the query, of the form and of the files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from django.utils.datastructures import MultiValueDict

_ASKING = ("get", "getlist", "__getitem__", "__contains__")


@contextmanager
def listening() -> Iterator[None]:
    """Inside, requests remember what was asked of them."""
    with ExitStack() as patched:
        for name in _ASKING:
            patched.enter_context(patch.object(MultiValueDict, name, _noting(getattr(MultiValueDict, name))))
        yield


def asked(fields: Any) -> set[str]:
    """The names that were asked of a QueryDict or of a request's files."""
    return {name for name in fields.__dict__.get("_asked", ()) if isinstance(name, str)}


def _noting(method: Callable[..., Any]) -> Callable[..., Any]:
    def noted(self: Any, key: Any, *rest: Any, **words: Any) -> Any:
        self.__dict__.setdefault("_asked", set()).add(key)
        return method(self, key, *rest, **words)

    return noted
