"""`sla_rebuild [--check] [--vendor SLUG] [--sample N]`: fold all timelines again and compare what is stored."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sla.rebuild import rebuild
from tickets.ladder import act
from tickets.management.vendors import chosen

_SHOWN = 50


class Command(BaseCommand):
    """Report each difference between stored and folded clocks; without --check mend it. It lies here, above the clocks' own
    floor, since a rung that was missed is acted on.
    """

    help = "Fold the clocks of all tickets again, report what differs from what is stored, and mend it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--check", action="store_true", help="mend nothing; exit with 1 if anything differs")
        parser.add_argument("--vendor", metavar="SLUG", help="only this vendor")
        parser.add_argument("--sample", type=int, metavar="N", help="only N timelines of each vendor, chosen at random")

    def handle(self, *_: Any, check: bool, vendor: str | None, sample: int | None, **options: Any) -> None:
        """Compare vendor by vendor; the first differences in words, then the counts."""
        if sample is not None and sample < 1:
            raise CommandError("--sample: at least 1.")
        compared = waiting = found = 0
        for vendor_id, name in chosen(vendor):
            for report in rebuild(vendor_id, mend=None if check else act, sample=sample):
                for difference in report.differences[: max(0, _SHOWN - found)]:
                    self.stdout.write(f"{name}, {difference}")
                compared += report.compared
                waiting += report.waiting
                found += len(report.differences)
        if found > _SHOWN:
            self.stdout.write(f"… and {found - _SHOWN} more")
        done = "" if check or not found else "; mended"
        self.stdout.write(f"{compared} timelines compared, {waiting} wait for a worker, {found} differences{done}")
        if check and found:
            sys.exit(1)
