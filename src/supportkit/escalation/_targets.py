"""Who a level tells, resolved at the instant of firing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from supportkit.escalation.plans import OneOf, Target
from supportkit.escalation.steps import Directory, StepFault

__all__ = ["fact_of", "resolved"]

_SCHEDULE = "schedule:"
_TEAM = "case.team"
_WORDS = frozenset({"customer.account_owner", "case.owner", _TEAM})


def resolved(
    targets: Iterable[Target],
    *,
    key: str,
    now: datetime,
    facts: Any,
    directory: Directory | None,
    faults: list[StepFault],
) -> tuple[str, ...]:
    """Return ids in order, each once; the inactive are dropped and an empty schedule is a fault.

    ``customer.account_owner``, ``case.owner`` and ``case.team`` are whomever the facts name.
    """
    found: list[str] = []
    for target in targets:
        if isinstance(target, OneOf):
            found += _next_of(_active(target.ids, directory, faults), key, directory)
        elif target.startswith(_SCHEDULE):
            on_call = () if directory is None else directory.on_call(target.removeprefix(_SCHEDULE), now)
            if not on_call:
                faults.append(StepFault("nobody_on_call", target))
            found += _active(on_call, directory, faults)
        elif target in _WORDS:
            found += _active(_of_the_case(target, facts, faults), directory, faults)
        else:
            found += _active((target,), directory, faults)
    return tuple(dict.fromkeys(found))


def _of_the_case(word: str, facts: Any, faults: list[StepFault]) -> tuple[str, ...]:
    """Return whom a fact of the case names; a team by its address."""
    whom = fact_of(facts, word)
    if not whom:
        faults.append(StepFault("nobody_there", word))
        return ()
    return (f"team:{whom}" if word == _TEAM else str(whom),)


def fact_of(facts: Any, path: str) -> Any:
    """Return one fact of a nested mapping; None when it is not there."""
    group, _, name = path.partition(".")
    known = facts.get(group) if isinstance(facts, Mapping) else None
    return known.get(name) if isinstance(known, Mapping) else None


def _active(ids: Iterable[str], directory: Directory | None, faults: list[StepFault]) -> list[str]:
    if directory is None:
        return list(ids)
    kept = []
    for target in ids:
        # Teams are addresses, not people: only people leave.
        if ":" in target or directory.is_active(target):
            kept.append(target)
        else:
            faults.append(StepFault("target_inactive", target))
    return kept


def _next_of(ids: list[str], key: str, directory: Directory | None) -> list[str]:
    in_order = sorted(set(ids))
    last = directory.last_served(key) if directory is not None else None
    if last in in_order:
        return [in_order[(in_order.index(last) + 1) % len(in_order)]]
    return in_order[:1]
