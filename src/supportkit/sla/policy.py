"""The SLA policy: metrics with their targets, evaluated over a log at once or event by event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any

from supportkit.canonical import digest
from supportkit.cases import MICROSECOND, Deadline, Event, utc
from supportkit.errors import InvalidValue
from supportkit.rules import Failure
from supportkit.sla import announce
from supportkit.sla.clock import Clock, clock_of, clock_of_promise
from supportkit.sla.cycle import Cycle
from supportkit.sla.knowledge import recordable, within_reach
from supportkit.sla.meter import Meter, calendar_book
from supportkit.sla.metric import Metric
from supportkit.sla.pledge import Pledge
from supportkit.sla.progress import Progress
from supportkit.sla.report import SlaReport
from supportkit.sla.state import SlaState

__all__ = ["SlaPolicy"]

_TAKEN = frozenset({"clocks", "next_change_at", "promises", "missing", "errors", "policy_version", "explain"})


class SlaPolicy:
    """By when we owe what: metrics by name, each with its targets, counted in named calendars.

    A metric is a list of `Target` (the first that fits holds) or a `Metric`. A name that is no built-in
    metric needs ``Metric(..., like=...)``. The calendar ``always`` is known to every policy. Immutable.
    Raises InvalidValue.

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
        self.book, keys, self._shown = calendar_book(self.metrics.values(), self.calendars)
        self.meters = tuple(Meter.of(name, metric, keys, self.book) for name, metric in self.metrics.items())
        self.named = {meter.name: meter for meter in self.meters}
        self.paths = tuple(sorted({path for meter in self.meters for path in meter.paths}))
        self.starting = _by_signal((meter.kind.starts, meter) for meter in self.meters)
        self.stopping = _by_signal(((*meter.kind.stops, *meter.kind.cancels), meter) for meter in self.meters)
        self._promises = next(
            (meter.name for meter in self.meters if (meter.metric.like or meter.name) == "promise"), None
        )

    def __repr__(self) -> str:
        return f"<SlaPolicy of {', '.join(self.metrics) or 'no metric'}>"

    @cached_property
    def version(self) -> str:
        """The digest of the metrics, their targets and calendars."""
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
        return self._report(state, now if state.last_at is None else max(now, state.last_at))

    # -- for a desk ---------------------------------------------------------------------------------

    def events(self, state: SlaState, *, now: datetime) -> tuple[Event, ...]:
        """Return what has become true up to `now` and is not recorded in the state, in order of time.

        Targets set, moved, removed, warned, met, breached, revised; promises kept, broken, superseded.
        Breaches and broken promises are dated at their due time, but nothing before the last event. Applying
        the events records them; until then they are returned again. A `now` before the last event
        returns nothing.
        """
        now = utc(now)
        if state.last_at is None or now < state.last_at:
            return ()
        at = state.last_at
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
            for _, cycle, clock in self._clocks(state, now)
            if clock.state in {"running", "paused"}
        ]  # fmt: skip
        promised = [self._deadline(one) for one in state.pledges if one.stopped is None]
        return (*owed, *promised)

    def _deadline(self, one: Pledge) -> Deadline:
        """Return a promise as a deadline, in working time where its calendar is known."""
        calendar = one.calendar if one.calendar in self.book else None
        target = None if one.due is None else self.book[calendar or "always"].between(one.made, one.due)
        return Deadline(one.id, "promise", one.made, one.due, target, calendar)

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
        instants = [
            one.due + MICROSECOND
            for one in state.pledges
            if one.due is not None and one.outcome_at(now) == "open"
        ]
        for _, cycle, clock in self._clocks(state, now):
            clocks.append(clock)
            instants += announce.next_change(cycle, clock, self.book, now=now)
        if self._promises is not None:
            clocks += [clock_of_promise(self._promises, one, now) for one in state.pledges]
        return SlaReport(
            clocks=tuple(sorted(clocks, key=_age)),
            next_change_at=min(instants, default=None),
            promises=tuple(one.promise(now) for one in state.pledges),
            missing=self._missing(state),
            errors=_unreadable(state),
            policy_version=self.version,
            metrics=tuple(self.metrics),
        )

    def _missing(self, state: SlaState) -> tuple[str, ...]:
        known = {"case.status": state.status, **state.given, **state.known}
        return tuple(path for path in self.paths if known.get(path) is None)


def _unreadable(state: SlaState) -> tuple[str, ...]:
    facts = {**state.given, **state.known}
    return tuple(
        f"{path}: {fact.reason}" for path, fact in sorted(facts.items()) if isinstance(fact, Failure)
    )


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
    metric = meter.metric
    targets = [
        (
            [target.within.text, target.end_of_day, target.begin, target.warn, calendar.version]  # type: ignore[attr-defined]
            + ([] if target.when is None else [target.when.to_json()])
        )
        for target, _, calendar in meter.targets
    ]
    life = [metric.like, sorted(meter.pause), sorted(meter.hide), metric.start, metric.reopen]
    return [meter.name, life, targets]


def _read_by(meter: Meter, cycle: Cycle, progress: Progress) -> dict[str, Any]:
    """Return the facts that chose the target of a cycle that goes on, nested as an event records them."""
    if cycle.ended is not None or not meter.paths:
        return {}
    return recordable(within_reach(progress.current_facts(), meter.paths))


def _age(clock: Clock) -> datetime:
    assert clock.started is not None
    return clock.started
