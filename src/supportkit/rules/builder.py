"""The Python form: ``(fact.customer.spend_365d >= 1000) & fact.contact.text.mentions("outage")``."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Concatenate, Final, Generic, NoReturn, ParamSpec, TypeVar, final

from supportkit.errors import InvalidValue
from supportkit.rules._literals import as_literal
from supportkit.rules._lowering import NOWHERE, Lowering, is_name, path_of
from supportkit.rules.expression import Expression
from supportkit.rules.keywords import KeywordSet
from supportkit.rules.nodes import FieldRef, KeywordRef, Literal, Node

__all__ = ["Computed", "Fact", "Operand", "fact"]

P = ParamSpec("P")
R = TypeVar("R")


class _Verb(Generic[P, R]):
    """A method of a fact; comparing it instead of calling it is refused, since it hides a field."""

    __slots__ = ("_call", "_name")

    def __init__(self, name: str, call: Callable[P, R]) -> None:
        self._name = name
        self._call = call

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        return self._call(*args, **kwargs)

    def _refuse(self, *_: object) -> NoReturn:
        message = (
            f'.{self._name} is a verb here: call it, or write fact["….{self._name}"] for a field of that name'
        )
        raise TypeError(message)

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse
    __and__ = __or__ = __rand__ = __ror__ = __invert__ = __bool__ = _refuse
    __hash__ = object.__hash__


class _verb(Generic[P, R]):  # noqa: N801 -- a decorator
    def __init__(self, function: Callable[Concatenate[Any, P], R]) -> None:
        self._function = function
        self.__doc__ = function.__doc__

    def __get__(self, instance: Any, owner: type) -> _Verb[P, R]:
        return _Verb(self._function.__name__, self._function.__get__(instance, owner))


class Operand:
    """A value that conditions compare: a fact, or `coalesce`, `len`, `age`, `count` of facts.

    Comparisons give an `Expression`. It has no truthiness, no membership and no iteration, so that
    ``and``, ``in``, chained comparisons and loops fail instead of dropping a part.
    """

    __slots__ = ("_keywords", "_node")

    def __init__(self, node: Node, keywords: Mapping[str, KeywordSet] | None = None) -> None:
        self._node = node
        self._keywords = dict(keywords or {})

    def __eq__(self, other: object) -> Expression:  # type: ignore[override]
        return self._leaf("eq", other)

    def __ne__(self, other: object) -> Expression:  # type: ignore[override]
        return self._leaf("ne", other)

    def __lt__(self, other: object) -> Expression:
        return self._leaf("lt", other)

    def __le__(self, other: object) -> Expression:
        return self._leaf("le", other)

    def __gt__(self, other: object) -> Expression:
        return self._leaf("gt", other)

    def __ge__(self, other: object) -> Expression:
        return self._leaf("ge", other)

    __hash__ = object.__hash__
    __iter__ = None

    def __bool__(self) -> NoReturn:
        message = f"{self!r} has no truthiness; compare it, or write .is_true(), and combine with & | ~"
        raise TypeError(message)

    def __contains__(self, item: object) -> NoReturn:
        message = (
            f"`in` always gives a bool in Python; write {self!r}.contains({item!r}) or {self!r}.in_([...])"
        )
        raise TypeError(message)

    def _no_connective(self, *_: object) -> NoReturn:
        message = (
            f"{self!r} is no condition; & | ~ bind tighter than comparisons, so write "
            "(fact.a == 1) & (fact.b == 2), and .is_true() for a flag"
        )
        raise TypeError(message)

    __and__ = __or__ = __rand__ = __ror__ = __invert__ = _no_connective

    @_verb
    def between(self, low: object, high: object, *, bounds: str = "[]") -> Expression:
        """Low to high; `bounds` is ``[]``, ``[)``, ``(]`` or ``()``."""
        return self._leaf("between", low, high, bounds=bounds)

    @_verb
    def in_(self, values: object) -> Expression:
        """Equal to one of the values (a list, a set or another fact)."""
        return self._leaf("in", values)

    @_verb
    def not_in(self, values: object) -> Expression:
        """Equal to none of the values."""
        return self._leaf("not_in", values)

    @_verb
    def contains(self, item: object) -> Expression:
        """A text holds the text, a list the element."""
        return self._leaf("contains", item)

    @_verb
    def not_contains(self, item: object) -> Expression:
        """The negation of `contains`."""
        return self._leaf("not_contains", item)

    @_verb
    def contains_any(self, *items: object) -> Expression:
        """Holds at least one of the items: one list, or several items."""
        return self._leaf("contains_any", _listed(items))

    @_verb
    def contains_all(self, *items: object) -> Expression:
        """Holds each of the items: one list, or several items."""
        return self._leaf("contains_all", _listed(items))

    @_verb
    def contains_none(self, *items: object) -> Expression:
        """The negation of `contains_any`."""
        return self._leaf("contains_none", _listed(items))

    @_verb
    def starts_with(self, text: object) -> Expression:
        """The text begins with the other, case-sensitive; ``.fold()`` ignores case."""
        return self._leaf("starts_with", text)

    @_verb
    def ends_with(self, text: object) -> Expression:
        """The text ends with the other, case-sensitive; ``.fold()`` ignores case."""
        return self._leaf("ends_with", text)

    @_verb
    def matches(self, pattern: str) -> Expression:
        """The pattern is found anywhere in the text; unsafe patterns are refused."""
        return self._leaf("matches", pattern)

    @_verb
    def not_matches(self, pattern: str) -> Expression:
        """The negation of `matches`."""
        return self._leaf("not_matches", pattern)

    @_verb
    def mentions(self, *needles: str | KeywordSet) -> Expression:
        """The text holds one of the words, phrases or keyword sets, at word boundaries."""
        keywords = {needle.id: needle for needle in needles if isinstance(needle, KeywordSet)}
        args = [KeywordRef(each.id) if isinstance(each, KeywordSet) else Literal(each) for each in needles]
        return _expression("mentions", (self._node, *args), {**self._keywords, **keywords})

    @_verb
    def is_set(self) -> Expression:
        """Present and not null."""
        return self._leaf("is_set")

    @_verb
    def has_key(self) -> Expression:
        """The key is there, even if its value is null."""
        return self._leaf("has_key")

    @_verb
    def is_true(self) -> Expression:
        """The fact itself as a condition: a flag."""
        return Expression(self._node, self._keywords)

    @_verb
    def some(self, where: Callable[[Fact], Expression]) -> Expression:
        """At least one element of the list fulfils ``where(element)``."""
        return self._over("some", where)

    @_verb
    def every(self, where: Callable[[Fact], Expression]) -> Expression:
        """Each element of the list fulfils ``where(element)``."""
        return self._over("every", where)

    @_verb
    def count(self, where: Callable[[Fact], Expression]) -> Computed:
        """The number of elements of the list that fulfil ``where(element)``."""
        counted = self._over("count", where)
        return Computed(counted.node, counted.keywords)

    @_verb
    def len(self) -> Computed:
        """The number of characters, elements or keys."""
        return self._operand("len")

    @_verb
    def age(self, calendar: str | None = None) -> Computed:
        """The time since the instant, in working time of the named calendar when given."""
        return self._operand("age", *([] if calendar is None else [calendar]))

    @_verb
    def coalesce(self, *others: object) -> Computed:
        """The first of these that is not absent."""
        return self._operand("coalesce", *others)

    def _leaf(self, name: str, *others: object, **options: Any) -> Expression:
        nodes, keywords = self._lowered(others)
        return _expression(name, nodes, keywords, **options)

    def _operand(self, name: str, *others: object) -> Computed:
        nodes, keywords = self._lowered(others)
        made = _expression(name, nodes, keywords)
        return Computed(made.node, keywords)

    def _over(self, name: str, where: Callable[[Fact], Expression]) -> Expression:
        variable = _parameter(where)
        condition = where(Fact((variable,)))
        if not isinstance(condition, Expression):
            message = f"{name}() takes a function that returns a condition, not {condition!r}"
            raise TypeError(message)
        keywords = {**self._keywords, **condition.keywords}
        return _expression(name, (self._node, condition.node), keywords, variable=variable)

    def _lowered(self, others: Iterable[object]) -> tuple[tuple[Node, ...], dict[str, KeywordSet]]:
        nodes, keywords = [self._node], dict(self._keywords)
        for other in others:
            if isinstance(other, Operand):
                keywords |= other._keywords  # noqa: SLF001 -- another one of its own kind
            nodes.append(_node(other))
        return tuple(nodes), keywords

    def __repr__(self) -> str:
        from supportkit.rules._printer import node_to_text  # noqa: PLC0415 -- printing is rare

        return f"<operand {node_to_text(self._node)}>"


@final
class Computed(Operand):
    """A value computed from facts.

    Beside `Fact`, not above it: Python would turn a comparison with an instance of a subclass around.
    """

    __slots__ = ()


@final
class Fact(Operand):
    """A path into the facts: attributes lead down, brackets reach names that Python or a verb reserves.

    >>> fact.customer.spend_365d >= 1000
    parse('customer.spend_365d >= 1000')
    >>> fact["customer.age"] > 17
    parse('customer.age > 17')
    """

    __slots__ = ("_path",)

    def __init__(self, path: tuple[str, ...]) -> None:
        super().__init__(FieldRef(path))
        self._path = path

    def __getattr__(self, name: str) -> Fact:
        if name.startswith("_"):
            message = f'names that begin with an underscore are read by brackets: fact["{name}"]'
            raise AttributeError(message)
        return Fact((*self._path, name))

    def __getitem__(self, dotted: str) -> Fact:
        path = path_of(str(dotted))
        if path is None:
            message = f'{dotted!r} is no path; write it like fact["customer.plan"]'
            raise InvalidValue(message)
        return Fact((*self._path, *path))

    def __repr__(self) -> str:
        return "fact" + "".join(f".{name}" if is_name(name) else f"[{name!r}]" for name in self._path)


def _listed(items: tuple[object, ...]) -> object:
    return items[0] if len(items) == 1 else list(items)


def _node(value: object) -> Node:
    if isinstance(value, Operand):
        return value._node  # noqa: SLF001 -- the builder's own
    if isinstance(value, Expression):
        message = f"{value!r} is a condition; combine conditions with & | ~, compare values"
        raise TypeError(message)
    try:
        return Literal(as_literal(value))
    except ValueError as error:
        message = f"a condition cannot hold this value: {error}"
        raise InvalidValue(message) from None


def _parameter(where: Callable[..., object]) -> str:
    names = list(inspect.signature(where).parameters)
    if len(names) != 1 or not is_name(names[0]) or names[0] == "fact":
        message = f"{where!r} must take one element, like lambda p: p.amount > 100"
        raise TypeError(message)
    return names[0]


def _expression(
    name: str, args: tuple[Node, ...], keywords: Mapping[str, KeywordSet], **options: Any
) -> Expression:
    lowering = Lowering()
    node = lowering.op(name, args, NOWHERE, **options)
    return Expression(lowering.finish(node), keywords)


fact: Final = Fact(())
"""Where conditions in Python begin."""
