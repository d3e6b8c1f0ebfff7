"""Who is served with what, by whom: the table of cases, and what must hold of all facts."""

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import fields, replace
from datetime import date
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.entitlement import REFUSING, Verdict, verdict
from contracts.entitlement_lines import answer_line, answer_stream, facts_from
from contracts.entitlement_words import fact_label, house_label, reason_words, verdict_label
from contracts.facts import NAMES, Facts, Held
from vendors.catalog.schema import PolicyFile, load_slug

TABLE = Path(__file__).with_name("entitlement_cases.csv")
VENDORS = ("mastercam", "optocraft", "image-instruments")
POLICIES = {slug: load_slug(slug) for slug in VENDORS}
YES_NO = {"yes": True, "no": False, "": None}


def _rows() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table))


ROWS = _rows()


def _raw(row: dict[str, str]) -> dict[str, Any]:
    """A row as a line of the command: an empty cell is unknown, "none" says that there is none, "-" that none went before."""
    raw: dict[str, Any] = {"id": row["id"], "vendor": row["vendor"]}
    raw |= {name: row[name] for name in NAMES if row.get(name) and name not in ("site_contracts", "cause")}
    raw |= {name: YES_NO[row[name]] for name in ("warranty_void", "handed_on", "own_address") if row[name]}
    if row["cause"]:
        raw["cause"] = None if row["cause"] == "none" else row["cause"]
    if row["previous_release"] == "-":
        raw["previous_release"] = ""
    if row["site_contracts"]:
        raw["site_contracts"] = [_contract(one) for one in row["site_contracts"].split("; ") if one != "none"]
    return raw


def _contract(written: str) -> dict[str, str | None]:
    kind, _, span = written.partition(" ")
    begins, _, ends = span.partition("to")
    return {"kind": kind, "from": begins.strip() or None, "to": ends.strip() or None}


@pytest.mark.parametrize("row", ROWS, ids=[f"{row['vendor']}: {row['id']}" for row in ROWS])
def test_the_table_of_cases_holds(row: dict[str, str]) -> None:
    answer = answer_line(json.dumps(_raw(row)), 1)
    assert answer["id"] == row["id"]
    assert answer["verdict"] == row["verdict"]
    assert answer["served_by"] == (row["served_by"] or None)
    assert answer["chargeable"] == YES_NO[row["chargeable"]]
    assert answer["ask"] == row["ask"].split()
    assert set(row["rules"].split()) <= set(answer["rules"])
    assert set(answer) == {"id", "verdict", "served_by", "chargeable", "rules", "ask"}


def test_the_table_is_long_enough_and_names_each_case_once() -> None:
    assert len(ROWS) >= 120
    names = [(row["vendor"], row["id"]) for row in ROWS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("row", ROWS, ids=[f"{row['vendor']}: {row['id']}" for row in ROWS])
def test_each_reason_has_words_for_the_customer_in_three_languages(row: dict[str, str]) -> None:
    raw = _raw(row)
    policy = POLICIES[raw.pop("vendor")]
    found = verdict(policy, facts_from({key: value for key, value in raw.items() if key != "id"}))
    for reason in found.reasons:
        words = {reason_words(policy, reason, language) for language in ("en", "de", "sv")}
        assert len(words - {""}) == 3, reason
        assert reason.rules
    assert verdict_label(found.word)
    assert all(fact_label(name) for name in found.ask)
    assert house_label(found.served_by) or found.served_by is None


# ------------------------------------------------------------------ what must hold of all facts

often = settings(max_examples=150)
_DAYS = st.sampled_from([date(2026, 3, 1), date(2026, 3, 2), date(2026, 12, 31)])
_HELD = st.builds(
    Held,
    st.sampled_from(["connect", "maintenance", "frame", "gym"]),
    st.none() | _DAYS,
    st.none() | _DAYS,
)
_RELEASES = st.sampled_from(["2026", "2025", "2024"])
_CAUSES = ["none", "hardware_fault", "negligence", "modified", "unsupported_environment", "user_repair"]
_REQUESTERS = ["customer", "channel_partner", "oem", "partner", "partner_only_end_user"]


def _whole(policy: PolicyFile) -> dict[str, st.SearchStrategy[Any]]:
    """How each fact can be when it is known."""
    return {
        "on": _DAYS,
        "requester": st.sampled_from(_REQUESTERS),
        "site_contracts": st.lists(_HELD, max_size=2).map(tuple),
        "topic": st.sampled_from([topic.key for topic in policy.topics]),
        "release": _RELEASES,
        "current_release": _RELEASES,
        "previous_release": _RELEASES | st.just(""),
        "earlier_releases": st.lists(_RELEASES, max_size=2).map(tuple),
        "seller": st.sampled_from(["vendor", "distributor", "reseller"]),
        "warranty_until": _DAYS,
        "warranty_void": st.booleans(),
        "cause": st.sampled_from(_CAUSES),
        "handed_on": st.booleans(),
        "own_address": st.booleans(),
    }


def _without(facts: Facts, names: Iterable[str]) -> Facts:
    unknown: dict[str, Any] = dict.fromkeys(names)
    return replace(facts, **unknown)


_ENTITLED = Facts(
    on=date(2026, 3, 2),
    requester="customer",
    site_contracts=(Held("connect"), Held("maintenance")),
    release="2026",
    current_release="2026",
    previous_release="2025",
    earlier_releases=(),
    seller="distributor",
    warranty_until=date(2026, 12, 31),
    warranty_void=False,
    cause="none",
    handed_on=True,
)
_TOPICS = {"mastercam": "toolpaths", "optocraft": "software", "image-instruments": "updates_and_upgrades"}


@st.composite
def _cases(draw: st.DrawFn) -> tuple[PolicyFile, Facts, Facts]:
    """A vendor's policy, what is known, and the same with all known: near to what is entitled, for there a fact decides."""
    slug = draw(st.sampled_from(VENDORS))
    ways = _whole(POLICIES[slug])
    changed = draw(st.sets(st.sampled_from(sorted(ways)), max_size=4))
    given_facts: dict[str, Any] = {name: draw(ways[name]) for name in sorted(changed)}
    whole = replace(_ENTITLED, **({"topic": _TOPICS[slug]} | given_facts))
    hidden = draw(st.sets(st.sampled_from([name for name in NAMES if name != "own_address"]), max_size=4))
    return POLICIES[slug], _without(whole, hidden), whole


@often
@given(_cases())
def test_an_unknown_fact_asks_instead_of_refusing(case: tuple[PolicyFile, Facts, Facts]) -> None:
    policy, known, whole = case
    if verdict(policy, known).word in REFUSING:
        assert verdict(policy, whole).word in REFUSING


@often
@given(_cases())
def test_what_is_settled_stays_so_whatever_becomes_known(case: tuple[PolicyFile, Facts, Facts]) -> None:
    policy, known, whole = case
    before, after = verdict(policy, known), verdict(policy, whole)
    assert not after.ask
    if not before.ask:
        assert _decided(before) == _decided(after)


@often
@given(_cases())
def test_only_what_is_unknown_is_asked_for(case: tuple[PolicyFile, Facts, Facts]) -> None:
    policy, known, _whole = case
    found = verdict(policy, known)
    assert all(getattr(known, name) is None for name in found.ask)
    assert (found.word != "ask") or found.ask
    assert all(getattr(known, why.fact) not in (None, ()) or why.fact == "site_contracts" for why in found.reasons)


@often
@given(_cases())
def test_the_same_facts_have_the_same_verdict(case: tuple[PolicyFile, Facts, Facts]) -> None:
    policy, known, _whole = case
    assert verdict(policy, known) == verdict(policy, replace(known))


@st.composite
def _changed(draw: st.DrawFn) -> tuple[PolicyFile, Facts, Facts, str]:
    """A case, the same with one known fact otherwise, or unknown, and which fact that is."""
    policy, known, _whole_of_it = draw(_cases())
    names = [name for name in NAMES if name != "own_address" and getattr(known, name) is not None]
    name = draw(st.sampled_from(names))
    other = draw(st.none() | _whole(policy)[name])
    changes: dict[str, Any] = {name: other}
    return policy, known, replace(known, **changes), name


@often
@given(_changed())
def test_no_fact_is_ignored_silently(case: tuple[PolicyFile, Facts, Facts, str]) -> None:
    """A known fact that is told as unused changes nothing, whatever else it is; so one that changes anything is never told so."""
    policy, known, changed, name = case
    found = verdict(policy, known)
    if name in found.unused:
        other = verdict(policy, changed)
        assert _decided(other) == _decided(found)
        assert other.reasons == found.reasons
        assert name not in other.ask or name == "on"


@often
@given(_changed())
def test_each_known_fact_is_told_as_used_or_unused_and_reasons_rest_on_used_ones(
    case: tuple[PolicyFile, Facts, Facts, str],
) -> None:
    policy, known, _other, name = case
    found = verdict(policy, known)
    resting = {why.fact for why in found.reasons}
    assert not resting & set(found.unused)
    if name in resting:
        assert next(why for why in found.reasons if why.fact == name).rules


@st.composite
def _completed(draw: st.DrawFn) -> tuple[PolicyFile, Facts, Facts]:
    """A case in which something is unknown, and any completion of it, near to what is entitled or far from it."""
    policy, known, _whole_of_it = draw(_cases())
    unknown = [name for name in NAMES if name != "own_address" and getattr(known, name) is None]
    ways = _whole(policy)
    filled: dict[str, Any] = {name: draw(ways[name]) for name in unknown}
    return policy, known, replace(known, **filled)


@often
@given(_completed())
def test_a_refusal_with_something_unknown_is_one_under_every_completion(case: tuple[PolicyFile, Facts, Facts]) -> None:
    policy, known, whole = case
    before = verdict(policy, known)
    if before.word in REFUSING:
        after = verdict(policy, whole)
        assert after.word in REFUSING
        assert before.served_by in (None, after.served_by)


@often
@given(_completed())
def test_what_was_settled_without_a_question_no_completion_changes(case: tuple[PolicyFile, Facts, Facts]) -> None:
    policy, known, whole = case
    before = verdict(policy, known)
    if not before.ask:
        assert _decided(before) == _decided(verdict(policy, whole))


def _decided(found: Verdict) -> tuple[object, ...]:
    return (found.word, found.served_by, found.chargeable, found.model)


@pytest.mark.parametrize("row", ROWS, ids=[f"{row['vendor']}: {row['id']}" for row in ROWS])
def test_a_fact_that_is_hidden_is_asked_for_or_decides_nothing(row: dict[str, str]) -> None:
    raw = _raw(row)
    policy = POLICIES[raw["vendor"]]
    facts = facts_from(raw)
    found = verdict(policy, facts)
    for name in NAMES:
        if name == "own_address" or getattr(facts, name) is None:
            continue
        hidden = verdict(policy, _without(facts, [name]))
        assert hidden.word not in REFUSING or found.word in REFUSING, name
        if name not in hidden.ask:
            assert _decided(hidden) == _decided(found), name


@pytest.mark.parametrize("name", [field.name for field in fields(Facts) if field.name != "earlier_releases"])
def test_each_fact_matters_somewhere(name: str) -> None:
    """For each fact there are two cases of the table that differ in nothing else and have another verdict, cost or question."""
    by_others: dict[tuple[str, ...], set[tuple[str, ...]]] = {}
    for row in ROWS:
        others = tuple(row[other] for other in ("vendor", *NAMES) if other not in (name, "earlier_releases"))
        outcome = tuple(row[told] for told in ("verdict", "served_by", "chargeable", "ask"))
        by_others.setdefault(others, set()).add(outcome)
    assert any(len(outcomes) > 1 for outcomes in by_others.values())


# ------------------------------------------------------------------ lines


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("nonsense", "no JSON"),
        ("[1]", "one JSON object"),
        ('{"id": 1}', "vendor: one of image-instruments, mastercam, optocraft"),
        ('{"id": 1, "vendor": "acme"}', "vendor: one of"),
        ('{"id": 1, "vendor": ["optocraft"]}', "vendor: one of"),
        ('{"id": 1, "vendor": "optocraft", "topic": "moon"}', "'moon' is not a topic of optocraft"),
        ('{"id": 1, "vendor": "optocraft", "topic": 7}', "topic: text"),
        ('{"id": 1, "vendor": "optocraft", "on": "2026-02-30"}', "on: a date such as"),
        ('{"id": 1, "vendor": "optocraft", "on": 20260301}', "on: a date such as"),
        ('{"id": 1, "vendor": "optocraft", "requester": "king"}', "requester: one of customer"),
        ('{"id": 1, "vendor": "optocraft", "seller": {}}', "seller: one of vendor"),
        ('{"id": 1, "vendor": "optocraft", "cause": "gremlins"}', "cause: one of"),
        ('{"id": 1, "vendor": "optocraft", "handed_on": "no"}', "handed_on: true or false"),
        ('{"id": 1, "vendor": "optocraft", "site_contracts": "frame"}', "site_contracts: a list"),
        (
            '{"id": 1, "vendor": "optocraft", "site_contracts": [{"from": "2026-01-01"}]}',
            "site_contracts[0]: an object",
        ),
        ('{"id": 1, "vendor": "optocraft", "site_contracts": [{"kind": "frame", "to": "soon"}]}', "[0].to: a date"),
        ('{"id": 1, "vendor": "optocraft", "warantee": true}', "warantee: there is no such fact; known: on"),
    ],
)
def test_a_bad_line_is_answered_with_what_is_wrong(line: str, says: str) -> None:
    answer = answer_line(line, 7)
    assert set(answer) == {"id", "line", "error"}
    assert answer["line"] == 7
    assert says in answer["error"]


def test_a_stream_goes_on_after_a_bad_line() -> None:
    sink = StringIO()
    status = answer_stream(
        ['{"id": "a", "vendor": "optocraft", "seller": "vendor"}\n', "\n", "{\n", '{"id": NaN}\n'], sink
    )
    answers = [json.loads(line) for line in sink.getvalue().splitlines()]
    assert status == 1
    assert [answer["id"] for answer in answers] == ["a", None, None]
    assert answers[0]["verdict"] == "entitled"


def test_the_command_answers_line_by_line_and_tells_of_bad_ones_by_its_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    good = b'{"id": "x", "vendor": "image_instruments", "topic": "training"}\n'
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(good)))
    call_command("entitlement")
    answer = json.loads(capsys.readouterr().out)
    assert (answer["verdict"], answer["served_by"], answer["rules"]) == ("elsewhere", "support_partner", ["I8"])
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(b"\xff\n" + good)))
    with pytest.raises(SystemExit) as ended:
        call_command("entitlement")
    assert ended.value.code == 1
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_explained_lines_tell_reasons_model_and_what_no_rule_looks_at() -> None:
    line = {
        "id": 1,
        "vendor": "optocraft",
        "on": "2026-03-02",
        "seller": "vendor",
        "topic": "maintenance_visit",
        "cause": None,
        "site_contracts": [{"kind": "frame", "from": "2026-01-01", "to": None}],
        "release": "11.019.2",
    }
    answer = answer_line(json.dumps(line), 1, explain=True)
    assert answer["model"] == "frame"
    assert answer["unused"] == ["release"]
    assert [reason["fact"] for reason in answer["reasons"]] == ["seller", "topic"]


def test_a_vendor_who_serves_three_releases_asks_for_the_third() -> None:
    document = POLICIES["mastercam"]
    policy = document.model_copy(update={"releases": document.releases.model_copy(update={"count": 3})})
    facts = Facts(
        on=date(2026, 3, 2),
        requester="oem",
        topic="toolpaths",
        release="2024",
        current_release="2026",
        previous_release="2025",
        cause="none",
    )
    assert verdict(policy, facts).ask == ("earlier_releases",)
    assert verdict(policy, replace(facts, earlier_releases=("2024",))).word == "entitled"
    assert verdict(policy, replace(facts, earlier_releases=("2023", "2024"))).word == "not_owed"


def _all_reasons() -> Iterator[str]:
    for row in ROWS:
        yield from row["rules"].split()


def test_the_table_touches_the_rules_that_it_should() -> None:
    wanted = ["O1", "O3", "O11", "O12", "O13", "O15", "M1", "M2", "M16", "M17", "I3", "I4", "I5", "I6", "I7", "I8"]
    assert set(wanted) <= set(_all_reasons())
