"""Checking a policy beyond what loading checks: its examples come out as they say, every line can count."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from attrs import frozen

from supportkit.canonical import parse_duration, parse_instant
from supportkit.cases import Log
from supportkit.errors import Fault, InvalidValue, UnknownField, nearest_name
from supportkit.policy.escalation_lines import escalation_findings
from supportkit.policy.lines import line_findings
from supportkit.policy.policy import Policy
from supportkit.policy.remedy_lines import remedy_findings
from supportkit.rules import Field
from supportkit.sla import parse_within

__all__ = ["Finding", "check"]

# Examples say nothing of the time of day unless they give case.opened_at; any working morning will do.
_MORNING = datetime(2026, 1, 6, 10, tzinfo=UTC)
_LABELS = ("kind", "category", "product", "impact", "urgency")


@frozen
class Finding:
    """Something that is not as it should be: where, what, and what was found instead.

    `code` is example, shadowed, unsatisfiable or gap_when_missing; for escalations also never_opens (hours),
    unreachable (levels), nobody (is told), endless (repeats) and unknown_priority; for remedies never_given
    and limits_disagree. `example` is one that shows it, ready to be pasted under ``examples:``.
    """

    code: str
    path: str
    message: str
    line: int | None = None
    column: int | None = None
    file: str | None = None
    example: str | None = None

    def __str__(self) -> str:
        return str(Fault(self.code, self.file, self.line, self.column, self.path, self.message))


def check(policy: Policy, *, schedules: Collection[str] | None = None) -> list[Finding]:
    """Run a policy's examples, then look for lines that can never count; an empty list is good news.

    An example is ``{given: {contact, customer, case}, expect: {priority, queue, kind, <metric>: {within}}}``.
    A line can never count when nothing fits it (unsatisfiable) or earlier lines of its list take whatever
    does (shadowed). When the lines of a list fit every complete case, but none fits one with a fact missing,
    that is told too (gap_when_missing). `schedules` names the rotations that the roster has: then levels that
    tell a schedule which nobody ever covers are found, too.

    >>> policy = Policy.from_dict({
    ...     "priority": {"levels": {"high": 20, "normal": 0}, "factors": [{"open_case": 25}]},
    ...     "classify": [
    ...         {"when": 'contact.text.mentions("refund")', "kind": "complaint"},
    ...         {"when": 'contact.text.mentions("refund now")', "kind": "urgent complaint"}],
    ...     "examples": [{"given": {"customer": {"open_cases": 1}}, "expect": {"priority": "normal"}}]})
    >>> for finding in check(policy):
    ...     print(finding)
    examples[0].expect.priority: priority is 'high', expected 'normal'
    classify[1]: this line never counts: whatever fits it fits classify[0] first
    >>> print(check(policy)[1].example)
    - given: {"contact": {"text": "|refund now|"}}
      expect: {"kind": "urgent complaint"}
    """
    findings = [_located(policy, "example", *each) for each in _examples(policy)]
    lines = [*line_findings(policy), *escalation_findings(policy, schedules=schedules)]
    lines += remedy_findings(policy)
    return findings + [_located(policy, each.code, each.path, each.message, each.example) for each in lines]


def _located(policy: Policy, code: str, path: str, message: str, example: str | None = None) -> Finding:
    fault = policy.places.located(Fault(code, path=path, message=message))
    return Finding(code, path, message, fault.line, fault.column, fault.file, example)


def _examples(policy: Policy) -> Iterator[tuple[str, str]]:
    """Yield the place and the message of each expectation that fails."""
    for number, example in enumerate(policy.examples):
        path = f"examples[{number}]"
        try:
            yield from _wrong(policy, example, path)
        except (InvalidValue, UnknownField) as error:
            yield path, str(error)


def _wrong(policy: Policy, example: Any, path: str) -> list[tuple[str, str]]:
    facts = _facts(policy, example.get("given", {}))
    now = facts["case"].get("opened_at") or _MORNING
    labels = policy.classify(facts, now=now) or {}
    for name in _LABELS:
        facts["case"].setdefault(name, labels.get(name))
    wrong = []
    for name, expected in example["expect"].items():
        found = _found(policy, name, facts, now)
        if found != _expected(policy, name, expected):
            wrong.append((f"{path}.expect.{name}", f"{name} is {_shown(found)}, expected {_shown(expected)}"))
    return wrong


def _shown(value: Any) -> str:
    return ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, Mapping) else repr(value)


def _found(policy: Policy, name: str, facts: dict[str, Any], now: datetime) -> Any:
    if name == "priority":
        return policy.priority.decide(facts, now=now).priority
    if name in {"queue", "skills", "when_nobody"}:
        route = policy.route(facts, now=now)
        return {s.name: str(s.level) for s in route.skills} if name == "skills" else getattr(route, name)
    if name in _LABELS:
        return facts["case"].get(name)
    if name in policy.sla.metrics:
        facts["case"].setdefault("priority", policy.priority.decide(facts, now=now).priority)
        return _target(policy, name, facts, now)
    known = ("priority", "queue", "skills", "when_nobody", *_LABELS, *policy.sla.metrics)
    near = nearest_name(name, known)
    raise InvalidValue(
        f"an example cannot expect {name!r}; " + (f"did you mean {near!r}?" if near else f"known are {known}")
    )


def _target(policy: Policy, metric: str, facts: Any, now: datetime) -> dict[str, Any]:
    """The target that a case opened with these facts gets."""
    (opened,) = Log("example").opened(at=now)
    state = policy.sla.apply(policy.sla.start(facts), opened, facts=facts)
    said: list[Any] = [
        event.payload for event in policy.sla.events(state, now=now) if event.kind == "target.set"
    ]
    return next(
        ({"within": one.target, "calendar": one.calendar} for one in said if one.metric == metric),
        {"within": None, "calendar": None},
    )


def _expected(policy: Policy, name: str, expected: Any) -> Any:
    if name not in policy.sla.metrics or not isinstance(expected, Mapping):
        return expected
    return _AnyOf(expected)


class _AnyOf:
    """A target expected only as far as the example says: ``{within: 2 hours}`` leaves the calendar open."""

    def __init__(self, expected: Mapping[str, Any]) -> None:
        self.expected = expected

    def __eq__(self, found: object) -> bool:
        assert isinstance(found, Mapping)
        for name, value in self.expected.items():
            if name == "within" and found.get(name) is not None:
                if _amount(found[name]) != _amount(value):
                    return False
            elif found.get(name) != value:
                return False
        return True

    __hash__ = None  # type: ignore[assignment]


def _amount(text: str) -> tuple[Any, ...]:
    within = parse_within(text)
    return within.duration, within.days


def _facts(policy: Policy, given: Any) -> dict[str, Any]:
    facts: dict[str, Any] = {"contact": {}, "customer": {}, "case": {}}
    return facts | {group: _read(policy, group, values) for group, values in given.items()}


def _read(policy: Policy, path: str, value: Any) -> Any:
    if isinstance(value, Mapping) and policy.fields.is_parent(path):
        return {name: _read(policy, f"{path}.{name}", each) for name, each in value.items()}
    return _typed(policy.fields.field(path), value)


def _typed(field: Field | None, value: Any) -> Any:
    if field is None or field.type not in _TYPES:
        return value
    try:
        return _TYPES[field.type](value)
    except (ValueError, TypeError, AttributeError, LookupError, ArithmeticError):
        raise InvalidValue(f"{field.path}={value!r} is no {field.type}") from None


def _flag(value: str) -> bool:
    return {"true": True, "yes": True, "false": False, "no": False}[value.lower()]


_TYPES: dict[str, Callable[[Any], Any]] = {
    "bool": _flag,
    "int": int,
    "decimal": Decimal,
    "datetime": parse_instant,
    "date": date.fromisoformat,
    "duration": parse_duration,
}
