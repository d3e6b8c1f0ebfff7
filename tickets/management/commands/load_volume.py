"""`load_volume --tickets N [--messages N] [--database NAME] [--seed N] [--replace]`: a scratch database of any size."""

import os
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tickets.demo.logins import PASSWORD
from tickets.volume import database
from tickets.volume.cast import AGENT
from tickets.volume.load import load
from tickets.volume.progress import Progress


class Command(BaseCommand):
    """Make a database of its own and fill it; the one that the application uses stays as it is."""

    requires_system_checks = ()
    help = "Fill a scratch database with a great number of tickets, to measure with."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--tickets", type=int, default=100_000, help="how many (default: 100000)")
        parser.add_argument("--messages", type=int, default=3, help="messages of a ticket, in the mean (default: 3)")
        parser.add_argument("--database", default="supportdesk_volume", help="its name (default: supportdesk_volume)")
        parser.add_argument("--seed", type=int, default=1, help="another number, other tickets (default: 1)")
        parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes (default: one a core)")
        parser.add_argument("--replace", action="store_true", help="if there is such a database, make it anew")

    def handle(
        self, *_: Any, tickets: int, messages: int, seed: int, workers: int, replace: bool, **options: Any
    ) -> None:
        """Make, fill, and say how long it took and who can sign in."""
        if min(tickets, messages - 1, workers) < 1:
            raise CommandError("At least one ticket, two messages of each and one process.")
        name, begun = options["database"], time.monotonic()
        try:
            database.make(name, replace=replace)
        except database.Taken:
            raise CommandError(f"There is a database {name} already: name another, or add --replace.") from None
        load(name, tickets=tickets, messages=messages, seed=seed, workers=workers, progress=Progress())
        self.stdout.write(
            f"{tickets:,} tickets in {name} after {time.monotonic() - begun:.0f} s; {AGENT} signs in with {PASSWORD}"
        )
