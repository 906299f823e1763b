"""Laws of escalation by every clock: ladders, chains, offsets, deadlines, ages, priorities that rise."""

from datetime import UTC, datetime, timedelta

from hypothesis import assume, event, given
from hypothesis import strategies as st

from supportkit.calendars import BusinessCalendar
from supportkit.canonical import dumps, loads
from supportkit.cases import Deadline, Event
from supportkit.escalation import EscalationPolicy, EscalationState, events_of

NINE = datetime(2026, 7, 1, 9, tzinfo=UTC)
OFFICE = BusinessCalendar("UTC", weekly={"mon-sun": "09:00-09:40, 10:00-12:00"})
FACTS = {"case": {"priority": "low", "public": True}}
PEOPLE = ("ann", "bob", "team:net")
MICRO = timedelta(microseconds=1)


def minutes(number):
    return timedelta(minutes=number)


def some_minutes(least=1, most=30):
    return st.integers(least, most).map(minutes)


TELL = st.fixed_dictionaries(
    {"to": st.sampled_from(PEOPLE)}, optional={"when": st.sampled_from(["case.public", "not case.public"])}
)
COMMON = {
    "catch_up": st.sampled_from(["collapse", "one_step", "replay"]),
    "hold_while": st.sampled_from([[], ["waiting_customer"]]),
    "quiet_hours": st.sampled_from([{"from": "09:20", "to": "09:50"}, {"from": "09:10", "to": "10:30", "unless": "not case.public"}]),
    "finally": st.sampled_from(["close", {"to": "chief"}]),
    "ack_timeout": some_minutes(),
    "acked_reminder": some_minutes(),
    "on_wake": st.sampled_from(["same_level", "restart"]),
    "on_unack": st.sampled_from(["restart", "resume"]),
}  # fmt: skip


def plans_of(mode, **fields):
    return st.fixed_dictionaries({"mode": st.just(mode), **fields}, optional=COMMON)


def levels(**fields):
    return st.lists(
        st.builds(lambda tell, said: {**tell, **said}, TELL, st.fixed_dictionaries(fields)),
        min_size=1,
        max_size=3,
    )


WINDOWS = st.sampled_from(
    [{"from": "09:30", "to": "10:00"}, {"from": "09:05", "to": "09:25", "outside": "skip"}]
)
LADDERS = plans_of("ladder", levels=levels(wait=some_minutes()), repeat=st.integers(-1, 1))
WINDOWED = plans_of("ladder", levels=levels(wait=some_minutes(), window=WINDOWS), repeat=st.just(0))
OFFSETS = plans_of(
    "offset",
    levels=levels(**{"after": some_minutes(0), "if": st.sampled_from(["not_acked", "not_closed"])}),
    repeat=st.none()
    | st.fixed_dictionaries(
        {"after": some_minutes(), "times": st.integers(-1, 2), "revert_ack": st.booleans()}
    ),
)
WHERE = st.one_of(
    st.builds(lambda n: {"offset": f"-{n} minutes"}, st.integers(0, 40)),
    st.builds(lambda n: {"offset": f"{n} minutes"}, st.integers(0, 40)),
    st.builds(lambda n: {"percent": n}, st.integers(0, 150)),
)
AROUND = st.lists(st.builds(lambda tell, where: {**tell, **where}, TELL, WHERE), min_size=1, max_size=3)
DEADLINES = st.builds(
    lambda plan, more: {**plan, **more},
    plans_of("deadline", metric=st.just("m"), levels=AROUND),
    st.fixed_dictionaries({}, optional={
        "renotify": st.fixed_dictionaries({"every": some_minutes(), "strict": st.booleans()}),
        "notify_in": st.just("office"),
    }),
)  # fmt: skip
BASES = st.sampled_from(["created", "last_modified", "created_until_modified"])
AGES = plans_of(
    "age", levels=levels(over=some_minutes()), basis=BASES, calendar=st.sampled_from(["always", "office"])
)
RAISES = plans_of("priority_ladder", every=some_minutes(5), order=st.just(["low", "normal", "high"]))
STEPS = st.one_of(
    TELL.map(lambda tell: {"do": "notify", **tell}),
    st.builds(lambda wait: {"do": "wait", "for": wait}, some_minutes()),
    st.just({"do": "window", "from": "09:30", "to": "10:00"}),
    st.just({"do": "threshold", "of": "contact.received", "more_than": 1, "within": "20 minutes"}),
    st.just({"do": "repeat", "times": 1}),
    st.just({"do": "resolve"}),
)
CHAINS = plans_of("chain", steps=st.lists(STEPS, min_size=1, max_size=6))
PLANS = st.one_of(LADDERS, WINDOWED, OFFSETS, DEADLINES, AGES, RAISES, CHAINS)

SAID = st.sampled_from([
    ("contact.received", {}), ("contact.replied", {}), ("case.reopened", {}), ("case.resolved", {}),
    ("case.status_changed", {"to": "waiting_customer"}), ("case.status_changed", {"to": "open"}),
    ("escalation.acked", {"by": "ann"}), ("escalation.unacked", {}), ("escalation.snoozed", {}),
    ("escalation.snoozed", {"until": NINE + minutes(70)}), ("escalation.woke", {}),
    ("escalation.requested", {}), ("escalation.maintenance", {"on": True}), ("escalation.maintenance", {"on": False}),
    ("escalation.deescalated", {"reason": "so"}), ("escalation.reassigned", {"to": "eve"}), ("priority.decided", {"priority": "low"}),
])  # fmt: skip
DUES = st.one_of(st.none(), st.integers(5, 120))
MOMENTS = st.lists(
    st.tuples(st.integers(0, 25), st.none() | SAID, st.none() | st.tuples(st.integers(1, 2), DUES)),
    max_size=20,
)


def policy_of(plan):
    return EscalationPolicy.from_dict({"plan": plan}, calendars={"office": OFFICE})


def owed(number, due):
    at = None if due is None else NINE + minutes(due)
    return (
        Deadline(
            f"m#{number}",
            "m",
            NINE,
            at,
            None if due is None else minutes(due),
            "office" if number == 2 else None,
        ),
    )


def played(policy, moments):
    """Step a policy through moments: minutes later, an event or an evaluation, and maybe another deadline.

    Only events move deadlines, as at a desk.
    """
    state, now, deadlines = None, NINE, owed(1, 60)
    for later, said, moves in [(0, ("case.opened", {}), None), *moments]:
        now += minutes(later)
        deadlines = owed(*moves) if moves is not None and said is not None else deadlines
        happened = None if said is None else Event.of(said[0], at=now, **said[1])
        step = policy.step(state, happened, now=now, facts=FACTS, deadlines=deadlines)
        yield state, happened, now, step, deadlines
        state = step.state


@given(PLANS, MOMENTS, st.integers(60, 200), COMMON["catch_up"])
def test_a_repeated_evaluation_adds_nothing_however_late_it_comes(plan, moments, late, catch_up):
    policy = policy_of({**plan, "catch_up": catch_up})
    for _, _, now, step, deadlines in played(policy, moments):
        then = now + minutes(late)
        first = policy.step(step.state, None, now=then, facts=FACTS, deadlines=deadlines)
        again = policy.step(first.state, None, now=then, facts=FACTS, deadlines=deadlines)
        assert (again.firings, again.state) == ((), first.state)
        event("evaluated twice after a firing" if first.firings else "evaluated twice")


@given(PLANS, MOMENTS, st.integers(0, 59))
def test_an_extra_evaluation_before_anything_is_due_adds_and_moves_nothing(plan, moments, seconds):
    policy = policy_of(plan)
    for _, _, now, step, deadlines in played(policy, moments):
        extra = now + timedelta(seconds=seconds)
        if step.next_change_at is None or extra < step.next_change_at:
            between = policy.step(step.state, None, now=extra, facts=FACTS, deadlines=deadlines)
            assert (between.firings, between.state) == ((), step.state)
            event("looked in between")


@given(PLANS, MOMENTS)
def test_next_change_at_is_the_first_instant_at_which_an_evaluation_changes_anything(plan, moments):
    policy = policy_of(plan)
    for _, _, now, step, deadlines in played(policy, moments):
        if step.next_change_at is None:
            far = policy.step(
                step.state, None, now=now + timedelta(days=400), facts=FACTS, deadlines=deadlines
            )
            assert (far.firings, far.state) == ((), step.state)
        else:
            due = max(step.next_change_at, now)
            then = policy.step(step.state, None, now=due, facts=FACTS, deadlines=deadlines)
            assert then.state != step.state
            if due - MICRO > now:
                before = policy.step(step.state, None, now=due - MICRO, facts=FACTS, deadlines=deadlines)
                assert (before.firings, before.state) == ((), step.state)


@given(PLANS, MOMENTS)
def test_a_case_that_is_over_never_fires(plan, moments):
    over = [(5, ("case.resolved", {}), None), *((later, None, None) for later, _, _ in moments)]
    for before, _, _, step, _ in played(policy_of(plan), [*moments, *over]):
        if before is not None and before.case_status == "resolved" and step.state.case_status == "resolved":
            assert step.firings == ()
            event("looked at what is over")


@given(PLANS, MOMENTS)
def test_what_the_escalation_records_and_changes_itself_never_re_arms_it(plan, moments):
    policy = policy_of(plan)
    for before, _, now, step, deadlines in played(policy, moments):
        kinds = (
            "priority.decided",
            "contact.received",
            "contact.noted",
            "case.assigned",
            "escalation.requested",
        )
        own = [Event.of(kind, at=now + MICRO, caused_by="escalation.fired") for kind in kinds]
        state = step.state
        for recorded in events_of(before, step, now=now):
            fed = policy.step(state, recorded, now=now, facts=FACTS, deadlines=deadlines)
            assert (fed.firings, fed.faults) == ((), ())
            assert (fed.state.plans, fed.next_change_at) == (state.plans, step.next_change_at)
            state = fed.state
        for recorded in own:
            fed = policy.step(state, recorded, now=recorded.at, facts=FACTS, deadlines=deadlines)
            assert (fed.firings, fed.faults, fed.state.plans) == ((), (), state.plans)
            state = fed.state


@given(PLANS, MOMENTS)
def test_a_state_survives_writing_and_reading(plan, moments):
    for _, _, _, step, _ in played(policy_of({**plan, "edits": "snapshot"}), moments):
        assert EscalationState.from_plain(loads(dumps(step.state.to_plain()))) == step.state


@given(PLANS, MOMENTS)
def test_timers_fire_nothing_in_quiet_hours(plan, moments):
    quiet = {"from": "09:20", "to": "10:10"}
    for _, happened, now, step, _ in played(policy_of({**plan, "quiet_hours": quiet}), moments):
        if happened is None and minutes(20) <= now - NINE < minutes(70):
            assert step.firings == ()
            event("looked in quiet hours")


@given(DEADLINES, st.lists(st.tuples(st.integers(0, 25), st.integers(5, 200)), max_size=15))
def test_however_a_deadline_moves_each_level_fires_at_most_once_for_it(plan, moves):
    assume("renotify" not in plan)
    policy = policy_of({**plan, "finally": None, "ack_timeout": None})
    moments = [
        part
        for later, due in moves
        for part in [(later, ("priority.decided", {}), (1, due)), (0, None, None)]
    ]
    fired = [firing.level for *_, step, _ in played(policy, moments) for firing in step.firings]
    assert len(fired) == len(set(fired))
    event(f"{min(len(fired), 2)} levels fired")


@given(
    st.lists(st.integers(-40, 40), min_size=1, max_size=4, unique=True),
    st.integers(1, 100),
    st.integers(1, 100),
)
def test_a_deadline_that_moves_nearer_fires_the_highest_passed_level_and_names_the_others(
    offsets, later, due
):
    levels = [{"offset": f"{'-' if n < 0 else ''}{abs(n)} minutes", "to": "ann"} for n in sorted(offsets)]
    policy = policy_of({"mode": "deadline", "metric": "m", "levels": levels, "catch_up": "replay"})
    far, near, now = owed(1, 10_000), owed(1, due), NINE + minutes(later)
    state = policy.step(None, Event.of("case.opened", at=NINE), now=NINE, deadlines=far).state
    state = policy.step(
        state, Event.of("priority.decided", at=now, priority="high"), now=now, deadlines=near
    ).state
    passed = [n for n, offset in enumerate(sorted(offsets), 1) if due + offset < later]
    step = policy.step(state, None, now=now, deadlines=near)
    exact = [n for n, offset in enumerate(sorted(offsets), 1) if due + offset == later]
    assert [firing.level for firing in step.firings] == passed[-1:] + exact
    assert [firing.skipped for firing in step.firings[: len(passed[-1:])]] == [tuple(passed[:-1])] * len(
        passed[-1:]
    )
    event("passed several" if len(passed) > 1 else "passed one" if passed else "passed none")
    back = policy.step(
        step.state, Event.of("priority.decided", at=now, priority="low"), now=now, deadlines=far
    )
    again = policy.step(back.state, None, now=now + minutes(50), deadlines=far)
    assert not {firing.level for firing in again.firings} & {*passed, *exact}


@given(PLANS)
def test_the_plan_of_an_untouched_case_is_what_then_happens(plan):
    def always(item):
        return {key: value for key, value in item.items() if key not in {"when", "if"}}

    plan = {
        key: [*map(always, value)] if key in {"levels", "steps"} else value for key, value in plan.items()
    }
    quiet = plan.get("quiet_hours", {})
    policy = policy_of(
        {**plan, "quiet_hours": {key: value for key, value in quiet.items() if key != "unless"} or None}
    )
    deadlines = owed(1, 60)
    step = policy.step(None, Event.of("case.opened", at=NINE), now=NINE, facts=FACTS, deadlines=deadlines)
    listed = policy.plan(step.state, now=NINE, deadlines=deadlines)
    happened, priority, now = [], "low", NINE
    for _ in range(60):
        if step.next_change_at is None:
            break
        before, now = step.state, max(step.next_change_at, now)
        facts = {"case": {"public": True, "priority": priority}}
        step = policy.step(before, None, now=now, facts=facts, deadlines=deadlines)
        assert step.state != before
        priority = step.changes.get("case.priority", priority)
        happened += step.firings
    shown = [(f.level, f.fired_at) for f in happened[:100]]  # a plan lists a hundred firings at most
    assert [(f.level, f.fired_at) for f in listed][: len(happened)] == shown
    event("something was planned" if listed else "nothing was planned")
