"""The one source of "now": the database's clock, in whole seconds.

Demo data and tests move it with `moved_to`; nothing else may.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

from django.db import connection

_moved: ContextVar[datetime | None] = ContextVar("moved_clock", default=None)


def now() -> datetime:
    """The present instant, aware, UTC, whole seconds; read from the database at the moment of the call."""
    moved = _moved.get()
    if moved is not None:
        return moved
    with connection.cursor() as cursor:
        cursor.execute("SELECT date_trunc('second', clock_timestamp())")
        instant: datetime = cursor.fetchone()[0]
    return instant.astimezone(UTC)


@contextmanager
def moved_to(instant: datetime) -> Iterator[None]:
    """Let `now()` answer `instant` (aware) inside the block: for demo data written as in life, and for tests."""
    token = _moved.set(instant.astimezone(UTC).replace(microsecond=0))
    try:
        yield
    finally:
        _moved.reset(token)
