"""What answers look like. Who reads is in the context: customers get the customer's view."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from interfaces.api.clock_shapes import ClockSerializer, clocks_for
from interfaces.common.reader import Reader
from kernel import clock
from sla.engine.state import Folded
from sla.policies import current
from tickets.intake import missing_information
from tickets.models import Attachment, Channel, Classification, EscalationRequest, Message, State, Ticket, ZoneSource
from tickets.queries.requests import clocks_of
from vendors.access import Member
from vendors.models import Role


class OrNull(serializers.CharField):
    """A text; the empty one is null."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_null=True, **kwargs)

    def to_representation(self, value: Any) -> Any:
        """The text or None."""
        return str(value) if value else None


class Moment(serializers.DateTimeField):
    """An instant in UTC, whichever zone the reader's pages are in."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(default_timezone=UTC, **kwargs)


class Named(serializers.Serializer[Any]):
    """A person, an organisation or a site: key and name."""

    id = serializers.IntegerField()
    name = serializers.CharField()


class TicketSerializer(serializers.Serializer[Ticket]):
    """A ticket as a list shows it. Instants are UTC. `level` is null for customers."""

    vendor = serializers.SerializerMethodField(help_text="The vendor's slug.")
    number = serializers.CharField()
    url = serializers.SerializerMethodField()
    subject = serializers.CharField()
    state = serializers.ChoiceField(choices=State.choices)
    language = serializers.CharField()
    channel = serializers.ChoiceField(choices=Channel.choices)
    topic = OrNull()
    claimed_priority = OrNull(help_text="The customer's word.")
    priority = OrNull(help_text="The vendor's word; null until it is assigned.")
    urgent = serializers.BooleanField()
    urgent_reason = OrNull()
    classification = serializers.ChoiceField(choices=Classification.choices)
    outcome = OrNull()
    outcome_on = serializers.DateField(source="outcome_date", allow_null=True)
    cancel_reason = OrNull()
    information_complete = serializers.BooleanField()
    entitlement = OrNull(
        help_text="The verdict at filing: entitled, elsewhere, not_owed or ask (something unknown decides); granted: a"
        " supervisor serves what is not owed."
    )
    customer = Named()
    site = Named(allow_null=True)
    requester = Named()
    authorised_user = Named(allow_null=True)
    item = OrNull(help_text="Serial or licence number.")
    product = OrNull()
    release = serializers.SerializerMethodField()
    assignee = Named(allow_null=True)
    level = serializers.SerializerMethodField()
    serving_house = Named(allow_null=True, help_text="The partner who serves it; null: the vendor itself.")
    country = OrNull()
    time_zone = serializers.CharField()
    zone_source = serializers.ChoiceField(choices=ZoneSource.choices)
    zone_assumed = serializers.BooleanField()
    follows = serializers.SerializerMethodField(help_text="The number of the ticket that this one continues.")
    created_at = Moment()
    received_at = Moment()
    resolved_at = Moment(allow_null=True)
    changed_at = Moment()
    last_message_at = Moment(allow_null=True)
    last_message_by_staff = serializers.BooleanField()
    clocks = serializers.SerializerMethodField(help_text="As they stand at this moment; promised ones for customers.")

    def get_vendor(self, ticket: Ticket) -> str:
        """Slug."""
        return str(self.context["view_of"].slugs[ticket.vendor_id])

    def get_url(self, ticket: Ticket) -> str:
        """Where this resource is."""
        return str(self.context["view_of"].url_of(ticket))

    def get_release(self, ticket: Ticket) -> str | None:
        """Name."""
        return ticket.release.name if ticket.release else None

    def get_level(self, ticket: Ticket) -> int | None:
        """How far the ladder has raised it."""
        return None if self.context["view_of"].member(ticket).is_customer else ticket.level

    def get_follows(self, ticket: Ticket) -> str | None:
        """Number."""
        return ticket.follows.number if ticket.follows else None

    @extend_schema_field(ClockSerializer(many=True))
    def get_clocks(self, ticket: Ticket) -> list[dict[str, Any]]:
        """Response, resolution by cycle, update by cycle."""
        view: View = self.context["view_of"]
        return clocks_for(view.member(ticket), view.folded.get(ticket.pk))


class ReviewSerializer(serializers.Serializer[EscalationRequest]):
    """A review that the customer asked for."""

    state = serializers.ChoiceField(choices=EscalationRequest.State.choices)
    requester = Named()
    reason = serializers.CharField()
    executive = serializers.BooleanField()
    reviewer = Named(allow_null=True)
    answer = OrNull()
    at = Moment()
    reviewed_at = Moment(allow_null=True)


class TicketDetail(TicketSerializer):
    """A ticket with what its form was answered, and the reviews that were asked for."""

    answers = serializers.SerializerMethodField(help_text="By the key of the form's field.")
    declarations = serializers.SerializerMethodField(help_text="Keys of what the requester confirmed.")
    missing_information = serializers.SerializerMethodField(help_text="Keys of required fields without an answer.")
    reviews = serializers.SerializerMethodField()

    def get_answers(self, ticket: Ticket) -> dict[str, str]:
        """Texts only."""
        return {key: str(value) for key, value in ticket.intake.items() if isinstance(value, str | int | float)}

    def get_declarations(self, ticket: Ticket) -> list[str]:
        """Keys."""
        return [str(key) for key in ticket.intake.get("declarations", [])]

    def get_missing_information(self, ticket: Ticket) -> list[str]:
        """Keys."""
        files = False if self.context["view_of"].fresh else None  # the API files without files
        missing = missing_information(current(ticket.vendor_id), ticket, filed_with_files=files)
        return [field.key for field in missing]

    @extend_schema_field(ReviewSerializer(many=True))
    def get_reviews(self, ticket: Ticket) -> Any:
        """Newest first."""
        if self.context["view_of"].fresh:
            return []
        rows = ticket.escalations.select_related("requester", "reviewer").order_by("-pk")
        return [ReviewSerializer().to_representation(row) for row in rows]


class FileSerializer(serializers.Serializer[Attachment]):
    """A file of a message."""

    key = serializers.UUIDField()
    name = serializers.CharField()
    size = serializers.IntegerField(help_text="Bytes.")
    content_type = serializers.CharField(help_text="Told by content.")
    sha256 = serializers.CharField()
    url = serializers.SerializerMethodField(help_text="The download.")

    def get_url(self, file: Attachment) -> str:
        """Address of the download."""
        request: Request = self.context["request"]
        return request.build_absolute_uri(reverse("api:file", args=[file.key]))


class MessageSerializer(serializers.Serializer[Message]):
    """Something said on a ticket. `house` is the partner to whom it belongs; null: the vendor or the customer."""

    id = serializers.IntegerField()
    url = serializers.SerializerMethodField(help_text="The ticket's messages.")
    ticket = serializers.SerializerMethodField(help_text="The ticket's number.")
    author = Named(allow_null=True)
    by_staff = serializers.BooleanField()
    house = Named(allow_null=True)
    visibility = serializers.ChoiceField(choices=Message.Visibility.choices)
    body = serializers.CharField()
    language = serializers.CharField()
    channel = serializers.ChoiceField(choices=Channel.choices)
    qualified = serializers.BooleanField()
    next_steps = OrNull()
    next_steps_on = serializers.DateField(allow_null=True)
    at = Moment(help_text="When it was said.")
    recorded_at = Moment(help_text="When it was written down.")
    files = FileSerializer(source="attachments", many=True)

    def get_url(self, message: Message) -> str:
        """Where it stands."""
        return f"{self.context['view_of'].url_of(self.context['ticket'])}messages/"

    def get_ticket(self, message: Message) -> str:
        """Number."""
        return str(self.context["ticket"].number)


class TicketPage(serializers.Serializer[Any]):
    """Tickets, newest first, and the address of the page that follows."""

    next = serializers.URLField(allow_null=True)
    results = TicketSerializer(many=True)


class MessagePage(serializers.Serializer[Any]):
    """Messages in the order of writing, and the address of the page that follows."""

    next = serializers.URLField(allow_null=True)
    results = MessageSerializer(many=True)


class MembershipSerializer(serializers.Serializer[Any]):
    """Who the reader is at one vendor."""

    vendor = serializers.CharField(help_text="Slug.")
    vendor_name = serializers.CharField()
    person = serializers.IntegerField()
    role = serializers.ChoiceField(choices=Role.choices)
    organisation = serializers.IntegerField(allow_null=True)
    may = serializers.ListField(child=serializers.CharField())


class MeSerializer(serializers.Serializer[Any]):
    """The login and its memberships."""

    email = serializers.EmailField()
    name = serializers.CharField()
    language = serializers.CharField()
    time_zone = serializers.CharField()
    memberships = MembershipSerializer(many=True)


class View:
    """What the shapes of some tickets need to know: the reader's memberships, the vendors' slugs, the clocks at this moment."""

    def __init__(
        self,
        request: Request,
        reader: Reader,
        tickets: Sequence[Ticket],
        now: datetime | None = None,
        *,
        fresh: bool = False,
    ) -> None:
        self.request = request
        self.fresh = fresh  # filed in this very request: nothing hangs on it yet
        self.slugs: Mapping[int, str] = {vendor.id: vendor.slug for vendor in reader.vendors}
        self.members: Mapping[int, Member] = {member.vendor_id: member for member in reader.all_members}
        self.folded: Mapping[int, Folded] = clocks_of(tickets, now or clock.now()) if tickets else {}

    def member(self, ticket: Ticket) -> Member:
        """Who the reader is at the ticket's vendor."""
        return self.members[ticket.vendor_id]

    def url_of(self, ticket: Ticket) -> str:
        """The ticket's address."""
        path = reverse("api:ticket", args=[self.slugs[ticket.vendor_id], ticket.number])
        return self.request.build_absolute_uri(path)

    @property
    def context(self) -> dict[str, Any]:
        """For the serializers."""
        return {"view_of": self, "request": self.request}
