"""Decision tables: hit policies, aggregates, defaults and what is listed, beside a naive reading of the rules."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supportkit.errors import PolicyError
from supportkit.rules import Rule, RuleSet

NOW = datetime(2026, 1, 31, tzinfo=UTC)
YES, NO, OPEN, WRONG = True, False, {"field": "nobody"}, {"op": "lt", "args": [[1], [2]]}
BEST = ("high", "normal", "low")


def decided(rows, facts=None, **options):
    rules = [Rule(str(place), when, then) for place, (when, then) in enumerate(rows)]
    return RuleSet(rules, **options).decide(facts or {}, now=NOW)


# -- a naive reading ---------------------------------------------------------------------------------------


def ids(rows, wanted):
    return tuple(str(place) for place, (when, _) in enumerate(rows) if when is wanted)


def naive(rows, hit, aggregate, default):
    """Return (status, value, matched, undecided, errors, provisional) as the reference semantics say."""
    if hit == "first" and YES in [when for when, _ in rows]:
        rows = rows[: [when for when, _ in rows].index(YES) + 1]
    matched, undecided, errors = (ids(rows, wanted) for wanted in (YES, OPEN, WRONG))
    hits = [then for when, then in rows if when is YES]
    maybe = [then for when, then in rows if when is OPEN]
    lists = (matched, undecided, errors)
    if not hits:
        value = naive_default(hit, aggregate, default)
        return ("no_match" if default is None else "default", value, *lists, bool(maybe))
    if aggregate:
        numbers = [then["value"] for then in hits]
        value = {"sum": sum, "min": min, "max": max, "count": len}[aggregate](numbers)
        return ("ok", value, *lists, bool(maybe))
    if hit in {"collect", "rule_order"}:
        return ("ok", hits, *lists, bool(maybe))
    if hit == "output_order":
        return ("ok", sorted(hits, key=lambda then: BEST.index(then["value"])), *lists, bool(maybe))
    if hit == "priority":
        return naive_priority(rows, lists)
    if hit == "unique" and len(hits) > 1:
        return ("error", None, *lists, False)
    if hit == "any" and any(then != hits[0] for then in hits):
        return ("error", None, *lists, False)
    provisional = any(then != hits[0] for then in maybe) if hit == "any" else bool(maybe)
    return ("ok", hits[0], *lists, provisional)


def naive_default(hit, aggregate, default):
    if default is None:
        many = hit in {"collect", "rule_order", "output_order"}
        return 0 if aggregate == "count" else [] if many and not aggregate else None
    if aggregate:
        return default["value"]
    return [default] if hit in {"collect", "rule_order", "output_order"} else default


def naive_priority(rows, lists):
    def best(wanted):
        choice = [
            (BEST.index(then["value"]), place) for place, (when, then) in enumerate(rows) if when in wanted
        ]
        return rows[min(choice)[1]][1]

    changed = any(
        naive_winner([(YES if place == one else when, then) for place, (when, then) in enumerate(rows)])
        != naive_winner(rows)
        for one, (when, _) in enumerate(rows)
        if when is OPEN
    )
    return ("ok", best([YES]), *lists, changed)


def naive_winner(rows):
    choice = [(BEST.index(then["value"]), place) for place, (when, then) in enumerate(rows) if when is YES]
    return rows[min(choice)[1]][1]


truths = st.sampled_from([YES, NO, OPEN, WRONG])
words = st.lists(st.tuples(truths, st.sampled_from(BEST).map(lambda word: {"value": word})), max_size=6)
noted = st.lists(
    st.tuples(
        truths,
        st.builds(lambda word, note: {"value": word, "note": note}, st.sampled_from(BEST), st.booleans()),
    ),
    max_size=5,
)
numbers = st.lists(st.tuples(truths, st.integers(-3, 3).map(lambda number: {"value": number})), max_size=6)


def seen(decision):
    return (
        decision.status,
        decision.value,
        decision.matched,
        decision.undecided,
        decision.errors,
        decision.provisional,
    )


@settings(max_examples=300, deadline=None)
@given(
    words | noted,
    st.sampled_from(["first", "unique", "any", "priority", "collect", "rule_order", "output_order"]),
    st.sampled_from([None, {"value": "none"}]),
)
def test_every_hit_policy_decides_as_a_naive_reading(rows, hit, default):
    ranks = {"value": BEST} if hit in {"priority", "output_order"} else None
    decision = decided(rows, hit=hit, default=default, output_values=ranks)
    assert seen(decision) == naive(rows, hit, None, default)


@settings(max_examples=150, deadline=None)
@given(numbers, st.sampled_from(["sum", "min", "max", "count"]), st.sampled_from([None, {"value": 9}]))
def test_every_aggregate_decides_as_a_naive_reading(rows, aggregate, default):
    decision = decided(rows, hit="collect", aggregate=aggregate, default=default)
    assert seen(decision) == naive(rows, "collect", aggregate, default)


# -- tables of cases ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "status", "value"),
    (
        ({"hit": "first"}, "no_match", None),
        ({"hit": "unique"}, "no_match", None),
        ({"hit": "any"}, "no_match", None),
        ({"hit": "priority", "output_values": {"value": BEST}}, "no_match", None),
        ({"hit": "collect"}, "no_match", []),
        ({"hit": "rule_order"}, "no_match", []),
        ({"hit": "output_order", "output_values": {"value": BEST}}, "no_match", []),
        ({"hit": "collect", "aggregate": "sum"}, "no_match", None),
        ({"hit": "collect", "aggregate": "min"}, "no_match", None),
        ({"hit": "collect", "aggregate": "max"}, "no_match", None),
        ({"hit": "collect", "aggregate": "count"}, "no_match", 0),
        ({"hit": "first", "default": {}}, "default", {}),
        ({"hit": "first", "default": {"x": None}}, "default", {"x": None}),
        ({"hit": "first", "default": 0}, "default", 0),
        ({"hit": "collect", "default": []}, "default", []),
        ({"hit": "collect", "default": [{"x": 1}, {"x": 2}]}, "default", [{"x": 1}, {"x": 2}]),
        ({"hit": "collect", "aggregate": "sum", "default": 5}, "default", 5),
        ({"hit": "collect", "aggregate": "sum", "default": {"value": 0}}, "default", 0),
    ),
)
def test_nothing_matched(options, status, value):
    for rows in ([], [(NO, {"value": 1})] if "output_values" not in options else []):
        decision = decided(rows, **options)
        assert (decision.status, decision.value, decision.matched) == (status, value, ())


HUGE = 10**4000


@pytest.mark.parametrize(
    ("aggregate", "values", "value"),
    (
        ("sum", [1, 2, 3], 6),
        ("sum", [HUGE, 1], HUGE + 1),
        ("sum", [0.1] * 10, 1.0),
        ("sum", [1, 0.1], 1.1),
        ("sum", [Decimal("0.1"), 0.2], Decimal("0.3")),
        ("sum", [Decimal("1.10"), 2], Decimal("3.10")),
        ("sum", [{"$dec": "1.5"}, {"$dec": "1.5"}], Decimal("3.0")),
        ("sum", [Decimal("9e999999"), Decimal("9e999999")], Decimal("1.8e1000000")),
        ("sum", [1e308, 1e308], float("inf")),
        ("min", [3, Decimal("2.5"), 4.5], Decimal("2.5")),
        ("max", [3, Decimal("2.5"), 4.5], 4.5),
        ("min", ["b", "a"], "a"),
        ("max", [date(2026, 1, 1), date(2026, 1, 2)], date(2026, 1, 2)),
        ("min", [timedelta(2), timedelta(1)], timedelta(1)),
        ("max", [NOW, datetime(2026, 1, 30, tzinfo=UTC)], NOW),
        ("min", [1], 1),
        ("count", ["a", None, [1]], 3),
    ),
)
def test_an_aggregate_is_exact_over_numbers_and_compares_what_has_an_order(aggregate, values, value):
    decision = decided([(YES, {"value": each}) for each in values], hit="collect", aggregate=aggregate)
    assert (decision.status, decision.value) == ("ok", value)
    assert type(decision.value) is type(value)


@pytest.mark.parametrize(
    "values",
    (
        [float("inf"), float("-inf")],
        [Decimal("NaN")],
        [Decimal("sNaN"), 1],
        [Decimal("Infinity"), Decimal("-Infinity")],
    ),
)
def test_a_sum_that_no_number_can_be_is_not_a_number(values):
    decision = decided([(YES, {"value": each}) for each in values], hit="collect", aggregate="sum")
    assert (decision.status, decision.value != decision.value) == ("ok", True)


@pytest.mark.parametrize("values", ([1, "a"], [date(2026, 1, 1), NOW], ["1", 1]))
def test_extremes_of_two_kinds_are_an_error(values):
    for aggregate in ("min", "max"):
        decision = decided([(YES, {"value": each}) for each in values], hit="collect", aggregate=aggregate)
        assert (decision.status, decision.value, len(decision.matched)) == ("error", None, 2)


@pytest.mark.parametrize(
    ("aggregate", "value"),
    (
        ("sum", "1"),
        ("sum", True),
        ("sum", None),
        ("sum", NOW),
        ("min", True),
        ("max", None),
        ("min", [1]),
        ("max", {}),
    ),
)
def test_an_output_that_cannot_be_aggregated_is_refused_or_listed(aggregate, value):
    rows = [(YES, {"value": 1}), (YES, {"value": value})]
    with pytest.raises(PolicyError):
        decided(rows, hit="collect", aggregate=aggregate)
    decision = decided(rows, hit="collect", aggregate=aggregate, strict=False)
    assert (decision.status, decision.value, decision.errors) == ("ok", 1, ("1",))


class Grade(Enum):
    HIGH = "high"


@pytest.mark.parametrize(
    ("outputs", "agree"),
    (
        ([{"value": 1}, {"value": 1.0}], True),
        ([{"value": Decimal("1.0")}, {"value": Decimal("1.00")}], True),
        ([{"value": "high"}, {"value": Grade.HIGH}], True),
        ([{"value": [1, 2]}, {"value": (1, 2)}], True),
        ([{"value": None}, {"value": None}], True),
        ([{}, {}], True),
        ([{"value": 1}, {"value": True}], False),
        ([{"value": 1}, {"value": "1"}], False),
        ([{"value": 1}, {"value": 1, "note": "x"}], False),
        ([{"value": 1, "note": None}, {"value": 1}], False),
        ([{"value": "a"}, {"value": "A"}], False),
    ),
)
def test_any_asks_whether_the_outputs_are_equal(outputs, agree):
    decision = decided([(YES, then) for then in outputs], hit="any")
    assert (decision.status, decision.matched) == ("ok" if agree else "error", ("0", "1"))
    assert decision.value == (outputs[0] if agree else None)


def test_ranks_compare_output_by_output_and_ties_keep_rule_order():
    ranks = {"grade": ["gold", "silver"], "level": [3, 2, 1]}
    rows = [
        (YES, {"grade": "silver", "level": 3}),
        (YES, {"grade": "gold", "level": 1, "note": "first"}),
        (YES, {"grade": "gold", "level": Decimal(2)}),
        (YES, {"grade": "gold", "level": 1, "note": "second"}),
    ]
    ordered = decided(rows, hit="output_order", output_values=ranks)
    assert [rows.index((YES, then)) for then in ordered.value] == [2, 1, 3, 0]
    assert decided(rows, hit="priority", output_values=ranks).value == rows[2][1]
    assert ordered.matched == ("0", "1", "2", "3")


@pytest.mark.parametrize("hit", ("first", "unique", "any", "collect", "rule_order"))
def test_a_rule_in_error_is_skipped_and_listed(hit):
    decision = decided(
        [(WRONG, {"value": 1}), (YES, {"value": 2}), ("a.b > 1", {"value": 3})], {"a": 5}, hit=hit
    )
    late = () if hit == "first" else ("2",)
    assert (decision.status, decision.matched, decision.errors) == ("ok", ("1",), ("0", *late))
    assert decision.value == ({"value": 2} if hit in {"first", "unique", "any"} else [{"value": 2}])


def test_only_errors_are_no_match_and_not_provisional():
    decision = decided([(WRONG, {"value": 1})], default={"value": 0})
    assert (decision.status, decision.value, decision.errors, decision.provisional) == (
        "default",
        {"value": 0},
        ("0",),
        False,
    )


def test_a_clash_stays_a_clash_whatever_is_still_open():
    rows = [(YES, {"value": 1}), (YES, {"value": 2}), (OPEN, {"value": 1})]
    for hit in ("unique", "any"):
        decision = decided(rows, hit=hit)
        assert (decision.status, decision.undecided, decision.missing) == ("error", ("2",), ("nobody",))
        assert decision.provisional is False
