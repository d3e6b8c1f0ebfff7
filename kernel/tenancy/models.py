"""What a tenant table is: a vendor, row-level security, composite keys, and a manager that asks for a scope."""

from typing import Any, ClassVar, TypeVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.signals import class_prepared

from kernel.tenancy import scope
from kernel.tenancy.constraints import ORGANISATIONS, CompositeForeignKey, KeptByVendor, RowLevelSecurity


class Tenant(models.Model):
    """The keys of the vendors and nothing else, so that a worker knows for whom to enter a scope."""

    id = models.BigAutoField(primary_key=True)

    def __str__(self) -> str:
        return f"tenant {self.pk}"


M_co = TypeVar("M_co", bound=models.Model, covariant=True)


class TenantManager(models.Manager[M_co]):
    """Rows of the open scope's vendors; raises NoScope without one."""

    def get_queryset(self) -> models.QuerySet[M_co]:
        """All rows of the scope's vendors."""
        vendors = scope.current().vendors
        return super().get_queryset().filter(vendor_id__in=vendors)


class TenantForeignKey(models.ForeignKey[Any, Any]):
    """A reference inside one tenant: the database holds it with a composite key (see CompositeForeignKey)."""

    def __init__(self, to: Any, on_delete: Any, **kwargs: Any) -> None:
        super().__init__(to, on_delete, **(kwargs | {"db_constraint": False}))


class TenantModel(models.Model):
    """Abstract base of every table that belongs to one vendor."""

    # What the app's role may do with the table; append-only tables say less.
    app_privileges: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE", "DELETE")

    id = models.BigAutoField(primary_key=True)
    # No constraint: policies let rows be written only for vendors of the scope, and checking each of a storm's rows against
    # one and the same tenant row would make workers wait for each other.
    vendor = models.ForeignKey(
        "tenancy.Tenant", on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )

    objects = TenantManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"
        # What the vendor keeps for all, customers and partners may only read, unless a table says otherwise.
        constraints: ClassVar[list[models.BaseConstraint]] = [
            RowLevelSecurity(name="%(app_label)s_%(class)s_rls", writing="false")
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save; a row without a vendor gets the scope's only one."""
        if not self.vendor_id:
            self.vendor_id = scope.current().vendor
        super().save(*args, **kwargs)


class HousedModel(TenantModel):
    """A tenant row that customers and partners see if one of `houses` (organisation keys) is theirs. They remove none, and don't
    say who sees it.
    """

    houses = ArrayField(models.BigIntegerField(), default=list, blank=True)

    class Meta(TenantModel.Meta):
        abstract = True
        constraints: ClassVar[list[models.BaseConstraint]] = [
            RowLevelSecurity(name="%(app_label)s_%(class)s_rls", within=f"houses && {ORGANISATIONS}", deleting="false"),
            KeptByVendor(name="%(app_label)s_%(class)s_kept", columns=["houses"]),
        ]


def child_of(table: str, column: str, condition: str = "") -> str:
    """SQL for RowLevelSecurity(within=…): a row is seen by whoever sees its parent in `table` through `column`, of which
    `condition` (on `parent`) holds.
    """
    also = f" AND {condition}" if condition else ""
    return (
        f"EXISTS (SELECT 1 FROM {table} parent"  # nosec B608
        f" WHERE parent.vendor_id = {{table}}.vendor_id AND parent.id = {{table}}.{column}{also})"
    )


def person_of(condition: str, column: str = "person_id") -> str:
    """SQL for RowLevelSecurity: the person in `column` is one of whom `condition` (on `p`) holds."""
    return (
        f"EXISTS (SELECT 1 FROM vendors_person p WHERE p.vendor_id = {{table}}.vendor_id"  # nosec B608
        f" AND p.id = {{table}}.{column} AND {condition})"
    )


# Rows of whoever is signed in, and rows of his organisation's people.
MINE = person_of("p.user_id = (SELECT tenancy_user())")
OURS = f"p.organisation_id = ANY ({ORGANISATIONS})"


def _hold_references(sender: type[models.Model], **_: Any) -> None:
    """Give each TenantForeignKey of a real model its composite key in the database."""
    if sender.__module__ == "__fake__" or not issubclass(sender, TenantModel):
        return
    for field in sender._meta.local_fields:
        if isinstance(field, TenantForeignKey):
            to = field.remote_field.model
            table = sender._meta.db_table if to in {"self", sender} else to._meta.db_table
            name = f"{sender._meta.db_table}_{field.column}_fk"
            sender._meta.constraints = [
                *sender._meta.constraints,
                CompositeForeignKey(name=name, column=str(field.column), to=table),
            ]


class_prepared.connect(_hold_references)
