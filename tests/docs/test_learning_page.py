"""The guide to learning: its table of measures is that of the code, and it names every default of the section."""

import re
from pathlib import Path

import attrs

from supportkit.insight import DEFINITIONS, FeedbackRules, ProblemRules

PAGE = (Path(__file__).parents[2] / "docs" / "guides" / "learning.md").read_text("utf-8")
ROW = re.compile(r"^\| `(\w+)` \| \w+ \| (.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)


def test_the_table_of_measures_is_that_of_the_code():
    assert ROW.findall(PAGE) == [(each.name, each.counts, each.out_of, each.dated) for each in DEFINITIONS]


def test_every_key_of_a_part_is_named_in_the_section():
    section = PAGE[PAGE.index("## The section learning") :]
    for rules in (ProblemRules, FeedbackRules):
        missing = [field.name for field in attrs.fields(rules) if f"{field.name}`" not in section]
        assert missing == []
