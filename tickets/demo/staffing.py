"""How the demo's staff shares the work: teams, languages, skills, shifts, and who is away."""

from datetime import time

from tickets.demo.stage import Stage
from vendors import staffing
from vendors.access import Member
from vendors.models import Role
from vendors.staffing import Hours

_DAYS = range(5)  # Monday to Friday

# By vendor: who, languages, skills, limit of open work.
_SKILLS: dict[str, list[tuple[str, list[str], list[str], int | None]]] = {
    "optocraft": [
        ("Katrin Vogel", ["de", "en"], ["shsinspect", "measurement", "instrument", "sample"], 25),
        ("Jonas Reindl", ["de", "en"], ["shsworks", "software", "computer_and_connection"], 20),
    ],
    "mastercam": [
        ("Daniel Brooks", ["en"], ["mastercam-mill", "toolpaths", "simulation"], 20),
        ("Yvonne Carter", ["en"], [], 25),
        ("Elin Sandberg", ["sv", "en"], [], 20),
    ],
    "image-instruments": [
        ("Sabine Richter", ["de", "en"], [], 20),
        ("Mirko Lang", ["de", "en", "sv"], ["database_restore", "troubleshooting"], 15),
    ],
}
# Name, how its work is given out, people. None of them takes what is new: in the demo that is left to whoever looks at it.
_TEAMS: dict[str, list[tuple[str, str, list[str]]]] = {
    "optocraft": [
        ("Messtechnik", "least_loaded", ["Katrin Vogel", "Jonas Reindl"]),
        ("Reparatur", "by_hand", ["Katrin Vogel"]),
    ],
    "mastercam": [
        ("First line", "round_robin", ["Daniel Brooks", "Yvonne Carter", "Elin Sandberg"]),
        ("Post processors", "least_loaded", ["Daniel Brooks", "Martha Keane"]),
    ],
    "image-instruments": [("Level 1", "round_robin", ["Sabine Richter", "Mirko Lang"])],
}
_SHIFTS: dict[str, list[tuple[str, list[Hours]]]] = {
    "optocraft": [("Katrin Vogel", [Hours(day, time(7), time(15, 30)) for day in _DAYS])],
    "mastercam": [
        (
            "Elin Sandberg",
            [h for day in _DAYS for h in (Hours(day, time(8), time(12)), Hours(day, time(13), time(17)))],
        ),
        ("Daniel Brooks", [Hours(day, time(6), time(14)) for day in _DAYS]),
    ],
    "image-instruments": [("Mirko Lang", [Hours(day, time(9), time(13)) for day in range(4)])],
}
# Who, from and to in days from today, who stands in.
_AWAY: dict[str, list[tuple[str, int, int, str]]] = {
    "optocraft": [("Jonas Reindl", 6, 17, "Katrin Vogel")],
    "mastercam": [("Robert Delaney", -2, 5, "Martha Keane"), ("Yvonne Carter", 10, 14, "Daniel Brooks")],
    "image-instruments": [],
}


def organise(stage: Stage) -> None:
    """Say how the staff of one vendor shares the work, as its supervisor would; inside its scope, after its cast is there."""
    by = stage.acting(stage.staff(Role.SUPERVISOR)[0], "command")
    for name, languages, skills, limit in _SKILLS[stage.slug]:
        key = stage.people[name].pk
        staffing.set_skills(by=by, person_id=key, languages=languages, skills=skills, work_limit=limit)
    for name, hours in _SHIFTS[stage.slug]:
        staffing.set_shifts(by=by, person_id=stage.people[name].pk, hours=hours)
    _make_teams(stage, by)
    for name, first, last, deputy in _AWAY[stage.slug]:
        staffing.enter_absence(
            by=by,
            person_id=stage.people[name].pk,
            first_day=stage.day(first),
            last_day=stage.day(last),
            deputy_id=stage.people[deputy].pk,
        )


def _make_teams(stage: Stage, by: Member) -> None:
    for name, assignment, members in _TEAMS[stage.slug]:
        staffing.save_team(
            by=by,
            team_id=None,
            name=name,
            assignment=assignment,
            takes_new=False,
            member_ids=[stage.people[member].pk for member in members],
        )
