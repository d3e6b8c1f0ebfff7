"""What happens to the ways into a login is in the audit of its vendors, whoever caused it: in the change's own transaction."""

from enum import StrEnum
from typing import Any

from allauth.account.signals import password_changed, password_reset, password_set
from allauth.core import context
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_used
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from interfaces.common.login_audit import write_down
from vendors.letters import Letter, put
from vendors.models import User


class LoginVerb(StrEnum):
    """What was done with a login's ways in."""

    FACTOR_ADDED = "login.factor_added"
    FACTOR_REMOVED = "login.factor_removed"
    CODE_USED = "login.recovery_code_used"
    PASSWORD = "login.password_changed"  # noqa: S105  # nosec B105
    RESET = "login.factors_reset"


@receiver(post_save, sender=Authenticator)
def _added(instance: Authenticator, created: bool, **_: Any) -> None:
    if created:
        _write(instance.user, LoginVerb.FACTOR_ADDED, instance)


@receiver(post_delete, sender=Authenticator)
def _removed(instance: Authenticator, origin: Any, **_: Any) -> None:
    if not isinstance(origin, User):  # whose login is gone is nobody any more
        _write(instance.user, LoginVerb.FACTOR_REMOVED, instance)


@receiver(authenticator_used)
def _used(user: User, authenticator: Authenticator, **_: Any) -> None:
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        _write(user, LoginVerb.CODE_USED, authenticator)
        put(Letter.CODE_USED, user=user)


@receiver(password_changed)
@receiver(password_reset)
@receiver(password_set)
def _password(user: User, **_: Any) -> None:
    _write(user, LoginVerb.PASSWORD)


def _write(user: User, verb: LoginVerb, authenticator: Authenticator | None = None) -> None:
    request = context.request
    write_down(
        user,
        verb,
        ("authenticator", authenticator.pk) if authenticator else ("login", user.pk),
        after={"type": authenticator.type} if authenticator else {},
        source="web" if request else "worker",
        address=(request.META.get("REMOTE_ADDR") or None) if request else None,
    )
