"""A case meets the policies that were adopted since it was last decided, each at its own instant.

The steps for each: whatever fell due before the instant happens by the policy that held then; the case
records the adoption; what the new policy no longer measures is no longer owed, what it measures anew begins
where the log says that it would have begun; then the targets are dated anew, all at that instant. So it does
not matter when a case is met, nor by which call.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from attrs import evolve, field, frozen

from supportkit.canonical import decode
from supportkit.cases import MICROSECOND, Event
from supportkit.desk.case_file import CaseFile
from supportkit.errors import SupportkitError
from supportkit.plugins import Registry
from supportkit.policy import Policy
from supportkit.ports import Era, PolicyRow, Unmet
from supportkit.sla import SlaState
from supportkit.sla.state import Track

if TYPE_CHECKING:
    from supportkit.desk.draft import Draft

__all__ = ["Policies", "counts_for_targets", "era_of", "meet", "new_measures", "policy_of"]

_COUNTED = frozenset({"case.transfers", "case.contacts", "case.public"})


@frozen
class Policies:
    """Every policy that a desk decided by, by its version; `current` is the one in force."""

    current: Policy
    rows: tuple[PolicyRow, ...] = ()
    known: dict[str, Era] = field(factory=dict, eq=False, repr=False)

    def of(self, version: str | None) -> Policy | None:
        """Return the policy of a version (the current one for None), or None when it cannot be read."""
        if version is None or version == self.current.version:
            return self.current
        row = next((row for row in self.rows if row.hash == version), None)
        policy: Policy | None = None if row is None else era_of(row, self.current, self.known).policy
        return policy


def counts_for_targets(policy: Policy) -> bool:
    """Whether targets depend on what a case counts: its clocks know the rest from its events."""
    return not _COUNTED.isdisjoint(policy.reading.reads["sla"])


def policy_of(row: PolicyRow, registry: Registry | None) -> Policy:
    """Return a policy as the store keeps it, under the version that it was adopted by."""
    return evolve(Policy.from_dict(decode(row.document), registry=registry), version=row.hash)


def era_of(row: PolicyRow, current: Policy, known: dict[str, Era]) -> Era:
    """Return the era of a policy, compiling each version once; one that cannot be read any more says why."""
    if row.hash not in known:
        try:
            policy = current if row.hash == current.version else policy_of(row, current.registry)
            known[row.hash] = Era(epoch=row.epoch, policy=policy)
        except SupportkitError as error:
            known[row.hash] = Era(epoch=row.epoch, fault=f"policy {row.hash}: {error}")
    return evolve(known[row.hash], epoch=row.epoch, since=row.activated_at)


def meet(draft: Draft, unmet: Unmet) -> None:
    """Let a case meet every policy that was adopted since; afterwards it is decided by the draft's own.

    A policy that cannot be read any more is passed over, and the log says so.
    """
    assert draft.row is not None
    facts, own, first = CaseFile.from_bytes(draft.row.snapshot).facts, draft.policy, draft.row.epoch
    held = next((era.policy for era in unmet.eras if era.epoch == first), None)
    coming = [evolve(era, policy=own) if era is unmet.eras[-1] else era for era in unmet.eras]
    faults = [era.fault for era in coming[:-1] if era.fault is not None]
    for era in coming:
        if era.epoch == first or era.policy is None:
            continue
        since = era.since or draft.now
        if held is not None:
            draft.decide_by(held, facts)
            _settle_before(draft, since)
        draft.decide_by(era.policy, facts)
        _adopt(draft, era, unmet, before=held, since=since, faults=faults)
        # What falls due next was worked out by the policy before: look at once.
        held, faults, draft.next_change_at = era.policy, [], since


def _settle_before(draft: Draft, since: datetime) -> None:
    until = since - MICROSECOND
    if draft.folding.last_at is None or draft.folding.last_at < until:
        draft.advance(until)


def _adopt(
    draft: Draft, era: Era, unmet: Unmet, *, before: Policy | None, since: datetime, faults: list[str]
) -> None:
    draft.now = max(draft.now, since)
    version = draft.policy.version
    draft.record("desk.policy_adopted", at=since, actor="desk", version=version, epoch=era.epoch)
    for fault in faults:
        draft.record("case.fault", at=since, actor="desk", code="policy_unreadable", detail=fault)
    if before is not None:
        _end_measures(draft, before, since)
        assert draft.sla is not None
        draft.sla = new_measures(draft.sla, before, draft.policy, (*unmet.log, *draft.events), draft.facts)
    if draft.line.waiting:
        draft.look_for_somebody = True
    draft.advance(max(since, draft.folding.last_at or since))


def _end_measures(draft: Draft, before: Policy, since: datetime) -> None:
    """Say of what the policy measures no longer that it is not owed any more."""
    assert draft.sla is not None
    for name in sorted(before.sla.named.keys() - draft.policy.sla.named.keys()):
        cycle = draft.sla.tracks[name].current if name in draft.sla.tracks else None
        if cycle is not None and cycle.recorded is not None and cycle.recorded.state == "running":
            said = {"metric": name, "cycle": cycle.number, "due": cycle.recorded.due}
            draft.record("target.removed", at=since, actor="desk", reason="policy", **said)


def new_measures(
    state: SlaState, before: Policy, policy: Policy, log: Iterable[Event], facts: Mapping[str, Any]
) -> SlaState:
    """Return the clocks with what the policy measures anew, as far as it is under way by the log.

    What is over stays over: a measure that is new says nothing of the time before it.
    """
    fresh = policy.sla.named.keys() - before.sla.named.keys()
    if not fresh:
        return state
    anew = policy.sla.start(facts)
    for event in log:
        anew = policy.sla.apply(anew, event)
    going_on = {
        name: Track(track.count, track.current)
        for name, track in anew.tracks.items()
        if name in fresh and track.current is not None and track.current.ended is None
    }
    return evolve(state, tracks={**state.tracks, **going_on})
