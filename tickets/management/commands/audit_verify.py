"""`audit_verify [--vendor SLUG] [--head SLUG:NUMBER:HASH …]`: hold the audit against its seals."""

import re
import sys
from argparse import ArgumentParser, ArgumentTypeError
from itertools import islice
from typing import Any, NamedTuple

from django.core.management.base import BaseCommand, CommandError

from kernel.audit.verifying import Chain, verify
from tickets.management.vendors import chosen

_SHOWN = 20


class Head(NamedTuple):
    """The end of a vendor's chain as it once was, kept outside the database."""

    vendor: str
    number: int
    hash: str


class Command(BaseCommand):
    """Name what was tampered with, the first of it first, and exit with 1; print each chain's head, to be kept elsewhere. It lies
    here, above the audit's own floor, which knows vendors by key only.
    """

    help = "Hold the audit against its seals and name each batch and entry that was tampered with."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--vendor", metavar="SLUG", help="only this vendor")
        parser.add_argument(
            "--head", metavar="SLUG:NUMBER:HASH", type=_head, action="append", default=[],
            help="a head that an earlier run printed: without one, a chain cut off or made anew at its end looks whole",
        )  # fmt: skip

    def handle(self, *_: Any, vendor: str | None, head: list[Head], **options: Any) -> None:
        """Walk each vendor's chain; faults in words, then a line for each vendor."""
        vendors = chosen(vendor)
        if unknown := {kept.vendor for kept in head} - {name for _, name in vendors}:
            raise CommandError(f"--head: no vendor {', '.join(sorted(unknown))} among those that are verified.")
        broken = False
        for vendor_id, name in vendors:
            chain = Chain()
            faults = verify(vendor_id, chain, {kept.number: kept.hash for kept in head if kept.vendor == name})
            shown = list(islice(faults, _SHOWN))
            for fault in shown:
                self.stdout.write(f"{name}, {fault}")
            if more := sum(1 for _ in faults):
                self.stdout.write(f"{name}: … and {more} more")
            broken = broken or bool(shown)
            state, waiting = "BROKEN" if shown else "whole", f" ({chain.waiting} await theirs)" if chain.waiting else ""
            head_now = f", head {name}:{chain.seals}:{chain.head}" if chain.seals else ""
            self.stdout.write(f"{name}: {chain.entries} entries in {chain.seals} batches{waiting} {state}{head_now}")
        if broken:
            sys.exit(1)


def _head(text: str) -> Head:
    found = re.fullmatch(r"([\w-]+):(\d{1,9}):([0-9a-f]{64})", text)
    if not found:
        raise ArgumentTypeError(f"{text!r} is no head: SLUG:NUMBER:HASH, as this command prints it.")
    return Head(found[1], int(found[2]), found[3])
