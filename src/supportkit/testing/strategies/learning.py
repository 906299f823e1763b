"""Histories with everything that is learnt from, and sightings of problems."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from supportkit.cases import Case, Folding, Log
from supportkit.insight import Sighting
from supportkit.testing.strategies.histories import gaps
from supportkit.testing.strategies.instants import instants

__all__ = ["learning_sections", "service_logs", "sightings"]

Move = tuple[str, dict[str, Any]]
_NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
_MARKS = (
    "error:E-1",
    "error:E-2",
    "product:modem",
    "kind:complaint",
    "word:light",
    "word:signal",
    "code:cable",
)


def service_logs(
    *, opened: st.SearchStrategy[datetime] | None = None, max_events: int = 12
) -> st.SearchStrategy[Log]:
    """Logs of one case with what measures count: promises kept and broken, changes of hands, solutions.

    Also complaints, apologies, verdicts, remedies, requests for feedback and answers, time on hold, mergers.
    They obey the lifecycle of a case, and shrink towards few events close together.

    >>> from hypothesis import find, settings
    >>> often = settings(max_examples=2000)
    >>> find(service_logs(), lambda log: "recovery.apologised" in log.kinds, settings=often).kinds[-1]
    'recovery.apologised'
    """
    turn = st.tuples(gaps(), st.integers(0, 60))
    turns = st.integers(0, max_events).flatmap(lambda size: st.lists(turn, min_size=size, max_size=size))
    begun = instants() if opened is None else opened
    names = st.sampled_from(["1", "2", "3"])
    return st.builds(_told, names, begun, st.sampled_from(["customer", "agent"]), turns)


def _told(name: str, at: datetime, by: str, turns: Iterable[tuple[timedelta, int]]) -> Log:
    log, folding = Log(f"case-{name}").opened(at=at, by=by, customer=f"jo-{name}"), Folding()
    folding.add(log.events[-1])
    for gap, choice in turns:
        at += gap
        moves = tuple(_moves(folding.case, at))
        kind, said = moves[choice % len(moves)]
        log = log.add(kind, at=at, **said)
        folding.add(log.events[-1])
    return log


def _moves(case: Case, at: datetime) -> Iterator[Move]:
    """What can happen to a case as it stands, the plainest first."""
    yield "contact.received", {"actor": "customer"}
    if case.is_open:
        yield from _work(case, at)
    elif case.status != "merged":
        for cause in ("contact", "feedback"):
            yield "case.reopened", {"cause": cause}
        yield "case.closed", {"actor": "agent:ann"}
    yield from (("feedback.given", {"actor": "customer", "score": score}) for score in (5, 2))
    for about in ("service", "referral"):
        yield "feedback.asked", {"actor": "desk", "automated": True, "about": about}
    yield from _amends()


def _work(case: Case, at: datetime) -> Iterator[Move]:
    yield "contact.replied", {"actor": "agent:ann", "audience": "customer"}
    yield "case.resolved", {"actor": "agent:ann", "code": "cable"}
    yield from (("case.assigned", {"agent": agent, "team": team}) for agent, team in _HANDS)
    yield "contact.replied", {"actor": "desk", "audience": "customer", "automated": True}
    yield "case.resolved", {"actor": "agent:ann", "article": "kb-1"}
    yield "case.resolved", {"actor": "desk", "code": "cable"}
    yield "case.status_changed", {"to": "closed"}
    yield "contact.received", {"actor": "customer", "holds": ((at - timedelta(minutes=9), at),)}
    yield from _promises(case, at)
    yield "case.merged", {"into": "case-0"}


_HANDS = (("ann", "network"), ("bob", "network"), (None, "billing"))


def _amends() -> Iterator[Move]:
    yield "recovery.complaint_raised", {"actor": "customer"}
    yield from (("recovery.assessed", {"genuine": genuine}) for genuine in (True, False))
    yield "recovery.apologised", {"actor": "agent:ann"}
    for amount in (5, 20):
        yield "recovery.remedy_given", {"amount": Decimal(amount), "currency": "EUR"}


def _promises(case: Case, at: datetime) -> Iterator[Move]:
    yield "promise.made", {"id": f"p{case.promises_made + 1}", "due": at + timedelta(hours=2)}
    for promise in case.promises:
        said = {"id": promise.id, "due": promise.due}
        late = promise.due is not None and at > promise.due
        yield from ((f"promise.{how}", said) for how in (("broken",) if late else ("kept", "superseded")))


def sightings(
    *, now: datetime = _NOON, days: int = 40, max_size: int = 60
) -> st.SearchStrategy[list[Sighting]]:
    """Sightings of up to `max_size` cases in the `days` before `now`, with few marks, so that they meet.

    They shrink towards few cases without marks, seen at `now`.
    """
    hours = st.integers(0, days * 24)
    one = st.builds(
        lambda name, age, customer, marks, known: Sighting(
            f"c{name}", now - timedelta(hours=age), customer, marks, known
        ),
        st.integers(0, 2 * max_size),
        hours | st.integers(0, 72),
        st.none() | st.sampled_from([f"jo{number}" for number in range(9)]),
        st.frozensets(st.sampled_from(_MARKS), max_size=4),
        st.none() | st.none() | st.sampled_from(["outage", "recall"]),
    )
    return st.lists(one, max_size=max_size)


def learning_sections() -> st.SearchStrategy[dict[str, Any]]:
    """Sections ``learning`` of a policy: problems of few cases, feedback at any time, hints, benchmarks."""
    hours = st.integers(0, 48).map(lambda number: f"{number} hours")
    problems = st.fixed_dictionaries(
        {"at_least": st.integers(1, 3), "significance": st.sampled_from(["0.2", "0.5"])},
        optional={"customers": st.just(1), "window": st.sampled_from(["1 day", "10 days"])},
    )
    feedback = st.fixed_dictionaries(
        {},
        optional={
            "after": hours,
            "quiet": hours,
            "each_solution": st.booleans(),
            "unhappy": st.integers(1, 4),
        },
    )
    tips = st.just([{"id": "dry", "text": "Keep it dry."}])
    wait = st.integers(1, 48).map(lambda number: {"by": "channel", "longest_wait": f"{number} hours"})
    return st.fixed_dictionaries(
        {"problems": problems}, optional={"feedback": feedback, "tips": tips, "benchmark": wait}
    )
