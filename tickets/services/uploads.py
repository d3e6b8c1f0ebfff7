"""Large files in pieces: what has come in is kept, so that a broken connection costs nothing but what was under way (O10).

Each piece is written to its place in the file that it belongs to, so nothing is joined and nothing lies twice. The row tells how
many bytes count; what a crash left behind them is written over. Files lie in a file system (settings.STORAGES).
"""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from kernel import clock
from kernel.tenancy.scope import NoScope
from kernel.tenancy.scope import current as current_scope
from sla.policies import current
from tickets.models import Attachment
from tickets.services import disk
from tickets.services.files import Content, draft, folder_of, path_of, require_acceptable, safe_name
from tickets.vocabulary import Refused
from vendors.access import Member

PIECE = 4 * 1024 * 1024  # bytes; a piece may be smaller
_KEPT = timedelta(days=7)  # a draft that no message took
_UNFINISHED = timedelta(days=2)  # since its latest piece
_IDLE = timedelta(days=1)  # then it gives way to another file of the same person
_AT_ONCE = 2  # as many bytes unsent as that many messages hold
_ONE_AFTER_THE_OTHER = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"


class OutOfStep(Exception):
    """A piece does not follow on what has come in of `upload`: go on at its `received`."""

    def __init__(self, upload: Attachment) -> None:
        super().__init__(upload.received)
        self.upload = upload


def begin_upload(*, by: Member, name: str, size: int) -> Attachment:
    """Announce a file of `size` bytes; its pieces follow. Raises Refused before anything is sent, for kinds and sizes that the
    vendor's file does not accept, when the person has too much unsent, or when there is no room.
    """
    name = safe_name(name)
    if size <= 0:
        raise Refused(_("“%(name)s” is empty.") % {"name": name}, "files")
    require_acceptable(by.vendor_id, name, size)
    disk.require_room(name, size)
    _require_allowance(by, name, size)
    return draft(by, uuid.uuid4(), name, size, state=Attachment.State.UPLOADING, sha256="", content_type="")


def upload_of(*, by: Member, key: uuid.UUID, locked: bool = False) -> Attachment:
    """A file that `by` is uploading or has uploaded and not sent. Raises Attachment.DoesNotExist otherwise."""
    rows = Attachment.objects.select_for_update() if locked else Attachment.objects
    found = rows.get(
        key=key,
        vendor_id=by.vendor_id,
        uploaded_by=by.person_id,
        message=None,
        state__in=[Attachment.State.UPLOADING, Attachment.State.DRAFT],
    )
    if found.state == Attachment.State.UPLOADING:  # a disk may have lost what the row remembers
        found.received = min(found.received, disk.length(path_of(found.vendor_id, found.key)))
    return found


def add_piece(*, by: Member, key: uuid.UUID, offset: int, piece: bytes) -> Attachment:
    """Keep what begins at `offset`, at most PIECE bytes; with the last byte the file is whole, which takes a second for 2 GB.

    Raises OutOfStep where it does not follow on what is there, Refused where it is too long or there is no room,
    Attachment.DoesNotExist for somebody else's.
    """
    upload = upload_of(by=by, key=key, locked=True)
    if offset != upload.received or upload.state != Attachment.State.UPLOADING:
        raise OutOfStep(upload)
    if len(piece) > min(PIECE, upload.size - offset):
        raise Refused(_("A piece of “%(name)s” is too long.") % {"name": upload.name}, "files")
    with disk.explained(upload.name):
        disk.write(path_of(upload.vendor_id, upload.key), offset, piece)
    upload.received, upload.created_at = offset + len(piece), clock.now()
    if upload.received == upload.size:
        _finish(upload)
    upload.save(update_fields=["received", "created_at", "state", "sha256", "content_type"])
    return upload


def drop_upload(*, by: Member, key: uuid.UUID) -> None:
    """Forget a file that was not sent. Raises Attachment.DoesNotExist for one that is not there or not his."""
    forget(upload_of(by=by, key=key, locked=True))


def clear_unsent(vendor_id: int) -> int:
    """Forget files of a vendor that nobody sent for days and no request's draft holds, and what lies in the storage without
    belonging to any row; answers how many files were forgotten.
    """
    now = clock.now()
    # Locked, so that none is forgotten while a message takes it.
    old = Attachment.objects.select_for_update(skip_locked=True).filter(vendor_id=vendor_id, message=None)
    unfinished = old.filter(state=Attachment.State.UPLOADING, created_at__lt=now - _UNFINISHED)
    unsent = old.filter(state=Attachment.State.DRAFT, request_draft=None, created_at__lt=now - _KEPT)
    found = [*unfinished[:500], *unsent[:500]]
    for upload in found:
        forget(upload)
    _clear_strays(vendor_id)
    return len(found)


def _require_allowance(by: Member, name: str, size: int) -> None:
    with connection.cursor() as cursor:  # two that are announced at once count both
        cursor.execute(_ONE_AFTER_THE_OTHER, [f"uploads of {by.person_id}"])
    limit = current(by.vendor_id).files.max_total
    unsent = Attachment.objects.filter(message=None, uploaded_by=by.person_id, vendor_id=by.vendor_id)
    too_much = (unsent.aggregate(size=Sum("size"))["size"] or 0) + size - limit.bytes * _AT_ONCE
    idle = (
        unsent.select_for_update().filter(request_draft=None, created_at__lt=clock.now() - _IDLE).order_by("created_at")
    )
    for upload in idle if too_much > 0 else ():
        if too_much <= 0:
            break
        too_much -= upload.size
        forget(upload)
    if too_much > 0:
        words = _("With “%(name)s”, too much would wait to be sent. Please send or remove some of it first.")
        raise Refused(words % {"name": name}, "files")


def _finish(upload: Attachment) -> None:
    content = Content(upload.name)
    for chunk in disk.chunks(path_of(upload.vendor_id, upload.key)):
        content.saw(chunk)
    upload.sha256, upload.content_type = content.sha256, content.kind
    upload.state = Attachment.State.DRAFT


def forget(upload: Attachment) -> None:
    """Take a file that no message has out of the database, and with the commit out of the storage."""
    path = path_of(upload.vendor_id, upload.key)
    upload.delete()
    transaction.on_commit(lambda: disk.delete(path))  # what a crash leaves here is a stray


def _clear_strays(vendor_id: int) -> None:
    """Files that were written and whose row was taken back, or that stayed when their row went."""
    if vendor_id not in current_scope().open:
        raise NoScope("Only who sees all rows of a vendor can tell that a file has none.")
    found = {path: _key_in(path) for path in disk.strays(folder_of(vendor_id))}
    known = set(Attachment.objects.filter(key__in=set(found.values())).values_list("key", flat=True))
    for path, key in found.items():
        if key not in known:
            disk.delete(path)


def _key_in(path: str) -> uuid.UUID:
    return uuid.UUID(path.rpartition("/")[2][:32])
