"""Which rules can never count, which disagree, and which inputs nobody thought of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from supportkit.rules._literals import as_literal, literal_key
from supportkit.rules.analysis._diagrams import EMPTY, TooLarge
from supportkit.rules.analysis._lint import repeated_ids, static_codes, undecided_negative
from supportkit.rules.analysis._space import Space
from supportkit.rules.analysis._witness import complete, legal, witness
from supportkit.rules.analysis.finding import Finding
from supportkit.rules.decision import RuleDecision
from supportkit.rules.expression import Expression, checked_now
from supportkit.rules.rule_set import RuleSet

__all__ = ["SAMPLE_NOW", "analyse"]

SAMPLE_NOW: Final = datetime(2026, 1, 6, 10, tzinfo=UTC)
"""The instant from which witnesses count ages unless another one is given; any will do."""


def analyse(
    rule_set: RuleSet, *, now: datetime = SAMPLE_NOW, calendars: Mapping[str, Any] | None = None
) -> list[Finding]:
    """Return what is wrong with the rules whatever the facts, in rule order, gaps last.

    The inputs are those that the schema allows (`nullable`, `values`, `min`, `max`); without a schema a fact
    may also be missing or of another kind. Reachability is asked of first and priority, overlap of unique
    and any, gaps of all but collect, whether there is a default or not. Facts under which a finding shows
    come with it: `decide` was asked. Patterns, quantifiers and comparisons of two facts are opaque; where
    one of them, or the size of the set, leaves the answer open, the finding is not_analysed, never a guess.
    `now` is the instant from which ages count in witnesses.

    >>> from supportkit.rules import Field, Rule, RuleSet, Schema
    >>> schema = Schema([Field("case.age_h", "int", min=0)])
    >>> rules = [Rule("day", "case.age_h >= 24", {"level": 1}), Rule("week", "case.age_h > 99", {"level": 2})]
    >>> for finding in analyse(RuleSet(rules, schema=schema)):
    ...     print(finding.code, finding.rules, finding.by, finding.witness)
    shadowed ('week',) ('day',) {'case': {'age_h': 100}}
    gap () () {'case': {'age_h': 23}}
    """
    return list(_Analysis(rule_set, checked_now(now), calendars or {}).findings())


class _Analysis:
    """One analysis: the rules that can be analysed by position, and where each is true."""

    def __init__(self, rule_set: RuleSet, now: datetime, calendars: Mapping[str, Any]) -> None:
        self.rule_set = rule_set
        self.now, self.calendars = now, calendars
        self.ids = [rule.id for rule in rule_set.rules]
        self.static = [static_codes(rule_set, rule, expression) for rule, expression in rule_set.sources]
        self.readable = {n: each for n, (_, each) in enumerate(rule_set.sources) if each is not None}
        self.space: Space | None = None
        self.true: dict[int, int] = {}
        try:
            self.space = Space(self.readable.values(), rule_set.schema, now=now, calendars=calendars)
            for number, expression in self.readable.items():
                self.true[number] = self.space.possible(self.space.holds(expression).true)
        except TooLarge:
            pass  # each question that needs what is not there is answered with not_analysed

    def findings(self) -> Iterator[Finding]:
        repeated = repeated_ids(self.rule_set)
        if repeated:
            yield Finding("not_analysed", tuple(repeated))
        for number, codes in enumerate(self.static):
            yield from (Finding(code, (self.ids[number],)) for code in codes)
            if not codes and self.ids[number] not in repeated:
                yield from self._of_rule(number)
        if self.rule_set.hit in {"unique", "any"}:
            yield from self._conflicts()
        if self.rule_set.hit != "collect":
            yield from self._answered(self._gap, tuple(dict.fromkeys(self.ids)))

    def _answered(self, ask: Callable[[], Finding | None], rules: tuple[str, ...]) -> Iterator[Finding]:
        try:
            found = ask()
        except TooLarge:
            found = Finding("not_analysed", rules)
        if found is not None:
            yield found

    # -- one rule ------------------------------------------------------------------------------------------

    def _of_rule(self, number: int) -> Iterator[Finding]:
        name = (self.ids[number],)
        answer = next(self._answered(lambda: self._reachability(number), name), None)
        if answer is not None:
            yield answer
        if answer is None or answer.code != "not_analysed":
            yield from self._answered(lambda: self._negative(number), name)

    def _reachability(self, number: int) -> Finding | None:
        space, name = self._space(), (self.ids[number],)
        if self._true(number) == EMPTY:
            return Finding("unsatisfiable", name)
        before = self._before(number)
        left = space.diagrams.without(
            self._true(number), space.diagrams.join_all([self.true[n] for n in before])
        )
        left = space.possible(left)
        if left == EMPTY:
            return self._shadowed(number, before)
        if self._shown(left, lambda decision: self._counts(decision, number), range(len(self.ids))) is None:
            return Finding("not_analysed", name)
        return None

    def _before(self, number: int) -> list[int]:
        """Return the rules that are taken before this one when both are true, foremost first."""
        if self.rule_set.hit not in {"first", "priority"}:
            return []
        order = sorted(self.true, key=self._precedence)
        return order[: order.index(number)]

    def _precedence(self, number: int) -> tuple[int, ...]:
        if self.rule_set.hit == "first":
            return (number,)
        ranks = self.rule_set.output_values or {}
        then = self.rule_set.rules[number].then
        return (*(_place(then.get(output), values) for output, values in ranks.items()), number)

    def _counts(self, decision: RuleDecision, number: int) -> bool:
        matched = [self.ids.index(name) for name in decision.matched]
        if self.rule_set.hit in {"first", "priority"}:
            return bool(matched) and min(matched, key=self._precedence) == number
        return number in matched

    def _shadowed(self, number: int, before: list[int]) -> Finding:
        by = self._cover(number, before)

        def shows(decision: RuleDecision) -> bool:
            truth = self.readable[number].evaluate(decision_facts[0], now=self.now, calendars=self.calendars)
            return truth.value == "true" and bool(decision.matched) and not self._counts(decision, number)

        decision_facts: list[Any] = []
        facts = self._shown(self._true(number), shows, [number, *by], decision_facts)
        return Finding("shadowed", (self.ids[number],), tuple(self.ids[n] for n in sorted(by)), facts)

    def _cover(self, number: int, before: list[int]) -> list[int]:
        """Return the first rule that takes all matches alone, else fewest rules that do together."""
        space = self._space()
        mine = self._true(number)

        def covers(rules: Sequence[int]) -> bool:
            taken = space.diagrams.join_all([self.true[n] for n in rules])
            return space.possible(space.diagrams.without(mine, taken)) == EMPTY

        alone = next((n for n in before if covers([n])), None)
        if alone is not None:
            return [alone]
        by = [n for n in before if space.possible(space.diagrams.meet(mine, self.true[n])) != EMPTY]
        for each in reversed(by):
            rest = [n for n in by if n != each]
            by = rest if covers(rest) else by
        return by

    def _negative(self, number: int) -> Finding | None:
        found, facts = undecided_negative(self._space(), self.readable[number])
        return Finding("negative_on_nullable", (self.ids[number],), (), facts) if found else None

    # -- several rules -------------------------------------------------------------------------------------

    def _conflicts(self) -> Iterator[Finding]:
        sound = [number for number, codes in enumerate(self.static) if not codes]
        outputs = {n: literal_key(as_literal(self.rule_set.rules[n].then)) for n in sound}
        for place, one in enumerate(sound):
            for other in sound[place + 1 :]:
                if self.rule_set.hit == "unique" or outputs[one] != outputs[other]:
                    pair = (self.ids[one], self.ids[other])
                    yield from self._answered(lambda one=one, other=other: self._conflict(one, other), pair)  # type: ignore[misc]

    def _conflict(self, one: int, other: int) -> Finding | None:
        space = self._space()
        region = space.possible(space.diagrams.meet(self._true(one), self._true(other)))
        if region == EMPTY:
            return None
        pair = self.ids[one], self.ids[other]

        def shows(decision: RuleDecision) -> bool:
            return decision.status == "error" and set(pair) <= set(decision.matched)

        facts = self._shown(region, shows, [one, other])
        return Finding("not_analysed", pair) if facts is None else Finding("conflict", pair, (), facts)

    def _gap(self) -> Finding | None:
        space = self._space()
        unmatched = space.diagrams.inverse(space.diagrams.join_all(list(self.true.values())))
        for code, test in (("gap", complete), ("gap_when_missing", legal)):
            region = space.possible(space.within(unmatched, test))
            if region != EMPTY:
                facts = self._shown(region, lambda decision: not decision.matched, range(len(self.ids)))
                return (
                    Finding("not_analysed", self._opaque()) if facts is None else Finding(code, witness=facts)
                )
        return None

    def _opaque(self) -> tuple[str, ...]:
        """Return the rules that hold something that only an evaluation can tell, or all when none does."""
        return tuple(self.ids[n] for n, each in self.readable.items() if _is_opaque(each)) or tuple(self.ids)

    # -- shared --------------------------------------------------------------------------------------------

    def _space(self) -> Space:
        if self.space is None:
            raise TooLarge
        return self.space

    def _true(self, number: int) -> int:
        if number not in self.true:
            raise TooLarge
        return self.true[number]

    def _shown(
        self,
        region: int,
        shows: Callable[[RuleDecision], bool],
        rules: Sequence[int],
        asked: list[Any] | None = None,
    ) -> dict[str, Any] | None:
        """Return facts of the set for which the decision shows what is claimed."""

        def accept(facts: dict[str, Any]) -> bool:
            if asked is not None:
                asked[:] = [facts]
            return shows(self.rule_set.decide(facts, now=self.now, calendars=self.calendars))

        fields = {name for n in rules if n in self.readable for name in self.readable[n].fields()}
        return witness(self._space(), region, accept, fill=(tuple(name.split(".")) for name in fields))


def _place(value: Any, values: Sequence[Any]) -> int:
    keys = [literal_key(as_literal(each)) for each in values]
    key = literal_key(as_literal(value))
    return keys.index(key) if key in keys else len(keys)


def _is_opaque(expression: Expression) -> bool:
    from supportkit.rules.analysis._asked import Questions  # noqa: PLC0415 -- only to name who is to blame
    from supportkit.rules.analysis._leaves import resolved  # noqa: PLC0415

    asked = Questions()
    asked.ask(resolved(expression.node), expression.keywords)
    patterns = (part.sort == "matches" for fact in asked.facts.values() for part in fact.parts)
    return bool(asked.opaque) or any(patterns)
