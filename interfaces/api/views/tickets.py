"""Tickets: the list, one, and filing."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from contracts.routing import support_partners
from interfaces.api import inputs, schema
from interfaces.api.entitlement_shapes import EntitlementSerializer, OutlookSerializer
from interfaces.api.intake import checked_answers, checked_declarations
from interfaces.api.once import created
from interfaces.api.shapes import TicketDetail, TicketPage, TicketSerializer, View
from interfaces.api.views.base import ApiView, page_url, require
from interfaces.common import limits
from kernel import clock
from sla.policies import current
from tickets import services
from tickets.models import Channel, Ticket
from tickets.queries import filing, listing
from tickets.queries.outlook import outlook
from tickets.queries.served import served
from tickets.services import Request as NewRequest
from tickets.vocabulary import Refused
from vendors.access import Act, Member
from vendors.models import Organisation


class FilingView(ApiView):
    """Where requests are filed, or might be."""

    def filing_member(self, slug: str) -> Member:
        """Who files at a vendor. Raises Refused for one that is not there, PermissionDenied for who may not file."""
        for vendor in self.reader.vendors:
            if vendor.slug == slug:
                member = self.reader.member(vendor.id)
                require(member, Act.FILE_REQUEST, Act.WORK_TICKETS)
                return member
        raise Refused(_("There is no such vendor."), "vendor")


class Tickets(FilingView):
    """All tickets that the reader sees."""

    @extend_schema(
        operation_id="tickets_list",
        parameters=[inputs.TicketQuery],
        responses=schema.reads(TicketPage),
        tags=["Tickets"],
    )
    def get(self, request: Request) -> Response:
        """List tickets, newest first."""
        query = inputs.query_of(request, inputs.TicketQuery)
        members = self._members(query.get("vendor"))
        rows = listing.matching(members, self._criteria(query))
        cursor = query.get("cursor")
        tickets, following = listing.page(rows, int(cursor) if cursor else None, query["limit"])
        limits.listed(self.reader, ((ticket.vendor_id, ticket.number) for ticket in tickets))
        view = View(request, self.reader, tickets)
        shape = TicketSerializer(context=view.context)
        shown = [shape.to_representation(ticket) for ticket in tickets]
        return Response({"next": page_url(request, following), "results": shown})

    @extend_schema(
        operation_id="tickets_create",
        request=inputs.NewTicket,
        parameters=[schema.ONCE],
        responses=schema.writes(TicketDetail, 201),
        tags=["Tickets"],
    )
    def post(self, request: Request) -> Response:
        """File a request. Its clocks count from now, or from `received_at`."""
        data = inputs.body_of(request, inputs.NewTicket)
        member = self.filing_member(data["vendor"])

        def act() -> Response:
            ticket = services.file_ticket(by=member, request=_request(member, data))
            return created(self.as_filed(member, ticket))

        return self.once(member, act)

    def _members(self, slug: str | None) -> tuple[Member, ...]:
        members = self.reader.all_members
        if slug is None:
            return members
        keys = {vendor.id for vendor in self.reader.vendors if vendor.slug == slug}
        return tuple(member for member in members if member.vendor_id in keys)

    def _criteria(self, query: dict[str, Any]) -> listing.Criteria:
        return listing.Criteria(
            states=query.get("state", ()),
            priorities=query.get("priority", ()),
            assignees=self._assignees(query.get("assignee")),
            breached=query.get("breached"),
            updated_since=query.get("updated_since"),
            search=query.get("search", ""),
        )

    def _assignees(self, word: str | None) -> list[int] | None:
        if word is None:
            return None
        if word == "me":
            # Whom a login without memberships could mean is nobody's key, not "nobody".
            return [m.person_id for m in self.reader.all_members if m.person_id] or [0]
        return [] if word == "nobody" else [int(word)]


class TicketOutlook(FilingView):
    """What would become of a request."""

    @extend_schema(
        operation_id="tickets_outlook",
        request=inputs.NewTicket,
        responses=schema.writes(OutlookSerializer),
        tags=["Tickets"],
    )
    def post(self, request: Request) -> Response:
        """Tell what filing this would bring: who is entitled, who serves, why, by when, at what cost. Stores nothing."""
        data = inputs.body_of(request, inputs.NewTicket)
        member = self.filing_member(data["vendor"])
        told = outlook(by=member, request=_request(member, data), now=clock.now())
        return Response(OutlookSerializer(told).data)


class Entitlement(ApiView):
    """The verdict on a ticket."""

    @extend_schema(
        operation_id="tickets_entitlement",
        parameters=schema.TICKET,
        responses=schema.reads(EntitlementSerializer),
        tags=["Tickets"],
    )
    def get(self, request: Request, vendor: str, number: str) -> Response:
        """Read who is entitled, who serves and why, judged from the records as they are now."""
        member = self.member(vendor)
        told = served(member, current(member.vendor_id), self.ticket(member, number))
        return Response(EntitlementSerializer(told).data)


class OneTicket(ApiView):
    """One ticket."""

    @extend_schema(
        operation_id="tickets_read", parameters=schema.TICKET, responses=schema.reads(TicketDetail), tags=["Tickets"]
    )
    def get(self, request: Request, vendor: str, number: str) -> Response:
        """Read a ticket."""
        ticket: Ticket = self.ticket(self.member(vendor), number)
        return Response(TicketDetail(ticket, context=View(request, self.reader, [ticket]).context).data)


def _support_partner(by: Member, key: int | None) -> Organisation | None:
    if key is None:
        return None
    chosen = next((house for house in support_partners(by.vendor_id) if house.pk == key), None)
    if chosen is None:
        raise Refused(_("Choose one of the support partners."), "support_partner")
    return chosen


def _request(by: Member, data: dict[str, Any]) -> NewRequest:
    requester = filing.requester_of(by, data.get("requester"))
    if requester is None:
        raise Refused(_("Say who asks: the key of a person of the customer's."), "requester")
    item = filing.item_of(requester, data["item"]) if "item" in data else None
    if "item" in data and item is None:
        raise Refused(_("There is no such item at this customer."), "item")
    policy = current(by.vendor_id)
    return NewRequest(
        requester=requester,
        subject=data["subject"],
        body=data["body"],
        language=data.get("language") or requester.language,
        channel=Channel.API,
        item=item,
        topic=data.get("topic", ""),
        support_partner=_support_partner(by, data.get("support_partner")),
        claimed_priority=data.get("claimed_priority", ""),
        urgent=data["urgent"],
        urgent_reason=data.get("urgent_reason", ""),
        intake=checked_answers(policy, data.get("answers", {}))
        | checked_declarations(policy, data.get("declarations", [])),
        received_at=data.get("received_at"),
    )
