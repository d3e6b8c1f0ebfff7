"""What staff keep for their work at the desk: views of the queue, canned replies, drafts."""

from typing import ClassVar

from django.db import models

from kernel.tenancy.constraints import ORGANISATIONS, RowLevelSecurity
from kernel.tenancy.models import MINE, TenantForeignKey, TenantModel
from tickets.models.ticket import Ticket
from vendors.models import Organisation, Person, Team

# Houses that serve keep such things, customers don't.
_OF_HOUSE = (
    f"house_id = ANY ({ORGANISATIONS}) AND EXISTS (SELECT 1 FROM vendors_organisation o"  # nosec B608
    " WHERE o.vendor_id = {table}.vendor_id AND o.id = {table}.house_id AND o.kind <> 'customer')"
)


class SavedView(TenantModel):
    """A search of the queue under a name: one person's (`owner`), a team's, or, with neither, everybody's of the house."""

    house = TenantForeignKey(Organisation, models.PROTECT, null=True, related_name="+", db_index=False)
    owner = TenantForeignKey(Person, models.CASCADE, null=True, related_name="views", db_index=False)
    team = TenantForeignKey(Team, models.CASCADE, null=True, related_name="views", db_index=False)
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=500, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            RowLevelSecurity(name="%(app_label)s_%(class)s_rls", within=_OF_HOUSE),
            models.UniqueConstraint(
                fields=["vendor", "house", "owner", "team", "name"], name="tickets_view_name", nulls_distinct=False
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["vendor", "position", "id"], name="tickets_view_order")
        ]

    def __str__(self) -> str:
        return self.name


class CannedReply(TenantModel):
    """Words that are written often, with variables of an allow-list; one person's (`owner`) or everybody's of the house.
    `texts` holds them by language.
    """

    house = TenantForeignKey(Organisation, models.PROTECT, null=True, related_name="+", db_index=False)
    owner = TenantForeignKey(Person, models.CASCADE, null=True, related_name="canned_replies", db_index=False)
    title = models.CharField(max_length=80)
    texts = models.JSONField(default=dict)
    uses = models.PositiveIntegerField(default=0)
    active = models.BooleanField(default=True)
    changed_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            RowLevelSecurity(name="%(app_label)s_%(class)s_rls", within=_OF_HOUSE),
            models.UniqueConstraint(
                fields=["vendor", "house", "owner", "title"], name="tickets_canned_title", nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return self.title


class ComposerDraft(TenantModel):
    """What somebody is writing on a ticket, kept while he types: the values of the form by field name."""

    person = TenantForeignKey(Person, models.CASCADE, related_name="drafts", db_index=False)
    ticket = TenantForeignKey(Ticket, models.CASCADE, related_name="drafts", db_index=False)
    values = models.JSONField(default=dict)
    seen_message = models.BigIntegerField(null=True)  # the newest message that he had before him
    changed_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            RowLevelSecurity(name="%(app_label)s_%(class)s_rls", within=MINE),
            models.UniqueConstraint(fields=["vendor", "person", "ticket"], name="tickets_draft_once"),
        ]

    def __str__(self) -> str:
        return f"draft of {self.person_id} on {self.ticket_id}"
