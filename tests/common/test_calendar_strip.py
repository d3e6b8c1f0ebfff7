"""The calendar that explains a deadline: what counted, what is closed, what stood still, drawn without a comma in a number."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.utils import timezone, translation

from interfaces.common.calendar_strip import Strip, strip
from sla.compile import rules_from_file
from sla.engine import events as facts
from sla.engine.events import Event, Fact
from sla.engine.trace import explain


def at(text: str) -> int:
    """An instant of German wall time."""
    return int(datetime.fromisoformat(f"{text}+01:00").timestamp())


def drawn(slug: str, kind: str, now: str, *happened: tuple[str, Fact], zone: str = "Europe/Berlin") -> Strip:
    """The strip of a clock after what happened, for a reader in a zone."""
    rules = rules_from_file(slug)
    events = [Event(number, at(when), fact, number) for number, (when, fact) in enumerate(happened, 1)]
    folded, traces = explain(events, rules, at(now))
    state, trace = next((s, t) for s, t in zip(folded.clocks, traces, strict=True) if s.kind == kind)
    hours = rules.open_time(rules.calendar(state.calendar, state.calendar_version), state.zone)
    with timezone.override(zone):
        return strip(trace, at(now), open_hours=hours, names={})


RECEIVED = facts.Received(zone="Europe/Berlin", country="DE")


def of(strip: Strip, label: str) -> Any:
    """The row of a day."""
    return next(row for row in strip.rows if label in row.label)


def test_each_day_from_start_to_due_is_drawn_with_its_holiday() -> None:
    found = drawn("optocraft", "response", "2026-01-05T16:00:00", ("2026-01-05T15:00:00", RECEIVED))
    assert [row.label for row in found.rows] == ["Mon 5 Jan", "Tue 6 Jan", "Wed 7 Jan", "Thu 8 Jan"]
    assert of(found, "6 Jan").notes == ["Epiphany"]
    assert {shape.look for shape in of(found, "6 Jan").shapes} == {"closed"}
    counted = [shape for shape in of(found, "5 Jan").shapes if shape.look == "count"]
    assert [(shape.x, shape.width) for shape in counted] == [("62.50%", "4.17%")]  # 15:00, one hour of 24
    assert [(mark.sign, mark.text) for mark in of(found, "8 Jan").marks] == [("due", "15:00 due")]
    assert [(mark.sign, mark.x) for mark in of(found, "5 Jan").marks] == [("now", "66.67%")]


def test_days_are_those_of_the_reader() -> None:
    received = ("2026-01-07T16:00:00", RECEIVED)
    found = drawn("optocraft", "response", "2026-01-07T16:00:00", received, zone="Australia/Sydney")
    assert found.zone == "Australia/Sydney"
    assert [row.label for row in found.rows] == ["Thu 8 Jan", "Fri 9 Jan", "Sat 10 Jan"]
    assert [mark.text for mark in found.rows[-1].marks] == ["02:00 due"]


def test_a_pause_is_hatched_and_says_since_when_and_what_for() -> None:
    asked = (
        ("2026-02-02T09:00:00", RECEIVED),
        ("2026-02-02T09:00:00", facts.InformationComplete()),
        ("2026-02-02T10:00:00", facts.PriorityAssigned("P2")),
        ("2026-02-02T11:00:00", facts.WaitingForCustomer()),
    )
    found = drawn("mastercam", "resolution", "2026-02-03T12:00:00", *asked)
    assert of(found, "2 Feb").notes == ["Waiting for the customer since 11:00"]
    assert "pause" in {shape.look for shape in of(found, "3 Feb").shapes}
    assert "due" not in found.signs
    answered = (*asked, ("2026-02-03T10:00:00", facts.CustomerReplied()))
    found = drawn("mastercam", "resolution", "2026-02-03T12:00:00", *answered)
    assert of(found, "2 Feb").notes == ["Waiting for the customer 11:00 – Tue 3 Feb 10:00"]


def test_what_is_longer_than_two_weeks_is_drawn_by_days() -> None:
    asked = (
        ("2026-02-02T09:00:00", RECEIVED),
        ("2026-02-02T09:00:00", facts.InformationComplete()),
        ("2026-02-04T08:00:00", facts.PriorityAssigned("P4")),
    )
    found = drawn("mastercam", "resolution", "2026-02-05T08:00:00", *asked)
    assert found.weekly
    assert [row.label for row in found.rows] == ["4 Feb", "9 Feb", "16 Feb"]
    assert any("Washington" in note or "President" in note for note in found.rows[2].notes)
    assert [mark.text for row in found.rows for mark in row.marks if mark.sign == "due"] == ["Wed 18 Feb 17:00 due"]


def test_a_long_pause_draws_its_last_weeks_and_says_so() -> None:
    asked = (
        ("2025-02-03T09:00:00", RECEIVED),
        ("2025-02-03T09:00:00", facts.InformationComplete()),
        ("2025-02-03T10:00:00", facts.PriorityAssigned("P2")),
        ("2025-02-03T11:00:00", facts.WaitingForCustomer()),
    )
    found = drawn("mastercam", "resolution", "2026-02-03T12:00:00", *asked)
    assert found.cut
    assert len(found.rows) <= 27


@pytest.mark.parametrize("language", ["de", "sv"])
def test_no_number_of_the_drawing_has_a_comma(language: str) -> None:
    with translation.override(language):
        found = drawn("optocraft", "response", "2026-01-05T16:00:00", ("2026-01-05T15:07:00", RECEIVED))
        text = render_to_string("_strip.html", {"strip": found})
    assert "%" in text
    assert not re.findall(r'(?:x|y|width|height)="\d+,\d', text)
    assert "style=" not in text
