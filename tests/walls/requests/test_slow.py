"""Whatever is sent, at whatever length and depth, is answered at once and never with a failure of ours."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest

from tests.walls.matrix.estate import Estate
from tests.walls.requests import state
from tests.walls.requests.references import TYPED
from tests.walls.requests.walk import Sent, Visit, Walker

PATIENCE = 2.0  # seconds
LONG = 100_000
HOSTILE: dict[str, str] = {
    "one letter": "a" * LONG,
    "open brackets": "(" * LONG,
    "open square brackets": "[" * LONG,
    "links in links": "[a](" * 20_000,
    "emphasis": "*_" * 50_000,
    "backslashes": "\\" * LONG,
    "quotations": ">" * LONG,
    "lists in lists": "\n".join(" " * depth + "- a" for depth in range(400)),
    "code": "`" * LONG,
    "tags": "<a href=" * 12_000,
    "entities": "&#x1f;" * 16_000,
    "marks over letters": "a" + "\u0301" * LONG,
    "wide letters": "\ufdfa" * 30_000,
    "from right to left": "\u202e\u2066" * 20_000,
    "nothing": "a\0b" * 1000,
    "a number": "9" * 5000,
    "a small number": "-1e-" + "9" * 400,
    "a day far away": "9999999-12-31",
    "a day long ago": "0000-00-00T25:61",
    "blanks": " \t" * 50_000 + "x",
    "lines": "\r\n" * 50_000,
    "an address": "a@" + "a." * 50_000,
    "almost a pattern": "a" * 30_000 + "!" + "0" * 30_000 + "@" + ".a" * 10_000,
    "two words": '"' * 30_000 + "or -" * 10_000,
}
SHORT = 4000  # letters of an address


def deep(number: int) -> Any:
    """A value within a value, that often."""
    made: Any = 0
    for _ in range(number):
        made = [made]
    return made


JSON: tuple[Any, ...] = (
    *HOSTILE.values(),
    10**4000,
    -(10**30),
    1e308,
    True,
    None,
    [],
    {},
    deep(400),
    [0] * 20_000,
    {"a" * 1000: 1},
)


def late(ask: Callable[[], Any]) -> str:
    """What is wrong with an answer: its status, or that it takes too long (also when asked again, for others work here too)."""
    for _ in range(2):
        with state.taken_back():
            began = time.monotonic()
            answer = ask()
            took = time.monotonic() - began
            if answer.streaming:
                b"".join(answer.streaming_content)
        if answer.status_code >= 500:
            return str(answer.status_code)
        if took < PATIENCE:
            return ""
    return f"{took:.1f} s"


def hostile(sent: Sent, text: str) -> Sent:
    """The request with that in everything in which one types."""
    typed = {name for name, control in sent.controls.items() if control.kind in TYPED and control.kind != "file"}
    return sent.saying(
        **dict.fromkeys(typed | (set(sent.data) - set(sent.controls)) | {"body", "subject", "q", "name"}, text)
    )


def forms(estate: Estate, chosen: list[Sent], kinds: list[str]) -> list[str]:
    found = []
    for number, sent in enumerate(chosen):
        for kind in kinds or [list(HOSTILE)[number % len(HOSTILE)]]:
            if sent.json is None and sent.body is None:
                wrong = hostile(sent, HOSTILE[kind])
                if trouble := late(lambda: Walker(estate.cast.logins[sent.who]).sends(wrong)):  # noqa: B023  # asked at once
                    found.append(f"{sent}, {kind}: {trouble}")
    return found


def programs(estate: Estate, chosen: list[Sent], step: int) -> list[str]:
    found = []
    for number, sent in enumerate(one for one in chosen if one.json):
        for name in sent.json:
            for value in JSON[number % step :: step]:
                wrong = replace(sent, json=sent.json | {name: value})
                if trouble := late(lambda: Walker(estate.cast.logins[sent.who]).sends(wrong)):  # noqa: B023  # asked at once
                    found.append(f"{sent}, {name} = {str(type(value))[7:-1]} {repr(value)[:20]}: {trouble}")
    return found


def queries(estate: Estate, chosen: list[Visit], kinds: list[str]) -> list[str]:
    found = []
    for number, visit in enumerate(chosen):
        names = sorted(visit.asked) or ["zq"]
        address = visit.address.partition("?")[0]
        client = Walker(estate.cast.logins[visit.who]).client
        for kind in kinds or [list(HOSTILE)[number % len(HOSTILE)]]:
            text = quote(HOSTILE[kind][: SHORT // 3])
            every = "&".join(f"{name}={text}" for name in names)
            asked = [f"{address}?{every}", *(f"{address}?{name}={text}" for name in names if kinds)]
            for url in asked:
                if trouble := late(lambda: client.get(url)):  # noqa: B023  # asked at once
                    found.append(f"{url[:80]} ({visit.who}), {kind}: {trouble}")
    return found


def test_hostile_words_in_a_form_are_answered_at_once(estate: Estate, gathered: list[Sent]) -> None:
    assert forms(estate, gathered[::5], []) == []


def test_hostile_values_from_a_program_are_answered_at_once(estate: Estate, gathered: list[Sent]) -> None:
    assert programs(estate, gathered, 31) == []


def test_hostile_words_in_an_address_are_answered_at_once(estate: Estate, visits: list[Visit]) -> None:
    assert queries(estate, visits[::10], []) == []


@pytest.mark.deep
@pytest.mark.parametrize("kind", HOSTILE)
def test_each_hostile_text_in_each_form_and_address_is_answered_at_once(
    estate: Estate, gathered: list[Sent], visits: list[Visit], kind: str
) -> None:
    assert forms(estate, gathered, [kind]) == []
    assert queries(estate, visits, [kind]) == []


@pytest.mark.deep
def test_each_hostile_value_from_a_program_is_answered_at_once(estate: Estate, gathered: list[Sent]) -> None:
    assert programs(estate, gathered, 1) == []
