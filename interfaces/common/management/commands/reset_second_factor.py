"""`reset_second_factor MAIL`: for somebody who has lost phone, key and recovery codes, and has proved otherwise who he is."""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from interfaces.common.login_audit import write_down
from interfaces.common.second_factor.events import LoginVerb
from kernel import clock
from vendors.letters import Letter, put
from vendors.models import AccessToken, User


class Command(BaseCommand):
    """Removes factors; never the password."""

    help = (
        "Remove all second factors of a login, and end its sessions and tokens. It is told by mail, and in the audit."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """MAIL."""
        parser.add_argument("mail", metavar="MAIL", help="the login's mail address")

    def handle(self, *args: Any, **options: Any) -> None:
        """All in one transaction."""
        mail = options["mail"].strip().lower()
        with transaction.atomic():
            user = User.objects.select_for_update().filter(email=mail).first()
            if user is None:
                raise CommandError(f"There is no login {mail}.")
            factors = list(Authenticator.objects.filter(user=user))
            if not factors:
                raise CommandError(f"{mail} has no second factor.")
            for factor in factors:
                factor.delete()
            sessions = UserSession.objects.filter(user=user)
            Session.objects.filter(session_key__in=list(sessions.values_list("session_key", flat=True))).delete()
            sessions.delete()
            AccessToken.objects.filter(user=user, revoked_at=None).update(revoked_at=clock.now())
            write_down(user, LoginVerb.RESET, ("login", user.pk), source="command")
            put(Letter.FACTORS_RESET, user=user)
        self.stdout.write(f"{mail} has no second factor any more; sessions and tokens are ended, and a mail says so.")
