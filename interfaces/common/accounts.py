"""How people sign in."""

import html
import time
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import ResetPasswordForm
from allauth.account.internal.flows.login import get_authentication_records
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import get_language

from interfaces.common.forms import AddressField
from interfaces.common.oidc.limit import remember
from vendors.letters import Letter, ask_for_password, put

# What allauth would tell by a template of its own, and what we tell.
_LETTERS = {
    "account/email/password_changed": Letter.PASSWORD,
    "account/email/password_set": Letter.PASSWORD,
    "account/email/password_reset": Letter.PASSWORD,
    "account/email/email_changed": Letter.ADDRESS,
    "account/email/email_confirm": Letter.ADDRESS,
    "account/email/email_deleted": Letter.ADDRESS,
    "mfa/email/totp_activated": Letter.APP_ADDED,
    "mfa/email/totp_deactivated": Letter.APP_REMOVED,
    "mfa/email/webauthn_added": Letter.PASSKEY_ADDED,
    "mfa/email/webauthn_removed": Letter.PASSKEY_REMOVED,
    "mfa/email/recovery_codes_generated": Letter.CODES_MADE,
}


class ForgottenForm(ResetPasswordForm):  # type: ignore[misc]
    """Who forgot his password: the same answer and the same work for every address; what follows comes by mail."""

    email = AddressField()

    def clean_email(self) -> str:
        """The address, whoever's it is."""
        return str(self.cleaned_data["email"])

    def save(self, request: HttpRequest, **_: Any) -> str:
        """Ask the worker."""
        ask_for_password(email=self.cleaned_data["email"], language=(get_language() or "")[:2])
        return str(self.cleaned_data["email"])


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up by himself: a login belongs to a person whom a vendor knows."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Closed."""
        return False

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """There are no user names."""

    def post_login(self, request: HttpRequest, user: Any, **how: Any) -> HttpResponse:
        """Every sign-in ends here: the session keeps by which identity provider it was, if any."""
        remember(request, (how["signal_kwargs"] or {}).get("through"))
        answer: HttpResponse = super().post_login(request, user, **how)
        return answer

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        """Tell what happened. Without the page's context, for some is told when the scope of the request has ended."""
        if message_template and not message:
            message = html.unescape(render_to_string(message_template, message_context or {}).strip())
        super().add_message(request, level, extra_tags=extra_tags, message=message)

    def send_notification_mail(
        self, template_prefix: str, user: Any, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Tell the owner of a login what was done with it, by the worker."""
        put(_LETTERS[template_prefix], user=user, email=email or "")

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Who has a second factor proves himself with it: a password alone may be what was stolen."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        return [way for way in methods if way["id"] != "reauthenticate"] or methods

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Not of somebody who has signed in just now, with all that his login asks for."""
        records = get_authentication_records(self.request, self.request.user)
        latest = max((record["at"] for record in records), default=0.0)
        fresh = time.time() - latest < app_settings.REAUTHENTICATION_TIMEOUT
        return not fresh and bool(super().is_reauthentication_required(app=app, **kwargs))
