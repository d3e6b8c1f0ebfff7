"""Fill a scratch database with tickets: both cores make rows with the engine and send them by COPY."""

import multiprocessing
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from itertools import accumulate
from math import exp
from random import Random
from typing import Any

from django.conf import settings
from django.db import connection

from kernel import clock
from kernel.tenancy.scope import Scope, enter
from sla.timelines import epoch
from tickets.models import TicketNumber
from tickets.volume import cast, database
from tickets.volume.cast import House
from tickets.volume.lives import DAY, Life
from tickets.volume.progress import Progress
from tickets.volume.rows import COLUMNS, Sheets
from tickets.volume.story import play
from tickets.volume.words import Writer

YEARS = 3
ACTIVE_SHARE, ACTIVE_LEAST = 0.02, 3_000  # tickets that go on: a share of all, but so many if there are enough
_CHUNK = 1_000
_WORDS = 20  # of a message, in the mean
_WEEK = (1.0, 1.05, 1.0, 0.95, 0.8, 0.08, 0.06)  # how much comes in on each day, Monday first
_DAY = (1, 1, 1, 1, 1, 2, 8, 30, 70, 100, 95, 80, 60, 80, 90, 75, 55, 35, 20, 12, 8, 5, 3, 2)  # in each hour, UTC


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be made. `messages`: how many a ticket has in the mean; `until`: the present, in epoch seconds."""

    database: str
    tickets: int
    messages: int
    seed: int
    until: int
    workers: int


def load(name: str, *, tickets: int, messages: int, seed: int, workers: int, progress: Progress) -> None:
    """Fill the database `name`, which `database.make` has made, with `tickets` tickets of the last three years: the same for the
    same present (kernel.clock), seed and numbers.
    """
    with database.as_app(name):
        plan = Plan(name, tickets, messages, seed, epoch(clock.now()), workers)
        with progress.phase("Customers, people, items") as told:
            houses = cast.bring_on(seed, tickets, datetime.fromtimestamp(plan.until, UTC).date())
            told(1, 1)
        loader = _Loader(plan, houses)
        loader.warm()
    tables = list(COLUMNS)
    with (
        progress.phase("Indexes") as indexed,
        progress.phase("References") as referred,
        database.bare(name, tables, indexed=indexed, referred=referred),
        progress.phase("Tickets") as told,
    ):
        for done in loader.run():
            told(done, tickets)
    with database.as_app(name):
        loader.write_numbers()
    with progress.phase("Search") as told, database.without_index(name, "tickets_search_words"):
        for done in loader.find():
            told(done, tickets)
    with progress.phase("Statistics") as told:
        database.count(name)
        told(1, 1)


class _Loader:
    """Makes chunks of tickets; what is made before the workers are forked is theirs without a copy."""

    def __init__(self, plan: Plan, houses: Sequence[House]) -> None:
        self.plan, self.houses = plan, houses
        self.arrivals = Arrivals(plan.tickets, plan.until)
        self.pattern = [n for n, share in enumerate(cast.SHARES.values()) for _ in range(share)]
        Random(plan.seed).shuffle(self.pattern)  # noqa: S311  no secret
        self.writers = {language: Writer(language) for language in ("en", "de", "sv")}

    def warm(self) -> None:
        """Compile all calendars, which the workers share."""
        for house in self.houses:
            for zone, country in {(asker.zone, asker.country) for asker in house.askers}:
                key = house.rules.policies[0].choice(country).calendar
                house.rules.open_time(house.rules.calendar_at(key, self.plan.until), zone)

    def run(self) -> Iterator[int]:
        """Send all; answers, chunk by chunk, how many tickets are in the database."""
        done, chunks = 0, range(0, self.plan.tickets, _CHUNK)
        with multiprocessing.get_context("fork").Pool(self.plan.workers, _begin, (self,)) as pool:
            for made in pool.imap_unordered(_send, chunks):
                done += made
                yield done

    def find(self) -> Iterator[int]:
        """Let the search learn all; answers how many tickets it knows."""
        done, chunks = 0, range(0, self.plan.tickets, _CHUNK)
        with multiprocessing.get_context("fork").Pool(self.plan.workers, _begin, (self,)) as pool:
            for made in pool.imap_unordered(_learn, chunks):
                done += made
                yield done

    def learn(self, begin: int) -> int:
        """Make the documents of the tickets from the place `begin` on."""
        keys = list(range(begin + 1, min(begin + _CHUNK, self.plan.tickets) + 1))
        everywhere = Scope(open=frozenset(house.vendor_id for house in self.houses))
        with database.as_app(self.plan.database), enter(everywhere), connection.cursor() as cursor:
            cursor.execute("SELECT tickets_search_rebuild(%s)", [keys])
        return len(keys)

    def chunk(self, begin: int) -> Sheets:
        """The rows of the tickets from the place `begin` on."""
        places = range(begin, min(begin + _CHUNK, self.plan.tickets))
        sheets = Sheets(begin * (16 + 4 * self.plan.messages) + 1, settings.MAIL_DOMAIN)
        for place in places:
            sheets.add(self._life(place), place + 1, self._number(place))
        return sheets

    def write_numbers(self) -> None:
        """The last number given out in each year."""
        for index, house in enumerate(self.houses):
            last: dict[int, int] = {}
            for year, first in self.arrivals.years.items():
                following = self.arrivals.years.get(year + 1, self.plan.tickets)
                last[year] = self._rank(index, following) - self._rank(index, first)
            with enter(Scope.of(house.vendor_id)):
                TicketNumber.objects.bulk_create(
                    TicketNumber(vendor_id=house.vendor_id, year=year, last=number)
                    for year, number in last.items()
                    if number
                )

    def _life(self, place: int) -> Life:
        random = Random(f"{self.plan.seed} {place}")  # noqa: S311  no secret
        house = self.houses[self.pattern[place % len(self.pattern)]]
        life = Life(house, random, self.writers, self.arrivals.at(place), self.plan.until)
        play(life, place=place, messages=self.plan.messages, words=_WORDS, going_on=self._goes_on(place, random))
        return life

    def _goes_on(self, place: int, random: Random) -> bool:
        """Whether a ticket has not ended yet: the newest surely, older ones ever less."""
        total = self.plan.tickets
        wanted = max(ACTIVE_SHARE * total, min(ACTIVE_LEAST, total * 0.3))
        return random.random() < exp(-(total - 1 - place) / wanted)

    def _number(self, place: int) -> str:
        index = self.pattern[place % len(self.pattern)]
        year = self.arrivals.year(place)
        house = self.houses[index]
        return (
            f"{house.prefix}-{year}-{self._rank(index, place + 1) - self._rank(index, self.arrivals.years[year]):06d}"
        )

    def _rank(self, house: int, place: int) -> int:
        """How many tickets before `place` are a house's."""
        rounds, rest = divmod(place, len(self.pattern))
        return rounds * self.pattern.count(house) + self.pattern[:rest].count(house)


class Arrivals:
    """When requests come in: on working days, in the hours of Europe and America, and ever more of them."""

    def __init__(self, number: int, until: int) -> None:
        self._number = number
        first = (until - YEARS * 365 * DAY) // 3600
        hours = range(first, until // 3600)
        growth = len(hours)
        self._begin = first * 3600
        self._sum = list(
            accumulate(
                (0.6 + 0.8 * n / growth) * _WEEK[(hour // 24 + 3) % 7] * _DAY[hour % 24] for n, hour in enumerate(hours)
            )
        )
        self.years: dict[int, int] = {}  # the place of the first ticket in each
        for year in range(datetime.fromtimestamp(self._begin, UTC).year, datetime.fromtimestamp(until, UTC).year + 1):
            self.years[year] = self._first(int(datetime(year, 1, 1, tzinfo=UTC).timestamp()))

    def at(self, place: int) -> int:
        """When the request at a place came in, in epoch seconds; never before the one before it."""
        wanted = (place + 0.5) / self._number * self._sum[-1]
        hour = bisect_left(self._sum, wanted)
        before = self._sum[hour - 1] if hour else 0.0
        return self._begin + hour * 3600 + int(3600 * (wanted - before) / (self._sum[hour] - before) * 0.999)

    def year(self, place: int) -> int:
        """The year in which the request at a place came in, UTC."""
        return max(year for year, first in self.years.items() if first <= place)

    def _first(self, instant: int) -> int:
        low, high = 0, self._number
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if self.at(middle) >= instant else (middle + 1, high)
        return low


class _Worker:
    """What a process of its own holds: the loader, as it was when the process was forked, and a connection."""

    loader: _Loader
    link: Any


def _begin(loader: _Loader) -> None:
    _Worker.loader, _Worker.link = loader, database.owner(loader.plan.database)


def _learn(begin: int) -> int:
    return _Worker.loader.learn(begin)


def _send(begin: int) -> int:
    sheets = _Worker.loader.chunk(begin)
    with _Worker.link.cursor() as cursor:
        for table, columns in COLUMNS.items():
            names = ", ".join(columns.split())
            cursor.copy_expert(f"COPY {table} ({names}) FROM STDIN", BytesIO(sheets.text(table)))
    _Worker.link.commit()
    return len(sheets.rows["tickets_ticket"])
