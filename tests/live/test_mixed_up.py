"""Two tenants' people ask at the same time, over connections to the database that are kept and shared: no answer is mixed up.

The web server's threads keep their connections (CONN_MAX_AGE): whoever comes next to a thread gets the connection on which the
other tenant's request ran, was refused or was broken off by its client. A scope that outlived its transaction would show.
"""

from __future__ import annotations

import json
import socket
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from itertools import cycle, islice

import pytest
from django.db import connection

from _launch.processes import wait_until
from bench.facts import signed_in
from bench.line import as_browser
from interfaces.common import tokens
from kernel.tenancy.scope import enter
from tests.live.installation import Installation
from tests.world import House, read_house
from tickets import services
from tickets.models import Ticket
from vendors.access import scope_of

pytestmark = pytest.mark.live
AT_ONCE = 8
WORDS = {"mastercam": "zqmastercam", "optocraft": "zqoptocraft"}
Asked = tuple[str, str, Mapping[str, str], bytes, str]  # method, path, headers, body, whose


def filed(house: House, number: int = 0) -> Ticket:
    """A request with the tenant's word in all its text."""
    word = f"{WORDS[house.slug]} {number}"
    by = house.member("customer")
    asked = services.Request(
        requester=house.people["customer"], subject=word, body=word, language="en", item=house.item
    )
    with enter(scope_of([by], by.user_id)):
        return services.file_ticket(by=by, request=asked)


def questions(house: House, number: str, foreign: tuple[str, str]) -> Iterator[Asked]:
    """What the people of a house ask over and over: pages and API, own and foreign, well and badly put."""
    bearer = {"Authorization": f"Bearer {tokens.issue(house.user('agent'), 'mixed')}", "Accept": "application/json"}
    customer = {
        "Authorization": f"Bearer {tokens.issue(house.user('customer'), 'mixed')}",
        "Accept": "application/json",
    }
    browser = as_browser(signed_in(house.user("customer")))
    api, slug = "/api/v1/tickets/", house.slug
    json_body = {"Content-Type": "application/json"}
    form = {"Content-Type": "application/x-www-form-urlencoded", "Referer": "http://127.0.0.1/"}
    return cycle(
        [
            ("GET", api, bearer, b"", slug),
            ("GET", f"{api}{slug}/{number}/messages/", customer, b"", slug),
            ("GET", f"{api}{foreign[0]}/{foreign[1]}/", customer, b"", slug),
            ("GET", f"/portal/{slug}/{number}/", browser, b"", slug),
            ("POST", f"/portal/{slug}/{number}/write/", {**browser, **form}, b"body=", slug),
            ("POST", f"{api}{slug}/{number}/replies/", {**bearer, **json_body}, b'{"body": ""}', slug),
            ("GET", f"{api}{slug}/{number}/messages/", bearer, b"", slug),
            ("POST", f"{api}{foreign[0]}/{foreign[1]}/replies/", {**customer, **json_body}, b'{"body": "x"}', slug),
            ("POST", api, {**customer, **json_body}, b'{"broken', slug),
            ("BREAK", f"{api}{slug}/{number}/", bearer, b"", slug),
        ]
    )


def ask(port: int, asked: list[Asked]) -> Counter[str]:
    """Ask all of it over one connection; answers how often what came, and "mixed up" for another's word."""
    came: Counter[str] = Counter()
    link = HTTPConnection("127.0.0.1", port, timeout=60)
    for method, path, headers, body, slug in asked:
        if method == "BREAK":
            break_off(port, path, headers)
            came["broken off"] += 1
            continue
        link.request(method, path, body or None, dict(headers))
        answer = link.getresponse()
        said = answer.read().decode()
        came[str(answer.status)] += 1
        others = [word for other, word in WORDS.items() if other != slug]
        came["mixed up"] += any(word in said for word in others)
        came["empty"] += method == "GET" and answer.status == 200 and WORDS[slug] not in said
    link.close()
    return came


def break_off(port: int, path: str, headers: Mapping[str, str]) -> None:
    """Ask and hang up at once."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as line:
        lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in headers.items())]
        line.sendall("\r\n".join([*lines, "", ""]).encode())


@pytest.mark.parametrize("requests", [1_000, pytest.param(10_000, marks=pytest.mark.deep)])
def test_no_answer_to_two_tenants_in_parallel_is_mixed_up(live: Installation, requests: int) -> None:
    houses = [read_house(slug) for slug in WORDS]
    numbers = {house.slug: filed(house).number for house in houses}
    live.serve(workers=2)
    asking = []
    for place in range(AT_ONCE):
        house, other = houses[place % 2], houses[1 - place % 2]
        each = questions(house, numbers[house.slug], (other.slug, numbers[other.slug]))
        asking.append(list(islice(each, place, place + requests // AT_ONCE)))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        came = sum(pool.map(lambda asked: ask(live.port, asked), asking), Counter[str]())
    assert came["mixed up"] == 0
    assert came["empty"] == 0
    assert came["broken off"] == pytest.approx(requests / 10, rel=0.2)
    assert set(came) <= {"200", "400", "404", "422", "broken off", "mixed up", "empty"}, came
    assert {"200", "400", "404", "422"} <= set(came)
    assert came["200"] > requests / 3
    assert connections() <= 2 * 4 + 1, "threads keep their connections, so that tenants shared them"


def connections() -> int:
    """How many are open to the database beside this one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return int(cursor.fetchone()[0])


def test_a_worker_that_serves_two_tenants_in_turn_tells_each_of_his_own_only(live: Installation) -> None:
    live.start()
    assert wait_until(live.ready, 20)
    for number in range(10):
        for slug in WORDS:
            filed(read_house(slug), number)
    assert wait_until(lambda: len(live.mailbox.received) >= 20, 60)
    for letter in live.mailbox.received:
        text = json.dumps([letter["To"], letter["Subject"], *(part.get_content() for part in letter.iter_parts())])
        (slug,) = (slug for slug in WORDS if f"@{slug}.test" in str(letter["To"]))
        assert WORDS[slug] in text
        assert not [word for other, word in WORDS.items() if other != slug and word in text]
