"""`load_demo [--if-empty] [--seed N] [--tickets N]`: a cast at three vendors and the last sixty days of their tickets."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from tickets import demo


class Command(BaseCommand):
    """Load the demo: deterministic for a given moment and seed, all or nothing."""

    requires_system_checks = ()
    help = "Load demo data: three vendors, their people, and sixty days of tickets."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--if-empty", action="store_true", help="do nothing if there are tickets already")
        parser.add_argument("--seed", type=int, default=1, help="another number, other tickets (default: 1)")
        parser.add_argument("--tickets", type=int, default=300, help="about how many tickets (default: 300)")

    def handle(self, *_: Any, if_empty: bool, seed: int, tickets: int, **options: Any) -> None:
        """Load, and say how many tickets there are."""
        if tickets < 1:
            raise CommandError("--tickets: at least 1.")
        if not settings.DEBUG:
            raise CommandError(
                "The demo's logins have a password that everybody knows: it is loaded with DEBUG=true only."
            )
        if demo.is_there():
            if if_empty:
                return
            raise CommandError(
                "There are tickets or demo logins already; the demo is loaded into an empty installation."
            )
        count = demo.load(seed=seed, tickets=tickets, progress=self._progress)
        self._progress(None)
        self.stdout.write(f"{count} demo tickets loaded; every demo login's password is {demo.PASSWORD}")

    def _progress(self, share: float | None) -> None:
        if not sys.stderr.isatty():
            return
        bar = "" if share is None else f"demo tickets [{'#' * int(share * 30):<30}] {share:4.0%}"
        sys.stderr.write(f"\r{bar:<60}" + ("\r" if share is None else ""))
        sys.stderr.flush()
