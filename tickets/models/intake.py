"""A request before it is one: what a person has typed for it, and what self-help solved without one."""

from typing import ClassVar

from django.db import models

from kernel.tenancy.constraints import ORGANISATIONS, RowLevelSecurity
from kernel.tenancy.models import MINE, TenantForeignKey, TenantModel
from vendors.models import Organisation, Person


class RequestDraft(TenantModel):
    """What a person has typed for a new request, kept at each step: lists of the form's values by field name, valid or not.

    `key` names it in addresses and is made before the row. `step` is the furthest that was reached. `solved_by` is the step of
    the self-help list that made the request unnecessary (O7); such a draft waits only for the case that it did not.
    """

    key = models.UUIDField()
    person = TenantForeignKey(Person, models.CASCADE, related_name="request_drafts", db_index=False)
    values = models.JSONField(default=dict)
    step = models.CharField(max_length=20)
    solved_by = models.CharField(max_length=60, blank=True)
    started_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            RowLevelSecurity(name="%(app_label)s_%(class)s_rls", within=MINE),
            models.UniqueConstraint(fields=["vendor", "person", "key"], name="tickets_request_draft_key"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["vendor", "changed_at"], name="tickets_request_draft_age")
        ]

    def __str__(self) -> str:
        return f"request draft of {self.person_id}"


class SelfHelpSolution(TenantModel):
    """A request that the vendor's self-help list made unnecessary (O7): which step did, and when. Names no person."""

    organisation = TenantForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    draft_key = models.UUIDField()
    step = models.CharField(max_length=60)
    at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            RowLevelSecurity(
                name="%(app_label)s_%(class)s_rls",
                within=f"organisation_id = ANY ({ORGANISATIONS})",
                updating="false",
            ),
            models.UniqueConstraint(fields=["vendor", "organisation", "draft_key"], name="tickets_solution_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["vendor", "at"], name="tickets_solution_at")]

    def __str__(self) -> str:
        return self.step
