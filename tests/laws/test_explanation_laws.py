"""Reasons are true: they agree with the decision, suffice for it, and what they ask for would change it."""

import json
from datetime import UTC, datetime

from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from supportkit.rules import DecisionRecord, Field, Rule, RuleSet, Schema, Truth, from_json, replay

NOW = datetime(2026, 1, 31, tzinfo=UTC)
SCHEMA = Schema(
    [
        Field("a", "int", nullable=True, min=0, max=9),
        Field("b", "enum", values=("x", "y", "z"), nullable=True),
        Field("c", "bool", nullable=True),
        Field("d", "text", nullable=True, private=True),
    ]
)


def leaf(op, field, *values):
    return {"op": op, "args": [{"field": field}, *values]}


numbers = st.integers(0, 9)
leaves = st.one_of(
    st.builds(lambda op, n: leaf(op, "a", n), st.sampled_from(["eq", "ne", "lt", "le", "gt", "ge"]), numbers),
    st.builds(lambda low, high: leaf("between", "a", low, high), numbers, numbers),
    st.builds(lambda op, text: leaf(op, "b", text), st.sampled_from(["eq", "ne"]), st.sampled_from("xyz")),
    st.sets(st.sampled_from("xyz"), min_size=1).map(lambda texts: leaf("in", "b", sorted(texts))),
    st.just({"field": "c"}),
    st.sampled_from("abcd").map(lambda name: leaf("is_set", name)),
    st.sampled_from(["secret", "other"]).map(lambda text: leaf("contains", "d", text)),
)
conditions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(lambda op, args: {"op": op, "args": args}, st.sampled_from(["all", "any"]), st.lists(inner, max_size=3)),
        inner.map(lambda arg: {"op": "not", "args": [arg]}),
    ),
    max_leaves=7,
)  # fmt: skip
facts = st.fixed_dictionaries(
    {},
    optional={
        "a": st.none() | numbers,
        "b": st.none() | st.sampled_from("xyz"),
        "c": st.none() | st.booleans(),
        "d": st.none() | st.sampled_from(["a secret 4711", "nothing"]),
    },
)
hits = st.sampled_from(["first", "collect", "unique"])


def rule_set(whens, hit="first", **options):
    return RuleSet(
        [Rule(str(n), when, {"n": n}) for n, when in enumerate(whens)], hit=hit, schema=SCHEMA, **options
    )


@given(st.lists(conditions, max_size=6), hits, facts)
def test_explaining_changes_nothing_and_agrees_with_the_decision(whens, hit, given_facts):
    rules = rule_set(whens, hit)
    decision = rules.decide(given_facts, now=NOW)
    reasons = list(decision.explain())
    assert decision == rules.decide(given_facts, now=NOW)
    assert [reason.rule for reason in reasons] == [rule.id for rule in rules.rules]
    reached = [reason for reason in reasons if reason.reached]
    for listed, truth in ((decision.matched, Truth.TRUE), (decision.undecided, Truth.UNKNOWN)):
        assert listed == tuple(reason.rule for reason in reached if reason.truth is truth)
    for when, reason in zip(whens, reasons, strict=True):
        assert reason.truth is from_json(when, schema=SCHEMA).evaluate(given_facts, now=NOW)


@settings(max_examples=300)
@given(conditions, facts, st.data())
def test_the_deciding_leaves_alone_fix_the_outcome(when, given_facts, data):
    """Whatever the other leaves were worth, the outcome would be the same."""
    (reason,) = rule_set([when]).decide(given_facts, now=NOW).explain()
    deciding = {each.text: each.truth for each in reason.leaves if each.deciding}
    expression = from_json(when, schema=SCHEMA)
    others: dict[str, Truth] = {}

    def worth(node):
        text = from_json(node, schema=SCHEMA).to_text()
        if text in deciding:
            return deciding[text]
        if text not in others:
            others[text] = data.draw(st.sampled_from([Truth.TRUE, Truth.FALSE]), label=text)
        return others[text]

    assert _joined(expression.to_json(), worth) is reason.truth


def _joined(node, worth):
    if not isinstance(node, dict) or node.get("op") not in {"all", "any", "not"}:
        return worth(node)
    truths = [_joined(arg, worth) for arg in node["args"]]
    if node["op"] == "not":
        return {Truth.TRUE: Truth.FALSE, Truth.FALSE: Truth.TRUE}.get(truths[0], truths[0])
    deciding, neutral = (Truth.FALSE, Truth.TRUE) if node["op"] == "all" else (Truth.TRUE, Truth.FALSE)
    order = (deciding, Truth.ERROR, Truth.UNKNOWN)
    return next((truth for truth in order if truth in truths), neutral)


@settings(max_examples=300)
@given(conditions, facts)
def test_what_why_not_names_makes_the_rule_hold_and_nothing_smaller_does(when, given_facts):
    decision = rule_set([when]).decide(given_facts, now=NOW)
    why = decision.why_not("0")
    assume(why.truth is not Truth.TRUE)
    event(f"{len(why.ways)} ways")
    for way in why.ways:
        assert len(way.needs) == len(why.ways[0].needs)
        if way.changes:
            changed = decision.what_if(way.changes).decision
            assert changed.matched == ("0",)


@given(conditions, facts, facts)
def test_what_if_is_a_decision_over_the_changed_facts(when, given_facts, changes):
    rules = rule_set([when])
    decision = rules.decide(given_facts, now=NOW)
    assert decision.what_if(changes).decision == rules.decide({**given_facts, **changes}, now=NOW)


@given(st.lists(conditions, max_size=4), hits, facts)
def test_a_record_replayed_on_the_same_rules_changes_nothing(whens, hit, given_facts):
    rules = rule_set(whens, hit)
    record = rules.decide(given_facts, now=NOW).record()
    back = DecisionRecord.from_plain(json.loads(json.dumps(record.to_plain())))
    assert back == record
    assert all(each.same for each in replay([back], rules))


@given(st.lists(conditions, min_size=1, max_size=3), facts)
def test_a_private_value_is_told_nowhere(whens, given_facts):
    decision = rule_set(whens, "collect").decide({**given_facts, "d": "a secret 4711"}, now=NOW)
    told = [decision.explain(), *(decision.why_not(str(n)) for n in range(len(whens)))]
    told += [decision.what_if({"d": "secret 4711, too"})]
    shown = " ".join([*map(str, told), *(json.dumps(each.to_plain()) for each in told)])
    shown += json.dumps(decision.record(private=False).to_plain())
    assert "4711" not in shown
