"""Celery tasks: each wakes the loop, which finds its work in the database. Any number of wakings is harmless."""

from celery import shared_task

from kernel.outbox import services as outbox
from kernel.tenancy.models import Tenant
from kernel.tenancy.scope import Scope, enter
from kernel.tenancy.tasks import TenantTask
from sla import loop
from tickets.ladder import act
from tickets.services.ending import close, due_to_close
from tickets.vocabulary import Refused
from vendors.access import Member


@shared_task(name="tickets.tick")
def tick() -> None:
    """Look after every vendor: whatever is to wake, then whatever is to be sent."""
    for vendor_id in Tenant.objects.order_by("pk").values_list("pk", flat=True):
        sweep_all(vendor_id)
        deliver_all(vendor_id)


@shared_task(name="tickets.sweep", base=TenantTask)
def sweep(*, vendor_id: int) -> None:
    """Compute deadlines and fire escalations of a vendor until nothing is left to wake."""
    sweep_all(vendor_id)


@shared_task(name="tickets.deliver", base=TenantTask)
def deliver(*, vendor_id: int) -> None:
    """Deliver a vendor's outbox until nothing due is left."""
    deliver_all(vendor_id)


@shared_task(name="tickets.close_resolved")
def close_resolved() -> None:
    """Close what was resolved the vendor's number of days ago and got no answer."""
    for vendor_id in Tenant.objects.order_by("pk").values_list("pk", flat=True):
        with enter(Scope.of(vendor_id)):
            tickets = due_to_close(vendor_id)
        for ticket_id in tickets:
            with enter(Scope.of(vendor_id)):
                _close(vendor_id, ticket_id)


def sweep_all(vendor_id: int) -> int:
    """Sweep until a batch is not full; answers how many timelines were taken."""
    total = 0
    while True:
        taken = loop.sweep(vendor_id, act)
        total += taken
        if taken < loop.BATCH:
            return total


def deliver_all(vendor_id: int) -> int:
    """Deliver until a batch is not full; answers how many messages were taken."""
    total = 0
    while True:
        taken = outbox.deliver(vendor_id)
        total += taken
        if taken < 100:
            return total


def _close(vendor_id: int, ticket_id: int) -> None:
    try:
        close(by=Member.system(vendor_id), ticket_id=ticket_id)
    except Refused:
        pass  # answered or reopened in the meantime
