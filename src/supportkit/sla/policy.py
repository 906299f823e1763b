"""The SLA policy: metrics with their targets, evaluated over a log at once or event by event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import cached_property, reduce
from itertools import pairwise
from typing import Any

from supportkit.canonical import digest
from supportkit.cases import MICROSECOND, Deadline, Event, utc
from supportkit.errors import InvalidValue
from supportkit.rules import Failure
from supportkit.sla import announce
from supportkit.sla.clock import Clock, clock_of, clock_of_promise
from supportkit.sla.cycle import Cycle, Mark
from supportkit.sla.knowledge import nested, recordable, within_reach
from supportkit.sla.meter import Era, Meter, calendar_book, in_one_zone, joined_books
from supportkit.sla.metric import Metric
from supportkit.sla.pledge import Pledge
from supportkit.sla.progress import Progress
from supportkit.sla.report import Change, SlaReport
from supportkit.sla.state import SlaState
from supportkit.sla.within import allowance

__all__ = ["SlaPolicy"]

_TAKEN = frozenset({
    "clocks", "schedule", "next_change_at", "promises", "missing", "errors", "policy_version", "explain",
})  # fmt: skip


class SlaPolicy:
    """By when we owe what: metrics by name, each with its targets, counted in named calendars.

    A metric is a list of `Target` (the first that fits holds) or a `Metric`. A name that is no built-in
    metric needs ``Metric(..., like=...)`` or ``Metric(..., starts=...)``. The calendar ``always`` is known
    to every policy. Immutable. Raises InvalidValue.

    >>> from datetime import UTC, datetime, timedelta
    >>> from supportkit.cases import Log
    >>> from supportkit.sla import Target
    >>> nine = datetime(2026, 7, 1, 9, tzinfo=UTC)
    >>> policy = SlaPolicy({"first_response": [Target("60 minutes", "always")]})
    >>> log = Log("17").opened(at=nine)
    >>> print(policy.evaluate(log, facts={}, now=nine + timedelta(minutes=20)).first_response.due)
    2026-07-01 10:00:00+00:00
    """

    def __init__(
        self, metrics: Mapping[str, Metric | Iterable[Any]], calendars: Mapping[str, Any] | None = None
    ) -> None:
        self.metrics = {name: _metric(name, value) for name, value in metrics.items()}
        self.calendars = dict(calendars or {})
        self.versions: tuple[tuple[datetime | None, SlaPolicy], ...] = ((None, self),)
        self.books = calendar_book(self.metrics, self.calendars)
        self.book, bound, self._shown = self.books
        self._measure_by({name: (Era(None, bound[name]),) for name in self.metrics})

    def _measure_by(self, eras: Mapping[str, tuple[Era, ...]]) -> None:
        # The instants at which another version comes into force.
        self.turns = tuple(since for since, _ in self.versions if since is not None)
        self.meters = tuple(Meter.of(name, self.metrics[name], each) for name, each in eras.items())
        self.named = {meter.name: meter for meter in self.meters}
        self.paths = tuple(sorted({path for meter in self.meters for path in meter.paths}))
        self.starting = _by_signal((meter.kind.starts, meter) for meter in self.meters)
        self.stopping = _by_signal(((*meter.kind.stops, *meter.kind.cancels), meter) for meter in self.meters)
        self._promises = next(
            (meter.name for meter in self.meters if (meter.metric.like or meter.name) == "promise"), None
        )

    @classmethod
    def over_time(cls, versions: Iterable[tuple[datetime, SlaPolicy]]) -> SlaPolicy:
        """Return the policy that judges by whichever of these was in force.

        Each version holds from its instant on, the first one before that too. At each change the targets of
        what is going on are chosen anew, by the metric's carry rule for ``policy``; what is over keeps the
        verdict, the target and the versions it was judged by. A metric lives as the last version that has
        it says. Raises InvalidValue (NaiveDatetime) when the instants do not rise.

        >>> from datetime import UTC, datetime
        >>> from supportkit.sla import Target
        >>> old, new = (SlaPolicy({"resolution": [Target(t, "always")]}) for t in ("8 hours", "4 hours"))
        >>> january, july = (datetime(2026, month, 1, tzinfo=UTC) for month in (1, 7))
        >>> SlaPolicy.over_time([(january, old), (july, new)])
        <SlaPolicy of resolution in 2 versions>
        """
        given = [(utc(since), policy) for since, policy in versions]
        if not given or any(later <= since for (since, _), (later, _) in pairwise(given)):
            raise InvalidValue("over_time needs versions in order of time, each from a later instant on")
        if any(each.turns for _, each in given):
            raise InvalidValue("one of the versions is itself one over time; give its versions one by one")
        policy = cls({}, {})
        policy.versions = ((None, given[0][1]), *given[1:])
        policy.metrics = {name: metric for _, each in given for name, metric in each.metrics.items()}
        policy.calendars = {**given[-1][1].calendars}
        policy.book, bounds, policy._shown = joined_books(each.books for _, each in given)
        since = [instant for instant, _ in policy.versions]
        policy._measure_by({
            name: tuple(Era(at, bound.get(name, ())) for at, bound in zip(since, bounds, strict=True))
            for name in policy.metrics
        })  # fmt: skip
        return policy

    def version_at(self, at: datetime) -> str:
        """The version in force at an instant: of the policy itself, or of the one that held then."""
        if len(self.versions) == 1:
            return self.version
        held = (policy for since, policy in reversed(self.versions) if since is None or since <= at)
        return next(held).version

    def __repr__(self) -> str:
        versions = f" in {len(self.versions)} versions" if self.turns else ""
        return f"<SlaPolicy of {', '.join(self.metrics) or 'no metric'}{versions}>"

    @cached_property
    def version(self) -> str:
        """The digest of the metrics, their targets and calendars, or of the versions and their instants."""
        if self.turns:
            return digest([[since, policy.version] for since, policy in self.versions])
        return digest([_content(meter) for meter in self.meters])

    # -- a whole log --------------------------------------------------------------------------------

    def evaluate(self, log: Iterable[Event], *, facts: Any = None, now: datetime) -> SlaReport:
        """Return all clocks of a case at `now`, which knows nothing of events after it.

        `facts` is a nested mapping (or an object read by attribute); where the log says something else
        (a status, a priority, a kind, the facts recorded with a decision), the log wins. Raises
        NaiveDatetime, and InvalidValue for events that are not in order of time.
        """
        now = utc(now)
        progress = Progress(self, self.start(facts), whole=True)
        for event in log:
            if event.at > now:
                break
            progress.apply(event)
        progress.turn(now)
        return self._report(progress.state(), now)

    # -- event by event -----------------------------------------------------------------------------

    def start(self, facts: Any = None) -> SlaState:
        """Return the state of a case of which nothing has happened yet."""
        return SlaState(given=within_reach({} if facts is None else facts, self.paths))

    def apply(self, state: SlaState, event: Event, *, facts: Any = None) -> SlaState:
        """Return the state after one event; `facts` are those that hold from then on, None if unchanged.

        Raises InvalidValue for an event before the last one.
        """
        progress = Progress(self, state)
        progress.apply(event, facts)
        return progress.state()

    def report(self, state: SlaState, *, now: datetime) -> SlaReport:
        """Return the clocks that a state still knows at `now`, or at its last event if that is later."""
        now = utc(now)
        now = now if state.last_at is None else max(now, state.last_at)
        return self._report(self._turned(state, now), now)

    def due_if_started(self, metric: str, started: datetime, *, facts: Any = None) -> datetime | None:
        """Return when a metric would be due had it started then, without any pause; None without a target.

        The facts choose the target, as at the first event of a case. Raises KeyError for another metric.

        >>> from datetime import UTC, datetime
        >>> from supportkit.sla import Target
        >>> policy = SlaPolicy({"first_response": [Target("60 minutes", "always")]})
        >>> policy.due_if_started("first_response", datetime(2026, 7, 1, 9, tzinfo=UTC)).isoformat()
        '2026-07-01T10:00:00+00:00'
        """
        started, meter = utc(started), self.named[metric]
        facts = nested(within_reach({} if facts is None else facts, meter.paths))
        choice = meter.choice(facts, started=started, at=started, calendars=self.book)
        if choice is None:
            return None
        return Cycle(1, started, (Mark(started, "run", choice.calendar),), choice).due(self.book)

    # -- for a desk ---------------------------------------------------------------------------------

    def events(self, state: SlaState, *, now: datetime) -> tuple[Event, ...]:
        """Return what has become true up to `now` and is not recorded in the state, in order of time.

        Targets set, moved, removed, warned, met, breached, revised; promises kept, broken, superseded.
        Breaches and broken promises are dated at their due time, but nothing before the last event; what
        another version of the policy brings is dated when it comes into force.
        Applying the events records them; until then they are returned again. A `now` before the last event
        returns nothing.
        """
        now = utc(now)
        if state.last_at is None or now < state.last_at:
            return ()
        at, turned = state.last_at, state
        for turn in self.turns:
            if state.last_at < turn <= now:  # first what fell due under the version before
                if said := self._said(turned, turn - MICROSECOND, at):
                    return (*said, *self.events(reduce(self.apply, said, state), now=now))
                at, turned = turn, self._turned(state, turn)
        return self._said(turned, now, at)

    def _said(self, state: SlaState, now: datetime, at: datetime) -> tuple[Event, ...]:
        """Return what is true at `now` and not recorded, dated `at` or later."""
        progress = Progress(self, state)
        said = [
            event
            for meter, cycle, clock in self._clocks(state, now)
            for event in announce.of_cycle(cycle, clock, self.book, _read_by(meter, cycle, progress), at=at)
        ]
        said += [event for one in state.pledges for event in announce.of_promise(one, now, at=at)]
        return tuple(sorted(said, key=lambda event: (event.at, event.kind.startswith("promise"))))

    def deadlines(self, state: SlaState, *, now: datetime) -> tuple[Deadline, ...]:
        """Return what is owed at `now`: clocks that run or are paused, and promises nobody answered yet."""
        now = utc(now)
        owed = [
            Deadline(
                f"{clock.metric}#{clock.cycle}", clock.metric, clock.started, clock.due, clock.target,
                cycle.choice.calendar if cycle.choice else None, clock.state,
            )
            for _, cycle, clock in self._clocks(self._turned(state, now), now)
            if clock.state in {"running", "paused"}
        ]  # fmt: skip
        promised = [self._deadline(one) for one in state.pledges if one.stopped is None]
        return (*owed, *promised)

    def _deadline(self, one: Pledge) -> Deadline:
        """Return a promise as a deadline, in working time where its calendar is known."""
        calendar = one.calendar if one.calendar in self.book else None
        target = None if one.due is None else self.book[calendar or "always"].between(one.made, one.due)
        return Deadline(one.id, "promise", one.made, one.due, target, calendar)

    def _turned(self, state: SlaState, now: datetime) -> SlaState:
        """Return the state with the targets that the version in force at `now` has."""
        if not self.turns:
            return state
        progress = Progress(self, state)
        progress.turn(now)
        return progress.state()

    def _clocks(self, state: SlaState, now: datetime) -> Iterator[tuple[Meter, Cycle, Clock]]:
        """Yield every cycle that the state knows and that has a target, with its clock at `now`."""
        for meter in self.meters:
            track = state.tracks.get(meter.name)
            if track is None:
                continue
            cycles = track.finished if track.current is None else (*track.finished, track.current)
            for cycle in cycles:
                clock = clock_of(meter, cycle, now, status=state.status, book=self.book, shown=self._shown)
                if clock is not None:
                    yield meter, cycle, clock

    def _report(self, state: SlaState, now: datetime) -> SlaReport:
        clocks: list[Clock] = []
        changes = [change for one in state.pledges for change in announce.next_outcome(one, now=now)]
        for _, cycle, clock in self._clocks(state, now):
            clocks.append(clock)
            changes += announce.next_changes(cycle, clock, self.book, now=now)
        changes += [Change(at, None, 0, "policy") for at in self.turns if at > now]
        if self._promises is not None:
            clocks += [clock_of_promise(self._promises, one, now) for one in state.pledges]
        return SlaReport(
            clocks=tuple(sorted(clocks, key=_age)),
            schedule=tuple(sorted(changes, key=_sooner)),
            promises=tuple(one.promise(now) for one in state.pledges),
            missing=self._missing(state),
            errors=self._unreadable(state),
            policy_version=self.version_at(now),
            metrics=tuple(self.metrics),
        )

    def _missing(self, state: SlaState) -> tuple[str, ...]:
        known = {"case.status": state.status, **state.given, **state.known}
        return tuple(path for path in self.paths if known.get(path) is None)

    def _unreadable(self, state: SlaState) -> tuple[str, ...]:
        facts = {**state.given, **state.known}
        told = {path: fact.reason for path, fact in facts.items() if isinstance(fact, Failure)}
        for target, _, calendar in (each for meter in self.meters for each in meter.targets):
            path = target.within.path
            try:
                if path is not None and path not in told and facts.get(path) is not None:
                    in_one_zone(allowance(path, facts[path]), calendar)
            except InvalidValue as error:
                told[path] = str(error)  # type: ignore[index]
        return tuple(f"{path}: {reason}" for path, reason in sorted(told.items()))


def _metric(name: str, value: Metric | Iterable[Any]) -> Metric:
    if name in _TAKEN or name.startswith("_"):
        raise InvalidValue(f"a metric cannot be called {name!r}: a report has something else of that name")
    return value if isinstance(value, Metric) else Metric(value)


def _by_signal(signals: Iterable[tuple[tuple[str, ...], Meter]]) -> dict[str, tuple[Meter, ...]]:
    heard: dict[str, tuple[Meter, ...]] = {}
    for names, meter in signals:
        for name in names:
            heard[name] = (*heard.get(name, ()), meter)
    return heard


def _content(meter: Meter) -> list[Any]:
    """Return all that decides what a metric measures, as plain values."""
    metric, kind = meter.metric, meter.kind
    targets = [
        (
            [target.within.text, target.end_of_day, target.begin, target.warn, calendar.version]  # type: ignore[attr-defined]
            + ([] if target.when is None else [target.when.to_json()])
        )
        for target, _, calendar in meter.targets
    ]
    life = [metric.like, sorted(meter.pause), sorted(meter.hide), metric.start, metric.reopen]
    own = [metric.carry, metric.life, kind.starts, kind.stops] if metric.carry or metric.life else []
    return [meter.name, life, targets, *own]


def _read_by(meter: Meter, cycle: Cycle, progress: Progress) -> dict[str, Any]:
    """Return the facts that chose the target of a cycle that goes on, nested as an event records them."""
    if cycle.ended is not None or not meter.paths:
        return {}
    return recordable(within_reach(progress.current_facts(), meter.paths))


def _age(clock: Clock) -> datetime:
    assert clock.started is not None
    return clock.started


def _sooner(change: Change) -> tuple[datetime, str]:
    return change.at, change.key
