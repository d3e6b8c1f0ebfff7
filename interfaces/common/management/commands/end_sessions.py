"""`end_sessions (--login MAIL | --everybody)`: sign somebody, or everybody, out everywhere."""

from argparse import ArgumentParser
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from vendors.models import User


class Command(BaseCommand):
    """For the operator, when a device was lost or a session may have been stolen. API tokens are revoked by whose they are."""

    help = "End the sessions of one login, or of everybody."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        whose = parser.add_mutually_exclusive_group(required=True)
        whose.add_argument("--login", metavar="MAIL", help="the mail address of the login")
        whose.add_argument("--everybody", action="store_true", help="all sessions there are")

    def handle(self, *_: Any, login: str | None, everybody: bool, **options: Any) -> None:
        """End them; say how many."""
        known = UserSession.objects.all()
        if not everybody:
            user = User.objects.filter(email__iexact=login).first()
            if user is None:
                raise CommandError(f"Nobody signs in as {login}.")
            known = known.filter(user=user)
        with transaction.atomic():
            sessions = Session.objects.all()
            if not everybody:
                sessions = sessions.filter(session_key__in=known.values("session_key"))
            count = sessions.delete()[0]
            known.delete()
        self.stdout.write(f"{count} sessions ended")
