"""Laws of every decision: it repeats, it explains itself, it says what it lacked, it reads what it says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from supportkit.cases import Log
from supportkit.policy import Policy, check
from supportkit.routing import Item
from supportkit.testing.laws.law import Counterexample, Law
from supportkit.testing.laws.outcome import Facts, Outcome, asked_at, changed
from supportkit.testing.strategies.facts import facts
from supportkit.testing.strategies.vocabulary import Vocabulary

__all__ = ["LAWS"]

_TEXTS = frozenset({"contact.text", "contact.subject"})
_FOREIGN = ("agent", "event", "x")
Part = tuple[str, Any, tuple[str, ...]]


def _repeats(policy: Policy, known: Facts) -> Counterexample | bool:
    first, second = Outcome.of(policy, known), Outcome.of(policy, known)
    if first == second:
        return True
    found = f"first {first.priority.explain()}\nthen {second.priority.explain()}"
    return Counterexample(found, ((known, {"priority": first.priority.priority}),))


def _errs(policy: Policy, known: Facts) -> Counterexample | bool:
    outcome = Outcome.of(policy, known)
    rules = policy.classification
    asked = None if rules is None else rules.decide(known, now=asked_at(known), calendars=policy.calendars)
    wrong = (*(() if asked is None else asked.errors), *outcome.priority.errors, *outcome.routing.errors)
    if not wrong:
        return True
    found = f"in error: {', '.join(wrong)}\n{outcome.priority.explain()}"
    return Counterexample(found, ((known, {"priority": outcome.priority.priority}),))


def _explained(policy: Policy, known: Facts) -> Counterexample | bool:
    decision = Outcome.of(policy, known).priority
    text = str(decision.explain())
    lacking = [
        name
        for name in (decision.priority, *(one.factor for one in decision.contributions))
        if name not in text
    ]
    if decision.policy_version != policy.version:
        lacking.append(f"version {policy.version} (it says {decision.policy_version})")
    if not lacking:
        return True
    found = f"the explanation does not name {', '.join(lacking)}:\n{text}"
    return Counterexample(found, ((known, {"priority": decision.priority}),))


def _read_and_unread(policy: Policy) -> st.SearchStrategy[tuple[Any, Any]]:
    read = Vocabulary.of(policy).paths
    others = [path for path in policy.fields.paths if path not in read and not path.startswith(_FOREIGN)]
    return st.tuples(facts(policy, paths=others), facts(policy))


def _unread_is_nothing(policy: Policy, drawn: tuple[Facts, Facts]) -> Counterexample | bool:
    unread, known = drawn
    more = {group: {**known.get(group, {}), **values} for group, values in unread.items()}
    now = asked_at(known)
    before, after = Outcome.of(policy, known, now=now), Outcome.of(policy, {**known, **more}, now=now)
    if _decided(before) == _decided(after):
        return any(unread.values())
    found = f"facts it does not read changed {_decided(before)} to {_decided(after)}"
    expected = {"priority": before.priority.priority}
    fails = after.priority.priority != before.priority.priority
    return Counterexample(found, ((known, expected), ({**known, **more}, expected)), fails=fails)


def _decided(outcome: Outcome) -> tuple[Any, ...]:
    decision = outcome.priority
    owed = tuple((clock.metric, clock.due) for clock in outcome.clocks)
    return (
        decision.priority,
        decision.score,
        decision.sort_key,
        owed,
        outcome.routing.queue,
        outcome.routing.route,
    )


def _known_and_hidden(policy: Policy) -> st.SearchStrategy[tuple[Any, frozenset[str]]]:
    words = Vocabulary.of(policy)
    # Where a condition asks whether a fact is there, its absence is an answer, not a lack.
    paths = sorted(path for path in words.paths - words.absence if path.count(".") == 1)
    hidden = st.frozensets(st.sampled_from(paths), min_size=1) if paths else st.just(frozenset[str]())
    return st.tuples(facts(policy), hidden.map(lambda some: some | _TEXTS if some & _TEXTS else some))


def _missing_is_told(policy: Policy, drawn: tuple[Facts, frozenset[str]]) -> Counterexample | bool:
    known, wanted = drawn
    hidden = frozenset(path for path in wanted if _value_at(known, path) is not None)
    less = changed(known, dict.fromkeys(hidden))
    pairs = zip(_parts(policy, known, known), _parts(policy, less, known), strict=True)
    for (what, full, _), (_, partial, missing) in pairs:
        if full != partial and hidden.isdisjoint(missing):
            lacking = ", ".join(sorted(hidden))
            found = (
                f"{what} is {full} with {lacking} and {partial} without; missing names {missing or 'nothing'}"
            )
            return Counterexample(found, ((less, {}), (known, {})))
    return bool(hidden)


def _value_at(known: Facts, path: str) -> Any:
    group, _, name = path.partition(".")
    return known.get(group, {}).get(name)


def _parts(policy: Policy, known: Facts, given: Facts) -> Iterator[Part]:
    """Yield each decision on these facts with what it says it lacked, all at the instant of the `given`."""
    now = asked_at(given)
    if policy.classification is not None:
        rules = policy.classification.decide(known, now=now, calendars=policy.calendars)
        yield "the classification", rules.value, rules.missing
    decision = policy.priority.decide(known, now=now)
    yield "the priority", decision.priority, decision.missing if decision.provisional else ()
    routed = policy.routing.decide(Item("case", created_at=now, facts=known), (), now=now)
    yield "the queue", routed.queue, routed.missing
    report = policy.sla.evaluate(Log("case").opened(at=now), facts=known, now=now)
    yield "the targets", [(clock.metric, clock.due) for clock in report.clocks], report.missing


def _examples_hold(policy: Policy, _: None) -> Counterexample | bool:
    findings = check(policy)
    if not findings:
        return True
    return Counterexample("\n".join(map(str, findings)))


LAWS = (
    Law(
        "same_facts_same_decision",
        "The same facts at the same instant are decided alike, in every part.",
        source="pure decisions",
        cases=facts,
        judge=_repeats,
    ),
    Law(
        "valid_facts_meet_no_error",
        "Facts of the right kind put no condition and no factor in error.",
        source="explained decisions",
        cases=facts,
        judge=_errs,
    ),
    Law(
        "every_priority_is_explained",
        "An explanation names the priority and every factor, and the decision its policy's version.",
        source="explained decisions",
        cases=facts,
        judge=_explained,
    ),
    Law(
        "unread_facts_change_nothing",
        "Facts that a policy does not read change none of its decisions.",
        source="pure decisions",
        cases=_read_and_unread,
        judge=_unread_is_nothing,
        premise="no fact beyond those it reads was drawn",
    ),
    Law(
        "missing_facts_are_told",
        "Missing facts never raise, and a decision that they could change names them as missing.",
        source="explained decisions",
        cases=_known_and_hidden,
        judge=_missing_is_told,
        applies=lambda policy: bool(Vocabulary.of(policy).paths - Vocabulary.of(policy).absence),
        premise="no fact that it reads was taken away",
    ),
    Law(
        "examples_come_out",
        "Every example of the policy comes out as it says.",
        source="R24",
        cases=lambda _: st.none(),
        judge=_examples_hold,
        applies=lambda policy: bool(policy.examples),
    ),
)
