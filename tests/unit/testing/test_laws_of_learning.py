"""Laws of learning are kept by policies that learn, and broken by what tells or asks twice."""

import pytest

from office import POLICY
from supportkit import Policy
from supportkit.insight import Suggestion, may_ask, problems, suggest
from supportkit.testing import laws
from supportkit.testing.laws import LawBroken, LawVacuous, learning

NAMES = (
    "feedback_is_asked_once",
    "nobody_is_told_twice",
    "hints_come_after_the_solution",
    "problems_do_not_depend_on_the_order",
)
TIPS = [{"id": "dry", "text": "Keep it dry."}]
LEARNS = Policy.from_dict(
    POLICY | {"learning": {"tips": TIPS, "problems": {"at_least": 2, "significance": "0.2"}}}
)


def law(name):
    return next(law for law in laws.of(LEARNS) if str(law) == name)


@pytest.mark.parametrize("name", NAMES)
def test_a_policy_that_learns_keeps_its_laws(name):
    law(name).check(LEARNS)


def test_they_apply_to_policies_that_learn_alone():
    assert set(NAMES).isdisjoint(map(str, laws.of(Policy.from_dict(POLICY))))
    assert set(NAMES) - set(map(str, laws.of(Policy.from_dict({"learning": {}})))) == {
        "hints_come_after_the_solution"
    }


def impatient(record, **said):
    return may_ask(record, **said) or bool(record.solution)


def shifting(seen, **said):
    return problems(list(seen)[: len(list(seen)) // 2], **said)


def pushy(tips, *, case, **said):
    return suggest(tips, case=case, **said) or (Suggestion("dry", "Buy now."),)


@pytest.mark.parametrize(
    ("name", "broken", "found"),
    (
        ("may_ask", impatient, "asked twice about one solution"),
        ("problems", shifting, "in another order are another problem"),
        ("suggest", pushy, "gets the hint 'dry'"),
    ),
)
def test_what_breaks_a_law_is_found(monkeypatch, name, broken, found):
    monkeypatch.setattr(learning, name, broken)
    which = {"may_ask": NAMES[0], "problems": NAMES[3], "suggest": NAMES[2]}[name]
    with pytest.raises(LawBroken, match=found):
        law(which).check(LEARNS)


def test_a_desk_that_forgets_whom_it_told_is_found(monkeypatch):
    from supportkit.desk.learning.told import ToldOf

    monkeypatch.setattr(ToldOf, "against", lambda *_: None)
    with pytest.raises(LawBroken, match="was told of the incident twice"):
        law("nobody_is_told_twice").check(LEARNS)


def test_a_policy_that_never_asks_leaves_the_law_untested():
    never = Policy.from_dict({"learning": {"feedback": {"not_for": ["cable"]}}})
    strict = Policy.from_dict({"learning": {"problems": {"at_least": 500, "recurring": 500}}})
    with pytest.raises(LawVacuous, match="let problems need fewer cases"):
        law("problems_do_not_depend_on_the_order").check(strict)
    with pytest.raises(LawVacuous):
        law("feedback_is_asked_once").check(never, max_examples=5)
