"""Views that people keep: whose they are, who may change them, and what is said of bad ones."""

from __future__ import annotations

import pytest

from kernel.tenancy.scope import enter
from tests.world import House, World
from tickets.queries.views import STANDING, View, views_of
from tickets.services import views
from tickets.vocabulary import Refused
from vendors.access import scope_of
from vendors.models import Team, TeamMember

pytestmark = pytest.mark.django_db


def kept(house: House, who: str) -> list[View]:
    """The views of somebody, without the standing ones."""
    member = house.member(who)
    with enter(scope_of([member], member.user_id)):
        return views_of([member])[len(STANDING) :]


def made(house: House, who: str, name: str, query: str = "is:mine") -> int:
    """Let somebody keep a view; its key."""
    with enter(house.scope()):
        return views.create_view(by=house.member(who), name=name, query=query).pk


def test_a_personal_view_is_its_owners_alone(world: World) -> None:
    house = world.mastercam
    key = made(house, "agent", "  My   P1 ", "prio:P1 is:mine")
    assert [(view.name, view.query, view.whose) for view in kept(house, "agent")] == [
        ("My P1", "prio:P1 is:mine", "mine")
    ]
    assert kept(house, "supervisor") == []
    with enter(house.scope()):
        for deed in (views.delete_view, views.change_view, views.share_view):
            with pytest.raises(views.NoSuchView):
                deed(by=house.member("supervisor"), view_id=key)


def test_a_teams_view_is_its_members_and_everybodys_is_a_supervisors_to_share(world: World) -> None:
    house = world.mastercam
    key = made(house, "agent", "Ours")
    with enter(house.scope()):
        team = Team.objects.create(name="Posts")
        with pytest.raises(Refused):
            views.share_view(by=house.member("agent"), view_id=key, team_id=team.pk)
        for who in ("agent", "supervisor"):
            TeamMember.objects.create(team=team, person=house.people[who])
        views.share_view(by=house.member("agent"), view_id=key, team_id=team.pk)
        with pytest.raises(Refused):
            views.share_view(by=house.member("agent"), view_id=key, house=True)
    assert [(view.whose, view.team) for view in kept(house, "supervisor")] == [("team", "Posts")]
    with enter(house.scope()):
        views.share_view(by=house.member("supervisor"), view_id=key, house=True)
        with pytest.raises(Refused):
            views.delete_view(by=house.member("agent"), view_id=key)
    assert [view.whose for view in kept(house, "agent")] == ["house"]
    with enter(house.scope()):
        views.delete_view(by=house.member("supervisor"), view_id=key)
    assert kept(house, "agent") == []


def test_own_views_stand_in_the_order_that_was_chosen(world: World) -> None:
    house = world.mastercam
    one, two, three = (made(house, "agent", name) for name in ("one", "two", "three"))
    with enter(house.scope()):
        views.order_views(by=house.member("agent"), view_ids=[three, one])
    assert [view.id for view in kept(house, "agent")] == [three, one, two]


@pytest.mark.parametrize(
    ("name", "query", "field"),
    [("", "", "name"), ("x" * 61, "", "name"), ("Mine too", "is:nonsense", "query"), ("taken", "is:mine", "name")],
)
def test_a_bad_view_is_refused_next_to_its_field(world: World, name: str, query: str, field: str) -> None:
    house = world.mastercam
    made(house, "agent", "taken")
    with pytest.raises(Refused) as caught:
        made(house, "agent", name, query)
    assert caught.value.field == field
    assert [view.name for view in kept(house, "agent")] == ["taken"]


def test_a_partners_agents_have_views_of_their_own_house(world: World) -> None:
    house = world.onyx
    partner = house.member("partner")
    made(house, "supervisor", "The vendor's")
    with enter(scope_of([partner], partner.user_id)):
        key = views.create_view(by=partner, name="Ours", query="is:mine").pk
        views.share_view(by=partner, view_id=key, house=True)
    assert [(view.name, view.whose) for view in kept(house, "partner")] == [("Ours", "house")]
    assert "Ours" not in [view.name for view in kept(house, "supervisor")]
    with enter(house.scope()), pytest.raises(Refused):
        views.create_view(by=house.member("customer"), name="x", query="")
