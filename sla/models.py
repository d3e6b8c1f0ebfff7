"""Versions of rules, and the timelines of tickets: append-only events, and the clocks folded from them (a cache)."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from kernel.tenancy.constraints import RowLevelSecurity
from kernel.tenancy.models import OURS, HousedModel, TenantForeignKey, TenantModel, child_of, person_of

_OF_TIMELINE = child_of("sla_timeline", "timeline_id")


class PolicyVersion(TenantModel):
    """A vendor's policy file as it held from `valid_from` on (none: from the beginning of time). Never edited."""

    app_privileges: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT")

    number = models.PositiveIntegerField()
    valid_from = models.DateTimeField(null=True)
    announced_at = models.DateTimeField()  # from which the notice days count (M18)
    document = models.JSONField()
    digest = models.CharField(max_length=64)

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["vendor", "number"], name="sla_policy_number"),
        ]

    def __str__(self) -> str:
        return f"policy {self.number}"


class CalendarVersion(TenantModel):
    """A calendar with its dates and hours themselves, as it held from `valid_from` on. Never edited; coming years are added as
    further parts.
    """

    app_privileges: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT")

    key = models.CharField(max_length=40)
    number = models.PositiveIntegerField()
    part = models.PositiveIntegerField(default=1)  # later parts add years, and change none
    valid_from = models.DateTimeField(null=True)
    policy_number = models.PositiveIntegerField()  # the policy version whose file it was made from
    last_day = models.DateField()
    document = models.JSONField()
    digest = models.CharField(max_length=64)  # of the calendar in the file, without years

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["vendor", "key", "number", "part"], name="sla_calendar_number"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.number}"


class Timeline(HousedModel):
    """What happened to one ticket, as its clocks see it. It is what a worker wakes, locks and folds; whatever happens sets
    `wake_at` to now, otherwise it is the next crossing.
    """

    wake_at = models.DateTimeField(null=True)
    folded_at = models.DateTimeField(null=True)  # the as_of of the last fold
    # For lists: the clock that is due next, and when it started.
    due_at = models.DateTimeField(null=True)
    due_kind = models.CharField(max_length=12, blank=True)
    due_promised = models.BooleanField(default=True)
    trouble = models.CharField(max_length=300, blank=True)  # why it could not be folded; empty is well

    class Meta(HousedModel.Meta):
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["vendor", "wake_at"], name="sla_wake", condition=models.Q(wake_at__isnull=False)),
            models.Index(fields=["vendor", "due_at", "id"], name="sla_due"),
            models.Index(fields=["vendor"], name="sla_trouble", condition=~models.Q(trouble="")),
        ]

    def __str__(self) -> str:
        return f"timeline {self.pk}"


class ClockEvent(TenantModel):
    """Something that clocks care about: it happened `at` and was `recorded_at`. Append-only; `inputs` are the facts that the
    fold needs (priority, zone, …), people only by key.
    """

    app_privileges: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT")

    timeline = TenantForeignKey(Timeline, models.PROTECT, related_name="events", db_index=False)
    kind = models.CharField(max_length=24)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    inputs = models.JSONField(default=dict)
    person_id = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=40, blank=True)  # a word of our vocabulary, why `at` was set back

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            RowLevelSecurity(
                name="%(app_label)s_%(class)s_rls", within=_OF_TIMELINE, inserting=person_of(OURS, "person_id")
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["vendor", "timeline", "id"], name="sla_event_order")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M:%S}"


class Clock(TenantModel):
    """One clock, one cycle, as folded at `Timeline.folded_at`. Only the worker writes it."""

    class Kind(models.TextChoices):
        """Which promise."""

        RESPONSE = "response", _("Response")
        RESOLUTION = "resolution", _("Resolution")
        UPDATE = "update", _("Update")

    class Status(models.TextChoices):
        """Where it stands."""

        RUNNING = "running", _("Running")
        PAUSED = "paused", _("Paused")
        LIFTED = "lifted", _("Lifted")
        ENDED = "ended", _("Ended")
        CANCELLED = "cancelled", _("Cancelled")

    timeline = TenantForeignKey(Timeline, models.PROTECT, related_name="clocks", db_index=False)
    kind = models.CharField(max_length=12, choices=Kind)
    cycle = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=Status)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)  # since when paused or lifted
    breached_at = models.DateTimeField(null=True)
    base = models.PositiveIntegerField(default=0)  # open seconds, see domain.md "A changed target"
    target = models.PositiveIntegerField()  # open seconds
    elapsed = models.PositiveIntegerField(default=0)  # open seconds when the row was last written
    promised = models.BooleanField(default=True)
    priority = models.CharField(max_length=12, blank=True)
    calendar = models.CharField(max_length=40)
    zone = models.CharField(max_length=60)
    policy_number = models.PositiveIntegerField()
    calendar_number = models.PositiveIntegerField()

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            RowLevelSecurity(name="%(app_label)s_%(class)s_rls", within=_OF_TIMELINE, writing="false"),
            models.UniqueConstraint(fields=["vendor", "timeline", "kind", "cycle"], name="sla_clock_cycle"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["vendor", "kind", "started_at"], name="sla_clock_started"),
            models.Index(
                fields=["vendor", "breached_at"],
                name="sla_clock_breached",
                condition=models.Q(breached_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.cycle}"


class Crossing(TenantModel):
    """A rung that was reached: fired once a clock and cycle, for the instant at which it was crossed, however late it was
    noticed. Superseded when a corrected history no longer has it.
    """

    timeline = TenantForeignKey(Timeline, models.PROTECT, related_name="crossings", db_index=False)
    kind = models.CharField(max_length=12)
    cycle = models.PositiveIntegerField()
    percent = models.PositiveSmallIntegerField()
    crossed_at = models.DateTimeField()
    noticed_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            RowLevelSecurity(name="%(app_label)s_%(class)s_rls", within=_OF_TIMELINE, writing="false"),
            models.UniqueConstraint(fields=["vendor", "timeline", "kind", "cycle", "percent"], name="sla_rung_once"),
        ]
        # Not led by the vendor: while statistics lag behind a storm, the planner must not prefer it to the key above.
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["crossed_at"], name="sla_crossed_at")]

    def __str__(self) -> str:
        return f"{self.kind} {self.cycle} at {self.percent}%"
