"""Take a deed back while nothing of it has left the house: it leaves no false cycle, breach or mail behind."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from django.apps import apps
from django.db import IntegrityError, transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from kernel import clock
from kernel.outbox.models import OutboxMessage
from kernel.outbox.services import withdraw
from kernel.tenancy.scope import Scope, enter
from sla import services as timelines
from sla.engine.events import Voided
from sla.engine.fold import effective
from sla.timelines import events_of
from tickets.change import Change, changing
from tickets.models import Attachment, Message, Notification, Ticket, Undo
from tickets.search.fulltext import rebuild
from tickets.services.splitting import take_back
from tickets.undoing import columns, nothing_undoable, put_back
from tickets.vocabulary import Refused, Verb
from vendors.access import Member

_KEPT = timedelta(days=1)
TOGETHER = frozenset({"merge", "split"})  # deeds of which no half can be taken back


@dataclass(frozen=True, slots=True)
class Undone:
    """How a ticket fared: `refused` says why it could not be taken back, empty if it was. `messages` are keys of what was
    retracted.
    """

    ticket_id: int
    number: str
    deed: str
    refused: str = ""
    messages: Sequence[int] = ()


def undo(*, by: Member, batch: str) -> list[Undone]:
    """Take back what `by` did under `batch`, ticket by ticket; nothing is answered for what is not his or not there."""
    held = Undo.objects.filter(vendor_id=by.vendor_id, person=by.person_id, batch=batch).select_related("ticket")
    rows = list(held.order_by("-pk"))
    with nothing_undoable():
        if any(row.deed in TOGETHER for row in rows):
            return _all_or_none(by, rows)
        return [_one(by, row) for row in rows]


def clear_old(vendor_id: int) -> int:
    """Forget what can't be taken back any more; answers how many."""
    return Undo.objects.filter(vendor_id=vendor_id, until__lt=clock.now() - _KEPT).delete()[0]


def _all_or_none(by: Member, rows: Sequence[Undo]) -> list[Undone]:
    """Take back what joined tickets on all of them, or nothing of it."""
    with transaction.atomic():
        for timeline in sorted({row.ticket.timeline_id for row in rows}):
            timelines.lock(timeline)
        done = [_one(by, row) for row in rows]
        refused = next((one.refused for one in done if one.refused), "")
        if refused:
            transaction.set_rollback(True)
        else:  # only now is every message back where it was
            rebuild(by.vendor_id, [row.ticket_id for row in rows])
    return [replace(one, refused=refused) for one in done] if refused else done


def _one(by: Member, row: Undo) -> Undone:
    number = row.ticket.number
    try:
        with transaction.atomic(), changing(by, row.ticket_id) as change:
            _take_back(change, Undo.objects.select_for_update().get(pk=row.pk))
    except Refused as refused:
        return Undone(row.ticket_id, number, row.deed, refused.message)
    return Undone(row.ticket_id, number, row.deed, messages=row.messages)


def _take_back(change: Change, row: Undo) -> None:
    ticket = change.ticket
    if row.undone_at is not None:
        raise Refused(_("This was taken back already."))
    if change.now > row.until:
        raise Refused(_("It is too late to take this back."))
    _require_untouched(ticket, row)
    for letter in row.letters:
        if not withdraw(row.vendor_id, letter):
            raise Refused(_("A mail about this has left already."))
    put_back(ticket, row.before)
    with enter(Scope.of(row.vendor_id)):  # another house's rows too, where the deed moved them, and what was said
        _rows_back(row)
        _retract(change, row)
    _unmake(change, row)
    for event in row.events:
        change.happenings.append(timelines.Happening(Voided(event)))
    row.undone_at = change.now
    row.save(update_fields=["undone_at"])
    change.audit(Verb.UNDONE, after={"deed": row.deed})


def _require_untouched(ticket: Ticket, row: Undo) -> None:
    """Nothing that the deed changed was changed again, and nothing happened since that the clocks care about."""
    now = columns(ticket)
    if any(now[name] != value for name, value in row.after.items()):
        raise Refused(_("The ticket has changed since."))
    last = max(row.events, default=None)
    if last is not None:
        recorded = events_of(row.vendor_id, [ticket.timeline_id]).get(ticket.timeline_id, [])
        if any(event.id > last for event in effective(recorded)):
            raise Refused(_("The ticket has changed since."))


def _rows_back(row: Undo) -> None:
    Notification.objects.filter(pk__in=[beside["key"] for beside in row.rows if beside["did"] == "told"]).delete()
    for beside in reversed(row.rows):
        if beside["did"] in ("told", "made"):
            continue
        model = apps.get_model(beside["model"])
        rows = model._default_manager.filter(vendor_id=row.vendor_id)
        match beside["did"]:
            case "added":
                rows.filter(pk=beside["key"]).delete()
            case "removed":
                found = model()
                put_back(found, beside["values"])
                _insert(found)
            case "altered":
                found = rows.filter(pk=beside["key"]).first()
                if found is None:
                    raise Refused(_("The ticket has changed since."))
                put_back(found, beside["values"])
                found.save(update_fields=list(beside["values"]))


def _unmake(change: Change, row: Undo) -> None:
    """End the tickets that the deed made, with the letters about them."""
    for beside in row.rows:
        if beside["did"] == "made":
            with enter(Scope.of(row.vendor_id)):
                letters = OutboxMessage.objects.filter(vendor_id=row.vendor_id, payload__ticket=beside["key"])
                keys = list(letters.filter(state=OutboxMessage.State.PENDING).values_list("key", flat=True))
                for key in keys:
                    withdraw(row.vendor_id, key)
            take_back(change.by, beside["key"])


def _insert(row: Model) -> None:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:  # somebody has put the same there meanwhile
        raise Refused(_("The ticket has changed since.")) from None


def _retract(change: Change, row: Undo) -> None:
    change.found_anew = True
    Message.objects.filter(pk__in=row.messages).update(retracted_at=change.now)
    # The files are their uploader's drafts again, so that nothing has to be sent twice.
    files = Attachment.objects.filter(message__in=row.messages)
    files.update(message=None, ticket=None, state=Attachment.State.DRAFT)
