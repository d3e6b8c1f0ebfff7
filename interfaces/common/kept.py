"""Figures that are dear to count, kept for some seconds for one reader. What he himself does makes them anew; what others do
shows when the seconds are over. Without Redis they are counted each time.
"""

import logging
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

from django.core.cache import cache
from redis import RedisError

log = logging.getLogger(__name__)
SECONDS = 5
Figures = Mapping[str, str]


def kept(user_id: int, about: object, make: Callable[[], Figures], *, anew: bool = False) -> Figures:
    """The figures that `make` answers, or those that it answered for the same `about` within the last seconds; `anew` makes
    and keeps them in any case.
    """
    key, what = _key(user_id), sha256(repr(about).encode()).hexdigest()
    held = None if anew else _ask(lambda: cache.get(key))
    if held is None or what not in held:
        held = {what: make()}
        _ask(lambda: cache.set(key, held, SECONDS))
    figures: Figures = held[what]
    return figures


def forget(user_id: int) -> None:
    """The reader has just changed something."""
    _ask(lambda: cache.delete(_key(user_id)))


def _ask(question: Callable[[], Any]) -> Any:
    try:
        return question()
    except (RedisError, OSError) as failure:
        log.warning("figures are not kept: %s", failure)
        return None


def _key(user_id: int) -> str:
    return f"figures:{user_id}"
