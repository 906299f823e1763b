"""Writes the canonical tree in the text form, so that `parse` reads the same tree back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from supportkit.canonical import duration_text, instant_text
from supportkit.rules._lowering import is_name
from supportkit.rules.nodes import FieldRef, KeywordRef, Literal, Node, Op

__all__ = ["node_to_text"]

_SIGNS: Final = {"eq": "==", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "in": "in"}
_NEGATED: Final = {"eq": "!=", "in": "not in"}
_BOUNDS: Final = {"[": "<=", "(": "<", "]": "<=", ")": "<"}


def node_to_text(node: Node) -> str:
    """Return the text of a node."""
    if isinstance(node, FieldRef):
        return _path(node.path)
    if isinstance(node, KeywordRef):
        return f"keywords.{node.name}" if is_name(node.name) else f"keywords[{_text(node.name)}]"
    if isinstance(node, Op):
        return _operator(node)
    assert isinstance(node, Literal)
    return _literal(node.value)


def _path(path: tuple[str, ...]) -> str:
    head, *rest = path
    text = head if is_name(head) and head != "fact" else f"fact[{_text(head)}]"
    for key in rest:
        text += f".{key}" if is_name(key) else f"[{_text(key)}]"
    return text


def _operator(node: Op) -> str:
    if node.name in {"all", "any"}:
        return _joined(node)
    if node.name == "not":
        return _negated(node.args[0])
    if node.name in {"some", "every", "count"}:
        over, where = node.args
        text = f"{node.name}({node_to_text(where)} for {node.variable} in {node_to_text(over)})"
        return _wrapped(node, text)
    return _wrapped(node, _leaf(node))


def _joined(node: Op) -> str:
    if len(node.args) < 2:
        return f"{node.name}({''.join(map(node_to_text, node.args))})"
    if node.name == "any":
        return " or ".join(map(node_to_text, node.args))
    return " and ".join(
        f"({text})" if _is(arg, "any") else text for arg in node.args for text in [node_to_text(arg)]
    )


def _is(node: Node, *names: str) -> bool:
    return isinstance(node, Op) and node.name in names and len(node.args) > 1


def _negated(inner: Node) -> str:
    if isinstance(inner, Op) and inner.name in _NEGATED and not inner.absent and not inner.fold:
        left, right = map(node_to_text, inner.args)
        return f"{left} {_NEGATED[inner.name]} {right}"
    text = node_to_text(inner)
    return f"not ({text})" if _is(inner, "all", "any") else f"not {text}"


def _wrapped(node: Op, text: str) -> str:
    if node.fold:
        text = f"fold({text})"
    return f'absent({text}, "{node.absent}")' if node.absent else text


def _leaf(node: Op) -> str:
    texts = list(map(node_to_text, node.args))
    if node.name in _SIGNS:
        return f"{texts[0]} {_SIGNS[node.name]} {texts[1]}"
    if node.name == "between":
        value, low, high = texts
        return f"{low} {_BOUNDS[node.bounds[0]]} {value} {_BOUNDS[node.bounds[1]]} {high}"
    if node.name == "mentions" and isinstance(node.args[0], FieldRef):
        return f"{texts[0]}.mentions({', '.join(texts[1:])})"
    return f"{node.name}({', '.join(texts)})"


def _literal(value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, tuple):
        return f"[{', '.join(map(_literal, value))}]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_text(key)}: {_literal(item)}" for key, item in value.items()) + "}"
    if isinstance(value, float):
        return f'float("{value!r}")'
    if isinstance(value, Decimal):
        return _decimal(value)
    if isinstance(value, datetime):
        return f'{"datetime" if value.tzinfo is None else "instant"}("{instant_text(value)}")'
    if isinstance(value, date):
        return f'date("{value.isoformat()}")'
    return f'duration("{duration_text(value)}")' if isinstance(value, timedelta) else repr(value)


def _decimal(value: Decimal) -> str:
    text = str(value)
    return text if value.is_finite() and ("." in text or "E" in text) else f'decimal("{text}")'


def _text(value: str) -> str:
    return '"' + "".join(map(_character, value)) + '"'


def _character(character: str) -> str:
    if character in {'"', "\\"}:
        return "\\" + character
    return character if character.isprintable() else repr(character)[1:-1]
