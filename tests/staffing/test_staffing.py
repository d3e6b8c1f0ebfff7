"""Teams, skills, shifts and absences: what is kept, what is refused, who may, and that it is written down."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any

import pytest

from kernel.audit.models import AuditEntry
from kernel.clock import moved_to
from kernel.tenancy.scope import enter
from tests.tickets.lives import MONDAY, acting
from tests.world import House, World
from vendors import staffing
from vendors.models import Absence, Person, Shift, Team, TeamMember
from vendors.refusal import Refused
from vendors.staffing import Hours

pytestmark = pytest.mark.django_db
TODAY = MONDAY.date()


def _key(house: House, who: str) -> int:
    return house.people[who].pk


def _do(house: House, who: str, service: Callable[..., Any], **words: Any) -> Any:
    with moved_to(MONDAY), acting(house, who) as by:
        return service(by=by, **words)


def _team(house: House, who: str = "supervisor", **words: Any) -> Team:
    given: dict[str, Any] = {
        "team_id": None,
        "name": "Posts",
        "assignment": "round_robin",
        "takes_new": False,
        "member_ids": [_key(house, "agent"), _key(house, "colleague")],
    }
    team: Team = _do(house, who, staffing.save_team, **(given | words))
    return team


def _verbs(house: House, kind: str, key: int) -> list[str]:
    with enter(house.scope()):
        return list(
            AuditEntry.objects.filter(subject_type=kind, subject_id=key).order_by("pk").values_list("verb", flat=True)
        )


def test_a_supervisor_makes_changes_and_removes_a_team(world: World) -> None:
    house = world.mastercam
    team = _team(house, name="  Posts   and code ")
    assert team.name == "Posts and code"
    _team(house, team_id=team.pk, assignment="least_loaded", takes_new=True, member_ids=[_key(house, "colleague")])
    with enter(house.scope()):
        team.refresh_from_db()
        assert (team.name, team.assignment, team.takes_new) == ("Posts", "least_loaded", True)
        assert list(TeamMember.objects.values_list("person_id", flat=True)) == [_key(house, "colleague")]
    _do(house, "admin", staffing.remove_team, team_id=team.pk)
    assert _verbs(house, "team", team.pk) == ["team.made", "team.changed", "team.removed"]


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "Taken"}, "name"),
        ({"assignment": "lottery"}, "assignment"),
        ({"takes_new": True}, "takes_new"),
        ({"member_ids": [2**40]}, "members"),
    ],
)
def test_a_team_that_can_not_be_is_refused_next_to_its_field(world: World, words: dict[str, Any], field: str) -> None:
    house = world.mastercam
    _team(house, name="Taken", takes_new=True)
    with pytest.raises(Refused) as refused:
        _team(house, **words)
    assert refused.value.field == field


def test_nobody_of_another_vendor_a_partner_or_a_customer_gets_into_a_team(world: World) -> None:
    house = world.mastercam
    for person in (world.optocraft.people["agent"], house.people["partner"], house.people["customer"]):
        with pytest.raises(Refused) as refused:
            _team(house, member_ids=[person.pk])
        assert refused.value.field == "members"
    other = _team(world.optocraft)
    with pytest.raises(Refused, match="There is no such team"):
        _team(house, team_id=other.pk)
    with pytest.raises(Refused, match="There is no such team"):
        _do(house, "supervisor", staffing.remove_team, team_id=other.pk)


@pytest.mark.parametrize("who", ["agent", "sponsor", "partner", "customer", "customer_admin"])
def test_only_who_manages_staff_makes_teams_and_sets_skills(world: World, who: str) -> None:
    house = world.mastercam
    with pytest.raises(Refused):
        _team(house, who)
    with pytest.raises(Refused):
        _do(
            house, who, staffing.set_skills, person_id=_key(house, "agent"), languages=[], skills=[], work_limit=None
        )  # fmt: skip


def test_languages_skills_and_limit_are_kept_and_written_down(world: World) -> None:
    house, agent = world.mastercam, _key(world.mastercam, "agent")
    words = {"person_id": agent, "languages": ["sv", "en", "sv"], "skills": ["main"], "work_limit": 7}
    _do(house, "supervisor", staffing.set_skills, **words)
    with enter(house.scope()):
        person = Person.objects.get(pk=agent)
        assert (person.languages, person.skills, person.work_limit) == (["en", "sv"], ["main"], 7)
        entry = AuditEntry.objects.get(subject_type="person", subject_id=agent)
        assert (entry.verb, entry.actor_id) == ("person.skills_set", _key(house, "supervisor"))
        assert entry.before == {"languages": [], "skills": [], "work_limit": None}
    with pytest.raises(Refused) as refused:
        _do(house, "supervisor", staffing.set_skills, **(words | {"work_limit": 1001}))
    assert refused.value.field == "work_limit"


def test_an_agent_enters_his_own_shifts_and_absence_and_nobody_elses(world: World) -> None:
    house = world.mastercam
    hours = [Hours(0, time(13), time(17)), Hours(0, time(8), time(12)), Hours(4, time(18), time(0))]
    days = {"first_day": TODAY, "last_day": TODAY + timedelta(3)}
    _do(house, "agent", staffing.set_shifts, person_id=_key(house, "agent"), hours=hours)
    _do(house, "agent", staffing.enter_absence, person_id=_key(house, "agent"), **days)
    for who in ("agent", "partner", "customer"):
        with pytest.raises(Refused, match="There is no such person"):
            _do(house, who, staffing.set_shifts, person_id=_key(house, "colleague"), hours=hours)
        with pytest.raises(Refused, match="There is no such person"):
            _do(house, who, staffing.enter_absence, person_id=_key(house, "colleague"), **days)
    with enter(house.scope()):
        assert [str(s) for s in Shift.objects.order_by("weekday", "begins")] == [
            "0 08:00-12:00", "0 13:00-17:00", "4 18:00-23:59"
        ]  # fmt: skip
        absence = Absence.objects.get()
    with pytest.raises(Refused, match="There is no such absence"):
        _do(house, "colleague", staffing.remove_absence, absence_id=absence.pk)
    _do(house, "agent", staffing.remove_absence, absence_id=absence.pk)
    assert _verbs(house, "person", _key(house, "agent")) == [
        "person.shifts_set", "person.absence_entered", "person.absence_removed"
    ]  # fmt: skip


@pytest.mark.parametrize(
    "hours",
    [
        [Hours(0, time(22), time(6))],
        [Hours(0, time(9), time(9))],
        [Hours(0, time(8), time(12)), Hours(0, time(11), time(15))],
    ],
)
def test_shifts_that_make_no_sense_are_refused_and_the_old_ones_stay(world: World, hours: list[Hours]) -> None:
    house, agent = world.mastercam, _key(world.mastercam, "agent")
    _do(house, "agent", staffing.set_shifts, person_id=agent, hours=[Hours(2, time(8), time(12))])
    with pytest.raises(Refused) as refused:
        _do(house, "agent", staffing.set_shifts, person_id=agent, hours=hours)
    assert refused.value.field == "day0"
    with enter(house.scope()):
        assert [shift.weekday for shift in Shift.objects.all()] == [2]


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [(3, 2, "last_day"), (-5, -1, "last_day"), (0, 400, "last_day"), (10, 12, "first_day")],
)
def test_days_that_can_not_be_are_refused(world: World, first: int, last: int, field: str) -> None:
    house, agent = world.mastercam, _key(world.mastercam, "agent")

    def enter_days(first: int, last: int) -> None:
        days = {"first_day": _day(first), "last_day": _day(last)}
        _do(house, "agent", staffing.enter_absence, person_id=agent, **days)

    enter_days(12, 14)
    with pytest.raises(Refused) as refused:
        enter_days(first, last)
    assert refused.value.field == field


def _day(offset: int) -> date:
    return TODAY + timedelta(offset)


def test_a_deputy_is_a_colleague(world: World) -> None:
    house, agent = world.mastercam, _key(world.mastercam, "agent")
    days = {"person_id": agent, "first_day": TODAY, "last_day": TODAY}
    for key in (agent, _key(house, "partner"), _key(world.optocraft, "agent")):
        with pytest.raises(Refused) as refused:
            _do(house, "agent", staffing.enter_absence, **days, deputy_id=key)
        assert refused.value.field == "deputy"
    absence = _do(house, "agent", staffing.enter_absence, **days, deputy_id=_key(house, "colleague"))
    assert absence.deputy_id == _key(house, "colleague")
