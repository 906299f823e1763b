"""Why this priority, why this person, why due then: computed anew from what the log recorded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from attrs import frozen

from supportkit.calendars import zone
from supportkit.cases import Event, Log
from supportkit.desk.policies.eras import Policies
from supportkit.policy import Policy
from supportkit.routing import ExpectedWait
from supportkit.sla import SlaPolicy

__all__ = ["Explanation", "explain_case", "recompute_priority"]

_BARRIERS = {
    "excluded": "they must not handle it any more",
    "queue": "they do not serve the queue",
    "channel_off": "they do not serve the channel",
    "permission": "they lack the permission",
    "skills": "they lack a skill",
    "refused": "they refused it before",
    "step": "it is not their turn yet",
    "presence": "they are not there",
    "capacity": "they carry as much as they can",
    "blend": "it must not interrupt what they have in hand",
    "wrap_up": "they are wrapping up another",
    "delay": "it is not theirs yet",
    "rate": "they were given as much as they may get for now",
}


@frozen
class Explanation:
    """The answers as text, for people; `str()` gives all of them. `wait` is None for who waits for nobody."""

    case_id: str
    priority: str
    person: str
    due: str
    wait: str | None = None

    def __str__(self) -> str:
        parts = (
            ("Why this priority", self.priority),
            ("Why this person", self.person),
            ("Why due then", self.due),
            ("How long the wait may be", self.wait),
        )
        return "\n\n".join(f"{title}\n{text}" for title, text in parts if text is not None)


def explain_case(
    policies: Policies, log: Log, *, now: datetime, expected: ExpectedWait | None = None
) -> Explanation:
    """Explain a case from its log, each decision by the policy that held when it was made.

    `now` is the moment for which the clocks are read, `expected` the wait of one that stands in line, where
    waits are estimated.
    """
    wait = None if expected is None else _wait(expected)
    return Explanation(log.case_id, _priority(policies, log), _person(log), _due(policies, log, now), wait)


def recompute_priority(policy: Policy, event: Event) -> Any:
    """Decide a recorded priority again, from the facts that its event holds; None when a person set it."""
    said: Any = event.payload
    if said.facts is None:
        return None
    return policy.priority.decide(policy.reading.recorded(said.facts), now=event.at)


def _last(log: Log, kind: str, **having: Any) -> Event | None:
    found = (
        event
        for event in reversed(log.events)
        if event.kind == kind and all(getattr(event.payload, name) is not None for name in having)
    )
    return next(found, None)


def _priority(policies: Policies, log: Log) -> str:
    event = _last(log, "priority.decided")
    if event is None:
        return "no priority was decided"
    said: Any = event.payload
    policy = policies.of(event.policy_version)
    if policy is None:
        return f"{said.priority}, decided by a policy that cannot be read any more ({event.policy_version})"
    decision = recompute_priority(policy, event)
    if decision is None:
        return f"{said.priority}, set by {event.actor or 'somebody'}: {event.reason or 'no reason given'}"
    return str(decision.explain())


def _person(log: Log) -> str:
    event = _last(log, "case.assigned", agent=True) or _last(log, "case.assigned")
    if event is None:
        return "nobody is in charge yet"
    said: Any = event.payload
    who = said.agent or f"team {said.team}"
    because = ", ".join(part for part in (said.cause, event.reason) if part)
    return "\n".join((f"{who} ({because or 'assigned'})", *_choice(said.decision or {})))


def _choice(decision: Mapping[str, Any]) -> Iterator[str]:
    """Say how routing chose, in the order in which it asked."""
    if not decision:
        return
    yield f"  {decision['fitting']} of {decision['considered']} agents could take it"
    for barrier, count in decision["funnel"].items():
        yield f"  {count} could not: {_BARRIERS.get(barrier, barrier)}"
    for reason in decision["reasons"]:
        what, _, how = reason.partition(":")
        if what == "only_candidate":
            yield "  so nobody else was compared"
        elif what == "decided_by":
            yield f"  decided by: {how.replace('_', ' ')}; the order was {', '.join(decision['ranking'])}"
    if efforts := decision.get("effort"):
        counted = (f"{name} {_hours(timedelta(seconds=effort))}" for name, effort in efforts.items())
        yield f"  effort that counts: {', '.join(counted)}"


def _wait(expected: ExpectedWait) -> str:
    ahead, places = expected.ahead, expected.servers
    return (
        f"{expected.announcement.text()}\n"
        f"  {ahead} before it that the same people may have; {places} places of people who are there"
    )


def _due(policies: Policies, log: Log, now: datetime) -> str:
    policy = policies.current
    report = _judging(policies, log).evaluate(log, facts=policy.reading.recorded(_facts(log)), now=now)
    clocks = [clock for clock in report.clocks if clock.state != "idle"]
    return (
        "\n\n".join(f"{_clock(clock, policy)}\n{clock.explain()}" for clock in clocks) or "no target applies"
    )


def _judging(policies: Policies, log: Log) -> SlaPolicy:
    """Return the targets as they held over the time of a case; those in force, when others are unreadable."""
    adopted = [event for event in log if event.kind == "desk.policy_adopted"]
    held: list[tuple[datetime, Policy | None]] = [
        (event.at, policies.of(event.payload.version))  # type: ignore[attr-defined]
        for event in adopted
    ]
    first = log.events[0]
    held.insert(0, (first.at, policies.of(first.policy_version)))
    versions = {at: policy.sla for at, policy in held if policy is not None}
    whole = len(versions) == len(held) > 1
    return SlaPolicy.over_time(versions.items()) if whole else policies.current.sla


def _clock(clock: Any, policy: Policy) -> str:
    """One line for a clock: what is owed, by when, how it stands."""
    due = (
        ""
        if clock.due is None
        else f", due {clock.due.astimezone(zone(policy.home_zone)):%a %d %b %Y %H:%M:%S %Z}"
    )
    amount = "" if clock.target is None else f" {_hours(clock.target)} of working time"
    calendar = f" in calendar {clock.calendar!r}" if isinstance(clock.calendar, str) else ""
    return f"{clock.metric} {clock.cycle}:{amount}{calendar}{due}; {clock.state}, {clock.verdict}"


def _hours(amount: timedelta) -> str:
    """Write working time in hours and minutes: a day of it is no day on the wall."""
    minutes, seconds = divmod(round(amount.total_seconds()), 60)
    parts = ((minutes // 60, "h"), (minutes % 60, "min"), (seconds, "s"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 min"


def _facts(log: Log) -> Any:
    event = _last(log, "contact.received", facts=True)
    return {} if event is None else event.payload.facts  # type: ignore[attr-defined]
