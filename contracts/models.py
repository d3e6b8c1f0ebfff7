"""What a customer is entitled to, where, from when to when (M1, O13, I2)."""

from typing import ClassVar

from django.db import models

from kernel.tenancy.constraints import ORGANISATIONS, RowLevelSecurity
from kernel.tenancy.models import TenantForeignKey, TenantModel, child_of
from vendors.models import Organisation, Site


class Contract(TenantModel):
    """A contract of a kind that the vendor's file lists; `ends` is its last day (none: open)."""

    customer = TenantForeignKey(Organisation, models.PROTECT, related_name="contracts")
    kind = models.CharField(max_length=40)
    number = models.CharField(max_length=60)
    starts = models.DateField()
    ends = models.DateField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            RowLevelSecurity(
                name="%(app_label)s_%(class)s_rls", within=f"customer_id = ANY ({ORGANISATIONS})", writing="false"
            ),
            models.UniqueConstraint(fields=["vendor", "number"], name="contracts_contract_number"),
        ]

    def __str__(self) -> str:
        return self.number


class ContractSite(TenantModel):
    """A site that a contract covers (M1: the contract must be active for the site where the licence is used)."""

    contract = TenantForeignKey(Contract, models.CASCADE, related_name="sites")
    site = TenantForeignKey(Site, models.CASCADE, related_name="contracts")

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            RowLevelSecurity(
                name="%(app_label)s_%(class)s_rls",
                within=child_of("contracts_contract", "contract_id"),
                writing="false",
            ),
            models.UniqueConstraint(fields=["vendor", "contract", "site"], name="contracts_contract_site"),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} at {self.site_id}"
