"""The application's gate alone, and what leaves by mail."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.core import mail

from kernel.outbox import services as outbox
from kernel.tenancy.scope import enter
from tests.tickets.lives import Life
from tests.world import World
from tickets.access import visible_tickets
from vendors.models import Person


@pytest.mark.parametrize("who", ["partner", "customer", "customer_admin"])
def test_nobody_without_an_organisation_is_taken_for_the_vendor(world: World, who: str) -> None:
    house = world.mastercam
    Life(house).files()
    with enter(house.scope()):
        assert not visible_tickets([replace(house.member(who), organisation_id=None)]).exists()


def test_no_name_or_subject_begins_a_header_of_its_own(world: World) -> None:
    house = world.mastercam
    life = Life(house)
    evil = 'x"\r\nBcc: all@evil.test\r\n\r\nbody \u2028Bcc: all@evil.test\x0b\x85'
    with enter(house.scope()):
        Person.objects.filter(pk=house.people["customer"].pk).update(name=evil[:120])
    life.files(subject=evil)
    outbox.deliver(house.id)
    assert mail.outbox
    for letter in mail.outbox:
        message = letter.message()
        assert "Bcc" not in message
        assert letter.recipients() == [house.people["customer"].email] or len(letter.recipients()) == 1
        assert b"\nBcc:" not in message.as_bytes().partition(b"\n\n")[0]
