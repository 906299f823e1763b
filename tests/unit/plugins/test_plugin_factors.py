"""A plugin's factor in a policy: what it sees, and what its faults do to a decision."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from supportkit import Policy, Registry
from supportkit.cases import Agent
from supportkit.errors import InvalidValue, PolicyError
from supportkit.plugins import FactorSpec, hookimpl
from supportkit.plugins.read_only import read_only_agent
from supportkit.priority import Contribution
from supportkit.rules import TextFacts, parse

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
READS = ("customer.tags", "customer.plan", "x.acme")
WHO = "plugin 'acme', hook supportkit_register_factors: "


class Plugin:
    __name__ = "acme"

    def __init__(self, build):
        self.build = build

    @hookimpl
    def supportkit_register_factors(self):
        return [FactorSpec("mood", build=self.build)]


class Mood:
    def __init__(self, contribute, *, name="mood", reads=READS, **more):
        self.name, self.reads, self.given = name, reads, contribute
        vars(self).update(more)

    def contribute(self, facts, *, now):
        return self.given(facts)


def policy_with(build, given="1", **document):
    section = {"levels": {"high": 20, "normal": 0}, "factors": [{"mood": given}, {"plan": {"gold": 20}}]}
    return Policy.from_dict(
        {"priority": section, **document}, registry=Registry.build(plugins=[Plugin(build)])
    )


def decide(contribute, facts=None, **how):
    known = {
        "customer": {"tags": ["a"], "plan": "gold", "id": "jo"},
        "x": {"acme": {"mood": "bad", "other": [1]}},
    }
    policy = policy_with(lambda given: Mood(contribute, **how))
    return policy.priority.decide(known if facts is None else facts, now=NOON)


def raising(facts):
    raise ValueError("no mood today")


def mutating(facts):
    facts["customer"]["plan"] = "none"


def appending(facts):
    facts["customer"]["tags"].append("b")


async def waiting():
    return Contribution(5)


class Speechless(Exception):
    def __str__(self):
        raise RuntimeError


def speechless(facts):
    raise Speechless


@pytest.mark.parametrize(
    ("contribute", "fault"),
    (
        (raising, "ValueError: no mood today"),
        (speechless, "Speechless: it cannot say what is wrong"),
        (mutating, "TypeError: 'mappingproxy' object does not support item assignment"),
        (appending, "AttributeError: 'tuple' object has no attribute 'append'"),
        (lambda facts: 5, "TypeError: contribute returned a int, no Contribution"),
        (lambda facts: None, "TypeError: contribute returned a NoneType, no Contribution"),
        (lambda facts: waiting(), "TypeError: it returned a coroutine; hooks are not async"),
        (lambda facts: Contribution(float("nan")), "InvalidValue: points=nan is no finite number"),
        (lambda facts: Contribution(5, {"who": object}), "InvalidValue: "),
        (lambda facts: Contribution(5, [1]), "TypeError: its evidence is a list, no mapping"),
        (lambda facts: Contribution(5, {"text": "\ud800"}), "InvalidValue: "),
        (lambda facts: facts["customer"]["id"], "KeyError: 'id'"),
        (lambda facts: {}[" " * 400], f"KeyError: '{' ' * 288}…"),
    ),
)  # fmt: skip
def test_a_fault_counts_nothing_and_the_decision_says_so(contribute, fault):
    decision = decide(contribute)
    mood, plan = decision.contributions
    assert (mood.points, mood.factor, mood.missing) == (0, "mood", READS)
    assert mood.evidence["fault"].startswith(WHO + fault)
    assert (decision.priority, plan.points, decision.provisional) == ("high", 20, True)
    assert set(READS) <= set(decision.missing)
    json.dumps(decision.to_plain())


def test_a_fault_of_a_factor_that_reads_nothing_is_provisional_too():
    decision = decide(raising, reads=())
    assert (decision.provisional, decision.missing[0]) == (True, "mood")


def test_a_factor_sees_what_it_declares_and_nothing_else():
    seen = []
    decision = decide(
        lambda facts: seen.append(facts) or Contribution(3, {"tags": ["a"]}, ("customer.plan",))
    )
    assert seen == [
        {"customer": {"tags": ("a",), "plan": "gold"}, "x": {"acme": {"mood": "bad", "other": (1,)}}}
    ]
    assert decision.contributions[0] == Contribution(3, {"tags": ("a",)}, ("customer.plan",), "mood")


def test_a_group_may_be_declared_beside_a_fact_in_it():
    seen = []
    decide(lambda facts: seen.append(facts) or Contribution(0), reads=("x.acme.mood", "x.acme", "x.acme.other.deep"), facts={"x": {"acme": {"mood": 1, "more": 2}}})  # fmt: skip
    assert seen == [{"x": {"acme": {"mood": 1, "more": 2}}}]


def test_evidence_that_a_plugin_keeps_cannot_be_changed_later():
    kept = {"why": ["a"]}
    decision = decide(lambda facts: Contribution(1, kept))
    kept["why"].append("b")
    assert decision.contributions[0].evidence == {"why": ("a",)}


def test_a_factor_with_conditions_of_its_own_finds_recorded_texts():
    asked = parse("contact.text.contains('signal')")

    def contribute(facts):
        assert isinstance(facts["contact"]["text"], TextFacts)
        truth = asked.evaluate(facts, now=NOON)
        facts["contact"]["text"].true.clear()  # its own copy
        return Contribution(7 if truth.name == "TRUE" else 0)

    policy = policy_with(lambda given: Mood(contribute, reads=(), expressions=[asked]))
    seen = policy.reading.observed({"contact": {"text": "No signal", "id": "1"}, "customer": {}})
    assert [policy.priority.decide(seen, now=NOON).score for _ in range(2)] == [7, 7]


def test_what_stands_beside_the_name_is_the_factors_own_copy():
    document = {"points": {"bad": "5"}}
    policy = policy_with(lambda given: given["points"].clear() or Mood(raising), given=document)
    assert policy.document["priority"]["factors"][0] == {"mood": {"points": {"bad": "5"}}}


@pytest.mark.parametrize(
    ("build", "message"),
    (
        (int, "TypeError: it built a int, which has no name, reads and contribute"),
        (raising, "ValueError: no mood today"),
        (lambda given: waiting(), "TypeError: it returned a coroutine"),
        (lambda given: Mood(raising, reads=5), "TypeError: 'int' object is not iterable"),
    ),
)  # fmt: skip
def test_a_factor_that_cannot_be_built_is_a_fault_of_the_document(build, message):
    with pytest.raises(PolicyError) as refused:
        policy_with(build)
    (fault,) = refused.value.faults
    assert fault.path == "priority.factors[0].mood"
    assert fault.message.startswith(f"{WHO}mood: {message}")


def test_an_agent_that_a_plugin_sees_cannot_be_changed():
    agent = Agent(
        "ann", skills={"tv": 1}, load={"chat": Decimal(1)}, attrs={"tags": ["a"]}, queues={"q": (1, 0)}
    )
    seen = read_only_agent(agent)
    assert (seen.skills, seen.load, seen.attrs["tags"], seen.queues) == (
        {"tv": 1},
        {"chat": 1},
        ("a",),
        {"q": (1, 0)},
    )
    for values in (seen.skills, seen.load, seen.attrs, seen.queues):
        with pytest.raises(TypeError):
            values["new"] = 1


def test_a_factor_may_say_itself_what_can_never_be_right():
    def build(given):
        raise InvalidValue(f"mood: {given!r} is no mood")

    with pytest.raises(PolicyError, match=r"factors\[0\].mood: mood: '1' is no mood"):
        policy_with(build)
