"""The guide to making good names every check, rule and scheme that there is, with its facts."""

import re
from pathlib import Path

import pytest

from supportkit.recovery import KINDS, REPLY_CHECKS, SCHEMES, STATUTORY_RULES

PAGE = (Path(__file__).parents[2] / "docs" / "guides" / "recovery.md").read_text("utf-8")


def rows(heading):
    section = PAGE.partition(heading)[2].partition("\n## ")[0]
    return re.findall(r"^\| `([\w.]+)` \|(.*)\|$", section, re.MULTILINE)


def test_every_check_of_replies_has_its_row():
    assert tuple(code for code, _ in rows("## How a reply reads")) == REPLY_CHECKS


def test_every_rule_and_scheme_has_its_row():
    assert [name for name, _ in rows("## What the law wants")] == [*STATUTORY_RULES, *SCHEMES]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_row_names_all_facts_of_its_scheme(scheme):
    (said,) = [rest for name, rest in rows("## What the law wants") if name == scheme]
    assert re.findall(r"`(\w+)`", said.rpartition("|")[2]) == list(SCHEMES[scheme].facts)


def test_every_kind_of_remedy_is_named():
    assert all(f"`{kind}`" in PAGE for kind in KINDS)
