"""Put messages into the outbox, and deliver what is due: lease, send outside the transaction, mark."""

import json
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from django.db import connection
from django.db.models import F

from kernel import clock
from kernel.outbox.models import OutboxMessage
from kernel.rows import insert
from kernel.tenancy.scope import Scope, enter

log = logging.getLogger(__name__)
LEASE = timedelta(seconds=120)
ATTEMPTS = 8
PATIENCE = 5.0  # seconds that a batch may take before the rest of it is given back
PAUSE = 15.0  # seconds for which a topic rests after its transport did not answer


class Unreachable(Exception):
    """Raised by a topic's `send`: the transport itself does not answer, so no other message would fare better now."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message to put into the outbox; `key` names it for ever, `delay` keeps it back (an undo still takes it out);
    a negative one puts it before others that wait."""

    vendor_id: int
    topic: str
    key: str
    payload: Mapping[str, Any]
    delay: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Topic:
    """How a topic is delivered: `prepare` makes the sendable from a payload inside the vendor's scope (None: nothing to
    send any more), `send` sends it outside any transaction and raises when it could not.
    """

    prepare: Callable[[int, str, Mapping[str, Any]], Any]
    send: Callable[[Any], None]


_topics: dict[str, Topic] = {}
_resting: dict[str, float] = {}  # topics of this process whose transport did not answer, until when (monotonic)
_COLUMNS = {
    "vendor_id": "bigint",
    "topic": "text",
    "key": "text",
    "payload": "jsonb",
    "state": "text",
    "created_at": "timestamptz",
    "not_before": "timestamptz",
    "attempts": "smallint",
    "last_error": "text",
}
# MATERIALIZED: a subquery could be planned so that it is asked again for each row, and the limit with it.
_LEASE = """
WITH due AS MATERIALIZED (
    SELECT id FROM outbox_outboxmessage
    WHERE vendor_id = %(vendor)s AND state = 'pending' AND not_before <= %(now)s
      AND (leased_until IS NULL OR leased_until < %(now)s) AND topic <> ALL (%(resting)s)
    ORDER BY not_before, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
UPDATE outbox_outboxmessage m SET leased_until = %(until)s, attempts = attempts + 1
FROM due WHERE m.vendor_id = %(vendor)s AND m.id = due.id
RETURNING m.not_before, m.id, topic, key, payload::text, attempts
"""


def register(name: str, topic: Topic) -> None:
    """Say how messages of the topic `name` are delivered; called once, at start."""
    _topics[name] = topic


def put(letters: Iterable[Letter], *, at: datetime) -> None:
    """Append the letters in the transaction of the change they tell of. A key that is there already is an
    IntegrityError.
    """
    rows = [(x.vendor_id, x.topic, x.key, x.payload, "pending", at, at + x.delay, 0, "") for x in letters]
    if rows:
        insert("outbox_outboxmessage", _COLUMNS, rows)


def deliver(vendor_id: int, *, limit: int = 100) -> int:
    """Deliver up to `limit` due messages of a vendor; answers how many were tried. Call again while it answers `limit`.

    A slow or silent transport must not hold up the caller, who has deadlines to look after: what is not tried within
    PATIENCE, or after the transport did not answer, is given back untouched.
    """
    until = monotonic() + PATIENCE
    resting = [topic for topic, end in _resting.items() if end > monotonic()]
    with enter(Scope.of(vendor_id)):
        now = clock.now()
        with connection.cursor() as cursor:
            cursor.execute(
                _LEASE, {"vendor": vendor_id, "now": now, "until": now + LEASE, "limit": limit, "resting": resting}
            )
            taken = [row for _due, *row in sorted(cursor.fetchall())]
    for tried, (key, topic, name, payload, attempts) in enumerate(taken, 1):
        answered = _deliver_one(vendor_id, key, topic, name, json.loads(payload), attempts)
        if not answered or monotonic() > until:
            _give_back(vendor_id, [row[0] for row in taken[tried:]])
            return tried
    return len(taken)


def _give_back(vendor_id: int, keys: list[int]) -> None:
    with enter(Scope.of(vendor_id)):
        untried = OutboxMessage.objects.filter(pk__in=keys, state=OutboxMessage.State.PENDING)
        untried.update(leased_until=None, attempts=F("attempts") - 1)


def _deliver_one(vendor_id: int, key: int, topic: str, name: str, payload: Mapping[str, Any], attempts: int) -> bool:
    """Deliver a message and mark how it went; False if its transport does not answer."""
    error, answered = "", True
    try:
        if attempts > ATTEMPTS:  # each time, whoever tried died of it
            raise RuntimeError("never got to an end")
        with enter(Scope.of(vendor_id)):
            sendable = _topics[topic].prepare(vendor_id, name, payload)
        if sendable is not None:
            _topics[topic].send(sendable)
    except Unreachable as failure:
        error, answered = str(failure)[:500].replace("\0", ""), False
        _resting[topic] = monotonic() + PAUSE
        log.warning("outbox: %s rests for %d s: %s", topic, PAUSE, error)
    except Exception as failure:  # whatever a transport or a template raises, the message must be kept
        error = f"{type(failure).__name__}: {failure}"[:500].replace("\0", "")
        log.warning("outbox %s attempt %s failed: %s", name, attempts, error)
    with enter(Scope.of(vendor_id)):
        _mark(key, attempts, error)
    return answered


def _mark(key: int, attempts: int, error: str) -> None:
    now = clock.now()
    message = OutboxMessage.objects.filter(pk=key, state=OutboxMessage.State.PENDING)
    if not error:
        message.update(state=OutboxMessage.State.SENT, sent_at=now, leased_until=None, last_error="")
    elif attempts >= ATTEMPTS:
        message.update(state=OutboxMessage.State.DEAD, leased_until=None, last_error=error)
    else:
        wait = timedelta(seconds=min(15 * 4 ** (attempts - 1), 6 * 3600))
        message.update(not_before=now + wait, leased_until=None, last_error=error)


def retry(vendor_id: int, message_id: int) -> bool:
    """Send a dead letter again from its first attempt; False if there is no such dead letter in the scope."""
    now = clock.now()
    dead = OutboxMessage.objects.filter(vendor_id=vendor_id, pk=message_id, state=OutboxMessage.State.DEAD)
    return bool(dead.update(state=OutboxMessage.State.PENDING, attempts=0, not_before=now))


def withdraw(vendor_id: int, key: str) -> bool:
    """Take an undelivered message out again (undo); False if it has left already or is leaving now."""
    pending = OutboxMessage.objects.filter(
        vendor_id=vendor_id, key=key, state=OutboxMessage.State.PENDING, leased_until=None
    )
    return bool(pending.delete()[0])
