"""Who may give how much: limits by role, cumulative within a scope, and who is asked above them."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from attrs import field, frozen

from supportkit.cases import currency_code, money
from supportkit.errors import InvalidValue

__all__ = ["SCOPES", "Authorisation", "IncidentTerms", "Limits", "authorise"]

SCOPES = ("case", "customer_day", "incident")
"""What amounts add up over: one case, one customer's calendar day, one incident."""


def _chain(entries: Iterable[Any]) -> tuple[tuple[str, Decimal | None], ...]:
    chain: dict[str, Decimal | None] = {}
    for role, up_to in entries:
        limit = None if up_to is None else not_negative(up_to, name=f"the limit of {role!r}")
        if role in chain:
            raise InvalidValue(f"the role {role!r} has two limits; leave one out")
        chain[role] = limit
    return tuple(chain.items())


def not_negative(value: Any, *, name: str) -> Decimal:
    """Return an amount of money; raises InvalidValue below zero, and for what is no exact amount."""
    amount = money(value)
    if amount < 0:
        raise InvalidValue(f"{name} is {amount}; give 0 or more")
    return amount


def _scope(value: Any) -> str:
    if value not in SCOPES:
        raise InvalidValue(f"scope={value!r} is none of {', '.join(SCOPES)}")
    return str(value)


@frozen
class Limits:
    """How much each role may give within one scope, all together: pairs of role and amount.

    An amount of None is no limit. The chain of approvers runs from the lowest limit to the highest; of equal
    ones the first comes first. A role that is not named may give nothing.

    >>> Limits([("agent", 20), ("lead", 100)], "GBP", "case").of("agent")
    Decimal('20')
    """

    roles: tuple[tuple[str, Decimal | None], ...] = field(converter=_chain)
    currency: str = field(converter=currency_code)
    scope: str = field(default="case", converter=_scope)

    def of(self, role: str | None) -> Decimal | None:
        """The limit of a role; None is no limit, 0 for a role that is not named."""
        return dict(self.roles).get(role, Decimal()) if role is not None else Decimal()

    @property
    def chain(self) -> tuple[str, ...]:
        """The roles from the lowest limit to the highest."""
        by_limit = sorted(self.roles, key=lambda entry: (entry[1] is None, entry[1] or 0))
        return tuple(role for role, _ in by_limit)


@frozen(kw_only=True)
class IncidentTerms:
    """What an incident changes: a raised limit for everybody with one, and a budget that nobody may exceed.

    `spent` is what was given for the incident already. None is no raise, or no budget.
    """

    limit: Decimal | None = field(default=None)
    budget: Decimal | None = field(default=None)
    spent: Decimal = field(default=Decimal(), converter=money)

    def __attrs_post_init__(self) -> None:
        for name in ("limit", "budget"):
            if (value := getattr(self, name)) is not None:
                object.__setattr__(self, name, not_negative(value, name=f"an incident's {name}"))


@frozen
class Authorisation:
    """Whether an amount may be given: approve, needs (`role`; None when nobody may), or invalid."""

    decision: str
    role: str | None = None
    reasons: tuple[str, ...] = ()


def authorise(
    amount: Decimal | int | str,
    *,
    currency: str,
    role: str | None,
    limits: Limits,
    granted: Iterable[Decimal | int | str] = (),
    incident: IncidentTerms | None = None,
) -> Authorisation:
    """Decide whether a role may give an amount, together with what was `granted` within the scope already.

    Exactly the limit is within it, and nothing is within every limit. Above it the first role of the chain
    that may is needed, or nobody. Of an `incident` the larger of the role's limit and the incident's holds,
    within its budget. A negative amount or another currency is invalid. Raises InvalidValue for what is no
    exact amount.

    >>> limits = Limits([("agent", 20), ("lead", 100)], "GBP", "case")
    >>> authorise(15, currency="GBP", role="agent", limits=limits).decision
    'approve'
    >>> decided = authorise(15, currency="GBP", role="agent", limits=limits, granted=[10])
    >>> decided.decision, decided.role, decided.reasons
    ('needs', 'lead', ('25 GBP in this case is above the 20 GBP of agent',))
    """
    asked = money(amount)
    if asked < 0:
        return Authorisation("invalid", None, (f"{asked} is below zero",))
    if currency_code(currency) != limits.currency:
        return Authorisation("invalid", None, (f"limits are in {limits.currency}, this is in {currency}",))
    before = sum((money(one) for one in granted), Decimal())
    terms = incident or IncidentTerms()
    if asked and terms.budget is not None and terms.spent + asked > terms.budget:
        spent = f"{terms.spent + asked} {limits.currency}"
        return Authorisation("needs", None, (f"{spent} is above the incident's budget of {terms.budget}",))
    if not asked or _within(before + asked, limits, role, terms):
        return Authorisation("approve", role, (_approving(before + asked, limits, role),))
    able = (other for other in limits.chain if _within(before + asked, limits, other, terms))
    return Authorisation("needs", next(able, None), (_lacking(before + asked, limits, role, terms),))


def _within(total: Decimal, limits: Limits, role: str | None, terms: IncidentTerms) -> bool:
    limit = _limit(limits, role, terms)
    return limit is None or total <= limit


def _limit(limits: Limits, role: str | None, terms: IncidentTerms) -> Decimal | None:
    own = limits.of(role)
    if own is None or terms.limit is None or role not in dict(limits.roles):
        return own
    return max(own, terms.limit)


def _approving(total: Decimal, limits: Limits, role: str | None) -> str:
    return f"{total} {limits.currency} in this {_worded(limits)} is within what {role or 'nobody'} may give"


def _lacking(total: Decimal, limits: Limits, role: str | None, terms: IncidentTerms) -> str:
    said = f"{total} {limits.currency} in this {_worded(limits)} is above the"
    return f"{said} {_limit(limits, role, terms)} {limits.currency} of {role or 'who has no role'}"


def _worded(limits: Limits) -> str:
    return limits.scope.replace("customer_day", "customer's day")
