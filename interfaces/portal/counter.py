"""Where a person files a request: the vendor, who he is there, its file, what he can name, and what he has typed so far."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest
from django.utils.translation import get_language

from interfaces.common.reader import Reader, VendorChoice, reader_of
from interfaces.portal.intake import IntakeForm
from interfaces.portal.once import done_as
from interfaces.portal.steps import Way
from sla.policies import current
from tickets.models import Attachment, RequestDraft
from tickets.queries.intake import Known, files_of, known_to, request_draft
from vendors.access import Member
from vendors.catalog.schema import PolicyFile, Text


@dataclass(frozen=True)
class Counter:
    """One vendor's counter, as this person stands before it."""

    vendor: VendorChoice
    member: Member
    policy: PolicyFile
    language: str

    @cached_property
    def known(self) -> Known:
        """What his form offers."""
        return known_to(self.member)

    @cached_property
    def way(self) -> Way:
        """The steps of the vendor's form."""
        return Way.of(self.policy)

    def say(self, text: Text | None) -> str:
        """A text of the vendor's file in the reader's language."""
        return self.policy.say(text, self.language) if text else ""

    def form(self, data: Any = None, **more: Any) -> IntakeForm:
        """The vendor's form (see IntakeForm)."""
        return IntakeForm(self.policy, self.known, self.language, data, **more)

    def whole(self, draft: RequestDraft) -> IntakeForm:
        """Everything that was typed, checked as if it had just been sent."""
        form = self.form(typed=draft.values, judged=True)
        form.is_valid()
        return form

    def draft(self, key: UUID) -> RequestDraft | None:
        """His draft of that key."""
        return request_draft(self.member, key)

    def own_draft(self, key: UUID) -> RequestDraft:
        """His draft of that key. Raises Http404."""
        draft = self.draft(key)
        if draft is None:
            raise Http404
        return draft

    def files(self, draft: RequestDraft | None) -> list[Attachment]:
        """The files of a draft."""
        return files_of(draft) if draft else []

    def sent(self, key: UUID) -> str:
        """The number of the ticket that a draft has become, or empty."""
        done = done_as(sent_key(key), self.member)
        return str(done["number"]) if done else ""


def sent_key(key: UUID) -> str:
    """Under what it is kept that a draft was sent."""
    return f"request {key.hex}"


def open_counter(request: HttpRequest, slug: str) -> Counter:
    """The counter of the vendor with that slug, whatever the switcher says: a link opens. Raises Http404 for who is no customer
    there.
    """
    reader = reader_of(request)
    for vendor, member in customers_at(reader):
        if vendor.slug == slug:
            return Counter(vendor, member, current(vendor.id), reading())
    raise Http404


def customers_at(reader: Reader) -> list[tuple[VendorChoice, Member]]:
    """The vendors of which the reader is a customer, with who he is there."""
    members = {member.vendor_id: member for member in reader.all_members if member.is_customer}
    return [(vendor, members[vendor.id]) for vendor in reader.vendors if vendor.id in members]


def reading() -> str:
    """The reader's language, as the vendors' files name it."""
    return (get_language() or "en")[:2]
