"""The search language: what is understood, what is said of the rest, and that nothing else can happen."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.search.language import HOLDS, IS, KEYS, STATES, Query, Term, WrongQuery, parse

_FIXED = {"is": IS, "state": STATES, "has": HOLDS, "no": HOLDS}
_WORDS = st.text(min_size=1, max_size=12).filter(lambda text: bool(text.strip()))


@st.composite
def terms(draw: st.DrawFn) -> Term:
    """Any term that can be written."""
    key = draw(st.sampled_from(["", *KEYS]))
    if not key:
        return Term("", "", draw(_WORDS), draw(st.booleans()))
    kind = KEYS[key].kind
    values = {
        "text": _WORDS,
        "word": st.sampled_from(_FIXED.get(key, ("",))),
        "length": st.builds("{}{}".format, st.integers(0, 9999), st.sampled_from("mhdw")),
        "date": st.dates(min_value=date(1970, 1, 1)).map(str),
        "number": st.integers(0, 99).map(str),
    }
    return Term(key, draw(st.sampled_from(KEYS[key].signs)), draw(values[kind]), draw(st.booleans()))


@given(st.lists(terms(), max_size=6))
def test_what_is_written_down_is_read_back(found: list[Term]) -> None:
    query = Query(tuple(found))
    if len(str(query)) <= 500:
        assert parse(str(query)) == query


@given(st.one_of(st.text(max_size=600), st.text('-":<>\\ isdueprotag2h', max_size=60)))
def test_any_text_is_a_query_or_is_told_what_is_wrong(text: str) -> None:
    query = wrong = None
    try:
        query = parse(text)
    except WrongQuery as caught:
        wrong = caught
    if wrong:
        assert 0 <= wrong.start <= wrong.end <= len(text)
        assert str(wrong.words)
    elif len(str(query)) <= 500:
        assert parse(str(query)) == query


def test_the_example_of_the_page_is_understood() -> None:
    query = parse(
        "vendor:mastercam prio:P1 is:breached due<2h assignee:me"
        ' customer:"Nordic Tool" created>2026-10-01 -tag:post toolpath error'
    )
    assert [(t.key, t.sign, t.value, t.negated) for t in query.terms[5:]] == [
        ("customer", ":", "Nordic Tool", False),
        ("created", ">", "2026-10-01", False),
        ("tag", ":", "post", True),
        ("", "", "toolpath", False),
        ("", "", "error", False),
    ]


def test_a_chip_knows_the_query_without_it() -> None:
    assert [(str(chip.term), chip.without) for chip in parse('is:mine customer:"A B" x').chips()] == [
        ("is:mine", 'customer:"A B" x'),
        ('customer:"A B"', "is:mine x"),
        ("x", 'is:mine customer:"A B"'),
    ]


@pytest.mark.parametrize(
    ("text", "place", "nearest"),
    [
        ("foo is:brached", "brached", "foo is:breached"),
        ("custmer:Acme x", "custmer:", "customer:Acme x"),
        ("due:2h", "due:", "due<2h"),
        ("due<2hours", "2hours", "due<2h"),
        ('customer:"Nordic', '"Nordic', 'customer:"Nordic"'),
        ("created>2026-13-01", "2026-13-01", "created>2026-10-01"),
        ("http://example.org", "http:", '"http://example.org"'),
        ("a tag: b", "tag:", "a  b"),
        ("-state:opn", "opn", "-state:open"),
    ],
)
def test_a_wrong_query_says_where_and_offers_the_nearest_right_one(text: str, place: str, nearest: str) -> None:
    with pytest.raises(WrongQuery) as caught:
        parse(text)
    assert text[caught.value.start : caught.value.end] == place
    assert caught.value.nearest == nearest
    parse(caught.value.nearest)


def test_hostile_text_is_answered_at_once() -> None:
    began = time.perf_counter()
    for text in ('"' * 500, "-" * 500, ":" * 500, "a:" * 250, '\\"' * 250, "due<" + "2" * 490, "x " * 250):
        with suppress(WrongQuery):
            parse(text)
    assert time.perf_counter() - began < 1
