"""bin/manage make_token MAIL NAME: an API token for a login."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from interfaces.common.tokens import issue
from vendors.models import User


class Command(BaseCommand):
    """Prints the secret, which is kept nowhere."""

    help = "Make an API token for a login and print its secret, which is shown this once."

    def add_arguments(self, parser: CommandParser) -> None:
        """MAIL and NAME."""
        parser.add_argument("mail", metavar="MAIL", help="the login's mail address")
        parser.add_argument("name", metavar="NAME", help="what the token is for, as the list of tokens shows it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make it."""
        mail, name = options["mail"].strip().lower(), options["name"].strip()
        user = User.objects.filter(email=mail, is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active login {mail}.")
        if not 1 <= len(name) <= 80:
            raise CommandError("Give the token a name of at most 80 characters.")
        self.stdout.write(issue(user, name))
