"""What is wrong with remedies beyond what loading checks: what nobody may give, chains that turn round."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from supportkit.policy.lines import LineFinding
from supportkit.policy.policy import Policy
from supportkit.recovery import Limits

__all__ = ["remedy_findings"]


def remedy_findings(policy: Policy) -> Iterator[LineFinding]:
    """Find remedies worth more than anybody may give, and roles that may give more here and less there."""
    yield from _never_given(policy)
    yield from _never_rewarded(policy)
    yield from _turned_round(policy)


def _never_given(policy: Policy) -> Iterator[LineFinding]:
    for name, option in policy.remedies.catalogue.items():
        for limits in policy.remedies.limits:
            highest = [up_to for _, up_to in limits.roles]
            if option.value is None or None in highest:
                continue
            most = max((up_to for up_to in highest if up_to is not None), default=None)
            if most is None or option.value > most:
                told = f"nobody may give it: it is worth {option.value}, {limits.scope} ends at {most or 0}"
                yield LineFinding("never_given", f"remedies.catalogue.{name}", told)


def _never_rewarded(policy: Policy) -> Iterator[LineFinding]:
    rule = policy.remedies.goodwill
    for name, option in policy.remedies.catalogue.items():
        if rule is None or rule.value is None or option.value is None or option.counts_as != "goodwill":
            continue
        if option.value > rule.value:
            told = f"no customer can get it: it is worth {option.value}, goodwill ends at {rule.value}"
            yield LineFinding("never_given", f"remedies.catalogue.{name}", told)


def _turned_round(policy: Policy) -> Iterator[LineFinding]:
    """Find two roles of which each may give more than the other in one of two scopes."""
    for first, second in combinations(policy.remedies.limits, 2):
        both = [role for role in first.chain if role in second.chain]
        for lower, higher in combinations(both, 2):
            if _above(first, higher, lower) and _above(second, lower, higher):
                told = (
                    f"{higher} may give more than {lower} in {first.scope}, and less in {second.scope}: "
                    f"whoever is asked there may give less"
                )
                yield LineFinding("limits_disagree", f"remedies.limits.{second.scope}.{higher}", told)


def _above(limits: Limits, one: str, other: str) -> bool:
    """Whether one role may give more than another."""
    mine, theirs = limits.of(one), limits.of(other)
    return theirs is not None and (mine is None or mine > theirs)
