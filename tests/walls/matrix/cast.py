"""Who asks. Everybody has a session from before, also those who have been removed since."""

from __future__ import annotations

from dataclasses import dataclass, replace

from allauth.account.models import EmailAddress

from kernel.tenancy.scope import enter
from tests.world import House, read_house
from vendors.access import Member
from vendors.models import Organisation, Person, Role, User

NOBODY = "nobody"


def people(words: str) -> frozenset[str]:
    """Names of the cast, separated by blanks."""
    return frozenset(words.split())


# Two customers' user and admin, two partners' agents and the staff of one vendor; people of a second vendor; one who is an agent
# of both; who runs the installation; two who were something here until they were removed.
CAST = (
    "nobody", "customer", "customer_admin", "stranger", "stranger_admin", "partner", "other_partner", "agent", "supervisor",
    "admin", "abroad_customer", "abroad_agent", "abroad_admin", "both", "operator", "removed", "removed_customer",
)  # fmt: skip


@dataclass(frozen=True)
class Cast:
    """The two houses with their people, and the logins by name (nobody has none)."""

    here: House
    abroad: House
    other_partner: Organisation
    logins: dict[str, User | None]

    def member(self, name: str) -> Member:
        """Somebody of the cast as he acts in his house."""
        return self.house_of(name).member(name.removeprefix("abroad_"))

    def person(self, name: str) -> Person:
        """The row of somebody of the cast in his house."""
        return self.house_of(name).people[name.removeprefix("abroad_")]

    def house_of(self, name: str) -> House:
        """The house at which somebody is at home."""
        return self.abroad if name.startswith("abroad_") else self.here


def make_cast() -> Cast:
    """Add to the standing cast whom it lacks: the stranger's admin, a second partner's agent, and two removed people."""
    here, abroad = read_house("mastercam"), read_house("optocraft")
    with enter(here.scope()):
        second = Organisation.objects.create(
            kind=Organisation.Kind.CHANNEL_PARTNER, name="Zweite Partner GmbH", country="DE", time_zone="Europe/Berlin"
        )
        new = {
            "stranger_admin": _person("stranger_admin", Role.CUSTOMER_ADMIN, here.other_customer),
            "other_partner": _person("other_partner", Role.PARTNER_AGENT, second),
            "removed": _person("removed", Role.SUPERVISOR, None, active=False),
            "removed_customer": _person("removed_customer", Role.CUSTOMER_ADMIN, here.customer, active=False),
        }
    here = replace(here, people=here.people | new)
    logins: dict[str, User | None] = {NOBODY: None}
    for name in CAST:
        if name not in (NOBODY, "both", "operator"):
            house = abroad if name.startswith("abroad_") else here
            logins[name] = house.user(name.removeprefix("abroad_"))
    logins["both"] = User.objects.get(email="everywhere@agents.test")
    logins["operator"] = User.objects.get(email="operator@operators.test")
    for user in filter(None, logins.values()):  # as sign-in keeps them
        EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    return Cast(here, abroad, second, logins)


def _person(who: str, role: Role, organisation: Organisation | None, *, active: bool = True) -> Person:
    user = User.objects.create(email=f"{who}@mastercam.test", name=who.replace("_", " ").title())
    made: Person = Person.objects.create(
        user=user, role=role, organisation=organisation, name=user.name, email=user.email, country="GB",
        time_zone="Europe/London", active=active,
    )  # fmt: skip
    return made
