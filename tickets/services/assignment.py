"""Work that finds a person by itself: new tickets go to somebody of their team, and an absence hands work on.

The workers' loop runs both, one vendor a transaction. Teams and absences are looked at by one worker at a time (SKIP LOCKED);
timelines are claimed the same way, so that nobody waits for anybody, and what somebody is changing just now comes next time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from kernel import clock
from kernel.audit.services import Actor, Entry, record
from kernel.tenancy.scope import Scope, enter
from sla import services as timelines
from sla.engine.events import Assigned
from tickets.machine import ACTIVE, Move, after
from tickets.models import Ticket
from tickets.notifications import ToTell, spread
from tickets.nudge import nudge
from tickets.queries.hands import hands_of, that_fit, unassigned_of, wants
from tickets.sharing import Rule, Sharing
from tickets.vocabulary import Verb, Word
from vendors.models import Absence, Team
from vendors.staffing import day_of, staff_of

BATCH = 200
RULES: Mapping[str, Rule] = {
    Team.Assignment.ROUND_ROBIN.value: Rule.IN_TURN,
    Team.Assignment.LEAST_LOADED.value: Rule.LEAST,
}
_ABSENCE = "absence"


@dataclass
class _Turnover:
    """Tickets that change hands together: what is to be written at the end. Whoever gets one has it: his answer counts (M7)."""

    vendor_id: int
    now: datetime
    changed: list[Ticket] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    words: list[ToTell] = field(default_factory=list)
    mark: str = field(default_factory=lambda: uuid4().hex[:12])

    def move(self, ticket: Ticket, person_id: int | None, **why: Any) -> None:
        """The ticket goes to a person, or back to its team."""
        before = ticket.assignee_id
        ticket.assignee_id = person_id
        if person_id is not None:
            ticket.enter(after(ticket.state, Move.TAKE_UP), self.now)
            self.words.append(ToTell(self.vendor_id, person_id, ticket.pk, Word.ASSIGNED, self.mark, {}))
        ticket.changed_at = ticket.listed_at = self.now
        self.changed.append(ticket)
        self.entries.append(
            Entry(
                vendor_id=self.vendor_id,
                at=self.now,
                verb=Verb.ASSIGNED,
                actor=Actor(),
                subject=("ticket", ticket.pk),
                object=("ticket", ticket.pk),
                before={"assignee": before},
                after={"assignee": person_id, **why},
                houses=ticket.houses,
            )
        )

    def write(self) -> None:
        """All of it, set-based."""
        if not self.changed:
            return
        fields = ["assignee", "team", "state", "state_at", "changed_at", "listed_at"]
        Ticket.objects.bulk_update(self.changed, fields, batch_size=BATCH)
        given = [(t.timeline_id, Assigned()) for t in self.changed if t.assignee_id and t.serving_house_id is None]
        timelines.record_each(given, vendor_id=self.vendor_id, now=self.now)
        record(self.entries)
        spread(self.words, self.now)
        transaction.on_commit(partial(nudge, self.vendor_id), robust=True)


def give_out(vendor_id: int) -> int:
    """Give unassigned tickets to people of their teams, as far as the teams do that by themselves; answers how many went. One
    question where nothing waits. What nobody can take now stays, and is tried again.
    """
    with enter(Scope.of(vendor_id)):
        teams = list(_teams_with_work(vendor_id))
        if not teams:
            return 0
        hands = hands_of(vendor_id, [team.pk for team in teams], clock.now())
        able = [team for team in teams if hands[team.pk]]
        return sum(_give(team, Sharing(hands[team.pk], RULES[team.assignment], team.last_assigned_id)) for team in able)


def hand_on(vendor_id: int) -> int:
    """Hand on the open work of those whose absence has begun: to the deputy unless he is away himself, else back to the
    team; answers how many tickets went. Once for each absence. The customer is told nothing: his ticket is in hand.
    """
    with enter(Scope.of(vendor_id)):
        now = clock.now()
        begun = [absence for absence in _absences(vendor_id, now) if day_of(absence.person, now) >= absence.first_day]
        return sum(_hand_on(absence, now) for absence in begun)


def _teams_with_work(vendor_id: int) -> list[Team]:
    """The teams of the vendor that share work out by themselves and have some, locked; none while another worker is at it."""
    waiting = Ticket.objects.filter(
        vendor_id=OuterRef("vendor_id"), assignee=None, serving_house=None, state__in=ACTIVE
    )
    own, new = Exists(waiting.filter(team=OuterRef("pk"))), Exists(waiting.filter(team=None))
    sharing = Team.objects.filter(vendor_id=vendor_id, assignment__in=RULES)
    wanted = set(sharing.filter(Q(own) | Q(new, takes_new=True)).values_list("pk", flat=True))
    if not wanted:
        return []
    # All of them or none: who is in two teams has one limit.
    locked = list(sharing.order_by("pk").select_for_update(no_key=True, skip_locked=True))
    return [team for team in locked if team.pk in wanted] if len(locked) == sharing.count() else []


def _give(team: Team, sharing: Sharing) -> int:
    fitting = unassigned_of(team).filter(that_fit(sharing.hands)).order_by(F("due_at").asc(nulls_last=True), "pk")
    claimed = _claimed(fitting)
    turnover = _Turnover(team.vendor_id, clock.now())
    for ticket in sorted(claimed, key=lambda t: (t.due_at is None, t.due_at, t.pk)):
        chosen = sharing.give(wants(ticket)) if _waits_in(team, ticket) else None
        if chosen is not None:
            turnover.move(ticket, chosen, reason=str(sharing.rule), team=team.pk)
    if turnover.changed:
        Team.objects.filter(pk=team.pk).update(last_assigned=sharing.last)
    turnover.write()
    return len(turnover.changed)


def _waits_in(team: Team, ticket: Ticket) -> bool:
    """Whether it still does: somebody may have been faster."""
    here = ticket.team_id == team.pk or (ticket.team_id is None and team.takes_new)
    return here and ticket.state in ACTIVE and ticket.assignee_id is None and ticket.serving_house_id is None


def _claimed(found: QuerySet[Ticket]) -> list[Ticket]:
    """The tickets, at most BATCH, locked as a change locks them, timeline first; those that are being changed are left out."""
    held = found.select_related("timeline").select_for_update(of=("timeline",), no_key=True, skip_locked=True)
    keys = [ticket.pk for ticket in held[:BATCH]]
    # Read again under the lock: the first look may be older than somebody's change.
    locked = Ticket.objects.filter(pk__in=keys).order_by("pk").select_related("product")
    return list(locked.select_for_update(of=("self",), no_key=True))


def _absences(vendor_id: int, now: datetime) -> list[Absence]:
    # A day begins in the east up to fourteen hours earlier than in UTC; who has it already is looked at closely.
    near = Absence.objects.filter(
        vendor_id=vendor_id, handed_on_at=None, first_day__lte=(now + timedelta(hours=14)).date()
    )
    return list(
        near.select_related("person").order_by("pk").select_for_update(of=("self",), no_key=True, skip_locked=True)
    )


def _hand_on(absence: Absence, now: datetime) -> int:
    theirs = Ticket.objects.filter(assignee=absence.person_id, state__in=ACTIVE, vendor_id=absence.vendor_id)
    over = day_of(absence.person, now) > absence.last_day  # nobody looked while it lasted: he is back
    moved = 0 if over else _move_all(theirs, absence, now)
    if over or not theirs.exists():
        Absence.objects.filter(pk=absence.pk).update(handed_on_at=now)
    return moved


def _move_all(theirs: QuerySet[Ticket], absence: Absence, now: datetime) -> int:
    deputy, team = _deputy(absence, now), _home(absence)
    claimed = _claimed(theirs.order_by("pk"))
    turnover = _Turnover(absence.vendor_id, clock.now())
    for ticket in claimed:
        if ticket.assignee_id == absence.person_id and ticket.state in ACTIVE:
            ticket.team_id = ticket.team_id or (None if deputy else team)
            turnover.move(ticket, deputy, reason=_ABSENCE)
    turnover.write()
    return len(turnover.changed)


def _deputy(absence: Absence, now: datetime) -> int | None:
    """The deputy's key, unless he is away himself or works here no longer."""
    if absence.deputy_id is None:
        return None
    deputy = staff_of(absence.vendor_id).filter(pk=absence.deputy_id).first()
    if deputy is None:
        return None
    day = day_of(deputy, now)
    away = Absence.objects.filter(person=deputy, first_day__lte=day, last_day__gte=day).exists()
    return None if away else deputy.pk


def _home(absence: Absence) -> int | None:
    """The person's team to which work without one goes back, one that finds somebody by itself first."""
    teams = Team.objects.filter(members__person=absence.person_id).order_by("pk")
    automatic = teams.filter(assignment__in=RULES).first()
    team = automatic or teams.first()
    return team.pk if team else None
