"""Laws of learning: nobody is asked or told twice, no hint comes early, problems know no order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import evolve, frozen
from hypothesis import strategies as st

from supportkit.cases import MICROSECOND, STATUSES, Case, Customer, Log, fold
from supportkit.channels import MemoryChannel
from supportkit.desk import Customers, Desk
from supportkit.insight import Sighting, may_ask, problems, read_record, suggest
from supportkit.policy import Policy
from supportkit.testing.laws.law import Counterexample, Law, told
from supportkit.testing.strategies.customers import customers
from supportkit.testing.strategies.facts import facts
from supportkit.testing.strategies.learning import service_logs, sightings

__all__ = ["LAWS"]

_NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def _learns(policy: Policy) -> bool:
    return "learning" in policy.document


# -- feedback ---------------------------------------------------------------------------------------------


def _solved(log: Log) -> Log:
    """Let a person solve the case in the end, if it is open."""
    last = log.events[-1].at
    if not fold(log).is_open:
        return log
    return log.agent_reply(at=last, by="ann").resolved(at=last, actor="agent:ann", code="cable")


def _asked_when_due(policy: Policy, log: Log) -> tuple[Log, int]:
    """Return a history behind which the desk asks whenever it may: at once, and at each limit."""
    rules, count = policy.learning.feedback, 0
    solved = [event.at for event in log if event.kind in {"case.resolved", "case.closed"}]
    waits = (timedelta(0), rules.after, rules.after + MICROSECOND, rules.within, rules.within + MICROSECOND)
    for now in sorted({max(at + wait, log.events[-1].at) for at in solved for wait in waits}):
        if may_ask(read_record(log), now=now, rules=rules):
            log, count = log.add("feedback.asked", at=now, actor="desk", automated=True), count + 1
    return log, count


def _once(policy: Policy, log: Log) -> Counterexample | bool:
    silent = Log(log.case_id).extended(event for event in log if not event.kind.startswith("feedback."))
    played, count = _asked_when_due(policy, silent)
    record = read_record(played)
    if count > 1:
        return Counterexample("the customer is asked twice about one solution", lines=told(played))
    if count and (record.solution is None or record.case.opened_by != "customer"):
        return Counterexample("a customer is asked about what is not solved", lines=told(played))
    return bool(count)


# -- outreach ---------------------------------------------------------------------------------------------


def _affected(policy: Policy) -> st.SearchStrategy[list[Customer]]:
    wishes = st.sampled_from([{}, {}, {"outreach": False}])
    one = st.builds(
        lambda each, wish: evolve(each, merged_into=None, preferences=wish), customers(about=policy), wishes
    )
    return st.lists(one, min_size=1, max_size=4, unique_by=lambda each: each.id)


def _told_once(policy: Policy, people: list[Customer]) -> Counterexample | bool:
    """Reach out twice, with a new word on the incident between, and twice again when it is over."""
    ways = [MemoryChannel(kind, kind=kind) for kind in ("email", "phone", "social")]
    desk = Desk(policy, channels=ways, customers=Customers(people), clock=lambda: _NOON)
    desk.declare_incident("incident", by="desk", affects={"customer": [each.id for each in people]})
    for message, notice in (("first", "notice"), ("second", "notice"), ("over", "resolved")):
        desk.publish_bulletin(
            "incident", by="desk", title="Incident", text=message, message=message, incident="incident"
        )
        for _ in range(2):
            desk.reach_out("incident", by="desk", notice=notice)
    desk.deliver(limit=1000)
    heard = [(out.party, out.text) for way in ways for _, out in way.sent if out.kind == "outreach"]
    against = {each.id for each in people if each.preferences.get("outreach") is False}
    for customer, text in heard:
        if heard.count((customer, text)) > 1 or (customer, "second") in heard:
            return Counterexample(f"customer {customer!r} was told of the incident twice")
        if customer in against:
            return Counterexample(f"customer {customer!r} was told although they do not want to be")
    return bool(heard)


# -- hints ------------------------------------------------------------------------------------------------


@frozen
class _Matter:
    case: Case
    facts: Mapping[str, Any]


def _matters(policy: Policy) -> st.SearchStrategy[_Matter]:
    case = st.builds(lambda status: Case(id="case", status=status), st.sampled_from(STATUSES))
    return st.builds(_Matter, case, facts(policy))


def _after_the_solution(policy: Policy, matter: _Matter) -> Counterexample | bool:
    said: dict[str, Any] = {
        "facts": matter.facts, "now": _NOON, "calendars": policy.calendars,
    }  # fmt: skip
    found = suggest(policy.learning.tips, case=matter.case, **said)
    open_complaint = Case(id="other", kind="complaint")
    if found and matter.case.status not in {"resolved", "closed"}:
        return Counterexample(f"a case that is {matter.case.status} gets the hint {found[0].tip!r}")
    if suggest(policy.learning.tips, case=matter.case, others=[open_complaint], **said):
        return Counterexample("a customer with an open complaint gets a hint")
    return bool(found)


# -- problems ---------------------------------------------------------------------------------------------


def _in_any_order(policy: Policy, seen: list[Sighting]) -> Counterexample | bool:
    rules = policy.learning.problems
    found = problems(seen, now=_NOON, rules=rules)
    if problems([*reversed(seen), *seen], now=_NOON, rules=rules) != found:
        return Counterexample("the same cases in another order are another problem")
    cases = [case for problem in found for case in problem.cases]
    if len(cases) != len(set(cases)):
        return Counterexample("one case belongs to two problems")
    return bool(found)


LAWS = (
    Law(
        "feedback_is_asked_once",
        "A customer is asked about a solution at most once, and never about what is not solved.",
        source="R26",
        cases=lambda _: service_logs(max_events=6) | service_logs(max_events=4).map(_solved),
        judge=_once,
        applies=_learns,
    ),
    Law(
        "nobody_is_told_twice",
        "Reaching out again tells nobody the same again; who wants none of it hears nothing.",
        source="R31",
        cases=_affected,
        judge=_told_once,
        applies=_learns,
    ),
    Law(
        "hints_come_after_the_solution",
        "No hint before the solution, and none while a complaint is open.",
        source="R38",
        cases=_matters,
        judge=_after_the_solution,
        applies=lambda policy: bool(policy.learning.tips),
    ),
    Law(
        "problems_do_not_depend_on_the_order",
        "The same cases in any order, also given twice, are the same problems; no case belongs to two.",
        source="R47, R76",
        cases=lambda _: sightings(now=_NOON),
        judge=_in_any_order,
        applies=_learns,
        way_out="let problems need fewer cases, or draw more: check(policy, max_examples=500)",
    ),
)
