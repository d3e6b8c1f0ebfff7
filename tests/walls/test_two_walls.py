"""Two walls, each sufficient: the whole of the site is walked by people of one vendor with the keys of another and of other
customers, once with the application's gates open and once without row-level security. Either way nobody reads a foreign word.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator
from itertools import product
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from django.urls.resolvers import RoutePattern
from pytest_django import DjangoDbBlocker

from kernel.outbox import services as outbox
from tests import databases
from tests.walls.canaries import COMMON, MAY_READ, Aviary, aviary, found_in
from tests.walls.open_gates import CLAIMS, gates_open
from tests.world import World, read_world
from tickets.volume.database import connected

SignIn = Callable[..., Client]
# Which objects an address with a key means, by a part of the route's name; a route that is not here is tried with all of them.
KINDS = {
    "view_change": "views", "announcement": "announcements", "article": "articles", "canned": "canned", "team": "teams",
    "person": "people", "workload_of": "people", "colleague": "people", "absence": "absences", "domain": "domains",
    "invitation": "invitations", "notification": "notifications", "split": "messages",
}  # fmt: skip
WORDS: dict[str, list[Any]] = {
    "deed": ["reply"],
    "step": ["all"],
    "kind": ["response"],
    "cycle": [1],
    "secret": ["none"],
    "name": ["none"],
}
SEARCHED = f"?q={COMMON}&search={COMMON}&text={COMMON}&subject={COMMON}"
Leak = tuple[str, str, str]


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Pages that fail behind an open gate are answered by an error page; nobody needs to read of it."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def without_row_level_security(
    bare_database: str, django_db_blocker: DjangoDbBlocker, request: pytest.FixtureRequest
) -> Iterator[World]:
    """The cast in a database whose own wall is down."""
    with django_db_blocker.unblock(), connected(bare_database, databases.app()):
        request.getfixturevalue("db")
        yield read_world()


def _routes(resolver: URLResolver | None = None, space: str = "") -> Iterator[tuple[str, URLPattern]]:
    for row in (resolver or get_resolver()).url_patterns:
        if isinstance(row, URLResolver):
            yield from _routes(row, row.namespace or space)
        elif row.name and isinstance(row.pattern, RoutePattern):
            yield (f"{space}:{row.name}" if space else row.name), row


def _addresses(ours: Aviary, theirs: Aviary) -> Iterator[tuple[str, str]]:
    """Each route with our own keys, with those of another vendor under our name, and under its own."""
    for name, route in _routes():
        names = list(route.pattern.converters)
        for vendor, keys in ((ours, ours), (ours, theirs), (theirs, theirs)) if names else ((ours, ours),):
            for values in product(*(_values(name, route, one, vendor, keys) for one in names)):
                try:
                    path = reverse(name, kwargs=dict(zip(names, values, strict=True)))
                except NoReverseMatch:
                    continue
                yield from ((name, path + query) for query in ("", SEARCHED) if names[1:] == [] or not query)


def _values(name: str, route: URLPattern, one: str, vendor: Aviary, keys: Aviary) -> list[Any]:
    if one == "vendor":
        return [vendor.house.slug if route.pattern.converters[one].regex != "[0-9]+" else vendor.house.id]
    if one == "number":
        return keys.keys["numbers"]
    if one == "slug":
        return keys.keys["slugs"]
    if one in WORDS:
        return list(WORDS[one])
    if "uuid" in type(route.pattern.converters[one]).__name__.lower():
        return keys.keys["drafts"] + keys.keys["files"]
    kind = next((kind for word, kind in KINDS.items() if word in name), None)
    whole = {key for keys in keys.keys.values() for key in keys if isinstance(key, int)}
    return keys.keys[kind] if kind else sorted(whole)


def _walk(client: Client, ours: Aviary, theirs: Aviary, only: Collection[str] = ()) -> Iterator[tuple[Leak, int]]:
    """Every canary that is answered, with where and to whom; and how the answers went."""
    forms = set()  # routes that only take forms
    for name, path in _addresses(ours, theirs):
        if name in forms or (only and name not in only):
            continue
        answer = client.get(path)
        if answer.status_code == 405:
            forms.add(name)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
        said = body.decode("utf-8", "replace") + str(sorted(answer.headers.items()))
        for vendor, audience in found_in(said, path) or {("", "")}:
            yield (name, vendor, audience), answer.status_code


def _letters(ours: Aviary, theirs: Aviary) -> Iterator[tuple[str, str, str, str]]:
    """Every canary in a mail, with its recipient's name and vendor."""
    for made in (ours, theirs):
        mail.outbox.clear()
        while outbox.deliver(made.house.id):
            pass
        for letter in mail.outbox:
            raw = letter.message().as_string() + str(letter.body) + str(getattr(letter, "alternatives", ""))
            for to in letter.to:
                who = to.partition("@")[0].rpartition("<")[2]
                yield from ((who, made.name, *pair) for pair in found_in(raw))


def _foreign(who: str, ours: Aviary, walked: Iterator[tuple[Leak, int]]) -> tuple[set[Leak], int]:
    """What was answered that is not to be read by him, and how many pages were answered."""
    leaks, answered = set(), 0
    for (name, vendor, audience), status in walked:
        answered += status == 200
        if vendor and (vendor != ours.name or audience not in MAY_READ[who]):
            leaks.add((name, vendor, audience))
    return leaks, answered


@pytest.mark.parametrize(
    ("who", "claim"),
    [
        ("customer", "staff"),
        pytest.param("partner", "staff", marks=pytest.mark.deep),
        pytest.param("agent", "staff", marks=pytest.mark.deep),
        pytest.param("customer", "another customer", marks=pytest.mark.deep),
    ],
)
def test_with_the_applications_gates_open_the_database_shows_nothing_foreign(
    world: World, client_of: SignIn, monkeypatch: pytest.MonkeyPatch, who: str, claim: str
) -> None:
    ours, theirs = aviary(world.mastercam), aviary(world.optocraft)
    client = client_of(ours.house.user(who), raise_request_exception=False)
    with gates_open(monkeypatch, CLAIMS[claim], (ours.house, theirs.house)):
        leaks, answered = _foreign(who, ours, _walk(client, ours, theirs))
        letters = list(_letters(ours, theirs))
    if who == "agent":  # his scope is the whole vendor: what is between its houses is the application's
        leaks = {leak for leak in leaks if leak[1] != ours.name}
    assert not leaks
    assert answered > 20
    assert letters
    assert not [letter for letter in letters if letter[1] != letter[2]]


@pytest.mark.parametrize(
    "who",
    [who if who == "customer_admin" else pytest.param(who, marks=pytest.mark.deep) for who in MAY_READ],
)
def test_without_row_level_security_the_application_shows_nothing_foreign(
    without_row_level_security: World, client_of: SignIn, who: str
) -> None:
    ours, theirs = aviary(without_row_level_security.mastercam), aviary(without_row_level_security.optocraft)
    leaks, answered = _foreign(who, ours, _walk(client_of(ours.house.user(who)), ours, theirs))
    assert not leaks
    assert answered > 20
    told = list(_letters(ours, theirs))
    assert told
    assert not [one for one in told if one[1] != one[2] or one[3] not in MAY_READ.get(one[0], MAY_READ["agent"])]


def test_with_both_walls_down_the_walk_finds_what_is_foreign(
    without_row_level_security: World, client_of: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    routes = {"desk:queue", "desk:ticket", "attachment", "api:tickets", "api:messages", "desk:canned"}
    world = without_row_level_security
    ours, theirs = aviary(world.mastercam), aviary(world.optocraft)
    client = client_of(ours.house.user("customer"), raise_request_exception=False)
    with gates_open(monkeypatch, CLAIMS["staff"], (ours.house, theirs.house)):
        leaks, _ = _foreign("customer", ours, _walk(client, ours, theirs, routes))
    assert {name for name, vendor, _ in leaks if vendor == theirs.name} == routes
    assert {audience for _, vendor, audience in leaks if vendor == ours.name} >= {"stranger", "staff", "partner"}
