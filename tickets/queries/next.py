"""What somebody should take next: his own and unassigned tickets that he can do, in one order by due time."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q, QuerySet

from tickets.access import visible_tickets
from tickets.models import State, Ticket
from tickets.queries.hands import IN_WORK, hand_of, that_fit
from vendors.access import Member
from vendors.models import Person, TeamMember

OFFERED = 30  # so many are looked at for one that nobody else has open
_MOST = 1000  # further than that nobody counts
_COLUMNS = ("pk", "vendor_id", "number", "due_at", "assignee_id", "language")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A ticket to take; `mine` says that the reader has it already."""

    ticket_id: int
    vendor_id: int
    number: str
    due_at: datetime | None
    mine: bool
    language: str


@dataclass(frozen=True, slots=True)
class Rest:
    """What there is besides: own tickets that wait for somebody else, and unassigned ones for others' languages, skills, teams
    or levels; counted up to 1,000.
    """

    waiting: int
    for_others: int


def candidates(members: Sequence[Member], skipped: Collection[int] = ()) -> list[Candidate]:
    """At most OFFERED tickets that these memberships should take, the most urgent first, without the `skipped` (keys): own ones
    in work, and unassigned ones of their house in their languages, skills, teams and level. What waits for somebody else is
    none. Three queries, each by index whatever the number of tickets.
    """
    branches = list[QuerySet[Ticket]]()
    for member, able in _able(members):
        work = visible_tickets([member]).filter(state__in=IN_WORK).exclude(pk__in=skipped)
        branches += [work.filter(assignee=member.person_id), work.filter(able, assignee=None)]
    rows = _union(branches) if branches else []
    found = [Candidate(pk, vendor, number, due, who is not None, lang) for pk, vendor, number, due, who, lang in rows]
    return sorted(found, key=lambda c: (c.due_at is None, c.due_at, c.ticket_id))[:OFFERED]


def rest(members: Sequence[Member]) -> Rest:
    """Why there is nothing to take, in two counts and what they need to know."""
    waiting = visible_tickets(members).filter(
        assignee__in=[m.person_id for m in members], state__in=[State.WAITING, State.THIRD_PARTY]
    )
    others = Q(pk__in=[])
    for member, able in _able(members):
        others |= Q(vendor_id=member.vendor_id, serving_house=member.house) & ~able
    unassigned = visible_tickets(members).filter(others, assignee=None, state__in=IN_WORK)
    return Rest(waiting[:_MOST].count(), unassigned[:_MOST].count())


def _able(members: Sequence[Member]) -> list[tuple[Member, Q]]:
    """With each membership the tickets of its house that it can do; what a partner's agents can do is its own business."""
    keys = [m.person_id for m in members if m.person_id is not None]
    people = {person.pk: person for person in Person.objects.filter(pk__in=keys)}
    teams: dict[int, list[int]] = {}
    for person_id, team_id in TeamMember.objects.filter(person_id__in=keys).values_list("person_id", "team_id"):
        teams.setdefault(person_id, []).append(team_id)
    found = []
    for member in members:
        able = Q(serving_house=member.house)
        if member.house is None and member.person_id in people:
            able &= that_fit([hand_of(people[member.person_id])])
            able &= Q(team=None) | Q(team__in=teams.get(member.person_id, []))
        found.append((member, able))
    return found


def _union(branches: Iterable[QuerySet[Ticket]]) -> Iterable[tuple[int, int, str, datetime | None, int | None, str]]:
    # Naming the assignee in the order lets an index give each branch's first rows, whoever it is, nobody too.
    first, *others = (
        rows.order_by("assignee_id", F("due_at").asc(nulls_last=True), "pk").values_list(*_COLUMNS)[:OFFERED]
        for rows in branches
    )
    return first.union(*others, all=True)
