"""Mail about tickets: in the reader's language and zone, text and HTML, threaded, and only what may leave."""

from __future__ import annotations

from datetime import date, timedelta
from email import message_from_bytes
from email.message import Message as Parsed
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.mail import EmailMultiAlternatives
from django.urls import resolve
from django.utils import translation
from django.utils.dates import WEEKDAYS_ABBR
from pytest_django.fixtures import Settings

from kernel.clock import moved_to
from kernel.clock import now as clock_now
from kernel.outbox.models import OutboxMessage
from kernel.tenancy.scope import enter
from tests.tickets.lives import MONDAY, Life
from tests.tickets.test_triage import FINE
from tests.world import World
from tickets import mails, services
from tickets.models import Ticket
from tickets.vocabulary import Word
from vendors.models import InstalledItem, Person, Team, TeamMember, Vendor


def every_word(life: Life) -> Ticket:
    """A life in which each word of the vocabulary is said."""
    people = life.house.people
    ticket = life.files(claimed_priority="P1", subject="It stops")
    life.does("supervisor", services.assign, ticket_id=ticket.pk, assignee_id=people["agent"].pk)
    life.does("agent", services.set_priority, ticket_id=ticket.pk, priority="P1")
    life.go(hours=2, minutes=1)
    life.does("customer", services.customer_writes, ticket_id=ticket.pk, body="Any news?")
    life.does("agent", services.reply, ticket_id=ticket.pk, body="We look at it.")
    review = life.does("customer", services.request_review, ticket_id=ticket.pk, reason="Production stands")
    life.does("supervisor", services.review, request_id=review.pk, accept=True, answer="I call you at noon.")
    life.does("agent", services.note, ticket_id=ticket.pk, body="@Colleague of Mastercam, please look.")
    life.does("agent", services.hand_up, ticket_id=ticket.pk, level="management")
    with enter(life.house.scope()):
        team = Team.objects.create(name="Second line")
        TeamMember.objects.create(team=team, person=people["colleague"])
    life.does("agent", services.hand_to_team, ticket_id=ticket.pk, team_id=team.pk)
    life.does("agent", services.classify, ticket_id=ticket.pk, classification="bug")
    life.does("agent", services.resolve, ticket_id=ticket.pk, **FINE)
    life.does("customer", services.rate, ticket_id=ticket.pk, grade="not", comment="It stops again")
    life.does("customer", services.watch, ticket_id=ticket.pk, person_id=people["neighbour"].pk)
    life.does("customer", services.reopen, ticket_id=ticket.pk)
    life.does("agent", services.hand_off, ticket_id=ticket.pk, to_house_id=people["partner"].organisation_id)
    life.does("partner", services.cancel, ticket_id=ticket.pk, reason="merged")
    return life.ticket(ticket)


def mail_of(life: Life, letter: OutboxMessage) -> EmailMultiAlternatives | None:
    with moved_to(life.now), enter(life.house.scope()):
        return mails.prepare(life.house.id, letter.key, letter.payload)


def letters(life: Life, ticket: Ticket, word: Word | None = None) -> list[OutboxMessage]:
    with enter(life.house.scope()):
        found = OutboxMessage.objects.filter(payload__ticket=ticket.pk).order_by("pk")
        return list(found.filter(payload__word=word) if word else found)


def one(life: Life, ticket: Ticket, word: Word) -> EmailMultiAlternatives:
    mail = mail_of(life, letters(life, ticket, word)[-1])
    assert mail is not None
    return mail


def html(mail: EmailMultiAlternatives) -> str:
    (part,) = mail.alternatives
    return str(part[0])


def headers(mail: EmailMultiAlternatives) -> Parsed:
    return mail.message()


@pytest.mark.parametrize("language", ["en", "de", "sv"])
def test_every_word_is_a_mail_in_both_parts_and_three_languages(world: World, language: str) -> None:
    life = Life(world.mastercam)
    with enter(life.house.scope()):
        Person.objects.update(language=language)
    ticket = every_word(life)
    seen = set()
    for letter in letters(life, ticket):
        mail = mail_of(life, letter)
        assert mail is not None, letter.key
        seen.add(letter.payload["word"])
        for part in (mail.body, html(mail)):
            assert ticket.number in part
            assert "It stops" in part
            assert "Nordic Tool AB" in part
            assert f"/mastercam/{ticket.number}/" in part
            assert "%(" not in part
            assert "{time}" not in part
        assert f'<html lang="{language}">' in html(mail)
        assert "<img" not in html(mail)
        assert "<script" not in html(mail)
        assert headers(mail)["Message-ID"]
    assert seen == set(Word)
    rung = one(life, ticket, Word.RUNG)
    with translation.override(language):
        assert str(WEEKDAYS_ABBR[0]) in rung.body
    assert "10:00 UTC" not in rung.body


def test_due_is_told_in_the_readers_own_zone_with_its_name(world: World) -> None:
    life = Life(world.mastercam)
    with enter(life.house.scope()):
        Person.objects.filter(pk=life.house.people["supervisor"].pk).update(time_zone="America/Chicago")
    ticket = life.files(claimed_priority="P1")
    life.go(minutes=90)
    assert "04:00 CST (America/Chicago)" in one(life, ticket, Word.RUNG).body
    assert "11:00 CET (Europe/Stockholm)" in one(life, ticket, Word.RECEIVED).body


def test_without_a_zone_of_his_own_the_logins_counts(world: World) -> None:
    life = Life(world.mastercam)
    supervisor = life.house.people["supervisor"]
    with enter(life.house.scope()):
        user = life.house.user("supervisor")
        user.time_zone = "Asia/Tokyo"
        user.save()
    ticket = life.files(claimed_priority="P1")
    life.go(minutes=90)
    assert "19:00 JST (Asia/Tokyo)" in one(life, ticket, Word.RUNG).body
    with enter(life.house.scope()):
        Person.objects.filter(pk=supervisor.pk).update(user=None)
    assert "05:00 EST (America/New_York)" in one(life, ticket, Word.RUNG).body


def test_a_language_that_the_vendor_does_not_write_falls_back_to_its_own(world: World) -> None:
    life = Life(world.mastercam)
    with enter(life.house.scope()):
        Person.objects.update(language="fr")
    ticket = life.files()
    assert '<html lang="en">' in html(one(life, ticket, Word.RECEIVED))


def test_a_receipt_says_that_it_is_automatic_and_keeps_the_vendors_wording(world: World) -> None:
    optocraft, mastercam, onyx = Life(world.optocraft), Life(world.mastercam), Life(world.onyx)
    for life in (optocraft, mastercam, onyx):
        with enter(life.house.scope()):
            Person.objects.update(language="en")
    normal = one(optocraft, optocraft.files(), Word.RECEIVED)
    assert "normally hear from us within 2 work days" in normal.body
    assert "normally by" in normal.body
    assert "We promise no time for the solution" in normal.body, "O20"
    urgent = one(optocraft, optocraft.files(urgent=True), Word.RECEIVED)
    assert "normally" not in urgent.body, "O6"
    ranked = one(mastercam, mastercam.files(claimed_priority="P1"), Word.RECEIVED)
    assert "within 2 hours of support time" in ranked.body
    assert "Resolution times are targets" in ranked.body, "M4"
    nothing = one(onyx, onyx.files(), Word.RECEIVED)
    assert "We promise no times for support" in nothing.body, "I9"
    assert "within" not in nothing.body
    for mail in (normal, urgent, ranked, nothing):
        assert "This receipt is automatic" in mail.body
        assert headers(mail)["Auto-Submitted"] == "auto-generated"


def test_a_resolution_is_told_as_a_target_to_the_customer(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files(claimed_priority="P1")
    life.does("agent", services.set_priority, ticket_id=ticket.pk, priority="P1")
    life.does("agent", services.reply, ticket_id=ticket.pk, body="We look at it.")
    assert "vårt mål är" in one(life, ticket, Word.RECEIVED).body
    life.does("agent", services.reply, ticket_id=ticket.pk, body="Which file?", ask=True)
    assert "står still tills kunden har svarat" in one(life, ticket, Word.REPLY).body


def test_a_receipt_for_what_the_seller_serves_promises_nothing_of_the_vendors(world: World) -> None:
    life = Life(world.optocraft)
    with enter(life.house.scope()):
        item = InstalledItem.objects.get(number="S-2002")
    mail = one(life, life.files("stranger", item=item), Word.RECEIVED)
    assert "Partner & Söhne GmbH looks after your request" in mail.body
    assert "Partner &amp; Söhne GmbH" in html(mail)
    assert "2 work days" not in mail.body


def test_a_reply_carries_its_text_next_steps_and_links_to_its_files(
    world: World, settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    life = Life(world.optocraft)
    ticket = life.files()
    file = life.does("agent", services.attach, upload=SimpleUploadedFile("how to.txt", b"first this"))
    life.does(
        "agent",
        services.reply,
        ticket_id=ticket.pk,
        body="We received <b>all</b> of it.",
        qualified=True,
        next_steps="We measure again.",
        next_steps_on=date(2026, 3, 4),
        files=[file.key],
    )
    mail = one(life, ticket, Word.REPLY)
    for part in (mail.body, html(mail)):
        assert "We measure again." in part
        assert "4" in part
        assert "2026" in part
        assert "how to.txt" in part
        assert f"{settings.BASE_URL}/files/{file.key}/" in part
    assert "We received <b>all</b> of it." in mail.body
    assert "We received &lt;b&gt;all&lt;/b&gt; of it." in html(mail)
    assert mail.attachments == []
    assert headers(mail)["Auto-Submitted"] is None


def test_a_resolution_tells_outcome_and_date(world: World) -> None:
    life = Life(world.mastercam)
    with enter(life.house.scope()):
        Person.objects.update(language="en")
    ticket = life.files()
    on = date(2026, 6, 1)
    life.does("agent", services.resolve, ticket_id=ticket.pk, outcome="timeline", body="With 2027.1", outcome_on=on)
    mail = one(life, ticket, Word.RESOLVED)
    assert "Outcome: Timeline given" in mail.body
    assert "Mon 1 Jun 2026" in mail.body
    assert "With 2027.1" in mail.body


def test_a_mail_joins_its_thread_and_has_one_name_for_ever(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files(channel="mail", mail_id="<theirs@customer.test>")
    life.does("agent", services.reply, ticket_id=ticket.pk, body="First")
    life.does("agent", services.reply, ticket_id=ticket.pk, body="Second")
    receipt, first, second = (mail_of(life, letter) for letter in letters(life, ticket))
    assert receipt is not None
    assert first is not None
    assert second is not None
    ours = [message.mail_id for message in life.messages(ticket)][1:]
    assert headers(first)["References"] == f"<theirs@customer.test> {ours[0]}"
    assert headers(second)["References"] == f"<theirs@customer.test> {ours[1]}"
    assert headers(second)["In-Reply-To"] == ours[1]
    names = {str(headers(mail)["Message-ID"]) for mail in (receipt, first, second)}
    assert len(names) == 3
    life.go(days=1)
    assert {str(headers(one(life, ticket, Word.REPLY))["Message-ID"])} <= names


def test_a_thread_without_mail_begins_at_the_ticket(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files(mail_id="<broken\r\nBcc: x@evil.test>", channel="mail")
    sent = headers(one(life, ticket, Word.RECEIVED))
    assert sent["In-Reply-To"].startswith(f"<ticket-{life.house.id}-{ticket.pk}@")
    assert sent["Bcc"] is None


@pytest.mark.parametrize("bad", ["\r\n", "\n", "\r", "\x00", "\u2028", "\x85"])
def test_no_text_of_anybody_becomes_a_header(world: World, bad: str) -> None:
    life = Life(world.mastercam)
    text = f"Hello{bad}Bcc: all@evil.test"
    ticket = life.files(by="agent")
    with enter(life.house.scope()):
        if bad != "\x00":  # the database refuses that one by itself
            Ticket.objects.filter(pk=ticket.pk).update(subject=text)
            Person.objects.filter(pk=life.house.people["customer"].pk).update(name=text)
            Vendor.objects.filter(pk=life.house.id).update(name=text)
    sent = message_from_bytes(one(life, ticket, Word.RECEIVED).message().as_bytes(), policy=default)
    assert sent["Bcc"] is None
    assert (
        sent["Subject"].strip()
        == f"[{ticket.number}] {'It stops' if bad == chr(0) else 'Hello Bcc: all@evil.test'} – "
        + str(sent["Subject"]).rpartition(" – ")[2]
    )
    assert [address.addr_spec for address in sent["To"].addresses] == ["customer@mastercam.test"]


def test_sender_and_reply_address_are_the_vendors(world: World, settings: Settings) -> None:
    settings.DEFAULT_FROM_EMAIL = "Helpdesk <desk@support.test>"
    life = Life(world.mastercam)
    ticket = life.files()
    plain = one(life, ticket, Word.RECEIVED)
    assert plain.from_email == "Mastercam <desk@support.test>"
    assert plain.reply_to == []
    with enter(life.house.scope()):
        Vendor.objects.filter(pk=life.house.id).update(mail_address="help@mastercam.test")
    assert one(life, ticket, Word.RECEIVED).reply_to == ["Mastercam <help@mastercam.test>"]


@pytest.mark.parametrize("gone", ["inactive", "erased", "without an address", "moved to another organisation"])
def test_who_is_gone_gets_nothing(world: World, gone: str) -> None:
    life = Life(world.mastercam)
    ticket = life.files()
    changes: dict[str, dict[str, Any]] = {
        "inactive": {"active": False},
        "erased": {"erased_at": clock_now()},
        "without an address": {"email": ""},
        "moved to another organisation": {"organisation": life.house.other_customer, "site": None},
    }
    with enter(life.house.scope()):
        Person.objects.filter(pk=life.house.people["customer"].pk).update(**changes[gone])
    assert mail_of(life, letters(life, ticket, Word.RECEIVED)[0]) is None


def test_a_rung_that_was_healed_is_told_to_nobody(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files(claimed_priority="P1")
    life.go(hours=2)
    letter = letters(life, ticket, Word.RUNG)[0]
    assert mail_of(life, letter) is not None
    call = MONDAY + timedelta(hours=1)
    life.does("supervisor", services.reply, ticket_id=ticket.pk, body="I called", at=call)
    assert mail_of(life, letter) is None


def test_an_internal_note_never_leaves_by_mail(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files()
    note = life.does("agent", services.note, ticket_id=ticket.pk, body="Between us")
    letter = letters(life, ticket, Word.RECEIVED)[0]
    forged = {**letter.payload, "word": Word.REPLY, "facts": {"message": note.pk}}
    with enter(life.house.scope()):
        assert mails.prepare(life.house.id, "forged", forged) is None


def test_the_linked_pages_exist(world: World, settings: Settings) -> None:
    life = Life(world.mastercam)
    ticket = every_word(life)
    for word, name in ((Word.RUNG, "desk:ticket"), (Word.REPLY, "portal:ticket"), (Word.ROUTED, "desk:ticket")):
        mail = one(life, ticket, word)
        address = next(line for line in mail.body.splitlines() if "/mastercam/" in line).rpartition(settings.BASE_URL)[
            2
        ]
        assert resolve(address).view_name == name
