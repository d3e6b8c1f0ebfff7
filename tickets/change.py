"""One change of a ticket: its state, its clocks' events, audit and what is to be said, all in one transaction."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Any
from uuid import uuid4

from django.db import models, transaction

from kernel.audit.services import Entry, record
from kernel.tenancy import scope
from kernel.tenancy.scope import Scope, enter
from sla import services as timelines
from sla.engine.events import Cancelled, Fact
from sla.policies import current
from sla.services import Happening
from tickets.access import visible_tickets
from tickets.models import Message, State, Ticket, Undo
from tickets.notifications import ToTell, spread
from tickets.nudge import nudge
from tickets.search.fulltext import rebuild
from tickets.undoing import columns, differences, under_way
from tickets.vocabulary import Refused, Word
from tickets.watching import watchers_of
from vendors.access import Member
from vendors.catalog.schema import PolicyFile


@dataclass
class Change:
    """A change under way: the ticket is locked, `now` was read under the lock, everything noted here is written at its end."""

    ticket: Ticket
    by: Member
    now: datetime
    policy: PolicyFile
    happenings: list[Happening] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    words: list[ToTell] = field(default_factory=list)
    messages: list[int] = field(default_factory=list)
    beside: list[dict[str, Any]] = field(default_factory=list)  # what was done to rows that hang on the ticket
    fresh: bool = False  # the ticket is being filed: its timeline was opened awake
    found_anew: bool = False  # whether the search has to learn something besides new messages
    mark: str = field(default_factory=lambda: uuid4().hex[:12])  # tells this change from others of the same second

    def happened(self, fact: Fact, at: datetime | None = None, reason: str = "") -> None:
        """Something that the clocks care about; they are the vendor's, so nothing counts while a partner serves (O1)."""
        if self.ticket.serving_house_id is None:
            self.happenings.append(Happening(fact, at, reason))

    def wrote(self, message: Message) -> None:
        """A message that this change added to the ticket."""
        self.messages.append(message.pk)

    def added(self, row: models.Model) -> None:
        """A row beside the ticket (a tag, a link) that this change added; undone, it goes again."""
        self.beside.append({"did": "added", "model": row._meta.label, "key": row.pk})

    def removing(self, row: models.Model) -> None:
        """A row beside the ticket that this change removes; undone, it comes back."""
        self.beside.append({"did": "removed", "model": row._meta.label, "values": columns(row)})

    def altering(self, row: models.Model, *names: str) -> None:
        """Columns of a row beside the ticket that this change is about to alter; undone, they are as before."""
        held = columns(row)
        before = {name: held[name] for name in names}
        self.beside.append({"did": "altered", "model": row._meta.label, "key": row.pk, "values": before})

    def made(self, ticket: Ticket) -> None:
        """Another ticket that came of this change; undone, that one ends without a word."""
        self.beside.append({"did": "made", "key": ticket.pk})

    def end_quietly(self) -> None:
        """The ticket was made by mistake: its clocks end, and nobody is told."""
        self.ticket.state, self.ticket.cancel_reason = State.CANCELLED, "refused"
        self.found_anew = True
        self.happened(Cancelled())

    def audit(
        self,
        verb: StrEnum,
        *,
        about: tuple[str, int | None] | None = None,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
        mine: bool = False,
    ) -> None:
        """Who did what to which object: keys and words of the vocabulary, no free text. What is only `mine` (a tag, a list) no
        other house reads.
        """
        ticket = self.ticket
        self.entries.append(
            Entry(
                vendor_id=ticket.vendor_id,
                at=self.now,
                verb=verb,
                actor=self.by.actor,
                subject=("ticket", ticket.pk),
                object=about or ("ticket", ticket.pk),
                before=before or {},
                after=after or {},
                houses=([self.by.house] if self.by.house else []) if mine else ticket.houses,
            )
        )

    def tell(self, people: Iterable[int | None], word: Word, about: object = "", **facts: Any) -> None:
        """Tell people, by key, inside the application and by mail; never the person who did it himself, who gets no more
        than the receipt. `about` makes the word unique (a message's key, a cycle, the change's mark). Who watches hears it too,
        each once.
        """
        doer = set() if word == Word.RECEIVED else {self.by.person_id}
        for person in {key for key in people if key is not None}.union(watchers_of(self.ticket, word)) - doer:
            self.words.append(ToTell(self.ticket.vendor_id, person, self.ticket.pk, word, str(about), facts))


@contextmanager
def changing(by: Member, ticket_id: int) -> Iterator[Change]:
    """Change a ticket: locks its timeline, then the ticket, and at the end writes everything that was noted. Raises Refused
    for a ticket that the person may not see or change, in words that fit one that does not exist.
    """
    with enter(scope.current().only(by.vendor_id)):  # a write names exactly one vendor
        ticket = visible_tickets([by]).filter(pk=ticket_id).only("timeline_id").first()
        if ticket is None:
            raise Refused("There is no such ticket.")
        now = timelines.lock(ticket.timeline_id)
        locked = Ticket.objects.select_for_update().get(pk=ticket_id)
        change = Change(locked, by, now, current(by.vendor_id, now))
        before = columns(locked)
        yield change
        if locked.state != before["state"] and columns(locked)["state_at"] == before["state_at"]:
            locked.state_at = now
        locked.changed_at = locked.listed_at = now
        with _who_sees_it(locked, before):
            locked.save()
            write(change, before)


@contextmanager
def _who_sees_it(ticket: Ticket, before: Mapping[str, Any]) -> Iterator[None]:
    """Who sees a ticket is written in the vendor's whole scope, with all that is written at the end: whoever hands it on need not
    see it any more.
    """
    if ticket.houses == before["houses"] and ticket.serving_house_id == before["serving_house_id"]:
        yield
        return
    with enter(Scope.of(ticket.vendor_id)):
        timelines.share(ticket.timeline_id, ticket.houses)
        yield


def write(change: Change, before: Mapping[str, Any] | None = None) -> None:
    """Write what a change has noted, and wake the workers after commit. With the ticket's columns as they were `before`, a deed
    that can be taken back is remembered; its mail waits meanwhile.
    """
    ticket, deed = change.ticket, under_way()
    events = timelines.record(
        change.happenings,
        vendor_id=ticket.vendor_id,
        timeline_id=ticket.timeline_id,
        person_id=change.by.person_id,
        now=change.now,
        awake=change.fresh,
    )
    record(change.entries)
    said = spread(change.words, change.now, delay=deed.window if deed else timedelta(0))
    if deed and before is not None and change.by.person_id is not None:
        was, is_now = differences(before, ticket)
        Undo.objects.create(
            vendor_id=ticket.vendor_id,
            person_id=change.by.person_id,
            ticket=ticket,
            batch=deed.batch,
            deed=deed.deed,
            at=change.now,
            until=change.now + deed.window,
            before=was,
            after=is_now,
            events=events,
            letters=said.letters,
            messages=change.messages,
            rows=[*change.beside, *({"did": "told", "key": key} for key in said.notifications)],
        )
    if change.messages or change.found_anew or change.fresh:
        rebuild(ticket.vendor_id, [ticket.pk])
    transaction.on_commit(partial(nudge, ticket.vendor_id), robust=True)
