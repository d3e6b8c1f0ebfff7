"""The verdict on tickets: judged at filing from the records, told to staff, granted by supervisors."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from contracts.models import Contract
from kernel import clock
from kernel.audit.models import AuditEntry
from kernel.tenancy.scope import enter
from sla.policies import current
from tests.world import House, World
from tickets import services
from tickets.models import Channel, Message, Ticket
from tickets.queries.entitlement import Explained, explained
from tickets.vocabulary import Refused, Verb
from vendors.access import scope_of
from vendors.models import InstalledItem, Organisation

pytestmark = pytest.mark.django_db
FileTicket = Callable[..., Ticket]


@pytest.fixture
def file() -> FileTicket:
    """File a request of somebody at a house, in his own scope."""

    def filed(house: House, who: str = "customer", *, by: str = "", **fields: Any) -> Ticket:
        words = {"subject": "It stops", "body": "It stops when it starts.", "language": "en"} | fields
        member = house.member(by or who)
        with enter(scope_of([member])):
            request = services.Request(requester=house.people[who], **words)
            return services.file_ticket(by=member, request=request)

    return filed


def _told(house: House, ticket: Ticket) -> Explained:
    with enter(house.scope()):
        return explained(current(house.id), Ticket.objects.get(pk=ticket.pk))


def test_connect_for_the_site_and_a_current_release_are_entitled(world: World, file: FileTicket) -> None:
    ticket = file(world.mastercam, item=world.mastercam.item, topic="toolpaths")
    assert ticket.entitlement == "entitled"
    told = _told(world.mastercam, ticket)
    assert (told.label, told.cost) == ("Entitled", "Free of charge")
    assert [rule for why in told.reasons for rule in why.rules] == ["M1", "M2", "M1"]


def test_the_contract_counts_on_the_day_of_filing_and_not_later(world: World, file: FileTicket) -> None:
    house = world.mastercam
    with enter(house.scope()):
        Contract.objects.update(ends=clock.now().date() - timedelta(days=2))
    ticket = file(house, item=house.item, topic="toolpaths")
    assert ticket.entitlement == "not_owed"
    told = _told(house, ticket)
    assert told.refuses
    assert told.contacts  # never a dead end


def test_an_old_release_is_judged_by_the_dates_of_releases(world: World, file: FileTicket) -> None:
    house = world.mastercam
    with enter(house.scope()):
        old = house.item.product.releases.get(name="2024")
    assert file(house, item=house.item, topic="toolpaths", release=old).entitlement == "not_owed"
    with clock.moved_to(clock.now().replace(year=2025, month=3, day=3)):  # 2026 is not out yet
        assert file(house, item=house.item, topic="toolpaths", release=old).entitlement == "entitled"


def test_without_a_topic_or_release_it_asks_and_refuses_nobody(world: World, file: FileTicket) -> None:
    ticket = file(world.mastercam)
    assert ticket.entitlement == "ask"
    assert _told(world.mastercam, ticket).asks == ("what it is about", "the release")


def test_who_is_supported_only_by_a_partner_is_sent_to_him(world: World, file: FileTicket) -> None:
    house = world.mastercam
    with enter(house.scope()):
        Organisation.objects.filter(pk=house.partner.pk).update(
            kind="channel_partner", mail_address="help@partner.test"
        )
    ticket = file(house, "stranger", topic="toolpaths")
    assert ticket.entitlement == "elsewhere"
    told = _told(house, ticket)
    assert [(contact.name, contact.mail) for contact in told.contacts] == [
        ("Partner & Söhne GmbH", "help@partner.test")
    ]


def test_a_partner_needs_no_contract(world: World, file: FileTicket) -> None:
    house = world.mastercam
    with enter(house.scope()):
        item = InstalledItem.objects.create(
            vendor_id=house.id,
            organisation=house.partner,
            product=house.item.product,
            release=house.item.release,
            number="P-1",
        )
    assert file(house, "partner", item=item, topic="toolpaths").entitlement == "entitled"


def test_post_processors_go_to_sales(world: World, file: FileTicket) -> None:
    ticket = file(world.mastercam, item=world.mastercam.item, topic="post_processor")
    assert ticket.entitlement == "not_owed"
    assert _told(world.mastercam, ticket).served_by == "Sales"


def test_level_0_is_the_distributors_until_he_hands_it_on(world: World, file: FileTicket) -> None:
    house = world.onyx
    with enter(house.scope()):
        item = InstalledItem.objects.get(number="S-2002")
    ticket = file(house, "stranger", item=item, topic="activation")
    assert ticket.entitlement == "elsewhere"
    assert ticket.serving_house_id == house.partner.pk
    partner = house.member("partner")
    with enter(scope_of([partner])):
        services.hand_off(by=partner, ticket_id=ticket.pk, to_house_id=None)
    with enter(house.scope()):
        ticket.refresh_from_db()
    assert ticket.entitlement == "entitled"
    assert any("I6" in why.rules for why in _told(house, ticket).reasons)


def test_mail_to_the_vendors_own_address_is_the_vendors(world: World, file: FileTicket) -> None:
    house = world.optocraft
    with enter(house.scope()):
        item = InstalledItem.objects.get(number="S-2002")
    assert file(house, "stranger", item=item, topic="software").entitlement == "elsewhere"
    assert file(house, "stranger", item=item, topic="software", channel=Channel.MAIL).entitlement == "entitled"


def test_judging_at_filing_asks_two_questions_at_most(world: World, file: FileTicket) -> None:
    house = world.mastercam
    with CaptureQueriesContext(connection) as captured:
        file(house, item=house.item, topic="toolpaths")
    asked = [
        q["sql"]
        for q in captured.captured_queries
        if "contracts_contract" in q["sql"] or '"released_on" <=' in q["sql"]
    ]
    assert len(asked) == 2
    with CaptureQueriesContext(connection) as captured:
        file(world.optocraft, item=world.optocraft.item, topic="software")
    assert not [q for q in captured.captured_queries if "contracts_contract" in q["sql"]]


def test_a_supervisor_grants_what_is_not_owed_and_the_reason_is_kept(world: World, file: FileTicket) -> None:
    house = world.mastercam
    ticket = file(house, item=house.item, topic="sdk")
    supervisor = house.member("supervisor")
    with enter(house.scope()):
        with pytest.raises(Refused) as refused:
            services.grant(by=supervisor, ticket_id=ticket.pk, reason=" ")
        assert refused.value.field == "reason"
        services.grant(by=supervisor, ticket_id=ticket.pk, reason="A good customer, once.")
        ticket.refresh_from_db()
        note = Message.objects.get(ticket=ticket, visibility=Message.Visibility.INTERNAL)
        entry = AuditEntry.objects.get(verb=Verb.GRANTED)
    assert ticket.entitlement == "granted"
    assert note.body == "A good customer, once."
    assert (entry.before, entry.after) == ({"verdict": "not_owed"}, {"verdict": "granted"})
    assert "good customer" not in str(entry.after)
    assert _told(house, ticket).label == "Granted"


@pytest.mark.parametrize("who", ["agent", "sponsor", "customer", "partner"])
def test_only_supervisors_grant(world: World, file: FileTicket, who: str) -> None:
    house = world.mastercam
    ticket = file(house, item=house.item, topic="sdk")
    member = house.member(who)
    with enter(scope_of([member])), pytest.raises(Refused):
        services.grant(by=member, ticket_id=ticket.pk, reason="Please.")


def test_what_is_entitled_needs_no_grant_and_a_grant_survives_a_hand_off(world: World, file: FileTicket) -> None:
    house = world.mastercam
    entitled = file(house, item=house.item, topic="toolpaths")
    granted = file(house, item=house.item, topic="sdk")
    supervisor = house.member("supervisor")
    with enter(house.scope()):
        with pytest.raises(Refused):
            services.grant(by=supervisor, ticket_id=entitled.pk, reason="Why not.")
        services.grant(by=supervisor, ticket_id=granted.pk, reason="Once.")
        services.hand_off(by=supervisor, ticket_id=granted.pk, to_house_id=house.partner.pk)
        granted.refresh_from_db()
    assert granted.entitlement == "granted"


def test_words_are_the_readers(world: World, file: FileTicket) -> None:

    ticket = file(world.mastercam, item=world.mastercam.item, topic="sdk")
    with translation.override("de"):
        told = _told(world.mastercam, ticket)
    assert told.label == "Nicht geschuldet"
    assert "Beratung" in told.reasons[0].text
