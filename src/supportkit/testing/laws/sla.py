"""Laws of targets: what moves no clock, where due times lie, and that asking changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from attrs import evolve, frozen
from hypothesis import strategies as st

from supportkit.calendars import ALWAYS
from supportkit.canonical import instant_text
from supportkit.cases import MICROSECOND, Event, Log
from supportkit.errors import NoOpenTime
from supportkit.policy import Policy
from supportkit.sla import Clock, SlaReport
from supportkit.testing.laws.law import Counterexample, Law, told
from supportkit.testing.laws.outcome import Facts
from supportkit.testing.strategies.facts import facts
from supportkit.testing.strategies.histories import gaps, histories
from supportkit.testing.strategies.instants import instants

__all__ = ["LAWS"]

_WAITING = ("waiting_customer", "waiting_third_party")
_MACHINES: tuple[dict[str, Any], ...] = (
    {"kind": "contact.replied", "automated": True, "audience": "customer", "actor": "desk"},
    {"kind": "contact.replied", "audience": "internal", "actor": "agent:ann"},
    {"kind": "contact.noted", "audience": "internal", "actor": "agent:ann"},
)


@frozen
class Course:
    """What is known of a case, what happened to it, when it is asked, and something drawn besides."""

    facts: Facts
    log: Log
    now: datetime
    besides: Any = None

    def report(self, policy: Policy, log: Iterable[Event] | None = None) -> SlaReport:
        """The clocks of this history, or of another with these facts, at the same instant."""
        return policy.sla.evaluate(self.log if log is None else log, facts=self.facts, now=self.now)

    def counterexample(self, found: str, log: Iterable[Event] | None = None) -> Counterexample:
        """This course as one."""
        shown = Log("case").extended(self.log if log is None else log)
        given = {group: values for group, values in self.facts.items() if values}
        asked = f"asked at {instant_text(self.now)} with the facts {given}, after"
        return Counterexample(found, lines=(asked, *told(shown)))


def _courses(besides: st.SearchStrategy[Any]) -> Callable[[Policy], st.SearchStrategy[Course]]:
    def draw(policy: Policy) -> st.SearchStrategy[Course]:
        return st.builds(
            lambda log, known, wait, more: Course(known, log, log.events[-1].at + wait, more),
            histories(policy),
            facts(policy),
            gaps(),
            besides,
        )

    return draw


def _with(log: Log, place: int, said: dict[str, Any]) -> list[Event]:
    """Insert an event behind one of the log's, at the same instant."""
    events, behind = list(log), place % len(log)
    envelope = {name: value for name, value in said.items() if name != "kind"}
    events.insert(behind + 1, Event.of(said["kind"], at=events[behind].at, **envelope))
    return events


_HEARD = frozenset({"any_reply", "later_message_to_any", "contact.replied", "contact.noted"})


def _deaf(policy: Policy) -> frozenset[str]:
    """The metrics that no machine and no note starts or stops; a host's own may count them."""
    kinds = ((meter.name, meter.kind) for meter in policy.sla.meters)
    return frozenset(
        name for name, kind in kinds if _HEARD.isdisjoint((*kind.starts, *kind.stops, *kind.cancels))
    )


def _silent(policy: Policy, course: Course) -> Counterexample | bool:
    place, said = course.besides
    noisy, names = _with(course.log, place, said), _deaf(policy)
    before, after = (
        [c for c in course.report(policy, log).clocks if c.metric in names] for log in (None, noisy)
    )
    if before == after:
        return bool(before)
    return course.counterexample(
        f"{said['kind']} of a machine or a colleague changed {_difference(before, after)}", noisy
    )


def _once_asked(policy: Policy, course: Course) -> Counterexample | bool:
    noisy = _with(course.log, course.besides, {"kind": "contact.received", "actor": "customer"})
    names = _like(policy, "first_response")
    before, after = (
        [c for c in course.report(policy, log).clocks if c.metric in names] for log in (None, noisy)
    )
    if before == after:
        return bool(before)
    return course.counterexample(
        f"one more message of the customer changed {_difference(before, after)}", noisy
    )


def _like(policy: Policy, kind: str) -> frozenset[str]:
    return frozenset(
        name
        for name, metric in policy.sla.metrics.items()
        if (metric.like or name) == kind and metric.starts is metric.stops is None
    )


def _difference(before: Sequence[Clock], after: Sequence[Clock]) -> str:
    def shown(clock: Clock) -> str:
        return f"{clock.metric} {clock.cycle}: {clock.state}, {clock.verdict}, due {clock.due}"

    lost = [shown(clock) for clock in before if clock not in after]
    come = [shown(clock) for clock in after if clock not in before]
    return f"[{'; '.join(lost)}] to [{'; '.join(come)}]"


# -- pausing ------------------------------------------------------------------------------------------------


def _pausing(policy: Policy) -> dict[str, list[str]]:
    """The metrics that stand while somebody else is waited for, by status."""
    found = {
        status: [m.name for m in policy.sla.meters if status in m.pause and m.targets] for status in _WAITING
    }
    return {status: names for status, names in found.items() if names}


def _pauses(policy: Policy) -> st.SearchStrategy[Course]:
    def course(
        at: datetime, known: Facts, first: timedelta, stands: timedelta, more: tuple[bool, str]
    ) -> Course:
        log = Log("case").opened(at=at)
        log = log.agent_reply(at=at, by="ann") if more[0] else log
        return Course(known, log, at + first + stands, (at + first, more[1]))

    status = st.sampled_from(sorted(_pausing(policy)))
    return st.builds(course, instants(), facts(policy), gaps(), gaps(), st.tuples(st.booleans(), status))


def _later_at_the_soonest(policy: Policy, course: Course) -> Counterexample | bool:
    since, status = course.besides
    plain = course.log.status("open", at=course.now)
    paused = course.log.status(status, at=since).status("open", at=course.now)
    before, after = course.report(policy, plain), course.report(policy, paused)
    moved = False
    for name in _pausing(policy)[status]:
        due, later = before[name].due, after[name].due
        if due is None or later is None:
            continue
        if later < due:
            return course.counterexample(f"{name} was due {due}, after the pause {later}", paused)
        moved = moved or later > due
    return moved


# -- due times ----------------------------------------------------------------------------------------------


def _due_when_open(policy: Policy, course: Course) -> Counterexample | bool:
    """Look at the clocks that run after the opening, and at those that run in the end."""
    opening = course.log.events[:1]
    begun = evolve(course, log=Log("case", opening), now=opening[0].at)
    verdicts = [_each_due_when_open(policy, one) for one in (begun, course)]
    return next((one for one in verdicts if isinstance(one, Counterexample)), any(verdicts))


def _each_due_when_open(policy: Policy, course: Course) -> Counterexample | bool:
    """Look at each clock that runs: open when due, pending until then, breached a microsecond later."""
    tested, promises = False, _like(policy, "promise")
    for clock in course.report(policy).clocks:
        if (
            clock.state != "running"
            or clock.due is None
            or clock.due < course.now
            or clock.metric in promises
            or _dated_by_a_fact(policy, clock)
        ):
            continue
        calendar = policy.calendars.get(str(clock.calendar), ALWAYS)
        if not calendar.is_open(clock.due) and not calendar.is_open(clock.due - MICROSECOND):
            return course.counterexample(
                f"{clock.metric} is due {clock.due}, when {clock.calendar} is closed"
            )
        wrong = _verdicts_around(policy, course, clock, calendar)
        if wrong is not None:
            return course.counterexample(wrong)
        tested = True
    return tested


def _dated_by_a_fact(policy: Policy, clock: Clock) -> bool:
    """Whether a fact may have said the instant: it is due then, open or not."""
    return any(target.within.path is not None for target in policy.sla.metrics[clock.metric].targets)


def _verdicts_around(policy: Policy, course: Course, clock: Clock, calendar: Any) -> str | None:
    assert clock.due is not None
    try:
        late = calendar.next_open(clock.due) + MICROSECOND
    except NoOpenTime:
        return None
    for at, expected in ((clock.due, "pending"), (late, "breached")):
        verdict = policy.sla.evaluate(course.log, facts=course.facts, now=at)[clock.metric].verdict
        if verdict != expected:
            return f"{clock.metric}, due {clock.due}, is {verdict} at {instant_text(at)}, not {expected}"
    return None


# -- asking -------------------------------------------------------------------------------------------------


def _whole_and_parts(policy: Policy, course: Course) -> Counterexample | bool:
    state = policy.sla.start(course.facts)
    for event in course.log:
        state = policy.sla.apply(state, event)
    return _same(policy, course, policy.sla.report(state, now=course.now), "event by event")


def _asked_often(policy: Policy, course: Course) -> Counterexample | bool:
    """Record what has become true at drawn instants on the way, and compare the end with one look at all."""
    start = course.log.events[0].at
    ticks = [(start + (course.now - start) * share, 1, None) for share in course.besides]
    moments = sorted([*((event.at, 0, event) for event in course.log), *ticks], key=lambda one: one[:2])
    state = policy.sla.start(course.facts)
    for at, _, event in moments:
        for said in () if event is not None else policy.sla.events(state, now=at):
            state = policy.sla.apply(state, said)
        if event is not None:
            state = policy.sla.apply(state, event)
    return _same(
        policy, course, policy.sla.report(state, now=course.now), f"asked {len(ticks)} times on the way"
    )


def _same(policy: Policy, course: Course, other: SlaReport, how: str) -> Counterexample | bool:
    whole = course.report(policy)
    for name in policy.sla.metrics:
        if whole[name] != other[name]:
            return course.counterexample(f"{how}: {_difference([whole[name]], [other[name]])}")
    if whole.promises != other.promises:
        return course.counterexample(f"{how}: promises {other.promises} instead of {whole.promises}")
    return bool(whole.clocks or whole.promises)


def _has_targets(policy: Policy) -> bool:
    return any(meter.targets for meter in policy.sla.meters)


_NO_CLOCK: dict[str, Any] = {
    "applies": _has_targets,
    "premise": "no clock ever ran: no target fits what was drawn",
    "way_out": "end the lines of a metric with one without `when`",
}
_PLACES = st.integers(0, 8)
LAWS = (
    Law(
        "machines_answer_nothing",
        "Automatic messages and notes move no clock, unless a metric of one's own counts them.",
        source="R42",
        cases=_courses(st.tuples(_PLACES, st.sampled_from(_MACHINES))),
        judge=_silent,
        **_NO_CLOCK,
    ),
    Law(
        "asking_again_moves_no_first_response",
        "Further messages of the customer do not move the time of the first response.",
        source="R42",
        cases=_courses(_PLACES),
        judge=_once_asked,
        **{
            **_NO_CLOCK,
            "applies": lambda policy: any(
                m.targets for m in policy.sla.meters if m.name in _like(policy, "first_response")
            ),
        },
    ),
    Law(
        "a_pause_never_brings_a_due_time_forward",
        "While somebody else is waited for a target stands, so that it falls due no earlier.",
        source="R42",
        cases=_pauses,
        judge=_later_at_the_soonest,
        applies=lambda policy: bool(_pausing(policy)),
        premise="no pause ever moved a due time",
        way_out="pause metrics in statuses that their calendars work in, or leave `pause` out",
    ),
    Law(
        "due_times_lie_in_open_time",
        "A target falls due while its calendar is open, and is breached by one microsecond of work more.",
        source="R46",
        cases=_courses(st.none()),
        judge=_due_when_open,
        **_NO_CLOCK,
    ),
    Law(
        "event_by_event_equals_all_at_once",
        "Clocks that are told one event after the other stand as those that are told all of them.",
        source="pure decisions",
        cases=_courses(st.none()),
        judge=_whole_and_parts,
        **_NO_CLOCK,
    ),
    Law(
        "verdicts_do_not_depend_on_when_they_are_asked",
        "However often and whenever clocks are looked at, their verdicts are the same.",
        source="R42",
        cases=_courses(st.lists(st.floats(0, 1), max_size=3)),
        judge=_asked_often,
        **_NO_CLOCK,
    ),
)
