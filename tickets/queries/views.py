"""Views of the queue: the standing ones, those that people keep, and how many tickets are in each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tickets.access import visible_tickets
from tickets.models import SavedView, Ticket
from tickets.queries.queue import Narrowing
from vendors.access import Member
from vendors.models import TeamMember

CAP = 1000  # further than that nobody counts
Whose = Literal["standing", "mine", "team", "house"]

# By key: the name, and the query in the search language.
STANDING: Mapping[str, tuple[Promise, str]] = {
    "open": (_("All open"), ""),
    "mine": (_("Mine"), "is:mine"),
    "unassigned": (_("Unassigned"), "is:unassigned"),
    "soon": (_("Due within 2 open hours"), "due<2h -is:breached"),
    "breached": (_("Breached"), "is:breached"),
    "waiting": (_("Waiting for customer over 3 days"), "waiting>3d"),
    "assumed": (_("Assumed zone"), "is:assumed"),
    "unentitled": (_("No entitlement"), "is:unentitled"),
    "defects": (_("Defects"), "is:defect"),
}


@dataclass(frozen=True, slots=True)
class View:
    """A search under a name. `key` names it in addresses: a standing view's word, or "v" and the row's key; `id` and `vendor_id`
    are None for a standing one; `whose`: "mine", "team" (`team` is its name) or "house".
    """

    key: str
    name: str
    query: str
    whose: Whose
    id: int | None = None
    vendor_id: int | None = None
    team: str | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """How many tickets a view holds; with `more` at least CAP + 1 of them, and `tickets` is CAP."""

    tickets: int
    more: bool

    def __str__(self) -> str:
        return f"{self.tickets}+" if self.more else str(self.tickets)


def views_of(members: Sequence[Member]) -> list[View]:
    """The views of these memberships, in one query: the standing ones, then one's own, one's teams', one's house's; each in
    the order that their owners gave them.
    """
    standing = [View(key, str(name), query, "standing") for key, (name, query) in STANDING.items()]
    columns = ("pk", "vendor_id", "owner_id", "team__name", "name", "query")
    rows = visible_views(members).order_by("position", "pk").values_list(*columns)
    kept = [
        View(f"v{key}", name, query, "mine" if owner else "team" if team else "house", key, vendor, team)
        for key, vendor, owner, team, name, query in rows
    ]
    order = ("mine", "team", "house")
    return standing + sorted(kept, key=lambda view: order.index(view.whose))


def visible_views(members: Sequence[Member]) -> QuerySet[SavedView]:
    """The kept views that these memberships may use: a personal one is its owner's alone, a team's its members'."""
    condition = Q(pk__in=[])
    for member in members:
        if member.is_customer or member.person_id is None:
            continue
        teams = TeamMember.objects.filter(vendor_id=member.vendor_id, person=member.person_id).values("team_id")
        whose = Q(owner=member.person_id) | Q(owner=None, team=None) | Q(owner=None, team__in=teams)
        condition |= Q(vendor_id=member.vendor_id, house=member.house) & whose
    return SavedView.objects.filter(condition)


def counts(members: Sequence[Member], narrowings: Sequence[Narrowing], now: datetime) -> list[Count]:
    """How many tickets each narrowing holds at `now` (aware), exact up to CAP, in one query that reads no further."""
    figures, params = list[str](), list[Any]()
    for narrowing in narrowings:
        parts = []
        for member in members:
            found = (
                visible_tickets([member]).filter(narrowing.condition(member, now)).order_by().values("pk")[: CAP + 1]
            )
            statement, values = _sql(found)
            if statement:
                parts.append(f"SELECT FROM ({statement}) part")  # nosec B608
                params.extend(values)
        # Together they are read no further than the cap: a long part leaves the others unread.
        figures.append(f"(SELECT count(*) FROM ({' UNION ALL '.join(parts)} LIMIT {CAP + 1}) found)" if parts else "0")  # nosec B608
    if not figures:
        return []
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(figures)}", params)
        return [Count(min(figure, CAP), figure > CAP) for figure in cursor.fetchone()]


def _sql(rows: QuerySet[Ticket, Any]) -> tuple[str, tuple[Any, ...]]:
    """The statement of a query set; empty if it can hold nothing."""
    try:
        return rows.query.sql_with_params()
    except EmptyResultSet:
        return "", ()
