"""Who somebody is at a vendor, and what a role may do. Every gate of the floors above asks here."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet

from kernel.audit.services import Actor
from kernel.tenancy.scope import Scope, enter
from vendors.models import Person, Role


class Act(StrEnum):
    """What a role may be allowed to do."""

    FILE_REQUEST = "file_request"
    SEE_OWN_ORGANISATION = "see_own_organisation"
    MANAGE_COLLEAGUES = "manage_colleagues"  # invite, change and remove people of one's own organisation
    WORK_TICKETS = "work_tickets"  # triage, answer, resolve
    REVIEW_ESCALATIONS = "review_escalations"
    GRANT_ENTITLEMENT = "grant_entitlement"  # serve what is not owed (M17)
    WRITE_ARTICLES = "write_articles"  # what customers find before they ask
    ANNOUNCE = "announce"  # write to all customers whom it concerns (M15)
    CORRECT_HISTORY = "correct_history"  # set `at` back, void events
    SEE_DASHBOARDS = "see_dashboards"
    MANAGE_STAFF = "manage_staff"  # teams, shifts, absences, who speaks what, who has how much
    MANAGE_VENDOR = "manage_vendor"


_CUSTOMER = frozenset({Act.FILE_REQUEST})
_AGENT = frozenset({Act.WORK_TICKETS})
_OWN_AGENT = _AGENT | {Act.WRITE_ARTICLES}  # the vendor's own; a partner's agents write no articles
_SUPERVISOR = _OWN_AGENT | {
    Act.REVIEW_ESCALATIONS,
    Act.GRANT_ENTITLEMENT,
    Act.ANNOUNCE,
    Act.CORRECT_HISTORY,
    Act.SEE_DASHBOARDS,
    Act.MANAGE_STAFF,
}
MAY: dict[str, frozenset[Act]] = {
    Role.CUSTOMER_USER: _CUSTOMER,
    Role.CUSTOMER_ADMIN: _CUSTOMER | {Act.SEE_OWN_ORGANISATION, Act.MANAGE_COLLEAGUES},
    Role.PARTNER_AGENT: _AGENT,
    Role.AGENT: _OWN_AGENT,
    Role.SUPERVISOR: _SUPERVISOR,
    Role.SUPPORT_MANAGEMENT: _SUPERVISOR,
    Role.EXECUTIVE_SPONSOR: frozenset({Act.SEE_DASHBOARDS, Act.WORK_TICKETS}),
    Role.VENDOR_ADMIN: _SUPERVISOR | {Act.MANAGE_VENDOR},
}
CUSTOMERS = frozenset({Role.CUSTOMER_USER.value, Role.CUSTOMER_ADMIN.value})
# Support staff of the vendor itself; a partner's agents are its own house.
STAFF = frozenset(
    role.value
    for role in (Role.AGENT, Role.SUPERVISOR, Role.SUPPORT_MANAGEMENT, Role.EXECUTIVE_SPONSOR, Role.VENDOR_ADMIN)
)
_PARTNERS = frozenset({Role.PARTNER_AGENT.value})


@dataclass(frozen=True, slots=True)
class Member:
    """A person acting at one vendor, through one door. `person_id` None is the system itself."""

    vendor_id: int
    person_id: int | None
    role: str
    organisation_id: int | None = None
    user_id: int | None = None
    name: str = ""
    source: str = "web"
    address: str | None = None

    @classmethod
    def system(cls, vendor_id: int, source: str = "worker") -> "Member":
        """The software itself, acting for a vendor."""
        return cls(vendor_id, None, "system", source=source)

    def may(self, act: Act) -> bool:
        """Whether this person's role allows the act; the system may everything."""
        return self.role == "system" or act in MAY.get(self.role, frozenset())

    @property
    def person(self) -> int:
        """The person's key, where only a person can act. Raises LookupError for the system."""
        if self.person_id is None:
            raise LookupError("The system is nobody's person.")
        return self.person_id

    @property
    def is_customer(self) -> bool:
        """Whether the person stands on the customer's side."""
        return self.role in CUSTOMERS

    @property
    def is_staff(self) -> bool:
        """Whether the person stands on the serving side: the vendor's own staff or a partner's agent."""
        return not self.is_customer

    @property
    def house(self) -> int | None:
        """The house for which the person works: a partner's key, or None for the vendor itself (and for customers)."""
        return self.organisation_id if self.role == Role.PARTNER_AGENT else None

    @property
    def actor(self) -> Actor:
        """The same, as the audit keeps it."""
        return Actor(self.person_id, self.user_id, self.source, self.address)

    def through(self, source: str, address: str | None = None) -> "Member":
        """The same person through another door."""
        return replace(self, source=source, address=address)


def member_of(person: Person, source: str = "web", address: str | None = None) -> Member:
    """The acting side of a person's row."""
    return Member(
        person.vendor_id, person.pk, person.role, person.organisation_id, person.user_id, person.name, source, address
    )


def roles_in(house: int | None) -> frozenset[str]:
    """The roles in which people work in a house: a partner's (its key), or the vendor itself (None)."""
    return STAFF if house is None else _PARTNERS


def works_in(vendor_id: int, house: int | None) -> Q:
    """Which people work in a house, now or before."""
    return Q(vendor_id=vendor_id, organisation=house, role__in=roles_in(house))


def colleagues_of(members: Iterable[Member]) -> QuerySet[Person]:
    """Who works in the houses of these memberships, now or before, they themselves too; a customer has no colleagues here."""
    houses = (works_in(member.vendor_id, member.house) for member in members if member.is_staff)
    return Person.objects.filter(reduce(or_, houses, Q(pk__in=[])))


def memberships(user_id: int) -> tuple[Member, ...]:
    """All that a login is, at all vendors; asked of the database each time, so a removed one ends with the next request."""
    with enter(Scope(user=user_id)):
        # Before there is a scope there are no vendors to filter by: the database's policy shows a login its own rows.
        people: QuerySet[Person] = QuerySet(Person).filter(user_id=user_id, active=True).order_by("vendor_id")
        columns = ("vendor_id", "pk", "role", "organisation_id", "user_id", "name")
        return tuple(Member(*row) for row in people.values_list(*columns))


def scope_of(members: Iterable[Member], user_id: int | None = None) -> Scope:
    """The scope that these memberships open together."""
    members = tuple(members)
    return Scope(
        open=frozenset(m.vendor_id for m in members if m.role in STAFF),
        limited=frozenset(
            (m.vendor_id, m.organisation_id) for m in members if m.organisation_id and m.role not in STAFF
        ),
        user=user_id,
    )
