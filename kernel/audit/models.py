"""The audit trail's one table. It refers to people by key and holds no words of theirs, so a person can be erased."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from kernel.tenancy.constraints import ORGANISATIONS, RowLevelSecurity
from kernel.tenancy.models import TenantModel


class AuditEntry(TenantModel):
    """One act. `subject` is the key of what the act hangs on (a ticket), `object` what was acted on (a message of it)."""

    app_privileges: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT")

    class Source(models.TextChoices):
        """The door through which the act came."""

        WEB = "web"
        API = "api"
        MAIL = "mail"
        WORKER = "worker"
        COMMAND = "command"

    at = models.DateTimeField()
    verb = models.CharField(max_length=40)
    actor_id = models.BigIntegerField(null=True)  # a person's key; none for the system itself
    user_id = models.BigIntegerField(null=True)  # the login's key
    source = models.CharField(max_length=10, choices=Source)
    address = models.GenericIPAddressField(null=True)
    subject_type = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    object_type = models.CharField(max_length=40)
    object_id = models.BigIntegerField(null=True)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    houses = ArrayField(models.BigIntegerField(), default=list)  # who besides the vendor saw the subject then

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            # Whoever acts must be able to write his act down, but a customer or partner reads only what was his to see.
            RowLevelSecurity(name="%(app_label)s_%(class)s_rls", reading=f"houses && {ORGANISATIONS}")
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["vendor", "subject_type", "subject_id", "id"], name="audit_by_subject")
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.object_type} {self.object_id}"
