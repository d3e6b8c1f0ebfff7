"""With real workers, broker, database and mail server: deadlines in moments, rungs once each, nothing lost, nothing twice."""

from __future__ import annotations

import time
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection

from _launch.processes import wait_until
from kernel.audit.models import AuditEntry
from kernel.outbox.models import OutboxMessage
from kernel.tenancy.scope import enter
from sla.models import Clock, Crossing
from tests.live.installation import Installation
from tickets.models import Ticket

pytestmark = pytest.mark.live
RUNGS = {75: 3, 100: 4, 150: 6}  # seconds after filing
TOLD = {75: "supervisor", 100: "supervisor", 150: "support_management"}


def crossings(live: Installation, *tickets: Ticket) -> list[Crossing]:
    with enter(live.scope):
        timelines = [ticket.timeline_id for ticket in tickets]
        return list(Crossing.objects.filter(timeline_id__in=timelines).order_by("crossed_at"))


def has_clock(live: Installation, ticket: Ticket) -> bool:
    with enter(live.scope):
        return Clock.objects.filter(timeline_id=ticket.timeline_id, kind="response").exists()


def unsent(live: Installation) -> int:
    with enter(live.scope):
        return OutboxMessage.objects.exclude(state="sent").count()


def ladder_is_climbed(live: Installation, *tickets: Ticket) -> None:
    """Each ticket has each rung once: in the crossings for its very instant, in audit and outbox; and stands where it should."""
    found = crossings(live, *tickets)
    begun = {ticket.timeline_id: ticket.received_at for ticket in tickets}
    at = {(c.timeline_id, c.percent): c.crossed_at - begun[c.timeline_id] for c in found}
    assert at == {(key, percent): timedelta(seconds=s) for key in begun for percent, s in RUNGS.items()}
    assert len(found) == len(at)
    with enter(live.scope):
        keys = [ticket.pk for ticket in tickets]
        audited = AuditEntry.objects.filter(verb="ticket.rung_fired", subject_id__in=keys)
        assert Counter((a.subject_id, a.after["percent"]) for a in audited) == {(k, p): 1 for k in keys for p in RUNGS}
        letters = OutboxMessage.objects.filter(payload__word="rung", payload__ticket__in=keys)
        told = Counter((x.payload["ticket"], x.payload["facts"]["percent"], x.payload["person"]) for x in letters)
        assert told == {(k, p, live.people[TOLD[p]]): 1 for k in keys for p in RUNGS}
        for ticket in Ticket.objects.filter(pk__in=keys):
            assert (ticket.level, ticket.assignee_id) == (2, live.people["supervisor"])


def test_clocks_come_within_two_seconds_and_the_ladder_is_climbed(live: Installation) -> None:
    live.start()
    assert wait_until(live.ready, 20)
    began = time.monotonic()
    ticket = live.file()
    assert wait_until(lambda: has_clock(live, ticket), 10)
    assert time.monotonic() - began < 2

    live.broker.stop()
    began = time.monotonic()
    meanwhile = live.file("While the broker is down")
    assert time.monotonic() - began < 2, "filing does not wait for a broker"
    live.broker.start()

    assert wait_until(lambda: len(crossings(live, ticket, meanwhile)) == 6, 25)
    ladder_is_climbed(live, ticket, meanwhile)
    assert wait_until(lambda: unsent(live) == 0, 10)
    mails = [mail for mail in live.mailbox.received if ticket.number in mail["Subject"]]
    assert Counter(mail["To"].addresses[0].username for mail in mails) == {
        "customer": 1,
        "supervisor": 2,
        "support_management": 1,
    }
    (last,) = (mail for mail in mails if "150%" in mail["Subject"])
    plain = last.get_body(("plain",))
    assert plain is not None
    text = plain.get_content()
    assert "Half of it has passed again." in text
    assert "(Europe/Stockholm)" in text
    assert last.get_body(("html",)) is not None


def test_late_and_killed_workers_lose_nothing_and_do_nothing_twice(live: Installation) -> None:
    early = live.file("While the workers are down")
    time.sleep(max(RUNGS.values()) + 1)
    assert crossings(live, early) == []
    live.start()
    assert wait_until(lambda: len(crossings(live, early)) == 3, 25)
    ladder_is_climbed(live, early)
    assert all(c.noticed_at > early.received_at + timedelta(seconds=6) for c in crossings(live, early)), "how late"

    tickets = [live.file(f"Number {number}") for number in range(20)]
    time.sleep(3.3)  # while the first rungs fire
    live.kill()
    live.start()
    arrived = len(live.mailbox.received)
    assert wait_until(lambda: len(live.mailbox.received) > arrived + 5, 25, step=0.005)
    live.kill()  # while it sends
    live.start()
    assert wait_until(lambda: len(crossings(live, *tickets)) == 60, 30)
    time.sleep(1.5)
    ladder_is_climbed(live, early, *tickets)

    with enter(live.scope), connection.cursor() as cursor:  # as if the leases of the killed had run out
        cursor.execute(
            "UPDATE outbox_outboxmessage SET leased_until = now() - interval '1 second' WHERE state = 'pending'"
        )
    assert wait_until(lambda: unsent(live) == 0, 15)
    with enter(live.scope):
        put = OutboxMessage.objects.count()
        again = OutboxMessage.objects.filter(attempts__gt=1).count()
    names = Counter(mail["Message-ID"] for mail in live.mailbox.received)
    assert len(names) == put, "every message arrived, under a name of its own"
    assert sum(names.values()) <= put + again, "only what was under way at a kill came again, under the same name"
