"""The lists of a policy in which the first line that fits counts: which of their lines never do."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import evolve, field, frozen

from supportkit.errors import Fault
from supportkit.policy.plain_text import as_text
from supportkit.policy.policy import Policy
from supportkit.rules import Finding, Rule, RuleSet, Schema, analyse
from supportkit.sla import fact_of

__all__ = ["LineFinding", "line_findings", "rule_sets"]

_CLASSES = ("kind", "category", "product", "impact", "urgency")


@frozen
class _Lines:
    """One list: its lines by their path, whether the first that fits counts, whether one should always fit.

    `expect` turns a line into what an example would expect of it.
    """

    lines: Mapping[str, Mapping[str, Any]]
    hit: str = "first"
    covers_all: bool = False
    metric: str | None = None
    expects: Sequence[str] = field(default=())

    @property
    def name(self) -> str:
        return next(iter(self.lines)).rpartition("[")[0]

    def rule_set(self, policy: Policy, schema: Schema) -> RuleSet:
        rules = [
            Rule(path, line.get("when", "True"), {key: said for key, said in line.items() if key != "when"})
            for path, line in self.lines.items()
        ]
        return RuleSet(rules, schema=schema, hit=self.hit, keywords=policy.keywords)

    def example(self, path: str, facts: Mapping[str, Any]) -> str | None:
        """Return the example that expects the line to count, as it can be pasted into a document."""
        expect: Any = {name: self.lines[path][name] for name in self.expects if name in self.lines[path]}
        if not expect or not all(isinstance(group, Mapping) for group in facts.values()):
            return None
        if self.metric is not None:
            expect = {self.metric: expect}
        said = (_known(as_text(facts)), as_text(expect))
        given, expect = (json.dumps(each, ensure_ascii=False) for each in said)
        return f"- given: {given}\n  expect: {expect}"


def rule_sets(policy: Policy) -> dict[str, RuleSet]:
    """The lists of lines of a policy as rule sets, by their place in the document; lines bear theirs as ids.

    So a policy can be asked what rule sets can: why a line did not fit (`RuleDecision.why_not`), what other
    facts would change, what another version treats differently (`supportkit.rules.compare`), which lines
    tests never reached (`supportkit.rules.coverage`). Outputs are as the document writes them.

    >>> from datetime import UTC, datetime
    >>> policy = Policy.from_dict({"routing": [
    ...     {"when": "contact.channel == 'social'", "queue": "public"}, {"queue": "general"}]})
    >>> facts = {"contact": {"channel": "email"}}
    >>> decision = rule_sets(policy)["routing"].decide(facts, now=datetime(2026, 1, 31, tzinfo=UTC))
    >>> decision.value, str(decision.why_not("routing[0]")).splitlines()[1]
    ({'queue': 'general'}, '  contact.channel is "email", needs "social"')
    """
    return {each.name: each.rule_set(policy, policy.fields) for each in _lists(policy) if each.lines}


@frozen
class LineFinding:
    """What is wrong with one line: its code and path, and an example that shows it."""

    code: str
    path: str
    message: str
    example: str | None = None


def line_findings(policy: Policy) -> Iterator[LineFinding]:
    """Find lines that can never count, and lists that leave out cases only because a fact is missing.

    Any fact may be missing at a desk, so a line counts as reachable when a missing fact can lead to it.
    """
    anything = Schema([evolve(each, nullable=True) for each in policy.fields])
    for each in _lists(policy):
        for finding in analyse(each.rule_set(policy, anything), calendars=policy.calendars):
            if finding.code in {"unsatisfiable", "shadowed"}:
                yield _of_line(policy, each, finding)
        if each.covers_all and each.lines:
            found = analyse(each.rule_set(policy, policy.fields), calendars=policy.calendars)
            yield from (_of_list(each, one) for one in found if one.code == "gap_when_missing")


def _of_line(policy: Policy, lines: _Lines, finding: Finding) -> LineFinding:
    (path,) = finding.rules
    if finding.code == "unsatisfiable":
        return LineFinding(finding.code, path, "nothing ever fits this line")
    by = " or ".join(_place(policy, each) for each in finding.by)
    message = f"this line never counts: whatever fits it fits {by} first"
    example = None if finding.witness is None else lines.example(path, finding.witness)
    return LineFinding(finding.code, path, message, example)


def _of_list(lines: _Lines, finding: Finding) -> LineFinding:
    *_, last = lines.lines
    missing = " and ".join(_absent("", finding.witness or {}))
    message = f"no line fits when {missing} is missing; add a last line without `when`"
    return LineFinding(finding.code, last, message)


def _absent(prefix: str, facts: Mapping[str, Any]) -> Iterator[str]:
    for name, value in facts.items():
        if isinstance(value, Mapping):
            yield from _absent(f"{prefix}{name}.", value)
        elif value is None:
            yield f"{prefix}{name}"


def _place(policy: Policy, path: str) -> str:
    line = policy.places.located(Fault("shadowed", path=path)).line
    return path if line is None else f"{path} (line {line})"


def _known(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _known(value) if isinstance(value, Mapping) else value
        for name, value in facts.items()
        if value is not None
    }


def _lists(policy: Policy) -> Iterator[_Lines]:
    said = policy.document
    yield _Lines(_numbered(said.get("classify", ()), "classify"), covers_all=True, expects=_CLASSES)
    for name in ("overrides", "floors", "caps"):
        lines = _numbered(said.get("priority", {}).get(name, ()), f"priority.{name}")
        yield _Lines(lines, "first" if name == "overrides" else "collect", expects=("priority",))
    for metric, value in said.get("sla", {}).items():
        yield from _targets(metric, value)
    routing = said.get("routing", ())
    plain = not isinstance(routing, Mapping)
    routes, path = (routing, "routing") if plain else (routing.get("routes", ()), "routing.routes")
    yield _Lines(_numbered(routes, path), expects=("queue",))


def _targets(metric: str, value: Any) -> Iterator[_Lines]:
    path = f"sla.{metric}.targets" if isinstance(value, Mapping) else f"sla.{metric}"
    lines = _numbered(value.get("targets", ()) if isinstance(value, Mapping) else value, path)
    # A line whose time a fact says does not fit while that cannot be read: nobody knows beforehand.
    sure = {place: line for place, line in lines.items() if fact_of(line["within"]) is None}
    yield _Lines(sure, covers_all=len(sure) == len(lines), metric=metric, expects=("within", "calendar"))


def _numbered(lines: Sequence[Mapping[str, Any]], path: str) -> dict[str, Mapping[str, Any]]:
    return {f"{path}[{number}]": line for number, line in enumerate(lines)}
