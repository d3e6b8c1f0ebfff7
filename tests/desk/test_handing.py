"""Handing a ticket over to a person, a team or a level above."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.test import Client
from django.urls import reverse

from kernel.tenancy.scope import enter
from tests.desk.conftest import Desk
from tests.world import House, World
from tickets.models import Message, Notification
from vendors.models import Team, TeamMember


def team_of(house: House, who: str) -> Team:
    with enter(house.scope()):
        team = Team.objects.create(vendor_id=house.id, name=f"Team of {who}")
        TeamMember.objects.create(vendor_id=house.id, team=team, person=house.people[who])
        return team


def told(house: House, word: str) -> set[int]:
    with enter(house.scope()):
        return set(Notification.objects.filter(kind=word).values_list("person", flat=True))


def test_a_team_gets_it_with_a_note_and_its_people_are_told(world: World, desk: Callable[..., Desk]) -> None:
    house = world.mastercam
    team, here = team_of(house, "colleague"), desk(house)
    here.do("assign", assignee=house.people["agent"].pk)
    assert here.do("team", team=team.pk, note="They know it.").status_code == 302
    assert (here.ticket.team_id, here.ticket.assignee_id) == (team.pk, None)
    assert (here.last().body, here.last().visibility) == ("They know it.", Message.Visibility.INTERNAL)
    assert told(house, "for_team") == {house.people["colleague"].pk}
    assert here.do("team", team=team.pk).status_code == 422
    other = team_of(house, "agent")
    here.do("team", team=other.pk)
    page = here.client.get(reverse("desk:ticket", args=here.args)).content.decode()
    told_of = re.findall(r"Handed to a team(.*?)</li>", page, re.DOTALL)
    assert ["Team of colleague" in words for words in told_of] == [True, True]
    assert ["Team of agent" in words for words in told_of] == [True, False]


def test_a_level_gets_it_and_not_twice(world: World, desk: Callable[..., Desk]) -> None:
    house = world.mastercam
    here = desk(house)
    assert here.do("level", level="supervisor", note="Please look.").status_code == 302
    assert here.ticket.level == 1
    assert told(house, "handed_up") == {house.people["supervisor"].pk}
    assert here.do("level", level="supervisor").status_code == 422
    assert here.do("level", level="executive_sponsor").status_code == 422


def test_a_person_gets_it_with_a_note(world: World, desk: Callable[..., Desk]) -> None:
    here = desk(world.mastercam)
    here.do("assign", assignee=world.mastercam.people["colleague"].pk, note="Yours?")
    assert here.last().body == "Yours?"
    assert here.last().visibility == Message.Visibility.INTERNAL


def test_teams_of_others_are_not_there_and_partners_have_none(
    world: World, desk: Callable[..., Desk], client_of: Callable[..., Client]
) -> None:
    theirs, here = team_of(world.optocraft, "colleague"), desk(world.mastercam)
    for key in (theirs.pk, 10**15):
        assert here.do("team", team=key).status_code == 422
    assert theirs.name not in here.form("team")
    routed = desk(world.optocraft, "agent", "stranger")
    partner = Desk(client_of(world.optocraft.user("partner")), world.optocraft, routed.ticket)
    for deed in ("team", "level"):
        assert partner.do(deed, team=theirs.pk, level="supervisor").status_code == 422
    assert theirs.name not in partner.do("team", team=theirs.pk).content.decode()
