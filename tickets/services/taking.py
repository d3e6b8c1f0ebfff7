"""Files and lists that people take away are in the audit, and whoever takes too much is reported to who can do something."""

import logging
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from kernel import clock
from kernel.audit.services import Entry, record
from kernel.outbox.services import Letter, put
from kernel.tenancy.scope import Scope, enter
from tickets.models import Attachment
from vendors.access import MAY, Act, Member
from vendors.models import Person

log = logging.getLogger(__name__)
TOPIC = "taking"  # the outbox's topic
_ADMINS = sorted(role for role, acts in MAY.items() if Act.MANAGE_VENDOR in acts)


class TakingVerb(StrEnum):
    """What was taken away beside a ticket's own history."""

    DOWNLOADED = "file.downloaded"
    EXPORTED = "list.exported"
    STOPPED = "taking.stopped"


def downloaded(*, by: Member, file: Attachment) -> None:
    """Write down that somebody took a file that he may read."""
    _record(by, TakingVerb.DOWNLOADED, ("attachment", file.pk), {})


def exported(*, by: Member, what: str, rows: int, filters: Any) -> None:
    """Write down that somebody took so many rows of a list of the vendor's; `filters` in words of the list's own vocabulary."""
    _record(by, TakingVerb.EXPORTED, ("person", by.person), {"list": what, "rows": rows, "filters": filters})


def stopped(*, by: Member, limit: str, opens_at: datetime, mailed: bool) -> None:
    """Report that somebody wanted more than anybody needs at work: audit, log, and if `mailed` a letter to each of the vendor's
    admins. `limit` is its word, which opens again at `opens_at` (aware).
    """
    until = opens_at.isoformat()
    _record(by, TakingVerb.STOPPED, ("person", by.person), {"limit": limit, "until": until})
    log.warning("person %s at vendor %s stopped: too many %s until %s", by.person, by.vendor_id, limit, until)
    if not mailed:
        return
    # Letters are the vendor's, whoever causes them, and so are the people who get them.
    with enter(Scope.of(by.vendor_id)):
        admins = Person.objects.filter(vendor_id=by.vendor_id, role__in=_ADMINS, active=True).order_by("pk")
        facts = {"who": by.person, "limit": limit, "until": until}
        letters = (
            Letter(by.vendor_id, TOPIC, f"{TOPIC}:{limit}:{by.person}:{until}:{admin}", facts | {"person": admin})
            for admin in admins.values_list("pk", flat=True)
        )
        put(letters, at=clock.now())


def _record(by: Member, verb: TakingVerb, about: tuple[str, int], after: Mapping[str, Any]) -> None:
    record([Entry(by.vendor_id, clock.now(), verb, by.actor, about, about, after=after)])
