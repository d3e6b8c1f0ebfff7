"""What the customer says of how his request was solved."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from kernel.tenancy.constraints import ORGANISATIONS, RowLevelSecurity
from kernel.tenancy.models import OURS, TenantForeignKey, TenantModel, child_of, person_of
from tickets.models.ticket import Ticket
from vendors.models import Person

_ASKED = f"parent.customer_id = ANY ({ORGANISATIONS})"


class TicketRating(TenantModel):
    """One word and a comment on how a ticket was solved; one a ticket, `at` is when it was said first, `changed_at` last."""

    class Grade(models.TextChoices):
        """How it was solved."""

        WELL = "well", _("Solved well")
        PARTLY = "partly", _("Partly solved")
        NOT = "not", _("Not solved")

    ticket = TenantForeignKey(Ticket, models.CASCADE, related_name="ratings", db_index=False)
    person = TenantForeignKey(Person, models.PROTECT, related_name="+", db_index=False)
    grade = models.CharField(max_length=6, choices=Grade)
    comment = models.TextField(blank=True)
    at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            # Whom he rates reads it, and does not write it.
            RowLevelSecurity(
                name="%(app_label)s_%(class)s_rls",
                within=child_of("tickets_ticket", "ticket_id"),
                writing=f"{person_of(OURS)} AND {child_of('tickets_ticket', 'ticket_id', _ASKED)}",
                deleting="false",
            ),
            models.UniqueConstraint(fields=["vendor", "ticket"], name="tickets_rated_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["vendor", "changed_at"], name="tickets_rated")]

    def __str__(self) -> str:
        return self.grade
