"""The audit trail, which refers to people by key and holds no words of theirs, so that a person can be erased; and its proof,
a chain of seals beside it (ADR 0011).
"""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from kernel.tenancy.constraints import ORGANISATIONS, RowLevelSecurity
from kernel.tenancy.models import OURS, TenantModel, child_of, person_of

_SEEN = f"(subject_type <> 'ticket' OR {child_of('tickets_ticket', 'subject_id')})"


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
            # Whoever acts must be able to write his act down, but no one else's; a customer or partner reads only what was his to
            # see, and of a ticket only while he sees it.
            RowLevelSecurity(
                name="%(app_label)s_%(class)s_rls",
                reading=f"houses && {ORGANISATIONS} AND {_SEEN}",
                inserting=f"{person_of(OURS, 'actor_id')} AND {_SEEN}",
            )
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["vendor", "subject_type", "subject_id", "id"], name="audit_by_subject")
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.object_type} {self.object_id}"


class Unsealed(TenantModel):
    """The keys (`id`) of entries that no seal holds yet. A trigger of the entries' table writes them down in the transaction of
    the entry, whoever inserts it; `kernel.audit.sealing` alone takes them away.
    """

    app_privileges: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "DELETE")

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            RowLevelSecurity(
                name="%(app_label)s_%(class)s_rls", reading="false"
            )  # a customer's act awaits its seal too
        ]

    def __str__(self) -> str:
        return f"entry {self.pk} awaits its seal"


class Seal(TenantModel):
    """A batch of a vendor's entries, held fast: what each was, and the seal before. `number` counts from 1 at each vendor."""

    app_privileges: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT")

    number = models.PositiveIntegerField()
    sealed_at = models.DateTimeField()
    entries = ArrayField(models.BigIntegerField())  # keys, ascending
    digests = models.BinaryField()  # 32 bytes for each of them, in their order
    previous = models.BinaryField(max_length=32)  # the hash of the seal before; zeros at the first
    hash = models.BinaryField(max_length=32)

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["vendor", "number"], name="audit_one_chain_a_vendor"),
            RowLevelSecurity(name="%(app_label)s_%(class)s_rls", within="false"),
        ]

    def __str__(self) -> str:
        return f"seal {self.number} of {len(self.entries)} entries"
