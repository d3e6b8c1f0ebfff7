"""The customers' door on a full database: its pages through the real web server, as a customer and his organisation's admin see
them.

`bin/bench portal [--tickets N …] [--fill] [--check]`

For each size it wants the database that `--fill` makes (as `bin/bench desk` does, `load_volume` into `desk_<N>`). 60 requests
each after a warm-up, one after the other; the questions put to the database are counted in this process. The admin is the one of
the organisation with the most tickets. With `--check` it ends with 1 if a page takes more than 50 ms (p50), or asks more
questions at more tickets.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "supportdesk.settings")

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from bench.desk import fetched, timed  # noqa: E402
from bench.doors import CustomersFacts, look  # noqa: E402
from bench.installation import running  # noqa: E402
from tickets.volume import database  # noqa: E402

LIMIT = 50  # milliseconds, p50
Address = tuple[str, str]  # whose session, and the path


@dataclass
class Figures:
    """What was measured at one size, by page: p50 and p95 in milliseconds, and questions to the database."""

    tickets: int
    took: dict[str, tuple[float, float]] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)


def main(arguments: Sequence[str]) -> int:
    """Measure each size and print the table."""
    options = _options(arguments)
    found = [_measure(tickets, options) for tickets in options.tickets]
    print(_table(found))
    missed = _missed(found)
    print("\n".join(missed) or "all limits kept")
    return 1 if options.check and missed else 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/bench portal", description=__doc__)
    parser.add_argument("--tickets", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--fill", action="store_true", help="make the databases that are missing")
    parser.add_argument("--requests", type=int, default=60, help="of each page (default: 60)")
    parser.add_argument("--check", action="store_true", help="end with 1 if a limit is missed")
    return parser.parse_args(arguments)


def _measure(tickets: int, options: argparse.Namespace) -> Figures:
    name = f"desk_{tickets}"
    if options.fill and not database.is_there(name):
        call_command("load_volume", tickets=tickets, database=name)
    database.migrate(name)
    print(f"{tickets:,} tickets …", flush=True)
    figures = Figures(tickets)
    with database.as_app(name):
        pages = _pages(look())
        for page, address in pages.items():
            figures.asked[page] = _questions(*address)
        with running(name) as site:
            link = site.connect()
            for page, (session, path) in pages.items():
                cookie = {"Cookie": f"sessionid={session}"}
                timed(lambda path=path, cookie=cookie: fetched(link, path, cookie), 10)  # type: ignore[misc]  # warm
                figures.took[page] = timed(
                    lambda path=path, cookie=cookie: fetched(link, path, cookie),  # type: ignore[misc]
                    options.requests,
                )
    return figures


def _pages(facts: CustomersFacts) -> Mapping[str, Address]:
    user, admin = facts.user, facts.admin
    return {
        "my requests": (user, "/portal/"),
        "of the largest organisation": (admin, "/portal/"),
        "its page 2": (admin, facts.second_page),
        "its resolved requests": (admin, "/portal/?state=resolved"),
        "its requests with a word": (admin, "/portal/?q=post"),
        "a request with 30 messages": (facts.talker, facts.long_ticket),
        **{f"a new request, {vendor}": (session, path) for vendor, (session, path) in facts.new.items()},
        "help": (user, "/portal/help/"),
        "colleagues": (admin, "/portal/people/"),
        "notifications": (user, "/notifications/"),
        "my account": (user, "/me/"),
    }


def _questions(session: str, path: str) -> int:
    client = Client(headers={"host": "127.0.0.1"})
    client.cookies["sessionid"] = session
    for _ in range(2):  # the second one finds in memory what a web worker has there
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(path)
        if answer.status_code != 200:
            raise SystemExit(f"{path} answers {answer.status_code} {answer.get('Location', '')}")
    return len(asked)


def _table(found: Sequence[Figures]) -> str:
    lines = [f"{'':<30}" + "".join(f"{figures.tickets:>24,}" for figures in found) + f"   limit {LIMIT} ms"]
    for page in found[0].took:
        cells = [f"{f.took[page][0]:.0f} / {f.took[page][1]:.0f} ms, {f.asked[page]}" for f in found]
        lines.append(f"{page:<30}" + "".join(f"{cell:>24}" for cell in cells))
    return "\n".join([*lines, "p50 / p95, questions to the database"])


def _missed(found: Sequence[Figures]) -> list[str]:
    missed = [
        f"{page} at {figures.tickets:,}: {p50:.0f} ms"
        for figures in found
        for page, (p50, _) in figures.took.items()
        if p50 > LIMIT
    ]
    for less, more in pairwise(found):
        missed += [
            f"{page}: {asked} questions at {more.tickets:,}, {less.asked[page]} at {less.tickets:,}"
            for page, asked in more.asked.items()
            if asked > less.asked[page]
        ]
    return [f"missed: {what}" for what in missed]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
