"""Every row of the reference of semantics comes out as it says."""

import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from supportkit.rules import KeywordSet, Rule, RuleSet, Truth, from_json, parse

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "rule-semantics.md").read_text("utf-8")
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
TRUTHS = "TRUE FALSE UNKNOWN ERROR".split()
WORTH = {
    "TRUE": True,
    "FALSE": False,
    "UNKNOWN": {"field": "nobody"},
    "ERROR": {"op": "lt", "args": [[1], [2]]},
}
CONDITIONS = re.findall(r"^\| `(.+)` \| `(\{.*\})` \| ([A-Z]+) \|$", PAGE, re.MULTILINE)
TABLES = re.findall(r"^\| `(all|any)` \|.*\n\|[-|]+\|\n((?:\| [A-Z]+ .*\n){4})", PAGE, re.MULTILINE)
NEGATED = re.findall(r"^\| ([A-Z]+) \| ([A-Z]+) \|$", PAGE, re.MULTILINE)
KINDS = re.findall(
    r"^\| (\w+) \| [\w, ]+ \| (yes|no) \| (yes|no) \| (yes|no) \| (yes|no) \|$", PAGE, re.MULTILINE
)
KEYWORDS = re.findall(r"^\| `(\[.+\])` \| `(\".*\")` \| `(\[.*\])` \|$", PAGE, re.MULTILINE)
DECISIONS = re.findall(r"^\| `([A-Z ]+)` \| `(\w+)` \| (\w+) \| `(.+)` \| (yes|no) \|$", PAGE, re.MULTILINE)
SAMPLES = {
    "number": 1,
    "text": "x",
    "bool": True,
    "date": date(2026, 1, 1),
    "instant": NOW,
    "naive": datetime(2026, 1, 1),
    "duration": timedelta(1),
    "list": [1],
    "map": {"x": 1},
}


def test_the_page_has_all_its_tables():
    rows = [CONDITIONS, TABLES, NEGATED, KINDS, KEYWORDS, DECISIONS]
    assert [len(each) for each in rows] == [95, 2, 4, 9, 10, 16]


@pytest.mark.parametrize(("condition", "facts", "truth"), CONDITIONS)
def test_a_condition_is_worth_what_its_row_says(condition, facts, truth):
    assert parse(condition).evaluate(json.loads(facts), now=NOW) is Truth[truth]


@pytest.mark.parametrize(("name", "rows"), TABLES)
def test_the_connectives_have_these_truth_tables(name, rows):
    for row in rows.splitlines():
        left, *cells = row.strip("| ").split(" | ")
        for right, cell in zip(TRUTHS, cells, strict=True):
            expression = from_json({"op": name, "args": [WORTH[left], WORTH[right]]})
            assert expression.evaluate({}, now=NOW) is Truth[cell]


@pytest.mark.parametrize(("given", "truth"), NEGATED)
def test_not_has_this_truth_table(given, truth):
    assert from_json({"op": "not", "args": [WORTH[given]]}).evaluate({}, now=NOW) is Truth[truth]


@pytest.mark.parametrize(("kind", "equal", "order", "length", "holds"), KINDS)
def test_a_kind_bears_these_operators(kind, equal, order, length, holds):
    facts = {"a": SAMPLES[kind]}
    operators = {"a == a": equal, "a <= a": order, "len(a) >= 0": length, "1 in a": holds}
    for condition, says in operators.items():
        legal = parse(condition).evaluate(facts, now=NOW) is not Truth.ERROR
        assert (condition, legal) == (condition, says == "yes")


@pytest.mark.parametrize(("phrases", "text", "found"), KEYWORDS)
def test_keywords_are_found_as_their_row_says(phrases, text, found):
    text = json.loads(text)
    matches = KeywordSet("k", json.loads(phrases)).find(text)
    assert [text[match.start : match.end] for match in matches] == json.loads(found)


@pytest.mark.parametrize(("conditions", "hit", "status", "value", "provisional"), DECISIONS)
def test_a_rule_set_decides_as_its_row_says(conditions, hit, status, value, provisional):
    outputs = zip(conditions.split(), ("low", "high", "normal"), strict=True)
    rules = [Rule(output, WORTH[truth], {"value": output}) for truth, output in outputs]
    ranks = {"value": ["high", "normal", "low"]} if hit in {"priority", "output_order"} else None
    decision = RuleSet(rules, hit=hit, output_values=ranks).decide({}, now=NOW)
    seen = decision.value
    plain = [each["value"] for each in seen] if isinstance(seen, list) else seen and seen["value"]
    assert (decision.status, plain, decision.provisional) == (status, json.loads(value), provisional == "yes")
