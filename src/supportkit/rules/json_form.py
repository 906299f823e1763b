"""The JSON form: ``{"op": ..., "args": [...]}``, ``{"field": ...}`` and literals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from supportkit.errors import nearest_name
from supportkit.rules._literals import MAX_BITS, literal_from_json, literal_to_json
from supportkit.rules._lowering import Lowering, Place, is_name
from supportkit.rules.expression import Expression, finished
from supportkit.rules.nodes import MAX_DEPTH, MAX_NODES, FieldRef, KeywordRef, Literal, Node, Op
from supportkit.rules.operators import OPERATORS

if TYPE_CHECKING:
    from supportkit.rules.keywords import KeywordSet
    from supportkit.rules.schema import Schema

__all__ = ["from_json", "node_to_json"]

_LEAF_KEYS: Final = ("op", "args", "bounds", "fold", "absent")
_QUANTIFIER_KEYS: Final = ("op", "over", "as", "where", "absent")


def from_json(
    node: Any,
    *,
    schema: Schema | None = None,
    keywords: Mapping[str, KeywordSet] | None = None,
) -> Expression:
    """Read a condition from its JSON form, already decoded: a bare node or ``{"v": 1, "expr": node}``.

    With a schema, paths and types are checked and literals coerced; with `keywords`, the named sets are
    bound. Raises ExpressionError with all faults together.

    >>> from_json({"op": "ge", "args": [{"field": "customer.open_cases"}, 2]})
    parse('customer.open_cases >= 2')
    """
    reader = _Reader(Lowering(keywords))
    reader.bound_size(node)
    return finished(reader.node(_unwrapped(node, reader.lowering), ""), reader.lowering, schema)


def _unwrapped(node: Any, lowering: Lowering) -> Any:
    if not isinstance(node, Mapping) or "v" not in node or "op" in node or "field" in node:
        return node
    if node["v"] != 1 or isinstance(node["v"], bool) or set(node) != {"v", "expr"}:
        lowering.fault("bad_version", Place(), f"no condition of version {node['v']!r}", _ENVELOPE)
        lowering.stop()
    return node["expr"]


_ENVELOPE: Final = 'write {"v": 1, "expr": {"op": ..., "args": [...]}}'


class _Reader:
    def __init__(self, lowering: Lowering) -> None:
        self.lowering = lowering

    def bound_size(self, node: Any) -> None:
        """Refuse what nests too deep or is too large before anything recurses into it."""
        waiting, seen = [(node, 0)], 0
        while waiting:
            item, depth = waiting.pop()
            seen += 1
            if depth > 3 * MAX_DEPTH:
                self.lowering.fault("too_deep", Place(), f"the JSON nests deeper than {3 * MAX_DEPTH}")
            if seen > MAX_NODES:
                self.lowering.fault("too_long", Place(), f"the JSON has more than {MAX_NODES} parts")
            if isinstance(item, int) and item.bit_length() > MAX_BITS:
                self.lowering.fault("too_long", Place(), f"a number has more than {MAX_BITS} bits")
            if self.lowering.faults:
                self.lowering.stop()
            if isinstance(item, Mapping):
                waiting.extend((inner, depth + 1) for pair in item.items() for inner in pair)
            elif isinstance(item, list | tuple | set | frozenset):
                waiting.extend((inner, depth + 1) for inner in item)

    def node(self, raw: Any, path: str) -> Node:
        place = Place(path=path)
        if isinstance(raw, Mapping):
            if "field" in raw:
                return self._field(raw, place)
            if "op" in raw:
                return self._op(raw, place)
        try:
            return self.lowering.put(Literal(literal_from_json(raw)), place)
        except (TypeError, ValueError) as error:
            return self.lowering.fault("bad_literal", place, str(error))

    def _field(self, raw: Mapping[Any, Any], place: Place) -> Node:
        self._only(raw, ("field",), place)
        dotted = raw["field"]
        if not isinstance(dotted, str):
            return self.lowering.fault("bad_path", place, f"a path is text, not {dotted!r}")
        return self.lowering.field(dotted, place)

    def _op(self, raw: Mapping[Any, Any], place: Place) -> Node:
        name = raw["op"]
        if not isinstance(name, str):
            return self.lowering.fault("unknown_op", place, f"an operator is text, not {name!r}")
        if name in {"some", "every", "count"}:
            return self._quantifier(name, raw, place)
        self._only(raw, _LEAF_KEYS, place)
        args = raw.get("args")
        if not isinstance(args, list | tuple):
            return self.lowering.fault("bad_args", place, f"args is a list, not {args!r}")
        nodes = []
        for index, arg in enumerate(args):
            nodes.append(self._argument(name, index, arg, _below(place, f"args.{index}")))
        options = {key: raw[key] for key in ("bounds", "fold", "absent") if key in raw}
        return self.lowering.op(name, tuple(nodes), place, **options)

    def _argument(self, name: str, index: int, raw: Any, path: str) -> Node:
        if name == "mentions" and index and isinstance(raw, Mapping) and set(raw) == {"keywords"}:
            if isinstance(raw["keywords"], str):
                return self.lowering.keyword_set(raw["keywords"], Place(path=path))
            return self.lowering.fault("type_error", Place(path=path), "a keyword set is named by text")
        return self.node(raw, path)

    def _quantifier(self, name: str, raw: Mapping[Any, Any], place: Place) -> Node:
        self._only(raw, _QUANTIFIER_KEYS, place)
        for key in ("over", "as", "where"):
            if key not in raw:
                return self.lowering.fault("arity", place, f"{name} has no {key!r}", _QUANTIFIED)
        variable = raw["as"]
        if not isinstance(variable, str) or not is_name(variable) or variable == "fact":
            return self.lowering.fault(
                "bad_name", place, f"{variable!r} cannot name an element", "use a word"
            )
        over = self.node(raw["over"], _below(place, "over"))
        where = self.node(raw["where"], _below(place, "where"))
        options = {key: raw[key] for key in ("absent",) if key in raw}
        return self.lowering.op(name, (over, where), place, variable=variable, **options)

    def _only(self, raw: Mapping[Any, Any], keys: Iterable[str], place: Place) -> None:
        for key in raw:
            if key not in keys:
                near = nearest_name(key, keys) if isinstance(key, str) else None
                hint = f"did you mean {near!r}?" if near else f"there are: {', '.join(keys)}"
                self.lowering.fault("unknown_key", place, f"unknown key {key!r}", hint)


_QUANTIFIED: Final = (
    'write {"op": "some", "over": {"field": "customer.purchases"}, "as": "p", "where": {...}}'
)


def _below(place: Place, step: str) -> str:
    return f"{place.path}.{step}" if place.path else step


def node_to_json(node: Node) -> Any:
    """Write a tree as a bare JSON node."""
    if isinstance(node, FieldRef):
        return {"field": node.dotted}
    if isinstance(node, KeywordRef):
        return {"keywords": node.name}
    if not isinstance(node, Op):
        assert isinstance(node, Literal)
        return literal_to_json(node.value)
    if OPERATORS[node.name].role == "quantifier" or node.name == "count":
        over, where = node.args
        plain = {
            "op": node.name,
            "over": node_to_json(over),
            "as": node.variable,
            "where": node_to_json(where),
        }
    else:
        plain = {"op": node.name, "args": list(map(node_to_json, node.args))}
    if node.bounds != "[]":
        plain["bounds"] = node.bounds
    if node.fold:
        plain["fold"] = True
    if node.absent:
        plain["absent"] = node.absent
    return plain
