"""Laws of the analysis for texts, lists, instants and facts of any kind: nothing reachable is called unreachable."""

from datetime import UTC, datetime, timedelta

from hypothesis import event, given, settings
from hypothesis import strategies as st

from supportkit.rules import Field, Rule, RuleSet, Schema, Truth, analyse, compare

NOW = datetime(2026, 1, 6, 10, tzinfo=UTC)
SCHEMA = Schema(
    [
        Field("contact.text", "text", nullable=True),
        Field("contact.plan", "text", nullable=True),
        Field("opened", "datetime", nullable=True),
        Field("tags", "set"),
        Field("items", "list", nullable=True),
        Field("n", "decimal", nullable=True),
    ]
)
words = st.sampled_from(["a", "b", "ab", "ba", "aba", "A", "a b"])
hours = st.integers(0, 3)
leaves = st.one_of(
    st.builds(
        lambda op, word, fold: (
            f"fold({op}(contact.text, {word!r}))" if fold else f"{op}(contact.text, {word!r})"
        ),
        st.sampled_from(["contains", "starts_with", "ends_with", "matches"]),
        words,
        st.booleans(),
    ),
    st.builds(lambda word: f"contact.text.mentions({word!r})", words),
    st.builds(
        lambda op, word: f"contact.text {op} {word!r}", st.sampled_from(["==", "!=", "<", ">="]), words
    ),
    st.builds(lambda word: f"fold(contact.text == {word!r})", words),
    st.builds(lambda op, n: f"len(contact.text) {op} {n}", st.sampled_from(["<", "=="]), hours),
    st.builds(lambda word: f"contains(tags, {word!r})", words),
    st.builds(lambda n: f"len(tags) > {n}", hours),
    st.builds(
        lambda op, n: f'age(opened) {op} duration("PT{n}H")', st.sampled_from(["<", ">=", "=="]), hours
    ),
    st.builds(
        lambda op, n: f"{op}(i.x > {n} for i in items)",
        st.sampled_from(["some", "every", "1 <= count"]),
        hours,
    ),
    st.builds(lambda n: f"coalesce(n, {n}) >= 1", hours),
    st.builds(lambda op, n: f"n {op} {n}", st.sampled_from(["<", ">", "=="]), hours),
    st.sampled_from(
        [
            "contact.text == contact.plan",
            "coalesce(contact.plan, contact.text) == 'a'",
            "is_set(contact)",
            "has_key(contact.plan)",
            "n is None",
            "n == n",
            "True",
        ]
    ),
)
conditions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda two: f"({two[0]}) and ({two[1]})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]}) or ({two[1]})"),
        inner.map(lambda one: f"not ({one})"),
    ),
    max_leaves=3,
)
texts = st.none() | st.text(alphabet="abA ", max_size=4)
typed_facts = st.fixed_dictionaries(
    {
        "contact": st.fixed_dictionaries({}, optional={"text": texts, "plan": texts}) | st.none(),
        "opened": st.none() | hours.map(lambda n: NOW - timedelta(hours=n)),
        "tags": st.lists(words, max_size=3),
        "items": st.none() | st.lists(st.fixed_dictionaries({"x": hours | st.none()}), max_size=2),
        "n": st.none() | st.sampled_from([0, 1, 2, 3]) | st.decimals(-1, 4, places=1),
    }
)
anything = st.one_of(st.none(), st.booleans(), hours, words, st.floats(), st.lists(words | hours, max_size=2))
untyped_facts = st.fixed_dictionaries(
    {},
    optional={
        "contact": st.fixed_dictionaries({}, optional={"text": anything, "plan": anything}) | hours,
        "opened": anything | st.just(NOW),
        "tags": anything,
        "items": anything,
        "n": anything,
    },
)
some_rules = st.lists(conditions, min_size=1, max_size=4)
cases = st.one_of(
    st.tuples(st.just(SCHEMA), st.lists(typed_facts, min_size=5, max_size=10)),
    st.tuples(st.none(), st.lists(untyped_facts, min_size=5, max_size=10)),
)


def rule_set(lines, schema, hit="first"):
    return RuleSet(
        [Rule(f"r{n}", when, {"value": n}) for n, when in enumerate(lines)], schema=schema, hit=hit
    )


@settings(max_examples=300, deadline=None)
@given(some_rules, cases)
def test_no_rule_that_is_reached_by_any_facts_is_called_unreachable(lines, case):
    schema, all_facts = case
    rules = rule_set(lines, schema)
    found = analyse(rules)
    dead = {each.rules[0] for each in found if each.code in {"shadowed", "unsatisfiable"}}
    gapless = not any("gap" in each.code or each.code == "not_analysed" for each in found)
    for facts in all_facts:
        decision = rules.decide(facts, now=NOW)
        assert not dead & set(decision.matched)
        if gapless and schema is not None:
            assert decision.matched
    event(f"{'typed' if schema else 'untyped'}, dead rules: {len(dead)}")


text_leaves = st.builds(
    lambda op, word: f"{op}(contact.text, {word!r})",
    st.sampled_from(["contains", "starts_with", "ends_with", "mentions"]),
    words,
)
text_rules = st.lists(
    text_leaves | st.builds(lambda one, two: f"{one} and {two}", text_leaves, text_leaves),
    min_size=2,
    max_size=3,
)
some_texts = st.lists(st.text(alphabet="abA ", max_size=4), min_size=10, max_size=20)


@settings(max_examples=300, deadline=None)
@given(text_rules, some_texts)
def test_no_rule_about_a_text_is_called_unreachable_that_a_text_reaches(lines, several):
    rules = rule_set(lines, SCHEMA)
    dead = {each.rules[0] for each in analyse(rules) if each.code in {"shadowed", "unsatisfiable"}}
    event(f"dead rules: {len(dead)}")
    for text in several:
        assert not dead & set(rules.decide({"contact": {"text": text}}, now=NOW).matched)


@settings(max_examples=250, deadline=None)
@given(some_rules, st.sampled_from([SCHEMA, None]), st.sampled_from(["first", "unique"]))
def test_every_witness_reproduces(lines, schema, hit):
    rules = rule_set(lines, schema, hit)
    conditions = dict(zip((rule.id for rule in rules.rules), rules.expressions(), strict=True))
    for each in analyse(rules, now=NOW):
        if each.witness is None:
            assert each.code in {"unsatisfiable", "not_analysed", "shadowed"}
            continue
        decision = rules.decide(each.witness, now=NOW)
        if each.code == "shadowed":
            assert conditions[each.rules[0]].evaluate(each.witness, now=NOW) is Truth.TRUE
            assert decision.matched
            assert each.rules[0] not in decision.matched
        elif each.code == "conflict":
            assert decision.status == "error"
            assert set(each.rules) <= set(decision.matched)
        elif each.code == "negative_on_nullable":
            assert conditions[each.rules[0]].evaluate(each.witness, now=NOW) is Truth.UNKNOWN
        else:
            assert not decision.matched
        event(each.code)


@settings(max_examples=150, deadline=None)
@given(some_rules, st.lists(conditions, max_size=1), cases)
def test_rule_sets_that_are_called_equivalent_decide_all_facts_alike(lines, more, case):
    schema, all_facts = case
    old, new = rule_set(lines, schema), rule_set([*(f"not (not ({one}))" for one in lines), *more], schema)
    verdict = compare(old, new, now=NOW).verdict
    event(verdict)
    assert verdict == "equivalent" or more
    for facts in all_facts if verdict == "equivalent" else ():
        assert old.decide(facts, now=NOW).value == new.decide(facts, now=NOW).value
