"""What must hold of what customers are given, whatever is done at a desk, for a policy of your own."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from attrs import frozen
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from supportkit.calendars import zone as load_zone
from supportkit.cases import Agent, Contact, ContactPoint, Customer, Event
from supportkit.channels import MemoryChannel
from supportkit.desk import Agents, Customers, Desk
from supportkit.errors import CommandRefused
from supportkit.policy import Policy
from supportkit.ports import Store
from supportkit.recovery import Limits
from supportkit.storage import MemoryStore
from supportkit.testing.clock import Clock

__all__ = ["RemedyMachine"]

_POLICY = {
    "remedies": {
        "currency": "GBP",
        "catalogue": {
            "amends": "compensate",
            "voucher": {"kind": "goodwill", "value": 5},
            "treat": "goodwill",
        },
        "limits": {
            "case": {"agent": 20, "lead": 60},
            "customer_day": {"agent": 30, "lead": 90},
            "incident": {"agent": 100, "lead": 150},
        },
        "goodwill": {"count": 2, "value": 12, "window": "2 days"},
    }
}

_DEEDS = (*["give_at_once"] * 3, "propose", "approve", "give", "merge", "declare", "pass_time", "write")


@frozen
class _Gift:
    """What was given: when, in which case as it stood then, to whom, by people of which roles."""

    at: datetime
    day: date
    case: str
    customer: str
    amount: Decimal
    counts_as: str
    roles: tuple[str | None, ...]
    incident: str | None


class RemedyMachine(RuleBasedStateMachine):
    """Proposes, approves and gives in any order, merges cases, declares incidents; counts what was given.

    Subclass it and give your `policy`, the `agents` with their roles, the `customers`, the `amounts` that are
    asked for, and the `periods` that pass. `opened` may return a desk on another store. Run `TestCase`, or
    ``run_state_machine_as_test(YourMachine)``.

    The laws, counted by a ledger of its own: what was given in one case (with those merged into it), to one
    customer on one day, and for one incident never exceeds what the one who gives or the one who agreed may
    give there, an incident's raised limit included; an incident's budget is never exceeded; nor is goodwill,
    in any window. What is refused changes nothing.

    >>> from hypothesis import settings
    >>> from hypothesis.stateful import run_state_machine_as_test
    >>> quick = settings(max_examples=3, stateful_step_count=10, deadline=None, database=None)
    >>> run_state_machine_as_test(RemedyMachine, settings=quick)
    """

    policy: ClassVar[Policy] = Policy.from_dict(_POLICY)
    agents: ClassVar[tuple[Agent, ...]] = (
        Agent("ann", role="agent"), Agent("lea", role="lead"), Agent("nobody"),
    )  # fmt: skip
    customers: ClassVar[tuple[Customer, ...]] = tuple(
        Customer(name, [ContactPoint("email", f"{name}@example.org")]) for name in ("jo", "al")
    )
    amounts: ClassVar[st.SearchStrategy[Decimal]] = st.sampled_from((20, 5, 0, 11, 30, 50, 61)).map(Decimal)
    periods: ClassVar[st.SearchStrategy[timedelta]] = st.sampled_from((0, 1, 5, 14, 30)).map(
        lambda hours: timedelta(hours=hours)
    )

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock(datetime(2026, 7, 1, 9, tzinfo=UTC))
        self.desk = self.opened(MemoryStore(clock=self.clock))
        self.written = 0
        self.ledger: list[_Gift] = []
        self.into: dict[str, str] = {}
        self.roles = {f"agent:{agent.id}": agent.role for agent in self.agents}

    def opened(self, store: Store) -> Desk:
        """Return the desk that is tried; `store` is an empty one in memory."""
        return Desk(
            self.policy,
            store=store,
            channels=[MemoryChannel("mail", kind="email")],
            customers=Customers(self.customers),
            agents=Agents(self.agents),
            clock=self.clock,
        )

    def act(self, command: str, *arguments: Any, **said: Any) -> Any:
        """Run a command; return its answer, or the code of its refusal, which changed nothing."""
        before = self._seqs()
        try:
            return getattr(self.desk, command)(*arguments, **said)
        except CommandRefused as refused:
            code = refused.code
        assert self._seqs() == before, f"{command} was refused ({code}) and changed something"
        return code

    def _seqs(self) -> dict[str, int]:
        return {case.id: case.seq for case in self.desk.cases()}

    # Commands

    @rule(data=st.data())
    def do(self, data: Any) -> None:
        """Somebody does a few things."""
        for name in data.draw(st.lists(st.sampled_from(_DEEDS), min_size=1, max_size=5)):
            getattr(self, name)(data)

    @initialize()
    def begin(self) -> None:
        """Every customer has a question, and the first one another."""
        for who in (*self.customers, self.customers[0]):
            self._write(who)

    def write(self, data: Any) -> None:
        """A customer writes about something new."""
        self._write(data.draw(st.sampled_from(self.customers)))

    def _write(self, who: Customer) -> None:
        self.written += 1
        contact = Contact(
            id=f"m{self.written}", channel="email", at=self.clock(), text=f"Question {self.written}",
            points=who.points, message_id=f"<m{self.written}@example.org>",
        )  # fmt: skip
        self.desk.receive("mail", contact)

    def propose(self, data: Any) -> None:
        """Somebody proposes a remedy."""
        self._propose(data)

    def _propose(self, data: Any) -> Any:
        options = self.policy.remedies.catalogue
        name = data.draw(st.sampled_from(sorted(options))) if options else "compensate"
        option = self.policy.remedies.option(name)
        amount = data.draw(self.amounts) if option.value is None else None
        if amount is not None and option.at_most is not None:
            amount = min(amount, option.at_most)
        return self._on_a_case(data, "propose_remedy", name, amount=amount, reason="drawn")

    def give_at_once(self, data: Any) -> None:
        """Somebody gives what was proposed this moment, agreed to or not."""
        done, agreed = self._propose(data), data.draw(st.booleans())
        proposed = [
            event for event in getattr(done, "events", ()) if event.kind == "recovery.remedy_proposed"
        ]
        for event in proposed:
            if agreed:
                self.act("approve_remedy", done.case_id, event.payload.id, by=self._somebody(data))
            self._give(data, done.case_id, event.payload.id)

    def approve(self, data: Any) -> None:
        """Somebody agrees to a remedy."""
        waiting = self._remedies("proposed")
        if waiting:
            self.act("approve_remedy", *data.draw(st.sampled_from(waiting)), by=self._somebody(data))

    def give(self, data: Any) -> None:
        """Somebody gives a remedy, perhaps one that was given before."""
        waiting = self._remedies("approved", "proposed") or self._remedies("given")
        if waiting:
            self._give(data, *data.draw(st.sampled_from(waiting)))

    def _give(self, data: Any, case: str, remedy: str) -> None:
        """Give a remedy; then count all that counts with it."""
        done = self.act("give_remedy", case, remedy, by=self._somebody(data))
        for event in getattr(done, "events", ()):
            if event.kind == "recovery.remedy_given" and event.stream == f"case:{case}":
                self._enter(event)

    def merge(self, data: Any) -> None:
        """Two cases are one."""
        cases = self._open_cases()
        if len(cases) > 1:
            one, into = data.draw(st.permutations(cases))[:2]
            if not isinstance(self.act("merge", one, into, by="ann", reason="drawn"), str):
                self.into[one] = into

    def declare(self, data: Any) -> None:
        """An incident is declared, or declared anew, and a case said to belong to it."""
        name = data.draw(st.sampled_from(("cut", "flood")))
        limit, budget = (data.draw(st.none() | self.amounts.map(lambda some: 2 * some)) for _ in range(2))
        self.act("declare_incident", name, by="lea", limit=limit, budget=budget)
        done = self._on_a_case(data, "raise_complaint", "something", incident=name)
        if not isinstance(done, str):
            found = {"genuine": True, "fixable": False, "compensable": True, "evidence": "drawn"}
            self.act("assess", done.case_id, by="ann", **found)

    def pass_time(self, data: Any) -> None:
        """Let a period pass."""
        self.clock.move_to(self.clock() + data.draw(self.periods))

    def _open_cases(self) -> list[str]:
        return [case.id for case in self.desk.cases(open_only=True)]

    def _somebody(self, data: Any) -> str:
        return data.draw(st.sampled_from([agent.id for agent in self.agents]))  # type: ignore[no-any-return]

    def _on_a_case(self, data: Any, command: str, *arguments: Any, **said: Any) -> Any:
        cases = self._open_cases()
        return self.act(
            command, data.draw(st.sampled_from(cases)), *arguments, by=self._somebody(data), **said
        )

    def _remedies(self, *states: str) -> list[tuple[str, str]]:
        return [
            (case.id, remedy.id)
            for case in self.desk.cases()
            for remedy in self.desk.complaint(case.id).remedies.values()
            if remedy.state in states
        ]

    # Laws

    def _enter(self, event: Event) -> None:
        """Enter a gift in the ledger, and hold all that counts with it to every bound."""
        said: Any = event.payload
        case = event.stream.partition(":")[2]
        gift = _Gift(
            at=event.at, day=event.at.astimezone(load_zone(self.policy.home_zone)).date(), case=case,
            customer=self.desk.case(case).customer or "", amount=said.amount, counts_as=said.counts_as,
            roles=tuple(self.roles.get(who) for who in (event.actor, said.approved_by) if who is not None),
            incident=said.incident,
        )  # fmt: skip
        self.ledger.append(gift)
        if gift.amount:
            self._check_limits(gift)
            self._check_budget(gift)
        if gift.counts_as == "goodwill":
            self._check_goodwill(gift)

    def _check_limits(self, gift: _Gift) -> None:
        for limits in self.policy.remedies.limits:
            scope = self._scope(gift, limits.scope)
            if scope is not None:
                total = _sum(one for one in self.ledger if self._scope(one, limits.scope) == scope)
                allowed = [self._limit(limits, role, gift) for role in gift.roles]
                assert any(limit is None or total <= limit for limit in allowed), (
                    f"{total} in {limits.scope} {scope} is above what {gift.roles} may give: {allowed}"
                )

    def _scope(self, gift: _Gift, scope: str) -> Any:
        if scope == "incident":
            return gift.incident
        return self._goes_on_in(gift.case) if scope == "case" else (gift.customer, gift.day)

    def _goes_on_in(self, case: str) -> str:
        while case in self.into:
            case = self.into[case]
        return case

    def _limit(self, limits: Limits, role: str | None, gift: _Gift) -> Decimal | None:
        own = limits.of(role)
        raised = None if gift.incident is None else self.desk.incidents()[gift.incident].limit
        if own is None or raised is None or role not in dict(limits.roles):
            return own
        return max(own, raised)

    def _check_budget(self, gift: _Gift) -> None:
        if gift.incident is not None:
            total = _sum(one for one in self.ledger if one.incident == gift.incident)
            budget = self.desk.incidents()[gift.incident].budget
            assert budget is None or total <= budget, f"{total} for {gift.incident} is above {budget}"

    def _check_goodwill(self, gift: _Gift) -> None:
        bound = self.policy.remedies.goodwill
        if bound is None:
            return
        same = [one for one in self.ledger if (one.customer, one.counts_as) == (gift.customer, "goodwill")]
        inside = [one for one in same if one.at > gift.at - bound.window]
        assert bound.count is None or len(inside) <= bound.count, f"{len(inside)} times within {bound.window}"
        assert bound.value is None or _sum(inside) <= bound.value, f"{_sum(inside)} within {bound.window}"


def _sum(gifts: Iterable[_Gift]) -> Decimal:
    return sum((gift.amount for gift in gifts), Decimal())
