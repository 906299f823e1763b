"""Rule sets under every hit policy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from supportkit.cases import FACTS
from supportkit.rules import Expression, KeywordSet, Rule, RuleSet, Schema
from supportkit.testing.strategies.expressions import expressions

__all__ = ["rule_sets"]

_VALUES = (3, 2, 1, 0)
_POLICIES = ("first", "unique", "any", "priority", "collect", "rule_order", "output_order")
_AGGREGATES = ("sum", "min", "max", "count")


def rule_sets(
    schema: Schema = FACTS, *, keywords: Mapping[str, KeywordSet] | None = None, max_rules: int = 4
) -> st.SearchStrategy[RuleSet]:
    """Rule sets over the fields of a schema: any hit policy, aggregates, with and without a default.

    Each rule gives a ``value`` from 0 to 3. They shrink towards no rules at all under ``first``.

    >>> from datetime import UTC, datetime
    >>> from hypothesis import given
    >>> @given(rule_sets())
    ... def nothing_known_is_no_error(rule_set):
    ...     assert rule_set.decide({}, now=datetime(2026, 7, 1, tzinfo=UTC)).errors == ()
    >>> nothing_known_is_no_error()
    """
    conditions = expressions(schema, keywords=keywords)
    rows = st.lists(st.tuples(conditions, st.sampled_from(sorted(_VALUES))), max_size=max_rules)
    default = st.none() | st.just({"value": 0})
    return st.builds(
        lambda rows, options, default: _rule_set(rows, options, default, schema, keywords),
        rows,
        _options(),
        default,
    )


def _options() -> st.SearchStrategy[dict[str, Any]]:
    plain = st.sampled_from(_POLICIES).map(lambda hit: {"hit": hit})
    collected = st.sampled_from(_AGGREGATES).map(lambda how: {"hit": "collect", "aggregate": how})
    return plain | collected


def _rule_set(
    rows: list[tuple[Expression, int]],
    options: dict[str, Any],
    default: Any,
    schema: Schema,
    keywords: Mapping[str, KeywordSet] | None,
) -> RuleSet:
    ordered: dict[str, Any] = {}
    if options["hit"] in {"priority", "output_order"}:
        ordered = {"output_values": {"value": _VALUES}}
    rules = [Rule(f"r{number}", when, {"value": value}) for number, (when, value) in enumerate(rows, 1)]
    return RuleSet(rules, schema=schema, keywords=keywords, default=default, **options, **ordered)
