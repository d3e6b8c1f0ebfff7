"""The demo's logins: one password for all, a person for every role."""

from dataclasses import dataclass

from kernel.tenancy.models import Tenant
from kernel.tenancy.scope import Scope, enter
from vendors.models import Person, Role, User, Vendor

DOMAIN = "demo.example"
PASSWORD = "demo-supportdesk"  # noqa: S105  it is printed for everybody to use  # nosec B105


@dataclass(frozen=True, slots=True)
class Login:
    """One way in: who, with which mail address, as what, where (vendors by name; none for the operator)."""

    name: str
    email: str
    role: str
    vendor: str


def logins() -> list[Login]:
    """A login for each role of each vendor and for each kind of partner, one for several vendors, and the operator; empty if
    there is no demo.
    """
    found: dict[tuple[str, str, str], Login] = {}
    places: dict[str, list[Login]] = {}
    for person, vendor in _people():
        role, kind = str(Role(person.role).label), ""
        if person.role == Role.PARTNER_AGENT:
            kind = person.organisation.kind
            role = f"{role} ({person.organisation.get_kind_display()})"
        login = Login(person.name, person.email, role, vendor)
        places.setdefault(person.email, []).append(login)
        found.setdefault((vendor, person.role, kind), login)
    several = [
        Login(rows[0].name, email, rows[0].role, ", ".join(row.vendor for row in rows))
        for email, rows in places.items()
        if len(rows) > 1
    ]
    single = [login for login in found.values() if len(places[login.email]) == 1]
    operators = User.objects.filter(email__endswith=f"@{DOMAIN}", is_operator=True, is_active=True).order_by("pk")
    return [*single, *several, *(Login(user.name, user.email, "Operator", "") for user in operators)]


def _people() -> list[tuple[Person, str]]:
    order = {role.value: place for place, role in enumerate(Role)}
    people: list[tuple[Person, str]] = []
    for key in Tenant.objects.order_by("pk").values_list("pk", flat=True):
        with enter(Scope.of(key)):
            vendor = Vendor.objects.get()
            rows = Person.objects.filter(user__email__endswith=f"@{DOMAIN}", user__is_active=True, active=True)
            rows = rows.select_related("organisation")
            # Who is at home with several vendors comes last, so that each role has somebody of this one alone.
            people += [(row, vendor.name) for row in sorted(rows, key=lambda p: (order[p.role], p.pk))]
    counts: dict[int | None, int] = {}
    for person, _ in people:
        counts[person.user_id] = counts.get(person.user_id, 0) + 1
    return sorted(people, key=lambda row: (row[1], order[row[0].role], counts[row[0].user_id]))
