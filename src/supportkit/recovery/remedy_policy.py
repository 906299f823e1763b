"""How a desk makes things good: what it has to give, who may give it, how often, what replies must say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, tzinfo
from decimal import Decimal

from attrs import field, frozen

from supportkit.cases import currency_code, utc
from supportkit.errors import InvalidValue, nearest_name
from supportkit.recovery.authority import Authorisation, IncidentTerms, Limits, authorise
from supportkit.recovery.catalogue import KINDS, RemedyOption
from supportkit.recovery.given import GivenRemedy
from supportkit.recovery.goodwill import GoodwillRule
from supportkit.recovery.ladder import Assessment, Proposal, propose
from supportkit.recovery.reply_rules import ReplyRules
from supportkit.recovery.statutory_dates import statutory_date
from supportkit.sequences import as_tuple

__all__ = ["RemedyPolicy"]


@frozen(kw_only=True)
class RemedyPolicy:
    """Everything a desk decides by about complaints; without a word on it nothing is bounded.

    Without a `catalogue` each kind is a remedy of its own name, with an amount said each time. `limits` hold
    each within their scope, all at once. `effort_cap` is how many replies may be spent on a fix. With
    `second_look` a rejected complaint is settled only after somebody else has looked, too. `statutory` names
    the rules of law that hold for complaints. `replies` is None where replies are not checked.
    """

    currency: str = field(default="EUR", converter=currency_code)
    catalogue: Mapping[str, RemedyOption] = field(factory=dict)
    limits: tuple[Limits, ...] = field(default=(), converter=as_tuple)
    goodwill: GoodwillRule | None = None
    effort_cap: int | None = None
    second_look: bool = True
    statutory: tuple[str, ...] = field(default=(), converter=as_tuple)
    replies: ReplyRules | None = None

    def option(self, name: str) -> RemedyOption:
        """Return a remedy of the catalogue; raises InvalidValue for one that there is not."""
        if not self.catalogue and name in KINDS:
            return RemedyOption(name, name, currency=self.currency)
        known = self.catalogue or KINDS
        if name not in known:
            near = nearest_name(name, known)
            hint = f"did you mean {near!r}?" if near else f"there are {', '.join(known)}"
            raise InvalidValue(f"there is no remedy {name!r}; {hint}")
        return self.catalogue[name]

    def propose(
        self,
        assessment: Assessment,
        *,
        replies: int = 0,
        prompt: bool | None = None,
        apologised: bool | None = None,
    ) -> Proposal:
        """Return what a complaint deserves after so many replies; see `propose`."""
        return propose(assessment, effort=replies, cap=self.effort_cap, prompt=prompt, apologised=apologised)

    def granted(
        self,
        *,
        case: Iterable[GivenRemedy] = (),
        customer: Iterable[GivenRemedy] = (),
        incident: Iterable[GivenRemedy] | None = None,
        now: datetime,
        zone: tzinfo,
    ) -> dict[str, tuple[Decimal, ...]]:
        """Return the amounts that count within each scope.

        `case` and `incident` (None without one) are what was given there, `customer` is everything the
        customer was given, whenever; a day is one of `zone`. What the law owes counts nowhere.
        """
        today = utc(now).astimezone(zone).date()
        on_the_day = (one for one in customer if one.at.astimezone(zone).date() == today)
        scopes = {"case": case, "customer_day": on_the_day}
        if incident is not None:
            scopes["incident"] = incident
        return {
            scope: tuple(one.amount for one in all_ if one.discretionary) for scope, all_ in scopes.items()
        }

    def authorise(
        self,
        amount: Decimal | int | str,
        *,
        currency: str,
        role: str | None,
        granted: Mapping[str, Iterable[Decimal]],
        incident: IncidentTerms | None = None,
    ) -> Authorisation:
        """Decide whether a role may give an amount, in every scope at once (see `authorise` and `granted`).

        Needed is the first role that may in all of them. Limits of a scope that is not in `granted` (an
        incident's, without one) do not hold.

        >>> roles = [("agent", 20), ("lead", 100)]
        >>> policy = RemedyPolicy(currency="GBP", limits=[
        ...     Limits(roles, "GBP", "case"), Limits([("agent", 30), ("lead", 60)], "GBP", "customer_day")])
        >>> given = {"case": [], "customer_day": [Decimal(20)]}
        >>> decided = policy.authorise(15, currency="GBP", role="agent", granted=given)
        >>> decided.role, decided.reasons
        ('lead', ("35 GBP in this customer's day is above the 30 GBP of agent",))
        """
        held = [limits for limits in self.limits if limits.scope in granted]
        if not held:
            role = role or "anybody"
            held = [Limits([(role, None)], self.currency)]
        roles = dict.fromkeys([role, *(other for limits in held for other in limits.chain)])
        decisions = {
            other: [
                authorise(
                    amount, currency=currency, role=other, limits=limits,
                    granted=granted.get(limits.scope, ()), incident=incident,
                )
                for limits in held
            ]
            for other in roles
        }  # fmt: skip
        refused = [one for one in decisions[role] if one.decision != "approve"]
        reasons = tuple(reason for one in refused or decisions[role] for reason in one.reasons)
        if not refused or any(one.decision == "invalid" for one in refused):
            return Authorisation("invalid" if refused else "approve", None if refused else role, reasons)
        able = (other for other, all_ in decisions.items() if all(one.decision == "approve" for one in all_))
        return Authorisation("needs", next(able, None), reasons)

    def statutory_dates(self, received: date, *, holidays: Iterable[date] = ()) -> dict[str, date]:
        """Return by which date each rule of law that holds here wants an answer."""
        closed = tuple(holidays)
        return {rule: statutory_date(rule, received, holidays=closed) for rule in self.statutory}
