"""Who of a vendor's staff can take work, as plain values: what they speak, know and have."""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from sla.duty import working
from tickets.ladder import level_of
from tickets.machine import ACTIVE
from tickets.models import State, Ticket
from tickets.sharing import Hand, Wants
from vendors.models import Person, Team
from vendors.staffing import staff_of

# What counts against the limit of open work: what waits for somebody else does not.
IN_WORK = (State.NEW, State.OPEN)


def hands_of(vendor_id: int, team_ids: Collection[int], now: datetime) -> dict[int, list[Hand]]:
    """Those of each team who work at `now` (aware) and have room, by the team's key; one person in two teams is one hand, so
    that what he gets from the one counts for the other. At most six queries, inside a scope of the vendor.
    """
    members = staff_of(vendor_id).filter(teams__team__in=team_ids).distinct()
    people = list(members.prefetch_related("teams"))
    on = working(people, now)
    hands = hands_for([person for person in people if person.pk in on])
    teams: dict[int, list[Hand]] = {key: [] for key in team_ids}
    for person in people:
        hand = hands.get(person.pk)
        for membership in person.teams.all():
            if hand is not None and hand.has_room and membership.team_id in teams:
                teams[membership.team_id].append(hand)
    return teams


def hands_for(people: Iterable[Person]) -> dict[int, Hand]:
    """People as those who can take work, by key; one query."""
    people = list(people)
    held = Ticket.objects.filter(assignee_id__in=[p.pk for p in people], state__in=IN_WORK)
    loads = dict(held.values_list("assignee").annotate(n=Count("pk")).order_by()) if people else {}
    return {person.pk: hand_of(person, loads.get(person.pk, 0)) for person in people}


def hand_of(person: Person, load: int = 0) -> Hand:
    """Somebody with so many tickets in work. Nothing said about languages: he answers in his own."""
    return Hand(
        person_id=person.pk,
        languages=frozenset(person.languages or [person.language]),
        skills=frozenset(person.skills),
        level=level_of(person.role),
        load=load,
        limit=person.work_limit,
    )


def wants(ticket: Ticket) -> Wants:
    """What a ticket asks for; its product is read with it."""
    about = {ticket.product.key if ticket.product else "", ticket.topic} - {""}
    return Wants(ticket.language, frozenset(about), ticket.level)


def unassigned_of(team: Team) -> QuerySet[Ticket]:
    """The active tickets that wait in a team for a person; without a team they wait in the one that takes what is new."""
    waiting = Q(team=team.pk) | Q(team=None) if team.takes_new else Q(team=team.pk)
    return Ticket.objects.filter(waiting, vendor_id=team.vendor_id, assignee=None, serving_house=None, state__in=ACTIVE)


def that_fit(hands: Iterable[Hand]) -> Q:
    """Which tickets at least one of the hands can take."""
    found = Q(pk__in=[])
    for languages, skills, level in sorted({(h.languages, h.skills, h.level) for h in hands}, key=str):
        able = Q(language__in=sorted(languages), level__lte=level)
        if skills:
            keys = sorted(skills)
            able &= Q(product__key__in=keys) | Q(topic__in=keys) | Q(product=None, topic="")
        found |= able
    return found
