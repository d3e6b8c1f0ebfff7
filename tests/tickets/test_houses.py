"""A partner's agent works on a ticket only while his house serves it; what he had keeps being shown to him."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kernel.tenancy.scope import Scope, enter
from tests.world import World
from tickets import services
from tickets.access import visible_tickets
from tickets.models import Notification
from tickets.vocabulary import Refused, Word
from vendors.access import memberships, scope_of
from vendors.models import InstalledItem, Organisation, Person

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


def test_the_seller_sees_the_customer_of_a_request_that_is_routed_to_him_even_if_another_supports_that_customer(
    world: World,
) -> None:
    house = world.optocraft
    with enter(house.scope()):
        InstalledItem.objects.filter(pk=house.item.pk).update(sold_by=house.partner)
        item = InstalledItem.objects.get(pk=house.item.pk)
    with enter(Scope.of(house.id, house.partner.pk)):
        assert not Organisation.objects.filter(pk=house.customer.pk).exists()
    with enter(Scope.of(house.id, house.customer.pk)):
        request = services.Request(
            requester=house.people["customer"], subject="No signal", body="Dark.", language="en", item=item
        )
        ticket = services.file_ticket(by=house.member("customer"), request=request)
        assert ticket.serving_house_id == house.partner.pk
    with enter(Scope.of(house.id, house.partner.pk)):
        assert visible_tickets([house.member("partner")]).select_related("customer", "requester").get() == ticket
    with enter(Scope.of(house.id, house.customer.pk)):
        assert Person.objects.filter(pk=house.people["partner"].pk).exists(), "he sees who answers him"


def test_a_write_of_somebody_with_several_vendors_stays_with_one(world: World) -> None:
    with enter(scope_of(memberships(world.everywhere.pk), world.everywhere.pk)):
        here = next(m for m in memberships(world.everywhere.pk) if m.vendor_id == world.mastercam.id)
        requester = world.mastercam.people["customer"]
        request = services.Request(requester=requester, subject="Stops", body="At once.", language="en")
        ticket = services.file_ticket(by=here, request=request)
        foreign = world.optocraft.people["agent"].pk
        with pytest.raises(Refused, match="no such person"):
            services.assign(by=here, ticket_id=ticket.pk, assignee_id=foreign)
        with pytest.raises(Refused, match="no such house"):
            services.hand_off(by=here, ticket_id=ticket.pk, to_house_id=world.optocraft.partner.pk)


def test_the_vendors_supervisors_are_told_of_a_ticket_that_a_partner_hands_on(world: World) -> None:
    house = world.onyx
    with enter(house.scope()):
        request = services.Request(
            requester=house.people["stranger"], subject="No licence", body="It says so.", language="en"
        )
        ticket = services.file_ticket(by=house.member("stranger"), request=request)
    with enter(Scope.of(house.id, house.partner.pk)):
        services.hand_off(by=house.member("partner"), ticket_id=ticket.pk, to_house_id=None)
    with enter(house.scope()):
        told = Notification.objects.filter(ticket=ticket, kind=Word.ROUTED)
        assert {row.person_id for row in told} >= {house.people["supervisor"].pk}
