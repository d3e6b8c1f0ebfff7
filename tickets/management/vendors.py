"""Which vendors a command is about."""

from django.core.management.base import CommandError

from kernel.tenancy.models import Tenant
from kernel.tenancy.scope import Scope, enter
from vendors.models import Vendor


def chosen(slug: str | None) -> list[tuple[int, str]]:
    """Keys and slugs of all vendors, or of the one with that slug. CommandError if there is none."""
    found = []
    for key in Tenant.objects.order_by("pk").values_list("pk", flat=True):
        with enter(Scope.of(key)):
            found += list(Vendor.objects.values_list("pk", "slug"))
    rows = [(key, name) for key, name in found if slug in (None, name)]
    if not rows and slug is not None:
        names = ", ".join(name for _, name in found) or "none"
        raise CommandError(f"--vendor: there is no vendor {slug!r}; there are: {names}.")
    return rows
