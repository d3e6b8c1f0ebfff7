"""Each policy file ends with worked examples, computed by hand: the engine answers them exactly."""

import json
from pathlib import Path

import pytest

from sla.replay import replay_line
from vendors.catalog import schema
from vendors.catalog.schema import PolicyFile
from vendors.catalog.schema.service import Example

EXAMPLES = [(slug, example) for slug in schema.slugs() for example in schema.load_slug(slug).examples]
OTHER_CATALOG = Path(__file__).parent.parent / "data" / "catalog"


@pytest.mark.parametrize(("slug", "example"), EXAMPLES, ids=[f"{slug}: {row.id}" for slug, row in EXAMPLES])
def test_a_worked_example_comes_out_as_written(slug: str, example: Example) -> None:
    assert replay_line(json.dumps(example.case(slug)), 1, False) == example.expect()


def test_every_vendor_has_examples() -> None:
    assert {slug for slug, _ in EXAMPLES} == {"image-instruments", "mastercam", "optocraft"}


def test_a_fourth_vendor_takes_one_file_and_no_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other hours, priorities, languages, counting, ladder: the file alone decides."""
    monkeypatch.setattr("vendors.catalog.schema.reading.CATALOG", OTHER_CATALOG)
    file = schema.load(schema.catalog_path("nordlys"))

    assert file.examples
    for example in file.examples:
        assert replay_line(json.dumps(example.case("nordlys")), 1, False) == example.expect()
    assert file.say(file.vendor.about, "en") == "Support for robots."
    assert file.say(file.vendor.about, "sv") == "Støtte for roboter."
    assert PolicyFile.model_validate_json(json.dumps(file.document())) == file
