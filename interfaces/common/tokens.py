"""API tokens: a secret shown once, of which only the hash is kept."""

import hashlib
import secrets
from enum import StrEnum

from django.db import transaction
from django.utils import timezone

from interfaces.common.login_audit import write_down
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
        write_down(user, TokenVerb.ISSUED, ("token", token.pk))
    return secret


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
