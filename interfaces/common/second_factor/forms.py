"""allauth's forms with our labels, and with patience for whatever a stranger sends in place of a passkey."""

import logging
from typing import TYPE_CHECKING, Any

from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as base
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY, TOTP, generate_totp_secret
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.db import Error as DatabaseError
from django.utils.translation import gettext_lazy
from redis import RedisError

from kernel.encryption import Unreadable, decrypt, encrypt
from vendors.models import User

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

log = logging.getLogger(__name__)
_LARGEST = 20_000  # characters of a passkey's answer: a key with its certificates takes some thousand
_NAME = gettext_lazy("Name")


def _code(label: "StrPromise", help_text: "StrPromise") -> forms.CharField:
    attributes = {"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"}
    return forms.CharField(label=label, help_text=help_text, max_length=40, widget=forms.TextInput(attrs=attributes))


def _either() -> forms.CharField:
    return _code(
        gettext_lazy("Code"), gettext_lazy("The six digits that your app shows now, or one of your recovery codes.")
    )


class AuthenticateForm(base.AuthenticateForm):  # type: ignore[misc]
    """The second step of signing in."""

    code = _either()


class ReauthenticateForm(base.ReauthenticateForm):  # type: ignore[misc]
    """Before something that matters."""

    code = _either()


class ActivateTOTPForm(totp.ActivateTOTPForm):  # type: ignore[misc]
    """A new authenticator app. Its secret waits in the session until the first code proves it, encrypted there too."""

    code = _code(gettext_lazy("Code"), gettext_lazy("The six digits that your app shows now."))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        forms.Form.__init__(self, *args, **kwargs)  # allauth's own would put the secret into the session in clear
        self.user = user
        self.secret = self._waiting() if self.is_bound else self._fresh()

    def clean_code(self) -> str:
        """The code, which is used up by this."""
        code = str(super().clean_code())
        TOTP(Authenticator(user=self.user))._mark_code_used(code)
        return code

    def _waiting(self) -> str:
        try:
            return decrypt(context.request.session[SECRET_SESSION_KEY])
        except (KeyError, Unreadable):
            return self._fresh()

    def _fresh(self) -> str:
        secret = generate_totp_secret()
        context.request.session[SECRET_SESSION_KEY] = encrypt(secret)
        return str(secret)


class CredentialField(forms.JSONField):
    """What a browser says of a passkey: JSON of a browser, not of a stranger who tries what breaks."""

    widget = forms.HiddenInput
    default_error_messages = {"required": gettext_lazy("The browser gave no passkey. Please try again.")}

    def to_python(self, value: Any) -> Any:
        """A JSON object. Raises a validation error for anything else."""
        if isinstance(value, str) and (len(value) > _LARGEST or "\\u0000" in value):
            raise get_adapter().validation_error("not_a_passkey")
        try:
            found = super().to_python(value)
        except RecursionError:
            found = []
        if found is not None and not isinstance(found, dict):
            raise get_adapter().validation_error("not_a_passkey")
        return found

    def bound_data(self, data: Any, initial: Any) -> None:
        """Nothing: what was said once is never shown again."""

    def prepare_value(self, value: Any) -> str:
        """Empty, until the browser fills it in."""
        return ""


class _Patient(forms.Form):
    """Whatever the parsers of WebAuthn stumble over is not a passkey."""

    def _clean_fields(self) -> None:
        self._try(super()._clean_fields)  # type: ignore[misc]  # Django's own step

    def _clean_form(self) -> None:
        self._try(super()._clean_form)  # type: ignore[misc]  # Django's own step

    def _try(self, step: Any) -> None:
        try:
            step()
        except (RedisError, DatabaseError):
            raise
        except Exception as failure:  # they raise what they like, for bytes of a stranger
            log.info("not a passkey: %s", type(failure).__name__)
            self.cleaned_data.pop("credential", None)
            self.add_error("credential", get_adapter().validation_error("not_a_passkey"))


class AddPasskeyForm(_Patient, webauthn.AddWebAuthnForm):  # type: ignore[misc]
    """A new passkey; each can be signed in with, so none is a mere second factor."""

    name = forms.CharField(
        label=_NAME,
        required=False,
        max_length=80,
        help_text=gettext_lazy("So that you know it again: the device or the key on which it is."),
    )
    credential = CredentialField()
    passwordless = None


class EditPasskeyForm(webauthn.EditWebAuthnForm):  # type: ignore[misc]
    """Another name for a passkey."""

    name = forms.CharField(label=_NAME, max_length=80)


class AuthenticatePasskeyForm(_Patient, webauthn.AuthenticateWebAuthnForm):  # type: ignore[misc]
    """A passkey as the second step of signing in."""

    credential = CredentialField()


class LoginPasskeyForm(_Patient, webauthn.LoginWebAuthnForm):  # type: ignore[misc]
    """A passkey in place of address and password."""

    credential = CredentialField()


class ReauthenticatePasskeyForm(_Patient, webauthn.ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """A passkey before something that matters."""

    credential = CredentialField()
