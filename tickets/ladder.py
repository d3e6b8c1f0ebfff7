"""What a reached rung does: tell people, reassign, raise the level (M12, M13). Set-based, inside the loop's transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from django.db import connection, transaction
from django.db.models import QuerySet

from kernel.audit.services import Actor, Entry, record
from sla import services as timelines
from sla.engine.events import Assigned
from sla.loop import Reached
from sla.timelines import instant
from tickets.machine import ACTIVE, Move, after
from tickets.models import State, Ticket
from tickets.notifications import ToTell, spread
from tickets.nudge import nudge
from tickets.vocabulary import Verb, Word
from vendors.models import Person, Role

# Who the policy's words mean; levels rise in this order.
LEVELS: tuple[str, ...] = ("assignee", "supervisor", "management", "executive_sponsor")
ROLES = {
    "supervisor": Role.SUPERVISOR,
    "management": Role.SUPPORT_MANAGEMENT,
    "executive_sponsor": Role.EXECUTIVE_SPONSOR,
}
# To which levels one hands up by hand; the executive sponsor is reached by the ladder and by reviews alone.
UP: Mapping[str, int] = {word: LEVELS.index(word) for word in ("supervisor", "management")}
_WORKER = Actor()


def level_of(role: str) -> int:
    """How far up somebody stands: 0 agent, 1 supervisor (and the vendor's administrator), 2 management, 3 executive sponsor."""
    words = {held.value: LEVELS.index(word) for word, held in ROLES.items()} | {Role.VENDOR_ADMIN.value: 1}
    return words.get(role, 0)


# Lists sort and filter by what the workers folded; only tickets of which it changed are written.
_MIRROR = """
UPDATE tickets_ticket t SET due_at = found.due_at, breached = found.breached, listed_at = %(now)s
FROM (
  SELECT l.id, l.due_at, EXISTS (
    SELECT 1 FROM sla_clock c WHERE c.vendor_id = l.vendor_id AND c.timeline_id = l.id AND c.promised
    AND c.breached_at IS NOT NULL AND c.status IN ('running', 'paused', 'lifted')) AS breached
  FROM sla_timeline l WHERE l.vendor_id = %(vendor)s AND l.id = ANY(%(keys)s)
) found
WHERE t.vendor_id = %(vendor)s AND t.timeline_id = found.id AND t.timeline_id = ANY(%(keys)s)
  AND (t.due_at, t.breached) IS DISTINCT FROM (found.due_at, found.breached)
"""


def act(vendor_id: int, timeline_ids: Sequence[int], reached: Sequence[Reached], now: datetime) -> None:
    """What follows from a fold: lists learn of due times and breaches, and rungs that were reached just now do what the policy
    says.
    """
    with connection.cursor() as cursor:
        cursor.execute(_MIRROR, {"vendor": vendor_id, "keys": list(timeline_ids), "now": now})
    if reached:
        _climb(vendor_id, reached, now)


def _climb(vendor_id: int, reached: Sequence[Reached], now: datetime) -> None:
    """One audit row and the words for each rung, and the ticket's changes."""
    tickets = {
        ticket.timeline_id: ticket
        for ticket in _locked([r.timeline_id for r in reached]).only(
            "vendor_id", "timeline_id", "assignee_id", "level", "houses", "state", "state_at", "serving_house_id"
        )
    }
    people = _people()
    unassigned = {ticket.pk for ticket in tickets.values() if ticket.assignee_id is None}
    entries: list[Entry] = []
    words: list[ToTell] = []
    changed: dict[int, Ticket] = {}
    for rung in sorted(reached, key=lambda r: r.crossed_at):
        ticket = tickets.get(rung.timeline_id)
        if ticket is None:
            continue
        going = rung.clock.status not in (
            "ended",
            "cancelled",
        )  # noticed late: it is recorded, and concerns nobody any more
        told = _told(rung, ticket, people) if going else []
        before = {"level": ticket.level, "assignee": ticket.assignee_id}
        if going and _change(rung, ticket, people, now):
            changed[ticket.pk] = ticket
        entries.append(_entry(rung, ticket, before, told, now))
        words.extend(_word(rung, ticket, person) for person in told)
    taken = [ticket for ticket in changed.values() if ticket.assignee_id and ticket.pk in unassigned]
    if changed:
        Ticket.objects.bulk_update(
            changed.values(), ["level", "assignee", "state", "state_at", "listed_at"], batch_size=1000
        )
    # Whoever gets a ticket through the ladder has it: his answer counts (M7).
    timelines.record_each([(ticket.timeline_id, Assigned()) for ticket in taken], vendor_id=vendor_id, now=now)
    record(entries)
    spread(words, now)
    if words:
        transaction.on_commit(partial(nudge, vendor_id), robust=True)


def _locked(timeline_ids: list[int]) -> QuerySet[Ticket]:
    return Ticket.objects.filter(timeline_id__in=timeline_ids).order_by("pk").select_for_update()


def _people() -> dict[str, list[int]]:
    held: dict[str, list[int]] = {word: [] for word in ROLES}
    words = {role.value: word for word, role in ROLES.items()}
    people = Person.objects.filter(role__in=ROLES.values(), active=True, organisation=None).order_by("pk")
    for key, role in people.values_list("pk", "role"):
        held[words[role]].append(key)
    return held


def _told(reached: Reached, ticket: Ticket, people: dict[str, list[int]]) -> list[int]:
    told: dict[int, None] = {}
    unassigned = ticket.assignee_id is None
    for word in (unassigned and reached.rung.tell_unassigned) or reached.rung.tell:
        found = people.get(word, [])
        if word == "assignee":
            found = [ticket.assignee_id] if ticket.assignee_id else []
        told.update(dict.fromkeys(found))
    return list(told)


def _change(reached: Reached, ticket: Ticket, people: dict[str, list[int]], now: datetime) -> bool:
    changed = False
    for change in reached.rung.change:
        what, _, word = change.partition(":")
        if what == "raise_level" and word in LEVELS and ticket.level < LEVELS.index(word):
            ticket.level, changed = LEVELS.index(word), True
        if _moves(what, ticket, people.get(word, [])):
            ticket.assignee_id, changed = people[word][0], True
            ticket.enter(after(ticket.state, Move.TAKE_UP), now)
    if changed:
        ticket.listed_at = now
    return changed


def _moves(what: str, ticket: Ticket, people: list[int]) -> bool:
    if not people or State(ticket.state) not in ACTIVE:
        return False
    if what == "reassign":
        return ticket.assignee_id not in people
    return what == "reassign_if_unassigned" and ticket.assignee_id is None


def _entry(reached: Reached, ticket: Ticket, before: Mapping[str, object], told: list[int], now: datetime) -> Entry:
    clock = reached.clock
    return Entry(
        vendor_id=ticket.vendor_id,
        at=now,
        verb=Verb.RUNG_FIRED,
        actor=_WORKER,
        subject=("ticket", ticket.pk),
        object=("clock", None),
        before=before,
        after={
            "clock": clock.kind,
            "cycle": clock.cycle,
            "percent": reached.rung.percent,
            "crossed_at": reached.crossed_at.isoformat(),
            "level": ticket.level,
            "assignee": ticket.assignee_id,
            "told": told,
        },
        houses=ticket.houses,
    )


def _word(reached: Reached, ticket: Ticket, person_id: int) -> ToTell:
    clock = reached.clock
    due = instant(clock.due_at)
    return ToTell(
        ticket.vendor_id,
        person_id,
        ticket.pk,
        Word.RUNG,
        f"{clock.kind}-{clock.cycle}-{reached.rung.percent}",
        {
            "clock": clock.kind,
            "cycle": clock.cycle,
            "percent": reached.rung.percent,
            "due_at": due.isoformat() if due else None,
            "crossed_at": reached.crossed_at.isoformat(),
        },
    )
