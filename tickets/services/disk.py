"""Where files lie: written piece by piece, read chunk by chunk, and what is said when the disk is full."""

from __future__ import annotations

import errno
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.utils.translation import gettext as _

from kernel import clock
from vendors.refusal import Refused

log = logging.getLogger(__name__)
_CHUNK = 256 * 1024
_SPARE = 256 * 1024 * 1024  # bytes that files leave free for everything else
_STRAY = timedelta(days=1)  # so long after it was last written, a file has its row or gets none any more


class NoRoom(Refused):
    """The disk is full: not the sender's fault, and the same may be accepted later."""

    def __init__(self, name: str) -> None:
        super().__init__(
            _("There is no room for “%(name)s” at the moment. Please try again later.") % {"name": name}, "files"
        )


def require_room(name: str, size: int) -> None:
    """Raise NoRoom unless `size` bytes fit and some are left."""
    folder = Path(storages["default"].path(""))
    while not folder.exists():
        folder = folder.parent
    if shutil.disk_usage(folder).free < size + _SPARE:
        log.error("No room for a file of %d bytes in %s", size, folder)
        raise NoRoom(name)


@contextmanager
def explained(name: str) -> Iterator[None]:
    """Turn a disk that is full while the file `name` is written into NoRoom."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        log.exception("The disk is full")
        raise NoRoom(name) from error


def write(path: str, offset: int, piece: bytes) -> None:
    """Write to the file from `offset` on, and return when it would survive a power cut."""
    storage = storages["default"]
    if not storage.exists(path):
        storage.save(path, ContentFile(b""))
    with storage.open(path, "r+b") as file:
        file.seek(offset)
        file.write(piece)
        file.flush()
        os.fsync(file.fileno())


def length(path: str) -> int:
    """Bytes of the file; 0 where there is none."""
    try:
        return int(storages["default"].size(path))
    except FileNotFoundError:
        return 0


def chunks(path: str) -> Iterator[bytes]:
    """The file's content, little by little."""
    with storages["default"].open(path) as file:
        yield from file.chunks(_CHUNK)


def delete(path: str) -> None:
    """Remove the file, if it is there."""
    storages["default"].delete(path)


def strays(folder: str) -> Iterator[str]:
    """Paths of files below `folder` that were last written long ago: a part of them in each hour of the day, all in a day."""
    storage, now = storages["default"], clock.now()
    for part in Path(storage.path(folder)).glob("[0-9a-f][0-9a-f]"):
        if int(part.name, 16) % 24 == now.hour:
            for file in part.iterdir():
                if file.stat().st_mtime < (now - _STRAY).timestamp():
                    yield f"{folder}/{part.name}/{file.name}"
