"""Writes about how a vendor's staff shares the work: teams, who can what, shifts, absences. Each is audited.

Whoever may manage staff does so for everybody of his vendor; anybody of the staff enters his own shifts and absences.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import ProtectedError, QuerySet
from django.utils.translation import gettext as _

from kernel import clock
from kernel.audit.services import Entry, record
from vendors.access import STAFF, Act, Member
from vendors.models import Absence, Person, Shift, Team, TeamMember, Vendor
from vendors.refusal import Refused

END_OF_DAY = time(23, 59, 59)  # how a shift is kept that ends at midnight
_LONGEST = timedelta(days=366)
_MOST_LIMIT = 1000


class Verb(StrEnum):
    """What was done to a team or to how a person works."""

    TEAM_MADE = "team.made"
    TEAM_CHANGED = "team.changed"
    TEAM_REMOVED = "team.removed"
    SKILLS_SET = "person.skills_set"
    SHIFTS_SET = "person.shifts_set"
    ABSENCE_ENTERED = "person.absence_entered"
    ABSENCE_REMOVED = "person.absence_removed"


@dataclass(frozen=True, slots=True)
class Hours:
    """A stretch of work on a weekday (0 is Monday), on the wall clock of the person's zone; an end of 0:00 is midnight."""

    weekday: int
    begins: time
    ends: time


def staff_of(*vendor_ids: int) -> QuerySet[Person]:
    """The vendors' own active people, by name."""
    return Person.objects.filter(
        vendor_id__in=vendor_ids, role__in=STAFF, organisation=None, active=True, erased_at=None
    ).order_by("name", "pk")


def may_plan(by: Member, person_id: int) -> bool:
    """Whether somebody may enter shifts and absences of a person of his vendor: his own, or everybody's."""
    return by.role in STAFF and (by.may(Act.MANAGE_STAFF) or by.person_id == person_id)


def save_team(
    *, by: Member, team_id: int | None, name: str, assignment: str, takes_new: bool, member_ids: Collection[int]
) -> Team:
    """Make a team (no key) or change one: its name, who is in it, how its new work finds a person, and whether the vendor's
    new tickets come to it. Raises Refused.
    """
    _require_manager(by)
    with transaction.atomic():
        team = Team(vendor_id=by.vendor_id) if team_id is None else _team(by, team_id)
        before = {} if team_id is None else _told(team)
        team.name = " ".join(name.split())
        if not team.name:
            raise Refused(_("Give the team a name."), "name")
        if assignment not in Team.Assignment.values:
            raise Refused(_("Choose how new work finds a person."), "assignment")
        team.assignment, team.takes_new = assignment, takes_new
        _hold_apart(team)
        team.save()
        _set_members(team, member_ids)
        _audit(by, Verb.TEAM_CHANGED if before else Verb.TEAM_MADE, ("team", team.pk), before, _told(team))
    return team


def remove_team(*, by: Member, team_id: int) -> None:
    """Remove a team that no ticket names. Raises Refused."""
    _require_manager(by)
    with transaction.atomic():
        team = _team(by, team_id)
        before = _told(team)
        try:
            team.delete()
        except ProtectedError:
            raise Refused(
                _("Tickets belong to this team, so it stays. Give it another name, or other people.")
            ) from None
        _audit(by, Verb.TEAM_REMOVED, ("team", team_id), before, {})


def set_skills(
    *, by: Member, person_id: int, languages: Iterable[str], skills: Iterable[str], work_limit: int | None
) -> Person:
    """In which languages a person answers, what he knows (keys of products and topics; none: everything), and how many open
    tickets he gets by himself (None: no limit). Raises Refused.
    """
    _require_manager(by)
    if work_limit is not None and not 0 <= work_limit <= _MOST_LIMIT:
        raise Refused(_("Give a number from 0 to %(most)d, or nothing.") % {"most": _MOST_LIMIT}, "work_limit")
    with transaction.atomic():
        person = _person(by, person_id)
        before = _can(person)
        person.languages, person.skills = sorted(set(languages)), sorted(set(skills))
        person.work_limit = work_limit
        person.save(update_fields=["languages", "skills", "work_limit"])
        _audit(by, Verb.SKILLS_SET, ("person", person.pk), before, _can(person))
    return person


def set_shifts(*, by: Member, person_id: int, hours: Sequence[Hours]) -> list[Shift]:
    """When a person works, for a whole week, in place of what was there; none: whenever the vendor's calendar is open.
    Raises Refused.
    """
    with transaction.atomic():
        person = _planned(by, person_id)
        rows = [
            Shift(vendor_id=by.vendor_id, person=person, weekday=h.weekday, begins=h.begins, ends=_end(h))
            for h in sorted(hours, key=lambda h: (h.weekday, h.begins))
        ]
        _check_shifts(rows)
        held = Shift.objects.filter(person=person)
        before = [str(shift) for shift in held.order_by("weekday", "begins")]
        held.delete()
        made = Shift.objects.bulk_create(rows)
        _audit(
            by,
            Verb.SHIFTS_SET,
            ("person", person.pk),
            {"shifts": before},
            {"shifts": [str(shift) for shift in rows]},
        )
    return made


def enter_absence(
    *, by: Member, person_id: int, first_day: date, last_day: date, deputy_id: int | None = None
) -> Absence:
    """A person is away from the first to the last day, both included, in his own zone. When it begins his open work goes to
    the deputy, or without one back to the queue. Raises Refused.
    """
    with transaction.atomic():
        person = _planned(by, person_id)
        if last_day < first_day:
            raise Refused(_("The last day is before the first."), "last_day")
        if last_day < day_of(person, clock.now()):
            raise Refused(_("These days have passed."), "last_day")
        if last_day - first_day > _LONGEST:
            raise Refused(_("At most a year at a time."), "last_day")
        if Absence.objects.filter(person=person, first_day__lte=last_day, last_day__gte=first_day).exists():
            raise Refused(_("Some of these days are entered already."), "first_day")
        deputy = None if deputy_id is None else staff_of(by.vendor_id).filter(pk=deputy_id).first()
        if deputy_id is not None and (deputy is None or deputy_id == person_id):
            raise Refused(_("Choose one of the colleagues."), "deputy")
        absence: Absence = Absence.objects.create(
            vendor_id=by.vendor_id, person=person, first_day=first_day, last_day=last_day, deputy=deputy
        )
        _audit(by, Verb.ABSENCE_ENTERED, ("person", person.pk), {}, _away(absence))
    return absence


def remove_absence(*, by: Member, absence_id: int) -> Absence:
    """Take an absence away: it does not happen, or the person is back. What was handed on stays where it is. Raises Refused."""
    with transaction.atomic():
        absence = Absence.objects.select_for_update().filter(pk=absence_id, vendor_id=by.vendor_id).first()
        if absence is None or not may_plan(by, absence.person_id):
            raise Refused(_("There is no such absence."))
        _audit(by, Verb.ABSENCE_REMOVED, ("person", absence.person_id), _away(absence), {})
        absence.delete()
    return absence


def zone_of(person: Person, fallback: str) -> ZoneInfo:
    """The zone in which a person's days count: his own, or the vendor's."""
    try:
        return ZoneInfo(person.time_zone or fallback)
    except (ValueError, LookupError):
        return ZoneInfo(fallback)


def day_of(person: Person, now: datetime) -> date:
    """The day that it is at `now` (aware) where a person works."""
    fallback = Vendor.objects.values_list("time_zone", flat=True).get(pk=person.vendor_id)
    return now.astimezone(zone_of(person, fallback)).date()


def _require_manager(by: Member) -> None:
    if by.role not in STAFF or not by.may(Act.MANAGE_STAFF):
        raise Refused(_("Your role does not include this."))


def _person(by: Member, person_id: int) -> Person:
    person = staff_of(by.vendor_id).select_for_update(no_key=True).filter(pk=person_id).first()
    if person is None:
        raise Refused(_("There is no such person."))
    return person


def _planned(by: Member, person_id: int) -> Person:
    if not may_plan(by, person_id):
        raise Refused(_("There is no such person."))
    return _person(by, person_id)


def _team(by: Member, team_id: int) -> Team:
    team = Team.objects.select_for_update(no_key=True).filter(pk=team_id, vendor_id=by.vendor_id).first()
    if team is None:
        raise Refused(_("There is no such team."))
    return team


def _hold_apart(team: Team) -> None:
    """Names are given once, and one team at most takes what is new."""
    others = Team.objects.filter(vendor_id=team.vendor_id).exclude(pk=team.pk)
    if others.filter(name=team.name).exists():
        raise Refused(_("There is a team of this name."), "name")
    if team.takes_new:
        taking = others.filter(takes_new=True).first()
        if taking is not None:
            raise Refused(_("%(team)s takes new tickets already.") % {"team": taking.name}, "takes_new")


def _set_members(team: Team, member_ids: Collection[int]) -> None:
    wanted = set(member_ids)
    if staff_of(team.vendor_id).filter(pk__in=wanted).count() != len(wanted):
        raise Refused(_("Choose among the people who are there."), "members")
    held = set(TeamMember.objects.filter(team=team).values_list("person_id", flat=True))
    TeamMember.objects.filter(team=team, person_id__in=held - wanted).delete()
    TeamMember.objects.bulk_create(
        [TeamMember(vendor_id=team.vendor_id, team=team, person_id=key) for key in sorted(wanted - held)]
    )


def _end(hours: Hours) -> time:
    return END_OF_DAY if hours.ends == time(0) else hours.ends


def _check_shifts(rows: Sequence[Shift]) -> None:
    last: Shift | None = None
    for row in rows:
        if not 0 <= row.weekday <= 6 or row.ends <= row.begins:
            raise Refused(
                _(
                    "A shift ends after it begins, at midnight at the latest; what goes past it continues on the next day."
                ),
                f"day{row.weekday}",
            )
        if last is not None and last.weekday == row.weekday and row.begins < last.ends:
            raise Refused(_("These shifts overlap."), f"day{row.weekday}")
        last = row


def _told(team: Team) -> dict[str, Any]:
    members = TeamMember.objects.filter(team=team).order_by("person_id").values_list("person_id", flat=True)
    return {"assignment": str(team.assignment), "takes_new": team.takes_new, "members": list(members)}


def _can(person: Person) -> dict[str, Any]:
    return {"languages": person.languages, "skills": person.skills, "work_limit": person.work_limit}


def _away(absence: Absence) -> dict[str, Any]:
    days = {"first_day": absence.first_day.isoformat(), "last_day": absence.last_day.isoformat()}
    return {**days, "deputy": absence.deputy_id}


def _audit(
    by: Member, verb: Verb, subject: tuple[str, int], before: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    record([Entry(by.vendor_id, clock.now(), verb, by.actor, subject, subject, before, after)])
