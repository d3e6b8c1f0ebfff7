"""What is said on a ticket: messages, replies, notes, files."""

from typing import Any
from uuid import UUID

from django.db.models import Prefetch
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from interfaces.api import inputs, schema
from interfaces.api.intake import checked_answers
from interfaces.api.once import created
from interfaces.api.shapes import MessagePage, MessageSerializer, View
from interfaces.api.views.base import ApiView, page_url, require
from interfaces.common.files import attachment
from sla.policies import current
from tickets import services
from tickets.access import readable_messages
from tickets.models import Attachment, Channel, Message, Ticket
from tickets.queries import listing
from tickets.vocabulary import Refused
from vendors.access import Act, Member

_STAFF_ONLY = ("qualified", "next_steps", "next_steps_on", "at")
_RELATED = ("author", "house")


class Messages(ApiView):
    """What the reader may read of a ticket's conversation."""

    @extend_schema(
        operation_id="messages_list",
        parameters=[*schema.TICKET, inputs.PageQuery],
        responses=schema.reads(MessagePage),
        tags=["Conversation"],
    )
    def get(self, request: Request, vendor: str, number: str) -> Response:
        """List the messages of a ticket in the order of writing."""
        query = inputs.query_of(request, inputs.PageQuery)
        member = self.member(vendor)
        ticket = self.ticket(member, number)
        files = Attachment.objects.filter(state=Attachment.State.READY).order_by("pk")
        rows = Message.objects.filter(readable_messages(member), ticket=ticket).select_related(*_RELATED)
        cursor = query.get("cursor")
        found, following = listing.message_page(
            rows.prefetch_related(Prefetch("attachments", files)), int(cursor) if cursor else None, query["limit"]
        )
        view = View(request, self.reader, [])
        shape = MessageSerializer(context=view.context | {"ticket": ticket})
        shown = [shape.to_representation(message) for message in found]
        return Response({"next": page_url(request, following), "results": shown})


class _Saying(ApiView):
    def said(self, message: Message, ticket: Ticket) -> Response:
        """201 with the message."""
        view = View(self.request, self.reader, [])
        return created(MessageSerializer(message, context=view.context | {"ticket": ticket}).data)


class Replies(_Saying):
    """Public answers."""

    @extend_schema(
        operation_id="replies_create",
        request=inputs.NewReply,
        parameters=[*schema.TICKET, schema.ONCE],
        responses=schema.writes(MessageSerializer, 201),
        tags=["Conversation"],
    )
    def post(self, request: Request, vendor: str, number: str) -> Response:
        """Answer publicly. A customer's answer ends waiting and reopens a resolved ticket; to a closed or cancelled one it
        makes a new ticket, whose number the answer names.
        """
        member = self.member(vendor)
        ticket = self.ticket(member, number)
        data = inputs.body_of(request, inputs.NewReply)
        require(member, Act.WORK_TICKETS, Act.FILE_REQUEST)

        def act() -> Response:
            if member.is_customer:
                return self.said(*_customer_reply(member, ticket, data))
            return self.said(_staff_reply(member, ticket, data), ticket)

        return self.once(member, act)


class Notes(_Saying):
    """Internal notes."""

    @extend_schema(
        operation_id="notes_create",
        request=inputs.NewNote,
        parameters=[*schema.TICKET, schema.ONCE],
        responses=schema.writes(MessageSerializer, 201),
        tags=["Conversation"],
    )
    def post(self, request: Request, vendor: str, number: str) -> Response:
        """Write a note that only your house reads, and the houses with which you share it."""
        member = self.member(vendor)
        ticket = self.ticket(member, number)
        data = inputs.body_of(request, inputs.NewNote)
        require(member, Act.WORK_TICKETS)
        return self.once(member, lambda: self.said(services.note(by=member, ticket_id=ticket.pk, **data), ticket))


class File(ApiView):
    """A file of a message."""

    @extend_schema(
        operation_id="files_read",
        responses=schema.downloads(),
        tags=["Conversation"],
    )
    def get(self, request: Request, key: UUID) -> HttpResponseBase:
        """Download a file."""
        return attachment(request._request, key)


def _staff_reply(member: Member, ticket: Ticket, data: dict[str, Any]) -> Message:
    if "answers" in data:
        raise Refused(_("Leave this out: it is for the customer."), "answers")
    return services.reply(by=member, ticket_id=ticket.pk, channel=Channel.API, **data)


def _customer_reply(member: Member, ticket: Ticket, data: dict[str, Any]) -> tuple[Message, Ticket]:
    for name in _STAFF_ONLY:
        if data.get(name):
            raise Refused(_("Leave this out: it is for staff."), name)
    answers = checked_answers(current(member.vendor_id), data.get("answers", {}))
    where = services.customer_writes(
        by=member, ticket_id=ticket.pk, body=data["body"], channel=Channel.API, answers=answers
    )
    # The ticket is locked: the last word of this person on it is the one just written.
    message = Message.objects.filter(readable_messages(member), ticket=where, author=member.person_id).latest("pk")
    return message, where
