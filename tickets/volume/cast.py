"""Who is there: three vendors of the catalog with staff, partners, customers, their people and what is installed there."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from django.contrib.auth.hashers import make_password

from contracts.entitlement import verdict
from contracts.gathering import Subject, facts_of
from contracts.models import Contract, ContractSite
from contracts.routing import serving_house
from kernel.tenancy.scope import Scope, enter
from sla.engine.policy import Rules
from sla.policies import current, install, rules
from tickets.demo.logins import PASSWORD
from tickets.models import Channel
from tickets.zones import zone_of
from vendors.catalog.schema import PolicyFile, load_slug
from vendors.models import InstalledItem, Organisation, Person, Product, Release, Role, Site, Team, User, Vendor

DOMAIN = "volume.example"
AGENT = f"everywhere@{DOMAIN}"  # an agent of all three vendors
SHARES = {"mastercam": 25, "optocraft": 14, "image-instruments": 11}  # of fifty tickets
_AGENTS = 12
_NOWHERE = 0.03  # of the customers, whose zone nobody knows (M5)
_PARTNERS = 8
_SERIALS = {
    "mastercam": "MC-{number:06d}",
    "optocraft": "WFS-{year:02d}-{number:05d}",
    "image-instruments": "OC3-{number:05d}",
}
_PRODUCTS = {
    "mastercam": ("mill", "lathe", "wire", "router"),
    "optocraft": ("shsinspect", "shslab", "shsworks"),
    "image-instruments": ("onyxceph",),
}
# Where customers are: country, zone, language and of a hundred how many.
_PLACES = (
    ("DE", "Europe/Berlin", "de", 38),
    ("AT", "Europe/Vienna", "de", 8),
    ("SE", "Europe/Stockholm", "sv", 16),
    ("GB", "Europe/London", "en", 10),
    ("US", "America/Chicago", "en", 12),
    ("US", "America/New_York", "en", 8),
    ("IN", "Asia/Kolkata", "en", 4),
    ("AU", "Australia/Melbourne", "en", 4),
)
_FIRST = (
    "Anna Bo Carl Dana Elin Frida Gustav Hanna Ida Jonas Karin Lars Maja Nils Olga Per Rosa Sven Tess Ulf Vera Wim Yara"
    " Zoe Arjun Birgit Clara Dieter Emil Greta Heike Ingo Jana Kurt Lena Moritz Nora Otto Petra Ralf"
)
_LAST = (
    "Lind Berg Holm Strand Sand Fors Wall Kraus Vogel Hahn Brandt Winter Sommer Keller Busch Roth Hall Wright Carter Moss"
    " Pryce Shaw Dale Ford Hayes Sen Rao Iyer Gruber Moser Huber Ek Dahl Nyman Quist Reuter Scholz Thoma Ullrich Ziegler"
)
_FIRMS = "Precision Tooling Optics Moulds Aero Dental Lenses Turning Milling Castings Fixtures Gauges Imaging Implants"
_FORMS = {"DE": "GmbH", "AT": "GmbH", "SE": "AB", "GB": "Ltd", "US": "Inc.", "IN": "Pvt Ltd", "AU": "Pty Ltd"}


@dataclass(frozen=True, slots=True)
class Clerk:
    """Somebody who works on tickets: his key and his login's."""

    person: int
    user: int


@dataclass(frozen=True, slots=True)
class Asker:
    """Somebody who asks about an item: all keys that a ticket takes from them, and whose zone it counts in."""

    person: int
    user: int | None
    customer: int
    site: int
    item: int
    product: int
    release: int
    serial: str
    language: str
    zone: str
    country: str
    zone_source: str
    zone_assumed: bool
    houses: Mapping[tuple[str, str], int]  # which partner serves, by topic and channel; the vendor where none is named


@dataclass(frozen=True, slots=True)
class House:
    """One vendor as the lives of its tickets need it."""

    vendor_id: int
    slug: str
    prefix: str
    file: PolicyFile
    rules: Rules
    topics: tuple[str, ...]
    agents: tuple[Clerk, ...]
    ladder: dict[str, tuple[Clerk, ...]]  # by the policy's words for who is told
    partners: dict[int, tuple[Clerk, ...]]  # a partner's agents by its key
    teams: tuple[int, ...]
    askers: tuple[Asker, ...]


def bring_on(seed: int, tickets: int, today: date) -> list[House]:
    """Make the cast for about `tickets` tickets, as the application's role; a larger one the more tickets there are."""
    random = Random(f"cast {seed}")  # noqa: S311  no secret
    password = make_password(PASSWORD)
    everywhere = User.objects.create(email=AGENT, name="Noor Everywhere", password=password)
    return [
        _Stage(slug, random, today, password, everywhere).fill(_customers(tickets, share))
        for slug, share in SHARES.items()
    ]


def _customers(tickets: int, share: int) -> int:
    return max(12, min(2_400, tickets // 250) * share // 25)


class _Stage:
    def __init__(self, slug: str, random: Random, today: date, password: str, everywhere: User) -> None:
        self.slug, self.random, self.today, self.password, self.everywhere = slug, random, today, password, everywhere
        self.vendor_id = install(load_slug(slug)).vendor_id
        self.people = 0

    def fill(self, customers: int) -> House:
        """Everybody and everything of the vendor, and what of it tickets need."""
        with enter(Scope.of(self.vendor_id)):
            vendor = Vendor.objects.get()
            ladder = {
                word: tuple(self._clerks(role, number, vendor.country, vendor.time_zone, "en"))
                for word, role, number in (
                    ("supervisor", Role.SUPERVISOR, 2),
                    ("management", Role.SUPPORT_MANAGEMENT, 1),
                    ("executive_sponsor", Role.EXECUTIVE_SPONSOR, 1),
                )
            }
            self._clerks(Role.VENDOR_ADMIN, 1, vendor.country, vendor.time_zone, "en")
            me = Person.objects.create(user=self.everywhere, role=Role.AGENT, name=self.everywhere.name, email=AGENT)
            others = self._clerks(Role.AGENT, _AGENTS, vendor.country, vendor.time_zone, "de")
            partners = self._partners()
            file = current(self.vendor_id)
            return House(
                vendor_id=self.vendor_id,
                slug=self.slug,
                prefix=vendor.prefix,
                file=file,
                rules=rules(self.vendor_id),
                topics=tuple(topic.key for topic in file.topics),
                agents=(Clerk(me.pk, self.everywhere.pk), *others),
                ladder=ladder,
                partners=partners,
                teams=tuple(Team.objects.create(name=name).pk for name in ("First line", "Second line")),
                askers=tuple(self._askers(file, vendor, self._installed(file, customers, list(partners)))),
            )

    def _clerks(
        self, role: Role, number: int, country: str, zone: str, language: str, organisation: Organisation | None = None
    ) -> list[Clerk]:
        people = [
            self._person(role, country=country, time_zone=zone, language=language, organisation=organisation)
            for _ in range(number)
        ]
        return [Clerk(person.pk, person.user_id or 0) for person in self._with_logins(people)]

    def _person(self, role: Role, **values: object) -> Person:
        self.people += 1
        name = f"{self._one_of(_FIRST)} {self._one_of(_LAST)}"
        mail = f"{name.lower().replace(' ', '.')}.{self.people}@{self.slug}.{DOMAIN}"
        return Person(vendor_id=self.vendor_id, role=role, name=name, email=mail, **values)

    def _one_of(self, words: str) -> str:
        return self.random.choice(words.split())

    def _with_logins(self, people: Sequence[Person]) -> list[Person]:
        users = User.objects.bulk_create(
            User(
                email=p.email,
                name=p.name,
                language=p.language,
                time_zone=p.time_zone or "Europe/Berlin",
                password=self.password,
            )
            for p in people
        )
        for person, user in zip(people, users, strict=True):
            person.user = user
        return list(Person.objects.bulk_create(people))

    def _partners(self) -> dict[int, tuple[Clerk, ...]]:
        kind = Organisation.Kind.CHANNEL_PARTNER if self.slug == "mastercam" else Organisation.Kind.DISTRIBUTOR
        found = {}
        for number in range(_PARTNERS):
            country, zone, language, _ = _PLACES[number % 3]
            row = Organisation.objects.create(
                kind=kind, name=f"Partner {number + 1} {self.slug}", country=country, time_zone=zone
            )
            found[row.pk] = tuple(self._clerks(Role.PARTNER_AGENT, 3, country, zone, language, row))
        return found

    def _installed(self, file: PolicyFile, customers: int, partners: Sequence[int]) -> list[InstalledItem]:
        """Customers with a site or two, a person or two at each, and what these use."""
        releases = self._releases()
        places = [place for place in _PLACES for _ in range(place[3])]
        organisations, sites, people, items = [], [], [], []
        for number in range(customers):
            country, zone, language, share = self.random.choice(places)
            zone = "" if self.random.random() < _NOWHERE else zone
            organisation = Organisation(
                vendor_id=self.vendor_id, kind=Organisation.Kind.CUSTOMER, country=country, time_zone=zone,
                name=f"{self._one_of(_LAST)} {self._one_of(_FIRMS)} {number + 1} {_FORMS[country]}",
                supported_by_id=self.random.choice(partners) if self.random.random() < 0.2 else None,
            )  # fmt: skip
            organisations.append((organisation, (country, zone, language, share)))
        Organisation.objects.bulk_create([row for row, _ in organisations])
        for organisation, place in organisations:
            for number in range(1 + (self.random.random() < 0.3)):
                row = Site(
                    vendor_id=self.vendor_id, organisation=organisation, name=f"Site {number + 1}", country=place[0],
                    time_zone=place[1], system_supervisor=self._one_of(_LAST),
                )  # fmt: skip
                sites.append((row, place))
        Site.objects.bulk_create([row for row, _ in sites])
        for site, (country, zone, language, _) in sites:
            for number in range(1 + (self.random.random() < 0.5)):
                people.append(
                    self._person(
                        Role.CUSTOMER_USER if number else Role.CUSTOMER_ADMIN, organisation=site.organisation, site=site,
                        country=country, time_zone=zone, language=language, trained=self.random.random() < 0.8,
                    )
                )  # fmt: skip
        self._with_logins(people)
        for number, person in enumerate((p for p in people for _ in range(1 + (self.random.random() < 0.4))), 100):
            items.append(self._item(number, person, self.random.choice(releases)))
        InstalledItem.objects.bulk_create(items)
        self._contracts(file, [row for row, _ in sites])
        return items

    def _releases(self) -> list[Release]:
        found = []
        for key in _PRODUCTS[self.slug]:
            product = Product.objects.create(key=key, name=key.capitalize())
            for age in range(3):
                name = f"{self.today.year - age}.1"
                found.append(
                    Release.objects.create(
                        product=product, name=name, released_on=self.today - timedelta(400 * age + 30)
                    )
                )
        return found

    def _item(self, number: int, person: Person, release: Release) -> InstalledItem:
        year = self.today.year - int(self.random.random() * 8)
        bought = date(year, 1 + int(self.random.random() * 12), 15)
        organisation = person.organisation
        assert organisation is not None  # noqa: S101  customers have one
        return InstalledItem(
            vendor_id=self.vendor_id, organisation=organisation, site=person.site, product=release.product, release=release,
            number=_SERIALS[self.slug].format(year=year % 100, number=number), authorised_user=person,
            sold_by_id=organisation.supported_by_id, warranty_from=bought, warranty_until=bought + timedelta(730),
        )  # fmt: skip

    def _contracts(self, file: PolicyFile, sites: Sequence[Site]) -> None:
        kind = file.contracts[0].key
        covered = [site for site in sites if self.random.random() < 0.85]
        rows = [
            Contract(
                vendor_id=self.vendor_id, customer=site.organisation, kind=kind, number=f"{kind.upper()}-{number:05d}",
                starts=self.today - timedelta(1200), ends=self.today + timedelta(self.random.randint(-60, 400)),
            )
            for number, site in enumerate(covered, 1)
        ]  # fmt: skip
        Contract.objects.bulk_create(rows)
        ContractSite.objects.bulk_create(
            ContractSite(vendor_id=self.vendor_id, contract=row, site=site)
            for row, site in zip(rows, covered, strict=True)
        )

    def _askers(self, file: PolicyFile, vendor: Vendor, items: Sequence[InstalledItem]) -> Iterator[Asker]:
        asked = file.calendar_choice.zone_from != ("vendor",)
        for item in items:
            person, site, customer = item.authorised_user, item.site, item.organisation
            if person is None or site is None or item.release_id is None:
                continue
            zone = zone_of(vendor, user=person, site=site, organisation=customer, asked=asked)
            yield Asker(
                person=person.pk, user=person.user_id, customer=customer.pk, site=site.pk, item=item.pk,
                product=item.product_id, release=item.release_id, serial=item.number,
                language=file.spoken(person.language),
                zone=zone.name, country=zone.country, zone_source=zone.source.value, zone_assumed=zone.assumed,
                houses=dict(_served(file, item, self.today)),
            )  # fmt: skip


def _served(file: PolicyFile, item: InstalledItem, day: date) -> Iterator[tuple[tuple[str, str], int]]:
    """The house that serves each topic by each channel, judged by facts that are read once."""
    if item.organisation.supported_by_id is None:
        return
    subject = Subject(
        item.organisation, item.site_id, item, item.product_id, item.release.name if item.release else "", "", day
    )
    facts = facts_of(file, subject)
    for topic in file.topics:
        found = verdict(file, replace(facts, topic=topic.key))
        for channel in Channel:
            asked = replace(subject, topic=topic.key, own_address=channel == Channel.MAIL)
            house = serving_house(file, asked, found)
            if house is not None:
                yield (topic.key, channel.value), house.pk
