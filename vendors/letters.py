"""Mail about a login, which is of no vendor: each is a row that a worker makes words of and sends (tickets.login_mails)."""

import logging
from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db import transaction

from kernel import clock
from vendors.models import LoginLetter, User

log = logging.getLogger(__name__)
_BATCH, ATTEMPTS = 20, 8


class Letter(StrEnum):
    """What a letter is about."""

    RESET = "reset"  # somebody asked for a new password, at an address that may be nobody's
    PASSWORD = "password"  # noqa: S105  # nosec B105
    ADDRESS = "address"
    APP_ADDED = "app_added"
    APP_REMOVED = "app_removed"
    PASSKEY_ADDED = "passkey_added"
    PASSKEY_REMOVED = "passkey_removed"
    CODES_MADE = "codes_made"
    CODE_USED = "code_used"
    FACTORS_RESET = "factors_reset"


def ask_for_password(*, email: str, language: str) -> None:
    """Somebody forgot his password. One row for every address: the worker finds out whose it is, if anybody's."""
    _write(Letter.RESET, None, email, language)


def put(kind: Letter, *, user: User, email: str = "") -> None:
    """Tell a login's owner, at his own address or another of his, what was done with it; in the transaction of the deed."""
    _write(kind, user, email or user.email, user.language)


def deliver_waiting(send: Callable[[LoginLetter], Any]) -> int:
    """Hand what waits to `send`, in turn, each in a transaction of its own; answers how many were tried. What fails is tried
    again, later each time, and forgotten with a line in the log after ATTEMPTS.
    """
    tried = 0
    while tried < _BATCH and _deliver_one(send):
        tried += 1
    return tried


def _deliver_one(send: Callable[[LoginLetter], Any]) -> bool:
    with transaction.atomic():
        now = clock.now()
        waiting = LoginLetter.objects.select_for_update(skip_locked=True, of=("self",)).select_related("user")
        row = waiting.filter(not_before__lte=now).order_by("not_before", "pk").first()
        if row is None:
            return False
        try:
            with transaction.atomic():
                send(row)
        except Exception as failure:  # whatever a mail server says, the letter must be kept
            row.attempts += 1
            log.warning("login letter %s attempt %s failed: %s", row.pk, row.attempts, type(failure).__name__)
            if row.attempts < ATTEMPTS:
                row.not_before = now + timedelta(seconds=15 * 4 ** (row.attempts - 1))
                row.save(update_fields=["attempts", "not_before"])
                return True
        row.delete()
        return True


def _write(kind: Letter, user: User | None, email: str, language: str) -> None:
    now = clock.now()
    ours = language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
    LoginLetter.objects.create(kind=kind, user=user, email=email, language=ours, at=now, not_before=now)
