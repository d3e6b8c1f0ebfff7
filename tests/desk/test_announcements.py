"""Announcements: whom they concern, once to each in his language, seen by nobody else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from kernel.audit.models import AuditEntry
from kernel.outbox.models import OutboxMessage
from kernel.outbox.services import deliver
from kernel.tenancy.scope import enter
from sla.policies import current
from tests.desk.conftest import questions
from tests.world import House, World
from tickets import services
from tickets.models import Announcement, AnnouncementRecipient
from tickets.queries.announcements import audience, fates
from tickets.services.announcing import AnnouncementVerb
from tickets.vocabulary import Refused
from vendors.models import InstalledItem, Organisation, Person, Release, Role, User

ClientOf = Callable[[User], Client]
pytestmark = pytest.mark.django_db
ENGLISH = {"en": {"subject": "Update 2026.1", "body": "It is there.\n\nPlease install it."}}


@pytest.fixture
def house(world: World) -> House:
    """Mastercam's."""
    return world.mastercam


@pytest.fixture
def supervisor(house: House, client_of: ClientOf) -> Client:
    """Its supervisor."""
    return client_of(house.user("supervisor"))


def draft(house: House, **fields: Any) -> Announcement:
    """A draft for the house's product, in English."""
    words: dict[str, Any] = {
        "announcement_id": None,
        "kind": "planned",
        "product_id": house.item.product_id,
        "releases": [],
        "languages": [],
        "texts": ENGLISH,
    }
    with enter(house.scope()):
        return services.save_draft(by=house.member("supervisor"), **words | fields)


def sent(house: House, announcement: Announcement) -> int:
    """Send it."""
    with enter(house.scope()):
        return services.send_announcement(by=house.member("supervisor"), announcement_id=announcement.pk)


def names(house: House, announcement: Announcement) -> list[str]:
    """Who would get it."""
    with enter(house.scope()):
        return [first.partition(",")[0] for first in audience(current(house.id), announcement).first]


def address(house: House, name: str, key: int | None = None) -> str:
    """The address of a page of the house."""
    return reverse(f"desk:{name}", args=[house.slug, *([] if key is None else [key])])


def form(house: House, **fields: Any) -> dict[str, Any]:
    """What the page's form sends."""
    return {
        "kind": "urgent",
        "product": str(house.item.product_id),
        "subject_en": "Update now",
        "body_en": "It mends a hole.",
    } | fields


NORDIC = ["Anna Admin", "Karin Kund", "Nils Granne"]


def test_it_concerns_people_whose_organisation_has_an_item_in_use(house: House) -> None:
    assert names(house, draft(house)) == sorted([*NORDIC, "Paula Partner", "Sam Stranger"])
    with enter(house.scope()):
        InstalledItem.objects.filter(number="S-2002").update(state="retired")
    assert names(house, draft(house)) == NORDIC


def test_releases_and_languages_narrow_it(house: House) -> None:
    with enter(house.scope()):
        older = Release.objects.get(name="2025")
        InstalledItem.objects.filter(number="N-1001").update(release=older)
    assert names(house, draft(house, releases=[older.pk])) == NORDIC
    assert names(house, draft(house, releases=[older.pk], languages=["sv"])) == ["Karin Kund", "Nils Granne"]


def test_who_left_or_reads_a_language_that_nobody_writes(house: House) -> None:
    with enter(house.scope()):
        Person.objects.filter(name="Nils Granne").update(active=False)
        Person.objects.filter(name="Karin Kund").update(language="fr")
    assert names(house, draft(house, languages=["en"])) == ["Anna Admin", "Karin Kund", "Sam Stranger"]


def test_a_changed_policy_goes_to_all_customers_and_partners(house: House) -> None:
    with enter(house.scope()):
        InstalledItem.objects.all().update(state="retired")
    got = names(house, draft(house, kind="policy", languages=["de"]))
    assert got == sorted([*NORDIC, "Paula Partner", "Sam Stranger"])


def test_it_is_sent_once_to_each_in_his_language(house: House) -> None:
    texts = ENGLISH | {"sv": {"subject": "Uppdatering 2026.1", "body": "Den är här."}}
    announcement = draft(house, texts=texts)
    assert sent(house, announcement) == 5
    with pytest.raises(Refused):
        sent(house, announcement)
    deliver(house.id)
    found = {message.to[0].partition(" <")[0].strip('"'): message for message in mail.outbox}
    assert len(mail.outbox) == 5
    assert found["Karin Kund"].subject.endswith(": Uppdatering 2026.1")
    assert "Den är här." in found["Karin Kund"].body
    assert "Planerad uppdatering" in found["Karin Kund"].body
    assert "It is there." in found["Anna Admin"].body
    assert "It is there." in found["Paula Partner"].body  # German has no words here: the fallback
    assert all(m.extra_headers["Auto-Submitted"] == "auto-generated" for m in mail.outbox)
    with enter(house.scope()):
        fate = fates([house.id], [announcement.pk])[announcement.pk]
        assert (fate.delivered, fate.pending, fate.dead, fate.people) == (5, 0, 0, 5)
        assert AnnouncementRecipient.objects.filter(announcement=announcement).count() == 5
        verbs = list(
            AuditEntry.objects.filter(subject_type="announcement").order_by("pk").values_list("verb", flat=True)
        )
    assert verbs == [AnnouncementVerb.WRITTEN, AnnouncementVerb.SENT]


def test_who_got_it_already_is_left_out_for_ever(house: House) -> None:
    announcement = draft(house)
    with enter(house.scope()):
        AnnouncementRecipient.objects.create(
            vendor_id=house.id, announcement=announcement, person=house.people["customer"]
        )
    sent(house, announcement)
    deliver(house.id)
    assert sorted(message.to[0].split("@")[0].rpartition("<")[2] for message in mail.outbox) == [
        "customer_admin",
        "neighbour",
        "partner",
        "stranger",
    ]


def test_urgent_ones_go_before_what_waits(house: House) -> None:
    sent(house, draft(house))
    sent(house, draft(house, kind="urgent", texts={"en": {"subject": "Now", "body": "Now."}}))
    deliver(house.id)
    assert ["Now" in message.subject for message in mail.outbox] == [True] * 5 + [False] * 5


def test_without_an_address_one_is_counted_and_gets_no_mail(house: House) -> None:
    with enter(house.scope()):
        Person.objects.filter(name="Karin Kund").update(email="")
    announcement = draft(house)
    with enter(house.scope()):
        assert audience(current(house.id), announcement).without_address == 1
    sent(house, announcement)
    with enter(house.scope()):
        assert fates([house.id], [announcement.pk])[announcement.pk].unmailed == 1
        assert OutboxMessage.objects.filter(topic="announcement").count() == 4


def test_who_leaves_before_delivery_gets_nothing(house: House) -> None:
    sent(house, draft(house))
    with enter(house.scope()):
        Person.objects.filter(name="Karin Kund").update(active=False)
    deliver(house.id)
    assert len(mail.outbox) == 4


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"texts": {"en": {"subject": "Half", "body": " "}}}, "body_en"),
        ({"texts": {"sv": {"subject": "", "body": "Halv"}}}, "subject_sv"),
        ({"product_id": 2**40}, "product"),
        ({"releases": [2**40]}, "releases"),
        ({"product_id": None, "releases": [1]}, "product"),
    ],
)
def test_a_draft_is_refused_next_to_its_field(house: House, fields: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        draft(house, **fields)
    assert refused.value.field == field


def test_it_is_not_sent_without_words_for_all_or_to_nobody(house: House) -> None:
    only_swedish = {"sv": {"subject": "Nu", "body": "Nu."}}
    with pytest.raises(Refused) as refused:
        sent(house, draft(house, texts=only_swedish))
    assert refused.value.field == "subject_en"
    assert sent(house, draft(house, texts=only_swedish, languages=["sv"])) == 2
    with enter(house.scope()):
        InstalledItem.objects.all().update(state="retired")
    with pytest.raises(Refused):
        sent(house, draft(house))


@pytest.mark.parametrize("who", ["agent", "sponsor", "partner", "customer"])
def test_only_supervisors_and_admins_announce(house: House, client_of: ClientOf, who: str) -> None:
    announcement = draft(house)
    client = client_of(house.user(who))
    pages = [
        reverse("desk:announcements"),
        address(house, "announcement_new"),
        address(house, "announcement", announcement.pk),
    ]
    assert {client.get(page).status_code for page in pages} <= {404, 403}
    for name in ("announcement_send", "announcement_discard"):
        assert client.post(address(house, name, announcement.pk)).status_code in (404, 403)
    with enter(house.scope()):
        assert Announcement.objects.get().sent_at is None


def test_another_vendors_supervisor_finds_nothing(world: World, house: House, client_of: ClientOf) -> None:
    announcement = draft(house)
    client = client_of(world.optocraft.user("supervisor"))
    assert client.get(address(house, "announcement", announcement.pk)).status_code == 404
    assert client.get(address(world.optocraft, "announcement", announcement.pk)).status_code == 404
    assert b"Update 2026.1" not in client.get(reverse("desk:announcements")).content


def test_written_previewed_and_sent_on_the_page(house: House, supervisor: Client) -> None:
    answer = supervisor.post(address(house, "announcement_new"), form(house))
    assert answer.status_code == 302
    page = supervisor.get(answer["Location"].partition("#")[0])
    assert "It would reach 5 people" in page.content.decode()
    assert "Karin Kund, Nordic Tool AB" in page.content.decode()
    with enter(house.scope()):
        key = Announcement.objects.get().pk
    supervisor.post(address(house, "announcement_send", key))
    deliver(house.id)
    assert len(mail.outbox) == 5
    shown = supervisor.get(address(house, "announcement", key)).content.decode()
    assert "5 delivered" in shown
    assert "It mends a hole." in shown
    assert "Supervisor of" in supervisor.get(reverse("desk:announcements")).content.decode()
    again = supervisor.post(address(house, "announcement_send", key))
    assert again.status_code == 302
    deliver(house.id)
    assert len(mail.outbox) == 5


def test_bad_input_stands_next_to_its_field_and_loses_nothing(house: House, supervisor: Client) -> None:
    answer = supervisor.post(address(house, "announcement_new"), form(house, body_en="", subject_en="Half a text"))
    assert answer.status_code == 422
    assert "A text needs a subject and its words." in answer.content.decode()
    assert "Half a text" in answer.content.decode()
    for bad in (
        {"kind": "gossip"},
        {"product": "x"},
        {"releases": ["99999"]},
        {"languages": ["xx"]},
        {"subject_en": "x" * 151},
    ):
        assert supervisor.post(address(house, "announcement_new"), form(house, **bad)).status_code == 422


def test_a_refusal_to_send_shows_the_draft_with_its_words(house: House, supervisor: Client) -> None:
    announcement = draft(house, texts={"sv": {"subject": "Bara svenska", "body": "Ja."}})
    answer = supervisor.post(address(house, "announcement_send", announcement.pk))
    assert answer.status_code == 422
    assert "main language first" in answer.content.decode()
    assert "Bara svenska" in answer.content.decode()


def test_a_draft_can_be_changed_and_discarded(house: House, supervisor: Client) -> None:
    announcement = draft(house)
    page = address(house, "announcement", announcement.pk)
    assert supervisor.post(page, form(house, subject_en="Better")).status_code == 302
    with enter(house.scope()):
        assert Announcement.objects.get().texts["en"]["subject"] == "Better"
    supervisor.post(address(house, "announcement_discard", announcement.pk))
    assert supervisor.get(page).status_code == 404


def test_the_list_asks_a_fixed_number_of_questions(house: House, supervisor: Client, asked: Callable[[], Any]) -> None:
    sent(house, draft(house))
    with asked() as few:
        supervisor.get(reverse("desk:announcements"))
    for _ in range(4):
        sent(house, draft(house, kind="outage"))
    with asked() as many:
        supervisor.get(reverse("desk:announcements"))
    assert len(questions(many)) == len(questions(few))


def test_a_partner_sells_and_is_told_only_where_the_file_names_partners(house: House) -> None:
    with enter(house.scope()):
        partner = Organisation.objects.get(pk=house.partner.pk)
        assert Person.objects.filter(organisation=partner, role=Role.PARTNER_AGENT).count() == 1
        policy = current(house.id)
        kinds = tuple(
            kind.model_copy(update={"audience": ("customers",)}) if kind.key == "planned_update" else kind
            for kind in policy.announcements
        )
        told = audience(policy.model_copy(update={"announcements": kinds}), draft(house))
    assert told.size == 4


@pytest.mark.parametrize("who", ["agent", "partner", "customer_admin"])
def test_nobody_drafts_one_whose_role_does_not_include_it(world: World, who: str) -> None:
    house = world.mastercam
    texts = {"en": {"subject": "New", "body": "Words"}}
    with enter(house.scope()), pytest.raises(Refused):
        services.save_draft(
            by=house.member(who), announcement_id=None, kind="planned", product_id=None, releases=[], languages=[],
            texts=texts,
        )  # fmt: skip
