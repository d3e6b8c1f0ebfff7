"""The cells: who asks which route how for which object, and what must come of it, as the law and the classification say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any
from uuid import UUID
from zlib import crc32

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.walls.matrix import law
from tests.walls.matrix.cast import CAST, NOBODY
from tests.walls.matrix.estate import Estate, Thing
from tests.walls.matrix.routes import METHODS, ROUTES, SAFE, Route

_ONE_IN = 10  # cells of a plain run
_PASSERS_BY: tuple[str, ...] = ("nobody", "customer", "partner", "agent", "operator")  # one for each door
_SLUGS = {"mastercam": "here", "optocraft": "abroad"}
# Under a key that nobody has at a house its customers begin something anew: whose customers they are.
_BEGUN_AT = {
    "absent": "customer",
    "optocraft's at mastercam": "customer",
    "mastercam's at optocraft": "abroad_customer",
}
_FOR_BUILDERS = frozenset({"styleguide"})  # there with DEBUG alone
_NO_UUID = UUID("00000000-0000-4000-8000-000000000001")
_NOWHERE = "no-such-house"


class Must(Enum):
    """What must come of a cell."""

    SIGN_IN = "asks to sign in"
    UNTAKEN = "is not taken"
    ABSENT = "is not there"
    SHOWN = "is shown"
    DONE = "is done"
    DENIED = "is refused"


@dataclass(frozen=True)
class Cell:
    """One question. `address` leads to the thing, `absent` to one that is not there; `names` are what differs between the two."""

    route: Route
    who: str
    method: str
    owner: str
    thing: Thing
    address: str
    absent: str
    must: Must
    statuses: frozenset[int]

    def __str__(self) -> str:
        return f"{self.who}: {self.method} {self.route.title} [{self.owner}] {self.must.value}"

    @property
    def sampled(self) -> bool:
        """Whether a plain run has it; the same ones each time."""
        return crc32(str(self).encode()) % _ONE_IN == 0


def resolved() -> dict[str, list[str]]:
    """All routes of the resolver: their patterns by name."""
    found: dict[str, list[str]] = {}
    for name, pattern in _walk(get_resolver()):
        if name not in _FOR_BUILDERS:
            found.setdefault(name, []).append(pattern)
    return found


def _walk(resolver: URLResolver, space: str = "", before: str = "") -> Iterator[tuple[str, str]]:
    for row in resolver.url_patterns:
        if isinstance(row, URLPattern):
            yield f"{space}:{row.name}" if space else str(row.name), before + str(row.pattern)
        else:
            yield from _walk(row, row.namespace or space, before + str(row.pattern))


def cells_of(name: str, estate: Estate) -> Iterator[Cell]:
    """All cells of a route."""
    lines = [route for route in ROUTES if route.name == name]
    taken = frozenset[str]().union(*(line.takes for line in lines))
    for line in lines:
        things = dict(_things(line, estate))
        for method in METHODS:
            if method in line.takes or line.every:
                asked, people = things, tuple(CAST)
            elif line is lines[0] and method not in taken:
                asked, people = dict(list(things.items())[:1]), _PASSERS_BY  # whatever the object: it is not looked at
            else:
                continue  # another line's
            for owner, thing in asked.items():
                # What nobody has is the same for everybody of a door.
                askers = people if owner in line.kind.seen else _PASSERS_BY
                yield from (_cell(line, who, method, owner, thing) for who in askers)


def _things(route: Route, estate: Estate) -> Iterator[tuple[str, Thing]]:
    """The objects of the kind; those of one house under the name of the other; what is not there; a house that is not there."""
    held = {owner: estate.things[route.kind.things][owner] for owner in route.kind.seen}
    yield from held.items()
    sample = next(iter(held.values()))
    if len(sample.args) > 1 and sample.args[0] in _SLUGS:
        abroad = next(thing for thing in held.values() if thing.args[0] != sample.args[0])
        for own, other in ((sample, abroad), (abroad, sample)):
            crossed = (own.args[0], *other.args[1:])
            yield (
                f"{other.args[0]}'s at {own.args[0]}",
                Thing(crossed, house=other.house, row=other.row, beside=other.beside),
            )
    if sample.args:
        gone = _absent_args(sample.args, frozenset(_SLUGS if len(sample.args) > 1 else ()))
        yield "absent", Thing(gone, house=sample.house, row=sample.row, beside=sample.beside)


def _cell(route: Route, who: str, method: str, owner: str, thing: Thing) -> Cell:
    must, statuses = _law(route, who, method, owner)
    known = frozenset(slug for slug, place in _SLUGS.items() if who in law.VENDOR[place])
    absent = _absent_args(thing.args, known if len(thing.args) > 1 else frozenset())
    return Cell(route, who, method, owner, thing, address(route, thing.args), address(route, absent), must, statuses)


def _law(route: Route, who: str, method: str, owner: str) -> tuple[Must, frozenset[int]]:
    if route.every:
        return Must.SHOWN if route.every != 404 else Must.UNTAKEN, frozenset({route.every})
    if who == NOBODY and NOBODY not in route.door:
        return Must.SIGN_IN, frozenset({401 if route.name.startswith("api:") else 302})
    inside = who in route.door
    if method not in route.takes:
        # Where allauth is in charge, pages answer OPTIONS, and take a PUT for the POST of a form.
        also = {200, 302, *(route.shows if route.name.startswith("mfa_") else ())} if _is_allauth(route) else set[int]()
        return Must.UNTAKEN, frozenset({405, *also, *({404} if route.hidden and not inside else ())})
    begins = route.anew and who in route.kind.seen.get(_BEGUN_AT.get(owner, ""), ())
    if not inside or not (begins or who in route.kind.seen.get(owner, ())):
        return Must.ABSENT, frozenset({route.absent if inside or not route.inside else 404})
    if method in SAFE:
        return Must.SHOWN, route.shows
    if route.doers is not None and who not in route.doers:
        return Must.DENIED, route.denied
    return Must.DONE, route.done


def _is_allauth(route: Route) -> bool:
    return route.name.startswith(("account_", "usersessions", "mfa_"))


def address(route: Route, args: tuple[Any, ...]) -> str:
    """Where a route leads for these arguments."""
    if route.name == "api:absent":
        return "/api/v1/no/such/thing/"
    if route.name == "None":
        return "/accounts/signup/"
    return reverse(route.name, args=(*(() if route.inside else args), *route.more)) + route.query.format(*args)


def _absent_args(args: tuple[Any, ...], known: frozenset[str]) -> tuple[Any, ...]:
    """The same arguments, of something that is not there; a house that somebody knows stays."""
    # A vendor's number is the first of several; what is alone is the object's own key.
    return tuple(_absent(arg, known, place == 0 and len(args) > 1) for place, arg in enumerate(args))


def _absent(arg: Any, known: frozenset[str], names_house: bool) -> Any:
    if isinstance(arg, UUID):
        return _NO_UUID
    if isinstance(arg, int):
        return arg if names_house else 4_000_000_000
    if arg in _SLUGS:
        return arg if arg in known else _NOWHERE
    if arg[:3] in ("MC-", "OC-"):
        return f"{arg[:3]}2026-999999"
    if arg.endswith(".eml"):
        return arg.replace("-0000", "-ffff")
    return arg if arg == "response" else "x" * len(arg)


def body_of(cell: Cell, estate: Estate) -> Any:
    """What the cell sends; nothing with what only reads."""
    if cell.method in SAFE:
        return None
    body = cell.route.body
    return body(estate, cell.thing) if callable(body) else body or {}
