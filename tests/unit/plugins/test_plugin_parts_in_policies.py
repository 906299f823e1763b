"""Fields, factors and metrics of plugins in policy documents, and documents that miss their plugin."""

import pickle
from datetime import UTC, datetime, timedelta

import pytest

from supportkit import Policy, Registry
from supportkit.cases import Log
from supportkit.errors import PolicyError
from supportkit.plugins import MetricSpec, hookimpl
from supportkit.rules import Field

NINE = datetime(2026, 7, 1, 9, tzinfo=UTC)
TARGET = {"within": "1 hour", "calendar": "always"}
HINT = "for a part of a plugin, pass registry=Registry.build(...)"


class Plugin:
    __name__ = "acme"

    def __init__(self, version="1"):
        self.__version__ = version

    @hookimpl
    def supportkit_register_fields(self):
        return [Field("x.acme-inc.tier", "int", nullable=True)]

    @hookimpl
    def supportkit_register_metrics(self):
        return [
            MetricSpec(
                "answer",
                like="customer_waiting",
                pause="waiting_third_party",
                hide=["waiting_customer"],
                reopen="restart",
            )
        ]


def load(document, registry=None):
    return Policy.from_dict(
        document, registry=Registry.build(plugins=[Plugin()]) if registry is None else registry
    )


def faults(document, registry=None):
    with pytest.raises(PolicyError) as refused:
        load(document, registry)
    return [(fault.code, fault.path, fault.message, fault.hint) for fault in refused.value.faults]


@pytest.mark.parametrize("path", ('x["acme-inc"].tier', "fact['x.acme-inc.tier']"))
def test_a_condition_reads_a_plugins_field_dashes_in_brackets(path):
    policy = load({"classify": [{"when": f"{path} >= 2", "kind": "vip"}]})
    said = policy.classify({"x": {"acme-inc": {"tier": 2}}}, now=NINE)
    assert (said["kind"], said["facts"]) == ("vip", {"x": {"acme-inc": {"tier": 2}}})


def test_a_document_cannot_declare_a_plugins_field_again():
    document = {"fields": {"x.acme-inc.tier": {"type": "text"}, "x.own": {"type": "int"}}}
    assert faults(document) == [
        (
            "reserved",
            "fields.x.acme-inc.tier",
            "the field 'x.acme-inc.tier' is a plugin's",
            "leave it out, or rename it",
        )
    ]


def test_a_plugins_metric_lives_as_it_says_and_a_document_may_say_otherwise():
    metric = load({"sla": {"answer": [TARGET]}}).sla.metrics["answer"]
    assert (metric.like, metric.pause, metric.hide, metric.reopen) == (
        "customer_waiting",
        ("waiting_third_party",),
        ("waiting_customer",),
        "restart",
    )
    own = load({"sla": {"answer": {"targets": [TARGET], "pause": []}}}).sla.metrics["answer"]
    assert (own.like, own.pause) == ("customer_waiting", ())


def test_a_plugins_metric_is_measured():
    log = Log("1").opened(at=NINE).customer_message(at=NINE)
    report = load({"sla": {"answer": [TARGET]}}).sla.evaluate(log, facts={}, now=NINE)
    assert report.answer.due == NINE + timedelta(hours=1)


@pytest.mark.parametrize(
    ("document", "path", "message"),
    (
        ({"priority": {"levels": {"n": 0}, "factors": [{"churn": 1}]}}, "priority.factors[0].churn", "there is no factor 'churn'"),
        ({"priority": {"levels": {"n": 0}, "factors": [{"churned": 1}]}}, "priority.factors[0].churned", "there is no factor 'churned'"),
        ({"routing": {"routes": [], "rank": ["nearest"]}}, "routing.rank[0]", "there is no rank 'nearest'"),
        ({"sla": {"answer": [TARGET]}}, "sla.answer", "no built-in metric is called 'answer'"),
        ({"classify": [{"when": "x.acme.tier > 1", "kind": "vip"}]}, "classify[0].when", "there is no field 'x.acme.tier'"),
        ({"sla": {"resolution": [{**TARGET, "when": "x.acme.tier > 1"}]}}, "sla.resolution[0].when", "there is no field 'x.acme.tier'"),
    ),
)  # fmt: skip
def test_a_part_that_could_be_a_plugins_is_told_with_the_way_out(document, path, message):
    ((_, place, told, hint),) = faults(document, registry=Registry())
    assert (place, told.startswith(message), hint.endswith(HINT)) == (path, True, True)


def test_other_faults_say_nothing_of_plugins():
    ((*_, hint),) = faults(
        {"classify": [{"when": "customer.plam == 'x'", "kind": "vip"}]}, registry=Registry()
    )
    assert hint == "did you mean 'customer.plan'?"


def test_the_version_of_a_policy_covers_that_of_plugins():
    one, same, other = (Registry.build(plugins=[Plugin(version)]) for version in "112")
    versions = [
        Policy.from_dict({}, registry=registry).version for registry in (one, same, other, Registry())
    ]
    assert versions[0] == versions[1]
    assert len(set(versions)) == 3


def test_a_policy_keeps_its_registry():
    registry = Registry.build(plugins=[Plugin()])
    assert Policy.from_dict({}, registry=registry).registry is registry
    assert Policy.from_dict({}).registry == Registry()


def test_a_registry_of_plugins_can_be_pickled():
    registry = Registry.build(plugins=[Plugin()])
    assert pickle.loads(pickle.dumps(registry)).metrics == registry.metrics


def test_a_plugins_metric_may_have_a_life_of_its_own():
    class Repairs:
        @hookimpl
        def supportkit_register_metrics(self):
            return [
                MetricSpec("repair", starts="x.acme.repair_began", stops="x.acme.repair_done", cycle="again")
            ]

    policy = Policy.from_dict({"sla": {"repair": [TARGET]}}, registry=Registry.build(plugins=[Repairs()]))
    log = Log("1").opened(at=NINE).add("x.acme.repair_began", at=NINE + timedelta(hours=2))
    assert policy.sla.evaluate(log, facts={}, now=log.events[-1].at).repair.due == NINE + timedelta(hours=3)
