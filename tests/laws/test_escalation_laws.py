"""Laws of escalation: what holds for every ladder and every history."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from supportkit.canonical import dumps, loads
from supportkit.cases import Event
from supportkit.escalation import EscalationPolicy, EscalationState, events_of

NINE = datetime(2026, 7, 1, 9, tzinfo=UTC)
TARGETS = ("ann", "bob", "team:net", "schedule:night")


def minutes(number):
    return timedelta(minutes=number)


@st.composite
def ladders(draw, **fixed):
    """A ladder of up to four levels that takes some time."""
    count = draw(st.integers(1, 4))
    levels = [
        {
            "to": draw(st.lists(st.sampled_from(TARGETS), max_size=2)),
            "wait": minutes(draw(st.integers(0 if number else 1, 20))),
            "kind": draw(st.sampled_from(["inform", "functional", "hierarchical"])),
            "skip_if_empty": draw(st.booleans()),
        }
        for number in range(count)
    ]
    options = {
        "repeat": draw(st.integers(-1, 2)),
        "catch_up": draw(st.sampled_from(["collapse", "one_step", "replay"])),
        "on_wake": draw(st.sampled_from(["same_level", "restart"])),
        "on_unack": draw(st.sampled_from(["restart", "resume"])),
        "hold_while": draw(st.sampled_from([[], ["waiting_customer"]])),
        **({"ack_timeout": minutes(draw(st.integers(1, 30)))} if draw(st.booleans()) else {}),
        **fixed,
    }
    levels[0]["after"] = minutes(draw(st.sampled_from([0, 0, 7])))
    return {"levels": levels, **options}


EVENTS = st.one_of(
    st.sampled_from([
        ("case.opened", {}), ("contact.replied", {}), ("case.reopened", {}), ("case.resolved", {}),
        ("case.status_changed", {"to": "waiting_customer"}), ("case.status_changed", {"to": "open"}),
        ("escalation.acked", {"by": "ann"}), ("escalation.unacked", {}), ("escalation.snoozed", {}),
        ("escalation.woke", {}), ("escalation.requested", {}), ("escalation.manager_requested", {}),
        ("escalation.maintenance", {"on": True}), ("escalation.maintenance", {"on": False}),
        ("escalation.deescalated", {"reason": "so"}), ("escalation.reassigned", {"to": "eve"}),
        ("escalation.attached", {"to": "9"}), ("escalation.attached", {"to": None}), ("promise.broken", {}),
    ]),
    st.builds(lambda n: ("escalation.snoozed", {"until": NINE + minutes(n)}), st.integers(0, 300)),
)  # fmt: skip
MOMENTS = st.lists(st.tuples(st.integers(0, 25), st.none() | EVENTS), max_size=25)
POLICIES = st.builds(
    lambda opened, broken: EscalationPolicy.from_dict({"opened": opened, "broken": {**broken, "starts": "promise.broken"}}),
    ladders(),
    ladders(),
)  # fmt: skip


def history(moments):
    """Turn (minutes later, event or evaluation) into instants and events; the case opens first."""
    now = NINE
    yield now, Event.of("case.opened", at=now)
    for later, said in moments:
        now += minutes(later)
        yield now, None if said is None else Event.of(said[0], at=now, **said[1])


def played(policy, moments):
    state = None
    for now, event in history(moments):
        step = policy.step(state, event, now=now)
        yield state, event, now, step
        state = step.state


@given(POLICIES, MOMENTS, st.integers(0, 500))
def test_a_repeated_or_earlier_evaluation_changes_nothing(policy, moments, earlier):
    for _, event, now, step in played(policy, moments):
        if event is None:
            again = policy.step(step.state, None, now=now)
            one_step = any(plan.catch_up == "one_step" for plan in policy.plans.values())
            assert (again.firings, again.state) == ((), step.state) or one_step
        before = min(now - minutes(earlier), step.next_change_at or now, step.state.last_at or now)
        past = policy.step(step.state, None, now=before - timedelta(microseconds=1))
        assert (past.firings, past.state) == ((), step.state)


@given(POLICIES, MOMENTS, st.integers(0, 59))
def test_an_extra_evaluation_before_anything_is_due_adds_and_moves_nothing(policy, moments, seconds):
    state, extra = None, None
    for now, event in history(moments):
        step = policy.step(state, event, now=now)
        other = policy.step(extra, event, now=now)
        assert step.firings == other.firings
        state, extra = step.state, other.state
        later = now + timedelta(seconds=seconds)
        if step.next_change_at is None or step.next_change_at > later:
            extra = policy.step(extra, None, now=later).state


@given(POLICIES, MOMENTS)
def test_a_firing_carries_the_evaluation_and_is_never_early(policy, moments):
    for _, _, now, step in played(policy, moments):
        for firing in step.firings:
            assert firing.fired_at == now
            assert firing.due_at <= now
            assert len(set(firing.targets)) == len(firing.targets)


@given(POLICIES, MOMENTS)
def test_a_case_that_is_over_never_fires(policy, moments):
    for before, event, _, step in played(policy, moments):
        over = (
            before is not None and before.case_status == "resolved" and step.state.case_status == "resolved"
        )
        if over or (event is not None and event.kind == "case.resolved"):
            assert step.firings == ()
            assert step.next_change_at is None


@given(POLICIES, MOMENTS)
def test_whoever_asks_for_a_manager_is_put_through_in_the_same_step(policy, moments):
    for before, event, now, step in played(policy, [*moments, (0, ("escalation.manager_requested", {}))]):
        if event is not None and event.kind == "escalation.manager_requested":
            assert before is not None
            over = before.case_status == "resolved"
            assert len(step.firings) == (0 if over else 1)
            assert all(firing.due_at == firing.fired_at == now for firing in step.firings)


@given(POLICIES, MOMENTS)
def test_the_events_of_a_step_change_nothing_when_they_are_stepped_again(policy, moments):
    for before, _, now, step in played(policy, moments):
        state = step.state
        for event in events_of(before, step, now=now):
            fed = policy.step(state, event, now=now)
            assert (fed.firings, fed.faults) == ((), ())
            assert (fed.state.plans, fed.next_change_at) == (state.plans, step.next_change_at)
            state = fed.state


@given(POLICIES, MOMENTS)
def test_a_state_survives_writing_and_reading(policy, moments):
    for _, _, _, step in played(policy, moments):
        text = dumps(step.state.to_plain())
        assert EscalationState.from_plain(loads(text)) == step.state
        assert len(text) < 1200


@given(POLICIES, MOMENTS)
def test_next_change_at_is_the_first_instant_at_which_an_evaluation_changes_anything(policy, moments):
    for _, _, now, step in played(policy, moments):
        if step.next_change_at is None:
            far = policy.step(step.state, None, now=now + timedelta(days=400))
            assert (far.firings, far.state) == ((), step.state)
        else:
            due = max(step.next_change_at, now)
            assert policy.step(step.state, None, now=due).state != step.state


def expected(ladder, until):
    """Compute, slowly and without any state machine, when an untouched ladder fires on time."""
    waits, repeat = [level["wait"] for level in ladder["levels"]], ladder["repeat"]
    at, fired, lap = NINE + ladder["levels"][0]["after"], [], 1
    while repeat < 0 or lap <= repeat + 1:
        for number, wait in enumerate(waits, 1):
            if at > until:
                return fired
            fired.append((number, at))
            at += wait
        lap += 1
    return fired


@given(ladders(hold_while=[]))
def test_an_untouched_ladder_fires_when_a_plain_sum_of_waits_says(ladder):
    ladder["levels"] = [{**level, "skip_if_empty": False} for level in ladder["levels"]]
    policy = EscalationPolicy.from_dict({"ladder": ladder})
    until = NINE + minutes(60)
    step = policy.step(None, Event.of("case.opened", at=NINE), now=NINE)
    found = [*step.firings]
    while step.next_change_at is not None and step.next_change_at <= until:
        step = policy.step(step.state, None, now=step.next_change_at)
        found += step.firings
    assert [(firing.level, firing.fired_at) for firing in found] == expected(ladder, until)
    assert all(firing.due_at == firing.fired_at and not firing.skipped for firing in found)


@given(ladders(hold_while=[], catch_up="collapse"), st.integers(0, 200))
def test_a_collapsed_evaluation_names_every_level_whose_turn_it_was_in_order(ladder, late):
    count = len(ladder["levels"])
    ladder["levels"] = [{**level, "skip_if_empty": False} for level in ladder["levels"]]
    policy = EscalationPolicy.from_dict({"ladder": ladder})
    first = policy.step(None, Event.of("case.opened", at=NINE), now=NINE)
    then = policy.step(first.state, None, now=NINE + minutes(late))
    named = [level for f in (*first.firings, *then.firings) for level in (*f.skipped, f.level)]
    assert named == [turn % count + 1 for turn in range(len(named))]
