"""Files: kept as drafts of their uploader until a message takes them, told by content, served only through a gate."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Sequence
from typing import IO, Any

import filetype
from django.conf import settings
from django.core.files.storage import storages
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from kernel import clock
from sla.policies import current
from tickets.access import readable_attachments
from tickets.models import Attachment, Message
from tickets.services import disk
from tickets.services.pictures import HEAD, is_bomb
from tickets.vocabulary import Refused
from vendors.access import Member

_OPAQUE = "application/octet-stream"  # also of a picture that nobody should be shown unasked
_SIGNED = 4096  # bytes that tell a kind
_TEXT = {".txt": "text/plain", ".log": "text/plain", ".csv": "text/plain"}


def attach(*, by: Member, upload: UploadedFile[Any]) -> Attachment:
    """Keep an uploaded file as a draft of `by`; a message takes it later. Raises Refused for kinds and sizes that the vendor's
    file does not accept (O8, O10).
    """
    name, size = safe_name(upload.name or ""), upload.size or 0
    require_acceptable(by.vendor_id, name, size)
    key = uuid.uuid4()
    content = Content(name)
    for chunk in upload.chunks():
        content.saw(chunk)
    upload.seek(0)
    with disk.explained(name):
        storages["default"].save(path_of(by.vendor_id, key), upload)
    return draft(by, key, name, size, sha256=content.sha256, content_type=content.kind)


def draft(by: Member, key: uuid.UUID, name: str, size: int, **values: Any) -> Attachment:
    """The row of a file that `by` brings, before any message has it."""
    attachment: Attachment = Attachment.objects.create(
        vendor_id=by.vendor_id,
        key=key,
        uploaded_by_id=by.person_id,
        organisation_id=by.organisation_id,
        name=name,
        size=size,
        created_at=clock.now(),
        **values,
    )
    return attachment


def require_acceptable(vendor_id: int, name: str, size: int) -> None:
    """Raise Refused for a file of a kind or of a size in bytes that the vendor's file does not accept (O8, O10)."""
    files = current(vendor_id).files
    if files.is_refused(name):
        words = _("“%(name)s” is a program. Programs are not accepted; pack what it made instead.")
        raise Refused(words % {"name": name}, "files")
    kind = files.kind_of(name)
    if kind is None and files.others == "refused":
        raise Refused(_("“%(name)s” is of a kind that is not accepted here.") % {"name": name}, "files")
    limit = min((kind.max_size if kind else files.others_max_size).bytes, settings.ATTACHMENT_MAX_BYTES)
    if size > limit:
        values = {"name": name, "limit": limit // 1_000_000}
        raise Refused(_("“%(name)s” is larger than %(limit)s MB.") % values, "files")


def take_drafts(by: Member, message: Message, keys: Iterable[uuid.UUID]) -> Sequence[Attachment]:
    """Hang the drafts of `by` onto a message. Raises Refused if one is not there (any more), or if there are more than a message
    holds by the vendor's file (O10).
    """
    keys = list(keys)
    mine = Attachment.objects.filter(message=None, uploaded_by=by.person_id, vendor_id=by.vendor_id)
    drafts = list(mine.select_for_update().filter(key__in=keys, state=Attachment.State.DRAFT))
    if len(drafts) != len(set(keys)):
        raise Refused(_("One of the files is no longer there. Please add it again."), "files")
    if drafts:
        _require_measure(by.vendor_id, drafts)
    for draft in drafts:
        draft.message, draft.ticket_id, draft.state = message, message.ticket_id, Attachment.State.READY
        draft.request_draft = None
        draft.save(update_fields=["message", "ticket", "state", "request_draft"])
    return drafts


def _require_measure(vendor_id: int, drafts: Sequence[Attachment]) -> None:
    files = current(vendor_id).files
    if len(drafts) > files.max_files:
        raise Refused(
            _("A message holds %(n)d files; these are %(m)d.") % {"n": files.max_files, "m": len(drafts)}, "files"
        )
    if sum(draft.size for draft in drafts) > files.max_total.bytes:
        raise Refused(_("The files are more than %(limit)s in all.") % {"limit": str(files.max_total)}, "files")


def open_file(*, members: Iterable[Member], key: uuid.UUID) -> tuple[Attachment, IO[bytes]]:
    """The file of an attachment that the person may read. Raises Attachment.DoesNotExist otherwise."""
    attachment = readable_attachments(members).get(key=key)
    return attachment, storages[attachment.storage].open(path_of(attachment.vendor_id, attachment.key))


def path_of(vendor_id: int, key: uuid.UUID) -> str:
    """Where a file lies in the storage."""
    # A generated key: nothing that was typed or sent becomes part of a path.
    return f"{folder_of(vendor_id)}/{key.hex[:2]}/{key.hex}"


def folder_of(vendor_id: int) -> str:
    """Where the files of a vendor lie in the storage."""
    return f"attachments/{vendor_id}"


def safe_name(name: str) -> str:
    """A file's name as it was sent, without path, control characters and tricks of writing direction."""
    name = name.replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(
        c for c in name if c.isprintable() and c not in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    )
    return name.strip(". ")[-255:] or "file"


class Content:
    """What a file's content tells of it, read once, chunk by chunk: its SHA-256 (hexadecimal) and its kind."""

    def __init__(self, name: str) -> None:
        self._name, self._digest, self._head = name, hashlib.sha256(), b""

    def saw(self, chunk: bytes) -> None:
        """Take in what follows."""
        self._head += chunk[: HEAD - len(self._head)]
        self._digest.update(chunk)

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    @property
    def kind(self) -> str:
        return _type_of(self._name, self._head)


def _type_of(name: str, head: bytes) -> str:
    kind = filetype.guess(head[:_SIGNED])
    if kind is not None:
        return _OPAQUE if is_bomb(kind.mime, head) else str(kind.mime)
    ending = "." + name.rsplit(".", 1)[-1].lower()
    return _TEXT.get(ending, _OPAQUE) if b"\0" not in head[:_SIGNED] else _OPAQUE
