"""Words are found in whatever language they were written, by whoever may read them and nobody else."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test import Client
from django.urls import reverse

from kernel.tenancy.scope import Scope, enter
from tests.desk.conftest import ClientOf, FileTicket
from tests.desk.test_queue import numbers, queue
from tests.tickets.lives import Life
from tests.world import World
from tickets import services
from tickets.search.fulltext import Piece, matching, snippets
from tickets.undoing import undoable

pytestmark = pytest.mark.django_db


def found(client: Client, words: str) -> list[str]:
    return numbers(queue(client, q=words))


@pytest.mark.parametrize(
    ("language", "written", "asked"),
    [
        ("en", "The spindles are overheating since yesterday.", "spindle overheated"),
        ("de", "Die Messungen brechen immer wieder ab.", "messung"),
        ("sv", "Licenserna vägrar starta.", "licens"),
        ("en", "Error E-4711 in the log", "E-4711"),
        ("en", "Error E-4711 in the log", "the error in the log"),
        ("en", "The spindle stopped.", "der spindle +++"),
        ("de", "Die Messungen brechen ab.", "die Messung"),
        ("en", "The café at Malmö has a naïve plan.", "cafe malmo naive"),
        ("en", "The cafe at Malmo", "café Malmö"),
        ("en", "It lies in C:\\temp dir", '"C:\\\\temp dir"'),
    ],
)
def test_words_are_found_by_their_stem(
    world: World, client_of: ClientOf, file_ticket: FileTicket, language: str, written: str, asked: str
) -> None:
    ticket = file_ticket(world.optocraft if language != "sv" else world.mastercam, body=written, language=language)
    house = world.optocraft if language != "sv" else world.mastercam
    assert found(client_of(house.user("agent")), asked) == [ticket.number]


def test_replies_and_ended_tickets_are_found_and_numbers_and_serials_too(
    world: World, client_of: ClientOf, file_ticket: FileTicket
) -> None:
    house, client = world.mastercam, client_of(world.mastercam.user("agent"))
    ticket = file_ticket(house, item=house.item)
    other = file_ticket(house)
    with enter(house.scope()):
        services.reply(by=house.member("agent"), ticket_id=ticket.pk, body="Please renew the dongle firmware.")
        services.cancel(by=house.member("agent"), ticket_id=ticket.pk, reason="withdrawn")
    for asked in ("firmware", "dongle renew", ticket.number, ticket.number[-6:], "N-1001"):
        assert found(client, asked) == [ticket.number], asked
    assert found(client, "toolpath -firmware") == [other.number]
    assert found(client, "firmware is:open") == []


def test_a_better_fit_stands_before_a_newer_one(world: World, client_of: ClientOf, file_ticket: FileTicket) -> None:
    best = file_ticket(world.mastercam, subject="Gouge at the fixture", body="gouge gouge")
    newer = file_ticket(world.mastercam, subject="Something else", body="A gouge, perhaps.")
    assert found(client_of(world.mastercam.user("agent")), "gouge") == [best.number, newer.number]


def test_a_number_finds_its_ticket_before_those_that_speak_of_it(
    world: World, client_of: ClientOf, file_ticket: FileTicket
) -> None:
    meant = file_ticket(world.mastercam)
    for asked in (meant.number, meant.number.lower(), meant.number[-6:]):
        file_ticket(world.mastercam, subject=f"Like {asked}", body=f"See {asked}: it is {asked} again.")
        assert found(client_of(world.mastercam.user("agent")), asked)[0] == meant.number, asked


def test_what_is_left_out_is_left_out_in_each_language(
    world: World, client_of: ClientOf, file_ticket: FileTicket
) -> None:
    file_ticket(world.mastercam, body="The firmware is new.")
    other = file_ticket(world.mastercam, body="Nothing else.")
    assert found(client_of(world.mastercam.user("agent")), "-firmware") == [other.number]


def test_nobody_finds_what_he_may_not_read(world: World, client_of: ClientOf, file_ticket: FileTicket) -> None:
    house = world.onyx
    ticket = file_ticket(house, "stranger", topic="licence_renewal", body="Our dongle is lost.")
    with enter(house.scope()):
        services.note(by=house.member("agent"), ticket_id=ticket.pk, body="Vendorsecret")
        services.note(by=house.member("agent"), ticket_id=ticket.pk, body="Sharedword", share_with=[house.partner.pk])
    partner = house.member("partner")
    with enter(Scope.of(house.id, house.partner.pk)):
        services.note(by=partner, ticket_id=ticket.pk, body="Partnersecret")
    ours, theirs = client_of(house.user("agent")), client_of(house.user("partner"))
    assert [found(ours, word) for word in ("dongle", "Vendorsecret", "Sharedword", "Partnersecret")] == [
        [ticket.number], [ticket.number], [ticket.number], [],
    ]  # fmt: skip
    assert [found(theirs, word) for word in ("dongle", "Vendorsecret", "Sharedword", "Partnersecret")] == [
        [ticket.number], [], [ticket.number], [ticket.number],
    ]  # fmt: skip
    for other in (world.mastercam.user("agent"), world.everywhere):
        expected = [ticket.number] if other == world.everywhere else []
        assert found(client_of(other), "dongle") == expected
    with enter(Scope.of(house.id, house.customer.pk)):
        assert matching(["dongle"]) == []


def test_what_was_taken_back_is_found_no_more(world: World) -> None:
    life = Life(world.mastercam)
    ticket = life.files()
    with undoable("message", timedelta(seconds=10)) as batch:
        life.does("agent", services.reply, ticket_id=ticket.pk, body="Hastyword")
    with enter(world.mastercam.scope()):
        assert matching(["Hastyword"]) == [ticket.pk]
    life.does("agent", services.undo, batch=batch)
    with enter(world.mastercam.scope()):
        assert matching(["Hastyword"]) == []


def test_a_house_that_gets_a_ticket_finds_it(world: World, client_of: ClientOf) -> None:
    life = Life(world.onyx)
    ticket = life.files(topic="troubleshooting", body="Uncommonword")
    partner = client_of(world.onyx.user("partner"))
    assert found(partner, "Uncommonword") == []
    life.does("agent", services.hand_off, ticket_id=ticket.pk, to_house_id=world.onyx.partner.pk)
    assert found(partner, "Uncommonword") == [ticket.number]


def test_a_house_that_is_taken_a_ticket_from_finds_it_no_more(world: World) -> None:
    life = Life(world.onyx)
    ticket = life.files(topic="troubleshooting", body="Uncommonword")
    with undoable("hand_off", timedelta(seconds=10)) as batch:
        life.does("agent", services.hand_off, ticket_id=ticket.pk, to_house_id=world.onyx.partner.pk)
    partner = Scope.of(world.onyx.id, world.onyx.partner.pk)
    with enter(partner):
        assert matching(["Uncommonword"]) == [ticket.pk]
    life.does("agent", services.undo, batch=batch)
    with enter(partner):
        assert matching(["Uncommonword"]) == []


def test_the_application_can_neither_read_nor_write_the_words(world: World) -> None:
    with enter(world.mastercam.scope()):
        for statement in ("SELECT * FROM tickets_searchdocument", "DELETE FROM tickets_searchdocument"):
            with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)


def test_a_snippet_shows_the_words_where_they_stand(world: World, file_ticket: FileTicket) -> None:
    house = world.mastercam
    ticket = file_ticket(house, body="It began on Monday. <b>The toolpaths</b> cut into the fixture, every time.")
    with enter(house.scope()):
        services.note(by=house.member("agent"), ticket_id=ticket.pk, body="no such thing")
        told = snippets([house.member("agent")], [ticket.pk], ["toolpath"])[ticket.pk].said
    assert Piece("toolpaths", True) in told
    assert "fixture" in "".join(piece.text for piece in told)


@pytest.mark.parametrize(
    ("language", "written", "asked", "marked"),
    [
        ("en", "The spindles overheated in the café", "overheating cafe", ["overheated", "café"]),
        ("de", "Gestern verschwanden die geöffneten Dateien", "Datei geöffnet", ["geöffneten", "Dateien"]),
        ("sv", "Licenserna vägrar starta", "licens vagra", ["Licenserna", "vägrar"]),
        ("en", "Error E-4711 in the log", "E-4711", ["E-4711"]),
        ("en", "The cafe at Malmo", "café Malmö", ["cafe", "Malmo"]),
    ],
)
@pytest.mark.parametrize("where", ["subject", "body"])
def test_what_is_found_is_marked_in_the_form_in_which_it_was_written(
    world: World,
    client_of: ClientOf,
    file_ticket: FileTicket,
    language: str,
    written: str,
    asked: str,
    marked: list[str],
    where: str,
) -> None:
    house = world.mastercam if language == "sv" else world.optocraft
    file_ticket(house, language=language, **{where: written})
    page = queue(client_of(house.user("agent")), q=asked).content.decode()
    assert re.findall(r"<mark>([^<]+)</mark>", page) == marked


def test_a_snippet_tells_nothing_of_what_one_may_not_read(world: World, file_ticket: FileTicket) -> None:
    house = world.onyx
    ticket = file_ticket(house, "stranger", topic="licence_renewal", body="Our dongle is lost.")
    with enter(house.scope()):
        services.note(by=house.member("agent"), ticket_id=ticket.pk, body="Secret of dongles")
        assert "Secret" in snippets([house.member("agent")], [ticket.pk], ["dongle"])[ticket.pk].said[0].text
        told = snippets([house.member("partner")], [ticket.pk], ["dongle"])[ticket.pk].said
        assert "".join(piece.text for piece in told) == "dongle is lost"
        assert snippets([house.member("partner")], [ticket.pk], ["secret"]) == {}
        assert snippets([world.mastercam.member("agent")], [ticket.pk], ["dongle"]) == {}


_LONG = {
    "words": " ".join(f"w{n}" for n in range(200_000)),
    "compounds": " ".join(f"word{n}-part{n}" for n in range(60_000)),
    "far scripts": " ".join(f"{chr(0x20000 + n % 40_000)}{chr(0x20000 + n * 7 % 40_000)}" for n in range(140_000)),
}


@pytest.mark.parametrize("kind", _LONG)
def test_a_long_message_is_taken_and_found(
    world: World, client_of: ClientOf, file_ticket: FileTicket, kind: str
) -> None:
    ticket = file_ticket(world.mastercam, body=f"gouge {_LONG[kind]}")
    assert found(client_of(world.mastercam.user("agent")), "gouge") == [ticket.number]


_SIGNS = [
    "'", "\\", "a & | ! ( )", ":*", "%", "\x01", "the", "-x", "'' or 1=1", "\N{SNOWMAN}",
    "a\\(", "\\(", "-a\\(b", "'x' y", "x'y'z", "-the",
    '"a \\\\ b"', '"C:\\\\temp dir"', '"it\\\\\'s (x"', "-+++", "\N{GRINNING FACE}" * 490,
]  # fmt: skip


@pytest.mark.parametrize("text", _SIGNS)
def test_no_word_fails(world: World, client_of: ClientOf, text: str) -> None:
    assert queue(client_of(world.mastercam.user("agent")), q=text).status_code in (200, 422)


def test_the_ranked_pages_follow_each_other(world: World, client_of: ClientOf, file_ticket: FileTicket) -> None:
    made = {file_ticket(world.mastercam, subject="Gouge").number for _ in range(53)}
    client = client_of(world.mastercam.user("agent"))
    first, second = queue(client, q="gouge"), queue(client, q="gouge", after="r.50")
    assert len(numbers(first)) == 50
    assert set(numbers(first)) | set(numbers(second)) == made
    assert client.get(reverse("desk:queue"), {"q": "gouge", "after": "r.x"}).status_code == 404
