"""A law: what must hold for a policy, how it is put to the test, and what is said when it is broken."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import yaml
from attrs import field, frozen
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky

from supportkit.canonical import instant_text
from supportkit.cases import Log
from supportkit.policy import Policy
from supportkit.policy.plain_text import as_text

__all__ = ["Counterexample", "Law", "LawBroken", "LawVacuous", "told"]

_SETTINGS = hypothesis_settings(
    max_examples=50,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)
Example = tuple[Mapping[str, Any], Mapping[str, Any]]


@frozen
class Counterexample:
    """What breaks a law: what was `found`; `examples` of the policy as (given, expect); `lines` of a history.

    Where examples can show what the law asks for, the last one `fails` in a policy until it keeps the law.
    """

    found: str
    examples: tuple[Example, ...] = ()
    lines: tuple[str, ...] = ()
    fails: bool = False

    def __str__(self) -> str:
        parts = [f"found: {self.found}"]
        if self.examples:
            until = ", of which the last one fails until the law is kept" if self.fails else ""
            parts += [f"as examples of the policy{until}:"]
            parts += [_example(given, expect) for given, expect in self.examples]
        return "\n".join([*parts, *self.lines])


def _example(given: Mapping[str, Any], expect: Mapping[str, Any]) -> str:
    said = {group: values for group, values in given.items() if values}
    return f"- given: {_flow(said)}\n  expect: {_flow(expect)}"


def _flow(value: Any) -> str:
    """Write a value as one line of YAML."""
    text: str = yaml.safe_dump(
        as_text(value), default_flow_style=True, allow_unicode=True, sort_keys=False, width=10**9
    )
    return text.strip()


def told(log: Log) -> tuple[str, ...]:
    """Return a history line by line: when, what, and what was said."""
    lines = []
    for event in log:
        said = {
            name: value for name, value in event.payload.to_plain().items() if value not in (None, (), [], {})
        }
        shown = ", ".join(f"{name} {value}" for name, value in said.items() if name != "v")
        by = f" by {event.actor}" if event.actor else ""
        machine = " (automated)" if event.automated else ""
        lines.append(
            f"  {instant_text(event.at)} {event.kind}{by}{machine}" + (f": {shown}" if shown else "")
        )
    return tuple(lines)


class LawBroken(AssertionError):
    """A policy breaks a law; the message holds the law, the smallest counterexample, and what was found."""

    def __init__(self, law: Law, counterexample: Counterexample) -> None:
        super().__init__(law, counterexample)
        self.law, self.counterexample = law, counterexample

    def __str__(self) -> str:
        return f"{self.law.name} ({self.law.source}): {self.law.statement}\n{self.counterexample}"


class LawVacuous(AssertionError):
    """A law was never put to the test, since what it is about did not occur once."""

    def __init__(self, law: Law) -> None:
        super().__init__(
            f"{law.name} ({law.source}): {law.statement}\nnever put to the test: {law.premise}\n"
            f"way out: {law.way_out}"
        )
        self.law = law


@frozen
class Law:
    """Something that must hold for every policy it applies to; `str()` gives its name.

    `source` names the requirement or clause it stands for. `applies` says whether a policy has the parts it
    is about. `cases` draws what it is tried on, `judge` tries: a Counterexample, or whether the `premise`
    occurred (only then it was put to the test). `premise` says what it takes to be tested and did not occur,
    `way_out` what to do about that.
    """

    name: str
    statement: str
    source: str = field(kw_only=True)
    cases: Callable[[Policy], st.SearchStrategy[Any]] = field(kw_only=True, repr=False)
    judge: Callable[[Policy, Any], Counterexample | bool] = field(kw_only=True, repr=False)
    applies: Callable[[Policy], bool] = field(kw_only=True, default=lambda _: True, repr=False)
    premise: str = field(kw_only=True, default="nothing that the law is about was drawn", repr=False)
    way_out: str = field(kw_only=True, default="draw more: check(policy, max_examples=500)", repr=False)

    def __str__(self) -> str:
        return self.name

    def check(
        self,
        policy: Policy,
        *,
        max_examples: int | None = None,
        settings: hypothesis_settings | None = None,
    ) -> None:
        """Try the law on generated cases; raises LawBroken, or LawVacuous when it was never put to the test.

        By default fifty cases, the same in every run. `settings` (Hypothesis's own) replaces these defaults,
        for example to draw other cases each time; `max_examples` alone changes only how many.
        """
        tested = False

        def holds(drawn: Any) -> None:
            nonlocal tested
            verdict = self._verdict(policy, drawn)
            if isinstance(verdict, Counterexample):
                raise LawBroken(self, verdict)
            tested = tested or verdict

        chosen = hypothesis_settings(settings or _SETTINGS, report_multiple_bugs=False)
        if max_examples is not None:
            chosen = hypothesis_settings(chosen, max_examples=max_examples)
        try:
            chosen(given(self.cases(policy))(holds))()
        except LawBroken as broken:  # without what Hypothesis notes on it: the message says it better
            raise LawBroken(self, broken.counterexample) from broken.__cause__
        except Flaky as flaky:
            found = "asked again about the same case, the policy decided differently"
            raise LawBroken(self, Counterexample(found)) from flaky
        if not tested:
            raise LawVacuous(self)

    def _verdict(self, policy: Policy, drawn: Any) -> Counterexample | bool:
        try:
            return self.judge(policy, drawn)
        except Exception as error:
            found = Counterexample(
                f"the policy raised {type(error).__name__}: {error}", lines=(f"on {drawn!r}",)
            )
            raise LawBroken(self, found) from error
