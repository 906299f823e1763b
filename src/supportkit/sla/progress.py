"""A state while events are applied to it: the one mutable place of this package, owned by one call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from attrs import evolve

from supportkit.canonical import instant_text
from supportkit.cases import OPEN_STATUSES, STATUSES, Event
from supportkit.errors import InvalidValue
from supportkit.sla import pledge
from supportkit.sla.cycle import Choice, Cycle, Mark, Mode, Recorded
from supportkit.sla.knowledge import nested, recorded, within_reach
from supportkit.sla.meter import Meter
from supportkit.sla.pledge import Pledge
from supportkit.sla.state import SlaState, Track

if TYPE_CHECKING:
    from supportkit.sla.policy import SlaPolicy

__all__ = ["Progress"]

MOST_KEPT = 8
"""How many cycles (and promises) that are over but not yet recorded a state keeps."""


class Progress:
    """The clocks of one case on their way through its events.

    `whole` keeps every cycle with all its spans, for the evaluation of a whole log.
    """

    __slots__ = (
        "book",
        "facts",
        "given",
        "known",
        "last_at",
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
        self.replied, self.reopens = state.replied, state.reopens
        self.given, self.known = state.given, state.known
        self.tracks: dict[str, Track] = dict(state.tracks)
        self.promised, self.pledges = state.promised, state.pledges
        self.facts: dict[str, Any] | None = None
        self.stale = False

    def state(self) -> SlaState:
        """Return the frozen state."""
        return SlaState(
            opened_at=self.opened_at,
            last_at=self.last_at,
            status=self.status,
            team=self.team,
            replied=self.replied,
            reopens=self.reopens,
            given=self.given,
            known=self.known,
            tracks=self.tracks,
            promised=self.promised,
            pledges=self.pledges,
        )

    # -- one event ----------------------------------------------------------------------------------

    def apply(self, event: Event, facts: Any = None) -> None:
        """Take in one event: the facts at it, then what it stops, says and starts, then the targets anew."""
        at = event.at
        if self.last_at is not None and at < self.last_at:
            raise InvalidValue(
                f"event {event.kind!r} at {instant_text(at)} lies before the last one "
                f"({instant_text(self.last_at)}); apply events in order of time",
            )
        self.last_at = at
        if facts is not None:
            self.hand_in(within_reach(facts, self.policy.paths), at)
        if self.opened_at is None:
            self._open(at)
        step = _STEPS.get(event.kind)
        if step is not None:
            step(self, event, event.payload, at)
        if facts is None and event.kind in _RECORDS_FACTS and (said := event.payload.facts):  # type: ignore[attr-defined]
            self.hand_in(recorded(said, self.policy.paths, self.given), at)
        if self.stale:
            self.choose_again(at)

    def hand_in(self, given: Mapping[str, Any], at: datetime) -> None:
        """Take facts from outside; targets of what is going on are chosen again when they differ."""
        if given != self.given:
            self.given = given
            self.facts = None
            self.choose_again(at)

    def choose_again(self, at: datetime) -> None:
        """Choose the target of every clock that is going on by the facts as they are now."""
        self.stale = False
        for meter in self.policy.meters:
            track = self.tracks.get(meter.name)
            if track is not None and track.current is not None and track.current.ended is None:
                self._keep(meter, track, self._chosen(meter, track.current, at))

    def attach(self, at: datetime) -> None:
        """Begin the first cycle of attached metrics whose first target came after the opening: it starts here."""
        for meter in self.policy.meters:
            track = self.tracks.get(meter.name, _NEW)
            cycle = track.current
            if meter.metric.start == "attached" and cycle is not None and _unattached(track) and cycle.choice:
                if cycle.choice.since != cycle.started:
                    self._begin(meter, Track(), at)

    def current_facts(self) -> dict[str, Any]:
        """Return the facts that the policy reads, nested: the log's own over those handed in."""
        if self.facts is None:
            default = {"case.status": self.status} if "case.status" in self.policy.paths else {}
            self.facts = nested(default, self.given, self.known)
        return self.facts

    def _know(self, **said: Any) -> None:
        for name, value in said.items():
            path = f"case.{name}"
            if value is not None and path in self.policy.paths and self.known.get(path) != value:
                self.known = {**self.known, path: value}
                self.facts, self.stale = None, True

    # -- signals ------------------------------------------------------------------------------------

    def _open(self, at: datetime) -> None:
        self.opened_at = at
        self._know(opened_at=at)
        self._start("opened", at)

    def _start(self, signal: str, at: datetime) -> None:
        final = self.status not in OPEN_STATUSES
        for meter in self.policy.starting.get(signal, ()):
            track = self.tracks.get(meter.name, _NEW)
            if track.current is not None:
                continue
            if not final:
                self._begin(meter, track, at)
            elif meter.kind.defers and track.waiting is None:
                self.tracks[meter.name] = evolve(track, waiting=at)

    def _stop(self, signal: str, at: datetime) -> None:
        for meter in self.policy.stopping.get(signal, ()):
            track = self.tracks.get(meter.name, _NEW)
            if track.waiting is not None:
                track = self.tracks[meter.name] = evolve(track, waiting=None)
            if track.current is not None:
                cycle = track.current
                if cycle.ended is not None:  # solving had stopped it, the answer came after
                    cycle = self._resumed(meter, cycle, at)
                self._finish(meter, track, cycle.stopping(at, self.book, cancel=signal in meter.kind.cancels))

    def _begin(self, meter: Meter, track: Track, at: datetime) -> None:
        mode, why = self._mode(meter)
        choice = self._choice(meter, at, at)
        mark = Mark(at, mode, choice.calendar if choice is not None else None, why=why)
        cycle = Cycle(track.count + 1, at, (mark,), choice)
        self.tracks[meter.name] = Track(cycle.number, cycle, track.finished)

    def _begin_late(self, meter: Meter, track: Track, at: datetime) -> None:
        """Begin with a customer's word from before the reopening: the solved time is left out, or counts."""
        assert track.waiting is not None
        first = Mark(track.waiting, "run" if meter.metric.reopen == "count" else "stand", why="resolved")
        mode, why = self._mode(meter)
        cycle = Cycle(track.count + 1, track.waiting, (first,)).marked(at, mode, self.book, why=why)
        cycle = cycle.choosing(self._choice(meter, track.waiting, at), at, self.book)
        self.tracks[meter.name] = Track(cycle.number, cycle, track.finished)

    def _mode(self, meter: Meter) -> tuple[Mode, str | None]:
        return ("stand", self.status) if self.status in meter.pause else ("run", None)

    def _choice(self, meter: Meter, started: datetime, at: datetime) -> Choice | None:
        facts = self.current_facts() if meter.paths else None
        return meter.choice(facts, started=started, at=at, calendars=self.book)

    def _chosen(self, meter: Meter, cycle: Cycle, at: datetime) -> Cycle:
        return cycle.choosing(self._choice(meter, cycle.started, at), at, self.book)

    def _keep(self, meter: Meter, track: Track, cycle: Cycle) -> None:
        if cycle is not track.current:
            kept = cycle if self.whole else cycle.shortened()
            self.tracks[meter.name] = Track(track.count, kept, track.finished, track.waiting)

    def _finish(self, meter: Meter, track: Track, cycle: Cycle) -> None:
        if self.whole:
            finished = (*track.finished, cycle)
        else:
            finished = _thinned((*track.finished, cycle.pack(self.book)))
        self.tracks[meter.name] = Track(track.count, None, finished, track.waiting)

    def _resumed(self, meter: Meter, cycle: Cycle, at: datetime) -> Cycle:
        mode, why = self._mode(meter)
        return cycle.resuming(at, mode, self.book, count=meter.metric.reopen == "count", why=why)

    # -- statuses -----------------------------------------------------------------------------------

    def _set_status(self, to: str, at: datetime) -> None:
        was_open, is_open = self.status in OPEN_STATUSES, to in OPEN_STATUSES
        if was_open and not is_open:
            self._end(at, to)
        self.status = to
        self._know(status=to)
        if is_open and not was_open:
            self._reopen(at)
        elif is_open:
            self._change_modes(at)

    def _end(self, at: datetime, to: str) -> None:
        """Stop every clock: the case is solved (some may run on later) or merged into another (none will)."""
        for meter in self.policy.meters:
            track = self.tracks.get(meter.name, _NEW)
            if track.current is None or track.current.ended is not None:
                continue
            cancel = to == "merged" or meter.kind.solve == "cancel"
            cycle = track.current.stopping(at, self.book, cancel=cancel, why=to)
            if meter.kind.resumes and to != "merged":
                self._keep(meter, track, cycle)
            else:
                self._finish(meter, track, cycle)

    def _reopen(self, at: datetime) -> None:
        self.reopens += 1
        self._know(reopens=self.reopens)
        for meter in self.policy.meters:
            track = self.tracks.get(meter.name, _NEW)
            if track.waiting is not None:
                self._begin_late(meter, track, at)
            elif meter.metric.reopen == "restart" and "opened" in meter.kind.starts and not meter.kind.once:
                if track.current is not None:
                    self._finish(meter, track, track.current)
                self._begin(meter, self.tracks.get(meter.name, _NEW), at)
            elif track.current is not None:
                self._keep(meter, track, self._chosen(meter, self._resumed(meter, track.current, at), at))
        if self.team is not None:
            self._start("team", at)

    def _change_modes(self, at: datetime) -> None:
        for meter in self.policy.meters:
            track = self.tracks.get(meter.name, _NEW)
            if track.current is not None:
                mode, why = self._mode(meter)
                self._keep(meter, track, track.current.marked(at, mode, self.book, why=why))

    # -- what the kinds of events say ---------------------------------------------------------------

    def _opened(self, _: Event, said: Any, at: datetime) -> None:
        if said.by == "customer":
            self._message(at, said.form)

    def _received(self, event: Event, said: Any, at: datetime) -> None:
        if event.is_customer_message:
            self._message(at, said.form)

    def _message(self, at: datetime, form: str | None) -> None:
        self._start("message", at)
        if self.replied:
            self._start("later_message", at)
        if form == "callback_request":
            self._start("callback", at)

    def _answered(self, event: Event, _: Any, at: datetime) -> None:
        if event.is_human_reply:
            self._stop("reply", at)
            self.replied = True
            if self.pledges:
                self.pledges = self._kept(tuple(pledge.replied(one, at) for one in self.pledges))
            self._start("reply", at)

    def _acknowledged(self, event: Event, _: Any, at: datetime) -> None:
        self._stop("acknowledged" if event.kind == "ack.sent" else "not_acknowledged", at)

    def _changed_status(self, _: Event, said: Any, at: datetime) -> None:
        if said.to in STATUSES:
            self._set_status(said.to, at)

    def _resolved(self, _: Event, __: Any, at: datetime) -> None:
        self._set_status("resolved", at)

    def _closed(self, _: Event, __: Any, at: datetime) -> None:
        self._set_status("closed", at)

    def _reopened(self, _: Event, __: Any, at: datetime) -> None:
        if self.status in {"resolved", "closed"}:
            self._set_status("open", at)

    def _merged(self, _: Event, __: Any, at: datetime) -> None:
        self._set_status("merged", at)

    def _assigned(self, _: Event, said: Any, at: datetime) -> None:
        if said.agent is None and said.team is None:
            return
        if said.agent and self.status == "new":
            self._set_status("open", at)
        moved = said.team is not None and said.team != self.team
        if moved:
            self._stop("team", at)
            self.team = said.team
        self._know(owner=said.agent, team=said.team)
        if moved:
            self._start("team", at)

    def _prioritised(self, _: Event, said: Any, __: datetime) -> None:
        self._know(priority=said.priority)

    def _classified(self, _: Event, said: Any, __: datetime) -> None:
        names = ("kind", "category", "impact", "urgency")
        self._know(**{name: getattr(said, name) for name in names}, tags=self._tags(said.tags))

    def _tags(self, new: tuple[str, ...]) -> tuple[str, ...] | None:
        return tuple(dict.fromkeys((*self.known.get("case.tags", ()), *new))) if new else None

    def _complained(self, _: Event, __: Any, ___: datetime) -> None:
        self._know(kind="complaint")

    def _adopted(self, _: Event, __: Any, ___: datetime) -> None:
        self.facts, self.stale = None, True

    # -- what the log says already ------------------------------------------------------------------

    def _target_set(self, event: Event, said: Any, at: datetime) -> None:
        meter, track = self.policy.named.get(said.metric), self.tracks.get(said.metric, _NEW)
        attached = meter is not None and meter.metric.start == "attached" and _unattached(track)
        if (
            meter is not None
            and attached
            and track.current is not None
            and said.started != track.current.started
        ):
            self._begin(meter, Track(), at)
        self._target_said(event, said, at)

    def _target_said(self, event: Event, said: Any, _: datetime) -> None:
        track = self.tracks.get(said.metric)
        if track is None:
            return
        if track.current is not None and track.current.number == said.cycle:
            cycle = evolve(track.current, recorded=_recorded(track.current.recorded, event.kind, said))
            self.tracks[said.metric] = evolve(track, current=cycle)
            return
        finished = tuple(
            evolve(cycle, recorded=_recorded(cycle.recorded, event.kind, said))
            if cycle.number == said.cycle
            else cycle
            for cycle in track.finished
        )
        self.tracks[said.metric] = evolve(track, finished=finished if self.whole else _thinned(finished))

    def _promised(self, event: Event, _: Any, __: datetime) -> None:
        self.promised += 1
        self.pledges = self._kept(pledge.made(self.pledges, event, self.promised))

    def _promise_ended(self, event: Event, said: Any, at: datetime) -> None:
        outcome = event.kind.partition(".")[2]
        self.pledges = self._kept(
            tuple(_ended(one, outcome, at) if one.id == said.id else one for one in self.pledges)
        )

    def _kept(self, pledges: tuple[Pledge, ...]) -> tuple[Pledge, ...]:
        """Keep the newest promise, and of those before it what is still to be watched or said."""
        if self.whole or not pledges:
            return pledges
        live = [one for one in pledges[:-1] if not one.over]
        unsaid = [one for one in live if one.outcome != "open" and not one.recorded]
        forgotten = unsaid[:-MOST_KEPT]
        return (*(one for one in live if one not in forgotten), pledges[-1])


_NEW = Track()


def _unattached(track: Track) -> bool:
    """Return whether a first cycle goes on of which the log has recorded no target yet."""
    cycle = track.current
    return cycle is not None and cycle.number == 1 and cycle.ended is None and cycle.recorded is None


def _thinned(finished: tuple[Cycle, ...]) -> tuple[Cycle, ...]:
    """Keep the last cycle, and of those before it the youngest whose verdict the log does not say yet."""
    unsaid = [cycle for cycle in finished[:-1] if cycle.choice is not None and not _said(cycle)]
    return (*unsaid[-MOST_KEPT:], *finished[-1:])


def _said(cycle: Cycle) -> bool:
    if cycle.recorded is None:
        return cycle.ended == "cancelled"
    return cycle.recorded.state != "running" or cycle.recorded.verdict != "pending"


def _recorded(before: Recorded | None, kind: str, said: Any) -> Recorded:
    recorded = before or Recorded()
    if kind == "target.warned":
        return evolve(recorded, warned=(*recorded.warned, said.level))
    if kind in {"target.set", "target.moved"}:
        verdict = "pending" if recorded.verdict == "met" else recorded.verdict
        return Recorded(said.due, said.target, said.calendar, "running", verdict, recorded.warned)
    if kind == "target.removed":
        return evolve(recorded, state="removed")
    if kind == "target.met":
        return evolve(recorded, state="stopped", verdict="met")
    return evolve(recorded, verdict="breached" if kind == "target.breached" else said.verdict)


def _ended(one: Pledge, outcome: str, at: datetime) -> Pledge:
    stopped = one.stopped if outcome == "broken" else one.stopped or at
    return evolve(one, outcome=outcome, stopped=stopped, recorded=True)


_STEPS: dict[str, Callable[[Progress, Event, Any, datetime], None]] = {
    "case.opened": Progress._opened,
    "case.status_changed": Progress._changed_status,
    "case.resolved": Progress._resolved,
    "case.closed": Progress._closed,
    "case.reopened": Progress._reopened,
    "case.merged": Progress._merged,
    "case.assigned": Progress._assigned,
    "case.classified": Progress._classified,
    "contact.received": Progress._received,
    "contact.replied": Progress._answered,
    "ack.sent": Progress._acknowledged,
    "ack.suppressed": Progress._acknowledged,
    "priority.decided": Progress._prioritised,
    "recovery.complaint_raised": Progress._complained,
    "desk.policy_adopted": Progress._adopted,
    "target.set": Progress._target_set,
    "target.moved": Progress._target_said,
    "target.met": Progress._target_said,
    "target.breached": Progress._target_said,
    "target.warned": Progress._target_said,
    "target.revised": Progress._target_said,
    "target.removed": Progress._target_said,
    "promise.made": Progress._promised,
    "promise.kept": Progress._promise_ended,
    "promise.broken": Progress._promise_ended,
    "promise.superseded": Progress._promise_ended,
}
_RECORDS_FACTS = frozenset({"case.classified", "priority.decided", "target.set", "target.moved"})
