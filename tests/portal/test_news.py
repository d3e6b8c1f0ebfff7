"""What vendors announce, from the reader's side: who reads what, what presses, and that mail leads there, once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kernel import clock
from kernel.outbox.services import deliver
from kernel.tenancy.scope import enter
from sla.policies import current
from tests.tickets.lives import acting
from tests.world import House, World
from tickets import services
from tickets.models import Announcement, AnnouncementPutAway, AnnouncementRecipient
from tickets.queries.announcements import concerned
from tickets.queries.news import news
from tickets.vocabulary import Refused
from vendors.models import InstalledItem, Person, Product, Release, Role

MONDAY = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
READERS = ("customer", "neighbour", "customer_admin", "stranger", "partner")


def announces(house: House, *, at: datetime = MONDAY, send: bool = True, **fields: Any) -> Announcement:
    """An announcement of the house's supervisor, sent."""
    words: dict[str, Any] = {
        "announcement_id": None,
        "kind": "urgent",
        "product_id": house.item.product_id,
        "releases": [],
        "languages": [],
        "texts": {"en": {"subject": "Update now", "body": "It mends a hole."}},
    }
    with clock.moved_to(at), enter(house.scope()):
        draft = services.save_draft(by=house.member("supervisor"), **words | fields)
        if send:
            services.send_announcement(by=house.member("supervisor"), announcement_id=draft.pk)
        return draft


def page_of(house: House, one: Announcement, act: str = "") -> str:
    return f"/portal/news/{house.slug}/{one.pk}/{act}"


def test_a_reader_reads_just_what_concerns_him_whatever_is_chosen(world: World) -> None:
    """The two sides of the rule agree for every choice of kind, product, releases and languages."""
    house = world.optocraft
    with enter(house.scope()):
        other = Product.objects.create(key="other", name="Other")
        older, newest = Release.objects.get(name="2025"), Release.objects.get(name="2026")
        InstalledItem.objects.filter(number="S-2002").update(release=older)
        products = (None, house.item.product_id, other.pk)
        policy = current(house.id)
        for kind, about, language in product(Announcement.Kind, products, ([], ["de"], ["en"])):
            for releases in [[], [older.pk], [older.pk, newest.pk]] if about == house.item.product_id else [[]]:
                Announcement.objects.create(
                    vendor_id=house.id, kind=kind, product_id=about, releases=releases, languages=language,
                    texts={"en": {"subject": "s", "body": "b"}}, author=house.people["supervisor"],
                    created_at=MONDAY, sent_at=MONDAY,
                )  # fmt: skip
        every = list(Announcement.objects.all())
        written_to = {one.pk: set(concerned(policy, one).values_list("pk", flat=True)) for one in every}
    for who in READERS:
        person = house.people[who].pk
        with acting(house, who) as member:
            reads = set(news([member]).values_list("pk", flat=True))
        assert reads == {key for key, people in written_to.items() if person in people}, who
    assert len({frozenset(people) for people in written_to.values()}) > 4


def test_a_customer_reads_it_in_the_portal_where_his_mail_leads(world: World, customer: Any) -> None:
    house = world.mastercam
    one = announces(house, kind="planned")
    deliver(house.id)
    letters = [letter for letter in mail.outbox if "Update now" in letter.body]
    assert letters
    assert all(page_of(house, one) in letter.body for letter in letters)
    client = customer(house)
    assert "Update now" in client.get("/portal/news/").content.decode()
    assert "It mends a hole." in client.get(page_of(house, one)).content.decode()
    assert client.get("/portal/news/", {"product": "x"}).status_code == 200


def test_a_colleague_who_came_later_reads_it_and_nobody_else(world: World, customer: Any, client_of: Any) -> None:
    house = world.mastercam
    draft = announces(house, send=False)
    with enter(house.scope()):
        InstalledItem.objects.filter(number="S-2002").update(state="retired")
    sent = announces(house)
    with enter(house.scope()):
        later = house.people["neighbour"]
        AnnouncementRecipient.objects.filter(person=later).delete()
    assert customer(house, "neighbour").get(page_of(house, sent)).status_code == 200
    for who in ("stranger", "partner", "agent"):
        assert customer(house, who).get(page_of(house, sent)).status_code == 404
        assert customer(house, who).post(page_of(house, sent, "put-away/")).status_code == 404
    assert customer(house).get(page_of(house, draft)).status_code == 404
    assert customer(world.optocraft).get(page_of(house, sent)).status_code == 404
    assert customer(house).get(f"/portal/news/{house.slug}/{2**64}/").status_code == 404
    assert customer(house, "agent").get("/portal/news/").status_code == 404


def test_what_presses_stands_above_my_requests_until_it_is_put_away(world: World, customer: Any) -> None:
    house, client = world.mastercam, customer(world.mastercam)
    urgent, planned = announces(house), announces(house, kind="planned", texts={"en": {"subject": "Soon", "body": "x"}})
    with clock.moved_to(MONDAY + timedelta(days=1)):
        seen = client.get("/portal/").content.decode()
        assert "Update now" in seen
        assert "Soon" not in seen
        assert client.post(page_of(house, urgent, "put-away/")).status_code == 302
        assert client.post(page_of(house, urgent, "put-away/")).status_code == 302
        assert "Update now" not in client.get("/portal/").content.decode()
        assert "Update now" in client.get("/portal/news/").content.decode()
        assert "Update now" in customer(house, "neighbour").get("/portal/").content.decode()  # his own to put away
    with clock.moved_to(MONDAY + timedelta(days=31)):
        assert "Update now" not in customer(house, "neighbour").get("/portal/").content.decode()
    with acting(house, "neighbour"):
        assert not AnnouncementPutAway.objects.exists()
    assert planned.pk != urgent.pk


def test_a_changed_policy_says_from_when_and_gives_the_notice_that_is_promised(world: World, customer: Any) -> None:
    house = world.mastercam  # M18: 30 days
    for day in (None, (MONDAY + timedelta(days=29)).date()):
        with pytest.raises(Refused, match="at least 30 days") as refusal:
            announces(house, kind="policy", effective_on=day)
        assert refusal.value.field == "effective_on"
    one = announces(house, kind="policy", effective_on=(MONDAY + timedelta(days=30)).date())
    deliver(house.id)
    assert any("Holds from: Wed 16 Dec 2026" in letter.body for letter in mail.outbox)
    assert "Wed 16 Dec 2026" in customer(house).get(page_of(house, one)).content.decode()
    assert "Wed 16 Dec 2026" in customer(house, "partner").get("/portal/news/").content.decode()
    announces(world.optocraft, kind="policy")  # O18: without notice


def test_somebody_with_two_memberships_gets_each_vendors_once(world: World, client_of: Any) -> None:
    both = world.mastercam.user("customer")
    with enter(world.optocraft.scope()):
        Person.objects.create(
            user=both,
            role=Role.CUSTOMER_USER,
            name="Karin Kund",
            email=both.email,
            organisation=world.optocraft.customer,
        )
    for house in (world.mastercam, world.optocraft):
        one = announces(house)
        with enter(house.scope()), pytest.raises(Refused):
            services.send_announcement(by=house.member("supervisor"), announcement_id=one.pk)
        deliver(house.id)
        deliver(house.id)
    to_her = [letter for letter in mail.outbox if both.email in letter.to[0] and "Update now" in letter.body]
    assert sorted(letter.subject.partition(":")[0] for letter in to_her) == ["Mastercam", "Optocraft"]
    seen = client_of(both).get("/portal/news/").content.decode()
    assert seen.count("Update now") == 2


def test_the_list_asks_as_many_questions_for_many_as_for_few(world: World, customer: Any) -> None:
    house, client = world.mastercam, customer(world.mastercam)
    announces(house, releases=[house.item.release_id])

    def asked() -> int:
        client.get("/portal/news/")
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/portal/news/").status_code == 200
        return len(captured)

    before = asked()
    for _n in range(6):
        announces(house, kind="outage", releases=[house.item.release_id])
    assert asked() == before
