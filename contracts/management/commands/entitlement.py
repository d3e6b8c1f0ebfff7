"""`manage.py entitlement`: who is served with what, by whom, and why, without touching the database."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from io import TextIOWrapper
from typing import Any

from django.core.management.base import BaseCommand

from contracts.entitlement_lines import answer_stream


class Command(BaseCommand):
    """Facts as JSON lines from standard input, verdicts as JSON lines to standard output."""

    help = "Judge entitlement: facts as JSON lines in, verdicts as JSON lines out. Needs no database."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--explain", action="store_true", help="add reasons, model, and facts that no rule looked at"
        )

    def handle(self, *args: Any, explain: bool, **options: Any) -> None:
        """Run, and exit with 1 if any line was bad."""
        try:
            source = TextIOWrapper(sys.stdin.buffer, encoding="utf-8", errors="replace")
            status = answer_stream(source, sys.stdout, explain=explain)
            sys.stdout.flush()
        except BrokenPipeError:
            # The reader has seen enough. Python would complain once more when it closes standard output.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            status = 1
        if status:
            sys.exit(status)
