"""The customer's page says who serves a request and why, and passes it on with one click."""

from __future__ import annotations

from typing import Any

import pytest

from kernel.tenancy.scope import enter
from tests.portal.conftest import url
from tests.world import World
from tickets.models import Ticket
from vendors.models import Organisation

pytestmark = pytest.mark.django_db


def test_what_belongs_to_sales_says_so_and_goes_there_with_one_click(world: World, customer: Any, filed: Any) -> None:
    house, client = world.mastercam, customer(world.mastercam)
    ticket = filed(house, topic="post_processor", item=house.item)
    page = client.get(url(house, ticket)).content.decode()
    assert "Who helps you, and why" in page
    assert "This is not part of your support. Your request is with Mastercam." in page
    assert "Changes to a post-processor are consulting." in page
    assert "Pass it on to" not in page
    with enter(house.scope()):
        Organisation.objects.create(
            vendor_id=house.id, kind="sales", name="Sales", mail_address="sales@vendor.test", phone="+1 555 0142"
        )
    assert "Pass it on to Sales" in client.get(url(house, ticket)).content.decode()
    answer = client.post(url(house, ticket, "pass-on"), follow=True)
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "Your request was passed on, with its whole history." in page
    assert "Karin Kund passed this request on from Mastercam to Sales" in page
    assert "sales@vendor.test" in page
    assert "Pass it on to" not in page
    again = client.post(url(house, ticket, "pass-on"), follow=True).content.decode()
    assert "This request is where it belongs." in again
    with enter(house.scope()):
        assert Ticket.objects.get(pk=ticket.pk).serving_house is not None


def test_a_colleague_who_takes_no_part_can_pass_on_nothing(world: World, customer: Any, filed: Any) -> None:
    house = world.mastercam
    ticket = filed(house, topic="post_processor")
    assert customer(house, "neighbour").post(url(house, ticket, "pass-on")).status_code == 404
    assert customer(house, "stranger").post(url(house, ticket, "pass-on")).status_code == 404
