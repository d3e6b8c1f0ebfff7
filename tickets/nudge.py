"""Wake the workers after a commit. It only saves waiting for the next beat: nothing is lost when it fails."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from celery import current_app
from django.core.cache import cache

log = logging.getLogger(__name__)
_WAITED = 2  # seconds after which a worker that was asked is not waited for any longer
_held: ContextVar[bool] = ContextVar("nudges_held", default=False)


@contextmanager
def held() -> Iterator[None]:
    """Nudge nobody inside the block: for whoever runs the loop himself, as the demo does."""
    token = _held.set(True)
    try:
        yield
    finally:
        _held.reset(token)


def nudge(vendor_id: int) -> None:
    """Ask a worker to look at a vendor's timelines and outbox now, unless one is asked already and has not begun; a broker that
    is down is no error.
    """
    if _held.get():
        return
    try:
        if not cache.add(_mark(vendor_id), 1, timeout=_WAITED):
            return
        current_app.send_task("tickets.wake", kwargs={"vendor_id": vendor_id}, expires=30)
    except Exception as failure:  # any transport's error: the next beat finds the work in the database
        log.warning("the workers could not be nudged: %s", failure)


def heard(vendor_id: int) -> None:
    """A worker begins to look: whatever is committed from now on asks anew."""
    try:
        cache.delete(_mark(vendor_id))
    except Exception as failure:  # a cache that is down only costs nudges
        log.warning("nudges could not be told apart: %s", failure)


def _mark(vendor_id: int) -> str:
    return f"nudged:{vendor_id}"
