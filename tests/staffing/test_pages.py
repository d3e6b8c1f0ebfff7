"""The staff's pages: who gets in, what is kept, what is said, what it costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kernel.tenancy.scope import enter
from tests.desk.conftest import questions
from tests.world import House, World
from tickets import services
from tickets.models import Ticket
from vendors import staffing
from vendors.models import Absence, Person, Shift, Team, TeamMember, User

ClientOf = Callable[[User], Client]
pytestmark = pytest.mark.django_db


@pytest.fixture
def house(world: World) -> House:
    """Mastercam's."""
    return world.mastercam


@pytest.fixture
def supervisor(house: House, client_of: ClientOf) -> Client:
    """Its supervisor."""
    return client_of(house.user("supervisor"))


def at(house: House, name: str, key: int | None = None) -> str:
    """The address of a page of a house."""
    return reverse(f"desk:{name}", args=[house.slug, *([] if key is None else [key])])


def said(answer: Any) -> str:
    """What the answer says."""
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


def make_team(house: House, *who: str, name: str = "Posts", rule: str = "round_robin") -> Team:
    """A team of these people."""
    with enter(house.scope()):
        return staffing.save_team(
            by=house.member("supervisor"),
            team_id=None,
            name=name,
            assignment=rule,
            takes_new=False,
            member_ids=[house.people[one].pk for one in who],
        )


def addresses(house: House) -> list[str]:
    """All pages about a house's staff, with keys that are there."""
    key, team = house.people["agent"].pk, make_team(house, "agent")
    with enter(house.scope()):
        absence = staffing.enter_absence(
            by=house.member("agent"), person_id=key, first_day=_day(5), last_day=_day(6), deputy_id=None
        )
    return [
        reverse("desk:workload"),
        reverse("desk:staff"),
        reverse("desk:teams"),
        at(house, "workload_of", key),
        at(house, "workload_of", 0),
        at(house, "team_new"),
        at(house, "team", team.pk),
        at(house, "team_remove", team.pk),
        *(at(house, name, key) for name in ("person", "person_skills", "person_shifts", "person_absences")),
        at(house, "absence_remove", absence.pk),
    ]


def _day(offset: int) -> date:
    return timezone.now().date() + timedelta(offset)


@pytest.mark.parametrize("who", ["partner", "customer", "customer_admin"])
def test_partners_and_customers_see_nothing_of_it(house: House, client_of: ClientOf, who: str) -> None:
    client = client_of(house.user(who))
    for address in addresses(house):
        assert client.get(address).status_code in (404, 405), address
        assert client.post(address, {"name": "x"}).status_code in (404, 405), address
    with enter(house.scope()):
        assert Team.objects.count() == 1
        assert Absence.objects.count() == 1


def test_another_vendors_staff_is_as_absent_as_what_does_not_exist(
    world: World, house: House, supervisor: Client
) -> None:
    for address in addresses(world.optocraft)[3:]:
        assert supervisor.post(address, {}).status_code in (404, 405), address
        assert supervisor.get(address).status_code in (404, 405), address
    for name in ("person", "team", "workload_of"):
        for key in (world.optocraft.people["agent"].pk, 10**15, 2**64):
            assert supervisor.get(at(house, name, key)).status_code == 404


def test_an_agent_finds_his_own_hours_and_nobody_elses(house: House, client_of: ClientOf) -> None:
    client, me = client_of(house.user("agent")), house.people["agent"].pk
    listing = client.get(reverse("desk:workload"), follow=True).content.decode()
    assert house.people["agent"].name in listing
    assert house.people["colleague"].name not in listing
    assert at(house, "person", me) in listing
    assert client.get(at(house, "person", me)).status_code == 200
    assert client.get(at(house, "person", house.people["colleague"].pk)).status_code == 404
    assert client.post(at(house, "person_skills", me), {"work_limit": "1"}).status_code == 404
    assert client.get(reverse("desk:teams")).status_code == 404
    client.post(at(house, "person_shifts", me), {"day0": "9:00-12:00, 13-17", "day4": "18:00-24:00"})
    client.post(at(house, "person_absences", me), {"first_day": f"{_day(1)}", "last_day": f"{_day(2)}", "deputy": ""})
    with enter(house.scope()):
        assert [str(s) for s in Shift.objects.order_by("weekday", "begins")] == [
            "0 09:00-12:00", "0 13:00-17:00", "4 18:00-23:59"
        ]  # fmt: skip
        assert Absence.objects.get().first_day == _day(1)
    page = client.get(at(house, "person", me)).content.decode()
    assert 'value="9:00-12:00, 13:00-17:00"' in page
    assert 'value="18:00-24:00"' in page


@pytest.mark.parametrize(
    "week", ["9-", "morning", "25:00-26:00", "12:00-9:00", "9-12, 11-13", "9-12 13-17", "²-9", "\0"]
)
def test_a_week_that_can_not_be_read_says_so_and_keeps_what_was_typed(
    house: House, supervisor: Client, week: str
) -> None:
    answer = supervisor.post(at(house, "person_shifts", house.people["agent"].pk), {"day1": week, "day2": "8-12"})
    assert answer.status_code == 422
    assert 'href="#shifts-day1"' in answer.content.decode()
    assert 'value="8-12"' in answer.content.decode()
    with enter(house.scope()):
        assert not Shift.objects.exists()


def test_a_supervisor_sets_what_comes_to_somebody_by_itself(house: House, supervisor: Client) -> None:
    agent = house.people["agent"].pk
    given = {"languages": ["en"], "skills": ["main"], "work_limit": "12"}
    assert supervisor.post(at(house, "person_skills", agent), given).status_code == 302
    with enter(house.scope()):
        person = Person.objects.get(pk=agent)
        assert (person.languages, person.skills, person.work_limit) == (["en"], ["main"], 12)
    listing = supervisor.get(reverse("desk:staff")).content.decode()
    assert "Mastercam One" in listing
    for wrong in ({"languages": ["xx"]}, {"skills": ["nothing"]}, {"work_limit": "-1"}, {"work_limit": "many"}):
        assert supervisor.post(at(house, "person_skills", agent), given | wrong).status_code == 422


def test_a_supervisor_makes_and_changes_and_removes_a_team(house: House, supervisor: Client) -> None:
    words = {"name": "Posts", "assignment": "least_loaded", "takes_new": "on", "members": [house.people["agent"].pk]}
    assert supervisor.post(at(house, "team_new"), words).status_code == 302
    with enter(house.scope()):
        team = Team.objects.get()
        assert list(TeamMember.objects.values_list("person_id", flat=True)) == [house.people["agent"].pk]
    again = supervisor.post(at(house, "team_new"), words)
    assert again.status_code == 422
    assert "There is a team of this name." in again.content.decode()
    assert supervisor.post(at(house, "team", team.pk), words | {"name": "Code", "members": []}).status_code == 302
    assert "Code" in supervisor.get(reverse("desk:teams")).content.decode()
    supervisor.post(at(house, "team_remove", team.pk))
    with enter(house.scope()):
        assert not Team.objects.exists()


def test_a_team_with_tickets_stays(house: House, supervisor: Client, file_ticket: Any) -> None:
    team, ticket = make_team(house, "agent"), file_ticket(house)
    with enter(house.scope()):
        Ticket.objects.filter(pk=ticket.pk).update(team=team)
    answer = supervisor.post(at(house, "team_remove", team.pk), follow=True)
    assert "Tickets belong to this team" in answer.content.decode()


def test_people_of_another_vendor_in_a_body_are_refused_like_nobody(
    world: World, house: House, supervisor: Client
) -> None:
    stranger = world.optocraft.people["agent"].pk
    words = {"name": "Posts", "assignment": "by_hand", "members": [stranger]}
    days = {"first_day": f"{_day(1)}", "last_day": f"{_day(2)}", "deputy": stranger}
    assert supervisor.post(at(house, "team_new"), words).status_code == 422
    assert supervisor.post(at(house, "person_absences", house.people["agent"].pk), days).status_code == 422
    for to in (f"person:{stranger}", f"team:{make_team(world.optocraft, 'agent').pk}", "team:x", ""):
        answer = supervisor.post(at(house, "workload_of", 0), {"to": to, "least": "1"})
        assert answer.status_code == 422


class TestWorkload:
    """Who has how much, and giving some of it away."""

    def mine(self, house: House, file: Any, who: str = "agent", **words: Any) -> Ticket:
        """A ticket that somebody has."""
        ticket = file(house, **words)
        with enter(house.scope()):
            key = house.people[who].pk
            found: Ticket = services.assign(by=house.member("supervisor"), ticket_id=ticket.pk, assignee_id=key)
            return found

    def test_it_says_who_has_what(self, house: House, supervisor: Client, file_ticket: Any) -> None:
        waiting = self.mine(house, file_ticket)
        for _ in range(2):
            self.mine(house, file_ticket)
        free = file_ticket(house)
        with enter(house.scope()):
            services.reply(by=house.member("agent"), ticket_id=waiting.pk, body="Which?", ask=True)
            Person.objects.filter(pk=house.people["agent"].pk).update(work_limit=2)
        page = supervisor.get(reverse("desk:workload")).content.decode()
        row = page.split(house.people["agent"].name)[1].split("</tr>")[0]
        assert '<td class="num" data-label="Open">2 <span class="muted">/ 2</span>' in row
        assert "full" in row
        assert '<td class="num" data-label="Waiting">1</td>' in row
        assert free.number in page.split("Nobody yet")[1].split("</tr>")[0]

    def test_ticked_tickets_go_to_one_person(self, house: House, supervisor: Client, file_ticket: Any) -> None:
        tickets = [self.mine(house, file_ticket) for _ in range(3)]
        colleague, me = house.people["colleague"].pk, house.people["agent"].pk
        answer = supervisor.post(
            at(house, "workload_of", me), {"tickets": [t.pk for t in tickets[:2]], "to": f"person:{colleague}"}
        )
        assert answer.status_code == 302
        assert f"2 tickets changed hands: {house.people['colleague'].name} 2." in said(answer)
        with enter(house.scope()):
            assert [Ticket.objects.get(pk=t.pk).assignee_id for t in tickets] == [colleague, colleague, me]
        batch = next(m.extra_tags for m in get_messages(answer.wsgi_request)).split()[1]
        supervisor.post(reverse("desk:undo"), {"batch": batch})
        with enter(house.scope()):
            assert {Ticket.objects.get(pk=t.pk).assignee_id for t in tickets} == {me}, "taken back together"

    def test_the_least_urgent_are_shared_among_a_team_by_its_rule(
        self,
        house: House,
        supervisor: Client,
        file_ticket: Any,
    ) -> None:
        tickets = [self.mine(house, file_ticket) for _ in range(5)]
        with enter(house.scope()):
            for hours, ticket in enumerate(tickets):
                Ticket.objects.filter(pk=ticket.pk).update(due_at=timezone.now() + timedelta(hours=hours))
            for who in ("colleague", "management"):  # at work round the clock
                days = [staffing.Hours(day, time(0), time(0)) for day in range(7)]
                staffing.set_shifts(by=house.member("supervisor"), person_id=house.people[who].pk, hours=days)
        team = make_team(house, "colleague", "management")
        address = at(house, "workload_of", house.people["agent"].pk)
        answer = supervisor.post(address, {"least": "4", "to": f"team:{team.pk}"})
        assert "4 tickets changed hands" in said(answer)
        with enter(house.scope()):
            has = [Ticket.objects.get(pk=t.pk).assignee_id for t in tickets]
        assert has[0] == house.people["agent"].pk
        assert Counter(has[1:]) == Counter([house.people["colleague"].pk, house.people["management"].pk] * 2)

    def test_what_nobody_of_the_team_can_take_stays_and_is_named(
        self,
        house: House,
        supervisor: Client,
        file_ticket: Any,
    ) -> None:
        ticket = self.mine(house, file_ticket)
        with enter(house.scope()):
            staffing.enter_absence(
                by=house.member("colleague"),
                person_id=house.people["colleague"].pk,
                first_day=_day(-1),
                last_day=_day(1),
            )
        team = make_team(house, "colleague")
        address = at(house, "workload_of", house.people["agent"].pk)
        answer = supervisor.post(address, {"tickets": [ticket.pk], "to": f"team:{team.pk}"})
        assert f"{ticket.number} stayed: Nobody of the team" in said(answer)

    def test_tickets_of_other_vendors_in_the_body_are_not_there(
        self,
        world: World,
        house: House,
        supervisor: Client,
        file_ticket: Any,
    ) -> None:
        other = file_ticket(world.optocraft)
        answer = supervisor.post(
            at(house, "workload_of", 0),
            {"tickets": [other.pk, "x", "²", 10**18], "to": f"person:{house.people['agent'].pk}"},
        )
        assert answer.status_code == 422
        with enter(world.optocraft.scope()):
            assert Ticket.objects.get(pk=other.pk).assignee_id is None

    def test_the_questions_do_not_grow_with_tickets(
        self,
        house: House,
        supervisor: Client,
        file_ticket: Any,
        asked: Any,
    ) -> None:
        costs = []
        for number in (1, 10):
            for who in ("agent", "colleague"):
                for _ in range(number):
                    self.mine(house, file_ticket, who)
            make_team(house, "agent", "colleague", name=f"Team {number}")
            for address in (
                reverse("desk:workload"),
                reverse("desk:staff"),
                reverse("desk:teams"),
                at(house, "workload_of", house.people["agent"].pk),
            ):
                with asked() as captured:
                    assert supervisor.get(address).status_code == 200
                costs.append(len(questions(captured)))
        assert costs[:4] == costs[4:]
        assert max(costs) <= 20


@pytest.mark.parametrize("language", ["de", "sv"])
def test_the_pages_speak_german_and_swedish(house: House, supervisor: Client, language: str, file_ticket: Any) -> None:
    supervisor.post(reverse("set_language"), {"language": language, "next": "/"})
    file_ticket(house)
    words = {"de": ("Auslastung", "Schichten"), "sv": ("Arbetsbelastning", "Pass")}[language]
    assert words[0] in supervisor.get(reverse("desk:workload")).content.decode()
    assert words[1] in supervisor.get(at(house, "person", house.people["agent"].pk)).content.decode()
