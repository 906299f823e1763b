"""Each law of making good is broken once, and found; the machine that gives finds what gives too much."""

import pytest
from attrs import evolve, frozen
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from supportkit import Policy
from supportkit.recovery import Authorisation, RemedyPolicy
from supportkit.testing import RemedyMachine, laws
from supportkit.testing.laws import LawBroken, LawVacuous

POLICY = Policy.from_dict({
    "remedies": {
        "limits": {"case": {"agent": 20, "lead": 60}, "customer_day": {"agent": 30, "lead": 90}},
        "goodwill": {"count": 2, "window": "2 days"},
    }
})  # fmt: skip
UNSHRUNK = settings(
    max_examples=40,
    stateful_step_count=20,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
)


def law_of(policy, name):
    return next(law for law in laws.of(policy) if str(law) == name)


@frozen(kw_only=True, slots=False)
class Forgetful(RemedyPolicy):
    """Does not remember what was given."""

    def granted(self, **_):
        return dict.fromkeys(("case", "customer_day"), ())


@frozen(kw_only=True, slots=False)
class Sleepless(RemedyPolicy):
    """Takes every instant for a day of its own."""

    def granted(self, *, customer, now, **said):
        return super().granted(customer=[one for one in customer if one.at == now], now=now, **said)


@frozen(kw_only=True, slots=False)
class Misleading(RemedyPolicy):
    """Sends everybody to the agent."""

    def authorise(self, amount, *, role, **said):
        decided = super().authorise(amount, role=role, **said)
        return Authorisation("needs", "agent") if decided.decision == "needs" else decided


@frozen(kw_only=True, slots=False)
class Stubborn(RemedyPolicy):
    """Says that nobody may."""

    def authorise(self, amount, *, role, **said):
        decided = super().authorise(amount, role=role, **said)
        return Authorisation("needs", None) if decided.decision == "needs" else decided


def broken(kind):
    known = {name: getattr(POLICY.remedies, name) for name in ("currency", "catalogue", "limits", "goodwill")}
    return evolve(POLICY, remedies=kind(**known))


def test_a_policy_keeps_the_laws_of_its_remedies():
    for name in ("no_gifts_exceed_a_limit", "whoever_is_asked_may_say_yes"):
        law_of(POLICY, name).check(POLICY)


def test_they_are_left_out_where_there_are_no_limits():
    assert not {"no_gifts_exceed_a_limit", "whoever_is_asked_may_say_yes"} & {
        str(law) for law in laws.of(Policy.from_dict({}))
    }


@pytest.mark.parametrize(
    ("kind", "law", "found"),
    (
        (Forgetful, "no_gifts_exceed_a_limit", "in one case is above the"),
        (Sleepless, "no_gifts_exceed_a_limit", "in one customer_day is above the"),
        (Misleading, "whoever_is_asked_may_say_yes", "is sent to agent for"),
        (Stubborn, "whoever_is_asked_may_say_yes", "nobody may give"),
    ),
)
def test_what_breaks_a_law_is_found_and_shown(kind, law, found):
    policy = broken(kind)
    with pytest.raises(LawBroken) as caught:
        law_of(policy, law).check(policy)
    assert found in str(caught.value)


def test_a_sequence_is_told_line_by_line():
    policy = broken(Forgetful)
    with pytest.raises(LawBroken, match=r"(agent|lead) gives \d+(\.\d+)? in case-1: approve"):
        law_of(policy, "no_gifts_exceed_a_limit").check(policy)


def test_limits_that_let_nobody_give_are_vacuous():
    policy = Policy.from_dict({"remedies": {"limits": {"case": {"agent": 0}, "customer_day": {"agent": 5}}}})
    with pytest.raises(LawVacuous, match="nobody may give anything at all"):
        law_of(policy, "no_gifts_exceed_a_limit").check(policy)


@pytest.mark.parametrize("kind", (Forgetful, Sleepless))
def test_the_machine_finds_a_desk_that_gives_too_much(kind):
    class Generous(RemedyMachine):
        policy = broken(kind)

    with pytest.raises(AssertionError, match="is above what"):
        run_state_machine_as_test(Generous, settings=UNSHRUNK)


def test_the_machine_finds_goodwill_without_a_guard():
    @frozen(kw_only=True, slots=False)
    class Guardless(type(POLICY.remedies.goodwill)):
        def decide(self, amount, *, given, now):
            return super().decide(amount, given=(), now=now)

    rule = Guardless(count=1, window=POLICY.remedies.goodwill.window)

    class Generous(RemedyMachine):
        policy = evolve(POLICY, remedies=evolve(RemedyMachine.policy.remedies, limits=(), goodwill=rule))

    with pytest.raises(AssertionError, match="times within"):
        run_state_machine_as_test(Generous, settings=UNSHRUNK)
