"""The standing cast of the tests: three vendors from the catalog; for each a customer, a stranger, a partner and staff.

Everybody's login is `<who>@<vendor slug>.test`; two people are at home with several vendors. The cast is committed into the
template database; what a test adds is rolled back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from django.contrib.auth.hashers import make_password

from contracts.models import Contract, ContractSite
from kernel.tenancy.models import Tenant
from kernel.tenancy.scope import Scope, enter
from sla.policies import install
from vendors.access import Member, member_of
from vendors.catalog.schema import load
from vendors.models import InstalledItem, Organisation, Person, Product, Release, Role, Site, User, Vendor

CATALOG = Path(__file__).parent.parent / "vendors" / "catalog"
FILES = ("mastercam", "optocraft", "image_instruments")
PASSWORD = "a-long-test-password"
STAFF = {
    "agent": Role.AGENT,
    "colleague": Role.AGENT,
    "supervisor": Role.SUPERVISOR,
    "management": Role.SUPPORT_MANAGEMENT,
    "sponsor": Role.EXECUTIVE_SPONSOR,
    "admin": Role.VENDOR_ADMIN,
}


@dataclass(frozen=True)
class House:
    """One vendor with its people: `people` by short name (customer, customer_admin, neighbour, stranger, partner, agent, …)."""

    id: int
    slug: str
    vendor: Vendor
    customer: Organisation
    other_customer: Organisation
    partner: Organisation
    site: Site
    item: InstalledItem
    people: dict[str, Person]

    def member(self, who: str, source: str = "web") -> Member:
        """The acting side of somebody."""
        return member_of(self.people[who], source)

    def user(self, who: str) -> User:
        """The login of somebody."""
        user = self.people[who].user
        assert user is not None
        return user

    def scope(self) -> Scope:
        """The whole vendor."""
        return Scope.of(self.id)


@dataclass(frozen=True)
class World:
    """The three vendors, and the two who are at home with several of them."""

    mastercam: House
    optocraft: House
    onyx: House
    everywhere: User  # an agent of all three
    operator: User

    @property
    def houses(self) -> tuple[House, House, House]:
        """All three."""
        return self.mastercam, self.optocraft, self.onyx


def make_world() -> None:
    """Make the cast; called once, when the template database is made."""
    everywhere = _user("everywhere@agents.test", "Ester Everywhere")
    _user("operator@operators.test", "Otto Operator", is_operator=True)
    for name in FILES:
        done = install(load(CATALOG / f"{name}.toml"))
        with enter(Scope.of(done.vendor_id)):
            _people_of(Vendor.objects.get())
            Person.objects.create(user=everywhere, role=Role.AGENT, name="Ester Everywhere", email=everywhere.email)


def read_world() -> World:
    """The cast as it stands in the database."""
    houses = {}
    for key in Tenant.objects.values_list("pk", flat=True):
        with enter(Scope.of(key)):
            house = _house()
            houses[house.slug] = house
    return World(
        houses["mastercam"],
        houses["optocraft"],
        houses["image-instruments"],
        User.objects.get(email="everywhere@agents.test"),
        User.objects.get(email="operator@operators.test"),
    )


def read_house(slug: str) -> House:
    """One vendor of the cast, whatever other vendors there are."""
    for key in Tenant.objects.values_list("pk", flat=True):
        with enter(Scope.of(key)):
            if Vendor.objects.get().slug == slug:
                return _house()
    raise LookupError(slug)


def _house() -> House:
    vendor = Vendor.objects.get()
    people = {
        person.email.partition("@")[0]: person
        for person in Person.objects.select_related("user", "organisation", "site").exclude(email="")
    }
    return House(
        id=vendor.pk,
        slug=vendor.slug,
        vendor=vendor,
        customer=Organisation.objects.get(name="Nordic Tool AB"),
        other_customer=Organisation.objects.get(name="Stranger Ltd"),
        partner=Organisation.objects.get(name="Partner & Söhne GmbH"),
        site=Site.objects.get(name="Stockholm"),
        item=InstalledItem.objects.select_related("product").get(number="N-1001"),
        people=people,
    )


def _people_of(vendor: Vendor) -> None:
    partner = Organisation.objects.create(
        kind=Organisation.Kind.DISTRIBUTOR, name="Partner & Söhne GmbH", country="DE", time_zone="Europe/Berlin"
    )
    customer = Organisation.objects.create(
        kind=Organisation.Kind.CUSTOMER, name="Nordic Tool AB", country="SE", time_zone="Europe/Stockholm"
    )
    stranger = Organisation.objects.create(
        kind=Organisation.Kind.CUSTOMER,
        name="Stranger Ltd",
        country="GB",
        time_zone="Europe/London",
        supported_by=partner,
    )
    site = Site.objects.create(organisation=customer, name="Stockholm", country="SE", time_zone="Europe/Stockholm")
    at = {"country": "SE", "time_zone": "Europe/Stockholm", "organisation": customer, "site": site}
    _person(vendor, "customer", Role.CUSTOMER_USER, "Karin Kund", language="sv", **at)
    _person(vendor, "neighbour", Role.CUSTOMER_USER, "Nils Granne", language="sv", **at)
    _person(vendor, "customer_admin", Role.CUSTOMER_ADMIN, "Anna Admin", language="en", **at)
    _person(
        vendor,
        "stranger",
        Role.CUSTOMER_USER,
        "Sam Stranger",
        organisation=stranger,
        country="GB",
        time_zone="Europe/London",
    )
    _person(vendor, "partner", Role.PARTNER_AGENT, "Paula Partner", organisation=partner, language="de")
    for who, role in STAFF.items():
        _person(vendor, who, role, f"{who.title()} of {vendor.name}")
    product = Product.objects.create(key="main", name=f"{vendor.name} One")
    Release.objects.create(product=product, name="2024", released_on=date(2023, 6, 1))
    Release.objects.create(product=product, name="2025", released_on=date(2024, 6, 1))
    release = Release.objects.create(product=product, name="2026", released_on=date(2025, 6, 1))
    InstalledItem.objects.create(organisation=customer, site=site, product=product, release=release, number="N-1001")
    InstalledItem.objects.create(
        organisation=stranger, product=product, release=release, number="S-2002", sold_by=partner
    )
    contract = Contract.objects.create(customer=customer, kind="connect", number="C-1", starts=date(2025, 1, 1))
    ContractSite.objects.create(contract=contract, site=site)


def _person(vendor: Vendor, who: str, role: Role, name: str, **fields: object) -> Person:
    email = f"{who}@{vendor.slug}.test"
    person: Person = Person.objects.create(user=_user(email, name), role=role, name=name, email=email, **fields)
    return person


def _user(email: str, name: str, **fields: object) -> User:
    user = User(email=email, name=name, **fields)
    user.password = _hashed()
    user.save()
    return user


@cache
def _hashed() -> str:
    # scrypt is slow on purpose: one hash serves the whole cast
    return make_password(PASSWORD)
