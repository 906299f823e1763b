"""Bringing waiting cases and free agents together, from either side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from attrs import evolve

from supportkit.canonical import from_plain
from supportkit.cases import Agent, Case, case_facts
from supportkit.desk.case_file import CaseFile, Line
from supportkit.desk.commands import Match
from supportkit.desk.draft import Draft
from supportkit.desk.routing.turns import Turn, last_served, place_of
from supportkit.policy import Policy
from supportkit.ports import CaseRow, Commit, Situation
from supportkit.routing import Item, Route, RoutingDecision
from supportkit.routing.fairness import EFFORT

__all__ = [
    "POLL",
    "item_of",
    "match_case",
    "own_item",
    "pick_case",
    "rests_until",
    "seen_later",
    "would_take",
]

POLL = timedelta(seconds=30)


def _item(
    policy: Policy, ref: str, case: Case, line: Line, facts: Mapping[str, Any], *, now: datetime
) -> Item:
    """Return a waiting case as routing sees it; its age counts from the opening and is never reset."""
    contact: Mapping[str, Any] = facts.get("contact") or {}
    return Item(
        id=ref,
        created_at=case.opened_at or line.since,  # type: ignore[arg-type]
        channel=contact.get("channel") or case.channel,
        queue=line.queue,
        skills=dict(line.skills),
        sort_key=place_of(policy, case, now=now),
        excluded=case.excluded,
        refused_by=line.offering.refused_by,
        affinity=line.affinity,
        waiting_since=line.since,
    )


def own_item(draft: Draft) -> Item:
    """Return the case that is decided about as routing sees it."""
    return _item(draft.policy, draft.ref, draft.case, draft.line, draft.facts, now=draft.now)


def match_case(policy: Policy, situation: Situation, command: Match, *, draft: Draft) -> Commit:
    """Give a waiting case to the best free person, or leave it in line; promise a call if nobody is there.

    A wait that has been relaxed by now says so.
    """
    row = situation.row
    assert row is not None
    draft.look_for_somebody = False
    if not draft.line.waiting or not draft.case.is_open or draft.line.offering.id is not None:
        draft.match_at = None
        return draft.commit(outcome={"agent": None})
    item = own_item(draft)
    route = Route(when_nobody=draft.line.when_nobody)
    people = [agent for agent in situation.agents if command.agent in {None, agent.id}]
    decision = policy.routing.decide(
        item, people, now=draft.now, last=last_served(situation.turns), route=route, present=situation.agents
    )
    _relax(draft, decision)
    if decision.agent is not None:
        _give(draft, decision.agent, _recorded(policy, decision, people))
    else:
        draft.match_at = draft.now + POLL
        draft.line = evolve(draft.line, changes_at=decision.next_change_at)
        if not draft.line.tried and (decision.outcome == "callback" or _nobody(draft, situation)):
            _promise_call(draft)
        elif "exhausted" in decision.reasons:
            _exhausted(draft, call=decision.outcome == "callback")
        draft.line = evolve(draft.line, tried=True)
    draft.advance(draft.now)
    return draft.commit(outcome={"agent": decision.agent})


def _recorded(policy: Policy, decision: RoutingDecision, people: Sequence[Agent]) -> dict[str, Any]:
    """Return the decision for the log, with the effort that each counts for, where it is measured."""
    plain: dict[str, Any] = from_plain(decision.to_plain())
    if policy.routing.fairness is None:
        return plain
    efforts = {agent.id: agent.attrs[EFFORT] for agent in people}
    return {**plain, "effort": {name: efforts[name] for name in plain["ranking"]}}


def _relax(draft: Draft, decision: RoutingDecision) -> None:
    if (decision.step, decision.dropped) != (draft.line.step, draft.line.dropped):
        draft.line = evolve(draft.line, step=decision.step, dropped=decision.dropped)
        draft.record("routing.relaxed", step=decision.step, dropped=decision.dropped, actor="desk")


def pick_case(
    policy: Policy,
    agent: Agent,
    waiting: Sequence[CaseRow],
    *,
    turn: Turn,
    present: Sequence[Agent],
    now: datetime,
) -> tuple[str | None, str | None]:
    """Return the waiting case that a free agent takes next, or None, and what to count for the floor.

    `turn` says how often the agent passed over the tier that is guarded, `present` are all agents there are.
    """
    files = {row.ref: CaseFile.from_bytes(row.snapshot) for row in waiting}
    items = [_item(policy, ref, file.case, file.line, file.facts, now=now) for ref, file in files.items()]
    guarded = {
        ref
        for ref, file in files.items()
        if policy.priority.in_floor({**file.facts, "case": case_facts(file.case)})
    }

    def first(some: Sequence[Item]) -> str | None:
        return policy.routing.pick(agent, some, now=now, route=Route(), present=present).item

    return turn.chosen(first(items), lambda: first([item for item in items if item.id in guarded]), guarded)


def rests_until(policy: Policy, agent: Agent, *, now: datetime) -> datetime | None:
    """Return when wrap-up and limits let an agent work again whom they keep from it now."""
    limit = policy.routing.rate_limit
    ends = (agent.wrap_up_until, None if limit is None else limit.opens_at(agent, now=now))
    return max((at for at in ends if at is not None and now < at), default=None)


def seen_later(
    policy: Policy, agent: Agent, waiting: Sequence[CaseRow], *, present: Sequence[Agent], now: datetime
) -> dict[str, datetime]:
    """Return which waiting cases only their age keeps from an agent, and when they are old enough."""
    if not any(delay for _, delay in (agent.queues or {}).values()):
        return {}
    found = {}
    for row in waiting:
        item = item_of(policy, row, now=now)
        decision = policy.routing.decide(item, [agent], now=now, route=Route(), present=present)
        if decision.funnel.get("delay") and decision.next_change_at is not None:
            found[row.ref] = decision.next_change_at
    return found


def would_take(policy: Policy, row: CaseRow, people: Sequence[Agent], *, now: datetime) -> bool:
    """Return whether any of the people may have a waiting case now."""
    return (
        policy.routing.decide(item_of(policy, row, now=now), people, now=now, route=Route()).agent is not None
    )


def item_of(policy: Policy, row: CaseRow, *, now: datetime) -> Item:
    """Return a waiting case as routing sees it."""
    file = CaseFile.from_bytes(row.snapshot)
    return _item(policy, row.ref, file.case, file.line, file.facts, now=now)


def _exhausted(draft: Draft, *, call: bool) -> None:
    """Say once in each wait that everybody refused: the customer is called, or somebody must look at it."""
    if draft.line.offering.exhausted:
        return
    draft.line = evolve(draft.line, offering=evolve(draft.line.offering, exhausted=True))
    if call:
        _promise_call(draft)
    else:
        draft.record(
            "case.fault", actor="desk", code="everybody_refused", detail="nobody is left to be asked"
        )


def _give(draft: Draft, agent: str, decision: Mapping[str, Any]) -> None:
    """Ask the agent where the policy makes offers, else put them in charge."""
    terms = draft.policy.routing.offers
    if terms is None:
        _assign(draft, agent, decision)
    else:
        draft.offer(agent, decision=decision, within=terms.within)


def _assign(draft: Draft, agent: str, decision: Mapping[str, Any]) -> None:
    previous = {"agent": draft.case.owner, "team": draft.case.team}
    team = draft.case.team or draft.line.queue
    draft.seat_owner(agent)
    draft.leave_line()
    draft.record(
        "case.assigned",
        agent=agent,
        team=team,
        previous=previous,
        cause="routing",
        decision=decision,
        actor="desk",
    )


def _nobody(draft: Draft, situation: Situation) -> bool:
    """Whether a customer on the fast lane finds nobody at all: then they are called back."""
    present = any(agent.presence not in {"offline", "unavailable"} for agent in situation.agents)
    return draft.line.fast and not present


def _promise_call(draft: Draft) -> None:
    """Promise a call once for each wait; the customer must not be left without an answer."""
    if any(promise.what == "callback" for promise in draft.case.promises):
        return
    owed = draft.owed(call=True)
    if owed is None:
        return
    draft.record(
        "promise.made", what="callback", due=owed.due, calendar=owed.calendar, zone=draft.policy.home_zone,
        id=draft.promise_id(),
        actor="desk", audience="customer",
    )  # fmt: skip
