"""Sign-in elsewhere: identity providers of a vendor or of one of its organisations, and whom they have proved to be whom."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from kernel.tenancy.constraints import RowLevelSecurity
from kernel.tenancy.models import TenantForeignKey, TenantModel
from vendors.models.who import Organisation, Person

# Asked for and written in the vendor's own scope; customers and partners see nothing of it.
_VENDORS_OWN = RowLevelSecurity(name="%(app_label)s_%(class)s_rls", within="false", writing="false")


class IdentityProvider(TenantModel):
    """An OpenID provider by which people of one organisation sign in, or, without one, the vendor's own staff (ADR 0013).
    Its client secret is in the environment alone: kept is the variable's name.
    """

    organisation = TenantForeignKey(
        Organisation, models.CASCADE, null=True, blank=True, related_name="identity_providers"
    )
    key = models.CharField(max_length=32)  # random: the address of its sign-in page can't be guessed
    name = models.CharField(max_length=80)
    issuer = models.CharField(max_length=500)
    client_id = models.CharField(max_length=200)
    secret_variable = models.CharField(max_length=80, blank=True)  # none: a public client
    domains = ArrayField(models.CharField(max_length=253), default=list, blank=True)  # of the vendor's own staff
    by_address = models.BooleanField(default=True)  # found on the sign-in page by a mail address or the vendor's name
    proves_second_factor = models.BooleanField(default=False)  # what it says of a second factor counts
    active = models.BooleanField(default=True)

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            _VENDORS_OWN,
            models.UniqueConstraint(fields=["vendor", "key"], name="vendors_identityprovider_key"),
        ]

    def __str__(self) -> str:
        return self.name


class IdentityLink(TenantModel):
    """A provider's subject is a person of the same vendor. One of each to the other: a second subject for the same person is
    somebody else.
    """

    provider = TenantForeignKey(IdentityProvider, models.CASCADE, related_name="links")
    person = TenantForeignKey(Person, models.CASCADE, related_name="identity_links")
    subject = models.CharField(max_length=255)
    linked_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            _VENDORS_OWN,
            models.UniqueConstraint(fields=["vendor", "provider", "subject"], name="vendors_identitylink_subject"),
            models.UniqueConstraint(fields=["vendor", "provider", "person"], name="vendors_identitylink_person"),
        ]

    def __str__(self) -> str:
        return f"link {self.pk}"
