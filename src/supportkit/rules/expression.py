"""A condition: immutable, compared by structure, read from text, JSON or Python, evaluated in four values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, NoReturn

from supportkit.errors import ExpressionError, Fault, InvalidValue, NaiveDatetime
from supportkit.rules import _canonical
from supportkit.rules._computing import UNDECLARED, Declared
from supportkit.rules._lowering import Lowering
from supportkit.rules.evaluation import Evaluator, Run, compiled
from supportkit.rules.nodes import MAX_DEPTH, FieldRef, KeywordRef, Node, Op, walk
from supportkit.rules.truth import Truth

if TYPE_CHECKING:
    from supportkit.rules.keywords import KeywordSet
    from supportkit.rules.schema import Schema

__all__ = ["Expression", "checked_now", "finished"]


class Expression:
    """A condition over facts; build it with `parse`, `from_json` or `fact`.

    Two expressions are equal when their canonical trees are. Conditions combine with ``& | ~``; they
    have no truthiness, so that ``and``, ``or``, ``not`` and chained comparisons fail loudly.

    >>> from supportkit.rules import parse
    >>> parse("customer.plan == 'gold'") & parse("case.reopens > 1")
    parse('customer.plan == "gold" and case.reopens > 1')
    """

    __slots__ = ("_declared", "_evaluator", "_keywords", "_node")

    def __init__(
        self,
        node: Node,
        keywords: Mapping[str, KeywordSet] | None = None,
        *,
        declared: Declared = UNDECLARED,
    ) -> None:
        self._node = node
        self._keywords = dict(keywords or {})
        self._declared = declared
        self._evaluator: Evaluator | None = None

    @property
    def node(self) -> Node:
        """The canonical tree."""
        return self._node

    @property
    def declared(self) -> Declared:
        """How its schema says that facts are read: instants that need a zone, computed fields."""
        return self._declared

    @property
    def keywords(self) -> dict[str, KeywordSet]:
        """The named keyword sets that are bound to this condition."""
        return dict(self._keywords)

    def evaluate(self, facts: Any, *, now: datetime, calendars: Mapping[str, Any] | None = None) -> Truth:
        """Return what the condition is worth for these facts at the instant `now`.

        `facts` is a nested mapping, or any object read by attribute; `calendars` are those that
        ``age(field, "name")`` names. Raises NaiveDatetime for a `now` without zone, ExpressionError
        when a named keyword set was never bound.

        >>> from datetime import UTC, datetime
        >>> from supportkit.rules import parse
        >>> now = datetime(2026, 1, 31, tzinfo=UTC)
        >>> parse("customer.open_cases >= 2").evaluate({"customer": {"open_cases": 3}}, now=now)
        <Truth.TRUE: 'true'>
        """
        return self.evaluator(facts, Run(checked_now(now), calendars or {}))

    @property
    def evaluator(self) -> Evaluator:
        """The compiled form, built on first use."""
        if self._evaluator is None:
            self._evaluator = compiled(self._node, self._keywords, self._declared)
        return self._evaluator

    def fields(self) -> frozenset[str]:
        """Return the dotted paths of the facts it reads, with those that computed ones among them read.

        Names of list elements are none.
        """
        return self._declared.inputs(_fields(self._node, frozenset()))

    def keyword_names(self) -> frozenset[str]:
        """Return the ids of the keyword sets it refers to."""
        return frozenset(node.name for node in walk(self._node) if isinstance(node, KeywordRef))

    def bind(self, keywords: Mapping[str, KeywordSet]) -> Expression:
        """Return the same condition with its named keyword sets; raises ExpressionError for unknown names."""
        lowering = Lowering(keywords)
        for name in sorted(self.keyword_names()):
            lowering.keyword_set(name, lowering.place_of(self._node))
        node = lowering.finish(self._node)
        return Expression(node, _used(node, keywords), declared=self._declared)

    def to_text(self) -> str:
        """Return the condition in the text form; ``parse`` gives an equal tree back."""
        from supportkit.rules._printer import node_to_text  # noqa: PLC0415 -- printing is rare

        return node_to_text(self._node)

    def to_json(self) -> Any:
        """Return the bare JSON node; `from_json` gives an equal tree back."""
        from supportkit.rules.json_form import node_to_json  # noqa: PLC0415 -- json_form imports this module

        return node_to_json(self._node)

    def absent(self, truth: str) -> Expression:
        """Return the leaf with a policy for absent facts: ``"true"``, ``"false"`` or ``"error"``.

        Raises InvalidValue when this is no single leaf or `truth` is another word.
        """
        if truth not in {"true", "false", "error"}:
            message = f"absent is {truth!r}; choose one of true, false, error"
            raise InvalidValue(message)
        return self._leaf(_canonical.with_absent(self._node, truth), "absent()")

    def fold(self) -> Expression:
        """Return the leaf comparing texts by NFKC and case folding; raises InvalidValue for no leaf."""
        return self._leaf(_canonical.with_fold(self._node), "fold()")

    def _leaf(self, node: Node | None, what: str) -> Expression:
        if node is None:
            message = f"{what} wraps one leaf that can bear it, not {self.to_text()}"
            raise InvalidValue(message)
        return Expression(node, self._keywords, declared=self._declared)

    def __and__(self, other: object) -> Expression:
        return self._joined("all", other, "&")

    def __or__(self, other: object) -> Expression:
        return self._joined("any", other, "|")

    def __rand__(self, other: object) -> Expression:
        return self._joined("all", other, "&")

    def __ror__(self, other: object) -> Expression:
        return self._joined("any", other, "|")

    def __invert__(self) -> Expression:
        node = _canonical.negation(self._node)
        return Expression(_bounded(node), self._keywords, declared=self._declared)

    def _joined(self, name: str, other: object, sign: str) -> Expression:
        if not isinstance(other, Expression):
            message = (
                f"{sign} joins two conditions, not {other!r}; it binds tighter than comparisons, "
                f"so write (fact.a == 1) {sign} (fact.b == 2)"
            )
            raise TypeError(message)
        node = _bounded(_canonical.build(name, (self.node, other.node)))
        return Expression(
            node, _merged(self._keywords, other.keywords), declared=self._declared | other.declared
        )

    def __bool__(self) -> NoReturn:
        message = (
            "a condition has no truthiness; combine with & | ~ and use .between() for chained comparisons"
        )
        raise TypeError(message)

    def __eq__(self, other: object) -> bool:
        return self.node == other.node if isinstance(other, Expression) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._node)

    def __repr__(self) -> str:
        return f"parse({self.to_text()!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self.to_json(), self._keywords, self._declared)


def _restored(plain: Any, keywords: Mapping[str, KeywordSet], declared: Declared) -> Expression:
    from supportkit.rules.json_form import from_json  # noqa: PLC0415 -- json_form imports this module

    return Expression(from_json(plain).node, keywords, declared=declared)


def finished(
    node: Node, lowering: Lowering, schema: Schema | None, declared: Declared = UNDECLARED
) -> Expression:
    """Check a tree against the schema and wrap it, or raise ExpressionError with all faults together."""
    if schema is not None:
        from supportkit.rules._checker import checked  # noqa: PLC0415 -- not needed without a schema

        node = checked(node, lowering, schema)
        declared |= schema.declared
    node = lowering.finish(node)
    return Expression(node, _used(node, lowering.keywords or {}), declared=declared)


def checked_now(now: datetime) -> datetime:
    """Return `now`; raises NaiveDatetime when it has no zone."""
    if not isinstance(now, datetime):
        message = f"now={now!r} is no datetime"
        raise InvalidValue(message)
    if now.tzinfo is None:
        raise NaiveDatetime.of("now", now)
    return now


def _used(node: Node, keywords: Mapping[str, KeywordSet]) -> dict[str, KeywordSet]:
    names = {item.name for item in walk(node) if isinstance(item, KeywordRef)}
    return {name: keywords[name] for name in sorted(names) if name in keywords}


def _merged(left: Mapping[str, KeywordSet], right: Mapping[str, KeywordSet]) -> dict[str, KeywordSet]:
    for name in left.keys() & right.keys():
        if left[name] != right[name]:
            message = f"two different keyword sets are both called {name!r}; rename one"
            raise InvalidValue(message)
    return {**left, **right}


def _bounded(node: Node) -> Node:
    if node.depth > MAX_DEPTH:
        message = f"operators nest deeper than {MAX_DEPTH}"
        raise ExpressionError([Fault("too_deep", message=message, hint="split the condition")])
    return node


def _fields(node: Node, bound: frozenset[str]) -> set[str]:
    if isinstance(node, FieldRef):
        return set() if node.path[0] in bound else {node.dotted}
    found: set[str] = set()
    for index, arg in enumerate(node.args):
        inner = bound | {node.variable} if isinstance(node, Op) and node.variable and index else bound
        found |= _fields(arg, inner)
    return found
