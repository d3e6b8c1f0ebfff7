"""Where the demo plays: one vendor's people, customers, partners and what is installed there."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache

from django.contrib.auth.hashers import make_password

from contracts.models import Contract, ContractSite
from tickets.demo.logins import DOMAIN, PASSWORD
from vendors.access import Member, member_of
from vendors.models import InstalledItem, Organisation, Person, Product, Release, Role, Site, User

Kind = Organisation.Kind


@dataclass(frozen=True, slots=True)
class Asker:
    """Somebody who files requests: himself as he acts, and what he may ask about."""

    person: Person
    member: Member
    items: tuple[InstalledItem, ...]


@dataclass
class Stage:
    """One vendor's cast. `today` is the local date of loading, from which contracts and warranties are dated."""

    vendor_id: int
    slug: str
    today: date
    people: dict[str, Person] = field(default_factory=dict)  # by short name
    products: dict[str, Product] = field(default_factory=dict)
    releases: dict[str, Release] = field(default_factory=dict)
    items: list[InstalledItem] = field(default_factory=list)

    # -- reading -----------------------------------------------------------------------------------------------------

    def acting(self, who: Person, source: str = "web") -> Member:
        """The acting side of a person."""
        return member_of(who, source)

    def staff(self, role: Role) -> list[Person]:
        """The vendor's own people of a role."""
        return [p for p in self.people.values() if p.role == role and p.organisation_id is None]

    def partner_agents(self, house_id: int | None = None) -> list[Person]:
        """The agents of partner houses, or of one."""
        agents = [p for p in self.people.values() if p.role == Role.PARTNER_AGENT]
        return [p for p in agents if house_id is None or p.organisation_id == house_id]

    def askers(self) -> list[Asker]:
        """All customers' people who have a login, with the items of their site (or, without one, of their organisation)."""
        customers = [
            p for p in self.people.values() if p.role in (Role.CUSTOMER_USER, Role.CUSTOMER_ADMIN) and p.user_id
        ]
        return [Asker(person, member_of(person), self._items_of(person)) for person in customers]

    def _items_of(self, person: Person) -> tuple[InstalledItem, ...]:
        items = [item for item in self.items if item.organisation_id == person.organisation_id]
        return tuple(item for item in items if person.site_id is None or item.site_id == person.site_id) or tuple(items)

    # -- making ------------------------------------------------------------------------------------------------------

    def house(
        self,
        kind: Organisation.Kind,
        name: str,
        country: str,
        zone: str,
        supported_by: Organisation | None = None,
        phone: str = "",
    ) -> Organisation:
        """A customer's or partner's organisation; without a country and zone nobody knows where it is."""
        word = "sales" if kind == Kind.SALES else name.split(maxsplit=1)[0].lower()
        address = f"{word}@{DOMAIN}" if word.isascii() else ""
        row: Organisation = Organisation.objects.create(
            vendor_id=self.vendor_id, kind=kind, name=name, country=country, time_zone=zone, mail_address=address,
            supported_by=supported_by, phone=phone,
        )  # fmt: skip
        return row

    def site(
        self,
        organisation: Organisation,
        name: str,
        country: str,
        zone: str,
        supervisor: str = "",
        subdivision: str = "",
    ) -> Site:
        """A place of an organisation, with its system supervisor."""
        row: Site = Site.objects.create(
            vendor_id=self.vendor_id, organisation=organisation, name=name, country=country, time_zone=zone,
            subdivision=subdivision, system_supervisor=supervisor,
        )  # fmt: skip
        return row

    def person(
        self,
        name: str,
        role: Role,
        language: str,
        at: Site | Organisation | None = None,
        *,
        zone: str = "",
        country: str = "",
        login: bool = True,
        trained: bool | None = True,
        site: Site | None = None,
    ) -> Person:
        """A person of the vendor (no `at`), of an organisation, or of a site, whose zone it then is; `login` makes a user."""
        organisation = at.organisation if isinstance(at, Site) else at
        site = at if isinstance(at, Site) else site
        zone, country = zone or (site.time_zone if site else ""), country or (site.country if site else "")
        row: Person = Person.objects.create(
            vendor_id=self.vendor_id, user=user_of(name, language, zone) if login else None, role=role, name=name,
            organisation=organisation, site=site, email=mail_of(name), language=language, country=country,
            time_zone=zone, trained=trained if organisation else None,
        )  # fmt: skip
        self.people[name] = row
        return row

    def product(self, key: str, name: str, releases: Sequence[tuple[str, date]] = ()) -> Product:
        """A product with its releases, oldest first."""
        row: Product = Product.objects.create(vendor_id=self.vendor_id, key=key, name=name)
        for release, day in releases:
            self.releases[release] = Release.objects.create(
                vendor_id=self.vendor_id, product=row, name=release, released_on=day
            )
        self.products[key] = row
        return row

    def item(
        self,
        number: str,
        product: str,
        site: Site | None,
        *,
        organisation: Organisation | None = None,
        user: Person | None = None,
        release: str = "",
        sold_by: Organisation | None = None,
        warranty: tuple[int, int] | None = None,
        void_since: int | None = None,
    ) -> InstalledItem:
        """An installed item; warranty and its end by the customer's own hand are days from today."""
        owner = site.organisation if site else organisation
        assert owner is not None  # noqa: S101  an item is at a site, or at least somebody's
        row: InstalledItem = InstalledItem.objects.create(
            vendor_id=self.vendor_id, organisation=owner, site=site,
            product=self.products[product], release=self.releases.get(release), number=number, authorised_user=user,
            sold_by=sold_by, warranty_from=self.day(warranty[0]) if warranty else None,
            warranty_until=self.day(warranty[1]) if warranty else None,
            warranty_void_since=None if void_since is None else self.day(void_since),
        )  # fmt: skip
        self.items.append(row)
        return row

    def contract(
        self, kind: str, number: str, customer: Organisation, starts: int, ends: int | None, sites: Sequence[Site] = ()
    ) -> Contract:
        """A contract for sites; begin and last day are days from today."""
        row: Contract = Contract.objects.create(
            vendor_id=self.vendor_id, customer=customer, kind=kind, number=number, starts=self.day(starts),
            ends=None if ends is None else self.day(ends),
        )  # fmt: skip
        for site in sites:
            ContractSite.objects.create(vendor_id=self.vendor_id, contract=row, site=site)
        return row

    def day(self, offset: int) -> date:
        """A date, `offset` days from today."""
        return self.today + timedelta(days=offset)


def user_of(name: str, language: str = "en", zone: str = "", *, operator: bool = False) -> User:
    """The login of a name: one for all vendors at which it occurs."""
    user, _ = User.objects.get_or_create(
        email=mail_of(name),
        defaults={
            "name": name, "language": language, "time_zone": zone or "Europe/Berlin", "is_operator": operator,
            "password": _hashed(),
        },
    )  # fmt: skip
    return user


def mail_of(name: str) -> str:
    """first.last@demo.example, in letters that every mail system takes."""
    plain = name.lower().translate(_PLAIN).replace("dr. ", "")
    return f"{'.'.join(plain.split())}@{DOMAIN}"


_PLAIN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "å": "a", "é": "e", "ø": "o", "-": ""})


@cache
def _hashed() -> str:
    # A password hash is slow on purpose: one serves all, for they have one password.
    return make_password(PASSWORD)
