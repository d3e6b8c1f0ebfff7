"""How django-allauth keeps and names second factors here."""

import logging
from io import BytesIO

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from interfaces.common.second_factor.rules import FACTORS, must_have_factor
from kernel.encryption import Unreadable, decrypt, encrypt
from vendors.access import memberships
from vendors.models import User

log = logging.getLogger(__name__)


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets lie encrypted; the last factor stays while it is required."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "cannot_delete_authenticator": gettext_lazy(
            "Your work here needs a second factor, and this is your last. Add another one first."
        ),
        "cannot_generate_recovery_codes": gettext_lazy("Set up an authenticator app or a passkey first."),
        "incorrect_code": gettext_lazy("This code is not right, or no longer. Take a fresh one."),
        "not_a_passkey": gettext_lazy("This passkey could not be used. Please try again."),
        "unreadable": gettext_lazy(
            "Your second factor can't be read at the moment. Please tell those who run this site."
        ),
    }

    def encrypt(self, text: str) -> str:
        """A TOTP secret or the seed of recovery codes as it lies in the database."""
        return encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        """The same in clear. Raises a validation error that says whom to ask if no key opens it."""
        try:
            return decrypt(encrypted_text)
        except Unreadable:
            log.exception("a second factor can't be decrypted: is its key still among ENCRYPTION_KEYS?")
            raise self.validation_error("unreadable") from None

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Not the last factor of somebody who has to have one; asked under a lock, so that two can't go at the same time."""
        if authenticator.type not in FACTORS:
            return True
        user = User.objects.select_for_update().get(pk=authenticator.user_id)
        others = Authenticator.objects.filter(user=user, type__in=FACTORS).exclude(pk=authenticator.pk)
        return others.exists() or not must_have_factor(user, memberships(user.pk))

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        """What a passkey is called until its owner calls it something."""
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return _("Passkey %(number)d") % {"number": count + 1}

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Whose passkeys they are: this host's, under the installation's name."""
        return {**super().get_public_key_credential_rp_entity(), "name": settings.MFA_TOTP_ISSUER}

    def build_totp_svg(self, url: str) -> str:
        """The address of a secret as a QR code, with the quiet zone that cameras want."""
        import qrcode
        from qrcode.image.svg import SvgPathImage

        image, out = qrcode.make(url, image_factory=SvgPathImage, border=4), BytesIO()
        image.save(out)
        return out.getvalue().decode()
