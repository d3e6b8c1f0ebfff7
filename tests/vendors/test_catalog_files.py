"""What the three policy files say: the figures of the rules, in every language, and nothing left out."""

import json
import re
from collections.abc import Iterator

import pytest
from pydantic import BaseModel, ValidationError

from vendors.catalog import schema
from vendors.catalog.schema import PolicyFile, Text

SLUGS = schema.slugs()


def _inside(value: object) -> Iterator[object]:
    yield value
    if isinstance(value, tuple):
        for row in value:
            yield from _inside(row)
    elif isinstance(value, BaseModel) and not isinstance(value, Text):
        for name in type(value).model_fields:
            yield from _inside(getattr(value, name))


@pytest.fixture(scope="module")
def optocraft() -> PolicyFile:
    return schema.load_slug("optocraft")


@pytest.fixture(scope="module")
def mastercam() -> PolicyFile:
    return schema.load_slug("mastercam")


@pytest.fixture(scope="module")
def image_instruments() -> PolicyFile:
    return schema.load_slug("image-instruments")


@pytest.mark.parametrize(
    ("slug", "letter", "count"), [("optocraft", "O", 20), ("mastercam", "M", 19), ("image-instruments", "I", 9)]
)
def test_every_rule_of_the_vendor_is_served_somewhere_and_no_other(slug: str, letter: str, count: int) -> None:
    document = json.dumps(schema.load_slug(slug).document())
    served = {
        rule for rules in re.findall(r'"rules": \[([^\]]*)\]', document) for rule in re.findall(r"[A-Z]+[0-9]+", rules)
    }
    assert served == {f"{letter}{number}" for number in range(1, count + 1)}


@pytest.mark.parametrize("slug", SLUGS)
def test_every_text_is_there_in_english_german_and_swedish(slug: str) -> None:
    texts = [value for value in _inside(schema.load_slug(slug)) if isinstance(value, Text)]
    assert len(texts) > 50
    assert [text for text in texts if set(text.languages()) != {"en", "de", "sv"}] == []


@pytest.mark.parametrize("slug", SLUGS)
def test_placeholders_are_the_same_in_every_language(slug: str) -> None:
    for text in (value for value in _inside(schema.load_slug(slug)) if isinstance(value, Text)):
        assert len({tuple(sorted(re.findall(r"\{\w+\}", text[language]))) for language in text.languages()}) == 1, text


@pytest.mark.parametrize("slug", SLUGS)
def test_a_stored_document_reads_back_equal(slug: str) -> None:
    file = schema.load_slug(slug)
    stored = json.loads(json.dumps(file.document()))
    assert schema.from_document(stored) == file
    assert schema.from_document(stored).document() == stored


def test_a_loaded_file_can_not_be_changed(optocraft: PolicyFile) -> None:
    with pytest.raises(ValidationError):
        optocraft.changes.notice_days = 5  # type: ignore[misc]


@pytest.mark.parametrize(
    ("priority", "response", "resolution"),
    [("P1", "2 h", "8 h"), ("P2", "8 h", "24 h"), ("P3", "24 h", "48 h"), ("P4", "48 h", "2 weeks")],
)
def test_m4_targets(mastercam: PolicyFile, priority: str, response: str, resolution: str) -> None:
    for key, within in (("response", response), ("resolution", resolution)):
        clock = mastercam.clock(key)
        assert clock is not None
        target = clock.target_for(priority, urgent=False)
        assert target is not None
        assert str(target.within) == within


def test_m4_two_weeks_are_ten_days_of_the_calendar(mastercam: PolicyFile) -> None:
    period = schema.Period.parse("2 weeks")
    assert period.seconds(mastercam.calendar("world").standard_day_seconds) == 90 * 3600
    assert period.seconds(mastercam.calendar("uk").standard_day_seconds) == 80 * 3600


def test_o5_and_o6_only_what_is_not_urgent_is_promised_normally(optocraft: PolicyFile) -> None:
    clock = optocraft.clock("response")
    assert clock is not None
    normal, urgent = clock.target_for(None, urgent=False), clock.target_for(None, urgent=True)
    assert normal is not None
    assert urgent is not None
    assert (str(normal.within), clock.wording_of(normal)) == ("2 work days", "normally")
    assert (str(urgent.within), clock.wording_of(urgent)) == ("1 work day", "plain")
    words = {"en": "normally", "de": "normalerweise", "sv": "normalt"}
    for language, word in words.items():
        assert word in clock.says_of(normal)[language].lower()
        assert word not in clock.says_of(urgent)[language].lower()


def test_o20_and_i9_promise_no_resolution(optocraft: PolicyFile, image_instruments: PolicyFile) -> None:
    assert [clock.key for clock in optocraft.clocks] == ["response"]
    assert image_instruments.clocks == ()
    for file in (optocraft, image_instruments):
        assert any("ticket" in statement.where for statement in file.statements)


def test_o8_required_information(optocraft: PolicyFile) -> None:
    assert set(optocraft.intake.required_information) == {
        "serial_number", "product", "shsworks_version", "svn_number", "data", "description", "tried", "recent_changes"
    }  # fmt: skip
    assert optocraft.intake.field("recent_changes").none_is_an_answer


@pytest.mark.parametrize(
    ("given", "fits"),
    [("11.019.2", True), ("9.101.12", True), ("11.19", False), ("11.019.2 ", False), ("v11.019.2", False)],
)
def test_o8_shsworks_versions(optocraft: PolicyFile, given: str, fits: bool) -> None:
    pattern = optocraft.intake.field("shsworks_version").pattern
    assert pattern is not None
    assert bool(re.fullmatch(pattern, given)) is fits


@pytest.mark.parametrize(
    ("name", "kind"),
    [("Lens 4.SHZ", "shsworks"), ("a.sha", "shsworks"), ("a.rec", "recorder"), ("a.jpeg", "pictures"), ("a.xyz", None)],
)
def test_o8_kinds_of_files(optocraft: PolicyFile, name: str, kind: str | None) -> None:
    found = optocraft.files.kind_of(name)
    assert (found.key if found else None) == kind


@pytest.mark.parametrize("name", ["setup.exe", "SETUP.EXE", "photo.png.exe", "setup.exe. ", "run.ps1"])
def test_programs_are_refused_however_they_are_written(optocraft: PolicyFile, name: str) -> None:
    assert optocraft.files.is_refused(name)


def test_o11_repairs_and_o13_models(optocraft: PolicyFile) -> None:
    assert [repair.warranty for repair in optocraft.repairs] == ["kept", "case_by_case", "void"]
    assert [model.letter for model in optocraft.compensation] == ["A", "B", "C", "D"]


def test_m5_the_uk_has_a_calendar_of_its_own(mastercam: PolicyFile) -> None:
    choice = mastercam.calendar_choice
    assert [choice.calendar_for(country) for country in ("GB", "SE", "US", None)] == ["uk", "world", "world", "world"]
    assert mastercam.calendar("uk").time_zone == "UTC"
    assert mastercam.calendar("world").follows_person


@pytest.mark.parametrize(
    ("country", "numbers"),
    [("US", ("1.860.875.5006", "1.800.228.2877")), ("GB", ("0121.504.5200",)), ("SE", ()), (None, ())],
)
def test_m14_phone_lines_by_country(mastercam: PolicyFile, country: str | None, numbers: tuple[str, ...]) -> None:
    contacts = mastercam.contact_for(country)
    assert tuple(number for contact in contacts for number in contact.numbers) == numbers
    assert contacts[-1].channel == "online"


def test_m18_notice_and_others(mastercam: PolicyFile, optocraft: PolicyFile, image_instruments: PolicyFile) -> None:
    assert [file.changes.notice_days for file in (mastercam, optocraft, image_instruments)] == [30, 0, 0]


def test_m13_only_p1_and_p2_reach_the_executive_sponsor(mastercam: PolicyFile) -> None:
    last = mastercam.rung("resolution", 200)
    assert last is not None
    assert last.priorities == ("P1", "P2")
    assert [rung.percent for rung in mastercam.ladder if "response" in rung.clocks] == [75, 100, 150, 200]
    assert [rung.percent for rung in mastercam.ladder if "update" in rung.clocks] == [100]


def test_m9_only_a_timeline_needs_a_date(mastercam: PolicyFile) -> None:
    assert [outcome.key for outcome in mastercam.outcomes if outcome.needs_date] == ["timeline"]


def test_i2_the_maintenance_fee(image_instruments: PolicyFile) -> None:
    fee = image_instruments.fees[0]
    assert (str(fee.amount), fee.currency, fee.every, fee.vat, fee.per) == (
        "99.00",
        "EUR",
        "year",
        "added",
        "licence_package",
    )


def test_i4_i5_i8_who_serves_which_topic(image_instruments: PolicyFile) -> None:
    served = [(image_instruments.level(topic.level).served_by, topic.level) for topic in image_instruments.topics]
    assert served.count(("distributor", "level_0")) == 11
    assert served.count(("vendor", "level_1")) == 4
    assert served.count(("support_partner", "user_support")) == 2
    assert image_instruments.level("level_0").if_sold_by_vendor == "vendor"
