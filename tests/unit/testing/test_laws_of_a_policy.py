"""Good policies keep every law; for each law there is something that breaks it, and it is found and shown."""

import re
import time
from contextlib import suppress
from datetime import timedelta
from itertools import count
from textwrap import dedent

import pytest
from attrs import evolve, frozen
from hypothesis import HealthCheck, Phase, given, settings

from office import POLICY
from supportkit import Policy
from supportkit.calendars import BusinessCalendar
from supportkit.cases import Event
from supportkit.errors import InvalidValue
from supportkit.escalation import EscalationPolicy
from supportkit.policy import check
from supportkit.policy.yaml_text import read_yaml
from supportkit.priority import Ageing, Contribution, PriorityPolicy, fact_at
from supportkit.routing import RoutingPolicy
from supportkit.sla import SlaPolicy
from supportkit.testing import laws
from supportkit.testing.laws import Counterexample, Law, LawBroken, LawVacuous, acknowledgement
from supportkit.testing.laws.law import told
from supportkit.testing.laws.outcome import Outcome, asked_at
from supportkit.testing.strategies import histories, policies

OFFICE = Policy.from_dict(POLICY)
SUPPORT = """
calendars: {office: {zone: Europe/London, weekly: {mon-fri: 08:00-18:00, sat: 10:00-16:00}}}
classify: [{when: "contact.text.mentions('complain', 'complaint')", kind: complaint}, {kind: question}]
keywords: {outage: [no signal, no service, cannot call], legal: [lawyer, ombudsman]}
priority:
  levels: {urgent: 60, high: 30, normal: 0}
  ageing: 2 points per hour
  factors: [{keywords: {outage: 40, legal: 30}}, {spend: {window: 365 days, currency: GBP, tiers: {500: 5, 2000: 10}}}, {open_case: 25}]
  overrides: [{when: contact.visibility == "public" and contact.text.mentions(keywords.outage), priority: urgent, because: It spreads.}]
sla: {first_response: [{when: case.kind == "complaint", within: 60 minutes, calendar: office},
                       {when: contact.channel == "social", within: 2 hours, calendar: always},
                       {within: 1 business day, calendar: office, warn: [50%, 90%]}]}
routing: [{when: contact.text.mentions(keywords.outage), queue: network, skills: {network: 2}}, {queue: general, when_nobody: callback}]
escalation: {broken_promise: {starts: promise.broken, levels: [{after: 0 minutes, to: team_lead}, {after: 30 minutes, to: duty_manager}]}}
examples:
  - given: {contact: {channel: social, visibility: public, text: No signal since eight}, customer: {spend_365d: 120}, case: {kind: question}}
    expect: {priority: urgent, queue: network, first_response: {within: 2 hours}}
"""
SUPPORT_POLICY = Policy.from_dict(read_yaml(SUPPORT).data)
# Where the counterexample is not looked at, nobody has to wait until it is small.
UNSHRUNK = settings(
    max_examples=50, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


def law_of(policy, name):
    return next(law for law in laws.of(policy) if str(law) == name)


def broken(policy, name, **how):
    with pytest.raises(LawBroken) as caught:
        law_of(policy, name).check(policy, **how)
    assert caught.value.law.name == name
    return caught.value


def with_priority(**section):
    return Policy.from_dict(POLICY | {"priority": {**POLICY["priority"], **section}})


# -- kept -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("law", laws.of(OFFICE), ids=str)
def test_a_whole_desk_keeps(law):
    law.check(OFFICE)


@pytest.mark.parametrize("law", laws.of(SUPPORT_POLICY), ids=str)
def test_a_support_manager_keeps(law):
    law.check(SUPPORT_POLICY)


def test_the_policy_without_a_word_keeps_the_laws_of_every_policy_quickly():
    bare = Policy.from_dict({})
    begun = time.process_time()
    for law in laws.of(bare):
        law.check(bare)
    assert time.process_time() - begun < 10


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(policies())
def test_small_policies_of_any_sections_break_no_law(policy):
    for law in laws.of(policy):
        with suppress(LawVacuous):  # ten cases do not reach everything
            law.check(policy, max_examples=10)


def test_only_what_applies_is_listed():
    names = {str(law) for law in laws.of(Policy.from_dict({"sla": {}}))}
    assert names == {
        "same_facts_same_decision", "valid_facts_meet_no_error", "every_priority_is_explained", "unread_facts_change_nothing", "missing_facts_are_told",
        "waiting_never_lowers", "every_route_ends_at_a_person", "who_asks_for_a_manager_is_put_through",
        "nothing_escalates_when_it_is_over", "people_are_acknowledged", "machines_are_never_acknowledged",
        "an_acknowledgement_is_never_acknowledged", "recorded_decisions_come_out_again",
    }  # fmt: skip
    assert len(laws.of(OFFICE)) == 31
    minus = with_priority(factors=[{"keywords": {"outage": -1}}])
    assert "more_words_never_lower" not in map(str, laws.of(minus))


def test_every_law_says_what_it_stands_for():
    for law in laws.of(OFFICE):
        assert law.statement.endswith(".")
        assert law.source
    assert len({law.name for law in laws.of(OFFICE)}) == len(laws.of(OFFICE))


# -- broken by points ---------------------------------------------------------------------------------------


def test_a_critical_customer_behind_a_big_spender_is_found():
    factors = [{"criticality": {"critical": 5}}, {"spend": {"currency": "GBP", "tiers": {500: 5, 2000: 10}}}]
    found = broken(with_priority(factors=factors), "critical_beats_spend")
    assert "further back" in str(found)
    enough = with_priority(factors=[{"criticality": {"critical": 11}}, factors[1]])
    law_of(enough, "critical_beats_spend").check(enough)


@frozen
class Understated:
    """A factor that gives more than it says."""

    name: str = "understated"
    reads: tuple[str, ...] = ("contact.visibility",)
    extent: tuple[int, int] = (0, 0)

    def contribute(self, facts, *, now):
        return Contribution(5000 if fact_at(facts, "contact.visibility") == "public" else 0)


def test_somebody_who_waits_beyond_the_bound_is_found():
    one = evolve(
        OFFICE, priority=PriorityPolicy([Understated()], levels={"normal": 0}, ageing=Ageing.linear(1))
    )
    assert "the bound is 1:00:00" in str(broken(one, "nobody_waits_beyond_the_bound", max_examples=300))


# -- broken by a policy -----------------------------------------------------------------------------------

CONDITIONS = {
    "more_spend_never_lowers": {"caps": [{"when": "customer.spend_365d >= 1000", "priority": "normal"}]},
    "unknown_spend_never_lowers": {"floors": [{"when": "customer.spend_365d < 10", "priority": "high"}]},
    "an_open_case_never_sinks": {"overrides": [{"when": "customer.open_cases > 2", "priority": "normal"}]},
    "public_is_never_behind_private": {
        "caps": [{"when": 'contact.visibility == "public"', "priority": "normal"}]
    },
    "more_words_never_lower": {
        "overrides": [{"when": 'contact.text.mentions("no service")', "priority": "normal"}]
    },
    "sentiment_is_never_the_sole_ground": {
        "overrides": [{"when": "contact.sentiment < -0.5", "priority": "high"}]
    },
}


@pytest.mark.parametrize("name", CONDITIONS)
def test_a_broken_law_of_priority_is_shown_as_examples_to_paste(name):
    policy = with_priority(**CONDITIONS[name])
    error = broken(policy, name)
    assert law_of(policy, name).statement in str(error)
    pasted = read_yaml(str(error)[str(error).index("- given") :]).data
    findings = check(Policy.from_dict(policy.to_dict() | {"examples": pasted}))
    assert {finding.path for finding in findings} == {f"examples[{len(pasted) - 1}].expect.priority"}
    real = re.fullmatch(r"priority is '(\w+)', expected '(\w+)'", findings[0].message)
    assert f"found: {real[1]}" in str(error)


def test_the_counterexample_is_the_smallest():
    error = broken(
        with_priority(**CONDITIONS["an_open_case_never_sinks"], factors=[{"open_case": 30}]),
        "an_open_case_never_sinks",
    )
    (less, _), (more, _) = error.counterexample.examples
    assert (less["customer"], more["customer"]) == ({"open_cases": 1}, {"open_cases": 3})
    assert less["contact"] == more["contact"] == {}


def test_who_only_stands_further_back_is_shown_as_well():
    error = broken(with_priority(factors=[{"channel": {"public": -20}}]), "public_is_never_behind_private")
    assert "both are normal, but it stands 10:00:00 of waiting further back" in str(error)
    assert not error.counterexample.fails


def test_a_case_that_sinks_while_it_waits_is_found():
    sinking = {"when": 'age(case.opened_at) > duration("P7D")', "priority": "normal"}
    error = broken(with_priority(caps=[sinking]), "waiting_never_lowers")
    assert "a case that waited 7 days, 0:00:00.000001 is normal" in str(error)


def test_a_route_to_no_queue_is_found():
    routes = [{"when": "contact.text.mentions(keywords.outage)", "skills": {"network": 1}}]
    policy = Policy.from_dict(POLICY | {"routing": routes})
    error = broken(policy, "every_route_ends_at_a_person")
    assert "the route names no queue" in str(error)
    assert "- given: {contact: {text: no signal}}\n  expect: {queue: general}" in str(error)


def test_an_example_that_does_not_come_out_is_found():
    wrong = {"given": {"customer": {"open_cases": 1}}, "expect": {"priority": "urgent"}}
    error = broken(Policy.from_dict(POLICY | {"examples": [wrong]}), "examples_come_out")
    assert "priority is 'normal', expected 'urgent'" in str(error)


# -- broken by a factor -----------------------------------------------------------------------------------


@frozen
class Odd:
    """A factor of the host's own that gives what `points` says."""

    points: object
    reads: tuple = ()
    missing: tuple = ()
    name: str = "odd"

    def contribute(self, facts, *, now):
        return Contribution(self.points(facts, now), {}, self.missing)


def deciding_by(factor, **options):
    levels = {"urgent": 60, "high": 30, "normal": 0}
    options = {"version": OFFICE.version, "ageing": Ageing.linear(2)} | options
    return evolve(OFFICE, priority=PriorityPolicy([factor], levels=levels, **options))


def counting():
    """Points that rise each time they are asked for."""
    number = count()
    return lambda _facts, _now: next(number)


def plan(facts, _now):
    return 30 if fact_at(facts, "customer.plan") else 0


def hour_of_opening(facts, now):
    return 10 * int((fact_at(facts, "case.opened_at") or now).timestamp() // 3600 % 1_000_000)


@pytest.mark.parametrize(
    ("name", "policy", "found"),
    (
        ("same_facts_same_decision", deciding_by(Odd(counting())), "first priority"),
        ("every_priority_is_explained", deciding_by(Odd(lambda *_: 0), version="another"), "does not name version"),
        ("unread_facts_change_nothing", deciding_by(Odd(plan)), "facts it does not read changed"),
        ("everybody_reaches_the_front", deciding_by(Odd(lambda facts, now: hour_of_opening(facts, now) + plan(facts, now), reads=("customer.plan",))), "stays ahead of another"),
        ("recorded_decisions_come_out_again", deciding_by(Odd(counting())), "the priority was recorded as"),
    ),
)  # fmt: skip
def test_an_odd_factor_is_found(name, policy, found):
    if name == "everybody_reaches_the_front":
        policy = reading(policy, "customer.plan")
    assert found in str(broken(policy, name, settings=UNSHRUNK))


def reading(policy, *paths):
    """The policy as if its section on priority read these facts."""
    reads = {**policy.reading.reads, "priority": policy.reading.reads["priority"].union(paths)}
    return evolve(policy, reading=evolve(policy.reading, reads=reads))


def test_a_factor_that_does_not_say_what_it_lacked_is_found():
    silent = reading(deciding_by(Odd(plan, reads=("customer.plan",))), "customer.plan")
    error = broken(silent, "missing_facts_are_told")
    expected = "the priority is high with customer.plan and normal without; missing names nothing"
    assert expected in str(error)
    telling = Odd(plan, reads=("customer.plan",), missing=("customer.plan",))
    law_of(silent, "missing_facts_are_told").check(reading(deciding_by(telling), "customer.plan"))


def test_a_factor_that_raises_is_found():
    def raises(*_):
        raise InvalidValue("no such shop")

    assert "in error: odd" in str(broken(deciding_by(Odd(raises)), "valid_facts_meet_no_error"))


def test_a_line_that_cannot_be_decided_is_found():
    text = {"when": "x.shop.extra.size > 5", "kind": "big"}
    policy = Policy.from_dict({"fields": {"x.shop.extra": {"type": "record"}}, "classify": [text]})
    assert "in error: classify[0]" in str(broken(policy, "valid_facts_meet_no_error"))


def test_an_engine_that_raises_breaks_the_law_it_was_tried_on():
    class Raising(RoutingPolicy):
        def decide(self, *_, **__):
            raise InvalidValue("no such queue")

    error = broken(evolve(OFFICE, routing=Raising()), "same_facts_same_decision")
    assert "the policy raised InvalidValue: no such queue\non {" in str(error)
    assert isinstance(error.__cause__, InvalidValue)


def test_a_factor_that_changes_its_mind_is_found_too():
    whims = iter([1])
    error = broken(deciding_by(Odd(lambda *_: next(whims, 0))), "same_facts_same_decision")
    assert "decided differently" in str(error) or "first priority" in str(error)


# -- broken by an engine ----------------------------------------------------------------------------------


class Planted(SlaPolicy):
    """The office's targets, with something wrong."""

    def __init__(self):
        super().__init__(OFFICE.sla.metrics, OFFICE.calendars)


class HearsMachines(Planted):
    def evaluate(self, log, **asked):
        replies = [
            evolve(e, automated=False, audience="customer") if e.kind == "contact.replied" else e for e in log
        ]
        return super().evaluate(replies, **asked)


class StartsAnew(Planted):
    def evaluate(self, log, **asked):
        events = list(log)
        last = [event.at for event in events if event.kind == "contact.received"][-1:] or [events[0].at]
        moved = [evolve(events[0], at=last[0]), *(event for event in events[1:] if event.at >= last[0])]
        return super().evaluate(moved, **asked)


class HurriesAfterPauses(Planted):
    def evaluate(self, log, **asked):
        events = list(log)
        if any(getattr(event.payload, "to", None) == "waiting_customer" for event in events):
            events[0] = evolve(events[0], at=events[0].at - timedelta(days=1))
        return super().evaluate(events, **asked)


class BreachesEarly(Planted):
    def evaluate(self, log, *, facts, now):
        return super().evaluate(log, facts=facts, now=now + timedelta(hours=1))


class ForgetsParts(Planted):
    def report(self, state, *, now):
        return super().report(state, now=now + timedelta(hours=1))


class AnswersWhenAsked(Planted):
    def events(self, state, *, now):
        return (Event.of("contact.replied", at=now, actor="agent:ann", audience="customer"),)


class OwesLater(Planted):
    def deadlines(self, state, *, now):
        owed = super().deadlines(state, now=now)
        return tuple(evolve(each, due=each.due and each.due + timedelta(hours=1)) for each in owed)


@pytest.mark.parametrize(
    ("name", "engine", "found"),
    (
        ("machines_answer_nothing", HearsMachines, "changed [first_response 1: running"),
        ("asking_again_moves_no_first_response", StartsAnew, "one more message of the customer changed"),
        ("a_pause_never_brings_a_due_time_forward", HurriesAfterPauses, "after the pause"),
        ("due_times_lie_in_open_time", BreachesEarly, "is breached at"),
        ("event_by_event_equals_all_at_once", ForgetsParts, "event by event"),
        ("verdicts_do_not_depend_on_when_they_are_asked", AnswersWhenAsked, "times on the way"),
        ("an_acknowledgement_promises_what_is_owed", OwesLater, "promised for"),
    ),
)
def test_a_planted_fault_of_the_clocks_is_found(name, engine, found):
    error = broken(evolve(OFFICE, sla=engine()), name, settings=UNSHRUNK)
    assert found in str(error)
    assert "case.opened by" in str(error)


def test_a_due_time_outside_the_calendar_is_found():
    night = BusinessCalendar("Europe/London", weekly={"mon-sun": "22:00-06:00"})
    error = broken(
        evolve(OFFICE, calendars={"office": night}), "due_times_lie_in_open_time", settings=UNSHRUNK
    )
    assert "when office is closed" in str(error)


class Deaf(EscalationPolicy):
    """The office's escalations, that do not hear of some kinds of events."""

    unheard = ()

    def step(self, state, event, **asked):
        heard = None if event is not None and event.kind in self.unheard else event
        return super().step(state, heard, **asked)


@pytest.mark.parametrize(
    ("name", "unheard", "found"),
    (
        (
            "who_asks_for_a_manager_is_put_through",
            ["escalation.manager_requested"],
            "not put through at once",
        ),
        ("nothing_escalates_when_it_is_over", ["case.closed", "case.resolved"], "something is still due at"),
        ("a_broken_promise_escalates", ["promise.broken"], "nobody was told"),
    ),
)
def test_an_escalation_that_does_not_listen_is_found(name, unheard, found):
    plans = {**OFFICE.escalation.plans, **Policy.from_dict({"escalation": {"opened": {"starts": "case.opened", "levels": [{"after": "9 hours", "to": "lead"}]}}}).escalation.plans}  # fmt: skip
    deaf = type("Deafened", (Deaf,), {"unheard": unheard})(plans)
    assert found in str(broken(evolve(OFFICE, escalation=deaf), name, settings=UNSHRUNK))


def test_a_promise_that_is_never_broken_is_found():
    class Patient(Planted):
        def events(self, state, *, now):
            return tuple(event for event in super().events(state, now=now) if event.kind != "promise.broken")

    error = broken(evolve(OFFICE, sla=Patient()), "a_broken_promise_escalates", settings=UNSHRUNK)
    assert "the promise is not broken" in str(error)


@pytest.mark.parametrize(
    "name",
    (
        "machines_are_never_acknowledged",
        "an_acknowledgement_is_never_acknowledged",
        "we_never_answer_ourselves",
    ),
)
def test_an_acknowledgement_of_a_machine_is_found(monkeypatch, name):
    real = acknowledgement.acknowledge

    def careless(contact, **asked):
        return real(evolve(contact, headers=[("From", "jo@example.org")], sender=None), **asked)

    monkeypatch.setattr(acknowledgement, "acknowledge", careless)
    error = broken(OFFICE, name)
    assert "this mail is acknowledged\n  " in str(error)


def test_silence_towards_a_person_is_found(monkeypatch):
    real = acknowledgement.acknowledge

    def anxious(contact, **asked):
        suppress_any = contact.header("X-Auto-Response-Suppress") or contact.header("Auto-Submitted")
        return real(evolve(contact, automated=bool(suppress_any)), **asked)

    monkeypatch.setattr(acknowledgement, "acknowledge", anxious)
    error = broken(OFFICE, "people_are_acknowledged")
    assert "this mail is not acknowledged: no acknowledgement, accept_without_reopen: auto_submitted" in str(
        error
    )


def test_a_policy_that_answers_nobody_has_nothing_to_keep_there():
    silent = Policy.from_dict({"acknowledgement": {"total": "0 in 1 day"}})
    names = set(map(str, laws.of(silent)))
    assert "machines_are_never_acknowledged" in names
    assert names.isdisjoint({"people_are_acknowledged", "an_acknowledgement_is_never_acknowledged"})


def test_a_route_that_forgets_what_it_said_is_found():
    class Forgetful(RoutingPolicy):
        def decide(self, *args, **asked):
            return evolve(super().decide(*args, **asked), outcome="wait")

    forgetful = Forgetful(routes=OFFICE.routing.routes, keywords=OFFICE.keywords, schema=OFFICE.fields)
    error = broken(evolve(OFFICE, routing=forgetful), "every_route_ends_at_a_person")
    assert "while nobody is there the outcome is wait, the route says callback" in str(error)
    assert "when_nobody: callback" in str(error)


# -- vacuous ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "document", "premise"),
    (
        ("more_spend_never_lowers", {"priority": {"levels": {"normal": 0}, "factors": [{"spend": {"tiers": {100: 0}}}]}}, "more spend never made a difference"),
        ("an_open_case_never_sinks", {"priority": {"levels": {"normal": 0}, "factors": [{"open_case": 0}]}}, "an open case never made a difference"),
        ("public_is_never_behind_private", {"priority": {"levels": {"normal": 0}, "factors": [{"channel": {"public": 0}}]}}, "being public never made a difference"),
        ("everybody_reaches_the_front", {"priority": {"levels": {"normal": 0}, "ageing": "1 point per hour"}}, "no two cases ever had different places"),
        ("machines_answer_nothing", {"sla": {"resolution": [{"when": 'customer.plan == "gold" and customer.plan == "basic"', "within": "1 hour", "calendar": "always"}]}}, "no target fits"),
    ),
)  # fmt: skip
def test_a_law_that_nothing_put_to_the_test_fails_and_says_so(name, document, premise):
    policy = Policy.from_dict(document)
    law = law_of(policy, name)
    with pytest.raises(LawVacuous, match=premise) as caught:
        law.check(policy)
    assert caught.value.law is law
    assert f"way out: {law.way_out}" in str(caught.value)


# -- what a law is ----------------------------------------------------------------------------------------


def test_a_law_of_ones_own_is_checked_like_ours():
    drawn = []

    def judge(_policy, log):
        drawn.append(log)
        return Counterexample("it is over", lines=told(log)) if "case.closed" in log.kinds else True

    law = Law("never_closed", "Nothing is ever closed.", source="house", cases=histories, judge=judge)
    with pytest.raises(LawBroken) as caught:
        law.check(OFFICE)
    assert str(caught.value) == dedent("""\
        never_closed (house): Nothing is ever closed.
        found: it is over
          2024-01-01T00:00:00Z case.opened by customer
          2024-01-01T00:00:00Z case.closed by agent:ann: outcome solved, code done""")
    assert not hasattr(caught.value, "__notes__")


def test_how_many_cases_are_drawn_can_be_said():
    drawn = []
    law = Law(
        "kept", "Kept.", source="house", cases=histories, judge=lambda _, log: bool(drawn.append(log)) or True
    )
    law.check(OFFICE)
    assert len(drawn) == 50
    again, drawn[:] = list(drawn), []
    law.check(OFFICE)
    assert drawn == again  # the same in every run
    drawn.clear()
    law.check(OFFICE, max_examples=7)
    assert len(drawn) == 7
    drawn.clear()
    law.check(OFFICE, settings=settings(max_examples=9, database=None))
    assert len(drawn) == 9


def test_an_outcome_is_what_the_examples_of_a_policy_say():
    given = {"contact": {"text": "I complain: no signal"}, "customer": {}, "case": {}}
    outcome = Outcome.of(OFFICE, given)
    said = {
        "kind": outcome.labels["kind"],
        "priority": outcome.priority.priority,
        "queue": outcome.routing.queue,
    }
    assert said == {"kind": "complaint", "priority": "urgent", "queue": "network"}
    example = {"given": given, "expect": said | {"first_response": {"within": "60 minutes"}}}
    assert check(Policy.from_dict(POLICY | {"examples": [example]})) == []
    (first,) = [clock for clock in outcome.clocks if clock.metric == "first_response"]
    assert first.due == asked_at(given) + timedelta(hours=1)
