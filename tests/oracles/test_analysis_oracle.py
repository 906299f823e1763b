"""The analysis of rule sets against trying every input of a small world."""

from datetime import UTC, datetime
from itertools import combinations, product

from hypothesis import given, settings
from hypothesis import strategies as st

from supportkit.rules import Field, Rule, RuleSet, Schema, Truth, analyse, compare

NOW = datetime(2026, 1, 6, 10, tzinfo=UTC)
SCHEMA = Schema(
    [
        Field("case.n", "int", min=0, max=3, nullable=True),
        Field("case.plan", "enum", values=("gold", "basic")),
        Field("case.vip", "bool", nullable=True),
        Field("tags", "set", values=("a", "b")),
    ]
)
VIPS = ({"vip": None}, {}, {"vip": True}, {"vip": False})
WORLD = [
    {"case": {"n": n, "plan": plan, **vip}, "tags": list(tags)}
    for n, plan, vip, tags in product(
        (None, 0, 1, 2, 3), ("gold", "basic"), VIPS, ((), ("a",), ("b",), ("a", "b"))
    )
]
COMPLETE = [facts for facts in WORLD if None not in {facts["case"]["n"], facts["case"].get("vip")}]

numbers = st.integers(-1, 4)
absent = st.sampled_from(["", "true", "false"])
leaves = st.one_of(
    st.builds(
        lambda op, n, absent: f'absent(case.n {op} {n}, "{absent}")' if absent else f"case.n {op} {n}",
        st.sampled_from(["==", "!=", "<", "<=", ">", ">="]),
        numbers,
        absent,
    ),
    st.builds(lambda low, high: f"{low} <= case.n < {high}", numbers, numbers),
    st.builds(lambda n: f"coalesce(case.n, {n}) > 1", numbers),
    st.sampled_from(
        [
            'case.plan == "gold"',
            'case.plan in {"gold", "basic"}',
            "case.vip",
            "not case.vip",
            "case.n is None",
            "has_key(case.vip)",
            'contains(tags, "a")',
            'contains_any(tags, ["a", "b"])',
            'contains_all(tags, ["a", "b"])',
            '"b" in tags',
            "True",
            "False",
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
    max_leaves=4,
)
rule_lists = st.lists(st.tuples(conditions, st.sampled_from(["high", "low"])), max_size=5)


def rule_set(lines, hit):
    rules = [Rule(f"r{n}", when, {"value": value}) for n, (when, value) in enumerate(lines)]
    return RuleSet(rules, schema=SCHEMA, hit=hit, output_values={"value": ["high", "low"]})


def true_in(rules):
    """The numbers of the inputs in which each rule is true: no cells, no diagrams."""
    return [
        {n for n, facts in enumerate(WORLD) if expression.evaluate(facts, now=NOW) is Truth.TRUE}
        for expression in rules.expressions()
    ]


def expected(rules):
    true = true_in(rules)
    ids = [rule.id for rule in rules.rules]
    rank = {n: (0 if rule.then["value"] == "high" else 1, n) for n, rule in enumerate(rules.rules)}
    found = set()
    for n, mine in enumerate(true):
        if rules.hit == "priority":
            earlier = [m for m in range(len(true)) if rank[m] < rank[n]]
        else:
            earlier = range(n) if rules.hit == "first" else ()
        if not mine:
            found.add(("unsatisfiable", (ids[n],)))
        elif mine <= set().union(*(true[m] for m in earlier)):
            found.add(("shadowed", (ids[n],)))
    for one, other in combinations(range(len(true)), 2):
        differ = rules.rules[one].then != rules.rules[other].then
        if true[one] & true[other] and (rules.hit == "unique" or (rules.hit == "any" and differ)):
            found.add(("conflict", (ids[one], ids[other])))
    left = set(range(len(WORLD))) - set().union(*true)
    if left and rules.hit != "collect":
        whole = any(WORLD[n] in COMPLETE for n in left)
        found.add(("gap" if whole else "gap_when_missing", ()))
    return found


@settings(max_examples=400, deadline=None)
@given(rule_lists, st.sampled_from(["first", "unique", "any", "priority", "collect", "rule_order"]))
def test_every_finding_is_what_trying_every_input_finds(lines, hit):
    rules = rule_set(lines, hit)
    found = {(each.code, each.rules) for each in analyse(rules) if each.code != "negative_on_nullable"}
    assert found == expected(rules)


@settings(max_examples=200, deadline=None)
@given(rule_lists)
def test_the_rules_that_shadow_take_every_match_and_none_of_them_is_superfluous(lines):
    rules = rule_set(lines, "first")
    true = dict(zip((rule.id for rule in rules.rules), true_in(rules), strict=True))
    for each in analyse(rules):
        if each.code == "shadowed":
            mine = true[each.rules[0]]
            assert mine <= set().union(*(true[name] for name in each.by))
            for name in each.by:
                assert len(each.by) == 1 or not mine <= set().union(*(true[n] for n in each.by if n != name))


@settings(max_examples=200, deadline=None)
@given(rule_lists)
def test_a_negative_test_is_found_where_a_missing_fact_alone_leaves_the_rule_undecided(lines):
    rules = rule_set(lines, "collect")
    for each in analyse(rules):
        if each.code == "negative_on_nullable":
            assert each.rules[0] in rules.decide(each.witness, now=NOW).undecided
            assert any(each.witness.get("case", {}).get(name) is None for name in ("n", "vip"))


def outcome(rules, facts):
    decision = rules.decide(facts, now=NOW)
    return decision.status == "error", repr(decision.value)


@settings(max_examples=300, deadline=None)
@given(
    rule_lists, rule_lists, st.booleans(), st.sampled_from(["first", "any", "priority", "collect", "unique"])
)
def test_two_rule_sets_are_equivalent_exactly_when_no_input_tells_them_apart(lines, others, near, hit):
    old = rule_set(lines, hit)
    new = rule_set([*lines[:-1], *others[:1]] if near else others, hit)
    compared = compare(old, new)
    differ = [facts for facts in WORLD if outcome(old, facts) != outcome(new, facts)]
    assert compared.verdict == ("different" if differ else "equivalent")
    if differ:
        assert outcome(old, compared.facts) != outcome(new, compared.facts)
