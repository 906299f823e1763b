"""What a policy looks for: the values at which its decisions change, and the words it listens to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from attrs import field, frozen

from supportkit.policy import Policy
from supportkit.priority import ChannelFactor, KeywordFactor, LabelFactor, ReachFactor, SpendFactor
from supportkit.rules import Expression
from supportkit.rules.nodes import FieldRef, Literal, Node, Op

__all__ = ["Vocabulary", "asks_absence", "conditions", "literals_beside"]

_ABSENCE = frozenset({"is_set", "has_key", "coalesce"})
_TEXTS = frozenset({"contact.text", "contact.subject"})
_LABELS = ("kind", "category", "product", "impact", "urgency")
Found = tuple[str, object]


@frozen
class Vocabulary:
    """The facts a policy reads (`paths`), their decisive `values` by path, the `phrases` it listens to.

    `values` below a list stand at ``list.field``. `absence` are the paths whose absence a condition asks for.
    """

    paths: frozenset[str] = frozenset()
    values: Mapping[str, tuple[object, ...]] = field(factory=dict)
    phrases: tuple[str, ...] = ()
    absence: frozenset[str] = frozenset()

    @classmethod
    @lru_cache(maxsize=8)
    def of(cls, policy: Policy | None) -> Vocabulary:
        """Read it off a policy; without one there is none."""
        if policy is None:
            return cls()
        asked = conditions(policy)
        found = [*_outputs(policy), *_of_factors(policy)]
        found += [one for each in asked for one in _literals(each.node, {})]
        values: dict[str, dict[object, None]] = {}
        for path, value in found:
            values.setdefault(path, {})[value] = None
        said = {path: tuple(each) for path, each in values.items()}
        reads = frozenset[str]().union(*policy.reading.reads.values(), policy.sla.paths)
        return cls(
            frozenset(path for path in reads if path.partition(".")[0] not in {"event", "agent"}),
            said,
            tuple(dict.fromkeys(_phrases(policy, asked))),
            frozenset(path for each in asked for path in _absent(each.node)),
        )


def conditions(policy: Policy) -> tuple[Expression, ...]:
    """Return every condition of a policy, of whichever section."""
    targets = [target for metric in policy.sla.metrics.values() for target in metric.targets]
    plans = policy.escalation.plans.values()
    given = [
        *(() if policy.classification is None else policy.classification.expressions()),
        *policy.priority.expressions,
        *policy.routing.expressions,
        *(target.when for target in targets),
        *(condition for plan in plans for condition in plan.conditions),
    ]
    return tuple(each for each in given if each is not None)


def _outputs(policy: Policy) -> Iterator[Found]:
    """What the policy itself calls a case: labels, levels, queues."""
    for rule in () if policy.classification is None else policy.classification.rules:
        yield from ((f"case.{name}", rule.then[name]) for name in _LABELS if name in rule.then)
        yield from (("case.tags", tag) for tag in rule.then.get("tags", ()))
    yield from (("case.priority", name) for name in policy.priority.levels.names)
    yield from (("case.team", route.queue) for route in policy.routing.routes if route.queue)


def _of_factors(policy: Policy) -> Iterator[Found]:
    for factor in policy.priority.factors:
        if isinstance(factor, SpendFactor | ReachFactor):
            yield from ((factor.reads[-1], minimum) for minimum, _ in factor.tiers.steps)
        elif isinstance(factor, LabelFactor):
            yield from ((factor.path, label) for label in factor.points)
        elif isinstance(factor, ChannelFactor):
            yield from (("contact.channel", kind) for kind in factor.points if kind != "public")


def literals_beside(node: Node) -> Iterator[Found]:
    """Yield each literal of a condition together with every fact it stands beside."""
    yield from _literals(node, {})


def asks_absence(expression: Expression) -> bool:
    """Tell whether a condition asks for the absence of a fact, so that knowing more may undo its truth."""
    return any(True for _ in _absent(expression.node))


def _literals(node: Node, lists: Mapping[str, str]) -> Iterator[Found]:
    """Yield each literal together with every fact it stands beside; `lists` are the names of elements."""
    if isinstance(node, Op) and node.variable is not None:
        over, where = node.args
        named = [part.dotted for part in _under(over) if isinstance(part, FieldRef)]
        yield from _literals(where, {**lists, **({node.variable: named[0]} if named else {})})
        return
    below = [arg for arg in node.args if isinstance(arg, Op)]
    for inner in below:
        yield from _literals(inner, lists)
    plain = [item for arg in node.args if isinstance(arg, Literal) for item in _items(arg.value)]
    paths = [part.path for arg in node.args for part in _under(arg) if isinstance(part, FieldRef)]
    for path in paths:
        place = ".".join((lists.get(path[0], path[0]), *path[1:]))
        yield from ((place, value) for value in plain)


def _items(value: object) -> Iterable[object]:
    many = isinstance(value, list | tuple | set | frozenset)
    return [item for item in (value if many else [value]) if item.__hash__ is not None]  # type: ignore[attr-defined]


def _under(node: Node) -> Iterator[Node]:
    """Yield the node and what is below it, except conditions on elements of a list."""
    yield node
    for arg in node.args[:1] if isinstance(node, Op) and node.variable is not None else node.args:
        yield from _under(arg)


def _phrases(policy: Policy, asked: Iterable[Expression]) -> Iterator[str]:
    sets = dict(policy.keywords)
    for factor in policy.priority.factors:
        if isinstance(factor, KeywordFactor):
            sets.update({each.id: each for each in factor.sets})
    for each in sets.values():
        yield from (phrase.text for phrase in each.phrases)
    found = (one for expression in asked for one in _literals(expression.node, {}))
    yield from (value for path, value in found if path in _TEXTS and isinstance(value, str))


def _absent(node: Node) -> Iterator[str]:
    if isinstance(node, Op) and (node.absent is not None or node.name in _ABSENCE):
        yield from (part.dotted for part in _under(node) if isinstance(part, FieldRef))
    for arg in node.args:
        yield from _absent(arg)
