"""Sign-in and its means in the log: what happened, to which login, from where. Nobody's mail address stands there.

A failed attempt names what was typed by a keyed hash, so that many attempts on one name are seen to be that.
"""

import logging
from typing import Any

from allauth.account import signals as account
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from vendors.models import User

log = logging.getLogger("security")


def tell(event: str, request: HttpRequest | None, user: User | None = None, **more: object) -> None:
    """One line: `event login=12 address=203.0.113.9 name=value …`."""
    address = request.META.get("REMOTE_ADDR", "-") if request is not None else "-"
    told = {"login": user.pk if user is not None else "-", "address": address, **more}
    log.info("%s %s", event, " ".join(f"{name}={value}" for name, value in told.items()))


@receiver(user_logged_in)
def _signed_in(request: HttpRequest | None, user: User, **_: Any) -> None:
    records = request.session.get("account_authentication_methods", []) if request is not None else []
    tell("signed in", request, user, by="+".join(str(record.get("method")) for record in records) or "-")


@receiver(user_logged_out)
def _signed_out(request: HttpRequest | None, user: User | None, **_: Any) -> None:
    tell("signed out", request, user)


@receiver(user_login_failed)
def _refused(credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    typed = str(credentials.get("email") or credentials.get("username") or "").strip().lower()
    tell("sign-in refused", request, name=salted_hmac("security-log", typed, algorithm="sha256").hexdigest()[:12])


@receiver(account.password_changed)
@receiver(account.password_set)
def _password_changed(request: HttpRequest, user: User, **_: Any) -> None:
    tell("password changed", request, user)


@receiver(account.password_reset)
def _password_reset(request: HttpRequest, user: User, **_: Any) -> None:
    tell("password reset", request, user)
