"""Lines of a policy that can never count are found, with an example that shows it."""

import pytest
import yaml
from click.testing import CliRunner

from supportkit import Policy
from supportkit.cli.commands import supportkit
from supportkit.policy import check

CALENDAR = {"office": {"zone": "Europe/London", "weekly": {"mon-fri": "08:00-18:00"}}}
PRIORITY = {"levels": {"high": "20", "normal": "0"}}
BIG, ANY = "customer.spend_365d >= 1000", "customer.spend_365d >= 100"
NEVER = "customer.spend_365d > 5 and customer.spend_365d < 4"


def target(when=None, within="1 hour"):
    line = {"within": within, "calendar": "office"}
    return line if when is None else {"when": when, **line}


def found(**document):
    policy = Policy.from_dict({"calendars": CALENDAR, "priority": PRIORITY, **document})
    return [(each.code, each.path) for each in check(policy)]


@pytest.mark.parametrize(
    ("document", "expected"),
    (
        ({"classify": [{"when": ANY, "kind": "a"}, {"when": BIG, "kind": "b"}]}, [("shadowed", "classify[1]")]),
        ({"classify": [{"when": BIG, "kind": "a"}, {"when": ANY, "kind": "b"}]}, []),
        ({"classify": [{"kind": "a"}, {"when": BIG, "kind": "b"}]}, [("shadowed", "classify[1]")]),
        ({"classify": [{"when": NEVER, "kind": "a"}]}, [("unsatisfiable", "classify[0]")]),
        ({"classify": [{"when": "customer.verified", "kind": "a"}, {"when": "not customer.verified", "kind": "b"}, {"kind": "c"}]}, []),
        ({"classify": [{"when": ANY, "kind": "a"}, {"when": f"not {ANY}", "kind": "b"}]}, [("gap_when_missing", "classify[1]")]),
        ({"routing": [{"when": ANY, "queue": "a"}, {"when": BIG, "queue": "b"}]}, [("shadowed", "routing[1]")]),
        ({"routing": {"routes": [{"queue": "a"}, {"when": BIG, "queue": "b"}]}}, [("shadowed", "routing.routes[1]")]),
        ({"sla": {"resolution": [target(ANY), target(BIG, "2 hours")]}}, [("shadowed", "sla.resolution[1]")]),
        ({"sla": {"resolution": {"targets": [target(), target(BIG)]}}}, [("shadowed", "sla.resolution.targets[1]")]),
        ({"sla": {"resolution": [target(ANY), target(f"not {ANY}")]}}, [("gap_when_missing", "sla.resolution[1]")]),
        ({"sla": {"resolution": [target(ANY, "x.due"), target(f"not {ANY}"), target(BIG)]}, "fields": {"x.due": {"type": "datetime", "nullable": "yes"}}}, []),
        ({"priority": {**PRIORITY, "overrides": [{"when": ANY, "priority": "high"}, {"when": BIG, "priority": "normal"}]}}, [("shadowed", "priority.overrides[1]")]),
        ({"priority": {**PRIORITY, "floors": [{"when": ANY, "priority": "high"}, {"when": BIG, "priority": "high"}]}}, []),
        ({"priority": {**PRIORITY, "caps": [{"when": NEVER, "priority": "normal"}]}}, [("unsatisfiable", "priority.caps[0]")]),
    ),
)  # fmt: skip
def test_a_line_that_can_never_count_is_found(document, expected):
    assert found(**document) == expected


TEXT = """classify:
  - when: contact.text.mentions("refund")
    kind: question
  - when: contact.text.mentions("refund") and customer.open_cases >= 3
    kind: complaint
"""


def test_the_command_line_names_the_lines_and_ends_with_one(tmp_path):
    (tmp_path / "p.yaml").write_text(TEXT, encoding="utf-8")
    result = CliRunner().invoke(supportkit, ["check", str(tmp_path / "p.yaml")])
    assert result.exit_code == 1
    assert (
        "p.yaml:4:5 classify[1]: this line never counts: whatever fits it fits classify[0] (line 2) first"
        in result.output
    )
    assert 'expect: {"kind": "complaint"}' in result.output


def test_a_pasted_example_fails_until_the_narrower_line_stands_first():
    document = yaml.safe_load(TEXT)
    (finding,) = check(Policy.from_dict(document))
    document["examples"] = yaml.safe_load(finding.example)
    assert [each.code for each in check(Policy.from_dict(document))] == ["example", "shadowed"]
    document["classify"].reverse()
    assert check(Policy.from_dict(document)) == []
