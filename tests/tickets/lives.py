"""Living a ticket's life in tests: people act in their own scope, the clock stands where it is put."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from kernel.audit.models import AuditEntry
from kernel.clock import moved_to
from kernel.outbox.models import OutboxMessage
from kernel.tenancy.scope import enter
from sla.models import Clock, ClockEvent, Crossing
from tests.world import House
from tickets import services
from tickets.models import Message, Ticket
from tickets.tasks import sweep_all
from vendors.access import Member, scope_of

Answer = TypeVar("Answer")
STOCKHOLM = ZoneInfo("Europe/Stockholm")
# A Monday morning at nine in Stockholm, no holiday anywhere.
MONDAY = datetime(2026, 3, 2, 9, tzinfo=STOCKHOLM)


@contextmanager
def acting(house: House, who: str) -> Iterator[Member]:
    """Somebody at work, in the scope that row-level security gives him."""
    member = house.member(who)
    with enter(scope_of([member], member.user_id)):
        yield member


@dataclass
class Life:
    """One house with its clock: `now` is where it stands; `go` moves it and lets the workers look."""

    house: House
    now: datetime = MONDAY

    def go(self, **duration: float) -> Life:
        """Let time pass (timedelta's words), then the workers sweep."""
        return self.go_to(self.now + timedelta(**duration))

    def go_to(self, instant: datetime) -> Life:
        """Move to an aware instant, then the workers sweep."""
        self.now = instant
        self.sweep()
        return self

    def sweep(self) -> None:
        """The workers look once."""
        with moved_to(self.now):
            sweep_all([self.house.id])

    def does(self, who: str, service: Callable[..., Answer], **arguments: Any) -> Answer:
        """Somebody calls a service now, and the workers look."""
        with moved_to(self.now), acting(self.house, who) as by:
            answer = service(by=by, **arguments)
        self.sweep()
        return answer

    def files(self, who: str = "customer", *, by: str | None = None, **words: Any) -> Ticket:
        """File a request of `who` (by an agent, if `by` says so), with all that Mastercam's form requires unless told."""
        asked: dict[str, Any] = {
            "requester": self.house.people[who],
            "subject": "It stops",
            "body": "It stops when I save.",
            "language": "en",
            "item": self.house.item if who in ("customer", "neighbour", "customer_admin") else None,
        }
        return self.does(by or who, services.file_ticket, request=services.Request(**(asked | words)))

    def ticket(self, ticket: Ticket) -> Ticket:
        """The ticket as it stands."""
        with enter(self.house.scope()):
            return Ticket.objects.get(pk=ticket.pk)

    def clock(self, ticket: Ticket, kind: str, cycle: int = 1) -> Clock:
        """A stored clock. Raises Clock.DoesNotExist."""
        with enter(self.house.scope()):
            return Clock.objects.get(timeline_id=ticket.timeline_id, kind=kind, cycle=cycle)

    def clocks(self, ticket: Ticket) -> set[tuple[str, int, str]]:
        """Kind, cycle and status of each clock."""
        with enter(self.house.scope()):
            rows = Clock.objects.filter(timeline_id=ticket.timeline_id)
            return set(rows.values_list("kind", "cycle", "status"))

    def crossings(self, ticket: Ticket) -> list[Crossing]:
        """The rungs that fired, superseded ones too."""
        with enter(self.house.scope()):
            return list(Crossing.objects.filter(timeline_id=ticket.timeline_id).order_by("crossed_at", "percent"))

    def events(self, ticket: Ticket) -> list[str]:
        """What happened, as the clocks see it."""
        with enter(self.house.scope()):
            return list(
                ClockEvent.objects.filter(timeline_id=ticket.timeline_id).order_by("pk").values_list("kind", flat=True)
            )

    def event(self, ticket: Ticket, kind: str) -> int:
        """The key of the last event of a kind."""
        with enter(self.house.scope()):
            return ClockEvent.objects.filter(timeline_id=ticket.timeline_id, kind=kind).latest("pk").pk

    def told(self, ticket: Ticket) -> list[tuple[str, str]]:
        """Who was written to and with which word, in order."""
        names = {person.pk: who for who, person in self.house.people.items()}
        with enter(self.house.scope()):
            letters = OutboxMessage.objects.filter(payload__ticket=ticket.pk).order_by("pk")
            return [(names[x.payload["person"]], x.payload["word"]) for x in letters]

    def verbs(self, ticket: Ticket) -> list[str]:
        """The ticket's history in the audit."""
        with enter(self.house.scope()):
            entries = AuditEntry.objects.filter(subject_type="ticket", subject_id=ticket.pk).order_by("pk")
            return [entry.verb.removeprefix("ticket.") for entry in entries]

    def messages(self, ticket: Ticket) -> list[Message]:
        """All that was said, notes too."""
        with enter(self.house.scope()):
            return list(Message.objects.filter(ticket=ticket).order_by("pk"))


def utc(text: str) -> datetime:
    """An instant written as `2026-03-02 10:00`, UTC."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
