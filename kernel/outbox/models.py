"""The outbox's one table."""

from typing import ClassVar

from django.db import models

from kernel.tenancy.constraints import RowLevelSecurity
from kernel.tenancy.models import TenantModel


class OutboxMessage(TenantModel):
    """Something to deliver. `key` is unique per vendor and stable over retries; `payload` holds keys from which the words
    are made at delivery.
    """

    class State(models.TextChoices):
        """Where a message stands."""

        PENDING = "pending"
        SENT = "sent"
        DEAD = "dead"

    topic = models.CharField(max_length=40)
    key = models.CharField(max_length=200)
    payload = models.JSONField()
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    created_at = models.DateTimeField()
    not_before = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    last_error = models.TextField(default="")

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            # Customers and partners cause mail, but it is written in the vendor's scope, and for its eyes.
            RowLevelSecurity(name="%(app_label)s_%(class)s_rls", within="false"),
            models.UniqueConstraint(fields=["vendor", "key"], name="outbox_key"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["vendor", "not_before"], name="outbox_due", condition=models.Q(state="pending")),
            models.Index(fields=["vendor", "state", "-id"], name="outbox_by_state"),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.key}"
