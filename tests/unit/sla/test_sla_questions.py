"""Targets that a fact says, warnings at offsets, the schedule, and the inverse questions."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from supportkit.calendars import BusinessCalendar
from supportkit.cases import MICROSECOND, Log
from supportkit.errors import InvalidValue, NaiveDatetime, NoOpenTime, PolicyError
from supportkit.policy import Policy
from supportkit.rules import fact
from supportkit.sla import Metric, SlaPolicy, SlaState, Target

NINE = datetime(2026, 6, 1, 9, tzinfo=UTC)  # a Monday
HOUR = timedelta(hours=1)
OFFICE = BusinessCalendar("UTC", weekly={"mon-fri": "09:00-17:00"})
LOG = Log("1").opened(at=NINE)


def at(hours):
    return NINE + hours * HOUR


def policy(*targets, metric="resolution", **options):
    return SlaPolicy({metric: Metric(targets, pause=["waiting_customer"], **options)}, {"office": OFFICE})


# -- by when a fact says ----------------------------------------------------------------------------------

PROMISED = policy(Target("x.shop.by", "office"), Target("30 hours", "office"))


def said(value):
    return {"x": {"shop": {"by": value}}}


@pytest.mark.parametrize(
    ("value", "due", "target"),
    (
        (at(6), at(6), 6 * HOUR),
        (at(6).isoformat(), at(6), 6 * HOUR),
        (at(12), at(12), 8 * HOUR),  # in the evening: late as soon as the office opens
        (at(-2), at(-2), 0 * HOUR),  # before it all began: late at once
        ("4 hours", at(4), 4 * HOUR),
        (timedelta(hours=10), at(26), 10 * HOUR),
        ("2 business days", at(48), 16 * HOUR),
        (None, at(78), 30 * HOUR),
    ),
)
def test_a_fact_says_an_instant_or_an_amount(value, due, target):
    clock = PROMISED.evaluate(LOG, facts=said(value), now=NINE).resolution
    assert (clock.due, clock.target) == (due, target)


def test_an_instant_is_moved_by_the_working_time_that_was_left_out():
    log = LOG.status("waiting_customer", at=at(1)).status("open", at=at(3))
    assert PROMISED.evaluate(log, facts=said(at(6)), now=at(3)).resolution.due == at(8)
    assert PROMISED.evaluate(log, facts=said(at(4)), now=at(3)).resolution.due == at(6)


@pytest.mark.parametrize("value", (None, "soon", 7, "2026-06-01T15:00:00", "x.shop.to"))
def test_a_line_whose_fact_is_missing_or_unreadable_does_not_fit_and_that_is_said(value):
    report = PROMISED.evaluate(LOG, facts=said(value), now=NINE)
    assert report.resolution.target == 30 * HOUR
    assert (report.missing, len(report.errors)) == ((("x.shop.by",), 0) if value is None else ((), 1))
    assert all(error.startswith("x.shop.by: ") for error in report.errors)
    state = PROMISED.apply(PROMISED.start(said(value)), LOG.events[0])
    (found,) = PROMISED.events(state, now=NINE)
    assert state.tracks["resolution"].current.choice.undecided == (1,)
    assert found.payload.target == "30 hours"


def test_a_fact_without_a_zone_is_told_and_passed_over():
    report = PROMISED.evaluate(LOG, facts=said(datetime(2026, 6, 1, 15)), now=NINE)
    assert report.resolution.target == 30 * HOUR
    assert "has no time zone" in report.errors[0]


@pytest.mark.parametrize("rule", ("keep", "retroactive"))
def test_an_instant_holds_whatever_calendar_measured_before(rule):
    by = Target("x.shop.by", "always", when='case.priority == "high"')
    mine = policy(by, Target("30 hours", "office"), carry={"priority": rule})
    log = LOG.priority("high", at=at(20)).priority("high", at=at(21))
    clock = mine.evaluate(log, facts=said(at(30)), now=at(22)).resolution
    assert (clock.due, clock.elapsed) == (at(30), (10 if rule == "keep" else 22) * HOUR)
    assert mine.evaluate(log, facts=said(at(30)), now=at(30)).resolution.verdict == "pending"
    assert mine.evaluate(log, facts=said(at(30)), now=at(30) + MICROSECOND).resolution.verdict == "breached"


def test_a_fact_may_be_named_in_python_and_its_value_is_kept_in_log_and_store():
    mine = policy(
        Target(fact.x.shop.by, "office", when='case.priority == "high"'), Target(fact.x.shop.by, "office")
    )
    facts = SimpleNamespace(x=SimpleNamespace(shop=SimpleNamespace(by=at(6))))
    state = mine.apply(mine.start(facts), LOG.events[0])
    (found,) = mine.events(state, now=NINE)
    assert found.payload.facts == {"x": {"shop": {"by": at(6)}}}
    assert mine.report(SlaState.from_plain(state.to_plain()), now=NINE).resolution.due == at(6)
    forgotten = LOG.add("target.set", at=NINE, metric="resolution", facts=found.payload.facts)
    assert mine.evaluate(forgotten, facts=said(at(2)), now=NINE).resolution.due == at(6)


def test_a_document_takes_a_target_from_a_field_of_its_type():
    document = {
        "fields": {"x.shop.by": {"type": "datetime", "nullable": "true"}, "x.shop.n": {"type": "int"}},
        "sla": {"resolution": [{"within": "x.shop.by", "calendar": "always"}]},
    }
    made = Policy.from_dict(document)
    assert made.sla.evaluate(LOG, facts=said(at(5)), now=NINE).resolution.due == at(5)
    assert "x.shop.by" in made.reading.reads["sla"]
    for field, code in (("x.shop.n", "bad_type"), ("x.shop.bye", "unknown_field")):
        wrong = {**document, "sla": {"resolution": [{"within": field, "calendar": "always"}]}}
        with pytest.raises(PolicyError) as caught:
            Policy.from_dict(wrong)
        assert [(fault.code, fault.path) for fault in caught.value.faults] == [
            (code, "sla.resolution[0].within")
        ]


# -- warnings and the schedule ----------------------------------------------------------------------------

WARNED = policy(
    Target("10 hours", "office", warn=["90%", "1 hour before", "50%", "30 minutes after", "20 hours before"])
)


def test_the_schedule_lists_all_that_will_change_with_its_keys():
    report = WARNED.evaluate(LOG, now=at(1))
    assert report.resolution.warned == ("20 hours before",)
    assert [(change.at, change.what) for change in report.schedule] == [
        (at(5), "50%"),
        (at(25), "1 hour before"),
        (at(25), "90%"),
        (at(26) + MICROSECOND, "breach"),
        (at(26.5), "30 minutes after"),
    ]
    assert (report.next_change_at, report.schedule[0].key) == (at(5), "resolution#1:50%")


def test_each_level_is_said_once_at_its_instant_however_late_it_is_asked():
    state = WARNED.apply(WARNED.start(), LOG.events[0])
    for now in (at(1), at(25), at(25), at(40)):
        for event in WARNED.events(state, now=now):
            state = WARNED.apply(state, event)
        assert WARNED.events(state, now=now) == ()
    log = WARNED.evaluate(LOG, now=at(40)).resolution
    assert log.warned == ("20 hours before", "50%", "90%", "1 hour before", "30 minutes after")
    at_once = [(e.kind, e.at) for e in WARNED.events(WARNED.apply(WARNED.start(), LOG.events[0]), now=at(40))]
    assert at_once == [
        ("target.set", NINE),
        ("target.warned", NINE),
        ("target.warned", at(5)),
        ("target.warned", at(25)),
        ("target.warned", at(25)),
        ("target.breached", at(26)),
        ("target.warned", at(26.5)),
    ]


def test_a_due_time_that_moves_arms_what_has_not_passed_and_repeats_nothing():
    log = LOG.status("waiting_customer", at=at(6)).status("open", at=at(7))
    report = WARNED.evaluate(log, now=at(7))
    assert report.resolution.warned == ("20 hours before", "50%")
    assert [change.at for change in report.schedule][:2] == [at(26), at(26)]


def test_nothing_is_to_be_expected_of_what_is_paused_or_over():
    assert WARNED.evaluate(LOG.status("waiting_customer", at=at(1)), now=at(2)).schedule == ()
    assert WARNED.evaluate(LOG.resolved(at=at(1)), now=at(2)).schedule == ()


# -- the other way round ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hours", "now", "latest"),
    (
        (4, 1, 4),
        (8, 1, 24),  # used up at closing time: until the office opens again nothing is lost
        (8, 12, 24),
        (8, 24, 24),
        (4, 5, None),
    ),
)
def test_the_latest_answer_that_is_in_time(hours, now, latest):
    mine = policy(Target(f"{hours} hours", "office"), metric="first_response")
    found = mine.evaluate(LOG, now=at(now)).first_response.latest_stop
    assert found == (None if latest is None else at(latest))
    for late in () if found is None else (timedelta(0), MICROSECOND):
        verdict = mine.evaluate(LOG.agent_reply(at=found + late), now=at(90)).first_response.verdict
        assert verdict == ("breached" if late else "met")


def test_how_much_is_left_later_on():
    clock = policy(Target("10 hours", "office")).evaluate(LOG, now=at(1)).resolution
    assert [clock.remaining_at(at(hours)) for hours in (1, 8, 20, 25, 27)] == [
        HOUR * n for n in (9, 2, 2, 1, -1)
    ]
    with pytest.raises(InvalidValue, match="evaluate with that as now"):
        clock.remaining_at(at(0))
    with pytest.raises(NaiveDatetime):
        clock.remaining_at(datetime(2026, 6, 1))


def test_a_clock_that_stands_keeps_what_it_has_and_has_no_latest_answer():
    log = LOG.status("waiting_customer", at=at(1))
    clock = policy(Target("10 hours", "office")).evaluate(log, now=at(2)).resolution
    assert (clock.remaining_at(at(90)), clock.latest_stop, clock.latest_start(HOUR)) == (9 * HOUR, None, None)
    gone = policy(Target("1 hour", "office", when='case.status == "new"')).evaluate(log, now=at(2)).resolution
    assert (gone.state, gone.remaining_at(at(9))) == ("cancelled", None)
    idle = policy(metric="resolution").evaluate(LOG, now=at(1)).resolution
    assert (idle.remaining_at(at(9)), idle.latest_stop) == (None, None)


def test_when_the_work_must_begin():
    clock = policy(Target("10 hours", "office")).evaluate(LOG, now=at(1)).resolution
    assert clock.latest_start(3 * HOUR) == at(7)
    never = SlaPolicy(
        {"resolution": [Target("1 hour", "never")]}, {"never": BusinessCalendar("UTC", weekly={})}
    )
    assert never.evaluate(LOG, now=at(1)).resolution.latest_stop is None
    opened = BusinessCalendar("UTC", weekly={}, special={"2026-06-01": ["09:00-17:00"]})
    once = SlaPolicy({"resolution": [Target("8 hours", opened)]}).evaluate(LOG, now=at(1)).resolution
    assert (once.due, once.latest_stop) == (at(8), None)  # it can never be late
    with pytest.raises(NoOpenTime):
        SlaPolicy({"resolution": [Target("7 hours", opened)]}).evaluate(
            LOG, now=at(1)
        ).resolution.latest_start(9 * HOUR)


def test_a_promise_has_a_latest_answer_too():
    log = LOG.add("promise.made", at=NINE, id="p", due=at(5))
    clock = SlaPolicy({"promise": []}).evaluate(log, now=at(1)).promise
    assert (clock.latest_stop, clock.latest_start(HOUR), clock.remaining_at(at(2))) == (
        at(5),
        at(4),
        3 * HOUR,
    )


def test_when_it_would_have_been_due_had_it_started_then():
    gold = Target("2 hours", "office", when='customer.plan == "gold"')
    mine = policy(gold, Target("1 business day", "office", end_of_day=True), metric="first_response")
    assert mine.due_if_started("first_response", at(7), facts={"customer": {"plan": "gold"}}) == at(25)
    assert mine.due_if_started("first_response", at(7)) == at(32)
    assert policy(gold).due_if_started("resolution", NINE) is None
    with pytest.raises(KeyError):
        mine.due_if_started("resolution", NINE)


# -- paid plans -------------------------------------------------------------------------------------------

PLANS = policy(
    Target("1 hour", "always", when='customer.plan == "gold" and contact.channel == "phone"'),
    Target("2 hours", "always", when='customer.plan == "gold"'),
    Target("2 business days", "office", when='contact.product == "router"'),
    Target("3 business days", "office"),
    metric="first_response",
)


@pytest.mark.parametrize(
    ("plan", "channel", "product", "due"),
    (
        ("gold", "phone", None, at(1)),
        ("gold", "email", None, at(2)),
        ("lapsed", "phone", "router", at(48)),
        (None, "phone", None, at(72)),
    ),
)
def test_a_paid_plan_picks_its_target_and_a_lapsed_one_falls_back(plan, channel, product, due):
    facts = {"customer": {"plan": plan}, "contact": {"channel": channel, "product": product}}
    assert PLANS.evaluate(LOG, facts=facts, now=NINE).first_response.due == due


def test_a_plan_that_lapses_on_the_way_falls_back_and_keeps_its_start():
    state = PLANS.apply(PLANS.start({"customer": {"plan": "gold"}}), LOG.events[0])
    (noted,) = Log("1").note(at=at(1))
    state = PLANS.apply(state, noted, facts={"customer": {"plan": "lapsed"}})
    clock = PLANS.report(state, now=at(1)).first_response
    assert (clock.started, clock.elapsed, clock.due) == (NINE, HOUR, at(56))  # 24 hours of work, one is gone
