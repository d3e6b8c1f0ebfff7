"""`renew_encryption`: second factors go under the first of ENCRYPTION_KEYS, so that the others can be given up."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from kernel.encryption import Unreadable, renewed

_SEALED = ("secret", "seed")  # of an app, of recovery codes


class Command(BaseCommand):
    """Renew the encryption of second factors."""

    help = "Encrypt second factors under the first of ENCRYPTION_KEYS; afterwards the other keys can be given up."

    def handle(self, *args: Any, **options: Any) -> None:
        """All or none."""
        with transaction.atomic():
            rows = list(Authenticator.objects.select_for_update().exclude(type=Authenticator.Type.WEBAUTHN))
            for row in rows:
                try:
                    row.data |= {name: renewed(row.data[name]) for name in _SEALED if name in row.data}
                except Unreadable:
                    raise CommandError(
                        f"A second factor of login {row.user_id} opens with none of ENCRYPTION_KEYS. Nothing was changed:"
                        " add its key, or reset_second_factor."
                    ) from None
                row.save(update_fields=["data"])
        self.stdout.write(f"{len(rows)} second factors lie under the first key.")
