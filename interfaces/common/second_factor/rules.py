"""Who has a second factor, and who has to have one."""

from collections.abc import Iterable

from allauth.mfa.models import Authenticator
from django.conf import settings

from vendors.access import Member
from vendors.models import User

# What suffices beside the password; recovery codes only stand in for one of these.
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def has_factor(user: User) -> bool:
    """Whether the login has an authenticator app or a passkey."""
    return bool(Authenticator.objects.filter(user_id=user.pk, type__in=FACTORS).exists())


def must_have_factor(user: User, members: Iterable[Member]) -> bool:
    """Whether the installation asks one of this login: of everybody on the serving side (the vendors' staff, partners' agents)
    and of its operators, where STAFF_NEEDS_SECOND_FACTOR is on.
    """
    serving = user.is_operator or any(member.is_staff for member in members)
    return bool(settings.STAFF_NEEDS_SECOND_FACTOR) and serving
