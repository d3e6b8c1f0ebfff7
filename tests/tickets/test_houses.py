"""A partner's agent works on a ticket only while his house serves it; what he had keeps being shown to him."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kernel.tenancy.scope import enter
from tests.world import World
from tickets import services
from tickets.access import visible_tickets
from tickets.vocabulary import Refused

pytestmark = pytest.mark.django_db

WORK: dict[str, Callable[..., Any]] = {
    "reply": lambda **call: services.reply(**call, body="Still me."),
    "assign": lambda **call: services.assign(**call, assignee_id=None),
    "resolve": lambda **call: services.resolve(**call, outcome="solved", body="Done."),
    "cancel": lambda **call: services.cancel(**call, reason="refused"),
    "wait for a third party": services.wait_for_third_party,
    "say that the information suffices": services.declare_information_complete,
    "hand off": lambda **call: services.hand_off(**call, to_house_id=None),
}


@pytest.mark.parametrize("what", WORK)
def test_a_house_that_handed_a_ticket_on_no_longer_works_on_it(world: World, what: str) -> None:
    house = world.onyx
    partner = house.member("partner")
    with enter(house.scope()):
        request = services.Request(
            requester=house.people["stranger"], subject="No licence", body="It says so.", language="en"
        )
        ticket = services.file_ticket(by=house.member("stranger"), request=request)
        services.hand_off(by=partner, ticket_id=ticket.pk, to_house_id=None)
        with pytest.raises(Refused, match="Another house serves this ticket now"):
            WORK[what](by=partner, ticket_id=ticket.pk)
        assert visible_tickets([partner]).filter(pk=ticket.pk).exists()
        assert services.note(by=partner, ticket_id=ticket.pk, body="For ourselves.").house_id == house.partner.pk
