"""Words of people are words on every page, for everybody, whatever they are (in a browser: test_in_a_browser.py)."""

from __future__ import annotations

from dataclasses import replace
from unittest.mock import patch
from urllib.parse import quote

import pytest

from tests.walls.matrix.estate import Estate
from tests.walls.requests import state
from tests.walls.requests.poison import POISON, poison_everything, symptoms
from tests.walls.requests.walk import WALKERS, Sent, Visit, Walker, pages

# What must have been there to be poisoned.
TOLD = frozenset(
    """
    Person.name Organisation.name Site.name Product.name Release.name User.name AccessToken.name Ticket.subject TicketTag.name
    Attachment.name Team.name SavedView.name CannedReply.title ChecklistItem.text
    """.split()  # noqa: SIM905  # read better so
)


def bad(estate: Estate, walkers: tuple[str, ...], each: int) -> list[str]:
    return [
        f"{address} ({who}): {symptom}"
        for who in walkers
        for address, answer in pages(estate, who, each)
        if "html" in answer.headers.get("Content-Type", "")
        for symptom in ([str(answer.status_code)] if answer.status_code >= 500 else symptoms(answer.content.decode()))
    ]


def test_a_page_that_took_words_for_more_is_found() -> None:
    for poison in POISON:
        if not poison.startswith(("javascript", "{{", "[")):
            assert symptoms(f'<p title="{poison}">{poison}</p>'), poison
    assert symptoms('<a href="javascript:zq()">')
    assert symptoms("<p>50337</p>")


def test_words_in_every_text_of_every_table_are_words_on_the_pages(estate: Estate) -> None:
    done = poison_everything()
    assert sorted(name for name in TOLD if not done.get(name)) == []
    assert bad(estate, ("supervisor", "customer"), 1) == []


@pytest.mark.deep
def test_words_in_every_text_of_every_table_are_words_on_all_pages(estate: Estate) -> None:
    poison_everything()
    assert bad(estate, WALKERS, 3) == []


@pytest.mark.parametrize("share", [pytest.param(1, marks=pytest.mark.deep), 7])
def test_what_is_asked_in_an_address_comes_back_as_words(estate: Estate, visits: list[Visit], share: int) -> None:
    found = []
    for number, visit in enumerate(visits[::share]):
        walker = Walker(estate.cast.logins[visit.who])
        poison = POISON[number % len(POISON)]
        names = visit.asked | {"next", "zq"}
        query = "&".join(f"{name}={quote(poison)}" for name in sorted(names))
        address = f"{visit.address.partition('?')[0]}?{query}"
        for asked in (address, f"{visit.address.partition('?')[0]}{quote(poison)}/"):
            with state.taken_back():
                answer = walker.client.get(asked)
            if answer.status_code >= 500:
                found.append(f"{asked}: {answer.status_code}")
            if not answer.streaming:
                found += [f"{asked}: {symptom}" for symptom in symptoms(answer.content.decode())]
    assert found == []


@pytest.mark.parametrize("share", [pytest.param(1, marks=pytest.mark.deep), 11])
def test_what_was_typed_wrongly_comes_back_as_words(estate: Estate, gathered: list[Sent], share: int) -> None:
    found = []
    for number, sent in enumerate(gathered[::share]):
        if sent.body is not None:
            continue
        poison = POISON[number % len(POISON)]
        if sent.json is not None:
            wrong = replace(sent, json=dict.fromkeys(sent.json, poison))
        else:
            wrong = sent.saying(**dict.fromkeys(sent.data.keys() | sent.heard, poison))
        with state.taken_back(), patch("sys.stderr"):
            answer = Walker(estate.cast.logins[sent.who]).sends(wrong)
        if answer.status_code >= 500:
            found.append(f"{sent}: {answer.status_code}")
        if "html" in answer.headers.get("Content-Type", ""):
            found += [f"{sent}: {symptom}" for symptom in symptoms(answer.content.decode())]
    assert found == []
