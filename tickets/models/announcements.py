"""Announcements to customers (M15), and who got each."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from kernel.tenancy.constraints import ORGANISATIONS, RowLevelSecurity
from kernel.tenancy.models import MINE, TenantForeignKey, TenantModel, child_of
from vendors.models import Person, Product

_OF_MINE = (
    "EXISTS (SELECT 1 FROM vendors_person p WHERE p.vendor_id = r.vendor_id AND p.id = r.person_id"  # nosec B608
    f" AND p.organisation_id = ANY ({ORGANISATIONS}))"
)


_GOT = (
    "EXISTS (SELECT 1 FROM tickets_announcementrecipient r WHERE r.vendor_id = {table}.vendor_id"  # nosec B608
    f" AND r.announcement_id = {{table}}.id AND {_OF_MINE})"
)
_IN_USE = (
    "EXISTS (SELECT 1 FROM vendors_installeditem i WHERE i.vendor_id = {table}.vendor_id"  # nosec B608
    f" AND i.product_id = {{table}}.product_id AND (i.organisation_id = ANY ({ORGANISATIONS})"
    f" OR i.sold_by_id = ANY ({ORGANISATIONS})))"
)


class Announcement(TenantModel):
    """Word of an update or an outage to those whom it concerns (M15). `texts` by language: subject and body; `releases` empty
    are all of the product, `languages` empty all readers.
    """

    class Kind(models.TextChoices):
        """What it tells of."""

        PLANNED = "planned", _("Planned update")
        URGENT = "urgent", _("Urgent update")
        OUTAGE = "outage", _("Outage")
        POLICY = "policy", _("Changed policy")

    kind = models.CharField(max_length=10, choices=Kind)
    product = TenantForeignKey(Product, models.PROTECT, null=True, related_name="announcements")
    releases = ArrayField(models.BigIntegerField(), default=list, blank=True)
    languages = ArrayField(models.CharField(max_length=5), default=list, blank=True)
    texts = models.JSONField(default=dict)
    author = TenantForeignKey(Person, models.PROTECT, related_name="+", db_index=False)
    effective_on = models.DateField(null=True)  # a changed policy holds from this day (M18)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            RowLevelSecurity(
                name="%(app_label)s_%(class)s_rls",
                within=f"sent_at IS NOT NULL AND ({_GOT} OR kind = 'policy' OR product_id IS NULL OR {_IN_USE})",
                writing="false",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["vendor", "-created_at"], name="tickets_announced")
        ]

    def __str__(self) -> str:
        return f"announcement {self.pk}"


class AnnouncementRecipient(TenantModel):
    """Somebody who got an announcement, once."""

    announcement = TenantForeignKey(Announcement, models.CASCADE, related_name="recipients", db_index=False)
    person = TenantForeignKey(Person, models.PROTECT, related_name="announcements")

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            RowLevelSecurity(
                name="%(app_label)s_%(class)s_rls",
                within=_OF_MINE.replace("r.", "{table}."),
                writing="false",
            ),
            models.UniqueConstraint(fields=["vendor", "announcement", "person"], name="tickets_announced_once"),
        ]

    def __str__(self) -> str:
        return f"{self.announcement_id} to {self.person_id}"


class AnnouncementPutAway(TenantModel):
    """Somebody has read a pressing announcement and no longer wants it at the top of his requests."""

    announcement = TenantForeignKey(Announcement, models.CASCADE, related_name="+", db_index=False)
    person = TenantForeignKey(Person, models.CASCADE, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            RowLevelSecurity(
                name="%(app_label)s_%(class)s_rls",
                within=f"{MINE} AND {child_of('tickets_announcement', 'announcement_id')}",
            ),
            models.UniqueConstraint(fields=["vendor", "announcement", "person"], name="tickets_put_away_once"),
        ]

    def __str__(self) -> str:
        return f"{self.announcement_id} put away by {self.person_id}"
