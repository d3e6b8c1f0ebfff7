"""A person can be erased, and every history stays whole."""

from __future__ import annotations

import pytest

from kernel.audit.models import AuditEntry
from kernel.tenancy.scope import enter
from tests.world import World
from tickets import services
from tickets.models import Message
from vendors.models import Person, User
from vendors.services import MayNot, erase


def test_what_an_erased_person_did_is_kept_without_the_person(world: World) -> None:
    house = world.mastercam
    who = house.people["customer"]
    with enter(house.scope()):
        request = services.Request(requester=who, subject="Post stops", body="It stops.", language="en")
        ticket = services.file_ticket(by=house.member("customer"), request=request)
        erase(by=house.member("admin"), person_id=who.pk)
        gone = Person.objects.get(pk=who.pk)
        assert (gone.name, gone.email, gone.user, gone.active) == ("—", "", None, False)
        assert Message.objects.get(ticket=ticket).author_id == who.pk
        assert AuditEntry.objects.filter(subject_type="ticket", subject_id=ticket.pk, actor_id=who.pk).exists()
    assert not User.objects.filter(email=who.email).exists()


def test_a_login_that_is_somebody_elsewhere_stays(world: World) -> None:
    with enter(world.mastercam.scope()):
        here = Person.objects.get(user=world.everywhere)
        erase(by=world.mastercam.member("admin"), person_id=here.pk)
    assert User.objects.filter(pk=world.everywhere.pk).exists()


@pytest.mark.parametrize("who", ["agent", "supervisor", "customer_admin"])
def test_only_the_vendors_administrator_erases(world: World, who: str) -> None:
    house = world.mastercam
    with enter(house.scope()), pytest.raises(MayNot):
        erase(by=house.member(who), person_id=house.people["customer"].pk)


def test_a_person_of_another_vendor_is_not_there(world: World) -> None:
    with enter(world.mastercam.scope()), pytest.raises(MayNot):
        erase(by=world.mastercam.member("admin"), person_id=world.optocraft.people["customer"].pk)
