"""What a person has typed for a new request: kept at each step, dropped, or made unnecessary by self-help (O7).

A draft is its person's own. Its files belong to it, come back with it on another device, and go with it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from kernel import clock
from kernel.tenancy import scope
from kernel.tenancy.scope import enter
from sla.policies import current
from tickets.models import Attachment, RequestDraft, SelfHelpSolution
from tickets.services.uploads import forget
from tickets.vocabulary import Refused
from vendors.access import Act, Member

KEPT = timedelta(days=28)
MOST = 20  # drafts of one person at one vendor
LONGEST = 200_000  # characters of all values together

Values = Mapping[str, Sequence[str]]


def save_request_draft(
    *, by: Member, key: UUID, values: Values, step: str, files: Collection[UUID] = (), dropped: Collection[UUID] = ()
) -> RequestDraft:
    """Keep what was typed at a step: `values` replace those of the same names and leave the others; `files` become the draft's,
    `dropped` ones are forgotten. `step` is where the person goes on. A key that is not known yet begins a draft. Raises Refused.
    """
    with enter(scope.current().only(by.vendor_id)):
        now = clock.now()
        draft = _locked(by, key) or _begun(by, key, now)
        draft.values = {**draft.values, **{name: list(texts) for name, texts in values.items()}}
        if sum(len(text) for texts in draft.values.values() for text in texts) > LONGEST:
            raise Refused(_("This is too long to be kept."), "")
        draft.step, draft.changed_at = step, now
        _not_solved(draft)
        draft.save()
        own = Attachment.objects.filter(vendor_id=by.vendor_id, uploaded_by=by.person_id, message=None)
        own.filter(key__in=files, state=Attachment.State.DRAFT).update(request_draft=draft)
        for file in own.filter(key__in=dropped, request_draft=draft):
            forget(file)
        return draft


def discard_request_draft(*, by: Member, key: UUID) -> None:
    """Forget a draft and the files that no message has taken. Raises RequestDraft.DoesNotExist for one that is not his."""
    with enter(scope.current().only(by.vendor_id)):
        _forget_draft(_own(by, key))


def solve_by_self_help(*, by: Member, key: UUID, step: str) -> None:
    """A step of the vendor's list made the request unnecessary; it counts once (O7). The draft is put away, not listed any more.
    Raises RequestDraft.DoesNotExist, Refused for a step that the list has not.
    """
    with enter(scope.current().only(by.vendor_id)):
        draft = _own(by, key)
        listed = current(by.vendor_id).self_help
        if listed is None or step not in {one.key for one in listed.steps}:
            raise Refused(_("Choose one of the steps."), "solved")
        _not_solved(draft)
        draft.solved_by, draft.changed_at = step, clock.now()
        draft.save()
        SelfHelpSolution.objects.create(
            vendor_id=by.vendor_id,
            organisation_id=draft.person.organisation_id,
            draft_key=key,
            step=step,
            at=draft.changed_at,
        )


def take_up_again(*, by: Member, key: UUID) -> RequestDraft:
    """Self-help did not solve it after all: it no longer counts, and the draft is listed again. Raises
    RequestDraft.DoesNotExist.
    """
    with enter(scope.current().only(by.vendor_id)):
        draft = _own(by, key)
        _not_solved(draft)
        draft.save()
        return draft


def clear_request_drafts(vendor_id: int) -> int:
    """Forget a vendor's drafts that nobody has touched for weeks, and their files; answers how many."""
    old = RequestDraft.objects.filter(vendor_id=vendor_id, changed_at__lt=clock.now() - KEPT)
    found = list(old.select_for_update(skip_locked=True).order_by("changed_at")[:500])
    for draft in found:
        _forget_draft(draft)
    return len(found)


def _begun(by: Member, key: UUID, now: datetime) -> RequestDraft:
    if not by.may(Act.FILE_REQUEST):
        raise Refused(_("You can't file requests here."))
    held = RequestDraft.objects.filter(vendor_id=by.vendor_id, person=by.person_id, solved_by="")
    if held.count() >= MOST:
        raise Refused(_("You have %(n)d unfinished requests. Please send or discard one of them first.") % {"n": MOST})
    RequestDraft.objects.bulk_create(  # two sendings of the first step at once make one
        [RequestDraft(vendor_id=by.vendor_id, person_id=by.person, key=key, started_at=now, changed_at=now)],
        ignore_conflicts=True,
    )
    return _own(by, key)


def _own(by: Member, key: UUID) -> RequestDraft:
    draft = _locked(by, key)
    if draft is None:
        raise RequestDraft.DoesNotExist
    return draft


def _locked(by: Member, key: UUID) -> RequestDraft | None:
    rows = RequestDraft.objects.select_for_update().filter(vendor_id=by.vendor_id, person=by.person_id, key=key)
    found: RequestDraft | None = rows.first()
    return found


def _not_solved(draft: RequestDraft) -> None:
    if draft.solved_by:
        draft.solved_by = ""
        SelfHelpSolution.objects.filter(vendor_id=draft.vendor_id, draft_key=draft.key).delete()


def _forget_draft(draft: RequestDraft) -> None:
    for file in draft.files.all():
        forget(file)
    draft.delete()
