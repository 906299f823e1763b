"""The reference of events names every kind with all its fields, and none that does not exist."""

import re
from pathlib import Path

import attrs
import pytest

from supportkit.cases import known_kinds, make_payload

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "events.md"
ROW = re.compile(
    r"^\| `(?P<kind>[a-z_.]+)` \| (?P<says>.+) \| (?P<fields>.+) \| (?:yes|no) \|$", re.MULTILINE
)
DOCUMENTED = {
    row["kind"]: set(re.findall(r"`(\w+)`", row["fields"])) for row in ROW.finditer(PAGE.read_text("utf-8"))
}


def test_every_kind_has_its_row_and_no_row_is_of_another_kind():
    assert sorted(DOCUMENTED) == sorted(known_kinds())


@pytest.mark.parametrize("kind", known_kinds())
def test_a_row_names_all_fields_of_its_kind(kind):
    fields = {field.name for field in attrs.fields(type(make_payload(kind, {})))} - {"extra"}
    assert DOCUMENTED[kind] == fields
