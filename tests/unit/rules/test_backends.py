"""How rule sets are carried out: which way is chosen, what becomes source, what is exchanged while in use."""

import threading
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from supportkit.errors import InvalidValue, PolicyError
from supportkit.rules import LiveRuleSet, Rule, RuleSet, _columns
from supportkit.rules._generated import generated
from supportkit.rules._needle_index import NeedleIndex

NOW = datetime(2026, 1, 31, tzinfo=UTC)


def rule_set(size, when="a == 'x{0}'", **options):
    return RuleSet(
        [Rule(str(number), when.format(number), {"n": number}) for number in range(size)], **options
    )


@pytest.mark.parametrize(
    ("size", "when", "program"),
    (
        (0, "a == 1", "OneByOne"),
        (4, "a == 'x{0}'", "OneByOne"),
        (5, "a == 'x{0}'", "_Generated"),
        (99, "a == 'x{0}'", "_Generated"),
        (100, "a == 'x{0}'", "RuleIndex"),
        (100, "age(a) > duration('PT{0}H')", "_Generated"),  # nothing that an index could look up
    ),
)
def test_the_way_is_chosen_by_size_and_by_what_can_be_looked_up(size, when, program):
    assert type(rule_set(size, when)._program).__name__ == program


def test_an_unknown_way_is_refused():
    with pytest.raises(InvalidValue, match="backend='magic' is none of auto, closures, generated, index"):
        RuleSet([], backend="magic")


def test_no_text_of_a_user_becomes_source():
    evil = "__import__('os')"
    texts = [
        f"""fact["{evil}"] == "{evil}" and fact["{evil}"].mentions("{evil}")""",
        f"""contains(b, "{evil}")""",
    ]
    rules = RuleSet([Rule(f"{evil}{number}", text, {}) for number, text in enumerate(texts)])
    expressions, evaluators = [each for _, each in rules.sources], rules._evaluators
    for function in generated(expressions, evaluators).functions:
        code = function.__code__
        named = {*code.co_names, *code.co_varnames, *code.co_freevars}
        assert all(name.isidentifier() and "os" not in name for name in named)
        assert all(not isinstance(constant, str) for constant in code.co_consts)


def test_generated_functions_are_split_so_that_none_grows_too_long():
    functions = rule_set(450, backend="generated")._program.functions
    assert len(functions) == 3
    assert rule_set(450, backend="generated").decide({"a": "x449"}, now=NOW).matched == ("449",)


def test_needles_are_found_whether_few_or_many():
    needles = [f"needle{number}" for number in range(2_000)] + ["", "x", "aa"]
    text = "one needle7 and needle1999 aa"
    expected = {needle for needle in needles if needle in text}
    assert set(NeedleIndex(needles).found(text)) == expected
    assert set(NeedleIndex(sorted(expected)).found(text)) == expected
    assert list(NeedleIndex(needles).found("")) == [""]


@pytest.mark.parametrize("memory", (0, 2_000, 10**9))
def test_limits_are_met_exactly_however_many_masks_are_kept(monkeypatch, memory):
    monkeypatch.setattr(_columns, "_MEMORY", max(memory, 1))
    rules = rule_set(300, "{0} <= a < {0}.5", hit="collect")
    for value in (0, 1, 77, 123, 299):
        assert rules.decide({"a": value}, now=NOW).matched == (str(value),)
    for value in (-1, 300, Decimal("7.5")):
        assert rules.decide({"a": value}, now=NOW).matched == ()


def test_a_swap_that_fails_keeps_the_old_rules():
    live = LiveRuleSet(rule_set(3))
    with pytest.raises(PolicyError):
        live.swap([Rule("broken", "a ==", {})])
    assert live.decide({"a": "x1"}, now=NOW).matched == ("1",)


def test_a_swap_keeps_the_options_and_returns_what_was_in_force():
    first = rule_set(3, hit="collect", default={"n": None})
    live = LiveRuleSet(first)
    assert live.swap([Rule("new", "a == 'y'", {})]) is first
    assert (live.current.hit, live.current.default) == ("collect", {"n": None})
    live.swap(rule_set(1))
    assert live.current.hit == "first"


def test_threads_that_decide_see_one_set_or_the_other():
    live = LiveRuleSet(rule_set(200, hit="collect"))
    others = [rule_set(200, hit="collect"), rule_set(200, when="a == 'x{0}' or a == 'x0'", hit="collect")]
    seen, stop = set(), threading.Event()

    def decide():
        while not stop.is_set():
            seen.add(len(live.decide({"a": "x0"}, now=NOW).matched))

    thread = threading.Thread(target=decide)
    thread.start()
    for turn in range(200):
        live.swap(others[turn % 2])
    stop.set()
    thread.join()
    assert seen <= {1, 200}
