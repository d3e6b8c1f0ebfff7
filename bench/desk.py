"""The desk on a full database: pages, searches, counts and filing through the real web server, as somebody at his desk has them.

`bin/bench desk [--tickets N …] [--fill] [--check]`

For each size it wants the database that `--fill` makes (`load_volume` into `desk_<N>`). 60 requests each after a warm-up, one
after the other; filing by four clients at once, with a worker that computes the clocks and sends the mail meanwhile. With
`--check` it ends with 1 if a limit is missed at a million tickets, or if something costs more than 1.2 times as much with ten
times the tickets.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import unescape
from http.client import HTTPConnection
from itertools import pairwise
from statistics import quantiles
from urllib.parse import urlencode

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "supportdesk.settings")

import django

django.setup()

from django.core.management import call_command  # noqa: E402

from bench.facts import Facts, backlog, filed, look  # noqa: E402
from bench.installation import Site, running  # noqa: E402
from tickets.volume import database  # noqa: E402

LIMITS = {  # milliseconds at a million tickets; filing in tickets a second, memory in MiB
    "queue by time left": 60,
    "filtered queue": 60,
    "page 40 of the queue": 60,
    "ticket with 30 messages": 50,
    "search: rare word": 80,
    "search: common word": 80,
    "search: serial number": 40,
    "counts of 10 views": 100,
}
FILED_A_SECOND, MEMORY = 60, 300
GROWTH = 1.2
_CLIENTS = 4
Get = Callable[[str], str]


@dataclass
class Figures:
    """What was measured at one size: p50 and p95 in milliseconds by name; the rest as named."""

    tickets: int
    pages: dict[str, tuple[float, float]] = field(default_factory=dict)
    filed_a_second: float = 0.0
    clocks_after: float = 0.0  # seconds from the last filing until all clocks were computed
    memory: tuple[float, float] = (0.0, 0.0)


def main(arguments: Sequence[str]) -> int:
    """Measure each size and print the table."""
    options = _options(arguments)
    found = [_measure(tickets, options) for tickets in options.tickets]
    print(_table(found))
    missed = _missed(found)
    print("\n".join(missed) or "all limits kept")
    return 1 if options.check and missed else 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/bench desk", description=__doc__)
    parser.add_argument("--tickets", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--fill", action="store_true", help="make the databases that are missing")
    parser.add_argument("--requests", type=int, default=60, help="of each kind (default: 60)")
    parser.add_argument("--file", type=int, default=600, help="tickets to file (default: 600)")
    parser.add_argument("--check", action="store_true", help="end with 1 if a limit is missed")
    return parser.parse_args(arguments)


def _measure(tickets: int, options: argparse.Namespace) -> Figures:
    name = f"desk_{tickets}"
    if options.fill and not database.is_there(name):
        call_command("load_volume", tickets=tickets, database=name)
    print(f"{tickets:,} tickets …", flush=True)
    with database.as_app(name):
        facts = look()
        figures = Figures(tickets)
        with running(name) as site:
            _wait_until(lambda: backlog() == 0)
            _file(site, facts, Figures(tickets), options.file // 10)  # warm in everything before memory is looked at
            _browse(site, facts, Figures(tickets), options.requests // 10)
            before = site.memory()
            _browse(site, facts, figures, options.requests)
            _file(site, facts, figures, options.file)
            figures.memory = (before, site.memory())
    return figures


# ---------------------------------------------------------------- pages


def _browse(site: Site, facts: Facts, figures: Figures, requests: int) -> None:
    link = site.connect()

    def get(path: str) -> str:
        return fetched(link, path, {"Cookie": f"sessionid={facts.session}"})

    for name, path in _paths(facts, get).items():
        for _ in range(10):
            get(path)
        figures.pages[name] = timed(lambda path=path: get(path), requests)  # type: ignore[misc]


def _paths(facts: Facts, get: Get) -> Mapping[str, str]:
    return {
        "queue by time left": "/desk/",
        "filtered queue": _search("vendor:mastercam state:open prio:P2 -is:breached"),
        "page 40 of the queue": _page(40, get),
        "ticket with 30 messages": facts.long_ticket,
        "search: rare word": _search(facts.rare_word),
        "search: common word": _search(facts.common_word),
        "search: serial number": _search(f"serial:{facts.serial}"),
        "counts of 10 views": _counts(),
    }


def _counts() -> str:
    """The desk's live answer, which counts all views anew while the page takes figures that are kept for some seconds."""
    return f"/desk/live/?{urlencode({'since': datetime.now(UTC).isoformat()})}"


def _search(words: str) -> str:
    return f"/desk/?{urlencode({'q': words})}"


def _page(number: int, get: Get) -> str:
    """The address of a page of the queue, walked to as a reader would."""
    path = "/desk/"
    for _ in range(number - 1):
        following = re.search(r'href="([^"]*[?&](?:amp;)?after=[^"]*)"', get(path))
        if following is None:
            break
        path = f"/desk/{unescape(following[1]).removeprefix('/desk/')}"
    return path


def timed(act: Callable[[], object], times: int) -> tuple[float, float]:
    """Do it so many times; p50 and p95 in milliseconds."""
    took = []
    for _ in range(times):
        begun = time.perf_counter()
        act()
        took.append((time.perf_counter() - begun) * 1000)
    cuts = quantiles(took, n=20, method="inclusive") if times > 1 else took * 20
    return cuts[9], cuts[18]


def fetched(link: HTTPConnection, path: str, headers: Mapping[str, str]) -> str:
    """The page at a path; ends the measurement if there is none."""
    link.request("GET", path, headers=dict(headers))
    answer = link.getresponse()
    body = answer.read().decode()
    if answer.status != 200:
        raise SystemExit(f"{path} answers {answer.status}")
    return body


# ---------------------------------------------------------------- filing


def _file(site: Site, facts: Facts, figures: Figures, number: int) -> None:
    each = max(1, number // _CLIENTS)
    _client(site, facts, 0, 8)  # warm
    before = filed()
    begun = time.perf_counter()
    with ThreadPoolExecutor(_CLIENTS) as pool:
        list(pool.map(lambda client: _client(site, facts, client, each), range(_CLIENTS)))
    took = time.perf_counter() - begun
    _wait_until(lambda: backlog() == 0)
    figures.filed_a_second = each * _CLIENTS / took
    figures.clocks_after = time.perf_counter() - begun - took
    wanted = each * _CLIENTS
    for what, now in filed().items():
        if now - before[what] < wanted:
            raise SystemExit(f"{wanted} tickets were filed, but {now - before[what]} {what}")


def _client(site: Site, facts: Facts, client: int, number: int) -> None:
    link, (vendor, token, item) = site.connect(), facts.customers[client % len(facts.customers)]
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    for turn in range(number):
        body = {
            "vendor": vendor,
            "subject": f"Filed {client}-{turn}",
            "body": "The spindle stops at tool change.",
            "item": item,
        }
        link.request("POST", "/api/v1/tickets/", json.dumps(body), headers)
        answer = link.getresponse()
        said = answer.read().decode()
        if answer.status != 201:
            raise SystemExit(f"filing answers {answer.status}: {said[:500]}")


def _wait_until(done: Callable[[], bool], seconds: float = 300) -> None:
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            raise SystemExit("the worker does not come to an end")
        time.sleep(0.2)


# ---------------------------------------------------------------- the table


def _table(found: Sequence[Figures]) -> str:
    lines = [f"{'':<26}" + "".join(f"{figures.tickets:>22,}" for figures in found) + "   limit"]
    for name, limit in LIMITS.items():
        cells = [f"{p50:.0f} / {p95:.0f} ms" for p50, p95 in (figures.pages[name] for figures in found)]
        shares = [
            f" ({found[n].pages[name][0] / found[n - 1].pages[name][0]:.2f})" if n else "" for n in range(len(found))
        ]
        lines.append(
            f"{name:<26}" + "".join(f"{c + s:>22}" for c, s in zip(cells, shares, strict=True)) + f"{limit:>8}"
        )
    lines.append(
        f"{'filed a second':<26}" + "".join(f"{f.filed_a_second:>22.0f}" for f in found) + f"{FILED_A_SECOND:>8}"
    )
    lines.append(f"{'clocks computed after, s':<26}" + "".join(f"{f.clocks_after:>22.1f}" for f in found))
    lines.append(
        f"{'memory before, after, MiB':<26}"
        + "".join(f"{f.memory[0]:>15.0f} {f.memory[1]:>6.0f}" for f in found)
        + f"{MEMORY:>8}"
    )
    return "\n".join([*lines, "p50 / p95, and in brackets how many times the smaller database's"])


def _missed(found: Sequence[Figures]) -> list[str]:
    missed = []
    for figures in found:
        if figures.tickets >= 1_000_000:
            missed += [
                f"{name}: {figures.pages[name][0]:.0f} ms"
                for name, limit in LIMITS.items()
                if figures.pages[name][0] > limit
            ]
            if figures.filed_a_second < FILED_A_SECOND:
                missed.append(f"filed {figures.filed_a_second:.0f} a second")
            if max(figures.memory) > MEMORY:
                missed.append(f"memory: {max(figures.memory):.0f} MiB")
    for less, more in pairwise(found):
        for name in LIMITS:
            share = more.pages[name][0] / less.pages[name][0]
            if share > GROWTH:
                missed.append(f"{name}: {share:.2f} times as much at {more.tickets:,} as at {less.tickets:,}")
    return [f"missed: {what}" for what in missed]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
