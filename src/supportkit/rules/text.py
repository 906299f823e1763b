"""The text form: a subset of Python's expression grammar, parsed by `ast`, lowered, never evaluated."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from supportkit.errors import nearest_name
from supportkit.rules._canonical import with_absent, with_fold
from supportkit.rules._lexer import Source, screened
from supportkit.rules._literals import as_set, thaw, within_reach
from supportkit.rules._lowering import HOLE, Lowering, Place, path_of
from supportkit.rules.expression import Expression, finished
from supportkit.rules.nodes import FieldRef, Literal, Node
from supportkit.rules.operators import NEGATIVES, OPERATORS

if TYPE_CHECKING:
    from supportkit.rules.keywords import KeywordSet
    from supportkit.rules.schema import Schema

__all__ = ["parse"]


def parse(
    text: str,
    *,
    schema: Schema | None = None,
    keywords: Mapping[str, KeywordSet] | None = None,
) -> Expression:
    """Read a condition from its text form.

    With a schema, paths and types are checked and literals coerced; with `keywords`, the named sets
    (``keywords.outage``) are bound. Raises ExpressionError with all faults together, lines and columns
    counted from 1 in code points.

    >>> parse("1000 <= customer.spend_365d < 5000 and not customer.plan in {'trial'}").to_text()
    '1000 <= customer.spend_365d < 5000 and customer.plan not in ["trial"]'
    """
    lowering = Lowering(keywords)
    if not isinstance(text, str):
        lowering.fault("syntax", Place(), f"a condition is text, not {text!r}", "use from_json for JSON")
        lowering.stop()
    source = screened(text, lowering)
    node = _Reader(source, lowering).visit(_parsed(source, lowering))
    return finished(node, lowering, schema)


def _parsed(source: Source, lowering: Lowering) -> ast.expr:
    place, message = Place(1, 1), ""
    try:
        return ast.parse(source.code, mode="eval").body
    except SyntaxError as error:
        offset = error.offset - 1 if error.offset else len(source.code)
        place, message = source.place(offset + source.lead), error.msg
    except (ValueError, MemoryError, RecursionError) as error:
        message = str(error)
    lowering.fault("syntax", place, f"this is no condition: {message}")
    return lowering.stop()


_COMPARISONS: Final[dict[type[ast.cmpop], str]] = {
    ast.Eq: "eq",
    ast.NotEq: "ne",
    ast.Lt: "lt",
    ast.LtE: "le",
    ast.Gt: "gt",
    ast.GtE: "ge",
    ast.In: "in",
    ast.NotIn: "not_in",
}
_BETWEEN: Final[dict[tuple[type[ast.cmpop], type[ast.cmpop]], str]] = {
    (ast.LtE, ast.LtE): "[]",
    (ast.LtE, ast.Lt): "[)",
    (ast.Lt, ast.LtE): "(]",
    (ast.Lt, ast.Lt): "()",
    (ast.GtE, ast.GtE): "[]",
    (ast.Gt, ast.GtE): "[)",
    (ast.GtE, ast.Gt): "(]",
    (ast.Gt, ast.Gt): "()",
}
_TAGS: Final = {"instant": "$dt", "datetime": "$dt", "date": "$date", "duration": "$dur"} | {
    "decimal": "$dec",
    "float": "$float",
}
_QUANTIFIERS: Final = frozenset({"some", "every", "count"})
_FUNCTIONS: Final = (frozenset(OPERATORS) | frozenset(NEGATIVES) - {"ne", "not_in"}) - {
    "eq",
    "lt",
    "le",
    "gt",
    "ge",
    "between",
    "in",
    "not",
}
_METHODS: Final = _FUNCTIONS - _QUANTIFIERS - {"all", "any", "none", "coalesce"}
_WRAPPERS: Final = frozenset({"absent", "fold"})
_CALLS: Final = _FUNCTIONS | _WRAPPERS | _TAGS.keys()
_REFUSED: Final[dict[type[ast.expr], str]] = {
    ast.ListComp: "a list comprehension is not read; use some(... for x in list)",
    ast.SetComp: "a set comprehension is not read; use some(... for x in list)",
    ast.DictComp: "a dict comprehension is not read",
    ast.GeneratorExp: "a generator stands only inside some(...), every(...) or count(...)",
}


class _Reader:
    """Lowers Python's syntax tree node by node; what is not listed here is refused."""

    def __init__(self, source: Source, lowering: Lowering) -> None:
        self._source = source
        self._lowering = lowering

    def _place(self, node: ast.AST) -> Place:
        return self._source.place(self._source.offset(getattr(node, "col_offset", 0)))

    def _fault(self, node: ast.AST, message: str, hint: str | None = None, code: str = "unsupported") -> Node:
        return self._lowering.fault(code, self._place(node), message, hint)

    def _op(self, node: ast.AST, name: str, *args: Node, **options: Any) -> Node:
        return self._lowering.op(name, args, self._place(node), **options)

    def visit(self, node: ast.expr) -> Node:
        read = self._READERS.get(type(node))
        if read is None:
            return self._fault(node, _REFUSED.get(type(node), f"{type(node).__name__} is not read"))
        return read(self, node)

    def _bool_op(self, node: ast.BoolOp) -> Node:
        name = "all" if isinstance(node.op, ast.And) else "any"
        return self._op(node, name, *[self.visit(value) for value in node.values])

    def _unary(self, node: ast.UnaryOp) -> Node:
        if isinstance(node.op, ast.Not):
            return self._op(node, "not", self.visit(node.operand))
        return self._literal(node)

    def _compare(self, node: ast.Compare) -> Node:
        signs = [type(sign) for sign in node.ops]
        if len(signs) == 1:
            return self._comparison(node, signs[0])
        bounds = _BETWEEN.get((signs[0], signs[1])) if len(signs) == 2 else None
        if bounds is None:
            hint = "write a <= x < b for a range, and join other comparisons with and"
            return self._fault(node, "this chain of comparisons is not read", hint)
        first, value, last = (self.visit(part) for part in (node.left, *node.comparators))
        low, high = (first, last) if issubclass(signs[0], ast.Lt | ast.LtE) else (last, first)
        return self._op(node, "between", value, low, high, bounds=bounds)

    def _comparison(self, node: ast.Compare, sign: type[ast.cmpop]) -> Node:
        left, right = self.visit(node.left), self.visit(node.comparators[0])
        if sign in {ast.Is, ast.IsNot}:
            if not isinstance(right, Literal) or right.value is not None:
                return self._fault(node, "`is` compares with None only", "write == to compare values")
            return self._op(node, "eq" if sign is ast.Is else "ne", left, right)
        return self._op(node, _COMPARISONS[sign], left, right)

    def _call(self, node: ast.Call) -> Node:
        if isinstance(node.func, ast.Attribute) and node.func.attr in _METHODS:
            return self._predicate(node, node.func.attr, [node.func.value, *node.args])
        if not isinstance(node.func, ast.Name) or node.func.id not in _CALLS:
            return self._unknown_call(node)
        name = node.func.id
        if name in _QUANTIFIERS:
            return self._quantifier(node, name)
        if name in _TAGS:
            return self._typed(node, name)
        if name in _WRAPPERS:
            return self._wrapped(node, name)
        return self._predicate(node, name, node.args)

    def _unknown_call(self, node: ast.Call) -> Node:
        func = node.func
        name = func.id if isinstance(func, ast.Name) else func.attr if isinstance(func, ast.Attribute) else ""
        near = nearest_name(name, sorted(_CALLS))
        hint = f"did you mean {near!r}?" if near else f"there are: {', '.join(sorted(_CALLS))}"
        return self._fault(node, f"there is no function {name!r}", hint, code="unknown_op")

    def _predicate(self, node: ast.Call, name: str, args: list[ast.expr]) -> Node:
        if name == "mentions":
            return self._mentions(node, args)
        lowered = tuple(self.visit(arg) for arg in args)
        if name in {"contains_any", "contains_all", "contains_none"} and _spread(lowered):
            values = tuple(arg.value for arg in lowered[1:] if isinstance(arg, Literal))
            lowered = (lowered[0], self._lowering.put(Literal(values), self._place(args[1])))
        return self._op(node, name, *lowered)

    def _mentions(self, node: ast.Call, args: list[ast.expr]) -> Node:
        lowered = [self.visit(args[0])] if args else []
        for arg in args[1:]:
            parts = arg.elts if isinstance(arg, ast.List | ast.Set | ast.Tuple) else [arg]
            lowered += [self._keyword(part) or self.visit(part) for part in parts]
        return self._op(node, "mentions", *lowered)

    def _keyword(self, node: ast.expr) -> Node | None:
        if not isinstance(node, ast.Attribute | ast.Subscript):
            return None
        if not isinstance(node.value, ast.Name) or node.value.id != "keywords":
            return None
        name = node.attr if isinstance(node, ast.Attribute) else _text_of(node.slice)
        return None if name is None else self._lowering.keyword_set(name, self._place(node))

    def _quantifier(self, node: ast.Call, name: str) -> Node:
        generator = node.args[0] if len(node.args) == 1 else None
        if not isinstance(generator, ast.GeneratorExp) or len(generator.generators) != 1:
            hint = f"write {name}(p.amount > 100 for p in customer.purchases)"
            return self._fault(node, f"{name} takes one condition with one `for`", hint)
        (loop,) = generator.generators
        if not isinstance(loop.target, ast.Name) or loop.target.id == "fact" or loop.target.id[0] == "_":
            return self._fault(loop.target, "an element is called by one plain name", "write `for p in ...`")
        over, where = self.visit(loop.iter), self.visit(generator.elt)
        return self._op(node, name, over, where, variable=loop.target.id)

    def _typed(self, node: ast.Call, name: str) -> Node:
        text = _text_of(node.args[0]) if len(node.args) == 1 else None
        if text is None:
            return self._fault(node, f"{name} takes one text", f'write {name}("...")', code="bad_literal")
        try:
            value = thaw(_TAGS[name], text)
        except ValueError as error:
            return self._fault(node, str(error), code="bad_literal")
        if isinstance(value, datetime) and (value.tzinfo is None) is not (name == "datetime"):
            hint = "instant(...) takes an offset or Z, datetime(...) takes none"
            return self._fault(node, f"{text!r} does not fit {name}", hint, code="bad_literal")
        return self._lowering.put(Literal(value), self._place(node))

    def _wrapped(self, node: ast.Call, name: str) -> Node:
        wanted = 2 if name == "absent" else 1
        if len(node.args) != wanted:
            hint = 'write absent(x == 1, "false") or fold(x == "a")'
            return self._fault(
                node, f"{name} takes {wanted} argument{'s' * (wanted > 1)}", hint, code="arity"
            )
        inner = self.visit(node.args[0])
        if inner is HOLE:
            return HOLE
        if name == "fold":
            wrapped = with_fold(inner)
        else:
            truth = _text_of(node.args[1])
            if truth not in {"true", "false", "error"}:
                return self._fault(node, 'absent takes "true", "false" or "error"', code="bad_option")
            wrapped = with_absent(inner, truth)
        if wrapped is None:
            return self._fault(node, f"{name} wraps one leaf that can bear it", code="unknown_key")
        return self._lowering.put(wrapped, self._place(node))

    def _name(self, node: ast.Name) -> Node:
        if node.id == "fact":
            return self._fault(node, "`fact` alone is no field", 'write a path, or fact["name"]')
        if node.id.startswith("_"):
            return self._underscored(node, node.id)
        return self._lowering.field(node.id, self._place(node))

    def _attribute(self, node: ast.Attribute) -> Node:
        if node.attr.startswith("_"):
            return self._underscored(node, node.attr)
        return self._below(node, node.value, (node.attr,))

    def _subscript(self, node: ast.Subscript) -> Node:
        text = _text_of(node.slice)
        path = None if text is None else path_of(text)
        if path is None:
            return self._fault(node, "brackets hold one path in quotes", 'write customer["odd-key"]')
        return self._below(node, node.value, path)

    def _below(self, node: ast.expr, parent: ast.expr, path: tuple[str, ...]) -> Node:
        if not (isinstance(parent, ast.Name) and parent.id == "fact"):
            above = self.visit(parent)
            if not isinstance(above, FieldRef):
                return above if above is HOLE else self._fault(node, "only fields have fields")
            path = above.path + path
        return self._lowering.put(FieldRef(path), self._place(node))

    def _underscored(self, node: ast.AST, name: str) -> Node:
        hint = f'a field of that name is written in brackets: fact["{name}"]'
        return self._fault(node, f"names that begin with an underscore, like {name!r}, are not read", hint)

    def _literal(self, node: ast.expr) -> Node:
        value = self._value(node)
        return HOLE if value is HOLE else self._lowering.put(Literal(value), self._place(node))

    def _value(self, node: ast.expr) -> Any:
        """Return the value of a literal, or HOLE after noting why there is none."""
        if isinstance(node, ast.Constant):
            return self._constant(node, "")
        if isinstance(node, ast.UnaryOp):
            inner = node.operand
            if isinstance(node.op, ast.USub) and isinstance(inner, ast.Constant) and _is_number(inner.value):
                return self._constant(inner, "-")
            return self._fault(node, "a sign stands before a number only")
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            values = [self._value(item) for item in node.elts]
            if any(value is HOLE for value in values):
                return HOLE
            return as_set(values) if isinstance(node, ast.Set) else tuple(values)
        if isinstance(node, ast.Dict):
            return self._map(node)
        if isinstance(node, ast.Call):
            lowered = self.visit(node)
            if isinstance(lowered, Literal):
                return lowered if lowered is HOLE else lowered.value
        return self._fault(node, "a list or map holds literals only", "compare with one field at a time")

    def _map(self, node: ast.Dict) -> Any:
        values: dict[str, Any] = {}
        for key, item in zip(node.keys, node.values, strict=True):
            name = None if key is None else _text_of(key)
            value = self._value(item)
            if value is HOLE:
                return HOLE
            if name is None or name in values:
                return self._fault(key or node, "the keys of a map are different texts", code="bad_literal")
            values[name] = value
        return values

    def _constant(self, node: ast.Constant, sign: str) -> Any:
        value = node.value
        if isinstance(value, float):
            return self._decimal(node, sign)
        if isinstance(value, int) and not isinstance(value, bool):
            return self._reachable(node, -value if sign else value)
        if value is None or isinstance(value, bool | str):
            return self._reachable(node, value)
        return self._fault(node, f"{value!r} is no literal of conditions")

    def _reachable(self, node: ast.Constant, value: Any) -> Any:
        try:
            return within_reach(value)
        except ValueError as error:
            return self._fault(node, str(error), code="bad_literal")

    def _decimal(self, node: ast.Constant, sign: str) -> Any:
        start, end = self._source.offset(node.col_offset), self._source.offset(node.end_col_offset or 0)
        try:
            return within_reach(Decimal(sign + self._source.line[start:end].replace("_", "")))
        except (InvalidOperation, ValueError):
            return self._fault(node, "this number is out of range", code="bad_literal")

    _READERS: Final[dict[type[ast.expr], Callable[[_Reader, Any], Node]]] = {
        ast.BoolOp: _bool_op,
        ast.UnaryOp: _unary,
        ast.Compare: _compare,
        ast.Call: _call,
        ast.Name: _name,
        ast.Attribute: _attribute,
        ast.Subscript: _subscript,
        ast.Constant: _literal,
        ast.List: _literal,
        ast.Tuple: _literal,
        ast.Set: _literal,
        ast.Dict: _literal,
    }


def _text_of(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _spread(args: tuple[Node, ...]) -> bool:
    """Tell whether needles are given one by one instead of as one list."""
    return len(args) > 2 and all(isinstance(arg, Literal) and arg is not HOLE for arg in args[1:])
