"""`apply_versions SLUG [--yes]`: let a vendor's versions in force count for running clocks, after seeing which change."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kernel.tenancy.models import Tenant
from kernel.tenancy.scope import Scope, enter
from sla import versions
from tickets.models import Ticket
from vendors.models import Vendor


class Command(BaseCommand):
    """Show which due times would change; with --yes, apply."""

    help = "Show which running clocks the versions in force would change, and with --yes apply them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """SLUG [--yes]."""
        parser.add_argument("slug")
        parser.add_argument("--yes", action="store_true", help="apply, from this moment on")

    def handle(self, *_: Any, slug: str, yes: bool, **__: Any) -> None:
        """List the changes, a line each; apply only when told."""
        for key in Tenant.objects.values_list("pk", flat=True):
            with enter(Scope.of(key)):
                if Vendor.objects.filter(slug=slug).exists():
                    return self._show_and_apply(key, yes)
        raise CommandError(f"There is no vendor {slug!r}.")

    def _show_and_apply(self, vendor_id: int, yes: bool) -> None:
        differences = versions.preview(vendor_id)
        numbers = dict(
            Ticket.objects.filter(timeline__in={d.timeline_id for d in differences}).values_list("timeline", "number")
        )
        for d in differences:
            before, after = (f"{at:%Y-%m-%d %H:%M} UTC" if at else "stands still" for at in (d.before, d.after))
            self.stdout.write(f"{numbers.get(d.timeline_id, d.timeline_id)} {d.kind} {d.cycle}: {before} -> {after}")
        self.stdout.write(f"{len(differences)} due times would change.")
        if yes:
            self.stdout.write(f"Applied to {versions.apply(vendor_id)} timelines.")
