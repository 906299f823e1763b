"""Who may give how much, and who is asked above that."""

from decimal import Decimal

import pytest

from supportkit.errors import InvalidValue
from supportkit.recovery import IncidentTerms, Limits, authorise

LIMITS = Limits([("agent", 20), ("lead", 100), ("manager", "500.00")], "GBP", "case")


def ask(amount, role="agent", *, limits=LIMITS, currency="GBP", **more):
    decided = authorise(amount, currency=currency, role=role, limits=limits, **more)
    return decided.decision, decided.role


@pytest.mark.parametrize(
    ("amount", "role", "granted", "decision"),
    (
        (20, "agent", (), ("approve", "agent")),
        ("20.01", "agent", (), ("needs", "lead")),
        (5, "agent", (10, "5.00"), ("approve", "agent")),
        (5, "agent", (10, "5.01"), ("needs", "lead")),
        (100, "agent", (), ("needs", "lead")),
        (101, "agent", (), ("needs", "manager")),
        (500, "manager", (), ("approve", "manager")),
        (501, "manager", (), ("needs", None)),
        (1, "manager", (500,), ("needs", None)),
        (1, "stranger", (), ("needs", "agent")),
        (1, None, (), ("needs", "agent")),
        (0, "stranger", (1000,), ("approve", "stranger")),
        (-1, "manager", (), ("invalid", None)),
    ),
)
def test_limits_are_cumulative_and_above_them_the_chain_is_asked(amount, role, granted, decision):
    assert ask(amount, role, granted=granted) == decision


def test_another_currency_is_invalid_and_the_same_in_small_letters_is_not():
    assert ask(5, currency="EUR") == ("invalid", None)
    assert ask(5, currency="gbp") == ("approve", "agent")


def test_the_order_in_which_roles_are_written_does_not_matter():
    turned = Limits(list(reversed(LIMITS.roles)), "GBP", "case")
    assert turned.chain == LIMITS.chain == ("agent", "lead", "manager")
    assert ask(60, limits=turned) == ("needs", "lead")


def test_a_limit_of_none_is_no_limit():
    limits = Limits([("owner", None), ("agent", 0)], "EUR", "case")
    assert ask(10**9, "owner", limits=limits, currency="EUR") == ("approve", "owner")
    assert ask("0.01", "agent", limits=limits, currency="EUR") == ("needs", "owner")


def test_every_decision_says_why():
    decided = authorise(30, currency="GBP", role="agent", limits=LIMITS, granted=[1])
    assert decided.reasons == ("31 GBP in this case is above the 20 GBP of agent",)
    assert authorise(1, currency="GBP", role="agent", limits=LIMITS).reasons == (
        "1 GBP in this case is within what agent may give",
    )
    assert authorise(1, currency="GBP", role=None, limits=LIMITS).reasons == (
        "1 GBP in this case is above the 0 GBP of who has no role",
    )


@pytest.mark.parametrize(
    ("amount", "role", "terms", "decision"),
    (
        (80, "agent", {"limit": 80}, ("approve", "agent")),
        (81, "agent", {"limit": 80}, ("needs", "lead")),
        (90, "lead", {"limit": 80}, ("approve", "lead")),
        (600, "agent", {"limit": 700}, ("approve", "agent")),
        (80, "stranger", {"limit": 80}, ("needs", "agent")),
        (20, "agent", {"budget": 1000, "spent": 980}, ("approve", "agent")),
        (20, "agent", {"budget": 1000, "spent": "980.01"}, ("needs", None)),
        (80, "agent", {"limit": 80, "budget": 79}, ("needs", None)),
        (0, "agent", {"budget": 10, "spent": 20}, ("approve", "agent")),
    ),
)
def test_an_incident_raises_limits_within_its_budget(amount, role, terms, decision):
    assert ask(amount, role, incident=IncidentTerms(**terms)) == decision


@pytest.mark.parametrize(
    ("make", "words"),
    (
        (lambda: Limits([("agent", 1), ("agent", 2)], "GBP", "case"), "two limits"),
        (lambda: Limits([("agent", -1)], "GBP", "case"), "limit of 'agent' is -1"),
        (lambda: Limits([("agent", 1)], "pounds", "case"), "no ISO 4217 code"),
        (lambda: Limits([("agent", 1)], "GBP", "week"), "none of case, customer_day, incident"),
        (lambda: IncidentTerms(budget=-5), "incident's budget is -5"),
        (lambda: authorise(1.5, currency="GBP", role="agent", limits=LIMITS), "no exact amount"),
    ),
)
def test_what_can_never_be_right_is_refused(make, words):
    with pytest.raises(InvalidValue, match=words):
        make()


def test_a_limit_is_exact():
    assert LIMITS.of("agent") == Decimal(20)
    assert ask("20.000000000000000000001") == ("needs", "lead")
