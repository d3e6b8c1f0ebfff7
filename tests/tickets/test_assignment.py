"""Work that finds a person by itself: who gets it, who does not, and what an absence hands on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from kernel.audit.models import AuditEntry
from kernel.clock import moved_to
from kernel.tenancy.scope import enter
from tests.desk.conftest import questions
from tests.tickets.lives import MONDAY, Life, acting
from tests.world import World
from tickets import services
from tickets.models import Ticket
from tickets.services.assignment import give_out, hand_on
from tickets.sharing import Hand, Rule, Sharing, Wants
from vendors import staffing
from vendors.models import Absence, Person, Team

OFFICE = MONDAY + timedelta(hours=8)  # a Monday at 17:00 in Stockholm and 11:00 in New York


class Desk(Life):
    """A house whose staff works by shifts; `share` lets a worker hand on and give out."""

    def staff(self, who: str, **fields: Any) -> Person:
        """Say what somebody can."""
        with enter(self.house.scope()):
            Person.objects.filter(pk=self.house.people[who].pk).update(**fields)
            return Person.objects.get(pk=self.house.people[who].pk)

    def team(self, *who: str, rule: str = "round_robin", takes_new: bool = True, name: str = "First line") -> Team:
        """A team of these people."""
        keys = [self.house.people[one].pk for one in who]
        with moved_to(self.now), acting(self.house, "supervisor") as by:
            return staffing.save_team(
                by=by, team_id=None, name=name, assignment=rule, takes_new=takes_new, member_ids=keys
            )

    def share(self) -> int:
        """A worker's look; how many tickets changed hands."""
        with moved_to(self.now):
            moved = hand_on(self.house.id) + give_out(self.house.id)
        self.sweep()
        return moved

    def has(self, ticket: Ticket) -> str | None:
        """Who has a ticket, by short name."""
        names = {person.pk: who for who, person in self.house.people.items()}
        key = self.ticket(ticket).assignee_id
        return names[key] if key else None

    def away(self, who: str, first: int = 0, last: int = 0, deputy: str = "") -> Absence:
        """Somebody enters an absence, by days from today."""
        today = self.now.date()
        absence: Absence = self.does(
            who,
            staffing.enter_absence,
            person_id=self.house.people[who].pk,
            first_day=today + timedelta(first),
            last_day=today + timedelta(last),
            deputy_id=self.house.people[deputy].pk if deputy else None,
        )
        return absence


@pytest.fixture
def desk(world: World) -> Desk:
    """Mastercam's desk at an hour at which its own people work."""
    return Desk(world.mastercam, OFFICE)


@pytest.mark.django_db
class TestGivingOut:
    """New tickets and people."""

    def test_new_tickets_go_round_in_turn_and_each_is_a_real_assignment(self, desk: Desk) -> None:
        desk.team("agent", "colleague")
        tickets = [desk.files() for _ in range(4)]
        assert desk.share() == 4
        assert [desk.has(ticket) for ticket in tickets] == ["agent", "colleague", "agent", "colleague"]
        first = desk.ticket(tickets[0])
        assert (first.state, first.state_at) == ("open", desk.now)
        assert "assigned" in desk.events(first)  # so that an answer counts as the response (M7)
        assert ("agent", "assigned") in desk.told(first)
        with enter(desk.house.scope()):
            entry = AuditEntry.objects.get(subject_type="ticket", subject_id=first.pk, verb="ticket.assigned")
            assert entry.after["reason"] == "in_turn"
            assert entry.actor_id is None
        assert desk.share() == 0

    def test_the_turn_goes_on_where_it_stopped(self, desk: Desk) -> None:
        desk.team("agent", "colleague")
        found = []
        for _ in range(3):
            ticket = desk.files()
            desk.share()
            found.append(desk.has(ticket))
        assert found == ["agent", "colleague", "agent"]

    def test_whoever_has_least_gets_the_next(self, desk: Desk) -> None:
        for _ in range(3):
            desk.does("agent", services.assign, ticket_id=desk.files().pk, assignee_id=desk.house.people["agent"].pk)
        desk.team("agent", "colleague", rule="least_loaded")
        tickets = [desk.files() for _ in range(5)]
        desk.share()
        assert [desk.has(ticket) for ticket in tickets].count("colleague") == 4

    def test_what_waits_for_the_customer_counts_for_nobodys_limit(self, desk: Desk) -> None:
        desk.staff("agent", work_limit=1)
        waiting = desk.files()
        desk.does("agent", services.reply, ticket_id=waiting.pk, body="Which version?", ask=True)
        desk.team("agent")
        first, second = desk.files(), desk.files()
        desk.share()
        assert [desk.has(first), desk.has(second)] == ["agent", None]

    def test_a_limit_holds_over_two_teams(self, desk: Desk) -> None:
        desk.staff("agent", work_limit=1)
        desk.team("agent")
        other = desk.team("agent", takes_new=False, name="Posts")
        tickets = [desk.files(), desk.files()]
        with enter(desk.house.scope()):
            Ticket.objects.filter(pk=tickets[1].pk).update(team=other)
        assert desk.share() == 1

    def test_who_does_not_speak_the_language_or_know_the_product_gets_nothing(self, desk: Desk) -> None:
        desk.staff("agent", languages=["sv"], skills=[])
        desk.staff("colleague", languages=["en", "de"], skills=["other"])
        desk.team("agent", "colleague")
        swedish, english = desk.files(language="sv"), desk.files(language="en")
        desk.share()
        assert [desk.has(swedish), desk.has(english)] == ["agent", None]
        desk.staff("colleague", skills=["main"])
        desk.share()
        assert desk.has(english) == "colleague"

    def test_nobody_on_shift_leaves_it_unassigned_until_somebody_comes(self, desk: Desk) -> None:
        desk.team("agent", "colleague")
        desk.go_to(MONDAY)  # it is three in the morning in New York
        ticket = desk.files(claimed_priority="P4")
        assert desk.share() == 0
        desk.go_to(OFFICE)
        assert desk.share() == 1
        assert desk.has(ticket) == "agent"

    def test_who_is_away_gets_nothing(self, desk: Desk) -> None:
        desk.team("agent", "colleague")
        desk.away("agent")
        tickets = [desk.files(), desk.files()]
        desk.share()
        assert [desk.has(ticket) for ticket in tickets] == ["colleague", "colleague"]

    def test_a_team_by_hand_and_tickets_of_another_team_or_house_stay(self, desk: Desk) -> None:
        by_hand = desk.team("agent", rule="by_hand", takes_new=False, name="Posts")
        desk.team("colleague")
        posts, partners = desk.files(), desk.files()
        desk.does("supervisor", services.hand_off, ticket_id=partners.pk, to_house_id=desk.house.partner.pk)
        with enter(desk.house.scope()):
            Ticket.objects.filter(pk=posts.pk).update(team=by_hand)
        desk.share()
        assert [desk.has(posts), desk.has(partners)] == [None, None]

    def test_what_the_ladder_raised_is_not_given_below(self, desk: Desk) -> None:
        desk.team("agent", "supervisor")
        ticket = desk.files()
        with enter(desk.house.scope()):
            Ticket.objects.filter(pk=ticket.pk).update(level=1)
        desk.share()
        assert desk.has(ticket) == "supervisor"

    def test_nothing_waiting_costs_one_question_each(self, desk: Desk) -> None:
        desk.team("agent", "colleague")
        desk.share()
        for look in (give_out, hand_on):
            with moved_to(desk.now), CaptureQueriesContext(connection) as asked:
                assert look(desk.house.id) == 0
            assert len(questions(asked)) == 1

    def test_many_tickets_cost_no_more_questions_than_one(self, desk: Desk) -> None:
        desk.team("agent", "colleague")
        costs = []
        for number in (1, 12):
            for _ in range(number):
                desk.files()
            with moved_to(desk.now), CaptureQueriesContext(connection) as asked:
                assert give_out(desk.house.id) == number
            costs.append(len(questions(asked)))
        assert costs[0] == costs[1] <= 25


@pytest.mark.django_db
class TestAbsence:
    """What an absence hands on."""

    def mine(self, desk: Desk, who: str = "agent") -> Ticket:
        """A ticket that somebody has."""
        return desk.does(who, services.assign, ticket_id=desk.files().pk, assignee_id=desk.house.people[who].pk)

    def test_open_work_goes_to_the_deputy_once_when_the_absence_begins(self, desk: Desk) -> None:
        ticket = self.mine(desk)
        absence = desk.away("agent", 1, 3, deputy="colleague")
        assert desk.share() == 0
        before = desk.told(ticket)
        desk.go_to(OFFICE + timedelta(days=1))
        assert desk.share() == 1
        assert desk.has(ticket) == "colleague"
        assert [(who, word) for who, word in desk.told(ticket)[len(before) :] if word != "rung"] == [
            ("colleague", "assigned")
        ]
        with enter(desk.house.scope()):
            entry = AuditEntry.objects.filter(subject_id=ticket.pk, verb="ticket.assigned").latest("pk")
            assert entry.after["reason"] == "absence"
            assert Absence.objects.get(pk=absence.pk).handed_on_at == desk.now
        later = self.mine(desk)  # taken although away
        assert desk.share() == 0
        assert desk.has(later) == "agent"

    def test_without_a_deputy_it_goes_back_to_the_team_and_on_to_somebody(self, desk: Desk) -> None:
        ticket = self.mine(desk)
        team = desk.team("agent", "colleague", takes_new=False)
        desk.away("agent")
        assert desk.share() == 2
        assert desk.has(ticket) == "colleague"
        assert desk.ticket(ticket).team_id == team.pk

    def test_a_deputy_who_is_away_himself_gets_nothing(self, desk: Desk) -> None:
        ticket = self.mine(desk)
        desk.away("colleague", 0, 5)
        desk.away("agent", deputy="colleague")
        desk.share()
        assert desk.has(ticket) is None
        assert desk.ticket(ticket).state == "open"

    def test_what_has_ended_stays_with_whoever_had_it(self, desk: Desk) -> None:
        ticket = self.mine(desk)
        desk.does("agent", services.resolve, ticket_id=ticket.pk, outcome="fixed", body="Done.")
        desk.away("agent", deputy="colleague")
        assert desk.share() == 0
        assert desk.has(ticket) == "agent"

    def test_the_day_begins_where_the_person_is(self, desk: Desk) -> None:
        desk.staff("agent", time_zone="Pacific/Auckland")
        ticket = self.mine(desk)
        desk.away("agent", 1, 1, deputy="colleague")  # Tuesday
        desk.go_to(OFFICE - timedelta(hours=6))  # Monday 11:00 in Stockholm, 23:00 in Auckland
        assert desk.share() == 0
        desk.go_to(OFFICE - timedelta(hours=5))
        assert desk.share() == 1
        assert desk.has(ticket) == "colleague"

    def test_an_absence_that_nobody_looked_at_in_time_moves_nothing(self, desk: Desk) -> None:
        ticket = self.mine(desk)
        desk.away("agent", 1, 1, deputy="colleague")
        desk.go_to(OFFICE + timedelta(days=3))
        assert desk.share() == 0
        assert desk.has(ticket) == "agent"


hands = st.lists(
    st.builds(
        Hand,
        person_id=st.integers(1, 9),
        languages=st.frozensets(st.sampled_from(["de", "en", "sv"]), min_size=1),
        skills=st.frozensets(st.sampled_from(["mill", "post"])),
        level=st.integers(0, 2),
        load=st.integers(0, 3),
        limit=st.none() | st.integers(0, 4),
    ),
    unique_by=lambda hand: hand.person_id,
)
works = st.lists(
    st.builds(
        Wants, st.sampled_from(["de", "en", "sv"]), st.frozensets(st.sampled_from(["mill", "post"])), st.integers(0, 2)
    ),
    max_size=30,
)


@given(hands, works, st.sampled_from(Rule), st.none() | st.integers(1, 9))
def test_whoever_gets_work_can_do_it_and_had_room_and_nobody_who_could_is_left_out(
    people: list[Hand], pieces: list[Wants], rule: Rule, last: int | None
) -> None:
    sharing, had = Sharing(people, rule, last), {hand.person_id: hand.load for hand in people}
    for piece in pieces:
        able = {h.person_id: h.load for h in people if h.can(piece) and h.has_room}
        chosen = sharing.give(piece)
        assert (chosen is None) == (not able)
        if chosen is None:
            continue
        had[chosen] += 1
        assert chosen in able
        if rule is Rule.LEAST:
            assert able[chosen] == min(able.values())
    assert had == {hand.person_id: hand.load for hand in people}


@given(st.integers(1, 6), st.integers(1, 40), st.integers(0, 7))
def test_in_turn_equals_differ_by_one_at_most(people: int, pieces: int, last: int) -> None:
    hands = [Hand(key, frozenset({"en"})) for key in range(1, people + 1)]
    sharing = Sharing(hands, Rule.IN_TURN, last)
    for _ in range(pieces):
        sharing.give(Wants("en"))
    assert max(hand.load for hand in hands) - min(hand.load for hand in hands) <= 1
