"""Amounts, targets and metrics: what is read, what is refused, and how business days fall due."""

from datetime import UTC, date, datetime, timedelta

import pytest

from supportkit.calendars import ALWAYS, BusinessCalendar
from supportkit.cases import Log
from supportkit.errors import ExpressionError, InvalidValue
from supportkit.sla import Metric, SlaPolicy, Target, Within, parse_within
from supportkit.sla.levels import threshold

MONDAY = datetime(2026, 6, 1, tzinfo=UTC)
OFFICE = BusinessCalendar("UTC", weekly={"mon-fri": "09:00-17:00"}, holidays=[date(2026, 6, 4)])


def at(day, hour, minute=0):
    return MONDAY + timedelta(days=day, hours=hour, minutes=minute)


@pytest.mark.parametrize(
    ("given", "duration"),
    (
        ("60 minutes", timedelta(hours=1)),
        ("2 hours", timedelta(hours=2)),
        ("1 hour", timedelta(hours=1)),
        ("1 hour 30 minutes", timedelta(minutes=90)),
        ("1h30m", timedelta(minutes=90)),
        ("1.5 Hours", timedelta(minutes=90)),
        ("0.000001 seconds", timedelta(microseconds=1)),
        ("PT45S", timedelta(seconds=45)),
        ("P1DT1H", timedelta(hours=25)),
        (timedelta(minutes=5), timedelta(minutes=5)),
    ),
)
def test_amounts_of_working_time(given, duration):
    assert parse_within(given).duration == duration
    assert parse_within(parse_within(given)) == parse_within(given)


@pytest.mark.parametrize(
    ("given", "days"),
    (("5 business days", 5), ("1 business day", 1), ("2  Working days", 2), ("0 business days", 0)),
)
def test_amounts_of_business_days(given, days):
    assert parse_within(given).days == days


@pytest.mark.parametrize(
    ("given", "text"),
    (
        (timedelta(hours=26, minutes=1), "26 hours 1 minute"),
        (timedelta(seconds=1), "1 second"),
        (timedelta(microseconds=1_500_000), "1.5 seconds"),
        ("60  minutes", "60 minutes"),
    ),
)
def test_an_amount_says_how_it_is_written(given, text):
    assert parse_within(given).text == text
    assert parse_within(text).duration == parse_within(given).duration


@pytest.mark.parametrize(
    ("given", "says"),
    (
        ("2 days", "could mean working time or dates"),
        ("1 week", "could mean working time or dates"),
        ("soon", "is no amount of time"),
        ("", "is no amount of time"),
        ("3 parsecs", "is no amount of time"),
        ("-1 hour", "is no amount of time"),
        ("0 minutes", "leaves no time at all"),
        (timedelta(0), "leaves no time at all"),
        ("PT0S", "leaves no time at all"),
        (60, "is no target"),
    ),
)
def test_what_is_no_amount_is_refused_with_the_way_out(given, says):
    with pytest.raises(InvalidValue, match=says):
        parse_within(given)


@pytest.mark.parametrize(
    ("make", "error", "says"),
    (
        (lambda: Target("1 hour", "office", warn=["30 minutes"]), InvalidValue, 'is no warning level; write a share such as "50%"'),
        (lambda: Target("1 hour", "office", warn=[timedelta(1)]), InvalidValue, "is no warning level"),
        (lambda: Target("1 hour", "office", warn=["1 business day before"]), InvalidValue, "offsets are working time"),
        (lambda: Target("x.shop.due_at", "office", end_of_day=True), InvalidValue, "end_of_day is for business days given here"),
        (lambda: Target("1 hour", "office", warn="0%"), InvalidValue, "would warn at once"),
        (lambda: Target("1 hour", 7), InvalidValue, "neither the name of a calendar nor one"),
        (lambda: Target("1 hour", "office", end_of_day=True), InvalidValue, "end_of_day is for business days"),
        (lambda: Target("1 business day", "office", begin="soon"), InvalidValue, "is no beginning"),
        (lambda: Target("1 hour", "office", when="case.kind =="), ExpressionError, "no condition"),
        (lambda: Metric([], carry="all"), InvalidValue, "is no mapping"),
        (lambda: Metric([], carry={"owner": "keep"}), InvalidValue, "carry: 'owner' is none of priority, policy, reopen, merge, reassignment"),
        (lambda: Metric([], carry={"priority": "forget"}), InvalidValue, "carry.priority: 'forget' is none of keep, restart"),
        (lambda: Metric([], carry={"merge": "forget"}), InvalidValue, "carry.merge: 'forget' is none of keep, restart"),
        (lambda: Metric([], carry={"reopen": "keep"}, reopen="count"), InvalidValue, "say the same thing"),
        (lambda: Metric([], starts="mesage"), InvalidValue, "did you mean 'message'"),
        (lambda: Metric([], cycle="twice"), InvalidValue, "cycle='twice' is none of resume, again, once"),
        (lambda: SlaPolicy({"first_response": Metric([], answers="anybody")}), InvalidValue, "would change what 'first_response' means"),
        (lambda: SlaPolicy({"told": Metric([], like="promise", answers="anybody")}), InvalidValue, "would change what 'promise' means"),
        (lambda: Metric([], reopen="forget"), InvalidValue, "reopen='forget' is none of leave_out, count, restart"),
        (lambda: Metric([], start="later"), InvalidValue, "start='later' is none of"),
        (lambda: Metric([], pause=["pending"]), InvalidValue, "pending"),
        (lambda: Metric(["1 hour"]), InvalidValue, "is no Target"),
        (lambda: SlaPolicy({"first_respnse": []}), InvalidValue, "did you mean 'first_response'"),
        (lambda: SlaPolicy({"vip": []}), InvalidValue, "needs like="),
        (lambda: SlaPolicy({"clocks": Metric([], like="resolution")}), InvalidValue, "something else of that name"),
        (lambda: SlaPolicy({"next_response": Metric([], start="attached")}), InvalidValue, "start='attached'"),
        (lambda: SlaPolicy({"promise": [Target("1 hour", "always")]}), InvalidValue, "carries its own time"),
        (lambda: SlaPolicy({"resolution": [Target("1 hour", "ofice")]}, {"office": OFFICE}), InvalidValue, "did you mean 'office'"),
        (lambda: SlaPolicy({}, {"office": "9 to 5"}), InvalidValue, "is no calendar"),
    ),
)  # fmt: skip
def test_what_cannot_be_measured_is_refused_by_name(make, error, says):
    with pytest.raises(error, match=says):
        make()


def test_a_share_is_rounded_up_to_the_microsecond():
    assert threshold(timedelta(microseconds=3), "33.3%") == timedelta(microseconds=1)
    assert threshold(timedelta(hours=8), "75%") == timedelta(hours=6)


def resolution(*targets, **options):
    return SlaPolicy({"resolution": Metric(list(targets), **options)}, {"office": OFFICE})


@pytest.mark.parametrize(
    ("target", "opened", "due"),
    (
        (Target("1 business day", "office"), at(0, 10), at(1, 10)),
        (Target("1 business day", "office"), at(2, 10), at(4, 10)),  # over the holiday
        (Target("1 business day", "office"), at(4, 10), at(7, 10)),  # over the weekend
        (Target("1 business day", "office"), at(0, 20), at(2, 9)),  # the wall time is kept, then rolled
        (Target("1 business day", "office", begin="next_open"), at(0, 20), at(2, 9)),
        (Target("1 business day", "office", begin="next_open"), at(5, 12), at(8, 9)),
        (Target("1 business day", "office", end_of_day=True), at(0, 10), at(1, 17)),
        (Target("0 business days", "office", end_of_day=True), at(0, 10), at(0, 17)),
        (Target("0 business days", "office", end_of_day=True, begin="next_open"), at(0, 20), at(1, 17)),
        (Target("5 business days", OFFICE), at(0, 10), at(8, 10)),
    ),
)
def test_business_days_keep_the_wall_time_or_end_with_the_day(target, opened, due):
    log = Log("1").opened(at=opened)
    clock = resolution(target).evaluate(log, facts={}, now=opened).resolution
    assert clock.due == due
    assert clock.target == OFFICE.between(opened, due)


def test_business_days_are_moved_by_the_working_time_that_was_left_out():
    policy = resolution(Target("1 business day", "office"), pause=["waiting_customer"])
    log = Log("1").opened(at=at(0, 10)).status("waiting_customer", at=at(0, 16))
    assert policy.evaluate(log, facts={}, now=at(0, 18)).resolution.due is None
    log = log.status("open", at=at(1, 10))  # one hour on Monday, one on Tuesday
    assert policy.evaluate(log, facts={}, now=at(1, 10)).resolution.due == at(1, 12)
    late = log.status("waiting_customer", at=at(1, 13)).status("open", at=at(1, 15))
    clock = policy.evaluate(late, facts={}, now=at(1, 16)).resolution
    assert (clock.due, clock.overdue, clock.verdict) == (at(1, 12), timedelta(hours=2), "breached")


def test_a_pause_outside_working_hours_moves_nothing():
    policy = resolution(Target("1 business day", "office", end_of_day=True), pause=["waiting_customer"])
    log = Log("1").opened(at=at(0, 10)).status("waiting_customer", at=at(0, 17)).status("open", at=at(1, 9))
    clock = policy.evaluate(log, facts={}, now=at(1, 9)).resolution
    assert (clock.due, clock.paused) == (at(1, 17), timedelta(0))


@pytest.mark.parametrize(
    "target", (Target("1 hour", "never"), Target("2 business days", "never")), ids=["time", "days"]
)
def test_a_calendar_that_never_opens_owes_nothing_and_does_not_loop(target):
    policy = SlaPolicy({"resolution": [target]}, {"never": BusinessCalendar("UTC", weekly={})})
    report = policy.evaluate(Log("1").opened(at=at(0, 0)), facts={}, now=at(300, 0))
    clock = report.resolution
    assert (clock.due, clock.verdict, report.next_change_at) == (None, "pending", None)


def test_the_first_target_that_fits_counts_and_unknown_is_no_fit():
    gold = Target("30 minutes", "always", when='customer.plan == "gold"')
    policy = SlaPolicy({"first_response": [gold, Target("2 hours", "always")]})
    log = Log("1").opened(at=at(0, 9))

    def due(**customer):
        return policy.evaluate(log, facts={"customer": customer}, now=at(0, 9)).first_response.due

    assert due(plan="gold") == at(0, 9, 30)
    assert due(plan="basic") == due(plan=None) == due() == at(0, 11)
    assert policy.evaluate(log, now=at(0, 9)).missing == ("customer.plan",)


def test_facts_may_be_objects_of_the_host():
    class Account:
        plan = "gold"

    class Ticket:
        customer = Account()

    policy = SlaPolicy({"first_response": [Target("30 minutes", ALWAYS, when='customer.plan == "gold"')]})
    clock = policy.evaluate(Log("1").opened(at=at(0, 9)), facts=Ticket(), now=at(0, 9)).first_response
    assert (clock.due, clock.calendar) == (at(0, 9, 30), ALWAYS)


def test_equal_policies_have_equal_versions():
    def policy(amount, **options):
        return resolution(Target(amount, "office", when="case.reopens > 1"), **options)

    assert policy("8 hours").version == policy("8 hours").version
    others = [policy("9 hours"), policy("8 hours", pause=["open"]), policy("8 hours", reopen="count")]
    assert len({policy("8 hours").version, *(other.version for other in others)}) == 4
    report = policy("8 hours").evaluate(Log("1").opened(at=at(0, 9)), now=at(0, 9))
    assert report.policy_version == policy("8 hours").version
    assert repr(policy("8 hours")) == "<SlaPolicy of resolution>"
    assert isinstance(policy("8 hours").metrics["resolution"].targets[0].within, Within)


def test_business_days_need_a_calendar_of_one_zone():
    london = BusinessCalendar("Europe/London", weekly={"mon-fri": "09:00-17:00"})
    tokyo = BusinessCalendar("Asia/Tokyo", weekly={"mon-fri": "09:00-17:00"})
    with pytest.raises(
        InvalidValue, match="resolution: '2 business days' could be days of Europe/London or of Asia/Tokyo"
    ):
        SlaPolicy({"resolution": [Target("2 business days", "both")]}, {"both": london | tokyo})
    assert SlaPolicy({"resolution": [Target("8 hours", "both")]}, {"both": london | tokyo}).metrics


def test_business_days_from_a_fact_need_a_calendar_of_one_zone_too():
    london, tokyo = (
        BusinessCalendar(zone, weekly={"mon-fri": "09:00-17:00"}) for zone in ("Europe/London", "Asia/Tokyo")
    )
    policy = SlaPolicy({"resolution": [Target("x.shop.allowed", "both")]}, {"both": london | tokyo})
    log = Log("1").opened(at=datetime(2026, 7, 6, 9, tzinfo=UTC))
    for said, state in (("2 business days", "idle"), ("8 hours", "running")):
        report = policy.evaluate(log, facts={"x": {"shop": {"allowed": said}}}, now=log.events[-1].at)
        assert (report.resolution.target is None, bool(report.errors)) == (state == "idle", state == "idle")
