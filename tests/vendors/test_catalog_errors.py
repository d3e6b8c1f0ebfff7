"""What is wrong with a policy file is told with file, line, key and remedy."""

from pathlib import Path

import pytest

from vendors.catalog import schema
from vendors.catalog.schema import PolicyFileError, Problem

MASTERCAM = schema.catalog_path("mastercam").read_text(encoding="utf-8")
OPTOCRAFT = schema.catalog_path("optocraft").read_text(encoding="utf-8")


def _problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(PolicyFileError) as caught:
        schema.from_toml(text, "acme.toml")
    return caught.value.problems


def _line_of(text: str, words: str) -> int:
    return text[: text.index(words)].count("\n") + 1


@pytest.mark.parametrize(
    ("old", "new", "marked", "key", "says"),
    [
        (
            'within = "24 h"\nrules = ["M4"]\n[[clocks.targets]]\npriority = "P4"',
            'within = "1 moon"\nrules = ["M4"]\n[[clocks.targets]]\npriority = "P4"',
            '"1 moon"',
            "clocks[0].targets[2].within",
            "2 work days",
        ),
        (
            'priority = "P3"\nwithin = "48 h"',
            'priority = "P9"\nwithin = "48 h"',
            '"P9"',
            "clocks[1].targets[2].priority",
            "not a priority of this file",
        ),
        ("percent = 75", "percent = 175", "percent = 100", "ladder[1].percent", "order the rungs"),
        (
            "percent = 150",
            "percent = 100",
            'percent = 100\nclocks = ["response", "resolution"]\ntells = ["management"',
            "ladder[3].percent",
            "already",
        ),
        (
            'calendar = "uk"\nrules = ["M5"]\n\n# ----',
            'calendar = "moon"\nrules = ["M5"]\n\n# ----',
            '"moon"',
            "calendar_choice.by_country[0].calendar",
            "not a calendar of this file",
        ),
        ('about.en = "', 'about.fr = "', "about.fr", "vendor.about", "fallback language 'en'"),
        (
            'time_zone = "America/New_York"',
            'time_zone = "America/Atlantis"',
            "America/Atlantis",
            "vendor.time_zone",
            "IANA",
        ),
        (
            'countries = ["GB"]\ncalendar = "uk"\nrules',
            'countries = ["XX"]\ncalendar = "uk"\nrules',
            '["XX"]',
            "calendar_choice.by_country[0].countries[0]",
            "ISO 3166",
        ),
        ('subdivision = "ENG"', 'subdivision = "ZZ"', '"ZZ"', "calendars[1].holidays[0].subdivision", "ENG"),
        (
            'hours.wed = ["08:00-17:00"]',
            'hours.wed = ["08:00-12:00", "11:00-17:00"]',
            "11:00-17:00",
            "calendars[0].hours.wed",
            "overlap",
        ),
        ('hours.wed = ["08:00-17:00"]', 'hours.wed = ["8-17"]', "8-17", "calendars[0].hours.wed[0]", "09:00-17:00"),
        (
            "notice_days = 30",
            "notice_days = -1",
            "notice_days = -1",
            "changes.notice_days",
            "greater than or equal to 0",
        ),
        ("notice_days = 30", 'notice_days = "30"', 'notice_days = "30"', "changes.notice_days", "integer"),
        (
            'key = "toolpaths"',
            'key = "start_or_crash"',
            'key = "start_or_crash"\nname.en = "Toolpaths',
            "topics[1].key",
            "twice",
        ),
        ('level = "professional_services"\nowed', 'level = "gold"\nowed', '"gold"', "topics[9].level", "[[levels]]"),
        (
            "close_after_days = 10",
            "close_after_day = 10",
            "close_after_day = 10",
            "lifecycle.close_after_day",
            "did you mean `close_after_days`?",
        ),
        ("close_after_days = 10\n", "", "[lifecycle]", "lifecycle.close_after_days", "missing"),
        (
            'event = "classified", as = "bug"',
            'event = "exploded"',
            "exploded",
            "examples[3].events[5].event",
            "not one of",
        ),
        (
            'event = "classified", as = "bug"',
            'event = "classified"',
            'event = "classified"',
            "examples[3].events[5]",
            "needs it",
        ),
        (
            'at = "2026-03-02T09:00:00-06:00"',
            'at = "2026-03-02T09:00:00"',
            '09:00:00"',
            "examples[3].events[4].at",
            "offset",
        ),
        ("within {time} of support time.", "within {hours} of support time.", "{hours}", "clocks[0].says.en", "{time}"),
        (
            'starts = "priority_and_information"',
            'starts = "first_response"',
            '"first_response"',
            "clocks[1].starts",
            "resolution clock starts",
        ),
        ("without_claim", "# without_claim", "[triage]", "triage.without_claim", "missing"),
        ("format = 1", "format = 2", "format = 2", "format", "not one of 1"),
    ],
)
def test_a_problem_names_file_line_key_and_remedy(old: str, new: str, marked: str, key: str, says: str) -> None:
    assert old in MASTERCAM
    broken = MASTERCAM.replace(old, new, 1)
    problem = next((problem for problem in _problems(broken) if problem.key == key), None)
    assert problem is not None, [str(problem) for problem in _problems(broken)]
    assert problem.file == "acme.toml"
    assert problem.line == _line_of(broken, marked)
    assert says in problem.message
    assert str(problem).startswith(f"acme.toml:{problem.line}: {key}: ")


def test_all_problems_are_told_at_once_in_the_order_of_the_file() -> None:
    broken = MASTERCAM.replace("notice_days = 30", "notice_days = -1").replace(
        'standard_day = "9 h"', 'standard_day = "9"'
    )
    problems = _problems(broken)
    assert [problem.key for problem in problems] == ["calendars[0].standard_day", "changes.notice_days"]


def test_a_pattern_must_fit_its_own_example() -> None:
    (problem,) = _problems(OPTOCRAFT.replace('example = "11.019.2"', 'example = "11.19"'))
    assert (problem.key, problem.line) == ("intake.fields[3].example", _line_of(OPTOCRAFT, 'example = "11.019.2"'))


def test_a_qualified_response_needs_to_say_what_it_is() -> None:
    start = OPTOCRAFT.index("[acknowledgement]")
    without = OPTOCRAFT[:start] + OPTOCRAFT[OPTOCRAFT.index("[[outcomes]]") :]
    assert [problem.key for problem in _problems(without)] == ["clocks[0].ends"]


def test_a_broken_toml_names_its_line() -> None:
    (problem,) = _problems('format = 1\n[vendor\nslug = "x"\n')
    assert problem.line == 2
    assert "not valid TOML" in problem.message


def test_a_file_that_is_not_there_is_told_plainly(tmp_path: Path) -> None:
    with pytest.raises(PolicyFileError, match=r"can't be read"):
        schema.load(tmp_path / "none.toml")


def test_a_file_that_is_not_utf_8_is_told_plainly(tmp_path: Path) -> None:
    path = tmp_path / "latin.toml"
    path.write_bytes("name = 'Müller'".encode("latin-1"))
    with pytest.raises(PolicyFileError, match="save it as UTF-8"):
        schema.load(path)


def test_a_stored_document_names_the_key_without_a_line() -> None:
    document = schema.load_slug("mastercam").document()
    document["lifecycle"]["reopening"] = "never"
    with pytest.raises(PolicyFileError) as caught:
        schema.from_document(document)
    assert str(caught.value).startswith("stored policy: lifecycle.reopening: 'never' is not one of")


@pytest.mark.parametrize("slug", ["", "../secrets", "nobody", "Mastercam", "mastercam.toml"])
def test_an_unknown_slug_is_no_path(slug: str) -> None:
    with pytest.raises(KeyError):
        schema.catalog_path(slug)
