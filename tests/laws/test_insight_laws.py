"""What holds for measures, problems and outreach, whatever happened."""

from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import add

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test

from office import POLICY, make_office
from supportkit import Policy
from supportkit.cases import ContactPoint, Customer
from supportkit.insight import ProblemRules, ProblemWatch, Terms, measures, measures_by, problems, tail
from supportkit.testing import DeskMachine
from supportkit.testing.strategies import service_logs, sightings

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
LOGS = st.lists(
    service_logs(opened=st.datetimes(datetime(2026, 7, 1), datetime(2026, 7, 4), timezones=st.just(UTC))),
    max_size=6,
)
INSTANTS = st.none() | st.datetimes(datetime(2026, 7, 1), datetime(2026, 7, 9), timezones=st.just(UTC))
RULES = ProblemRules(significance=0.2, at_least=2, recurring=4)


@st.composite
def periods(draw):
    since, until = draw(INSTANTS), draw(INSTANTS)
    if since is not None and until is not None and since > until:
        since, until = until, since
    return {"since": since, "until": until}


@given(LOGS, st.randoms(use_true_random=False), periods())
def test_measures_do_not_depend_on_the_order_of_cases(logs, random, period):
    mixed = random.sample(logs, len(logs))
    assert measures(mixed, **period) == measures(logs, **period)


@given(LOGS, st.integers(0, 6), periods())
def test_measures_of_parts_add_up_to_those_of_all(logs, cut, period):
    one, other = measures(logs[:cut], **period), measures(logs[cut:], **period)
    assert one + other == other + one == measures(logs, **period)


@given(LOGS, st.sampled_from(["team", "status", "owner"]), periods())
def test_measures_of_segments_add_up_to_those_of_all(logs, by, period):
    parts = measures_by(logs, by=by, terms=Terms(**period))
    assert reduce(add, parts.values(), measures([], **period)) == measures(logs, **period)


@given(LOGS, periods())
def test_a_report_knows_nothing_of_what_came_later(logs, period):
    until = period["until"] or datetime(2026, 7, 3, tzinfo=UTC)
    known = [[event for event in log if event.at < until] for log in logs]
    found = measures(logs, since=min(filter(None, (period["since"], until))), until=until)
    again = measures([events for events in known if events], since=found.terms.since, until=until)
    assert again == found


@given(LOGS, periods())
def test_shares_lie_between_nothing_and_all_and_say_none_for_nothing(logs, period):
    found = measures(logs, **period)
    for row in found.rows():
        assert (row.value is None) == (row.of == 0)
        if row.value is not None and row.text.endswith("%"):
            assert 0 <= row.value <= 1


@given(LOGS)
def test_every_promise_that_ended_was_kept_broken_or_replaced(logs):
    found = measures(logs)
    ended = sum(
        kind in {"promise.kept", "promise.broken", "promise.superseded"} for log in logs for kind in log.kinds
    )
    kept, broken, replaced = (found[f"promises_{how}"] for how in ("kept", "broken", "superseded"))
    assert kept.count + broken.count == kept.of == broken.of
    assert kept.count + broken.count + replaced.count == replaced.of == ended
    assert found["promises_kept_early"].count == found["promises_beaten_by"].of <= kept.count


@given(sightings(now=NOON), st.randoms(use_true_random=False))
def test_problems_do_not_depend_on_the_order_nor_on_seeing_twice(seen, random):
    mixed = random.sample(seen, len(seen)) + random.sample(seen, len(seen) // 2)
    assert problems(mixed, now=NOON, rules=RULES) == problems(seen, now=NOON, rules=RULES)


@given(sightings(now=NOON), st.lists(st.integers(0, 40), max_size=4).map(sorted))
def test_a_watch_finds_at_any_time_what_a_search_over_all_finds(seen, days):
    watch, taken = ProblemWatch(RULES), []
    arriving = sorted(seen, key=lambda each: each.at)
    for now in (*(NOON - 40 * DAY + day * DAY for day in days), NOON):
        while arriving and arriving[0].at <= now:
            taken.append(arriving.pop(0))
            watch.add(taken[-1])
        assert watch.problems(now=now) == problems(taken, now=now, rules=RULES)
        watch.forget(now=now)
        assert watch.problems(now=now) == problems(taken, now=now, rules=RULES)


@given(sightings(now=NOON))
def test_a_case_belongs_to_one_problem_that_is_large_enough(seen):
    found = problems(seen, now=NOON, rules=RULES)
    cases = [case for problem in found for case in problem.cases]
    assert len(cases) == len(set(cases))
    assert len({problem.id for problem in found}) == len(found)
    assert all(len(problem.cases) >= RULES.at_least and problem.customers >= 2 for problem in found)


@given(st.integers(0, 300), st.integers(0, 300), st.integers(1, 60), st.integers(1, 60))
def test_more_cases_now_are_less_likely_and_more_before_are_more_likely(now, before, window, base):
    times = {"window": window * DAY, "base": base * DAY}
    chance = tail(now, before, **times)
    assert 0 <= chance <= 1
    slack = 1e-12
    assert tail(now + 1, before, **times) <= chance + slack
    assert tail(now, before + 1, **times) >= chance - slack


NAMES = ("al", "ed", "jo")
STEPS = st.lists(
    st.tuples(st.just("reach"), st.sampled_from(["notice", "update", "resolved"]), st.sets(st.sampled_from(NAMES), min_size=1))
    | st.tuples(st.just("publish"), st.integers(0, 9))
    | st.tuples(st.just("write"), st.sampled_from(NAMES))
    | st.tuples(st.just("merge"), st.sampled_from(NAMES), st.sampled_from(NAMES)),
    max_size=12,
)  # fmt: skip


def told_office():
    people = [Customer(name, [ContactPoint("email", f"{name}@example.org")], purchases=[]) for name in NAMES]
    office = make_office(people=people)
    office.desk.declare_incident("cut", by="bob", affects={"customer": list(NAMES)})
    publish(office, 0)
    return office


def publish(office, number):
    office.desk.publish_bulletin(
        "cut", by="bob", title="Cut", text="Know.", message=f"Word {number}", incident="cut"
    )
    for agent in ("ann", "bob"):
        office.desk.mark_seen("cut", by=agent)


@settings(max_examples=60)
@given(STEPS)
def test_nobody_is_told_twice_whatever_happens_between(steps):
    office, person = told_office(), {name: name for name in NAMES}
    heard = {name: [] for name in NAMES}
    for step, *said in steps:
        if step == "publish":
            publish(office, said[0])
        elif step == "write":
            office.writes(said[0])
        elif step == "merge" and person[said[0]] != person[said[1]]:
            root, into = person[said[0]], person[said[1]]
            for name in (root, into):
                office.writes(name)
            office.desk.merge_customers(root, into=into, by="bob", reason="one person")
            person = {name: into if one == root else one for name, one in person.items()}
            heard[into] = heard[into] + heard[root]
        elif step == "reach":
            report = office.desk.reach_out("cut", by="bob", notice=said[0], customers=sorted(said[1]))
            for reach in report.told:
                heard[person[reach.customer]].append((said[0], report.version))
    for name in {*person.values()}:
        kinds = [notice for notice, _ in heard[name]]
        merged = [one for one, root in person.items() if root == name]
        assert max(kinds.count("notice"), kinds.count("resolved")) <= len(merged)
        if len(merged) == 1:
            assert len(heard[name]) == len(set(heard[name]))
            assert not kinds or kinds[0] == "notice"
            assert "resolved" not in kinds[:-1]


def test_the_law_above_meets_histories_in_which_somebody_is_told():
    office = told_office()
    assert [r.customer for r in office.desk.reach_out("cut", by="bob").told] == ["al", "ed", "jo"]


DEEDS = {
    "ask": lambda desk, case, _, **options: desk.ask_feedback(case, **options),
    "ask_referral": lambda desk, case, _, **options: desk.ask_feedback(case, about="referral", **options),
    "unhappy": lambda desk, case, _, **options: desk.give_feedback(case, score=1, text="No", **options),
    "happy": lambda desk, case, _, **options: desk.give_feedback(case, score=5, **options),
    "task": lambda desk, case, agent, **options: desk.give_feedback(case, text="Hm", owner=agent, **options),
    "link": lambda desk, case, agent, **options: desk.link_problem(case, "outage", by=agent, **options),
}


class LearningDesk(DeskMachine):
    """Any contacts and commands in any order, with what is learnt from among them."""

    policy = Policy.from_dict(POLICY | {"learning": {"feedback": {"after": "0 minutes", "quiet": "2 hours"}}})
    commands = DEEDS


def test_the_laws_of_a_desk_hold_while_it_learns():
    quick = settings(max_examples=8, stateful_step_count=20, deadline=None)
    run_state_machine_as_test(LearningDesk, settings=quick)
