"""Requests that were begun and not sent, as lists show them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from interfaces.common.reader import VendorChoice
from interfaces.portal.counter import reading
from sla.policies import current
from tickets.models import RequestDraft
from tickets.queries.intake import request_drafts
from tickets.services.request_drafts import KEPT
from vendors.access import Member


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A draft with what names it, and until when it is kept (aware)."""

    draft: RequestDraft
    vendor: VendorChoice
    title: str
    until: datetime


def unfinished(members: Iterable[Member], vendors: Iterable[VendorChoice]) -> Sequence[Unfinished]:
    """What a person can go on with at these memberships, the latest first; one query."""
    choices = {vendor.id: vendor for vendor in vendors}
    return [
        Unfinished(draft, choices[draft.vendor_id], _title(draft), draft.changed_at + KEPT)
        for draft in request_drafts(members)
    ]


def _title(draft: RequestDraft) -> str:
    """Its subject, else its topic, as far as there is any."""
    subject, topic = ("".join(draft.values.get(name, [])[-1:]).strip() for name in ("subject", "topic"))
    if subject:
        return subject
    policy = current(draft.vendor_id)
    named = next((policy.say(row.name, reading()) for row in policy.topics if row.key == topic), "")
    return named or _("A request without a subject")
