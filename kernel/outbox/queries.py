"""What the operator of the installation sees of all vendors' outboxes: how messages fare, never what they say."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from django.db.models import Count, QuerySet

from kernel.outbox.models import OutboxMessage
from kernel.tenancy.models import Tenant
from kernel.tenancy.scope import Scope, enter

_ADDRESS = re.compile(r"[^\s<>()\[\]{}'\",;:]+@[^\s<>()\[\]{}'\",;:]+")


@contextmanager
def everywhere() -> Iterator[Scope]:
    """A scope over all tenants: for the operator's pages, whose gate must have been passed before."""
    with enter(Scope(open=frozenset(Tenant.objects.values_list("pk", flat=True)))) as scope:
        yield scope


def counts() -> dict[str, int]:
    """How many messages there are by state, zeros included; inside `everywhere()`."""
    found = OutboxMessage.objects.order_by().values_list("state").annotate(n=Count("pk"))
    return dict.fromkeys(OutboxMessage.State.values, 0) | dict(found)


def messages(state: str = "", vendor_id: int | None = None) -> QuerySet[OutboxMessage]:
    """Messages without their payload, of one state and vendor if given; inside `everywhere()`."""
    rows: QuerySet[OutboxMessage] = OutboxMessage.objects.defer("payload")
    rows = rows.filter(state=state) if state else rows
    return rows if vendor_id is None else rows.filter(vendor_id=vendor_id)


def without_addresses(error: str) -> str:
    """A transport's error with every mail address taken out."""
    return _ADDRESS.sub("…@…", error)
