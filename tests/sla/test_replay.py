"""The replay of histories: recorded cases, bad lines, and a ServiceNow log."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from sla.replay import replay_line, replay_stream, vendor_rules
from sla.servicenow import BadLog, Compliance, Site, read_log, replay_log

DATA = Path(__file__).parents[1] / "data"
RECORDED = [json.loads(line) for line in (DATA / "replay_cases.jsonl").read_text(encoding="utf-8").splitlines()]
CUT = DATA / "incident_event_log_cut.csv"
GOOD: dict[str, Any] = {
    "id": "one",
    "vendor": "mastercam",
    "country": "US",
    "time_zone": "America/Chicago",
    "priority": "P1",
    "events": [{"at": "2026-03-06T16:30:00-06:00", "event": "received"}],
    "as_of": "2026-03-06T17:00:00-06:00",
}
TABLE = """\
clock       priority  met  breached  open  cancelled  compliance
response    P1          1         0     0          0      100.0%
response    P2          2         1     0          0       66.7%
response    P3          4         1     0          0       80.0%
response    P4          3         1     0          0       75.0%
response    all        10         3     0          0       76.9%
resolution  P1          2         0     0          0      100.0%
resolution  P2          3         0     0          0      100.0%
resolution  P3          8         0     0          0      100.0%
resolution  P4          2         1     0          0       66.7%
resolution  all        15         1     0          0       93.8%
"""
HEADER = "number,incident_state,sys_mod_count,opened_at,sys_updated_at,priority,assignment_group,assigned_to\n"


def replayed(case: dict[str, Any], *, explain: bool = False) -> dict[str, Any]:
    return replay_line(json.dumps(case), 1, explain)


def log(*rows: str, vendor: str = "mastercam", summary: bool = False) -> tuple[int, str]:
    site = Site(vendor_rules(vendor), "US", "America/Chicago")
    out = io.StringIO()
    status = replay_log(
        io.StringIO(HEADER + "".join(row + "\n" for row in rows)), out, io.StringIO(), site, summary=summary
    )
    return status, out.getvalue()


def clocks(*rows: str, vendor: str = "mastercam") -> list[dict[str, Any]]:
    status, out = log(*rows, vendor=vendor)
    assert status == 0
    answer: list[dict[str, Any]] = json.loads(out)["clocks"]
    return answer


def test_all_recorded_cases_are_answered_as_expected() -> None:
    assert len(RECORDED) == 429
    assert [row["case"]["id"] for row in RECORDED if replayed(row["case"]) != row["expect"]] == []


def test_the_trace_changes_no_answer_and_is_there_in_data_and_words() -> None:
    for row in RECORDED[:60]:
        answer = replayed(row["case"], explain=True)
        traces = [clock.pop("trace") for clock in answer["clocks"]]
        assert answer == row["expect"]
        assert all(trace["entries"][0]["entry"] == "basis" and trace["lines"] for trace in traces)


def test_image_instruments_promises_no_time() -> None:
    assert replayed(GOOD | {"vendor": "image_instruments", "priority": None}) == {"id": "one", "clocks": []}


def test_without_a_zone_the_vendors_own_counts() -> None:
    case = {key: value for key, value in GOOD.items() if key not in ("country", "time_zone")}
    [response] = replayed(case, explain=True)["clocks"]
    assert response["due_at"] == "2026-03-09T14:00:00Z"
    assert response["trace"]["entries"][0]["zone_assumed"] is True


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"vendor": "acme"}, "vendor: the catalog has no file 'acme'"),
        ({"vendor": "../catalog/mastercam"}, "vendor: "),
        ({"vendor": None}, "vendor: a text is needed"),
        ({"id": 7}, "id: a text is needed"),
        ({"time_zone": "Mars/Olympus"}, "time_zone: 'Mars/Olympus' is not a known time zone"),
        ({"time_zone": "../../etc/passwd"}, "time_zone: "),
        ({"country": "usa"}, "country: two capital letters"),
        ({"priority": "P9"}, "priority: one of P1, P2, P3, P4 is needed, not 'P9'"),
        ({"urgent": "yes"}, "urgent: true or false"),
        ({"as_of": "2026-03-06T17:00:00"}, "as_of: an ISO time with its offset"),
        ({"as_of": 5}, "as_of: an ISO time"),
        ({"timezone": "UTC"}, "timezone: the case has no such key"),
        ({"events": []}, "events: a list with at least one event"),
        ({"events": "received"}, "events: a list"),
        ({"events": ["received"]}, "events[0]: an event is a JSON object"),
        ({"events": [{"at": "2026-03-06T17:00:00Z", "event": "eaten"}]}, "events[0].event: 'eaten' is unknown"),
        ({"events": [{"at": "soon", "event": "received"}]}, "events[0].at: an ISO time"),
        ({"events": [{"at": "2026-03-06T17:00:00Z", "event": "assigned"}]}, 'events: there is no "received"'),
        (
            {"events": [{"at": "2026-03-06T17:00:00Z", "event": "assigned", "to": "me"}]},
            "events[0].to: assigned has no",
        ),
        ({"events": [{"at": "2026-03-06T17:00:00Z", "event": "classified", "as": "joke"}]}, "events[0].as: one of"),
        ({"events": [{"at": "2026-03-06T17:00:00Z", "event": "priority_assigned"}]}, "events[0].priority: one of"),
        ({"events": [{"at": "2026-03-06T17:00:00Z", "event": "zone_settled"}]}, "events[0].time_zone: an IANA name"),
        ({"events": [{"at": "1066-10-14T09:00:00Z", "event": "received"}]}, "this history reaches too far"),
    ],
)
def test_a_bad_case_says_where_and_what(change: dict[str, Any], told: str) -> None:
    answer = replayed(GOOD | change)
    assert answer["line"] == 1
    assert answer["error"].startswith(told)


@pytest.mark.parametrize("line", ["{", "[]", "null", '"text"', "[" * 100_000])
def test_a_line_that_is_no_case_is_answered_without_an_id(line: str) -> None:
    answer = replay_line(line, 3, explain=False)
    assert (answer["id"], answer["line"]) == (None, 3)
    assert answer["error"]


def test_a_bad_line_is_answered_in_its_place_and_the_others_still_are() -> None:
    out = io.StringIO()
    status = replay_stream([json.dumps(GOOD) + "\n", "\n", "nonsense\n", json.dumps(GOOD | {"id": "two"})], out)
    answers = [json.loads(line) for line in out.getvalue().splitlines()]
    assert (status, [answer["id"] for answer in answers]) == (1, ["one", None, "two"])
    assert answers[1]["line"] == 3


def test_the_command_reads_and_writes_lines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for line, exits in ((json.dumps(GOOD), False), ("{", True)):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(line.encode())))
        if exits:
            with pytest.raises(SystemExit, match="1"):
                call_command("sla_replay")
        else:
            call_command("sla_replay")
    assert [json.loads(line)["id"] for line in capsys.readouterr().out.splitlines()] == ["one", None]


@pytest.mark.parametrize(
    "options",
    [
        {"summary": True},
        {"servicenow": CUT},
        {"servicenow": CUT, "vendor": "acme"},
        {"servicenow": CUT, "vendor": "mastercam", "time_zone": "Mars"},
        {"servicenow": CUT, "vendor": "mastercam", "country": "usa"},
        {"servicenow": DATA / "missing.csv", "vendor": "mastercam"},
        {"servicenow": DATA / "README.md", "vendor": "mastercam"},
    ],
)
def test_options_that_make_no_sense_are_one_clear_line(options: dict[str, Any]) -> None:
    with pytest.raises(CommandError):
        call_command("sla_replay", **options)


def test_the_cut_of_the_real_log_gives_this_table(capsys: pytest.CaptureFixture[str]) -> None:
    call_command(
        "sla_replay", servicenow=CUT, vendor="mastercam", country="US", time_zone="America/Chicago", summary=True
    )
    captured = capsys.readouterr()
    assert captured.out == TABLE
    assert "13 of 13 incidents" in captured.err


def test_events_of_a_log_are_read_row_by_row() -> None:
    found = clocks(
        "INC1,New,0,02-02-2026 08:00,02-02-2026 08:05,2 - High,?,?",
        "INC1,Active,1,02-02-2026 08:00,02-02-2026 09:00,2 - High,Group 1,?",
        "INC1,Awaiting User Info,2,02-02-2026 08:00,02-02-2026 10:00,2 - High,Group 1,?",
        "INC1,Active,3,02-02-2026 08:00,03-02-2026 10:00,2 - High,Group 1,?",
        "INC1,Resolved,4,02-02-2026 08:00,03-02-2026 12:00,2 - High,Group 1,?",
        "INC1,Closed,5,02-02-2026 08:00,09-02-2026 12:00,2 - High,Group 1,?",
    )
    assert [(c["clock"], c["status"], c["ended_at"], c["elapsed_seconds"] / 3600) for c in found] == [
        ("response", "ended", "2026-02-02T15:00:00Z", 1.0),
        ("resolution", "ended", "2026-02-03T18:00:00Z", 4.0),
    ]


def test_rows_count_in_the_order_of_their_changes_and_never_go_back_in_time() -> None:
    found = clocks(
        "INC1,Resolved,4,2/2/2026 08:00,2/2/2026 09:00,1 - Critical,?,Agent",
        "INC1,-100,1,2/2/2026 08:00,2/2/2026 16:00,4 - Low,?,?",
        "INC1,New,2,2/2/2026 08:00,1/2/2026 07:00,1 - Critical,?,?",
        "INC1,Active,3,2/2/2026 08:00,2/2/2026 10:00,1 - Critical,?,Agent",
    )
    assert [(c["clock"], c["ended_at"]) for c in found] == [
        ("response", "2026-02-02T16:00:00Z"),
        ("resolution", "2026-02-02T16:00:00Z"),
    ]


def test_a_closed_incident_that_goes_on_is_reopened() -> None:
    found = clocks(
        "INC1,Closed,0,02-02-2026 08:00,02-02-2026 09:00,1 - Critical,?,Agent",
        "INC1,Awaiting User Info,1,02-02-2026 08:00,03-02-2026 09:00,1 - Critical,?,Agent",
    )
    assert [(c["clock"], c["cycle"], c["status"]) for c in found] == [
        ("response", 1, "ended"),
        ("resolution", 1, "ended"),
        ("resolution", 2, "paused"),
    ]


def test_as_of_is_the_last_row_even_if_nothing_happens_in_it() -> None:
    [response, resolution] = clocks(
        "INC1,New,0,02-02-2026 08:00,02-02-2026 08:00,1 - Critical,?,?",
        "INC1,New,1,02-02-2026 08:00,02-02-2026 10:30,1 - Critical,?,?",
    )
    assert (response["breached"], resolution["elapsed_seconds"]) == (True, 9000)


def test_for_optocraft_every_response_of_a_log_is_qualified() -> None:
    [response] = clocks("INC1,Active,0,02-02-2026 08:00,02-02-2026 09:00,1 - Critical,?,?", vendor="optocraft")
    assert response["status"] == "ended"


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("INC1,New,0,soon,02-02-2026 08:00,1 - Critical,?,?", "a time like"),
        ("INC1,New,0,31-02-2026 08:00,02-02-2026 08:00,1 - Critical,?,?", "31-02-2026"),
        ("INC1,New,x,02-02-2026 08:00,02-02-2026 08:00,1 - Critical,?,?", "sys_mod_count"),
        ("INC1,New,0,02-02-2026 08:00,02-02-2026 08:00,high,?,?", "priority"),
        ("INC1,New,0,02-02-2026 08:00,02-02-2026 08:00,7 - None,?,?", "priority"),
        ("INC1,New,0", "too few"),
    ],
)
def test_a_bad_row_is_answered_with_its_line_and_the_others_still_are(row: str, told: str) -> None:
    status, out = log("INC0,New,0,02-02-2026 08:00,02-02-2026 08:00,1 - Critical,?,?", row)
    good, bad = (json.loads(line) for line in out.splitlines())
    assert (status, good["id"], bad["id"], bad["line"]) == (1, "INC0", "INC1", 3)
    assert told in bad["error"]


def test_a_file_that_is_no_log_says_which_column_it_misses() -> None:
    with pytest.raises(BadLog, match="no column number"):
        read_log(["a,b,c\n"], "UTC")


def test_the_table_counts_by_the_priority_at_the_clocks_end() -> None:
    _, table = log(
        "INC1,New,0,02-02-2026 08:00,02-02-2026 08:00,4 - Low,?,?",
        "INC1,Active,1,02-02-2026 08:00,02-02-2026 09:00,4 - Low,?,?",
        "INC1,Resolved,2,02-02-2026 08:00,05-02-2026 09:00,1 - Critical,?,?",
        summary=True,
    )
    rows = [line.split() for line in table.splitlines()]
    assert ["response", "P4", "1", "0", "0", "0", "100.0%"] in rows
    assert [row[1] for row in rows if row[0] == "resolution"] == ["P1", "all"]


def test_an_empty_table_is_its_heading() -> None:
    assert len(Compliance().text().splitlines()) == 1
