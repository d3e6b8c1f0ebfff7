"""`manage.py sla_replay`: the engine on histories, without touching the database."""

from __future__ import annotations

import os
import re
import sys
from argparse import ArgumentParser
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from sla.replay import BadCase, replay_stream, vendor_rules, zone_of
from sla.servicenow import BadLog, Site, replay_log


class Command(BaseCommand):
    """JSON lines from standard input to standard output, or a ServiceNow log with ``--servicenow``."""

    help = "Replay ticket histories: JSON lines in, their clocks as JSON lines out. Needs no database."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--explain", action="store_true", help="add to each clock why it stands as it does")
        parser.add_argument(
            "--servicenow", metavar="FILE.csv", type=Path, help="read a ServiceNow incident event log instead"
        )
        parser.add_argument("--vendor", help="with --servicenow: whose policy, a file of the catalog")
        parser.add_argument("--country", help="with --servicenow: where the users are, two letters")
        parser.add_argument("--time-zone", help="with --servicenow: the zone of the users and of the log's times")
        parser.add_argument(
            "--summary", action="store_true", help="with --servicenow: a table of compliance instead of lines"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run, and exit with 1 if any line was bad."""
        try:
            status = self._replay(options)
            sys.stdout.flush()
        except BrokenPipeError:
            # The reader has seen enough. Python would complain once more when it closes standard output.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            status = 1
        if status:
            sys.exit(status)

    def _replay(self, options: dict[str, Any]) -> int:
        if options["servicenow"] is None:
            for name in ("vendor", "country", "time_zone", "summary"):
                if options[name]:
                    raise CommandError(_("--%(option)s goes with --servicenow.") % {"option": name.replace("_", "-")})
            source = TextIOWrapper(sys.stdin.buffer, encoding="utf-8", errors="replace")
            return replay_stream(source, sys.stdout, explain=options["explain"])
        return self._servicenow(options)

    def _servicenow(self, options: dict[str, Any]) -> int:
        site = _site(options)
        path: Path = options["servicenow"]
        try:
            with path.open(encoding="utf-8-sig", errors="replace", newline="") as source:
                return replay_log(
                    source, sys.stdout, sys.stderr, site, summary=options["summary"], explain=options["explain"]
                )
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from error
        except BadLog as error:
            raise CommandError(f"{path}: {error}") from error


def _site(options: dict[str, Any]) -> Site:
    if not options["vendor"]:
        raise CommandError(_("--servicenow needs --vendor."))
    try:
        rules = vendor_rules(options["vendor"])
        zone = zone_of(options["time_zone"], "--time-zone") if options["time_zone"] else rules.zone
    except BadCase as error:
        raise CommandError(str(error)) from error
    country = options["country"] or (None if options["time_zone"] else rules.country)
    if country is not None and not re.fullmatch(r"[A-Z]{2}", country):
        raise CommandError(_("--country: two capital letters like US are needed."))
    return Site(rules, country, zone)
