"""Facts as a policy reads them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from supportkit.cases import FACTS, MICROSECOND
from supportkit.policy import Policy
from supportkit.rules import Expression, Field, RuleSet, Schema
from supportkit.testing.strategies.contacts import CHANNELS
from supportkit.testing.strategies.rule_facts import asked_schema, schema_facts
from supportkit.testing.strategies.texts import texts
from supportkit.testing.strategies.vocabulary import Vocabulary

__all__ = ["MORNING", "fact_values", "facts"]

MORNING = datetime(2026, 1, 6, 10, tzinfo=UTC)
"""When a policy's examples are asked that say nothing of time."""

_STEP: Mapping[type, Any] = {
    int: 1,
    Decimal: Decimal("0.01"),
    timedelta: MICROSECOND,
    date: timedelta(days=1),
    datetime: MICROSECOND,
}
_TEXTS = frozenset({"contact.text", "contact.subject"})
_KNOWN_BOUNDS = {"contact.sentiment": (-1, 1)}
Facts = dict[str, Any]


def facts(
    policy: Policy | RuleSet | Schema,
    *,
    paths: Iterable[str] | None = None,
    about: Iterable[Expression] = (),
    now: datetime = MORNING,
) -> st.SearchStrategy[Facts]:
    """Nested facts of the `paths` that a policy reads (or of those given), any of which may be absent.

    Of a schema all fields are drawn, near what the conditions `about` compare them with; of a rule set those
    of its schema that its conditions read, near what these compare them with (without a schema, types are
    guessed by that). The rest holds for policies.

    Numbers, instants and labels lie on both sides of what the policy compares them with, texts hold its
    phrases, instants are not after `now`. The groups contact, customer and case are always there; facts of
    agents and events are not drawn. Facts shrink towards absence, then towards the smallest or first value.

    >>> policy = Policy.from_dict({"priority": {"levels": {"high": 20, "normal": 0}, "overrides": [
    ...     {"when": "customer.spend_365d >= 900", "priority": "high"}]}})
    >>> from hypothesis import find
    >>> find(facts(policy), lambda some: some["customer"].get("spend_365d", 0) >= 900)["customer"]
    {'spend_365d': Decimal('900')}
    """
    if not isinstance(policy, Policy):
        return _of_rules(policy, paths, tuple(about), now)
    words = Vocabulary.of(policy)
    wanted = words.paths if paths is None else frozenset(paths)
    leaves = {path for path in wanted if not any(other.startswith(f"{path}.") for other in wanted)}
    # What is drawn first varies most: texts decide more than anything else.
    ordered = sorted(leaves, key=lambda path: (path not in _TEXTS, path))
    known = {path: fact_values(policy, path, words=words, now=now) for path in ordered}
    return st.fixed_dictionaries(
        {path: st.one_of(st.none(), some, some) for path, some in known.items()}
    ).map(_nested)


def _of_rules(
    of: RuleSet | Schema, paths: Iterable[str] | None, about: tuple[Expression, ...], now: datetime
) -> st.SearchStrategy[Facts]:
    schema: Schema | None
    if isinstance(of, RuleSet):
        about, schema, wanted = (*of.expressions(), *about), of.schema, set(of.fields())
    else:
        schema, wanted = of, set(of.paths)
    if schema is None:
        schema = asked_schema(about)
    wanted = wanted if paths is None else set(paths)
    kept = [each for each in schema if {each.path, *_above(each.path)} & wanted]
    return schema_facts(Schema(kept), about, now=now)


def _above(path: str) -> Iterable[str]:
    names = path.split(".")
    return (".".join(names[:count]) for count in range(1, len(names)))


def _nested(flat: Mapping[str, Any]) -> Facts:
    nested: Facts = {"contact": {}, "customer": {}, "case": {}}
    for path, value in flat.items():
        if value is None:
            continue
        *outer, last = path.split(".")
        group = nested
        for name in outer:
            group = group.setdefault(name, {})
        group[last] = value
    return nested


def fact_values(
    policy: Policy, path: str, *, words: Vocabulary | None = None, now: datetime = MORNING
) -> st.SearchStrategy[Any]:
    """Values of one fact of a policy, never absent; the smallest or first is the simplest."""
    words = words or Vocabulary.of(policy)
    if path in _TEXTS:
        return texts(about=policy)
    declared = policy.fields.field(path)
    field = declared or Field(path, "text")
    said = words.values.get(path, ())
    if field.type in {"list", "set"}:
        return _several(field, words)
    if field.type == "record":
        return st.dictionaries(st.sampled_from(["a", "b"]), st.integers(0, 3), max_size=2)
    if field.type == "datetime":
        spans = [value for value in said if isinstance(value, timedelta)]
        moments = [value for value in said if isinstance(value, datetime)]
        past = _near([now - value for value in (timedelta(0), *spans)] + moments)
        return st.sampled_from([at for at in past if at <= now]) | st.timedeltas(
            timedelta(0), timedelta(days=40)
        ).map(lambda passed: now - passed)
    return _ranges(field, said)


def _ranges(field: Field, said: tuple[object, ...]) -> st.SearchStrategy[Any]:
    """Values of one plain type: what the policy names and its neighbours, and others within the bounds."""
    if field.type == "bool":
        return st.booleans()
    if field.type == "enum":
        return st.sampled_from(field.values)
    if field.type == "date":
        return _around(said, date, st.dates(date(2024, 1, 1), date(2028, 1, 1)))
    if field.type == "duration":
        return _around(said, timedelta, st.timedeltas(timedelta(0), timedelta(days=40)))
    low, high = _bounds(field)
    if field.type == "int":
        return _around(said, int, st.integers(low, min(high, low + 50)), low, high)
    if field.type == "decimal":
        exact = tuple(Decimal(value) if isinstance(value, int) else value for value in said)
        return _around(exact, Decimal, st.decimals(low, high, places=2), low, high)
    others = CHANNELS if field.path == "contact.channel" else ("other",)
    return st.sampled_from(tuple(dict.fromkeys((*others, *(v for v in said if isinstance(v, str))))))


def _bounds(field: Field) -> tuple[Any, Any]:
    low, high = _KNOWN_BOUNDS.get(field.path, (-1000, 10_000))
    if field.type == "int" and field.path in FACTS:
        low = 0  # all integers among the built-in facts are counts
    return low if field.min is None else field.min, high if field.max is None else field.max


def _around(
    said: Iterable[Any], type_: type, others: st.SearchStrategy[Any], low: Any = None, high: Any = None
) -> st.SearchStrategy[Any]:
    near = _near([value for value in said if isinstance(value, type_) and not isinstance(value, bool)])
    inside = [n for n in near if (low is None or n >= low) and (high is None or n <= high)]
    return st.sampled_from(inside) | others if inside else others


def _near(values: Iterable[Any]) -> list[Any]:
    found = {
        near for value in values for near in (value - _STEP[type(value)], value, value + _STEP[type(value)])
    }
    return sorted(found)


def _several(field: Field, words: Vocabulary) -> st.SearchStrategy[tuple[Any, ...]]:
    """Elements that conditions ask for, one by one; records where they ask for parts of them."""
    parts = {
        path.removeprefix(f"{field.path}."): values
        for path, values in words.values.items()
        if path.startswith(f"{field.path}.")
    }
    if parts:
        beside = {name: st.sampled_from(_beside(values)) for name, values in parts.items()}
        each: st.SearchStrategy[Any] = st.fixed_dictionaries(beside)
    else:
        plain = [value for value in words.values.get(field.path, ()) if isinstance(value, str)]
        each = st.sampled_from([*(field.values or ("other",)), *plain])
    return st.lists(each, max_size=3).map(tuple)


def _beside(values: tuple[Any, ...]) -> list[Any]:
    plain = [value for value in values if type(value) not in _STEP]
    return [*_near([value for value in values if type(value) in _STEP]), *plain]
