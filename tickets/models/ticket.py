"""Tickets and what hangs on them. Who sees a ticket is in its `houses`: customer, serving house, past houses."""

from datetime import datetime
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from kernel.tenancy.constraints import ORGANISATIONS, KeptByVendor, RowCheck, RowLevelSecurity
from kernel.tenancy.models import MINE, HousedModel, TenantForeignKey, TenantModel, child_of, person_of
from sla.models import Timeline
from vendors.models import InstalledItem, Organisation, Person, Product, Release, Site, Team

_OF_TICKET = child_of("tickets_ticket", "ticket_id")
# A ticket is seen by its customer, by who serves it, and by whom the vendor lets follow it; by nobody else.
_HOUSES = "customer_id || past_houses || array_remove(ARRAY[serving_house_id], NULL)"


class Channel(models.TextChoices):
    """How something came in."""

    PORTAL = "portal", _("Portal")
    MAIL = "mail", _("Mail")
    PHONE = "phone", _("Phone")
    DESK = "desk", _("Desk")
    API = "api", _("API")


class State(models.TextChoices):
    """The states of a ticket; tickets.machine says which change leads where."""

    NEW = "new", _("New")
    OPEN = "open", _("Open")
    WAITING = "waiting", _("Waiting for customer")
    THIRD_PARTY = "third_party", _("Waiting for third party")
    RESOLVED = "resolved", _("Resolved")
    CLOSED = "closed", _("Closed")
    CANCELLED = "cancelled", _("Cancelled")


class Classification(models.TextChoices):
    """What it turned out to be (M10, M19)."""

    INCIDENT = "incident", _("Incident")
    BUG = "bug", _("Bug")
    DEFECT = "defect", _("Defect")


class ZoneSource(models.TextChoices):
    """Whose zone the clocks count in (M5)."""

    USER = "user", _("authorised user")
    SITE = "site", _("site")
    ORGANISATION = "organisation", _("organisation")
    VENDOR = "vendor", _("vendor (assumed)")


_ACTIVE = models.Q(state__in=["new", "open", "waiting", "third_party"])


# In a customer's list: open ones first, then those that wait for a confirmation, then the rest. The words stand here and not in
# the machine's set, because an index repeats them to the letter.
RANK = models.Case(
    models.When(state__in=["new", "open", "waiting", "third_party"], then=models.Value(0)),
    models.When(state="resolved", then=models.Value(1)),
    default=models.Value(2),
    output_field=models.IntegerField(),
)


class TicketNumber(TenantModel):
    """The last number given out, by year."""

    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            # How many requests a vendor gets is nobody else's business.
            RowLevelSecurity(name="%(app_label)s_%(class)s_rls", within="false"),
            models.UniqueConstraint(fields=["vendor", "year"], name="tickets_number_year"),
        ]

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"


class Ticket(HousedModel):
    """A request and its way to a solution."""

    number = models.CharField(max_length=24)
    timeline = TenantForeignKey(Timeline, models.PROTECT, related_name="tickets", db_index=False)
    subject = models.CharField(max_length=200)
    language = models.CharField(max_length=5)
    channel = models.CharField(max_length=10, choices=Channel)
    state = models.CharField(max_length=12, choices=State, default=State.NEW)
    customer = TenantForeignKey(Organisation, models.PROTECT, related_name="tickets")
    site = TenantForeignKey(Site, models.PROTECT, null=True, related_name="tickets")
    requester = TenantForeignKey(Person, models.PROTECT, related_name="requested_tickets")
    authorised_user = TenantForeignKey(Person, models.PROTECT, null=True, related_name="licensed_tickets")
    item = TenantForeignKey(InstalledItem, models.PROTECT, null=True, related_name="tickets", db_index=False)
    product = TenantForeignKey(Product, models.PROTECT, null=True, related_name="tickets")
    release = TenantForeignKey(Release, models.PROTECT, null=True, related_name="tickets")
    topic = models.CharField(max_length=60, blank=True)  # a key of the vendor's file
    intake = models.JSONField(default=dict)  # answers to the vendor's form, by field key
    information_complete = models.BooleanField(default=False)  # M8
    claimed_priority = models.CharField(max_length=12, blank=True)  # the customer's word (M3)
    priority = models.CharField(max_length=12, blank=True)  # the vendor's
    urgent = models.BooleanField(default=False)  # O6
    urgent_reason = models.CharField(max_length=400, blank=True)
    classification = models.CharField(max_length=10, choices=Classification, default=Classification.INCIDENT)
    outcome = models.CharField(max_length=40, blank=True)  # a key of the vendor's file (M9)
    outcome_date = models.DateField(null=True)
    cancel_reason = models.CharField(max_length=40, blank=True)
    assignee = TenantForeignKey(Person, models.PROTECT, null=True, related_name="assigned_tickets")
    level = models.PositiveSmallIntegerField(default=0)  # raised by the ladder, or handed up
    team = TenantForeignKey(Team, models.PROTECT, null=True, related_name="tickets", db_index=False)
    serving_house = TenantForeignKey(Organisation, models.PROTECT, null=True, related_name="served_tickets")
    past_houses = ArrayField(models.BigIntegerField(), default=list, blank=True)
    country = models.CharField(max_length=2)
    time_zone = models.CharField(max_length=60)
    zone_source = models.CharField(max_length=12, choices=ZoneSource)
    zone_assumed = models.BooleanField(default=False)
    entitlement = models.CharField(
        max_length=12, blank=True
    )  # the verdict at filing; contracts.entitlement knows the words
    follows = TenantForeignKey("self", models.PROTECT, null=True, related_name="followed_by")
    merged_into = TenantForeignKey("self", models.PROTECT, null=True, related_name="merged_from")
    created_at = models.DateTimeField()
    received_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()
    last_message_at = models.DateTimeField(null=True)
    last_message_by_staff = models.BooleanField(default=False)
    last_author = TenantForeignKey(Person, models.PROTECT, null=True, related_name="+", db_index=False)
    state_at = models.DateTimeField(null=True)  # since when it is in its state
    # For lists. `due_at` and `breached` (a promised time has run out and its clock goes on) repeat what the workers folded;
    # `listed_at` is when anything that a list shows changed last.
    due_at = models.DateTimeField(null=True)
    breached = models.BooleanField(default=False)
    listed_at = models.DateTimeField(null=True)

    class Meta(HousedModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            # Customers file for themselves; what a partner files, and who sees a ticket, is written in the vendor's scope.
            RowLevelSecurity(
                name="%(app_label)s_%(class)s_rls",
                within=f"houses && {ORGANISATIONS}",
                inserting=f"customer_id = ANY ({ORGANISATIONS}) AND past_houses = '{{}}'"
                f" AND {person_of('p.organisation_id = {table}.customer_id', 'requester_id')}",
                deleting="false",
            ),
            KeptByVendor(
                name="%(app_label)s_%(class)s_kept",
                columns=[
                    *("houses", "customer_id", "serving_house_id", "past_houses"),
                    *("number", "timeline_id", "requester_id", "created_at"),
                ],
            ),
            RowCheck(name="tickets_ticket_houses", condition=f"houses @> ({_HOUSES}) AND houses <@ ({_HOUSES})"),
            models.UniqueConstraint(fields=["vendor", "number"], name="tickets_ticket_number"),
            models.UniqueConstraint(fields=["vendor", "timeline"], name="tickets_ticket_timeline"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["vendor", "state", "-id"], name="tickets_by_state"),
            models.Index(fields=["vendor", "assignee", "state"], name="tickets_by_assignee"),
            models.Index(fields=["vendor", "due_at", "id"], name="tickets_queue", condition=_ACTIVE),
            models.Index(fields=["vendor", "assignee", "due_at", "id"], name="tickets_queue_of", condition=_ACTIVE),
            models.Index(
                fields=["vendor", "team"],
                name="tickets_to_give",
                condition=_ACTIVE & models.Q(assignee=None, serving_house=None),
            ),
            # For the counts of views: few of the active tickets are in one.
            models.Index(fields=["vendor", "id"], name="tickets_breached", condition=_ACTIVE & models.Q(breached=True)),
            models.Index(
                fields=["vendor", "id"], name="tickets_assumed", condition=_ACTIVE & models.Q(zone_assumed=True)
            ),
            models.Index(
                fields=["vendor", "classification"],
                name="tickets_bugs",
                condition=_ACTIVE & models.Q(classification__in=["bug", "defect"]),
            ),
            models.Index(
                fields=["vendor", "entitlement"],
                name="tickets_unentitled",
                condition=_ACTIVE & models.Q(entitlement__in=["elsewhere", "not_owed"]),
            ),
            models.Index(fields=["vendor", "state_at"], name="tickets_waiting", condition=models.Q(state="waiting")),
            models.Index(fields=["vendor", "-listed_at"], name="tickets_listed"),
            models.Index(fields=["vendor", "customer", "-id"], name="tickets_by_customer"),
            models.Index("vendor", "customer", RANK, models.F("id").desc(), name="tickets_listed_for"),
            models.Index(fields=["vendor", "item", "-id"], name="tickets_by_item"),
            models.Index(fields=["vendor", "requester", "-id"], name="tickets_by_requester"),
            models.Index(
                fields=["vendor", "resolved_at"], name="tickets_to_close", condition=models.Q(state="resolved")
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def enter(self, state: str, at: datetime) -> None:
        """Put it into a state; staying in one goes on since it began."""
        if state != self.state:
            self.state, self.state_at = state, at


class HandOff(TenantModel):
    """Who served the ticket from when on (O1, I6); no house is the vendor itself."""

    ticket = TenantForeignKey(Ticket, models.PROTECT, related_name="hand_offs")
    from_house = TenantForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    to_house = TenantForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    person = TenantForeignKey(Person, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    told: str | None  # what was said with it: read with the row for whom it is (tickets.queries.ticket_page)

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            RowLevelSecurity(name="%(app_label)s_%(class)s_rls", within=_OF_TICKET, writing="false"),
        ]

    def __str__(self) -> str:
        return f"hand-off of {self.ticket_id}"


class HandOffNote(TenantModel):
    """What one house told the other with a hand-off: theirs and the vendor's staff's to read, not the customer's."""

    hand_off = TenantForeignKey(HandOff, models.CASCADE, related_name="notes", db_index=False)
    text = models.TextField()

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            RowLevelSecurity(
                name="%(app_label)s_%(class)s_rls",
                within=child_of(
                    "tickets_handoff",
                    "hand_off_id",
                    f"(parent.from_house_id = ANY ({ORGANISATIONS}) OR parent.to_house_id = ANY ({ORGANISATIONS}))",
                ),
                writing="false",
            ),
            models.UniqueConstraint(fields=["vendor", "hand_off"], name="tickets_one_note_a_hand_off"),
        ]

    def __str__(self) -> str:
        return self.text


class EscalationRequest(TenantModel):
    """A customer asks for a review (M12, O19): accepted with what happens next, or declined with an answer."""

    class State(models.TextChoices):
        """Where the review stands."""

        OPEN = "open", _("Under review")
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")

    ticket = TenantForeignKey(Ticket, models.PROTECT, related_name="escalations")
    requester = TenantForeignKey(Person, models.PROTECT, related_name="+")
    reason = models.TextField()
    executive = models.BooleanField(default=False)  # asked to reach the executive sponsor (M12)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    reviewer = TenantForeignKey(Person, models.PROTECT, null=True, related_name="+")
    answer = models.TextField(blank=True)
    at = models.DateTimeField()
    reviewed_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            RowLevelSecurity(
                name="%(app_label)s_%(class)s_rls",
                within=_OF_TICKET,
                writing="false",
                inserting="state = 'open' AND answer = '' AND EXISTS (SELECT 1 FROM tickets_ticket t JOIN vendors_person p"
                " ON p.vendor_id = t.vendor_id AND p.organisation_id = t.customer_id"
                " WHERE t.vendor_id = {table}.vendor_id AND t.id = {table}.ticket_id AND p.id = {table}.requester_id)",
            ),
            models.UniqueConstraint(
                fields=["vendor", "ticket"], name="tickets_one_open_review", condition=models.Q(state="open")
            ),
        ]

    def __str__(self) -> str:
        return f"escalation of {self.ticket_id}"


class Notification(TenantModel):
    """A word to one person in the application; the same is mailed. `facts` are keys and instants, the words are made when
    it is shown, in the reader's language.
    """

    person = TenantForeignKey(Person, models.PROTECT, related_name="notifications", db_index=False)
    ticket = TenantForeignKey(Ticket, models.PROTECT, related_name="notifications", db_index=False)
    kind = models.CharField(max_length=24)
    facts = models.JSONField(default=dict)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            RowLevelSecurity(
                name="%(app_label)s_%(class)s_rls",
                within=f"{MINE} AND {_OF_TICKET}",
                writing="false",
                updating=MINE,
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["vendor", "person", "-id"], name="tickets_notes_of"),
            models.Index(fields=["vendor", "person"], name="tickets_unread", condition=models.Q(read_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.kind


class IdempotencyKey(TenantModel):
    """The answer once given to a POST of the API under its Idempotency-Key."""

    person_id = models.BigIntegerField()
    key = models.CharField(max_length=120)
    digest = models.CharField(max_length=64)  # of method, path and body
    status = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True)
    created_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            # The answers hold what only he may read who was answered.
            RowLevelSecurity(name="%(app_label)s_%(class)s_rls", within=MINE),
            models.UniqueConstraint(fields=["vendor", "person_id", "key"], name="tickets_idempotency"),
        ]

    def __str__(self) -> str:
        return self.key
