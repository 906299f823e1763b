"""A state while events are applied to it: the one mutable place of this package, owned by one call."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from attrs import evolve

from supportkit.canonical import instant_text
from supportkit.cases import OPEN_STATUSES, Event
from supportkit.errors import InvalidValue
from supportkit.sla.cycle import Choice, Cycle, Mark, Mode
from supportkit.sla.hearing import STEPS, thinned
from supportkit.sla.holds import Spans, begun_on_hold, counting_holds
from supportkit.sla.knowledge import nested, recorded, within_reach
from supportkit.sla.meter import Meter
from supportkit.sla.state import SlaState, Track
from supportkit.sla.target import Measured

if TYPE_CHECKING:
    from supportkit.sla.policy import SlaPolicy

__all__ = ["Progress"]

_NEW = Track()
_OCCASIONS = {"priority.decided": "priority", "desk.policy_adopted": "policy"}
_RECORDS_FACTS = frozenset({"case.classified", "priority.decided", "target.set", "target.moved"})


class Progress:
    """The clocks of one case on their way through its events.

    `whole` keeps every cycle with all its spans, for the evaluation of a whole log.
    """

    __slots__ = (
        "answered",
        "book",
        "cause",
        "facts",
        "given",
        "known",
        "last_at",
        "measured",
        "opened_at",
        "pledges",
        "policy",
        "promised",
        "reopens",
        "replied",
        "stale",
        "status",
        "team",
        "tracks",
        "whole",
    )

    def __init__(self, policy: SlaPolicy, state: SlaState, *, whole: bool = False) -> None:
        self.policy, self.book, self.whole = policy, policy.book, whole
        self.opened_at, self.last_at = state.opened_at, state.last_at
        self.status, self.team = state.status, state.team
        self.replied, self.answered, self.reopens = state.replied, state.answered, state.reopens
        self.given, self.known = state.given, state.known
        self.tracks: dict[str, Track] = dict(state.tracks)
        self.promised, self.pledges = state.promised, state.pledges
        self.facts: dict[str, Any] | None = None
        self.stale = False
        self.cause: str | None = None
        self.measured: Measured | None = {} if whole else None

    def state(self) -> SlaState:
        """Return the frozen state."""
        return SlaState(
            opened_at=self.opened_at,
            last_at=self.last_at,
            status=self.status,
            team=self.team,
            replied=self.replied,
            answered=self.answered,
            reopens=self.reopens,
            given=self.given,
            known=self.known,
            tracks=self.tracks,
            promised=self.promised,
            pledges=self.pledges,
        )

    def apply(self, event: Event, facts: Any = None) -> None:
        """Take in one event.

        The steps: the facts that were handed in with it; the opening, if it is the first; what its kind
        stops, says and starts; the facts it recorded; the targets anew if anything said matters to them.
        """
        at = event.at
        if self.last_at is not None and at < self.last_at:
            raise InvalidValue(
                f"event {event.kind!r} at {instant_text(at)} lies before the last one "
                f"({instant_text(self.last_at)}); apply events in order of time",
            )
        if self.policy.turns:
            self.turn(at)
        self.last_at, self.cause = at, _OCCASIONS.get(event.kind)
        if facts is not None:
            self.hand_in(within_reach(facts, self.policy.paths), at)
        if self.opened_at is None:
            self._open(at)
        step = STEPS.get(event.kind)
        if step is not None:
            step(self, event, event.payload, at)
        if event.kind in self.policy.stopping:
            self.stop(event.kind, at)
        if event.kind in self.policy.starting:
            self.start(event.kind, at)
        if facts is None and event.kind in _RECORDS_FACTS and (said := event.payload.facts):  # type: ignore[attr-defined]
            self.hand_in(recorded(said, self.policy.paths, self.given), at)
        if self.stale:
            self.choose_again(at)

    def turn(self, now: datetime) -> None:
        """Choose targets anew at each instant up to `now` at which another version came into force."""
        for at in self.policy.turns:
            if self.opened_at is not None and self.last_at is not None and self.last_at < at <= now:
                self.cause = "policy"
                self.choose_again(at)

    # -- facts and targets --------------------------------------------------------------------------

    def hand_in(self, given: Mapping[str, Any], at: datetime) -> None:
        """Take facts from outside; targets of what is going on are chosen again when they differ."""
        if given != self.given:
            self.given = given
            self.choose_again(at)

    def know(self, **said: Any) -> None:
        """Take facts about the case from the log; None says nothing."""
        for name, value in said.items():
            path = f"case.{name}"
            if value is not None and path in self.policy.paths and self.known.get(path) != value:
                self.known = {**self.known, path: value}
                self.facts, self.stale = None, True

    def current_facts(self) -> dict[str, Any]:
        """Return the facts that the policy reads, nested: the log's own over those handed in."""
        if self.facts is None:
            default = {"case.status": self.status} if "case.status" in self.policy.paths else {}
            self.facts = nested(default, self.given, self.known)
        return self.facts

    def choose_again(self, at: datetime) -> None:
        """Choose the target of every clock that is going on by the facts as they are now."""
        self.facts, self.stale = None, False
        for meter in self.policy.meters:
            track = self.tracks.get(meter.name, _NEW)
            if track.current is not None and track.current.ended is None:
                self._carry(meter, track, track.current, at, always=False)

    def reassigned(self, at: datetime) -> None:
        """Another team takes over: clocks that go on take along what their carry rule says."""
        self.cause = "reassignment"
        for meter in self.policy.meters:
            track = self.tracks.get(meter.name, _NEW)
            ongoing = track.current is not None and track.current.ended is None
            own = "team" in meter.kind.starts and not meter.outlives_teams  # it has just begun anew
            if ongoing and not own and meter.carry(self.cause) != "keep":
                self._carry(meter, track, track.current, at, always=True)  # type: ignore[arg-type]

    def merged(self, opened_at: datetime | None, waiting_since: datetime | None, at: datetime) -> None:
        """Another case came in: clocks take along what their carry rule says, its time for some of them."""
        self.cause = "merge"
        for meter in self.policy.meters:
            rule, track = meter.carry(self.cause), self.tracks.get(meter.name, _NEW)
            hears = not set(meter.kind.starts).isdisjoint(self.heard)
            since = waiting_since if hears else opened_at if meter.opens else None
            if rule == "restart" and track.current is not None and track.current.ended is None:
                self._carry(meter, track, track.current, at, always=True)
            elif rule not in {"keep", "restart"} and since is not None:
                pauses = rule == "retroactive_with_pauses"
                self._reach_back(meter, track, min(since, at), at, pauses=pauses, hears=hears)

    def _reach_back(
        self, meter: Meter, track: Track, since: datetime, at: datetime, *, pauses: bool, hears: bool
    ) -> None:
        """Let a clock count from `since` on if it began later; one that waits for a message begins there."""
        cycle = track.current
        if cycle is not None:
            if cycle.ended is None:
                choice = self._choice(meter, min(since, cycle.started), at)
                chosen = cycle.choosing(choice, at, self.book)
                self._keep(meter, track, chosen.again(at, self.book, pauses=pauses, since=since))
        elif hears and not (meter.kind.once and track.count):
            if self.status in OPEN_STATUSES:
                self._begin_late(meter, track, Mark(since, "run"), at)
            elif meter.kind.defers:
                self.tracks[meter.name] = evolve(track, waiting=min(track.waiting or since, since))

    def _carry(self, meter: Meter, track: Track, cycle: Cycle, at: datetime, *, always: bool) -> None:
        """Choose the target of a clock anew; the carry rule acts when it differs, or in any case.

        Nothing is carried over at the very start: a first priority is often decided a moment after it.
        """
        chosen, rule = self._chosen(meter, cycle, at), meter.carry(self.cause)
        before, after = cycle.choice, chosen.choice
        unmoved = before is None or after is None or (not always and after.same(before))
        if rule == "keep" or unmoved or cycle.dropped or chosen.dropped or cycle.started == at:
            self._keep(meter, track, chosen)
        elif rule == "restart":
            self._finish(meter, track, cycle.stopping(at, self.book, cancel=True, why=self.cause))
            self.begin(meter, self.tracks[meter.name], at)
        else:
            pauses = rule == "retroactive_with_pauses"
            self._keep(meter, track, chosen.again(at, self.book, pauses=pauses))

    def attach(self, meter: Meter, at: datetime, *, told: datetime | None) -> None:
        """Let an attached metric begin with its first recorded target, unless it tells of the same start."""
        cycle = self.tracks.get(meter.name, _NEW).current
        if cycle is None or cycle.ended is not None or cycle.recorded is not None:
            return
        if cycle.number == 1 and cycle.started != told:
            self.begin(meter, _NEW, at)

    def _choice(self, meter: Meter, started: datetime, at: datetime) -> Choice | None:
        facts = self.current_facts() if meter.paths else None
        return meter.choice(
            facts, started=started, at=at, calendars=self.book, policy=self.policy.version_at(at),
            measured=self.measured,
        )  # fmt: skip

    def _chosen(self, meter: Meter, cycle: Cycle, at: datetime) -> Cycle:
        if meter.attached and cycle.choice is None:  # it begins with its first target
            cycle = Cycle(cycle.number, at, (evolve(cycle.last, at=at),))
        return cycle.choosing(self._choice(meter, cycle.started, at), at, self.book)

    # -- signals ------------------------------------------------------------------------------------

    def _open(self, at: datetime) -> None:
        self.opened_at = at
        self.know(opened_at=at)
        self.start("opened", at)

    @property
    def heard(self) -> tuple[str, ...]:
        """The signals that a customer's message gives now."""
        later = ("later_message",) if self.replied else ()
        return ("message", *later, *(("later_message_to_any",) if self.answered else ()))

    def start(self, signal: str, at: datetime) -> None:
        """Begin a cycle of every metric that this signal starts and that has none going on."""
        final = self.status not in OPEN_STATUSES
        for meter in self.policy.starting.get(signal, ()):
            track = self.tracks.get(meter.name, _NEW)
            if track.current is not None or (meter.kind.once and track.count):
                continue
            if not final:
                self.begin(meter, track, at)
            elif meter.kind.defers and track.waiting is None:
                self.tracks[meter.name] = evolve(track, waiting=at)

    def stop(self, signal: str, at: datetime) -> None:
        """End the cycle of every metric that this signal stops or cancels."""
        for meter in self.policy.stopping.get(signal, ()):
            if signal == "team" and meter.outlives_teams:
                continue
            track = self.tracks.get(meter.name, _NEW)
            if track.waiting is not None:
                track = self.tracks[meter.name] = evolve(track, waiting=None)
            if track.current is not None:
                cycle = track.current
                if cycle.ended is not None:  # solving had stopped it, the answer came after
                    cycle = self._resumed(meter, cycle, at)
                self._finish(meter, track, cycle.stopping(at, self.book, cancel=signal in meter.kind.cancels))

    def begin(self, meter: Meter, track: Track, at: datetime) -> None:
        """Begin the next cycle."""
        mode, why = self._mode(meter)
        choice = self._choice(meter, at, at)
        mark = Mark(at, mode, choice.calendar if choice is not None else None, why=why)
        cycle = Cycle(track.count + 1, at, (mark,), choice)
        self.tracks[meter.name] = Track(cycle.number, cycle, track.finished)

    def _begin_late(self, meter: Meter, track: Track, first: Mark, at: datetime) -> None:
        """Begin with a customer's word from before `at`; until then it runs or stands as `first` says."""
        mode, why = self._mode(meter)
        cycle = Cycle(track.count + 1, first.at, (first,)).marked(at, mode, self.book, why=why)
        cycle = cycle.choosing(self._choice(meter, first.at, at), at, self.book)
        self.tracks[meter.name] = Track(cycle.number, cycle, track.finished)

    def _mode(self, meter: Meter) -> tuple[Mode, str | None]:
        return ("stand", self.status) if self.status in meter.pause else ("run", None)

    def _resumed(self, meter: Meter, cycle: Cycle, at: datetime) -> Cycle:
        mode, why = self._mode(meter)
        return cycle.resuming(at, mode, self.book, count=meter.reopen == "count", why=why)

    def _keep(self, meter: Meter, track: Track, cycle: Cycle) -> None:
        if cycle is not track.current:
            kept = cycle if self.whole or meter.measures_again else cycle.shortened()
            self.tracks[meter.name] = Track(track.count, kept, track.finished, track.waiting)

    def _finish(self, meter: Meter, track: Track, cycle: Cycle) -> None:
        if self.whole:
            finished = (*track.finished, cycle)
        else:
            finished = thinned((*track.finished, cycle.pack(self.book)))
        self.tracks[meter.name] = Track(track.count, None, finished, track.waiting)

    def held(self, spans: Spans, at: datetime) -> None:
        """Count the spans of a call, told at its end, in which the customer was on hold.

        Time that runs anyway is not counted twice. A clock that begins with the call began with the first.
        """
        for meter in self.policy.meters:
            track = self.tracks.get(meter.name, _NEW)
            cycle = track.current
            if not meter.kind.holds or cycle is None or cycle.ended is not None or not spans:
                continue
            if cycle.started == at == self.opened_at and meter.opens:
                begun = begun_on_hold(cycle, spans)
                choice = self._choice(meter, begun.started, at)
                self._keep(meter, track, begun.choosing(choice, at, self.book))
            else:
                self._keep(meter, track, counting_holds(cycle, spans, self.book))

    # -- statuses -----------------------------------------------------------------------------------

    def set_status(self, to: str, at: datetime) -> None:
        """Change the status: solving stops clocks, reopening lets some run on, others stand or run."""
        was_open, is_open = self.status in OPEN_STATUSES, to in OPEN_STATUSES
        if was_open and not is_open:
            self._end(at, to)
        self.status = to
        self.know(status=to)
        if is_open and not was_open:
            self._reopen(at)
        elif is_open:
            self._change_modes(at)

    def _end(self, at: datetime, to: str) -> None:
        """Stop every clock: the case is solved (some may run on later) or merged into another (none will)."""
        for meter in self.policy.meters:
            track = self.tracks.get(meter.name, _NEW)
            if track.current is None:
                continue
            cancel = to == "merged" or meter.kind.solve == "cancel"
            cycle = track.current.stopping(at, self.book, cancel=cancel, why=to)
            if meter.kind.resumes and to != "merged":
                self._keep(meter, track, cycle)
            else:
                self._finish(meter, track, cycle)

    def _reopen(self, at: datetime) -> None:
        self.reopens += 1
        self.know(reopens=self.reopens)
        for meter in self.policy.meters:
            self._reopen_one(meter, self.tracks.get(meter.name, _NEW), at)
        if self.team is not None:
            self.start("team", at)

    def _reopen_one(self, meter: Meter, track: Track, at: datetime) -> None:
        if track.waiting is not None:
            mode: Mode = "run" if meter.reopen == "count" else "stand"  # the solved time counts, or does not
            self._begin_late(meter, track, Mark(track.waiting, mode, why="resolved"), at)
        elif meter.reopen == "restart" and "opened" in meter.kind.starts and not meter.kind.once:
            if track.current is not None:
                self._finish(meter, track, track.current)
            self.begin(meter, self.tracks.get(meter.name, _NEW), at)
        elif track.current is not None:
            cycle = self._chosen(meter, self._resumed(meter, track.current, at), at)
            rule = meter.carry("reopen")
            if rule != "keep" and cycle.choice is not None:
                cycle = cycle.again(at, self.book, pauses=rule == "retroactive_with_pauses")
            self._keep(meter, track, cycle)

    def _change_modes(self, at: datetime) -> None:
        for meter in self.policy.meters:
            track = self.tracks.get(meter.name, _NEW)
            if track.current is not None:
                mode, why = self._mode(meter)
                self._keep(meter, track, track.current.marked(at, mode, self.book, why=why))
