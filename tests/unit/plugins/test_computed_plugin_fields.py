"""Computed fields of plugins: read by every section of a policy, guarded, recorded by what they read."""

from datetime import UTC, datetime

import pytest
from attrs import frozen

from supportkit import Desk, Policy
from supportkit.cases import Contact
from supportkit.channels import MemoryChannel
from supportkit.errors import PluginError, PolicyError
from supportkit.plugins import FactorSpec, Registry, hookimpl
from supportkit.priority import Contribution, fact_at
from supportkit.rules import Field

NOON = datetime(2026, 7, 4, 12, tzinfo=UTC)


def computed(compute, type_="int", *, reads=("customer.open_cases",), name="weight", **options):
    return Field(f"x.acme.{name}", type_, compute=compute, reads=reads, **options)


def registry(*fields, factors=()):
    class Acme:
        @hookimpl
        def supportkit_register_fields(self):
            return fields

        @hookimpl
        def supportkit_register_factors(self):
            return factors

    return Registry.build(plugins=[Acme()])


def doubled(facts, *, now):
    return None if facts["customer.open_cases"] is None else facts["customer.open_cases"] * 2


WEIGHT = computed(doubled)
DOCUMENT = {
    "classify": [{"when": "x.acme.weight > 5", "kind": "busy"}, {"kind": "calm"}],
    "priority": {
        "levels": {"urgent": 60, "high": 30, "normal": 0},
        "overrides": [{"when": "x.acme.weight > 7", "priority": "urgent"}],
    },
    "sla": {
        "first_response": [
            {"when": "x.acme.weight > 3", "within": "30 minutes", "calendar": "always"},
            {"within": "4 hours", "calendar": "always"},
        ]
    },
    "routing": [{"when": "x.acme.weight > 5", "queue": "rescue"}, {"queue": "general"}],
    "escalation": {
        "watch": {"starts": "case.opened", "levels": [{"to": "lead", "when": "x.acme.weight > 5"}]}
    },
}


def test_every_section_reads_a_computed_field():
    policy = Policy.from_dict(DOCUMENT, registry=registry(WEIGHT))
    facts = {"customer": {"open_cases": 4}}
    assert policy.classify(facts, now=NOON)["kind"] == "busy"
    assert policy.classify(facts, now=NOON)["facts"] == facts
    assert policy.priority.decide(facts, now=NOON).priority == "urgent"
    assert policy.route(facts, now=NOON).queue == "rescue"
    assert policy.classify({}, now=NOON)["missing"] == ("x.acme.weight",)


def test_a_desk_computes_again_from_the_facts_it_recorded():
    asked = []

    def compute(facts, *, now):
        asked.append(facts["contact.reach"])
        return facts["contact.reach"] * 2

    policy = Policy.from_dict(DOCUMENT, registry=registry(computed(compute, reads=["contact.reach"])))
    desk = Desk(policy, channels=[MemoryChannel("memory")], clock=lambda: NOON)
    contact = Contact(id="1", channel="memory", at=NOON, text="Help", sender="jo@x.org", reach=4)
    case_id = desk.receive("memory", contact).contacts[0].case_id
    decided = next(each.payload for each in desk.history(case_id) if each.kind == "priority.decided")
    assert decided.priority == "urgent"
    assert decided.facts["contact"]["reach"] == 4
    assert "x" not in decided.facts
    asked.clear()
    recorded = policy.reading.recorded(decided.facts)
    assert policy.priority.decide(recorded, now=NOON).priority == "urgent"
    assert set(asked) == {4}


@frozen
class Weighted:
    points: int
    name: str = "weighted"
    reads: tuple[str, ...] = ("x.acme.weight",)

    def contribute(self, facts, *, now):
        weight = fact_at(facts, "x.acme.weight")
        return Contribution(0, missing=self.reads) if weight is None else Contribution(self.points * weight)


@pytest.mark.parametrize(
    ("facts", "points"),
    (({"customer": {"open_cases": 3}}, 60), ({"x": {"acme": {"weight": 1}}}, 10), ({}, 0)),
)
def test_a_factor_reads_a_computed_field(facts, points):
    spec = FactorSpec("weighted", build=lambda given: Weighted(int(given)))
    section = {"levels": {"high": 30, "normal": 0}, "factors": [{"weighted": 10}]}
    policy = Policy.from_dict({"priority": section}, registry=registry(WEIGHT, factors=[spec]))
    decision = policy.priority.decide(facts, now=NOON)
    assert decision.score == points
    assert policy.reading.reads["priority"] >= {"x.acme.weight", "customer.open_cases"}


@pytest.mark.parametrize(
    ("field", "words"),
    (
        (computed(lambda facts, now: "heavy"), "str is no int"),
        (computed(lambda facts, now: 11, max=10), "outside"),
        (computed(lambda facts, now: 1 // 0), "ZeroDivisionError"),
        (computed(lambda facts, now: facts["customer.id"]), "is not among the facts"),
        (computed(lambda facts, now: facts["customer.tags"].append(1), reads=["customer.tags"]), "append"),
    ),
)
def test_what_a_plugin_computes_wrong_is_told_with_its_name(field, words):
    policy = Policy.from_dict(
        {"classify": [{"when": "x.acme.weight > 1", "kind": "busy"}]}, registry=registry(field)
    )
    decision = policy.classification.decide({"customer": {"open_cases": 1, "tags": ["a"]}}, now=NOON)
    assert decision.errors
    assert words in str(decision.explain())


def test_a_factor_whose_field_cannot_be_computed_costs_nothing_else():
    field = computed(lambda facts, now: 1 // 0)
    spec = FactorSpec("weighted", build=lambda given: Weighted(int(given)))
    section = {"levels": {"high": 30, "normal": 0}, "factors": [{"weighted": 10}, {"open_case": 30}]}
    policy = Policy.from_dict({"priority": section}, registry=registry(field, factors=[spec]))
    decision = policy.priority.decide({"customer": {"open_cases": 1}}, now=NOON)
    assert (decision.priority, decision.provisional, decision.errors) == ("high", True, ("weighted",))
    assert "ZeroDivisionError" in str(decision.explain())


def test_computed_fields_that_can_never_work_are_refused():
    with pytest.raises(PluginError, match=r"circle: x\.acme\.weight reads x\.acme\.weight"):
        registry(computed(doubled, reads=["x.acme.weight"]))
    loud = registry(computed(lambda facts, now: True, "bool", reads=["contact.text"]))
    assert Policy.from_dict({}, registry=loud).version
    with pytest.raises(PolicyError, match=r"computed from contact\.text, which may be erased"):
        Policy.from_dict({"classify": [{"when": "x.acme.weight", "kind": "loud"}]}, registry=loud)
    due = registry(computed(lambda facts, now: now, "datetime"))
    with pytest.raises(PolicyError, match=r"computed anew whenever it is read"):
        Policy.from_dict(
            {"sla": {"resolution": [{"within": "x.acme.weight", "calendar": "always"}]}}, registry=due
        )


def test_parts_of_lists_are_declared_and_given_as_a_whole():
    orders = [Field("x.acme.orders", "list"), Field("x.acme.orders.total", "decimal")]

    class Acme:
        @hookimpl
        def supportkit_register_fields(self):
            return orders

        @hookimpl
        def supportkit_provide_facts(self):
            return {"x.acme.orders": [{"total": 3}], "x.acme.orders.total": 3}

    known = Registry.build(plugins=[Acme()])
    policy = Policy.from_dict(
        {"classify": [{"when": "some(o.total > 2 for o in x.acme.orders)", "kind": "buyer"}]}, registry=known
    )
    given = known.provide_facts(contact=Contact(id="1", channel="email", at=NOON), customer=None, now=NOON)
    assert policy.classify(given.facts, now=NOON)["kind"] == "buyer"
    assert [fault.error for fault in given.faults] == [
        "'x.acme.orders.total' is no fact that plugins give; did you mean 'x.acme.orders'?"
    ]
    with pytest.raises(PolicyError, match=r"o\.total"):
        Policy.from_dict(
            {"classify": [{"when": "some(o.totl > 2 for o in x.acme.orders)", "kind": "buyer"}]},
            registry=known,
        )
