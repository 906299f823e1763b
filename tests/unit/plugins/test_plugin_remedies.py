"""Kinds of remedies that plugins bring, in policy documents."""

from decimal import Decimal

import pytest

from supportkit import Policy, Registry
from supportkit.errors import InvalidValue, PluginError, PolicyError
from supportkit.plugins import RemedySpec, hookimpl


def worth(given):
    return Decimal(given["points"]) / 100


class Plugin:
    __name__ = "acme"

    def __init__(self, *specs):
        self.specs = specs

    @hookimpl
    def supportkit_register_remedies(self):
        return list(self.specs)


POINTS, FLOWERS = RemedySpec("points", like="goodwill", worth=worth), RemedySpec("flowers", like="extra")


def load(catalogue, *specs):
    registry = Registry.build(plugins=[Plugin(*(specs or (POINTS, FLOWERS)))])
    return Policy.from_dict({"remedies": {"catalogue": catalogue}}, registry=registry)


def faults(catalogue, *specs):
    with pytest.raises(PolicyError) as refused:
        load(catalogue, *specs)
    return [(fault.code, fault.path, fault.message) for fault in refused.value.faults]


def test_a_plugins_kind_of_remedy_counts_as_one_of_ours():
    thanks = load({"thanks": {"kind": "points", "points": 250}}).remedies.option("thanks")
    assert (thanks.kind, thanks.counts_as, thanks.amount()) == ("points", "goodwill", Decimal("2.5"))


def test_a_kind_without_a_worth_of_its_own_is_valued_by_the_document():
    bunch = load({"bunch": {"kind": "flowers", "at_most": 30}}).remedies.option("bunch")
    assert (bunch.kind, bunch.counts_as, bunch.amount(25)) == ("flowers", "extra", Decimal(25))


@pytest.mark.parametrize(
    ("catalogue", "place", "words"),
    (
        ({"x": {"kind": "points"}}, "remedies.catalogue.x", "KeyError: 'points' "),
        ({"x": {"kind": "points", "points": "many"}}, "remedies.catalogue.x", "points: "),
        ({"x": {"kind": "points", "points": "-5"}}, "remedies.catalogue.x", "worth is -0.05"),
        ({"x": {"kind": "flowers", "points": 5}}, "remedies.catalogue.x.points", "there is no 'points' here"),
        (
            {"x": {"kind": "pionts", "points": 5}},
            "remedies.catalogue.x.kind",
            "there is no kind of remedy 'pionts'",
        ),
    ),
)
def test_what_a_plugin_cannot_read_is_a_fault_of_the_policy(catalogue, place, words):
    ((_, path, message),) = faults(catalogue)
    assert path == place
    assert words.strip() in message


def test_what_a_plugin_raises_names_the_plugin_and_its_hook():
    ((_, _, message),) = faults({"x": {"kind": "points"}})
    assert "plugin 'acme'" in message
    assert "supportkit_register_remedies" in message


def test_a_worth_that_is_no_exact_amount_is_a_fault():
    ((_, _, message),) = faults({"x": {"kind": "p"}}, RemedySpec("p", like="perk", worth=lambda given: 1.5))
    assert "no exact amount" in message


def test_a_plugin_cannot_change_what_the_document_says():
    def greedy(given):
        given.clear()
        return 1

    policy = load({"x": {"kind": "p", "points": "5"}}, RemedySpec("p", like="perk", worth=greedy))
    assert policy.to_dict()["remedies"]["catalogue"]["x"] == {"kind": "p", "points": "5"}


def test_a_missing_plugin_is_told_as_such():
    with pytest.raises(PolicyError, match=r"there is no kind of remedy 'points'.*pass registry="):
        Policy.from_dict({"remedies": {"catalogue": {"x": {"kind": "points"}}}})


def test_a_kind_of_ours_is_not_taken():
    with pytest.raises(PluginError, match="'perk' is built in"):
        load({}, RemedySpec("perk", like="perk"))


@pytest.mark.parametrize(
    ("make", "words"),
    (
        (lambda: RemedySpec("p", like="hug"), "like='hug' is none of fix"),
        (lambda: RemedySpec("p", like="perk", worth=5), "worth=5 cannot be called"),
        (lambda: RemedySpec("", like="perk"), "is no name"),
    ),
)
def test_a_spec_that_makes_no_remedy_is_refused(make, words):
    with pytest.raises(InvalidValue, match=words):
        make()


def test_the_versions_of_plugins_with_remedies_are_part_of_the_policys():
    registry = Registry.build(plugins=[Plugin(POINTS)])
    assert list(registry.versions) == ["acme"]
