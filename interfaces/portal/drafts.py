"""Files that came with a form: kept as drafts at once, so that none is lost when the form has to be shown again."""

from collections.abc import Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Kept:
    """The drafts of a form, and why others were not accepted."""

    files: Sequence[Attachment]
    refusals: Sequence[str]

    def refuse(self, form: Form) -> None:
        """Put the refusals next to the form's place for files."""
        for words in self.refusals:
            form.add_error("files", words)


def keep(request: HttpRequest, member: Member, policy: PolicyFile) -> Kept:
    """Keep the posted files as drafts of the member, beside the drafts whose keys the form sends again."""
    kept = drafts(member, _keys(request.POST.getlist(DRAFT)))
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
