"""Finds what is legal in a condition but hardly meant: empty connectives, needles and lists."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from supportkit.errors import Fault
from supportkit.rules.expression import Expression
from supportkit.rules.keywords import KeywordSet
from supportkit.rules.nodes import KeywordRef, Literal, Op, walk

__all__ = ["empty_parts"]

_NEEDLES: Final = frozenset(
    {"contains", "contains_any", "contains_all", "starts_with", "ends_with", "matches", "mentions"}
)


def empty_parts(expression: Expression) -> tuple[Fault, ...]:
    """Return a fault for each empty all/any/none, empty needle and empty list; a policy refuses them.

    An empty ``any`` directly inside an ``any`` is flattened away before, and so is an ``all`` in an ``all``.

    >>> from supportkit.rules import parse
    >>> [fault.code for fault in empty_parts(parse("not any() or contains(contact.text, '')"))]
    ['empty_condition', 'empty_needle']
    """
    return tuple(
        fault for node in walk(expression.node) if isinstance(node, Op) for fault in _of(node, expression)
    )


def _of(node: Op, expression: Expression) -> Iterator[Fault]:
    text = Expression(node).to_text()
    if node.name in {"all", "any"} and not node.args:
        always = "true" if node.name == "all" else "false"
        yield Fault("empty_condition", message=f"{text} holds no condition and is always {always}")
    if node.name == "in" and _value(node.args[1]) == ():
        yield Fault("empty_list", message=f"{text} looks into an empty list")
    if node.name in _NEEDLES:
        yield from _needles(node, text, expression)


def _needles(node: Op, text: str, expression: Expression) -> Iterator[Fault]:
    for arg in node.args[1:]:
        value = _value(arg)
        if value == ():
            yield Fault("empty_list", message=f"{text} looks for nothing: its list is empty")
        elif value == "" or (isinstance(value, tuple) and "" in value):
            yield Fault("empty_needle", message=f"{text} looks for an empty text, which stands everywhere")
        elif isinstance(arg, KeywordRef) and _is_hollow(expression.keywords.get(arg.name)):
            yield Fault("empty_needle", message=f"the keyword set {arg.name!r} holds an empty phrase")


def _is_hollow(keyword_set: KeywordSet | None) -> bool:
    return keyword_set is not None and not all(phrase.text for phrase in keyword_set.phrases)


def _value(node: Any) -> Any:
    return node.value if isinstance(node, Literal) else None
