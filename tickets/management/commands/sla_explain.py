"""`sla_explain NUMBER [--vendor SLUG]`: why each deadline of a ticket is what it is."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kernel import clock
from kernel.tenancy.scope import Scope, enter
from sla.engine.words import lines
from tickets.management.vendors import chosen
from tickets.models import Ticket
from tickets.queries.clocks import explained
from tickets.zones import is_zone


class Command(BaseCommand):
    """Explain the clocks of a ticket as they stand now, in words."""

    help = "Tell why each deadline of a ticket is what it is."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("number", help="the ticket's number, MC-2026-000123")
        parser.add_argument("--vendor", metavar="SLUG", help="only at this vendor")
        parser.add_argument("--zone", help="tell times in this zone, like Europe/Stockholm (default: the clock's own)")

    def handle(self, *_: Any, number: str, vendor: str | None, zone: str | None, **options: Any) -> None:
        """Print the trace of each clock. CommandError for a ticket or zone that does not exist."""
        if zone is not None and not is_zone(zone):
            raise CommandError(f"--zone: there is no time zone {zone!r}; write it like Europe/Stockholm.")
        for vendor_id, _slug in chosen(vendor):
            with enter(Scope.of(vendor_id)):
                ticket = Ticket.objects.select_related("serving_house").filter(number=number.upper()).first()
                if ticket is not None:
                    self._explain(ticket, zone)
                    return
        raise CommandError(f"There is no ticket {number}.")

    def _explain(self, ticket: Ticket, zone: str | None) -> None:
        self.stdout.write(f"{ticket.number}: {ticket.subject}")
        traces = explained(ticket, clock.now())
        for trace in traces:
            self.stdout.write("")
            for line in lines(trace, zone):
                self.stdout.write(line)
        if not traces:
            house = ticket.serving_house
            why = f"{house.name} serves this ticket" if house else "this vendor promises no times"
            self.stdout.write(f"No clock: {why}.")
