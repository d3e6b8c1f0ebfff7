"""Who is who (domain.md): vendors, organisations, sites, people, products, releases, installed items."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kernel.tenancy.constraints import ORGANISATIONS, RowLevelSecurity
from kernel.tenancy.models import TenantForeignKey, TenantManager, TenantModel

_OWN = f"organisation_id = ANY ({ORGANISATIONS})"
# A partner also sees the people, sites and items of the customers whom it serves (O1, I6).
_SERVED = (
    "EXISTS (SELECT 1 FROM vendors_organisation o WHERE o.vendor_id = {table}.vendor_id"  # nosec B608
    f" AND o.id = {{table}}.organisation_id AND (o.supported_by_id = ANY ({ORGANISATIONS}) OR o.houses && {ORGANISATIONS}))"
)
# And a customer sees the people of the partner that serves him.
_SERVES_ME = (
    "EXISTS (SELECT 1 FROM vendors_organisation o WHERE o.vendor_id = {table}.vendor_id"  # nosec B608
    f" AND o.id = ANY ({ORGANISATIONS})"
    " AND (o.supported_by_id = {table}.organisation_id OR {table}.organisation_id = ANY (o.houses)))"
)
_OWN_ORGANISATION = f"{_OWN} OR {_SERVED}"


class UserManager(BaseUserManager["User"]):
    """Makes logins."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A login by mail address; without a password nobody can sign in with it yet."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A login: global, no tenant's. What it may see are the people (rows of vendors) that it is."""

    email = models.EmailField(_("mail address"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    language = models.CharField(_("language"), max_length=5, default="en")
    time_zone = models.CharField(_("time zone"), max_length=60, default="Europe/Berlin")
    desk = models.JSONField(default=dict)  # how his queue looks: columns and density
    is_active = models.BooleanField(default=True)
    is_operator = models.BooleanField(default=False)  # runs the installation; sees no ticket through this
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects: ClassVar[UserManager] = UserManager()

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        """The name, for what asks in Django's way."""
        return str(self)


class AccessToken(models.Model):
    """An API token of a login; only its hash is kept. Global: it is asked for before any scope exists."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="access_tokens")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)  # SHA-256 of the secret, hexadecimal
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class LoginLetter(models.Model):
    """Mail about a login that waits for a worker; `kind` is of vendors.letters.Letter. Global, as logins are, and gone once it is
    sent. Whoever asks for a new password leaves one whether or not the address is known, so `user` may be nobody.
    """

    kind = models.CharField(max_length=20)
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")
    email = models.EmailField()
    language = models.CharField(max_length=5)
    at = models.DateTimeField()
    not_before = models.DateTimeField(db_index=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return f"letter {self.pk}"


class Vendor(models.Model):
    """A tenant: one support house's instance of a policy file. Its key is the tenant's key."""

    app_privileges: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE")

    vendor = models.OneToOneField(
        "tenancy.Tenant", on_delete=models.PROTECT, primary_key=True, related_name="+", db_column="vendor_id"
    )
    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    prefix = models.CharField(max_length=8)  # of ticket numbers
    country = models.CharField(max_length=2)
    time_zone = models.CharField(max_length=60)
    mail_address = models.EmailField(blank=True)

    objects = TenantManager()

    class Meta:
        base_manager_name = "objects"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            RowLevelSecurity(name="vendors_vendor_rls", writing="false"),
            models.UniqueConstraint(fields=["prefix"], name="vendors_vendor_prefix"),
        ]

    def __str__(self) -> str:
        return self.name


class Organisation(TenantModel):
    """A customer, or a partner of some kind (O1, M1, I1)."""

    class Kind(models.TextChoices):
        """What the organisation is to the vendor."""

        CUSTOMER = "customer", _("Customer")
        DISTRIBUTOR = "distributor", _("Distributor")
        RESELLER = "reseller", _("Reseller")
        CHANNEL_PARTNER = "channel_partner", _("Channel partner")
        OEM = "oem", _("OEM")
        SUPPORT_PARTNER = "support_partner", _("Support partner")
        SALES = "sales", _("Sales")  # the vendor's own, which offers and supports nothing (M17)

    kind = models.CharField(max_length=20, choices=Kind)
    name = models.CharField(max_length=160)
    country = models.CharField(max_length=2, blank=True)
    time_zone = models.CharField(max_length=60, blank=True)
    mail_address = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    # Partners who have served this customer and therefore see him (O1: whoever sold an item may be another each time).
    houses = ArrayField(models.BigIntegerField(), default=list, blank=True)
    supported_by = TenantForeignKey("self", models.PROTECT, null=True, blank=True, related_name="customers")  # M1, I1

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            # A customer sees himself and the partners, whom he may have to ask; a partner also whom it serves.
            RowLevelSecurity(
                name="%(app_label)s_%(class)s_rls",
                within=f"id = ANY ({ORGANISATIONS}) OR kind <> 'customer' OR supported_by_id = ANY ({ORGANISATIONS})"
                f" OR houses && {ORGANISATIONS}",
                writing="false",
            ),
            models.UniqueConstraint(fields=["vendor", "name"], name="vendors_organisation_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Site(TenantModel):
    """A place of an organisation, with its own zone (M5) and system supervisor (O7)."""

    organisation = TenantForeignKey(Organisation, models.CASCADE, related_name="sites")
    name = models.CharField(max_length=120)
    country = models.CharField(max_length=2)
    subdivision = models.CharField(max_length=6, blank=True)
    time_zone = models.CharField(max_length=60, blank=True)
    system_supervisor = models.CharField(max_length=120, blank=True)

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            RowLevelSecurity(name="%(app_label)s_%(class)s_rls", within=_OWN_ORGANISATION, writing="false"),
            models.UniqueConstraint(fields=["vendor", "organisation", "name"], name="vendors_site_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    """What a person may do for, or ask of, a vendor."""

    CUSTOMER_USER = "customer_user", _("Customer")
    CUSTOMER_ADMIN = "customer_admin", _("Customer's technical contact")
    PARTNER_AGENT = "partner_agent", _("Partner's agent")
    AGENT = "agent", _("Agent")
    SUPERVISOR = "supervisor", _("Supervisor")
    SUPPORT_MANAGEMENT = "support_management", _("Support management")
    EXECUTIVE_SPONSOR = "executive_sponsor", _("Executive sponsor")
    VENDOR_ADMIN = "vendor_admin", _("Vendor administrator")


class Person(TenantModel):
    """A person of a vendor: its staff (no organisation), or a customer's or partner's. With a login (`user`) it is a
    membership; without one it can still be requester or authorised user.
    """

    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="people")
    role = models.CharField(max_length=20, choices=Role)
    organisation = TenantForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="people")
    site = TenantForeignKey(Site, models.PROTECT, null=True, blank=True, related_name="people")
    name = models.CharField(max_length=120)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    language = models.CharField(max_length=5, default="en")
    country = models.CharField(max_length=2, blank=True)
    time_zone = models.CharField(max_length=60, blank=True)
    languages = ArrayField(models.CharField(max_length=5), default=list, blank=True)  # staff: in which he can answer
    skills = ArrayField(models.CharField(max_length=60), default=list, blank=True)  # staff: keys of products and topics
    work_limit = models.PositiveSmallIntegerField(null=True)  # staff: how many open tickets he gets by himself
    trained = models.BooleanField(null=True)  # O4: declared; None is shown as missing
    active = models.BooleanField(default=True)
    erased_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            # Staff are seen by whom they answer; a login always finds its own memberships.
            RowLevelSecurity(
                name="%(app_label)s_%(class)s_rls",
                within=f"organisation_id IS NULL OR {_OWN_ORGANISATION} OR {_SERVES_ME}",
                also="user_id = (SELECT tenancy_user())",
                writing="false",
            ),
            models.UniqueConstraint(fields=["vendor", "user"], name="vendors_person_user"),
            models.UniqueConstraint(fields=["vendor", "email"], name="vendors_person_email", condition=~Q(email="")),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["vendor", "role"], name="vendors_person_role")]

    def __str__(self) -> str:
        return self.name


class Product(TenantModel):
    """What is supported."""

    key = models.SlugField(max_length=60)
    name = models.CharField(max_length=120)

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["vendor", "key"], name="vendors_product_key"),
        ]

    def __str__(self) -> str:
        return self.name


class Release(TenantModel):
    """A release of a product; the current one and the one before are told by their dates (M2)."""

    product = TenantForeignKey(Product, models.CASCADE, related_name="releases")
    name = models.CharField(max_length=60)
    released_on = models.DateField()

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["vendor", "product", "name"], name="vendors_release_name"),
        ]

    def __str__(self) -> str:
        return self.name


class InstalledItem(TenantModel):
    """An instrument or licence at a customer's, by serial or licence number, with its warranty (O12) and seller (O1, I6)."""

    class State(models.TextChoices):
        """Whether the item is in use."""

        ACTIVE = "active", _("In use")
        RETIRED = "retired", _("Retired")

    organisation = TenantForeignKey(Organisation, models.PROTECT, related_name="items")
    site = TenantForeignKey(Site, models.PROTECT, null=True, blank=True, related_name="items")
    product = TenantForeignKey(Product, models.PROTECT, related_name="items")
    release = TenantForeignKey(Release, models.PROTECT, null=True, blank=True, related_name="items")
    number = models.CharField(max_length=60)
    authorised_user = TenantForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="items")
    sold_by = TenantForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="sold_items")
    warranty_from = models.DateField(null=True, blank=True)
    warranty_until = models.DateField(null=True, blank=True)
    warranty_void_since = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.ACTIVE)

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            RowLevelSecurity(
                name="%(app_label)s_%(class)s_rls",
                within=f"{_OWN_ORGANISATION} OR sold_by_id = ANY ({ORGANISATIONS})",
                writing="false",
            ),
            models.UniqueConstraint(fields=["vendor", "number"], name="vendors_item_number"),
        ]

    def __str__(self) -> str:
        return self.number
