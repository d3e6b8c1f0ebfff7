"""API tokens: a secret shown once, of which only the hash is kept."""

import hashlib
import secrets
from enum import StrEnum

from django.db import transaction
from django.utils import timezone

from kernel import clock
from kernel.audit.services import Entry, record
from kernel.tenancy.scope import enter
from vendors.access import memberships, scope_of
from vendors.models import AccessToken, User

_PREFIX = "sd_"


class TokenVerb(StrEnum):
    """What was done with a token."""

    ISSUED = "token.issued"
    REVOKED = "token.revoked"


def issue(user: User, name: str) -> str:
    """Make a token for a login and answer its secret, which is kept nowhere."""
    secret = _PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        token = AccessToken.objects.create(user=user, name=name, digest=_digest(secret))
        audit(user, TokenVerb.ISSUED, token.pk)
    return secret


def audit(user: User, verb: TokenVerb, key: int) -> None:
    """Write down at every vendor where the login is somebody what was done with one of its tokens."""
    for member in memberships(user.pk):
        with enter(scope_of([member])):
            record(
                [Entry(member.vendor_id, clock.now(), verb, member.actor, ("person", member.person), ("token", key))]
            )


def user_of_token(header: str) -> User | None:
    """The active login of an `Authorization: Bearer …` (or `Token …`) header; None if there is none."""
    kind, _, secret = header.partition(" ")
    if kind.lower() not in {"bearer", "token"} or not secret:
        return None
    token = (
        AccessToken.objects.select_related("user")
        .filter(digest=_digest(secret.strip()), revoked_at=None, user__is_active=True)
        .first()
    )
    if token is None:
        return None
    now = timezone.now()
    if token.last_used_at is None or (now - token.last_used_at).total_seconds() > 300:
        AccessToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token.user


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
