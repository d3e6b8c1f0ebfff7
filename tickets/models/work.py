"""What hangs on a ticket beside its conversation: tags, watchers, links, a checklist, and how a deed is undone."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from kernel.tenancy.constraints import ORGANISATIONS, RowLevelSecurity
from kernel.tenancy.models import TenantForeignKey, TenantModel, child_of, person_of
from tickets.models.ticket import Ticket
from vendors.models import Organisation, Person

_OF_TICKET = child_of("tickets_ticket", "ticket_id")
# A partner's house keeps tags and lists of its own; `house` none is the vendor's, and a customer keeps none.
_OF_HOUSE = (
    f"house_id = ANY ({ORGANISATIONS})"
    f" AND {child_of('tickets_ticket', 'ticket_id', 'parent.customer_id <> {table}.house_id')}"
)
# Of its own people, and of the customer's: which others watch, no customer or partner is told.
_WATCHING = (
    "EXISTS (SELECT 1 FROM tickets_ticket t JOIN vendors_person p ON p.vendor_id = t.vendor_id"  # nosec B608
    " WHERE t.vendor_id = {table}.vendor_id AND t.id = {table}.ticket_id AND p.id = {table}.person_id"
    f" AND (p.organisation_id = t.customer_id OR p.organisation_id = ANY ({ORGANISATIONS})))"
)
_AN_AGENTS = person_of("p.user_id = (SELECT tenancy_user()) AND p.role = 'partner_agent'")
_SERVED = f"parent.serving_house_id = ANY ({ORGANISATIONS})"


class TicketTag(TenantModel):
    """A word by which a house finds its tickets again; lower case, no spaces."""

    ticket = TenantForeignKey(Ticket, models.CASCADE, related_name="tags", db_index=False)
    house = TenantForeignKey(Organisation, models.PROTECT, null=True, related_name="+", db_index=False)
    name = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            RowLevelSecurity(name="%(app_label)s_%(class)s_rls", within=_OF_HOUSE),
            models.UniqueConstraint(
                fields=["vendor", "ticket", "house", "name"], name="tickets_tag_once", nulls_distinct=False
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["vendor", "name", "ticket"], name="tickets_tag_named")
        ]

    def __str__(self) -> str:
        return self.name


class Watcher(TenantModel):
    """Somebody who follows a ticket: of the staff, or of the customer, who then sees it like the requester does."""

    ticket = TenantForeignKey(Ticket, models.CASCADE, related_name="watchers", db_index=False)
    person = TenantForeignKey(Person, models.CASCADE, related_name="watched")
    at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            RowLevelSecurity(name="%(app_label)s_%(class)s_rls", within=_WATCHING, updating="false"),
            models.UniqueConstraint(fields=["vendor", "ticket", "person"], name="tickets_watcher_once"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} watches {self.ticket_id}"


class TicketLink(TenantModel):
    """How two tickets belong together: `ticket` is what `kind` says of `other`."""

    class Kind(models.TextChoices):
        """What the one is to the other."""

        DUPLICATE_OF = "duplicate_of", _("Duplicate of")
        CAUSED_BY = "caused_by", _("Caused by")
        BLOCKS = "blocks", _("Blocks")
        SPLIT_FROM = "split_from", _("Split from")

    ticket = TenantForeignKey(Ticket, models.CASCADE, related_name="links", db_index=False)
    other = TenantForeignKey(Ticket, models.CASCADE, related_name="linked_from")
    kind = models.CharField(max_length=12, choices=Kind)
    at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            # Who sees only one end knows nothing of the link; who serves one joins them.
            RowLevelSecurity(
                name="%(app_label)s_%(class)s_rls",
                within=f"{_OF_TICKET} AND {child_of('tickets_ticket', 'other_id')}",
                writing=f"{child_of('tickets_ticket', 'ticket_id', _SERVED)}"
                f" OR {child_of('tickets_ticket', 'other_id', _SERVED)}",
            ),
            models.UniqueConstraint(fields=["vendor", "ticket", "other", "kind"], name="tickets_link_once"),
            models.CheckConstraint(condition=~models.Q(ticket=models.F("other")), name="tickets_link_two"),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.kind} {self.other_id}"


class ChecklistItem(TenantModel):
    """Something to do on a ticket, of one house."""

    ticket = TenantForeignKey(Ticket, models.CASCADE, related_name="checklist", db_index=False)
    house = TenantForeignKey(Organisation, models.PROTECT, null=True, related_name="+", db_index=False)
    text = models.CharField(max_length=200)
    position = models.PositiveSmallIntegerField()
    done_at = models.DateTimeField(null=True)
    done_by = TenantForeignKey(Person, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            RowLevelSecurity(name="%(app_label)s_%(class)s_rls", within=_OF_HOUSE),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["vendor", "ticket", "position", "id"], name="tickets_checklist_order")
        ]

    def __str__(self) -> str:
        return self.text


class Undo(TenantModel):
    """How a deed of one change is taken back while nothing of it has left the house: the ticket's columns before and after, the
    clock events to void, the letters to withdraw, the messages to retract; `rows` is what else was written beside the ticket.
    """

    person = TenantForeignKey(Person, models.PROTECT, related_name="+", db_index=False)
    ticket = TenantForeignKey(Ticket, models.CASCADE, related_name="undos", db_index=False)
    batch = models.CharField(max_length=32)  # what was done together, on several tickets, is undone together
    deed = models.CharField(max_length=40)
    until = models.DateTimeField()
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    events = ArrayField(models.BigIntegerField(), default=list)
    letters = ArrayField(models.CharField(max_length=200), default=list)
    messages = ArrayField(models.BigIntegerField(), default=list)
    rows = models.JSONField(default=list)
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            # Whoever did it; what customers do is not taken back so.
            RowLevelSecurity(
                name="%(app_label)s_%(class)s_rls",
                within=f"{_AN_AGENTS} AND {_OF_TICKET}",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["vendor", "batch"], name="tickets_undo_batch"),
            models.Index(fields=["vendor", "ticket", "-id"], name="tickets_undo_of"),
            models.Index(fields=["vendor", "until"], name="tickets_undo_until"),
        ]

    def __str__(self) -> str:
        return f"{self.deed} on {self.ticket_id}"
