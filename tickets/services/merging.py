"""Merge a ticket into another one of the same customer: one conversation, one set of promises, the earliest ones."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import F, Max, Model
from django.utils.translation import gettext as _

from kernel.tenancy import scope
from kernel.tenancy.scope import Scope, enter
from sla import services as timelines
from sla.engine.events import Cancelled, Voided
from sla.policies import rules
from sla.timelines import epoch, events_of, instant
from tickets.access import visible_tickets
from tickets.change import Change, changing
from tickets.machine import ACTIVE, Move, after
from tickets.merging import Telling, telling
from tickets.models import Attachment, ChecklistItem, Message, State, Ticket, TicketLink, TicketTag, Watcher
from tickets.services.beside import put_watcher
from tickets.services.conversation import work_on
from tickets.vocabulary import Refused, Verb, Word
from vendors.access import Member

REASON = "merged"


def merge(*, by: Member, ticket_id: int, into_id: int) -> Ticket:
    """Merge a ticket, active or resolved, into an active one of the same customer that the same house serves: messages, files,
    watchers, tags, links and the checklist follow, the earliest promise stays, and the requester is told once. Answers the
    target. Raises Refused.
    """
    with enter(scope.current().only(by.vendor_id)), transaction.atomic():
        _lock_both(by, ticket_id, into_id)
        with changing(by, into_id) as target, changing(by, ticket_id) as source:
            for change in (target, source):
                work_on(change)
            _require_mergeable(source.ticket, target.ticket)
            _promises(source, target)
            # Who acts may not read all that moves: another house's notes go along.
            with enter(Scope.of(by.vendor_id)):
                _conversation(source, target)
                _beside(source, target)
            _end(source, target)
            return target.ticket


def _lock_both(by: Member, *keys: int) -> None:
    """In the order of their keys, so that two merges never wait for each other."""
    seen = visible_tickets([by]).filter(pk__in=keys).values_list("timeline_id", flat=True)
    for timeline in sorted(seen):
        timelines.lock(timeline)


def _require_mergeable(source: Ticket, target: Ticket) -> None:
    if source.pk == target.pk:
        raise Refused(_("This is the ticket itself."), "number")
    if source.customer_id != target.customer_id:
        raise Refused(_("Only tickets of the same customer can be merged."), "number")
    if source.serving_house_id != target.serving_house_id:
        raise Refused(_("Another house serves the other ticket."), "number")
    if State(target.state) not in ACTIVE:
        raise Refused(_("The other ticket has ended. Reopen it first."), "number")
    after(source.state, Move.MERGE)


def _promises(source: Change, target: Change) -> None:
    here, there = target.ticket, source.ticket
    if here.serving_house_id is None:
        held = events_of(here.vendor_id, [here.timeline_id, there.timeline_id])
        ranks = [priority.key for priority in target.policy.priorities]
        told = telling(
            held.get(here.timeline_id, []),
            held.get(there.timeline_id, []),
            rules(here.vendor_id),
            ranks,
            epoch(target.now),
        )
        _tell(target, told)
        here.priority = told.priority
        if not told.priority:
            here.claimed_priority = _stricter(ranks, here.claimed_priority, there.claimed_priority)
    if there.urgent and not here.urgent:
        here.urgent, here.urgent_reason = True, there.urgent_reason
    here.information_complete = here.information_complete or there.information_complete
    here.received_at = min(here.received_at, there.received_at)
    if there.assignee_id and here.assignee_id is None:
        here.assignee_id = there.assignee_id
        here.state = after(here.state, Move.TAKE_UP)
    here.level = max(here.level, there.level)


def _tell(target: Change, told: Telling) -> None:
    for fact, at in told.add:
        target.happened(fact, instant(at), REASON)
    for key in told.void:
        target.happened(Voided(key), reason=REASON)
    if target.ticket.state == State.WAITING and not told.waits:
        target.ticket.state = State.OPEN


def _stricter(ranks: list[str], *claims: str) -> str:
    return min((claim for claim in claims if claim in ranks), key=ranks.index, default="")


def _conversation(source: Change, target: Change) -> None:
    here, there = target.ticket, source.ticket
    source.found_anew = target.found_anew = True
    messages = Message.objects.filter(ticket=there)
    _altering(source, messages, "ticket_id", "merged_from_id")
    files = Attachment.objects.filter(ticket=there)
    _altering(source, files, "ticket_id")
    files.update(ticket=here)
    messages.filter(merged_from=None).update(merged_from=there)
    messages.update(ticket=here)
    if there.last_message_at and (here.last_message_at is None or there.last_message_at > here.last_message_at):
        here.last_message_at, here.last_message_by_staff = there.last_message_at, there.last_message_by_staff
        here.last_author_id = there.last_author_id


def _beside(source: Change, target: Change) -> None:
    here, there = target.ticket, source.ticket
    people = [there.requester_id, *Watcher.objects.filter(ticket=there).values_list("person", flat=True)]
    for person in dict.fromkeys(people):
        if person != here.requester_id:
            put_watcher(target, person)
    has = set(TicketTag.objects.filter(ticket=here).values_list("house", "name"))
    for row in TicketTag.objects.filter(ticket=there):
        if (row.house_id, row.name) not in has:
            target.added(_copy(row, ticket=here, at=target.now))
    _links(source, target)
    items = ChecklistItem.objects.filter(ticket=there)
    _altering(source, items, "ticket_id", "position")
    last = ChecklistItem.objects.filter(ticket=here).aggregate(last=Max("position"))["last"] or 0
    items.update(ticket=here, position=F("position") + last)


def _links(source: Change, target: Change) -> None:
    here, there = target.ticket, source.ticket
    has = {(row.ticket_id, row.other_id, row.kind) for row in TicketLink.objects.filter(ticket=here)}
    has |= {(row.ticket_id, row.other_id, row.kind) for row in TicketLink.objects.filter(other=here)}
    for row in [*TicketLink.objects.filter(ticket=there), *TicketLink.objects.filter(other=there)]:
        ends = {"ticket": here if row.ticket_id == there.pk else row.ticket}
        ends["other"] = here if row.other_id == there.pk else row.other
        one = (ends["ticket"].pk, ends["other"].pk, row.kind)
        if one not in has and one[0] != one[1]:
            target.added(_copy(row, **ends, at=target.now))


def _copy(row: Any, **other: Any) -> Model:
    kept = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if field.name != "id"}
    for name, value in other.items():
        kept.pop(f"{name}_id", None)
        kept[name] = value
    made: Model = type(row)._default_manager.create(**kept)
    return made


def _altering(change: Change, rows: Iterable[Model], *names: str) -> None:
    for row in rows:
        change.altering(row, *names)


def _end(source: Change, target: Change) -> None:
    ticket, before = source.ticket, source.ticket.state
    ticket.state = after(before, Move.MERGE)
    ticket.cancel_reason, ticket.merged_into = REASON, target.ticket
    ticket.resolved_at = None
    source.happened(Cancelled())
    into = ("ticket", target.ticket.pk)
    source.audit(Verb.MERGED_AWAY, about=into, before={"state": before}, after={"state": ticket.state})
    target.audit(Verb.MERGED, about=("ticket", ticket.pk))
    source.tell([ticket.requester_id], Word.CANCELLED, source.mark, reason=REASON)
