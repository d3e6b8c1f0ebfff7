"""The task that seals: what it finds to do stands in the database, so any number of wakings is harmless."""

import logging
from time import monotonic

from celery import shared_task

from kernel.audit.sealing import BATCH, seal
from kernel.tenancy.models import Tenant

log = logging.getLogger(__name__)
SECONDS = 5.0  # deadlines and mail want the worker back; what is left is sealed the next time


@shared_task(name="audit.seal")
def seal_all() -> None:
    """Seal the entries of every vendor, batch by batch in turn. One vendor's trouble is logged and keeps no other waiting."""
    until, waiting = monotonic() + SECONDS, list(Tenant.objects.order_by("pk").values_list("pk", flat=True))
    while waiting and monotonic() < until:
        waiting = [vendor_id for vendor_id in waiting if _sealed(vendor_id) == BATCH]


def _sealed(vendor_id: int) -> int:
    try:
        return seal(vendor_id)
    except Exception:
        log.exception("sealing failed at vendor %s", vendor_id)
        return 0
