"""A request before it is filed, and the ticket that it would become: the same for who foretells and for who files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from contracts.entitlement import Verdict
from contracts.gathering import judged
from contracts.routing import serving_house
from kernel.tenancy.scope import Scope, enter
from sla.engine.events import Fact, InformationComplete, Received
from sla.policies import current
from tickets.intake import missing_information
from tickets.judged import subject_of
from tickets.models import Channel, Ticket
from tickets.times import LONGEST_BACK
from tickets.vocabulary import Refused
from tickets.zones import zone_of
from vendors.access import Act, Member
from vendors.catalog.schema import PolicyFile
from vendors.models import InstalledItem, Organisation, Person, Release, Site, Vendor


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it comes in. `intake` holds answers by field key of the vendor's form, `files` keys of draft attachments,
    `received_at` when a call came (aware; None: now). The licence's `authorised_user` may be another than the requester.
    `support_partner` is whom the customer chose for what support partners serve (I8).
    """

    requester: Person
    subject: str
    body: str
    language: str
    channel: str = Channel.PORTAL
    customer: Organisation | None = None
    site: Site | None = None
    item: InstalledItem | None = None
    release: Release | None = None
    authorised_user: Person | None = None
    topic: str = ""
    claimed_priority: str = ""
    urgent: bool = False
    urgent_reason: str = ""
    support_partner: Organisation | None = None
    intake: Mapping[str, Any] = field(default_factory=dict)
    files: Sequence[UUID] = ()
    received_at: datetime | None = None
    mail_id: str = ""
    follows: Ticket | None = None


@dataclass(frozen=True, slots=True)
class Unfiled:
    """What a request would become: a ticket without number and timeline, its verdict, the house that would serve it."""

    ticket: Ticket
    policy: PolicyFile
    vendor: Vendor
    found: Verdict
    house: Organisation | None


def unfiled(*, by: Member, request: Request, now: datetime) -> Unfiled:
    """The ticket that a request would become at `now`, for the vendor of `by`; nothing is stored. Subject and words may still
    be missing. Raises Refused for what the vendor's file does not know or `by` may not say.
    """
    customer = request.customer or request.requester.organisation
    if customer is None:
        raise Refused(_("Say for which customer this is."), "customer")
    policy = current(by.vendor_id, now)
    _check_allowed(by, request, customer)
    _check_words(policy, request, now)
    vendor = Vendor.objects.get(pk=by.vendor_id)
    ticket = _ticket(policy, vendor, request, customer, now)
    with all_of_vendor(by):
        subject = subject_of(policy, ticket)
        found = judged(policy, subject)
        house = serving_house(policy, subject, found, request.support_partner)
    ticket.entitlement, ticket.serving_house = found.word, house
    # A partner who files for his customer what another house serves hands it on with that, and follows it (I6).
    filing = [by.house] if by.house and by.house != ticket.serving_house_id else []
    ticket.past_houses = filing if policy.routing.partner_follows else []
    ticket.houses = sorted({customer.pk, *ticket.past_houses, *([house.pk] if house else [])})
    return Unfiled(ticket, policy, vendor, found, house)


def clock_facts(ticket: Ticket) -> list[Fact]:
    """What the vendor's clocks are told when a ticket reaches it: at filing, or when a partner hands it on (O1)."""
    received = Received(
        priority=ticket.claimed_priority or None,
        urgent=ticket.urgent,
        zone=ticket.time_zone,
        country=ticket.country or None,
        zone_source=ticket.zone_source,  # type: ignore[arg-type]  # the same words
        zone_assumed=ticket.zone_assumed,
    )
    return [received, InformationComplete()] if ticket.information_complete else [received]


def all_of_vendor(by: Member) -> AbstractContextManager[Any]:
    """The scope in which a request is judged: a partner does not read the contracts on which the verdict rests."""
    return enter(Scope.of(by.vendor_id)) if by.house else nullcontext()


def _ticket(policy: PolicyFile, vendor: Vendor, request: Request, customer: Organisation, now: datetime) -> Ticket:
    item = request.item
    site = request.site or (item.site if item else None) or request.requester.site
    user = request.authorised_user or (item.authorised_user if item else None) or request.requester
    asked = policy.calendar_choice.zone_from != ("vendor",)
    zone = zone_of(vendor, user=user, site=site, organisation=customer, asked=asked)
    ticket = Ticket(
        vendor_id=vendor.pk,
        subject=request.subject.strip(),
        language=policy.spoken(request.language),
        channel=request.channel,
        customer=customer,
        site=site,
        requester=request.requester,
        authorised_user=user,
        item=item,
        product=item.product if item else None,
        release=request.release or (item.release if item else None),
        topic=request.topic,
        intake=dict(request.intake),
        claimed_priority=request.claimed_priority,
        urgent=request.urgent,
        urgent_reason=request.urgent_reason.strip(),
        country=zone.country,
        time_zone=zone.name,
        zone_source=zone.source,
        zone_assumed=zone.assumed,
        follows=request.follows,
        created_at=now,
        received_at=request.received_at or now,
        changed_at=now,
        listed_at=now,
        state_at=now,
        last_author=request.requester,
        last_message_at=request.received_at or now,
        last_message_by_staff=False,
    )
    ticket.information_complete = not missing_information(policy, ticket, filed_with_files=bool(request.files))
    return ticket


def _check_allowed(by: Member, request: Request, customer: Organisation) -> None:
    if by.is_customer and (customer.pk != by.organisation_id or request.requester.pk != by.person_id):
        raise Refused(_("There is no such customer."), "customer")
    if not (by.may(Act.FILE_REQUEST) or by.may(Act.WORK_TICKETS)):
        raise Refused(_("You can't file requests here."))
    if request.item and request.item.organisation_id != customer.pk:
        raise Refused(_("There is no such item at this customer."), "item")
    if request.received_at and by.is_customer:
        raise Refused(_("Leave out when it came in."), "received_at")
    chosen = request.support_partner
    if chosen and (chosen.vendor_id != by.vendor_id or chosen.kind != Organisation.Kind.SUPPORT_PARTNER):
        raise Refused(_("Choose one of the support partners."), "support_partner")


def _check_words(policy: PolicyFile, request: Request, now: datetime) -> None:
    if request.topic and request.topic not in {topic.key for topic in policy.topics}:
        raise Refused(_("Choose one of the topics."), "topic")
    if request.claimed_priority and request.claimed_priority not in {p.key for p in policy.priorities}:
        raise Refused(_("Choose one of the priorities."), "claimed_priority")
    if request.urgent and policy.urgency is None:
        raise Refused(_("This vendor knows priorities instead of “urgent”."), "urgent")
    if request.received_at and request.received_at > now:
        raise Refused(_("This can't have come in later than now."), "received_at")
    if request.received_at and request.received_at < now - LONGEST_BACK:
        raise Refused(_("This has to lie within the past year."), "received_at")
