"""Clocks against a slow reference that walks a case minute by minute and shares no code with the engine."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportkit.calendars import ALWAYS, BusinessCalendar
from supportkit.cases import Log
from supportkit.sla import Metric, SlaPolicy, Target

MONDAY = datetime(2026, 6, 1, tzinfo=UTC)
OFFICE = BusinessCalendar("UTC", weekly={"mon-fri": [("09:00", "12:00"), ("13:00", "17:00")]})
TARGETS = {"high": 90, "low": 300}
FINAL = {"resolved", "closed", "merged"}


def office_open(minute):
    day, clock = divmod(minute, 1440)
    return day % 7 < 5 and (540 <= clock < 720 or 780 <= clock < 1020)


def always_open(_):
    return True


def at(minute):
    return MONDAY + timedelta(minutes=minute)


class Slow:
    """The reference: events are (minute, what, detail); time [m, m + 1) has the status after the events at m."""

    def __init__(self, events, now, is_open, pause, reopen):
        self.events, self.now, self.is_open, self.pause, self.reopen = events, now, is_open, pause, reopen
        status, self.status = "new", []
        for _, what, detail in events:
            if what == "status" or (what == "reopened" and status in {"resolved", "closed"}):
                status = detail if what == "status" else "open"
            elif what in FINAL:
                status = what
            self.status.append(status)

    def index_at(self, minute):
        return max(i for i, event in enumerate(self.events) if event[0] <= minute)

    def status_at(self, minute):
        return self.status[self.index_at(minute)]

    def priority(self, index):
        said = [detail for _, what, detail in self.events[: index + 1] if what == "priority"]
        return TARGETS[said[-1]] if said else TARGETS["low"]

    def solves(self):
        before = ["new", *self.status]
        return [i for i, now in enumerate(self.status) if now in FINAL and before[i] not in FINAL]

    def reopens(self):
        before = ["new", *self.status]
        return [i for i, now in enumerate(self.status) if now not in FINAL and before[i] in FINAL]

    def counts(self, minute, last):
        """Whether this minute of a cycle counts, `last` being the minute up to which events are known."""
        if not self.is_open(minute):
            return False
        status = self.status_at(minute)
        if status in FINAL:
            later = any(minute < self.events[i][0] <= last for i in self.reopens())
            return self.reopen == "count" and later
        return status not in self.pause

    def measured(self, start, end):
        counted = sum(self.counts(m, end) for m in range(start, end))
        opened = sum(self.is_open(m) for m in range(start, end))
        return counted, opened - counted

    def due(self, start, end, target):
        """The earliest minute by which the target is used up, the clock running on from `end`."""
        done = 0
        for minute in range(start, start + 60 * 1440):
            if done == target:
                return minute
            done += self.counts(minute, end) if minute < end else self.is_open(minute)
        raise AssertionError

    def clock(self, start, stop_index, *, cancels=False):
        """(state, verdict, started, stopped, elapsed, paused, due) of a cycle stopped by that event, or going on."""
        end = self.now if stop_index is None else self.events[stop_index][0]
        target = self.priority(len(self.events) - 1) if stop_index is None else self.priority(stop_index)
        elapsed, paused = self.measured(start, end)
        late = elapsed > target
        state = "running" if stop_index is None else "stopped"
        if stop_index is None and self.status[-1] in self.pause:
            state = "paused"
        if stop_index is not None and cancels and not late:
            state = "cancelled"
        verdict = "breached" if late else "met" if state == "stopped" else "pending"
        due = None if state in {"paused", "cancelled"} else self.due(start, end, target)
        return state, verdict, start, None if stop_index is None else end, elapsed, paused, due

    # -- the metrics --------------------------------------------------------------------------------

    def first_response(self):
        start = self.events[0][0]
        replies = [i for i, event in enumerate(self.events) if event[1] == "reply"]
        solved = self.status[-1] in FINAL
        if replies:
            solve = [i for i in self.solves() if i < replies[0]]
            if solve and self.status[replies[0]] in FINAL:
                return [self.answered_after_solving(start, solve[-1], replies[0])]
            return [self.clock(start, replies[0])]
        return [self.clock(start, self.solves()[-1] if solved else None, cancels=True)]

    def answered_after_solving(self, start, solve, reply):
        """An answer to a solved case: judged as it stood at the solution, the solved time left out or counted."""
        target = self.priority(solve)
        elapsed, paused = self.measured(start, self.events[solve][0])
        between = sum(self.is_open(m) for m in range(self.events[solve][0], self.events[reply][0]))
        elapsed, paused = (
            (elapsed + between, paused) if self.reopen == "count" else (elapsed, paused + between)
        )
        verdict = "breached" if elapsed > target else "met"
        return "stopped", verdict, start, self.events[reply][0], elapsed, paused, ...

    def resolution(self):
        solved = self.status[-1] in FINAL
        return [self.clock(self.events[0][0], self.solves()[-1] if solved else None)]

    def cycles(self, starts, stops, *, defers=False):
        """Cycles from each start to the next stop or solution."""
        found, start, waiting = [], None, None
        for i, (minute, what, _) in enumerate(self.events):
            if i in self.solves() or what in stops:
                if start is not None:
                    found.append(self.clock(start, i))
                start = waiting = None
            if i in self.reopens() and waiting is not None:
                start, waiting = waiting, None
            if starts(i, what):
                if self.status[i] in FINAL:
                    waiting = minute if defers and waiting is None else waiting
                elif start is None:
                    start = minute
        return found + ([] if start is None else [self.clock(start, None)])

    def customer_waiting(self):
        return self.cycles(lambda _, what: what in {"opened", "message"}, {"reply"}, defers=True)

    def next_response(self):
        def asks_again(i, what):
            return what == "message" and any(event[1] == "reply" for event in self.events[:i])

        return self.cycles(asks_again, {"reply"}, defers=True)

    def periodic_update(self):
        return self.cycles(lambda _, what: what == "reply", {"reply"})


class Carrying(Slow):
    """The same with a carry rule on the priority: what counts may change when another target holds."""

    rule = "restart"

    def turns(self):
        """The events that gave a clock that was going on another target, later than in its first instant."""
        held, found, start = TARGETS["low"], [], self.events[0][0]
        for i, (minute, what, _) in enumerate(self.events):
            if self.status[i] in FINAL:
                continue
            now = self.priority(i)
            if what == "priority" and now != held and minute != start:
                found.append(i)
                start = minute if self.rule == "restart" else start
            held = now
        return found

    def counts(self, minute, last):
        turned = [self.events[i][0] for i in self.turns() if self.events[i][0] <= last]
        if self.rule == "retroactive_without_pauses" and turned and minute < turned[-1]:
            return self.is_open(minute)
        return super().counts(minute, last)

    def resolution(self):
        if self.rule != "restart":
            return super().resolution()
        ends = self.turns()
        starts = [self.events[0][0], *(self.events[i][0] for i in ends)]
        found = [self.replaced(start, i) for start, i in zip(starts, ends, strict=False)]
        stop = self.solves()[-1] if self.status[-1] in FINAL else None
        return [*found, self.clock(starts[-1], stop)]

    def replaced(self, start, i):
        """A cycle that ended with the target it had: cancelled, or breached when it was over."""
        before = Carrying(self.events[:i], self.events[i][0], self.is_open, self.pause, self.reopen)
        target = before.priority(i - 1)
        elapsed, paused = before.measured(start, self.events[i][0])
        late = elapsed > target
        due = before.due(start, self.events[i][0], target) if late else None
        state, verdict = ("stopped", "breached") if late else ("cancelled", "pending")
        return state, verdict, start, self.events[i][0], elapsed, paused, due


class Merging(Slow):
    """The same with other cases coming in: ("came_in", (minute it was opened, minute its customer waits since))."""

    rule = "retroactive_with_pauses"
    full_until = 0  # up to this minute all open time counts, in whatever status this case was

    def status_at(self, minute):
        return "new" if minute < self.events[0][0] else super().status_at(minute)

    def counts(self, minute, last):
        return self.is_open(minute) if minute < self.full_until else super().counts(minute, last)

    def full(self, begun, merges):
        without = self.rule == "retroactive_without_pauses" and merges
        self.full_until = merges[-1] if without else begun

    def came_in(self, i, place):
        """What a merge that met an open case said; None where it did not, and for other events."""
        _, what, detail = self.events[i]
        return detail[place] if what == "came_in" and self.status[i] not in FINAL else None

    def resolution(self):
        begun = self.events[0][0]
        merges = [(self.events[i][0], since) for i in range(len(self.events))
                  if (since := self.came_in(i, 0)) is not None]  # fmt: skip
        self.full(begun, [at for at, _ in merges])
        stop = self.solves()[-1] if self.status[-1] in FINAL else None
        return [self.clock(min([begun, *(min(one) for one in merges)]), stop)]

    def customer_waiting(self):
        """Cycles of waiting, each reaching back to who waited longest; it is paused in no status."""
        found, waiting, start, begun, merges = [], None, None, None, []

        def clock(stop):
            self.full(begun, merges)
            return [] if start is None else [self.clock(start, stop)]

        for i, (minute, what, _) in enumerate(self.events):
            if i in self.solves() or what == "reply":
                found += clock(i)
                start = waiting = None
            if i in self.reopens() and waiting is not None:
                start, begun, merges, waiting = waiting, waiting, [], None
            asks = what in {"opened", "message"} or self.came_in(i, 1) is not None
            if asks and self.status[i] in FINAL:
                waiting = minute if waiting is None else waiting
            elif asks and start is None:
                start, begun, merges = minute, minute, []
            if (since := self.came_in(i, 1)) is not None:
                start, merges = min(start, since), [*merges, minute]
        return found + clock(None)


PAUSES = {
    "first_response": (),
    "resolution": ("waiting_customer",),
    "customer_waiting": (),
    "next_response": ("waiting_customer", "waiting_third_party"),
    "periodic_update": ("waiting_third_party",),
}

changes = st.one_of(
    st.tuples(
        st.sampled_from(["message", "reply", "robot", "note", "reopened", "resolved", "closed"]), st.none()
    ),
    st.tuples(
        st.just("status"), st.sampled_from(["open", "waiting_customer", "waiting_third_party", "resolved"])
    ),
    st.tuples(st.just("priority"), st.sampled_from(["high", "low"])),
)
gaps = st.sampled_from([0, 0, 10, 30, 60, 90, 120, 180, 240, 300, 420, 1000, 1440]) | st.integers(0, 700)
histories = st.lists(st.tuples(gaps, changes), max_size=9)


def came_in(said):
    names = ("opened_at", "waiting_since")
    return {"of": "other", **{n: at(m) for n, m in zip(names, said, strict=True) if m is not None}}


def logged(events):
    log = Log("case")
    for minute, what, detail in events:
        moment = at(minute)
        log = {
            "opened": lambda log, t=moment: log.opened(at=t),
            "message": lambda log, t=moment: log.customer_message(at=t),
            "reply": lambda log, t=moment: log.agent_reply(at=t),
            "robot": lambda log, t=moment: log.agent_reply(at=t, automated=True),
            "note": lambda log, t=moment: log.note(at=t),
            "status": lambda log, t=moment, to=detail: log.status(to, at=t),
            "priority": lambda log, t=moment, to=detail: log.priority(to, at=t),
            "resolved": lambda log, t=moment: log.resolved(at=t),
            "closed": lambda log, t=moment: log.closed(at=t),
            "reopened": lambda log, t=moment: log.reopened(at=t),
            "came_in": lambda log, t=moment, said=detail: log.add("case.merged", at=t, **came_in(said)),
        }[what](log)
    return log


def timed(start, history):
    events = [(start, "opened", None)]
    for gap, (what, detail) in history:
        events.append((events[-1][0] + gap, what, detail))
    return events


def targets(calendar):
    return [
        Target("90 minutes", calendar, when='case.priority == "high"'),
        Target("300 minutes", calendar),
    ]


@pytest.mark.parametrize("reopen", ("leave_out", "count"))
@pytest.mark.parametrize(
    ("calendar", "is_open"), ((OFFICE, office_open), (ALWAYS, always_open)), ids=["office", "always"]
)
@given(start=st.sampled_from([0, 540, 600, 700, 1000, 1020]), history=histories, wait=gaps)
def test_clocks_agree_with_the_minute_by_minute_reference(reopen, calendar, is_open, start, history, wait):
    events = timed(start, history)
    now = events[-1][0] + wait
    policy = SlaPolicy(
        {name: Metric(targets(calendar), pause=pause, reopen=reopen) for name, pause in PAUSES.items()}
    )
    report = policy.evaluate(logged(events), facts={}, now=at(now))
    for name, pause in PAUSES.items():
        expected = getattr(Slow(events, now, is_open, pause, reopen), name)()
        found = [clock for clock in report.clocks if clock.metric == name]
        assert [shown(clock, pair) for clock, pair in zip(found, expected, strict=True)] == expected


def cycle(clock):
    return clock.cycle


def shown(clock, expected):
    def minutes(instant):
        return None if instant is None else (instant - MONDAY) / timedelta(minutes=1)

    due = ... if expected[-1] is ... else minutes(clock.due)
    elapsed, paused = (amount / timedelta(minutes=1) for amount in (clock.elapsed, clock.paused))
    return clock.state, clock.verdict, minutes(clock.started), minutes(clock.stopped), elapsed, paused, due


@pytest.mark.parametrize("rule", ("restart", "retroactive_with_pauses", "retroactive_without_pauses"))
@given(start=st.sampled_from([0, 540, 700, 1000]), history=histories, wait=gaps)
def test_carry_rules_agree_with_the_minute_by_minute_reference(rule, start, history, wait):
    events = timed(start, history)
    now = events[-1][0] + wait
    policy = SlaPolicy(
        {"resolution": Metric(targets(OFFICE), pause=PAUSES["resolution"], carry={"priority": rule})}
    )
    slow = Carrying(events, now, office_open, PAUSES["resolution"], "leave_out")
    slow.rule = rule
    expected = slow.resolution()
    clocks = policy.evaluate(logged(events), facts={}, now=at(now)).clocks
    assert [shown(clock, pair) for clock, pair in zip(clocks, expected, strict=True)] == expected


sinces = st.none() | st.integers(-3000, 4000)
merging = st.lists(
    st.tuples(gaps, changes | st.tuples(st.just("came_in"), st.tuples(sinces, sinces))), max_size=9
)


@pytest.mark.parametrize("rule", ("retroactive_with_pauses", "retroactive_without_pauses"))
@given(start=st.sampled_from([0, 540, 700, 1000]), history=merging, wait=gaps)
def test_cases_that_come_in_agree_with_the_minute_by_minute_reference(rule, start, history, wait):
    events = timed(start, history)
    now = events[-1][0] + wait
    names = ("resolution", "customer_waiting")
    carry = {"merge": rule}
    policy = SlaPolicy({name: Metric(targets(OFFICE), pause=PAUSES[name], carry=carry) for name in names})
    report = policy.evaluate(logged(events), facts={}, now=at(now))
    final = Slow(events, now, office_open, (), "leave_out").status
    heard_late = any(
        what == "came_in" and status in FINAL
        for (_, what, _), status in zip(events, final, strict=True)
    )  # fmt: skip
    for name in names[: 1 if heard_late else 2]:
        slow = Merging(events, now, office_open, PAUSES[name], "leave_out")
        slow.rule = rule
        expected = getattr(slow, name)()
        found = [clock for clock in sorted(report.clocks, key=cycle) if clock.metric == name]
        assert [shown(clock, pair) for clock, pair in zip(found, expected, strict=True)] == expected


@given(start=st.sampled_from([0, 540, 700, 1000]), history=histories, wait=gaps)
def test_answers_of_anybody_agree_with_the_reference_that_reads_robots_as_persons(start, history, wait):
    events = timed(start, history)
    people = [(minute, "reply" if what == "robot" else what, detail) for minute, what, detail in events]
    now = events[-1][0] + wait
    kinds = ("first_response", "next_response", "customer_waiting", "periodic_update")
    policy = SlaPolicy(
        {f"any_{kind}": Metric(targets(OFFICE), like=kind, answers="anybody") for kind in kinds}
    )
    report = policy.evaluate(logged(events), facts={}, now=at(now))
    for kind in kinds:
        expected = getattr(Slow(people, now, office_open, (), "leave_out"), kind)()
        found = [clock for clock in report.clocks if clock.metric == f"any_{kind}"]
        assert [shown(clock, pair) for clock, pair in zip(found, expected, strict=True)] == expected


@given(
    start=st.sampled_from([0, 540, 700, 1000]), history=histories, level=st.sampled_from([30, 90, 250, 600])
)
def test_warnings_before_the_end_agree_with_the_minute_by_minute_reference(start, history, level):
    events = timed(start, history)
    end = events[-1][0]
    warned = [Target("300 minutes", OFFICE, warn=[f"{level} minutes before"])]
    policy = SlaPolicy({"resolution": Metric(warned, pause=PAUSES["resolution"])})
    report = policy.evaluate(logged(events), facts={}, now=at(end))
    slow = Slow(events, end, office_open, PAUSES["resolution"], "leave_out")
    clock = report.resolution
    if clock.state != "running":
        return
    reached = slow.due(start, end, max(300 - level, 0))
    if clock.warned:
        assert reached <= end
    else:
        assert (report.schedule[0].what, report.schedule[0].at) == (f"{level} minutes before", at(reached))
