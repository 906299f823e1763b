"""Histories of cases that could have happened, and the cases they lead to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from hypothesis import strategies as st

from supportkit.cases import Case, Folding, Log, fold
from supportkit.policy import Policy
from supportkit.testing.strategies.instants import instants

__all__ = ["cases", "gaps", "histories"]

Move = tuple[str, dict[str, Any]]
_AHEAD = (timedelta(hours=1), timedelta(days=1))


def gaps() -> st.SearchStrategy[timedelta]:
    """What passes between two events: nothing, usual waits, a microsecond, up to two days."""
    usual = (timedelta(0), timedelta(minutes=30), timedelta(hours=8), timedelta(microseconds=1))
    return st.sampled_from(usual) | st.timedeltas(timedelta(0), timedelta(days=2))


def histories(
    policy: Policy | None = None,
    *,
    opened: st.SearchStrategy[datetime] | None = None,
    max_events: int = 8,
) -> st.SearchStrategy[Log]:
    """Logs of one case that obey its lifecycle, up to `max_events` after the opening.

    Nobody answers a case that is over, only a settled case is reopened, closing comes with outcome and code,
    whoever is in charge is never taken away, promises lie ahead. With a `policy`, priorities and teams are
    its own. They shrink towards the opening by the customer, then towards few events close together.

    >>> from hypothesis import find, settings
    >>> often = settings(max_examples=500)
    >>> find(histories(), lambda log: "case.reopened" in log.kinds, settings=often).kinds
    ('case.opened', 'case.resolved', 'case.reopened')
    """
    turns = st.lists(st.tuples(gaps(), st.integers(0, 40)), max_size=max_events)
    begun = instants() if opened is None else opened
    return st.builds(partial(_told, policy), begun, st.sampled_from(["customer", "agent"]), turns)


def _told(policy: Policy | None, at: datetime, by: str, turns: Iterable[tuple[timedelta, int]]) -> Log:
    """Let one thing happen after another, each chosen by number among what can happen then."""
    log, folding = Log("case").opened(at=at, by=by), Folding()
    folding.add(log.events[-1])
    for gap, choice in turns:
        at += gap
        moves = tuple(_moves(folding.case, policy, at))
        kind, said = moves[choice % len(moves)]
        log = log.add(kind, at=at, **said)
        folding.add(log.events[-1])
    return log


def cases(policy: Policy | None = None, *, max_events: int = 8) -> st.SearchStrategy[Case]:
    """Cases as the folds of such histories; towards a new case that the customer opened."""
    return histories(policy, max_events=max_events).map(fold)


def _moves(case: Case, policy: Policy | None, at: datetime) -> Iterator[Move]:
    """What can happen to a case as it stands, the plainest first."""
    ending = {"outcome": "solved", "code": "done", "actor": "agent:ann"}
    yield "contact.noted", {"actor": "agent:ann", "audience": "internal"}
    if not case.is_open:
        yield "case.reopened", {"cause": "contact"}
    if case.status != "closed":
        yield "contact.received", {"actor": "customer"}
    if case.status == "resolved":
        yield "case.closed", ending
    if not case.is_open:
        return
    yield "contact.replied", {"actor": f"agent:{case.owner or 'ann'}", "audience": "customer"}
    yield "case.resolved", ending
    yield "case.closed", ending
    others = ("waiting_customer", "open", "waiting_third_party")
    yield from (("case.status_changed", {"to": to}) for to in others if to != case.status)
    yield "contact.replied", {"actor": "desk", "audience": "customer", "automated": True}
    yield "contact.received", {"actor": "customer", "form": "callback_request"}
    yield "ack.sent", {"actor": "desk", "audience": "customer", "automated": True}
    yield from _of_the_desk(case, policy, at)


def _of_the_desk(case: Case, policy: Policy | None, at: datetime) -> Iterator[Move]:
    levels = ("normal", "high") if policy is None else policy.priority.levels.names[::-1]
    yield from (("priority.decided", {"priority": name}) for name in levels if name != case.priority)
    routes = () if policy is None else policy.routing.routes
    for team in dict.fromkeys([route.queue or "general" for route in routes] or ["general"]):
        yield "case.assigned", {"team": team, "agent": None}
        yield "case.assigned", {"team": team, "agent": "bob"}
    for ahead in _AHEAD:
        promised = {"id": f"p{case.promises_made + 1}", "due": at + ahead, "automated": True}
        yield "promise.made", {"actor": "desk", **promised}
