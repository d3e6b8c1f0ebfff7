"""The words of what people are told, and the letters that carry them."""

import time

import pytest
from django.utils import timezone, translation

from kernel.tenancy.scope import enter
from tests.tickets.lives import Life
from tests.world import World
from tickets.models import Ticket
from tickets.notifications import ToTell, letters, say
from tickets.vocabulary import Word
from vendors.models import Person

RUNG = {
    "clock": "response",
    "cycle": 1,
    "percent": 75,
    "due_at": "2026-03-02T10:00:00+00:00",
    "crossed_at": "2026-03-02T09:30:00+00:00",
}
FACTS: dict[Word, dict[str, object]] = {
    Word.RUNG: RUNG,
    Word.CANCELLED: {"reason": "merged"},
    Word.LIFTED: {"class": "defect"},
    Word.CUSTOMER_WROTE: {"message": 1},
}


@pytest.fixture
def ticket(world: World) -> Ticket:
    return Life(world.mastercam).files()


TO_STAFF = frozenset(
    [
        "assigned",
        "customer_wrote",
        "reopened",
        "routed",
        "rung",
        "escalation_requested",
        "mentioned",
        "for_team",
        "handed_up",
        "rated",
    ]
)


@pytest.mark.parametrize("word", Word)
@pytest.mark.parametrize("language", ["en", "de", "sv"])
def test_every_word_has_a_title_a_text_and_a_page(world: World, ticket: Ticket, word: Word, language: str) -> None:
    with enter(world.mastercam.scope()), translation.override(language):
        spoken = say(word, FACTS.get(word, {}), ticket)
    assert spoken.title
    assert spoken.text
    assert "%(" not in spoken.title + spoken.text
    door = "desk" if word in TO_STAFF else "portal"
    assert spoken.url.endswith(f"/{door}/mastercam/{ticket.number}/")


def test_times_are_in_the_active_zone_and_name_it(world: World, ticket: Ticket) -> None:
    for zone, shown in (("Europe/Stockholm", "11:00 CET (Europe/Stockholm)"), ("America/Chicago", "04:00 CST")):
        with enter(world.mastercam.scope()), timezone.override(zone):
            assert shown in say(Word.RUNG, RUNG, ticket).text


def test_what_ran_out_was_due_and_what_is_to_come_is_due(world: World, ticket: Ticket) -> None:
    with enter(world.mastercam.scope()):
        assert say(Word.RUNG, RUNG, ticket).text.startswith("Due ")
        assert say(Word.RUNG, RUNG | {"percent": 150}, ticket).text.startswith("It was due ")
        stopped = say(Word.RUNG, RUNG | {"due_at": None}, ticket)
    assert stopped.text.startswith("Reached ")


def test_letters_go_to_who_has_an_address_and_hold_no_words_of_people(world: World, ticket: Ticket) -> None:
    house = world.mastercam
    people = {person.pk: person for person in house.people.values()}
    silent = Person(pk=10**9, vendor_id=house.id, name="No Mail")
    people[silent.pk] = silent
    words = [ToTell(house.id, key, ticket.pk, Word.RUNG, "response-1-75", RUNG) for key in people]
    made = letters(words, people)
    assert len(made) == len(people) - 1
    assert len({letter.key for letter in made}) == len(made)
    assert all(len(letter.key) <= 200 for letter in made)
    assert {letter.topic for letter in made} == {"mail"}
    said = str([letter.payload for letter in made])
    assert not any(person.name in said or person.email in said for person in house.people.values())
    assert ticket.subject not in said


def test_a_storms_letters_are_made_in_a_moment(world: World) -> None:
    agent = world.mastercam.people["agent"]
    words = [ToTell(1, agent.pk, key, Word.RUNG, "response-1-100", RUNG) for key in range(100_000)]
    began = time.perf_counter()
    assert len(letters(words, {agent.pk: agent})) == 100_000
    assert time.perf_counter() - began < 15
