"""Celery tasks: each wakes the loop, which finds its work in the database. Any number of wakings is harmless."""

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from time import monotonic, sleep

from celery import shared_task

from kernel.outbox import services as outbox
from kernel.tenancy.models import Tenant
from kernel.tenancy.scope import Scope, enter
from kernel.tenancy.tasks import TenantTask
from sla import calendars, loop
from tickets import login_mails
from tickets.ladder import act
from tickets.nudge import heard
from tickets.services import assignment
from tickets.services.ending import close, due_to_close
from tickets.services.request_drafts import clear_request_drafts
from tickets.services.undo import clear_old
from tickets.services.uploads import clear_unsent
from tickets.vocabulary import Refused
from vendors import letters
from vendors.access import Member
from vendors.joining import invitations, signing_up

log = logging.getLogger(__name__)
# Mail waits for deadlines, and nobody's mail keeps another vendor's deadlines waiting for longer than this.
DELIVERING = timedelta(seconds=5)
MAILS = 25
# Seconds: a vendor that was looked after so short a time ago has much to do, and for how long its next things are gathered.
MUCH, MOMENT = 0.5, 0.1
_looked: dict[int, float] = {}  # when this process looked after a vendor last (monotonic)


@shared_task(name="tickets.tick")
def tick() -> None:
    """Answer who asked to sign up, send what is said of logins, and look after every vendor; beat sends this each second."""
    signing_up.answer_waiting()
    letters.deliver_waiting(login_mails.deliver)
    look_after(list(Tenant.objects.order_by("pk").values_list("pk", flat=True)))


@shared_task(name="tickets.wake", base=TenantTask)
def wake(*, vendor_id: int) -> None:
    """Look after one vendor at once: something has just happened there. Where much happens, what comes in within a moment is
    looked after together.
    """
    if monotonic() - _looked.get(vendor_id, 0.0) < MUCH:
        sleep(MOMENT)
    heard(vendor_id)
    look_after([vendor_id])
    _looked[vendor_id] = monotonic()


@shared_task(name="tickets.close_resolved")
def close_resolved() -> None:
    """Close what was resolved the vendor's number of days ago and got no answer."""
    for vendor_id in Tenant.objects.order_by("pk").values_list("pk", flat=True):
        with enter(Scope.of(vendor_id)):
            tickets = due_to_close(vendor_id)
        for ticket_id in tickets:
            with enter(Scope.of(vendor_id)):
                _close(vendor_id, ticket_id)


@shared_task(name="tickets.clear_unsent")
def clear_unsent_files() -> None:
    """Forget files and requests that were begun and never sent, what can't be undone any more, and invitations of long ago."""
    for vendor_id in Tenant.objects.order_by("pk").values_list("pk", flat=True):
        with enter(Scope.of(vendor_id)):
            clear_request_drafts(vendor_id)
            clear_unsent(vendor_id)
            clear_old(vendor_id)
            invitations.clear_old(vendor_id)


@shared_task(name="tickets.extend_calendars")
def extend_calendars() -> None:
    """Add coming years to calendars whose stored dates run out."""
    for vendor_id in Tenant.objects.order_by("pk").values_list("pk", flat=True):
        with enter(Scope.of(vendor_id)):
            calendars.extend(vendor_id)


def look_after(vendor_ids: Sequence[int]) -> None:
    """Compute deadlines and fire escalations until nothing is left to wake, and give out work that finds a person by itself, in
    turn over the vendors; then deliver the outbox, looking for both between its batches.
    """
    until, failures = monotonic() + DELIVERING.total_seconds(), list[Exception]()
    while True:
        _sweep(vendor_ids, failures)
        _share_out(vendor_ids, failures)
        delivered = _each(vendor_ids, lambda vendor_id: outbox.deliver(vendor_id, limit=MAILS), failures)
        if max(delivered.values(), default=0) < MAILS or monotonic() > until or failures:
            break
    if failures:
        raise failures[0]


def sweep_all(vendor_ids: Sequence[int]) -> None:
    """Sweep batch by batch, in turn over the vendors, until no batch is full. What fails at one vendor is raised when the
    others have had their turn.
    """
    failures: list[Exception] = []
    _sweep(vendor_ids, failures)
    if failures:
        raise failures[0]


def _sweep(vendor_ids: Sequence[int], failures: list[Exception]) -> None:
    waiting = list(vendor_ids)
    while waiting:
        swept = _each(waiting, lambda vendor_id: loop.sweep(vendor_id, act), failures)
        waiting = [vendor_id for vendor_id, taken in swept.items() if taken == loop.BATCH]


def _share_out(vendor_ids: Sequence[int], failures: list[Exception]) -> None:
    """What an absence hands on may find somebody at once."""
    _each(vendor_ids, assignment.hand_on, failures)
    _each(vendor_ids, assignment.give_out, failures)


def _each(vendor_ids: Sequence[int], work: Callable[[int], int], failures: list[Exception]) -> dict[int, int]:
    """What the work answers at each vendor; one vendor's trouble is logged and does not keep the others waiting."""
    answers: dict[int, int] = {}
    for vendor_id in vendor_ids:
        try:
            answers[vendor_id] = work(vendor_id)
        except Exception as failure:
            log.exception("the loop failed at vendor %s", vendor_id)
            failures.append(failure)
    return answers


def _close(vendor_id: int, ticket_id: int) -> None:
    with suppress(Refused):  # answered or reopened in the meantime
        close(by=Member.system(vendor_id), ticket_id=ticket_id)
