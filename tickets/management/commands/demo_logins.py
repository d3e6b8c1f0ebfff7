"""`demo_logins`: a login for each role of the demo."""

from typing import Any

from django.core.management.base import BaseCommand

from tickets import demo


class Command(BaseCommand):
    """Print mail address, password, role and vendor; nothing if there is no demo."""

    requires_system_checks = ()
    help = "Print a login of the demo for each role."

    def handle(self, *_: Any, **options: Any) -> None:
        """A table on standard output."""
        logins = demo.logins()
        if not logins:
            return
        width = max(len(login.email) for login in logins)
        roles = max(len(login.role) for login in logins)
        self.stdout.write(f"Demo logins; the password is {demo.PASSWORD}")
        for login in logins:
            self.stdout.write(
                f"  {login.email:<{width}}  {demo.PASSWORD}  {login.role:<{roles}}  {login.vendor}".rstrip()
            )
