"""Merging a case into another: the one ends, the other goes on with everything that is still owed.

The steps, in the order in which they are recorded. In the case that ends: what fell due before, its merging,
its promises handed over, its place in line or at a table given back. In the one that goes on: what fell due
before, the merging, the promises handed over, then whatever the other had and this one lacks (excluded
handlers, a higher priority, the word *complaint*, tags, the wish and the sooner next action).
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from attrs import evolve

from supportkit.canonical import derived_id
from supportkit.cases import Case, Event, Promise
from supportkit.desk import commands
from supportkit.desk.draft import Draft
from supportkit.desk.handling import exclude, finish
from supportkit.errors import CommandRefused
from supportkit.policy import Policy
from supportkit.ports import CaseRow, Commit, Situation

__all__ = ["merge_cases"]

_PARTS = (
    "events", "cases", "threads", "bodies", "taken", "freed", "agents", "outbox", "deliveries", "counted",
)  # fmt: skip


def merge_cases(policy: Policy, situation: Situation, command: commands.Merge, *, now: datetime) -> Commit:
    """Merge the situation's case into the one of its `rows` that the command names.

    Raises CommandRefused (merge_into_itself, merged, not_open, no_reason), with nothing changed.
    """
    row = situation.row
    assert row is not None
    if command.into == row.ref:
        raise CommandRefused("merge_into_itself", f"case {row.ref} cannot be merged into itself")
    into = next((other for other in situation.rows if other.ref == command.into), None)
    if into is None:
        raise CommandRefused("unknown_case", f"there is no case {command.into!r} to merge {row.ref} into")
    ends = Draft(policy, situation, now=now)
    ends.settle()
    _check(ends, into, command)
    was = ends.case
    said = ends.record("case.merged", actor=command.actor, into=into.ref, reason=command.reason)
    moved = [(promise, _moved_id(ends, into.ref, promise)) for promise in was.promises]
    for promise, new in moved:
        ends.record(
            "promise.superseded", actor="desk", id=promise.id, what=promise.what, due=promise.due, by=new,
            caused_by=said.id,
        )  # fmt: skip
    if was.is_open:
        finish(ends, was.owner)
    ends.advance(ends.now)
    goes_on = Draft(policy, _seen_from(situation, into, ends.elsewhere), now=now)
    goes_on.settle()
    _take_in(goes_on, was, command, caused_by=said)
    for promise, new in moved:
        _promise_again(goes_on, promise, new)
    _take_over(goes_on, was, ends, command)
    goes_on.advance(goes_on.now)
    return _joined(ends.commit(), goes_on.commit(), outcome={"case": into.ref, "event": said.id})


def _check(ends: Draft, into: CaseRow, command: commands.Merge) -> None:
    if ends.case.status == "merged":
        raise ends.refuse("merged", f"it was merged into {ends.case.merged_into} already")
    if into.status == "merged":
        raise ends.refuse("merged", f"case {into.ref} was merged into {into.merged_into}; merge into that")
    if not into.open:
        raise ends.refuse("not_open", f"case {into.ref} is {into.status}; reopen it before merging into it")
    if not (_same_person(ends.situation, into) or command.reason):
        raise ends.refuse(
            "no_reason", f"case {into.ref} is another customer's; merging them needs a reason on record"
        )


def _same_person(situation: Situation, into: CaseRow) -> bool:
    one, other = (row.party if row is not None else None for row in (situation.row, into))
    known = situation.parties
    if one is None or other is None:
        return False
    roots = {known[each].root if each in known else each for each in (one, other)}
    return len(roots) == 1


def _moved_id(ends: Draft, into: str, promise: Promise) -> str:
    return derived_id("promise", ends.situation.desk, into, promise.id)


def _seen_from(situation: Situation, into: CaseRow, recorded: list[Event]) -> Situation:
    """Return the situation for the case that goes on, behind what was recorded in other streams."""
    count = Counter(event.stream for event in recorded)
    seqs = {stream: seq + count[stream] for stream, seq in situation.seqs.items()}
    return evolve(situation, row=into, party=into.party, rows=(), seqs=seqs)


def _take_in(goes_on: Draft, was: Case, command: commands.Merge, *, caused_by: Event) -> None:
    goes_on.record(
        "case.merged", actor=command.actor, of=was.id, opened_at=was.opened_at, reason=command.reason,
        waiting_since=was.waiting_since, last_contact_at=was.last_contact_at, caused_by=caused_by.id,
    )  # fmt: skip
    if was.waiting_since is not None and goes_on.case.status == "waiting_customer":
        goes_on.record("case.status_changed", actor="desk", to="open", previous="waiting_customer")


def _promise_again(goes_on: Draft, promise: Promise, new: str) -> None:
    """Hold ourselves to what the customer was told, in the case that goes on; its own promises stay."""
    goes_on.record(
        "promise.made", actor="desk", audience="customer", id=new, what=promise.what, due=promise.due,
        text=promise.text, calendar=promise.calendar, zone=promise.zone, channel=promise.channel,
        reason="merged",
    )  # fmt: skip


def _take_over(goes_on: Draft, was: Case, ends: Draft, command: commands.Merge) -> None:
    """Take over what the other case had and this one lacks."""
    for agent in was.excluded:
        if agent not in goes_on.case.excluded:
            reason = f"excluded in case {was.id}"
            exclude(goes_on, commands.ExcludeHandler(actor=command.actor, agent=agent, reason=reason))
    _take_class(goes_on, was)
    _take_priority(goes_on, was)
    _take_plan(goes_on, was)
    assert goes_on.row is not None
    wrote_last = was.last_contact_at is not None and was.last_contact_at == goes_on.case.last_contact_at
    if wrote_last and _same_person(ends.situation, goes_on.row):
        goes_on.contact, goes_on.channel = ends.contact, ends.channel  # answered the way they came last
    goes_on.acknowledged += ends.acknowledged
    if goes_on.case.owner is not None:
        goes_on.send(
            to=goes_on.case.owner, audience="internal", kind="follow_up", about=goes_on.events[-1].id,
            text=f"Case {goes_on.ref}: case {was.id} was merged into it.",
        )  # fmt: skip


def _take_class(goes_on: Draft, was: Case) -> None:
    """A complaint stays one, whatever it is merged into; tags add up."""
    case = goes_on.case
    said: dict[str, Any] = {}
    if was.kind == "complaint" and case.kind != "complaint":
        said["kind"] = "complaint"
    if tags := tuple(tag for tag in was.tags if tag not in case.tags):
        said["tags"] = tags
    if said:
        goes_on.record("case.classified", actor="desk", reason=f"merged with case {was.id}", **said)


def _take_priority(goes_on: Draft, was: Case) -> None:
    """The more urgent priority counts, and nobody loses their place in line."""
    case, levels = goes_on.case, goes_on.policy.priority.levels.names
    known = [each for each in (was.priority, case.priority) if each in levels]
    highest = min(known, key=levels.index, default=case.priority)
    keys = [key for key in (was.sort_key, case.sort_key) if key is not None]
    first = min(keys, default=None)
    if (highest, first) != (case.priority, case.sort_key):
        goes_on.record(
            "priority.decided", actor="desk", priority=highest, previous=case.priority, sort_key=first,
            score=max((s for s in (was.score, case.score) if s is not None), default=None),
            reason=f"merged with case {was.id}",
        )  # fmt: skip


def _take_plan(goes_on: Draft, was: Case) -> None:
    """What is to happen next is whichever comes sooner; a wish that is known stays."""
    mine, theirs = goes_on.case.next_action, was.next_action
    wanted = was.wanted if goes_on.case.wanted is None else None
    sooner = theirs is not None and (mine is None or mine.due is None or _before(theirs.due, mine.due))
    if sooner and theirs is not None:
        goes_on.record(
            "case.next_action_set", actor="desk", what=theirs.what, due=theirs.due, owner=theirs.owner,
            wanted=wanted, reason=f"merged with case {was.id}",
        )  # fmt: skip
    elif wanted is not None:
        goes_on.record(
            "case.next_action_set", actor="desk", wanted=wanted, reason=f"merged with case {was.id}"
        )


def _before(one: datetime | None, other: datetime) -> bool:
    return one is not None and one < other


def _joined(ends: Commit, goes_on: Commit, *, outcome: dict[str, Any]) -> Commit:
    """Return both decisions as one commit, which looks for people and work as both do."""
    parts: dict[str, Any] = {name: (*getattr(ends, name), *getattr(goes_on, name)) for name in _PARTS}
    agents = dict.fromkeys((*ends.outcome["look"]["agents"], *goes_on.outcome["look"]["agents"]))
    look = {**ends.outcome["look"], **goes_on.outcome["look"], "agents": list(agents)}
    return Commit(**parts, outcome={**outcome, "at": goes_on.outcome["at"], "look": look})
