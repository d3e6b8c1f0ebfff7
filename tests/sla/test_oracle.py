"""The engine against the stepping oracle, and the oracle against cases that a third implementation made."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sla.replay import replay_line
from tests.sla.cases import AWKWARD, PLACES, random_case
from tests.sla.oracle import BERLIN, Answer, Case, answer, is_open, mastercam_sheet, staffed

RECORDED = Path(__file__).parents[1] / "data" / "replay_cases.jsonl"
CHUNK = 125


def engine(case: Case) -> dict[str, Any]:
    return replay_line(json.dumps(case), 1, explain=False)


def differs(case: Case) -> bool:
    return engine(case) != answer(case)


def shrunk(case: Case) -> Case:
    """The case without the events that the difference does not need."""
    for index in reversed(range(1, len(case["events"]))):
        events = case["events"][:index] + case["events"][index + 1 :]
        if differs(case | {"events": events}):
            case = case | {"events": events}
    return case


def told(case: Case, expected: Answer, got: dict[str, Any]) -> str:
    """The case, and below it each clock that is not the same, key by key."""
    rows = [f"{case['id']}: " + ", ".join(f"{k} {v}" for k, v in case.items() if k not in ("id", "events", "as_of"))]
    for event in case["events"]:
        more = {key: value for key, value in event.items() if key not in ("at", "event")}
        rows.append(f"  {event['at']}  {event['event']} {more or ''}")
    rows.append(f"  {case['as_of']}  as of")
    if "clocks" not in got or len(got["clocks"]) != len(expected["clocks"]):
        return "\n".join([*rows, f"  oracle {expected}", f"  engine {got}"])
    for mine, theirs in zip(expected["clocks"], got["clocks"], strict=True):
        rows += [
            f"  {mine['clock']} {mine['cycle']} {key}: oracle {mine.get(key)}, engine {theirs.get(key)}"
            for key in mine | theirs
            if mine.get(key) != theirs.get(key)
        ]
    return "\n".join(rows)


def compare(seeds: range) -> None:
    """Fail with the smallest of the cases on which engine and oracle differ."""
    different = [case for case in (random_case(random.Random(seed)) for seed in seeds) if differs(case)]
    if different:
        smallest = min(map(shrunk, different[:20]), key=lambda case: len(case["events"]))
        shown = told(smallest, answer(smallest), engine(smallest))
        pytest.fail(f"{len(different)} of {len(seeds)} cases differ, the smallest:\n{shown}", pytrace=False)


def test_the_oracle_agrees_with_every_recorded_case() -> None:
    with RECORDED.open(encoding="utf-8") as lines:
        recorded = [json.loads(line) for line in lines]
    assert len(recorded) == 429
    assert [row["case"]["id"] for row in recorded if answer(row["case"]) != row["expect"]] == []


@pytest.mark.parametrize("sheet", sorted({BERLIN} | {mastercam_sheet(*place) for place in PLACES}), ids=str)
def test_no_calendar_turns_inside_a_quarter_of_an_hour(sheet: tuple[str, str]) -> None:
    for day in AWKWARD:
        start = int((datetime.fromisoformat(day).replace(tzinfo=UTC) - timedelta(days=1)).timestamp())
        minutes = range(start, start + 3 * 86400, 60)
        assert [at for at in minutes if staffed(sheet, at) != is_open(sheet, at // 900)] == []


def test_the_same_seed_makes_the_same_case() -> None:
    assert random_case(random.Random(7)) == random_case(random.Random(7))


@pytest.mark.parametrize("chunk", range(8))
def test_engine_and_oracle_agree_on_random_histories(chunk: int) -> None:
    compare(range(chunk * CHUNK, (chunk + 1) * CHUNK))


@pytest.mark.deep
@pytest.mark.parametrize("chunk", range(10))
def test_engine_and_oracle_agree_on_ten_thousand_random_histories(chunk: int) -> None:
    compare(range(100_000 + chunk * 1000, 100_000 + (chunk + 1) * 1000))
