"""The page of what other products call things: whatever it says, the code reads."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from supportkit.cases import Agent
from supportkit.policy import Policy
from supportkit.priority import Ageing, QueueOrder
from supportkit.routing import Item, Router, RoutingPolicy

PAGE = Path(__file__).parents[2] / "docs" / "guides" / "routing-elsewhere.md"
ROW = re.compile(r"^\| .+? \| `(.+?)` \|", re.MULTILINE)
SAID = ROW.findall(PAGE.read_text(encoding="utf-8"))
PYTHON = [said for said in SAID if re.match(r"[A-Z]\w+\(", said)]
DEFAULTS = {"rank: longest_idle", "skills: filter", "count_parked: no"}
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
KNOWN = {
    "Agent": Agent, "Ageing": Ageing, "Item": Item, "QueueOrder": QueueOrder, "Router": Router,
    "policy": RoutingPolicy(), "order": QueueOrder(), "noon": NOON, "minute": timedelta(minutes=1),
    "created_at": NOON, "priority": 2, "related": ["ann"], "account_team": ["bob"], "history": ["cat"],
}  # fmt: skip


def test_most_rows_are_a_policy_and_the_others_python():
    assert len(SAID) > 50
    assert 10 < len(PYTHON) < len(SAID) / 2


def looks(routing):
    names = ("routes", "rank", "skills", "pools", "relaxation", "offers", "matching")
    return [getattr(routing, name) for name in names]


@pytest.mark.parametrize("said", sorted(set(SAID) - set(PYTHON)))
def test_a_row_is_a_line_of_a_policy_and_says_something(tmp_path, said):
    path = tmp_path / "policy.yaml"
    path.write_text(f"routing:\n  {said}\n", encoding="utf-8")
    routing = Policy.load(path).routing
    assert (said in DEFAULTS) is (looks(routing) == looks(RoutingPolicy()))


@pytest.mark.parametrize("said", sorted(set(PYTHON)))
def test_a_row_is_python(said):
    assert eval(said, dict(KNOWN)) is not None
