"""From facts to a priority, a place in the line, and the reasons."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from supportkit import canonical
from supportkit.errors import InvalidValue, NaiveDatetime, PolicyError
from supportkit.priority import (
    Ageing,
    Contribution,
    KeywordFactor,
    LabelFactor,
    OpenCaseFactor,
    PriorityPolicy,
    SpendFactor,
)
from supportkit.rules import KeywordSet, fact, observe, text_leaves

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
LEVELS = {"urgent": 60, "high": 30, "normal": 0}
SETS = {"outage": KeywordSet("outage", ["no signal"])}
FACTORS = [KeywordFactor({"outage": 40}, SETS), SpendFactor({500: 5, 2000: 10}), OpenCaseFactor(25)]


def policy(factors=FACTORS, **options):
    return PriorityPolicy(factors, levels=LEVELS, **options)


def facts(text="hello", spent=0, open_cases=0, **more):
    return {
        "contact": {"text": text, "visibility": "private"},
        "customer": {"spend_365d": spent, "open_cases": open_cases},
        "case": {"opened_at": NOON},
    } | more


def decided(given, **options):
    return policy(**options).decide(given, now=NOON)


@pytest.mark.parametrize(
    ("given", "score", "priority"),
    (
        (facts(), 0, "normal"),
        (facts("no signal"), 40, "high"),
        (facts(spent=Decimal(2000)), 10, "normal"),
        (facts(spent=500, open_cases=1), 30, "high"),
        (facts("No signal!", spent=9000, open_cases=3), 75, "urgent"),
    ),
)
def test_points_add_up_and_reach_a_level(given, score, priority):
    decision = decided(given)
    assert (decision.score, decision.priority, decision.provisional) == (score, priority, False)


def test_unknown_spend_ranks_like_no_spend_but_is_provisional():
    unknown, none = decided(facts(spent=None)), decided(facts(spent=0))
    assert (unknown.priority, unknown.score, unknown.sort_key) == (none.priority, none.score, none.sort_key)
    assert unknown.provisional
    assert unknown.missing == ("customer.spend_365d",)
    assert not none.provisional


def test_a_critical_small_customer_beats_an_idle_large_one():
    factors = [*FACTORS, LabelFactor("customer.criticality", {"critical": 40})]
    small = decided(
        facts() | {"customer": {"spend_365d": 0, "open_cases": 0, "criticality": "critical"}}, factors=factors
    )
    large = decided(
        facts() | {"customer": {"spend_365d": 10**6, "open_cases": 0, "criticality": "none"}}, factors=factors
    )
    assert small.sort_key < large.sort_key


@pytest.mark.parametrize(
    ("given", "since", "missing"),
    (
        (
            {"case": {"opened_at": NOON - timedelta(hours=2)}, "contact": {"at": NOON - timedelta(hours=1)}},
            2,
            (),
        ),
        ({"contact": {"at": NOON - timedelta(hours=1)}}, 1, ()),
        ({}, 0, ("case.opened_at",)),
    ),
)
def test_the_place_counts_from_opening_else_from_the_contact_else_from_now(given, since, missing):
    decision = policy([], ageing=Ageing.linear(1)).decide(given, now=NOON)
    assert decision.sort_key == policy([], ageing=Ageing.linear(1)).order.key(
        0, NOON - timedelta(hours=since)
    )
    assert (decision.missing, decision.provisional) == (missing, False)


def test_instants_without_a_zone_are_refused():
    with pytest.raises(NaiveDatetime):
        policy().decide(facts(), now=NOON.replace(tzinfo=None))
    with pytest.raises(NaiveDatetime):
        decided(facts(case={"opened_at": NOON.replace(tzinfo=None)}))


SPREADS = {"when": "contact.visibility == 'public'", "priority": "urgent", "because": "It spreads."}
TRIAL = {"when": "customer.plan == 'trial'", "priority": "normal"}
VIP = {"when": fact.customer.plan == "gold", "priority": "high", "because": "They pay for it."}


def customer(plan):
    return {"customer": {"spend_365d": 0, "open_cases": 0, "plan": plan}}


def test_the_first_override_that_fits_sets_the_priority_and_is_recorded():
    given = facts() | {"contact": {"visibility": "public", "text": ""}}
    decision = decided(given, overrides=[TRIAL | {"when": "False"}, SPREADS, {"priority": "high"}])
    assert (decision.priority, decision.by_score) == ("urgent", "normal")
    assert decision.override.to_plain() == {
        "line": "overrides[1]",
        "priority": "urgent",
        "because": "It spreads.",
    }
    assert "overrides[1]: urgent, because: It spreads." in str(decision.explain())


@pytest.mark.parametrize(
    ("plan", "text", "priority"),
    (
        ("gold", "hello", "high"),
        ("gold", "no signal", "high"),
        ("basic", "no signal", "high"),
        ("trial", "no signal", "normal"),
    ),
)
def test_floors_lift_and_caps_hold_down(plan, text, priority):
    decision = decided(facts(text) | customer(plan), floors=[VIP], caps=[TRIAL])
    assert (decision.priority, decision.provisional) == (priority, False)


def test_a_cap_wins_over_a_floor_and_both_are_recorded():
    decision = decided(facts(), floors=[{"priority": "urgent"}], caps=[{"priority": "high"}])
    assert decision.priority == "high"
    assert [line.line for line in decision.floors + decision.caps] == ["floors[0]", "caps[0]"]


def test_an_override_wins_over_floors_and_caps():
    decision = decided(facts(), overrides=[{"priority": "normal"}], floors=[{"priority": "urgent"}])
    assert (decision.priority, decision.floors) == ("normal", ())


@pytest.mark.parametrize(
    ("options", "provisional"),
    (
        ({"overrides": [TRIAL | {"priority": "urgent"}]}, True),
        ({"overrides": [TRIAL]}, False),
        ({"overrides": [SPREADS | {"when": "True"}, TRIAL]}, False),
        ({"overrides": [TRIAL, SPREADS | {"when": "True"}]}, True),
        ({"floors": [VIP]}, True),
        ({"floors": [VIP], "caps": [{"priority": "normal"}]}, False),
        ({"caps": [TRIAL]}, False),
        ({"caps": [TRIAL], "floors": [{"priority": "high"}]}, True),
        ({"floors": [VIP], "overrides": [{"priority": "normal"}]}, False),
    ),
)
def test_an_undecided_line_makes_it_provisional_only_if_it_could_change_it(options, provisional):
    decision = decided(facts(), **options)
    assert decision.provisional is provisional


def test_the_facts_an_undecided_line_lacked_are_named():
    assert decided(facts(), floors=[VIP]).missing == ("customer.plan",)


def test_a_line_in_error_is_passed_over_and_listed():
    decision = decided(facts() | customer(7), overrides=[TRIAL])
    assert (decision.priority, decision.errors) == ("normal", ("overrides[0]",))
    assert "in error and passed over: overrides[0]" in str(decision.explain())


def test_an_adjusted_priority_stands_at_the_edge_of_its_own_level():
    options = {"ageing": Ageing.linear(2)}
    just_urgent = policy(**options).order.key(60, NOON)
    lifted = decided(facts(), overrides=[{"priority": "urgent"}], **options)
    held = decided(facts("no signal", open_cases=1), caps=[{"priority": "high"}], **options)
    assert lifted.sort_key == just_urgent
    assert held.sort_key == just_urgent + 1


def test_a_lowered_priority_never_drops_below_what_its_own_level_holds():
    decision = decided(facts("no signal"), caps=[{"priority": "normal"}])
    assert policy().order.key(30, NOON) < decision.sort_key < policy().order.key(29, NOON)


@pytest.mark.parametrize(
    "line", ({"when": "True"}, {"priority": "urgnt"}, {"priority": "high", "reason": "x"}, {"priority": None})
)
def test_a_line_names_a_known_priority_and_nothing_strange(line):
    with pytest.raises(InvalidValue):
        policy(overrides=[line])


def test_all_faults_of_all_conditions_come_together():
    with pytest.raises(PolicyError) as caught:
        policy(caps=[TRIAL | {"when": "customer.plan =="}, TRIAL | {"when": "lambda: 1"}])
    assert len(caught.value.faults) == 2


def test_by_steps_a_case_stands_by_its_level_then_its_age_and_rises_at_each_full_step():
    one = policy(ageing=Ageing.steps(timedelta(hours=2), cap="high"))
    case = facts()
    later = [NOON + timedelta(hours=hours) for hours in (0, 2, 9)]
    decisions = [one.decide(case, now=at) for at in later]
    assert [decision.priority for decision in decisions] == ["normal"] * 3
    assert decisions[1].sort_key == decisions[0].sort_key - 2**50 == decisions[2].sort_key
    assert [decision.next_change_at for decision in decisions] == [later[1], None, None]
    fresh = one.decide(facts("no signal", case={"opened_at": later[2]}), now=later[2])
    assert fresh.priority == "high"
    assert decisions[2].sort_key < fresh.sort_key
    assert one.place("normal", decisions[0].sort_key, since=NOON, now=later[2]) == decisions[2].sort_key


def test_with_several_rates_who_gathers_faster_overtakes_in_time():
    one = policy(ageing=Ageing.rates({"urgent": 6, "high": 6, "normal": 2}))
    slow = one.decide(facts("hello", spent=2000), now=NOON)
    fast_at = NOON + timedelta(hours=40)
    fast = one.decide(facts("no signal", case={"opened_at": fast_at}), now=fast_at)

    def ahead(now):
        places = [
            one.place(decision.priority, decision.sort_key, since=NOON, now=now) for decision in (slow, fast)
        ]
        return "slow" if places[0] < places[1] else "fast"

    # 10 + 2t against 40 + 6(t - 40): level at t = 52.5 hours.
    assert ahead(fast_at) == ahead(NOON + timedelta(hours=52)) == "slow"
    assert ahead(NOON + timedelta(hours=53)) == "fast"
    with pytest.raises(InvalidValue, match="give one for each of the levels"):
        policy(ageing=Ageing.rates({"urgent": 6}))


@pytest.mark.parametrize(
    "ageing", (None, Ageing.linear(2), Ageing.rates({"urgent": 6, "high": 6, "normal": 2}))
)
def test_a_priority_set_otherwise_moves_a_case_to_the_edge_of_that_level(ageing):
    one = policy(ageing=ageing)
    key = one.decide(facts("no signal"), now=NOON).sort_key
    expected = one.order.key(60, NOON, tier="urgent")
    assert one.moved("urgent", key, since=NOON, now=NOON) == expected
    assert one.moved("normal", None, since=NOON, now=NOON) == one.order.key(0, NOON, tier="normal")


def test_the_worst_wait_of_a_policy_follows_from_the_points_of_its_factors():
    one = policy(ageing=Ageing.linear(3))
    # 40 + 10 + 25 points are worth 25 hours; 8 arrive at once and 8 an hour.
    assert one.bound(arrivals_per_hour=8, picks_per_hour=8).wait == timedelta(hours=26)
    assert policy([Tenure()], ageing=Ageing.linear(3)).bound(arrivals_per_hour=8, picks_per_hour=8).unbounded


def test_only_what_could_change_level_or_place_is_provisional():
    known, override = facts(spent=None), [{"priority": "high"}]
    assert decided(known).provisional
    assert not decided(known, overrides=override).provisional
    assert not decided(known, ageing=Ageing.steps(timedelta(hours=1), cap="high")).provisional


class Tenure:
    """A host's factor: no base class."""

    name = "tenure"
    reads = ("customer.years",)

    def contribute(self, facts, *, now):
        return Contribution(
            Decimal("0.5") * facts["customer"]["years"], {"years": facts["customer"]["years"]}
        )


def test_a_hosts_factor_takes_part_and_is_named():
    decision = policy([Tenure()]).decide({"customer": {"years": 3}}, now=NOON)
    assert (decision.score, decision.contributions[0].factor) == (Decimal("1.5"), "tenure")


def test_a_decision_is_explained_line_by_line():
    decision = decided(facts("no signal", spent=None))
    assert str(decision.explain()).splitlines() == [
        "priority high: 40 points reach high",
        "  +40 keywords (outage contact.text 0-9)",
        "  +0 spend (unknown: customer.spend_365d)",
        "  +0 open_case (open cases 0)",
        "  provisional, could change with: customer.spend_365d",
    ]


def test_a_decision_made_again_from_recorded_facts_is_equal_byte_for_byte():
    given = facts("No signal again, I say: no signal", spent=Decimal("700.00"))
    one = policy(
        overrides=[{"when": "contact.text.mentions(keywords.outage)", "priority": "urgent"}], keywords=SETS
    )
    leaves = text_leaves(one.expressions, ["contact.text"])
    recorded = given | {
        "contact": {"text": observe(given["contact"]["text"], leaves), "visibility": "private"}
    }
    written = [canonical.encode(one.decide(each, now=NOON).to_plain()) for each in (given, recorded)]
    assert written[0] == written[1]
    assert b'"priority":"urgent"' in written[0]


def test_a_policy_names_the_facts_it_reads_and_its_version():
    one = policy(overrides=[SPREADS], version="v7")
    assert one.reads >= {"contact.text", "customer.spend_365d", "contact.visibility", "case.opened_at"}
    assert one.decide(facts(), now=NOON).policy_version == "v7"


def test_a_policy_without_factors_gives_the_level_that_nothing_reaches():
    decision = policy([]).decide({}, now=NOON)
    assert (decision.priority, decision.score, decision.contributions) == ("normal", 0, ())
