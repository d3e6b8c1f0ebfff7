"""Who took which file away is in the audit, and whoever takes too many is stopped and reported."""

import logging
from collections.abc import Iterable
from enum import StrEnum

from kernel import clock
from kernel.audit.services import Entry, record
from tickets.models import Attachment
from vendors.access import Member

log = logging.getLogger(__name__)


class FileVerb(StrEnum):
    """What was done with a file beside a ticket's own history."""

    DOWNLOADED = "file.downloaded"
    STOPPED = "file.downloads_stopped"


def downloaded(*, members: Iterable[Member], file: Attachment) -> None:
    """Write down that somebody, known by his memberships, took a file that he may read."""
    _record(members, file, FileVerb.DOWNLOADED)


def downloads_stopped(*, members: Iterable[Member], file: Attachment) -> None:
    """Report that somebody wanted more files than anybody needs at work, of which this was the first that he did not get."""
    by = _record(members, file, FileVerb.STOPPED)
    log.warning("downloads of person %s at vendor %s stopped: too many in an hour", by.person_id, by.vendor_id)


def _record(members: Iterable[Member], file: Attachment, verb: FileVerb) -> Member:
    by = next(member for member in members if member.vendor_id == file.vendor_id)
    about = ("attachment", file.pk)
    record([Entry(by.vendor_id, clock.now(), verb, by.actor, about, about)])
    return by
