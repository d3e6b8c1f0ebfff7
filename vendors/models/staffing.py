"""How a vendor's staff share the work: teams, who is on shift when, and who is away."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kernel.tenancy.constraints import RowLevelSecurity
from kernel.tenancy.models import TenantForeignKey, TenantModel
from vendors.models.who import Person

# How a vendor's staff is organised is its own business.
_STAFF_ONLY = RowLevelSecurity(name="%(app_label)s_%(class)s_rls", within="false")


class Team(TenantModel):
    """People who share work, and how new work of the team finds a person."""

    class Assignment(models.TextChoices):
        """Who of the team gets a new ticket."""

        BY_HAND = "by_hand", _("By hand")
        ROUND_ROBIN = "round_robin", _("In turn")
        LEAST_LOADED = "least_loaded", _("Whoever has least")

    name = models.CharField(max_length=80)
    assignment = models.CharField(max_length=12, choices=Assignment, default=Assignment.BY_HAND)
    takes_new = models.BooleanField(default=False)  # new tickets of the vendor that name no team come here
    last_assigned = TenantForeignKey(Person, models.PROTECT, null=True, related_name="+")  # whose turn it was last

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            _STAFF_ONLY,
            models.UniqueConstraint(fields=["vendor", "name"], name="vendors_team_name"),
            models.UniqueConstraint(fields=["vendor"], name="vendors_team_takes_new", condition=Q(takes_new=True)),
        ]

    def __str__(self) -> str:
        return self.name


class TeamMember(TenantModel):
    """A person of a team."""

    team = TenantForeignKey(Team, models.CASCADE, related_name="members", db_index=False)
    person = TenantForeignKey(Person, models.CASCADE, related_name="teams")

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            _STAFF_ONLY,
            models.UniqueConstraint(fields=["vendor", "team", "person"], name="vendors_team_member"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} of {self.team_id}"


class Shift(TenantModel):
    """When a person works on a day of the week, in his own zone; somebody without any shift works whenever the vendor's own
    calendar is open.
    """

    person = TenantForeignKey(Person, models.CASCADE, related_name="shifts", db_index=False)
    weekday = models.PositiveSmallIntegerField()  # 0 is Monday
    begins = models.TimeField()
    ends = models.TimeField()

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            _STAFF_ONLY,
            models.UniqueConstraint(fields=["vendor", "person", "weekday", "begins"], name="vendors_shift_begins"),
            models.CheckConstraint(condition=Q(weekday__lte=6, begins__lt=F("ends")), name="vendors_shift_order"),
        ]

    def __str__(self) -> str:
        return f"{self.weekday} {self.begins:%H:%M}-{self.ends:%H:%M}"


class Absence(TenantModel):
    """Days on which a person is away, both included, in his own zone; `deputy` gets his open work (none: it goes back to the
    queue).
    """

    person = TenantForeignKey(Person, models.CASCADE, related_name="absences", db_index=False)
    first_day = models.DateField()
    last_day = models.DateField()
    deputy = TenantForeignKey(Person, models.PROTECT, null=True, related_name="+")
    handed_on_at = models.DateTimeField(null=True)  # when the open work was handed on

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            _STAFF_ONLY,
            models.CheckConstraint(condition=Q(first_day__lte=F("last_day")), name="vendors_absence_order"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["vendor", "person", "last_day"], name="vendors_absence_of"),
            models.Index(fields=["vendor", "first_day"], name="vendors_absence_due", condition=Q(handed_on_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.first_day} to {self.last_day}"
