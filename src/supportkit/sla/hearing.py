"""What each kind of event does to the clocks and promises of a case."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from attrs import evolve

from supportkit.cases import STATUSES, Event
from supportkit.sla import pledge
from supportkit.sla.cycle import Cycle, Recorded
from supportkit.sla.holds import joined
from supportkit.sla.pledge import Outcome, Pledge

if TYPE_CHECKING:
    from supportkit.sla.progress import Progress

__all__ = ["STEPS", "Step", "thinned"]

Step = Callable[["Progress", Event, Any, datetime], None]
MOST_KEPT = 8
"""How many cycles (and promises) that are over but not yet recorded a state keeps."""
_OUTCOMES: dict[str, Outcome] = {
    "promise.kept": "kept",
    "promise.broken": "broken",
    "promise.superseded": "superseded",
}


# -- messages and answers -----------------------------------------------------------------------------


def _opened(progress: Progress, _: Event, said: Any, at: datetime) -> None:
    if said.by == "customer":
        _message(progress, said.form, at)


def _received(progress: Progress, event: Event, said: Any, at: datetime) -> None:
    if event.is_customer_message:
        _message(progress, said.form, at)
    if said.holds:
        progress.held(joined(said.holds, until=at), at)


def _message(progress: Progress, form: str | None, at: datetime) -> None:
    signals = [*progress.heard]
    if form in {"callback_request", "voicemail"}:
        signals.append("callback")
    if at != progress.opened_at:  # the message that opened the case ends nothing that has just begun
        for signal in signals:
            progress.stop(signal, at)
    for signal in signals:
        progress.start(signal, at)


def _answered(progress: Progress, event: Event, _: Any, at: datetime) -> None:
    if event.audience == "internal":
        return
    progress.stop("any_reply", at)
    progress.answered = True
    if event.is_human_reply:
        _replied(progress, at)
    progress.start("any_reply", at)


def _replied(progress: Progress, at: datetime) -> None:
    progress.stop("reply", at)
    progress.replied = True
    if progress.pledges:
        _keep(progress, tuple(pledge.replied(one, at) for one in progress.pledges))
    progress.start("reply", at)


def _acknowledged(progress: Progress, _: Event, __: Any, at: datetime) -> None:
    progress.stop("acknowledged", at)


def _not_acknowledged(progress: Progress, _: Event, __: Any, at: datetime) -> None:
    progress.stop("not_acknowledged", at)


# -- statuses, owners, classes ------------------------------------------------------------------------


def _status_changed(progress: Progress, _: Event, said: Any, at: datetime) -> None:
    if said.to in STATUSES:
        progress.set_status(said.to, at)


def _resolved(progress: Progress, _: Event, __: Any, at: datetime) -> None:
    progress.set_status("resolved", at)


def _closed(progress: Progress, _: Event, __: Any, at: datetime) -> None:
    progress.set_status("closed", at)


def _merged(progress: Progress, _: Event, said: Any, at: datetime) -> None:
    if said.goes_on:
        progress.merged(said.opened_at, said.waiting_since, at)
        return
    progress.set_status("merged", at)


def _reopened(progress: Progress, _: Event, __: Any, at: datetime) -> None:
    if progress.status in {"resolved", "closed"}:
        progress.set_status("open", at)


def _assigned(progress: Progress, _: Event, said: Any, at: datetime) -> None:
    if said.agent is None and said.team is None:
        return
    if said.agent and progress.status == "new":
        progress.set_status("open", at)
    moved = said.team is not None and said.team != progress.team
    again = moved and progress.team is not None
    if moved:
        progress.stop("team", at)
        progress.team = said.team
    progress.know(owner=said.agent, team=said.team)
    if moved:
        progress.start("team", at)
    if again:
        progress.reassigned(at)


def _prioritised(progress: Progress, _: Event, said: Any, __: datetime) -> None:
    progress.know(priority=said.priority)


def _classified(progress: Progress, _: Event, said: Any, __: datetime) -> None:
    names = ("kind", "category", "impact", "urgency")
    tags = tuple(dict.fromkeys((*progress.known.get("case.tags", ()), *said.tags))) if said.tags else None
    progress.know(**{name: getattr(said, name) for name in names}, tags=tags)


def _complained(progress: Progress, _: Event, __: Any, ___: datetime) -> None:
    progress.know(kind="complaint")


def _policy_adopted(progress: Progress, _: Event, __: Any, at: datetime) -> None:
    progress.choose_again(at)


# -- what the log says already ------------------------------------------------------------------------


def _target_set(progress: Progress, event: Event, said: Any, at: datetime) -> None:
    meter = progress.policy.named.get(said.metric)
    if meter is not None and meter.attached:
        progress.attach(meter, at, told=said.started)
    _target_said(progress, event, said, at)


def _target_said(progress: Progress, event: Event, said: Any, _: datetime) -> None:
    track = progress.tracks.get(said.metric)
    if track is None:
        return
    if track.current is not None and track.current.number == said.cycle:
        current = _with_record(track.current, event.kind, said)
        progress.tracks[said.metric] = evolve(track, current=current)
        return
    finished = tuple(
        _with_record(cycle, event.kind, said) if cycle.number == said.cycle else cycle
        for cycle in track.finished
    )
    kept = finished if progress.whole else thinned(finished)
    progress.tracks[said.metric] = evolve(track, finished=kept)


def _with_record(cycle: Cycle, kind: str, said: Any) -> Cycle:
    return evolve(cycle, recorded=_recorded(cycle.recorded or Recorded(), kind, said))


def _recorded(known: Recorded, kind: str, said: Any) -> Recorded:
    if kind in {"target.set", "target.moved"}:
        return known.holding(said.due, said.target, said.calendar)
    if kind == "target.warned":
        return evolve(known, warned=(*known.warned, said.level))
    if kind == "target.removed":
        return evolve(known, state="removed")
    if kind == "target.met":
        return evolve(known, state="stopped", verdict="met")
    return evolve(known, verdict="breached" if kind == "target.breached" else said.verdict)


def thinned(finished: tuple[Cycle, ...]) -> tuple[Cycle, ...]:
    """Keep the last cycle, the last with a target, and the youngest whose verdict the log does not say yet.

    A report shows the last cycle that had a target, and a later one may have had none.
    """
    shown = [cycle for cycle in finished if cycle.choice is not None]
    unsaid = [cycle for cycle in shown if cycle is not finished[-1] and not _is_said(cycle)]
    kept = {id(cycle) for cycle in (*unsaid[-MOST_KEPT:], *shown[-1:], *finished[-1:])}
    return tuple(cycle for cycle in finished if id(cycle) in kept)


def _is_said(cycle: Cycle) -> bool:
    if cycle.recorded is None:
        return cycle.ended == "cancelled"
    return cycle.recorded.state != "running" or cycle.recorded.verdict != "pending"


def _promised(progress: Progress, event: Event, _: Any, __: datetime) -> None:
    progress.promised += 1
    _keep(progress, pledge.made(progress.pledges, event, progress.promised))


def _promise_ended(progress: Progress, event: Event, said: Any, at: datetime) -> None:
    outcome = _OUTCOMES[event.kind]
    _keep(
        progress,
        tuple(one.ending(outcome, at) if one.id == said.id else one for one in progress.pledges),
    )


def _keep(progress: Progress, pledges: tuple[Pledge, ...]) -> None:
    """Keep the newest promise, and of those before it what is still to be watched or said."""
    if not progress.whole:
        live = [one for one in pledges[:-1] if not one.over]
        unsaid = [one for one in live if one.outcome != "open" and not one.recorded]
        forgotten = unsaid[:-MOST_KEPT]
        pledges = (*(one for one in live if one not in forgotten), *pledges[-1:])
    progress.pledges = pledges


STEPS: dict[str, Step] = {
    "case.opened": _opened,
    "case.status_changed": _status_changed,
    "case.resolved": _resolved,
    "case.closed": _closed,
    "case.reopened": _reopened,
    "case.merged": _merged,
    "case.assigned": _assigned,
    "case.classified": _classified,
    "contact.received": _received,
    "contact.replied": _answered,
    "ack.sent": _acknowledged,
    "ack.suppressed": _not_acknowledged,
    "priority.decided": _prioritised,
    "recovery.complaint_raised": _complained,
    "desk.policy_adopted": _policy_adopted,
    "target.set": _target_set,
    "target.moved": _target_said,
    "target.met": _target_said,
    "target.breached": _target_said,
    "target.warned": _target_said,
    "target.revised": _target_said,
    "target.removed": _target_said,
    "promise.made": _promised,
    "promise.kept": _promise_ended,
    "promise.broken": _promise_ended,
    "promise.superseded": _promise_ended,
}
