"""How people of customers come in: invitations, mail domains of an organisation, and those who ask to sign up."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kernel.tenancy.constraints import ORGANISATIONS, RowLevelSecurity
from kernel.tenancy.models import TenantForeignKey, TenantModel
from vendors.models.who import Organisation, Person, Role, Site

# Read by the organisation, written in the vendor's scope by the services that check who asks.
_OF_ORGANISATION = RowLevelSecurity(
    name="%(app_label)s_%(class)s_rls", within=f"organisation_id = ANY ({ORGANISATIONS})", writing="false"
)


class Invitation(TenantModel):
    """A way into an organisation for one mail address, used once. Its secret is in the mail alone: kept are the `seed`, from
    which only the installation's key makes the secret again, and the secret's hash.
    """

    organisation = TenantForeignKey(Organisation, models.CASCADE, related_name="invitations")
    site = TenantForeignKey(Site, models.CASCADE, null=True, blank=True, related_name="invitations")
    email = models.EmailField()  # in its normal form (vendors.joining.addresses)
    name = models.CharField(max_length=120, blank=True)
    role = models.CharField(max_length=20, choices=Role)
    language = models.CharField(max_length=5, default="en")
    invited_by = TenantForeignKey(Person, models.CASCADE, null=True, related_name="invited")  # None: by the mail domain
    seed = models.CharField(max_length=32)
    digest = models.CharField(max_length=64)
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            _OF_ORGANISATION,
            models.UniqueConstraint(fields=["vendor", "digest"], name="vendors_invitation_digest"),
            models.UniqueConstraint(
                fields=["vendor", "organisation", "email"],
                name="vendors_invitation_open",
                condition=Q(accepted_at=None, withdrawn_at=None),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["vendor", "email"], name="vendors_invitation_email")
        ]

    def __str__(self) -> str:
        return f"invitation {self.pk}"

    def is_open(self, now: datetime) -> bool:
        """Whether it can be accepted at `now`."""
        return self.accepted_at is None and self.withdrawn_at is None and now < self.expires_at


class OrganisationDomain(TenantModel):
    """A mail domain of an organisation, as ASCII in small letters. Once verified, whoever has an address there (not below it) may
    sign up. Until then it is a claim, whose link went to the domain's postmaster.
    """

    organisation = TenantForeignKey(Organisation, models.CASCADE, related_name="domains")
    domain = models.CharField(_("domain"), max_length=253)
    claimed_by = TenantForeignKey(Person, models.CASCADE, null=True, related_name="+")
    asked = models.CharField(max_length=20, blank=True)  # to whom at the domain the link went
    seed = models.CharField(max_length=32, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    language = models.CharField(max_length=5, default="en")
    expires_at = models.DateTimeField(null=True)
    verified_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            _OF_ORGANISATION,
            models.UniqueConstraint(fields=["vendor", "organisation", "domain"], name="vendors_domain_claim"),
            models.UniqueConstraint(
                fields=["vendor", "domain"], name="vendors_domain_once", condition=Q(verified_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.domain


class SignUp(models.Model):
    """Somebody asked to sign up with a mail address. Written for each, known or not, and forgotten once a worker has answered it.
    Global: who asks is nobody's yet.
    """

    email = models.EmailField()
    language = models.CharField(max_length=5)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"sign-up {self.pk}"
