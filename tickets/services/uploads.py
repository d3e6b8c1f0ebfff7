"""Large files in pieces: each piece is kept as it comes, so that a broken connection costs one piece at most (O10).

A piece is a file of its own in the storage until the last one is there; then they become the file, read and written chunk by
chunk, so that memory does not grow with the file.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import IO

from django.core.files.base import File
from django.core.files.storage import storages
from django.db.models import Sum
from django.utils.translation import gettext as _

from kernel import clock
from sla.policies import current
from tickets.models import Attachment
from tickets.services.files import Content, draft, path_of, require_acceptable, safe_name
from tickets.vocabulary import Refused
from vendors.access import Member

PIECE = 4 * 1024 * 1024  # bytes; the last piece may be smaller
_CHUNK = 256 * 1024
_KEPT = timedelta(days=7)  # a draft that no message took
_UNFINISHED = timedelta(days=2)


class OutOfStep(Exception):
    """A piece does not follow on what has come in: go on at `received`."""

    def __init__(self, received: int) -> None:
        super().__init__(received)
        self.received = received


def begin_upload(*, by: Member, name: str, size: int) -> Attachment:
    """Announce a file of `size` bytes; its pieces follow. Raises Refused before anything is sent, for kinds and sizes that the
    vendor's file does not accept, or when the person's unsent files would be more than it holds for one message.
    """
    name = safe_name(name)
    if size <= 0:
        raise Refused(_("“%(name)s” is empty.") % {"name": name}, "files")
    require_acceptable(by.vendor_id, name, size)
    limit = current(by.vendor_id).files.max_total
    held = Attachment.objects.filter(message=None, uploaded_by=by.person_id, vendor_id=by.vendor_id)
    if (held.aggregate(size=Sum("size"))["size"] or 0) + size > limit.bytes:
        values = {"name": name, "limit": str(limit)}
        raise Refused(_("With “%(name)s” it would be more than %(limit)s in all.") % values, "files")
    return draft(by, uuid.uuid4(), name, size, state=Attachment.State.UPLOADING, sha256="", content_type="")


def upload_of(*, by: Member, key: uuid.UUID, locked: bool = False) -> Attachment:
    """A file that `by` is uploading or has uploaded and not sent. Raises Attachment.DoesNotExist otherwise."""
    rows = Attachment.objects.select_for_update() if locked else Attachment.objects
    return rows.get(
        key=key,
        vendor_id=by.vendor_id,
        uploaded_by=by.person_id,
        message=None,
        state__in=[Attachment.State.UPLOADING, Attachment.State.DRAFT],
    )


def add_piece(*, by: Member, key: uuid.UUID, offset: int, piece: IO[bytes], length: int) -> Attachment:
    """Keep the piece that begins at `offset`; the last one makes the file whole. A piece that came already changes nothing.

    Raises OutOfStep where it does not follow, Refused where its length can't be, Attachment.DoesNotExist for somebody else's.
    """
    upload = upload_of(by=by, key=key, locked=True)
    if offset != upload.received or upload.state != Attachment.State.UPLOADING:
        raise OutOfStep(upload.received)
    if length != min(PIECE, upload.size - offset):
        raise Refused(_("A piece of “%(name)s” is not whole.") % {"name": upload.name}, "files")
    path = _piece_path(upload, offset)
    storages["default"].delete(path)  # what a broken attempt left
    storages["default"].save(path, File(piece))
    upload.received = offset + length
    if upload.received == upload.size:
        _make_whole(upload)
    upload.save(update_fields=["received", "state", "sha256", "content_type"])
    return upload


def drop_upload(*, by: Member, key: uuid.UUID) -> None:
    """Forget a file that was not sent. Raises Attachment.DoesNotExist for one that is not there or not his."""
    _forget(upload_of(by=by, key=key, locked=True))


def clear_unsent(vendor_id: int) -> int:
    """Forget files of a vendor that nobody sent for days; answers how many."""
    now = clock.now()
    old = Attachment.objects.filter(vendor_id=vendor_id, message=None)
    unfinished = old.filter(state=Attachment.State.UPLOADING, created_at__lt=now - _UNFINISHED)
    unsent = old.filter(state=Attachment.State.DRAFT, created_at__lt=now - _KEPT)
    found = [*unfinished[:500], *unsent[:500]]
    for upload in found:
        _forget(upload)
    return len(found)


def _make_whole(upload: Attachment) -> None:
    storage, whole = storages["default"], _Joined(upload)
    storage.save(path_of(upload.vendor_id, upload.key), whole)
    upload.sha256, upload.content_type = whole.content.sha256, whole.content.kind
    upload.state = Attachment.State.DRAFT
    for offset in _offsets(upload.size):
        storage.delete(_piece_path(upload, offset))


def _forget(upload: Attachment) -> None:
    storage = storages["default"]
    for offset in _offsets(upload.received if upload.state == Attachment.State.UPLOADING else 0):
        storage.delete(_piece_path(upload, offset))
    storage.delete(path_of(upload.vendor_id, upload.key))
    upload.delete()


def _offsets(end: int) -> range:
    return range(0, end, PIECE)


def _piece_path(upload: Attachment, offset: int) -> str:
    return f"{path_of(upload.vendor_id, upload.key)}.{offset}"


class _Joined(File):  # type: ignore[type-arg]  # generic only in its stubs
    """The pieces of a file one after the other, as a file that is read once."""

    def __init__(self, upload: Attachment) -> None:
        super().__init__(None, name=upload.name)
        self._upload = upload
        self.size = upload.size
        self.content = Content(upload.name)

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        """The content, piece by piece."""
        for offset in _offsets(self._upload.size):
            with storages["default"].open(_piece_path(self._upload, offset)) as piece:
                for chunk in piece.chunks(chunk_size or _CHUNK):
                    self.content.saw(chunk)
                    yield chunk
