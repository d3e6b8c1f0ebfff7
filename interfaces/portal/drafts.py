"""Files that came with a form: kept as drafts at once, so that none is lost when the form has to be shown again."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.forms import Form
from django.http import HttpRequest
from django.utils.translation import gettext as _

from tickets import services
from tickets.models import Attachment
from tickets.queries.requests import drafts
from tickets.vocabulary import Refused
from vendors.access import Member
from vendors.catalog.schema import PolicyFile

DRAFT = "draft"  # the name under which a form sends the keys of what it already holds
HELD = "held"  # the same for those that it showed: one that comes back without its tick is taken out


@dataclass(frozen=True, slots=True)
class Kept:
    """The drafts of a form, why others were not accepted, and the keys of those that were taken out."""

    files: Sequence[Attachment]
    refusals: Sequence[str]
    dropped: Collection[UUID] = field(default=())

    def refuse(self, form: Form) -> None:
        """Put the refusals next to the form's place for files."""
        for words in self.refusals:
            form.add_error("files", words)


def held_files(request: HttpRequest, member: Member, policy: PolicyFile, held: Sequence[Attachment]) -> Kept:
    """Keep the posted files beside those that a request's draft holds; what the form showed and did not send again is dropped,
    what came in by another device meanwhile stays.
    """
    shown, sent = (set(_keys(request.POST.getlist(name))) for name in (HELD, DRAFT))
    dropped = shown - sent
    kept = keep(request, member, policy, [file.key for file in held if file.key not in dropped])
    return Kept(kept.files, kept.refusals, dropped)


def keep(request: HttpRequest, member: Member, policy: PolicyFile, also: Sequence[UUID] = ()) -> Kept:
    """Keep the posted files as drafts of the member, beside the drafts whose keys the form sends again, and `also` these."""
    kept = drafts(member, [*_keys(request.POST.getlist(DRAFT)), *also])
    refusals: list[str] = []
    for upload in request.FILES.getlist("files"):
        words = _too_much(kept, upload, policy)
        if words:
            refusals.append(words)
            continue
        try:
            kept.append(services.attach(by=member, upload=upload))
        except Refused as refused:
            refusals.append(refused.message)
    return Kept(kept, refusals)


def _too_much(kept: Sequence[Attachment], upload: "UploadedFile[Any]", policy: PolicyFile) -> str:
    if not upload.size:
        return _("“%(name)s” is empty.") % {"name": upload.name}
    if len(kept) >= policy.files.max_files:
        values = {"name": upload.name, "n": policy.files.max_files}
        return _("“%(name)s” is one too many: a message holds %(n)d files.") % values
    if sum(file.size for file in kept) + upload.size > policy.files.max_total.bytes:
        values = {"name": upload.name, "limit": str(policy.files.max_total)}
        return _("With “%(name)s” it would be more than %(limit)s in all.") % values
    return ""


def _keys(texts: Sequence[str]) -> list[UUID]:
    keys = []
    for text in texts:
        try:
            keys.append(UUID(text))
        except ValueError:
            continue
    return keys
