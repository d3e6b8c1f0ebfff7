"""Search, suggestions, counts, order and filters tell nothing of what is another's: asked for it, they answer as for a word that
nobody has.
"""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest

from tests.walls.matrix.estate import Estate
from tests.walls.requests import state
from tests.walls.requests.references import absent, foreign
from tests.walls.requests.test_foreign_ids import level
from tests.walls.requests.walk import Sent, Visit, Walker

NOBODYS = "Zq987xw"
ASKERS = ("partner", "supervisor", "customer", "abroad_agent")


def words_of_others(estate: Estate, who: str) -> dict[str, str]:
    """Words that only what is another's has, with the page of which it is."""
    foreign_owners = {
        "supervisor": ("abroad",),
        "abroad_agent": ("customer", "stranger", "second"),
        "partner": ("customer", "customer_admin", "second", "abroad"),
        "customer": ("stranger", "abroad"),
    }[who]
    found = {}
    for owner in foreign_owners:
        for kind in ("ticket", "resolved"):
            subject = estate.things[kind][owner].word
            found[f"{kind} of {owner}"] = subject.rpartition(" ")[2]
        found[f"number of {owner}"] = estate.things["ticket"][owner].args[1]
    names = {"customer": ["Stranger Ltd"], "partner": ["Nordic"], "supervisor": [], "abroad_agent": []}[who]
    return found | {f"the name {name}": name for name in names}


def asked_of(estate: Estate, who: str, visits: list[Visit]) -> list[tuple[str, str]]:
    """Addresses that take words: each page of his with each name for which it asks."""
    return [
        (visit.address.partition("?")[0], name)
        for visit in visits
        if visit.who == who
        for name in sorted(visit.asked)
        if name not in ("next", "page", "before", "after")
    ]


def answer(estate: Estate, who: str, address: str, values: tuple[str, ...]) -> tuple[int, str]:
    with state.taken_back():
        said = Walker(estate.cast.logins[who]).client.get(address)
    text = "" if said.streaming else said.content.decode()
    both = tuple(form for value in values for form in (value, value.lower(), quote(value), value.replace(" ", "+")))
    for value in both:
        text = text.replace(value, "WORD")
    return said.status_code, level(text)


SEARCHES = (
    "{}",
    "customer:{}",
    "tag:{}",
    'customer:"{}" is:open',
    "number:{}",
    "-{}",
    "assignee:{}",
    "product:{}",
    "team:{}",
)


@pytest.mark.deep
@pytest.mark.parametrize("who", ASKERS)
def test_a_word_of_others_is_found_like_one_that_nobody_has(estate: Estate, visits: list[Visit], who: str) -> None:
    told = []
    for what, word in words_of_others(estate, who).items():
        nobodys = (
            NOBODYS if word.startswith("Zq") else re.sub(r"[A-Za-z]", "q", word) if " " in word else _numbered(word)
        )
        for address, name in asked_of(estate, who, visits):
            for search in SEARCHES if name == "q" and "desk" in address else SEARCHES[:1]:
                asked = [f"{address}?{name}={quote(search.format(one))}" for one in (word, nobodys)]
                theirs, none = (answer(estate, who, one, (word, nobodys)) for one in asked)
                if theirs != none:
                    told.append(f"{asked[0]} ({what}): {_first_difference(theirs[1], none[1])}")
    assert told == []


def _numbered(number: str) -> str:
    return f"{number[:-6]}987654" if "-" in number else "Q" * len(number)


def _first_difference(one: str, other: str) -> str:
    at = next((i for i, (x, y) in enumerate(zip(one, other, strict=False)) if x != y), min(len(one), len(other)))
    return f"…{one[max(0, at - 60) : at + 60]!r}, not …{other[max(0, at - 60) : at + 60]!r}"


# What the names of addresses name; of one that is not here any kind is tried, when there is time.
NAMES = {
    "assignee": ("person",),
    "canned": ("canned",),
    "caller": ("person",),
    "ids": ("ticket",),
    "item": ("installed item",),
    "person": ("person",),
    "product": ("product",),
    "ticket": ("ticket", "ticket by address"),
    "vendor": ("vendor",),
}
KEYS = tuple(sorted({kind for kinds in NAMES.values() for kind in kinds} | {"house", "team", "ticket number"}))


def keys_told(estate: Estate, who: str, visits: list[Visit], *, every: bool) -> list[str]:
    told = []
    someone = Sent(who, "GET", "/", "", "", {})
    for address, name in asked_of(estate, who, visits):
        for kind in NAMES.get(name, KEYS if every else ()):
            for owner, value in list(foreign(estate, someone, kind).items())[: None if every else 2]:
                values = (str(value), str(absent(kind)))
                one, other = (answer(estate, who, f"{address}?{name}={quote(text)}", ()) for text in values)
                if (one[0], level(one[1], values)) != (other[0], level(other[1], values)):
                    told.append(f"{address}?{name}={value} ({owner}): {_first_difference(one[1], other[1])}")
    return told


@pytest.mark.deep
@pytest.mark.parametrize("who", ASKERS)
def test_a_key_of_others_in_an_address_is_like_one_that_is_not_there(
    estate: Estate, visits: list[Visit], who: str
) -> None:
    assert keys_told(estate, who, visits, every=False) == []


@pytest.mark.deep
@pytest.mark.parametrize("who", ASKERS)
def test_no_key_of_others_in_any_address_tells_anything(estate: Estate, visits: list[Visit], who: str) -> None:
    assert keys_told(estate, who, visits, every=True) == []
