"""Who has a ticket before him right now, and whether he is only reading or writing an answer.

It is kept in Redis for some seconds and renewed by a heartbeat; a house sees only its own people. Without Redis nobody is seen,
and nobody waits for it.
"""

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from time import monotonic, time
from typing import Any

from django.conf import settings
from django.core.cache import caches
from redis import Redis, RedisError

from vendors.access import Member

log = logging.getLogger(__name__)
SEEN_FOR = 12  # seconds after the last heartbeat
_PATIENCE = 0.25  # seconds
_REST = 5.0  # seconds for which Redis is left alone after it did not answer
_rest: dict[str, float] = {}  # until when (monotonic) Redis is left alone


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody else who has the ticket open."""

    name: str
    replying: bool


def touch(member: Member, ticket_id: int, *, replying: bool) -> None:
    """Say that the member has the ticket before him; holds for SEEN_FOR seconds."""
    key, value = _key(member, ticket_id), json.dumps([member.name, replying, time() + SEEN_FOR])
    _ask([("HSET", key, str(member.person_id), value), ("EXPIRE", key, SEEN_FOR + 1)])


def leave(member: Member, ticket_id: int) -> None:
    """Say that he has left it."""
    _ask([("HDEL", _key(member, ticket_id), str(member.person_id))])


def others(members: Iterable[Member], tickets: Sequence[tuple[int, int]]) -> Mapping[int, Sequence[Present]]:
    """Who else of one's own houses has which of the tickets open (pairs of vendor and ticket key), by ticket key, in one round
    trip; tickets that nobody else has open are left out.
    """
    by_vendor = {member.vendor_id: member for member in members}
    asked = [(ticket, by_vendor[vendor]) for vendor, ticket in tickets if vendor in by_vendor]
    answers = _ask([("HGETALL", _key(member, ticket)) for ticket, member in asked])
    found: dict[int, Sequence[Present]] = {}
    for (ticket, member), held in zip(asked, answers, strict=False):
        here = [_present(value) for person, value in _pairs(held) if person != str(member.person_id)]
        if alive := sorted((p for p in here if p is not None), key=lambda p: (not p.replying, p.name)):
            found[ticket] = alive
    return found


def _key(member: Member, ticket_id: int) -> str:
    prefix = caches["default"].key_prefix
    return f"{prefix}:present:{member.vendor_id}:{member.house or 0}:{ticket_id}"


def _present(value: str) -> Present | None:
    name, replying, until = json.loads(value)
    return Present(name, replying) if until > time() else None


def _pairs(held: Any) -> list[tuple[str, str]]:
    texts = [text.decode() if isinstance(text, bytes) else text for text in _flat(held)]
    return list(zip(texts[::2], texts[1::2], strict=True))


def _flat(held: Any) -> list[Any]:
    return [part for pair in held.items() for part in pair] if isinstance(held, dict) else list(held)


@cache
def _redis() -> Redis:
    url = settings.CACHES["default"]["LOCATION"]
    return Redis.from_url(url, socket_timeout=_PATIENCE, socket_connect_timeout=_PATIENCE, retry=None)


def _ask(commands: Sequence[tuple[Any, ...]]) -> list[Any]:
    """The answers in one round trip; none where Redis does not answer."""
    if not commands or monotonic() < _rest.get("until", 0.0):
        return []
    try:
        with _redis().pipeline(transaction=False) as pipe:
            for command in commands:
                pipe.execute_command(*command)  # type: ignore[no-untyped-call]
            return list(pipe.execute())
    except (RedisError, OSError) as failure:
        _rest["until"] = monotonic() + _REST
        log.warning("presence rests for %d s: %s", _REST, failure)
        return []
