"""File a request: number, routing, zone, clocks, first message."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from contracts.entitlement import GRANTED
from contracts.routing import serving_house
from kernel import clock
from kernel.tenancy import scope
from kernel.tenancy.scope import Scope, enter
from sla import services as timelines
from sla.engine.events import InformationComplete, Received
from sla.policies import current
from tickets.change import Change, write
from tickets.intake import missing_information
from tickets.models import Channel, Message, Ticket
from tickets.queries.entitlement import word_of
from tickets.services.files import take_drafts
from tickets.times import LONGEST_BACK
from tickets.vocabulary import Refused, Verb, Word
from tickets.zones import zone_of
from vendors.access import Act, Member
from vendors.catalog.schema import PolicyFile
from vendors.models import InstalledItem, Organisation, Person, Release, Role, Site, Vendor
from vendors.services import show_to


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it comes in. `intake` holds answers by field key of the vendor's form, `files` keys of draft attachments,
    `received_at` when a call came (aware; None: now). The licence's `authorised_user` may be another than the requester.
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
    intake: Mapping[str, Any] = field(default_factory=dict)
    files: Sequence[UUID] = ()
    received_at: datetime | None = None
    mail_id: str = ""
    follows: Ticket | None = None


def file_ticket(*, by: Member, request: Request) -> Ticket:
    """File a request for the vendor of `by`. Its clocks are computed by the workers within moments.

    Received is when it came in (M4: a call, when it was made). Raises Refused for what the vendor's file does not know.
    """
    with enter(scope.current().only(by.vendor_id)):  # a write names exactly one vendor
        customer = request.customer or request.requester.organisation
        if customer is None:
            raise Refused(_("Say for which customer this is."), "customer")
        _check_allowed(by, request, customer)
        item = request.item
        site = request.site or (item.site if item else None) or request.requester.site
        user = request.authorised_user or (item.authorised_user if item else None) or request.requester
        now = clock.now()
        policy = current(by.vendor_id, now)
        _check_words(policy, request)
        house = serving_house(policy, item=item, customer=customer, topic=request.topic, channel=request.channel)
        houses = sorted({customer.pk} | ({house.pk} if house else set()))
        if house:
            show_to(customer, house.pk)
        if request.received_at and request.received_at > now:
            raise Refused(_("This can't have come in later than now."), "received_at")
        if request.received_at and request.received_at < now - LONGEST_BACK:
            raise Refused(_("This has to lie within the past year."), "received_at")
        vendor = Vendor.objects.get(pk=by.vendor_id)
        asked = policy.calendar_choice.zone_from != ("vendor",)
        zone = zone_of(vendor, user=user, site=site, organisation=customer, asked=asked)
        ticket = Ticket(
            vendor_id=by.vendor_id,
            houses=houses,
            subject=request.subject.strip(),
            language=_language(policy, request.language),
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
            serving_house=house,
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
        judge(by, policy, ticket)
        # A worker looks at it with the commit: nothing else needs the timeline before that.
        ticket.timeline = timelines.open_timeline(vendor_id=by.vendor_id, houses=houses, wake_at=None if house else now)
        ticket.number = _next_number(vendor, now)  # late: until the commit the vendor's next request waits for it
        ticket.save(force_insert=True)
        change = Change(ticket, by, now, policy, fresh=True)
        message = _first_message(change, request)
        if request.files:
            take_drafts(by, message, request.files)
        start_clocks(change, at=request.received_at)
        change.audit(
            Verb.FILED, after={"channel": ticket.channel, "priority": ticket.claimed_priority, "house": _key(house)}
        )
        change.tell([ticket.requester_id], Word.RECEIVED)
        if house:
            change.tell(house_agents(house), Word.ROUTED)
        write(change)
        return ticket


def start_clocks(change: Change, at: datetime | None = None) -> None:
    """Let the vendor's clocks start: at filing, or when a partner hands the ticket on to the vendor (O1)."""
    ticket = change.ticket
    received = Received(
        priority=ticket.claimed_priority or None,
        urgent=ticket.urgent,
        zone=ticket.time_zone,
        country=ticket.country or None,
        zone_source=ticket.zone_source,  # type: ignore[arg-type]  # the same words
        zone_assumed=ticket.zone_assumed,
    )
    change.happened(received, at)
    if ticket.information_complete:
        change.happened(InformationComplete(), at)


def judge(by: Member, policy: PolicyFile, ticket: Ticket) -> None:
    """Write the verdict's word on the ticket (M1, O1, I4); what a supervisor granted stays so. A partner does not read the
    contracts on which it rests.
    """
    if ticket.entitlement != GRANTED:
        with enter(Scope.of(by.vendor_id)) if by.house else nullcontext():
            ticket.entitlement = word_of(policy, ticket)


def house_agents(house: Organisation) -> list[int]:
    """The people of a partner house who work on tickets, by key; a customer may not see them, but what he files concerns
    them.
    """
    with enter(Scope.of(house.vendor_id)):
        people = Person.objects.filter(organisation=house, role=Role.PARTNER_AGENT, active=True)
        return list(people.values_list("pk", flat=True))


def _check_allowed(by: Member, request: Request, customer: Organisation) -> None:
    if by.is_customer and (customer.pk != by.organisation_id or request.requester.pk != by.person_id):
        raise Refused(_("There is no such customer."), "customer")
    if not (by.may(Act.FILE_REQUEST) or by.may(Act.WORK_TICKETS)):
        raise Refused(_("You can't file requests here."))
    if request.item and request.item.organisation_id != customer.pk:
        raise Refused(_("There is no such item at this customer."), "item")
    if request.received_at and by.is_customer:
        raise Refused(_("Leave out when it came in."), "received_at")


def _check_words(policy: PolicyFile, request: Request) -> None:
    if not request.subject.strip():
        raise Refused(_("Say in a few words what it is about."), "subject")
    if not request.body.strip():
        raise Refused(_("Describe what happened."), "body")
    if request.topic and request.topic not in {topic.key for topic in policy.topics}:
        raise Refused(_("Choose one of the topics."), "topic")
    if request.claimed_priority and request.claimed_priority not in {p.key for p in policy.priorities}:
        raise Refused(_("Choose one of the priorities."), "claimed_priority")
    if request.urgent and policy.urgency is None:
        raise Refused(_("This vendor knows priorities instead of “urgent”."), "urgent")


def _first_message(change: Change, request: Request) -> Message:
    ticket = change.ticket
    return Message.objects.create(
        vendor_id=ticket.vendor_id,
        ticket=ticket,
        author=request.requester,
        visibility=Message.Visibility.PUBLIC,
        body=request.body.strip(),
        language=ticket.language,
        channel=request.channel,
        at=ticket.received_at,
        recorded_at=change.now,
        mail_id=request.mail_id,
    )


def _next_number(vendor: Vendor, now: datetime) -> str:
    with enter(Scope.of(vendor.pk), savepoint=False), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tickets_ticketnumber (vendor_id, year, last) VALUES (%s, %s, 1)"
            " ON CONFLICT (vendor_id, year) DO UPDATE SET last = tickets_ticketnumber.last + 1 RETURNING last",
            [vendor.pk, now.year],
        )
        return f"{vendor.prefix}-{now.year}-{cursor.fetchone()[0]:06d}"


def _language(policy: PolicyFile, language: str) -> str:
    return language if language in policy.vendor.languages else policy.vendor.fallback_language


def _key(house: Organisation | None) -> int | None:
    return house.pk if house else None
