"""Every clock against a naive one that looks at each minute and knows no state but lists of what happened."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from supportkit.calendars import BusinessCalendar
from supportkit.cases import Deadline, Event
from supportkit.escalation import EscalationPolicy

NINE = datetime(2026, 7, 1, 9, tzinfo=UTC)
HORIZON = 240
OPEN = [*range(60), *range(120, 400)]  # minutes after nine that are open
OFFICE = BusinessCalendar("UTC", special={"2026-07-01": ["09:00-10:00", "11:00-15:40"]}, weekly={})


def at(minute):
    return NINE + timedelta(minutes=minute)


def minute_of(instant):
    return (instant - NINE) // timedelta(minutes=1)


def length(number):
    return timedelta(minutes=number)


def fired(plan, *, events=(), owed=lambda minute: ()):
    """Step a policy through every minute: the events of a minute, then one evaluation."""
    policy = EscalationPolicy.from_dict({"p": plan}, calendars={"office": OFFICE})
    state, found = None, []
    for minute in range(HORIZON):
        for kind, said in [("case.opened", {})] * (minute == 0) + [
            e for when, *e in events if when == minute
        ]:
            step = policy.step(
                state, Event.of(kind, at=at(minute), **said), now=at(minute), deadlines=owed(minute)
            )
            state, found = step.state, found + [(minute, firing.level) for firing in step.firings]
        step = policy.step(state, None, now=at(minute), deadlines=owed(minute))
        state, found = step.state, found + [(minute, firing.level) for firing in step.firings]
    return found


ACKS = st.lists(
    st.tuples(st.integers(1, 200), st.sampled_from(["escalation.acked", "escalation.unacked"])), max_size=3
)
AFTERS = st.lists(st.tuples(st.integers(0, 90), st.booleans()), min_size=1, max_size=4)


@given(AFTERS, ACKS, st.none() | st.tuples(st.integers(5, 60), st.integers(0, 2), st.booleans()))
def test_offsets_fire_in_the_minute_that_a_list_of_offsets_says(afters, acks, again):
    levels = [
        {"to": "a", "after": length(n), "if": "not_closed" if always else "not_acked"} for n, always in afters
    ]
    plan = {"mode": "offset", "levels": levels}
    pause, times, revert = again or (0, 0, False)
    if again is not None:
        plan["repeat"] = {"after": length(pause), "times": times, "revert_ack": revert}
    span = max(n for n, _ in afters) + pause
    acked, expected = False, []
    said = sorted((when, number, kind) for number, (when, kind) in enumerate(acks))
    for minute in range(HORIZON):
        laps = [lap for lap in range(times + 1) if span * lap <= minute]
        due = [
            (n, always)
            for lap in laps
            for n, (after, always) in enumerate(afters, 1)
            if span * lap + after == minute
        ]
        for when, _, kind in said:
            if when == minute:
                taken_back, acked = acked and kind == "escalation.unacked", kind == "escalation.acked"
                now = due if taken_back else []  # what is due lets nobody wait who gives it back
                expected, due = (
                    expected + [(minute, n) for n, _ in now],
                    [each for each in due if each not in now],
                )
        acked = acked and not (revert and any(lap and minute == span * lap for lap in laps))
        expected += [(minute, n) for n, always in due if always or not acked]
    events = [(when, kind, {"by": "x"}) for when, _, kind in said]
    found = fired(plan, events=events)
    if again is not None and span * (times + 1) <= max([*(when for when, *_ in events), 0]):
        last = span * (times + 1)  # the plan is over then: acknowledging what is over means nothing here
        found, expected = ([each for each in part if each[0] < last] for part in (found, expected))
    assert sorted(found) == sorted(expected)


def worked(start, amount):
    """Return the first minute by which so many open minutes have passed."""
    ahead = [minute for minute in OPEN if minute >= start]
    return ahead[amount - 1] + 1 if amount else (max(start, ahead[0]))


@given(st.lists(st.integers(1, 120), min_size=1, max_size=4, unique=True), st.lists(st.integers(1, 200), max_size=3), st.sampled_from(["created", "last_modified", "created_until_modified"]), st.sampled_from(["office", None]))  # fmt: skip
def test_ages_fire_in_the_minute_in_which_a_count_of_open_minutes_is_full(overs, changes, basis, calendar):
    plan = {"mode": "age", "basis": basis, "levels": [{"to": "a", "over": length(n)} for n in overs]}
    plan |= {"calendar": calendar} if calendar else {}
    since, done, expected, over = 0, set(), [], False
    for minute in range(HORIZON):
        if minute in changes and basis != "created":
            since, done, over = minute, set(), basis == "created_until_modified"
        reached = [(worked(since, n) if calendar else since + n, number) for number, n in enumerate(overs, 1)]
        due = [
            (when, number) for when, number in reached if when <= minute and number not in done and not over
        ]
        done.update(number for _, number in due)
        expected += [(minute, number) for when, number in due if when == max(due)[0]]
    assert sorted(
        fired(plan, events=[(when, "contact.noted", {}) for when in sorted(set(changes))])
    ) == sorted(expected)


SHARES = st.lists(st.one_of(st.tuples(st.just("offset"), st.integers(-60, 60)), st.tuples(st.just("percent"), st.sampled_from([0, 25, 50, 75, 100, 150]))), min_size=1, max_size=4)  # fmt: skip


@given(SHARES, st.sampled_from([20, 40, 60, 80]), st.lists(st.tuples(st.integers(1, 150), st.sampled_from([20, 40, 100, 180])), max_size=3))  # fmt: skip
def test_levels_around_a_deadline_fire_in_the_minute_it_says_however_it_moves(where, first, moves):
    levels = [
        {"to": "a", name: n if name == "percent" else f"{'-' if n < 0 else ''}{abs(n)} minutes"}
        for name, n in where
    ]
    moves = sorted(dict(moves).items())

    def due_at(minute):
        return next((due for when, due in reversed(moves) if when <= minute), first)

    def instant(name, n, due):
        return due + n if name == "offset" else due * n / 100

    done, expected = set(), []
    for minute in range(HORIZON):
        reached = [(instant(name, n, due_at(minute)), number) for number, (name, n) in enumerate(where, 1)]
        due = [(when, number) for when, number in reached if when <= minute and number not in done]
        done.update(number for _, number in due)
        expected += [(minute, number) for when, number in due if when == max(due)[0]]
    plan = {"mode": "deadline", "metric": "m", "levels": levels}
    events = [(when, "priority.decided", {"priority": "x"}) for when, _ in moves]
    found = fired(
        plan, events=events, owed=lambda m: (Deadline("m#1", "m", NINE, at(due_at(m)), length(due_at(m))),)
    )
    assert sorted(found) == sorted(expected)


STEPS = st.lists(
    st.one_of(
        st.just(("notify", 0)), st.integers(1, 60).map(lambda n: ("wait", n)),
        st.sampled_from([30, 90]).map(lambda n: ("window", n)), st.integers(0, 2).map(lambda n: ("threshold", n)),
    ),
    min_size=1, max_size=6,
)  # fmt: skip


def step_of(do, n):
    clock = at(n).strftime("%H:%M")
    return {
        "notify": {"do": "notify", "to": "a"},
        "wait": {"do": "wait", "for": length(n)},
        "window": {"do": "window", "from": clock, "to": at(n + 30).strftime("%H:%M")},
        "repeat": {"do": "repeat", "times": n},
        "threshold": {"do": "threshold", "of": "contact.received", "more_than": n, "within": "20 minutes"},
    }[do]


@given(STEPS, st.lists(st.integers(1, 20).map(lambda n: n * 10), max_size=6), st.integers(0, 1))
def test_a_chain_goes_on_in_the_minute_in_which_its_step_lets_it(steps, contacts, times):
    program = [*steps, ("repeat", times)]
    came, place, lap, rests, expected = [], 0, 0, 0, []
    for minute in range(HORIZON):
        came += [minute] * contacts.count(minute)
        while place < len(program) and rests <= minute:
            do, n = program[place]
            if do == "window" and not n <= minute < n + 30:
                break
            if do == "threshold" and sum(t >= max(came) - 20 for t in came) <= n:
                break
            if do == "repeat" and lap < n:
                place, lap = 0, lap + 1
                continue
            expected += [(minute, place + 1)] if do == "notify" else []
            rests = minute + n if do == "wait" else rests
            place += 1
    plan = {"mode": "chain", "steps": [step_of(*step) for step in program]}
    events = [(minute, "contact.received", {}) for minute in sorted(contacts)]
    assert fired(plan, events=events) == expected
