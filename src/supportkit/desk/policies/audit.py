"""Deciding a case again from its log: every decision that the log holds the facts of must come out as it did.

What is decided again, each by the policy that held then: what the matter is, how urgent, which queue and
skills, and every verdict on a target, from the events alone. Who was chosen depends on who was there, which
an event tells (`decision`) but does not repeat.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from attrs import field, frozen

from supportkit.canonical import encode, from_plain
from supportkit.cases import Event, Folding, Log, case_facts
from supportkit.desk.explanation import recompute_priority
from supportkit.desk.policies.eras import Policies, counts_for_targets, new_measures
from supportkit.policy import Policy
from supportkit.sequences import as_tuple
from supportkit.sla import Clock, SlaState

__all__ = ["Audit", "Disagreement", "audit_case"]

_DERIVED = ("target.", "promise.kept", "promise.broken")
_VERDICTS = {"target.met": "met", "target.breached": "breached", "target.revised": None}


@frozen
class Disagreement:
    """A decision that does not come out again: the event that holds it, what it says, what comes out now."""

    event: str
    what: str
    recorded: Any
    again: Any

    def __str__(self) -> str:
        return f"{self.event}: {self.what} was {self.recorded!r}, comes out as {self.again!r}"


@frozen
class Audit:
    """How a case came out when it was decided again; an empty one is false, like a list.

    `checked` counts the decisions that were made again, `unreadable` the policies that cannot be read any
    more: what they decided is not checked.
    """

    case_id: str
    checked: int
    disagreements: tuple[Disagreement, ...] = field(converter=as_tuple)
    unreadable: tuple[str, ...] = field(default=(), converter=as_tuple)

    def __bool__(self) -> bool:
        return bool(self.disagreements)


def audit_case(policies: Policies, log: Log) -> Audit:
    """Decide a case again from its log, each decision by the policy of its version."""
    found = [*_decisions(policies, log), *_verdicts(policies, log)]
    return Audit(
        log.case_id,
        len(found),
        [said for said in found if encode(said.recorded) != encode(said.again)],
        sorted({version for e in log if (version := e.policy_version) and policies.of(version) is None}),
    )


def _decisions(policies: Policies, log: Log) -> Iterator[Disagreement]:
    for event in log:
        policy = policies.of(event.policy_version)
        again = _AGAIN.get(event.kind)
        if policy is not None and again is not None and event.actor == "desk":
            yield from again(policy, event)


def _class_again(policy: Policy, event: Event) -> Iterator[Disagreement]:
    said: Any = event.payload
    if said.facts is None:
        return
    again = policy.classify(policy.reading.recorded(said.facts), now=event.at) or {}
    names = ("kind", "category", "product", "impact", "urgency", "tags", "rule")
    recorded = {name: value for name in names if (value := getattr(said, name))}
    yield Disagreement(event.id, "class", recorded, {n: again[n] for n in names if again.get(n)})


def _priority_again(policy: Policy, event: Event) -> Iterator[Disagreement]:
    again = recompute_priority(policy, event)
    if again is None:
        return
    decided = from_plain(again.to_plain())
    decided.pop("policy_version", None)
    said: Any = event.payload
    recorded = {name: getattr(said, name, said.extra.get(name)) for name in decided}
    yield Disagreement(event.id, "priority", recorded, decided)


def _route_again(policy: Policy, event: Event) -> Iterator[Disagreement]:
    said: Any = event.payload
    if said.facts is None or said.fast_lane:
        return
    route = policy.route(policy.reading.recorded(said.facts), now=event.at)
    again = {"queue": route.queue or "general", "skills": {s.name: s.to_plain() for s in route.skills}}
    yield Disagreement(event.id, "route", {"queue": said.queue, "skills": dict(said.skills or {})}, again)


_AGAIN = {
    "case.classified": _class_again,
    "priority.decided": _priority_again,
    "routing.queued": _route_again,
}


def _verdicts(policies: Policies, log: Log) -> Iterator[Disagreement]:
    """Judge every target again, from what happened alone: the log's own verdicts are not looked at."""
    replay = _Replay(policies, log)
    for event in log:
        if event.kind in _VERDICTS:
            yield from replay.judged(event)
        elif not event.kind.startswith(_DERIVED):
            replay.add(event)


class _Replay:
    """The clocks of a case as its events make them, each stretch by the policy that held."""

    def __init__(self, policies: Policies, log: Log) -> None:
        self._policies, self._policy = policies, policies.of(log.events[0].policy_version)
        self._told = _facts_of(log)
        self._folding = Folding()
        self._state: SlaState | None = None
        self._seen: list[Event] = []

    def add(self, event: Event) -> None:
        """Take in one thing that happened."""
        said: Any = event.payload
        before = self._policy
        if event.kind == "desk.policy_adopted":
            self._policy = self._policies.of(said.version)
        if event.kind == "contact.received" and said.facts:
            self._told = said.facts
        self._folding.add(event)
        self._seen.append(event)
        if self._policy is None:
            self._state = None
            return
        facts = self._policy.reading.recorded(self._told)
        if counts_for_targets(self._policy):
            facts = {**facts, "case": case_facts(self._folding.case)}
        state = self._policy.sla.start(facts) if self._state is None else self._state
        self._state = self._policy.sla.apply(state, event, facts=facts)
        if before is not None and before is not self._policy:
            self._state = new_measures(self._state, before, self._policy, self._seen, facts)

    def judged(self, event: Event) -> Iterator[Disagreement]:
        """Yield how a verdict of the log compares with the clock as it is now."""
        if self._policy is None or self._state is None:
            return
        said: Any = event.payload
        clock = self._clock(said.metric, said.cycle, at=event.at, late=event.kind == "target.breached")
        if clock is not None:
            recorded = {"verdict": _VERDICTS[event.kind] or said.verdict, "due": said.due}
            again = {"verdict": clock.verdict, "due": clock.due or said.due}  # while it stands there is none
            yield Disagreement(event.id, f"target {said.metric} {said.cycle}", recorded, again)

    def _clock(self, metric: str, cycle: int, *, at: datetime, late: bool) -> Clock | None:
        """Return a clock as it is at an instant.

        A breach is dated when due, and is one a moment of work later: that may be when the calendar opens.
        """
        assert self._policy is not None
        assert self._state is not None
        for _ in range(3):
            report = self._policy.sla.report(self._state, now=at)
            clock = next((c for c in report.clocks if (c.metric, c.cycle) == (metric, cycle)), None)
            coming = [
                c.at for c in report.schedule if (c.metric, c.cycle, c.what) == (metric, cycle, "breach")
            ]
            if not (late and coming and clock is not None and clock.due is not None and clock.due <= at):
                break
            at = coming[0]
        return clock


def _facts_of(log: Log) -> Mapping[str, Any]:
    """Return the facts that the first contact came with: those the case was opened on."""
    received: Iterable[Any] = (event.payload for event in log if event.kind == "contact.received")
    return next((said.facts for said in received if said.facts), {})
