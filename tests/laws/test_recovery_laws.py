"""What always holds of making good: limits, windows, dates, entitlements, and how replies are read."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test

from supportkit import Policy
from supportkit.recovery import (
    REPLY_CHECKS,
    SCHEMES,
    Assessment,
    GivenRemedy,
    GoodwillRule,
    IncidentTerms,
    Limits,
    authorise,
    check_reply,
    entitlement,
    propose,
    statutory_date,
)
from supportkit.recovery._concern import near_equal
from supportkit.storage import SqliteStore
from supportkit.testing import DeskMachine, RemedyMachine

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
AMOUNTS = st.integers(0, 200).map(Decimal)
ROLES = ("agent", "lead", "manager")
CHAINS = st.lists(AMOUNTS, min_size=3, max_size=3).map(
    lambda some: Limits(zip(ROLES, some, strict=True), "EUR", "case")
)
TERMS = st.builds(IncidentTerms, limit=st.none() | AMOUNTS, budget=st.none() | AMOUNTS)
TEXTS = st.text(st.sampled_from("aå1 .\n>@+-'"), max_size=40) | st.text(max_size=20)
DATES = st.dates(date(2026, 1, 1), date(2027, 12, 31))


@given(CHAINS, st.lists(st.tuples(AMOUNTS, st.sampled_from((*ROLES, None)))), TERMS)
def test_no_sequence_of_gifts_exceeds_a_limit_or_a_budget(limits, asked, terms):
    granted = []
    for amount, role in asked:
        spent = IncidentTerms(limit=terms.limit, budget=terms.budget, spent=sum(granted, Decimal()))
        decided = authorise(amount, currency="EUR", role=role, limits=limits, granted=granted, incident=spent)
        if decided.decision == "approve":
            granted.append(amount)
            total = sum(granted)
            raised = max(limits.of(role), terms.limit or Decimal()) if role else Decimal()
            assert not amount or total <= raised
            assert not amount or terms.budget is None or total <= terms.budget


@given(CHAINS, AMOUNTS, AMOUNTS, st.sampled_from(ROLES), TERMS)
def test_whoever_is_asked_may_say_yes_and_nobody_below_them(limits, amount, before, role, terms):
    def ask(who):
        return authorise(amount, currency="EUR", role=who, limits=limits, granted=[before], incident=terms)

    decided = ask(role)
    if decided.decision == "needs" and decided.role is not None:
        assert ask(decided.role).decision == "approve"
        below = limits.chain[: limits.chain.index(decided.role)]
        assert all(ask(other).decision == "needs" for other in below)
    elif decided.decision == "needs":
        assert all(ask(other).decision == "needs" for other in ROLES)


@given(CHAINS, AMOUNTS, AMOUNTS, AMOUNTS, st.sampled_from(ROLES))
def test_what_was_given_before_never_helps(limits, amount, before, more, role):
    less = authorise(amount, currency="EUR", role=role, limits=limits, granted=[before])
    later = authorise(amount, currency="EUR", role=role, limits=limits, granted=[before, more])
    assert not (less.decision == "needs" and later.decision == "approve")


@given(
    st.lists(st.tuples(st.integers(0, 90), AMOUNTS), max_size=12),
    st.integers(1, 4),
    st.none() | AMOUNTS,
    st.integers(1, 40),
)
def test_goodwill_stays_within_its_bounds_in_every_window(asked, count, value, days):
    rule = GoodwillRule(window=timedelta(days=days), count=count, value=value)
    gifts = []
    for day, amount in sorted(asked, key=lambda pair: pair[0]):
        at = NOON + timedelta(days=day)
        if rule.decide(amount, given=gifts, now=at).allowed:
            gifts.append(GivenRemedy(at=at, case="1", counts_as="goodwill", amount=amount))
            inside = [gift.amount for gift in gifts if gift.at > at - rule.window]
            assert len(inside) <= count
            assert value is None or sum(inside) <= value


@given(st.sampled_from(sorted(SCHEMES)), st.integers(0, 200), st.integers(0, 200))
def test_who_waits_longer_is_never_owed_less(scheme, hours, more):
    def owed(waited):
        span, day = timedelta(hours=waited), date(2026, 5, 4)
        facts = {
            "gb.ofcom.missed_appointment": {"notice": timedelta(hours=400) - span},
            "gb.ofcom.delayed_start": {"promised": day, "started": day + span},
            "gb.ofcom.delayed_repair": {"reported": day, "repaired": day + span},
            "nl.telecom.outage": {"lasted": span, "monthly_fee": 30},
            "nl.power.outage": {"lasted": span},
        }[scheme]
        return entitlement(scheme, on=day, **facts).amount

    assert owed(hours) <= owed(hours + more)


@given(DATES, st.integers(0, 30), st.lists(DATES, max_size=5))
def test_a_date_of_the_law_is_later_for_who_came_later_and_no_holiday(received, days, holidays):
    rule = "gb.disp.final_response.payment"
    due = statutory_date(rule, received, holidays=holidays)
    assert due > received
    assert due.weekday() < 5
    assert due not in holidays
    assert due <= statutory_date(rule, received + timedelta(days=days), holidays=holidays)
    assert due >= statutory_date(rule, received)


@given(st.booleans(), *[st.none() | st.booleans()] * 2, st.booleans())
def test_a_proposal_that_is_not_provisional_stays_whatever_is_learnt(genuine, fixable, compensable, at_fault):
    proposal = propose(Assessment(genuine, fixable, compensable, at_fault))
    assert ("apologise" in (proposal.kind, *proposal.also)) >= at_fault
    if proposal.missing:
        assert all(
            getattr(Assessment(genuine, fixable, compensable), name) is None for name in proposal.missing
        )
        return
    for one in (True, False) if fixable is None else (fixable,):
        for other in (True, False) if compensable is None else (compensable,):
            assert propose(Assessment(genuine, one, other, at_fault)).kind == proposal.kind


@given(
    TEXTS, st.lists(TEXTS, max_size=3), st.lists(TEXTS, max_size=4), st.sampled_from((None, "en", "nl", "xx"))
)
def test_any_reply_is_read_without_a_crash_and_twice_alike(text, concern, earlier, language):
    said = {
        "concern": concern,
        "earlier": earlier,
        "visibility": "public",
        "language": language,
        "known": concern,
    }
    found = check_reply(text, at_fault=True, **said)
    assert set(found.codes) <= set(REPLY_CHECKS)
    assert set(found.named) <= set(found.terms)
    assert found.coverage is None or 0 <= found.coverage <= 1
    assert found == check_reply(text, at_fault=True, **said)


@given(TEXTS, TEXTS)
def test_likeness_is_mutual_a_share_and_whole_for_the_same(one, other):
    assert near_equal(one, other) == near_equal(other, one)
    assert 0 <= near_equal(one, other) <= 1
    assert near_equal(one, one) == 1


@given(st.lists(st.sampled_from(["router", "signal", "garden", "bill"]), min_size=1), st.data())
def test_taking_up_more_of_the_concern_never_makes_a_reply_worse(words, data):
    text = "Sorry. We will call. " + " ".join(data.draw(st.lists(st.sampled_from(words))))
    more = f"{text} {data.draw(st.sampled_from(words))}"
    concern = " ".join(words)
    assert set(check_reply(more, concern=concern).codes) <= set(check_reply(text, concern=concern).codes)


OTHER = Policy.from_dict({
    "remedies": {
        "catalogue": {"amends": "compensate", "thanks": {"kind": "goodwill", "at_most": 9}},
        "limits": {"case": {"agent": 15, "lead": "none"}, "customer_day": {"lead": 70, "agent": 25}},
        "goodwill": {"value": 20, "window": "30 hours"},
    }
})  # fmt: skip
QUICK = settings(max_examples=10, stateful_step_count=20, deadline=None)


def test_no_sequence_of_commands_at_a_desk_exceeds_a_bound():
    run_state_machine_as_test(RemedyMachine, settings=QUICK)


def option(do, **said):
    """Make a command of the machine of one of the desk's: it gets desk, case, agent, key and now."""
    return lambda desk, case, agent, **options: getattr(desk, do)(case, **said, by=agent, **options)


DEEDS = {
    "complain": option("raise_complaint", wanted="Something"),
    "find_genuine": option("assess", genuine=True, fixable=False, compensable=True, evidence="Seen", at_fault=True),
    "reject": option("assess", genuine=False, evidence="Seen", reason="Theirs"),
    "say_sorry": option("apologise", text="I am sorry, this was our fault. We will call."),
    "propose": option("propose_remedy", remedy="amends", amount=15, role="agent"),
    "agree": option("approve_remedy", remedy="amends", role="lead"),
    "give": option("give_remedy", remedy="amends", role="agent"),
    "pay": option("give_remedy", scheme="nl.power.outage", facts={"lasted": timedelta(hours=9)}),
    "declare": lambda desk, case, agent, **options: desk.declare_incident("cut", by=agent, limit=40, **options),
}  # fmt: skip


class MakingGood(DeskMachine):
    """A whole desk, with everything that makes good among what is done at it."""

    policy = RemedyMachine.policy
    commands = DEEDS


def test_the_laws_of_a_desk_hold_while_things_are_made_good():
    run_state_machine_as_test(MakingGood, settings=settings(QUICK, max_examples=6))


def test_no_sequence_of_commands_exceeds_a_bound_on_sqlite(tmp_path):
    stores = count()

    class Stored(RemedyMachine):
        policy = OTHER

        def opened(self, store):
            return super().opened(SqliteStore(tmp_path / f"{next(stores)}.db", clock=self.clock))

        def teardown(self):
            self.desk._worker.store.close()

    run_state_machine_as_test(Stored, settings=settings(QUICK, max_examples=2))
