"""Laws of making good: whoever is asked may say yes, and no sequence of gifts exceeds a limit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from attrs import frozen
from hypothesis import strategies as st

from supportkit.calendars import zone as load_zone
from supportkit.policy import Policy
from supportkit.recovery import GivenRemedy, RemedyPolicy
from supportkit.testing.laws.law import Counterexample, Law

__all__ = ["LAWS"]

_MORNING = datetime(2026, 1, 6, 10, tzinfo=UTC)


@frozen
class _Asked:
    """Somebody wants to give something: after how long, in which of two cases, as whom."""

    after: timedelta
    case: str
    role: str | None
    amount: Decimal


def _roles(policy: Policy) -> list[str | None]:
    return [None, *dict.fromkeys(role for limits in policy.remedies.limits for role in limits.chain)]


def _amounts(policy: Policy) -> st.SearchStrategy[Decimal]:
    """Amounts that fill a limit with one, two, or too many of them."""
    held = {up_to for limits in policy.remedies.limits for _, up_to in limits.roles if up_to is not None}
    near = [amount for up_to in sorted(held) if up_to for amount in (up_to / 2, up_to)]
    return st.sampled_from([*near, Decimal("0.01")])


def _sequences(policy: Policy) -> st.SearchStrategy[list[_Asked]]:
    hours = st.sampled_from((0, 1, 20)).map(lambda some: timedelta(hours=some))
    cases = st.sampled_from(("case-1", "case-2"))
    asked = st.builds(_Asked, hours, cases, st.sampled_from(_roles(policy)[1:]), _amounts(policy))
    return st.lists(asked, min_size=4, max_size=12)


def _within_limits(policy: Policy, sequence: list[_Asked]) -> Counterexample | bool:
    """Give whatever may be given, and count it anew in every scope; all of it is for one incident."""
    given: list[GivenRemedy] = []
    now, remedies, zone = _MORNING, policy.remedies, load_zone(policy.home_zone)
    lines = []
    for asked in sequence:
        now += asked.after
        granted = _granted(remedies, given, asked.case, now, zone)
        decided = remedies.authorise(
            asked.amount, currency=remedies.currency, role=asked.role, granted=granted
        )
        lines.append(f"  {now} {asked.role} gives {asked.amount} in {asked.case}: {decided.decision}")
        if decided.decision == "approve":
            given.append(GivenRemedy(at=now, case=asked.case, amount=asked.amount))
            found = _exceeded(remedies, given, asked, zone)
            if found is not None:
                return Counterexample(found, lines=tuple(lines))
    return any(one.amount for one in given)


def _granted(
    remedies: RemedyPolicy, given: list[GivenRemedy], case: str, now: datetime, zone: ZoneInfo
) -> Mapping[str, tuple[Decimal, ...]]:
    own = [one for one in given if one.case == case]
    return remedies.granted(case=own, customer=given, incident=given, now=now, zone=zone)


def _exceeded(remedies: RemedyPolicy, given: list[GivenRemedy], asked: _Asked, zone: ZoneInfo) -> str | None:
    """Say which limit the latest gift exceeds, counting from nothing but what was given."""
    last = given[-1]
    day = last.at.astimezone(zone).date()
    scopes = {
        "case": [one.amount for one in given if one.case == last.case],
        "customer_day": [one.amount for one in given if one.at.astimezone(zone).date() == day],
        "incident": [one.amount for one in given],
    }
    for limits in remedies.limits:
        total, up_to = sum(scopes[limits.scope], Decimal()), limits.of(asked.role)
        if last.amount and up_to is not None and total > up_to:
            return f"{total} in one {limits.scope} is above the {up_to} of {asked.role}"
    return None


def _questions(policy: Policy) -> st.SearchStrategy[tuple[str | None, Decimal, Decimal]]:
    return st.tuples(st.sampled_from(_roles(policy)), _amounts(policy), _amounts(policy))


def _may_say_yes(policy: Policy, asked: tuple[str | None, Decimal, Decimal]) -> Counterexample | bool:
    role, amount, before = asked
    remedies = policy.remedies
    granted = {limits.scope: (before,) for limits in remedies.limits}

    def decide(who: str | None) -> str:
        return remedies.authorise(amount, currency=remedies.currency, role=who, granted=granted).decision

    decided = remedies.authorise(amount, currency=remedies.currency, role=role, granted=granted)
    if decided.decision != "needs":
        return False
    if decided.role is not None:
        if decide(decided.role) == "approve":
            return True
        return Counterexample(f"{role} is sent to {decided.role} for {amount}, who may not give it either")
    able = [who for who in _roles(policy) if decide(who) == "approve"]
    return Counterexample(f"nobody may give {amount}, but {able[0]} may") if able else True


LAWS = (
    Law(
        "no_gifts_exceed_a_limit",
        "Whatever is given, in any order, stays within what its giver may give in every scope.",
        source="R54, R71",
        cases=_sequences,
        judge=_within_limits,
        applies=lambda policy: any(
            up_to is None or up_to > 0 for limits in policy.remedies.limits for _, up_to in limits.roles
        ),
        premise="nobody may give anything at all",
        way_out="give some role a limit above 0 in every scope",
    ),
    Law(
        "whoever_is_asked_may_say_yes",
        "Who may not give something is sent to somebody who may; to nobody only when nobody may.",
        source="R71",
        cases=_questions,
        judge=_may_say_yes,
        applies=lambda policy: bool(policy.remedies.limits),
    ),
)
