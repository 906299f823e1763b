"""Compiles the canonical tree to closures: one call an operator.

Every closure takes the facts and the `Run` (clock, calendars, list elements in scope) and returns a Truth.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from supportkit.canonical import digest
from supportkit.errors import ExpressionError, Fault, nearest_name
from supportkit.rules import _reading as reading
from supportkit.rules._computing import UNDECLARED, Declared
from supportkit.rules._leaves import Evaluator, Slow, Test, fast_leaf, orders_null, test_of
from supportkit.rules._reading import Reader, Run, is_absent
from supportkit.rules._values import Failure, Recorded, classified, step
from supportkit.rules.nodes import FieldRef, KeywordRef, Literal, Node, Op, walk
from supportkit.rules.operators import OPERATORS
from supportkit.rules.truth import ON_ABSENT, Truth

if TYPE_CHECKING:
    from supportkit.rules.keywords import KeywordSet

__all__ = [
    "Evaluator",
    "Run",
    "Scope",
    "compiled",
    "inside",
    "leaf_key",
    "needle_sets",
    "paths_of",
    "reader_of",
]

TRUE, FALSE, UNKNOWN, ERROR = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN, Truth.ERROR

Scope: TypeAlias = tuple[tuple[str, str], ...]


def compiled(
    node: Node,
    keywords: Mapping[str, KeywordSet],
    declared: Declared = UNDECLARED,
    scope: Scope = (),
) -> Evaluator:
    """Return the closure of a condition; `declared` says how its schema reads facts.

    `scope` names the list elements in `Run.bound`, outermost first, each with the path of its list.
    Raises ExpressionError when a keyword set that the tree names is not given.
    """
    return _Compiler(keywords, declared).condition(node, scope)


def reader_of(
    node: Node,
    keywords: Mapping[str, KeywordSet],
    declared: Declared = UNDECLARED,
    scope: Scope = (),
) -> Reader:
    """Return what reads an operand, the way that leaves read it."""
    return _Compiler(keywords, declared).operand(node, scope)


def needle_sets(node: Op, keywords: Mapping[str, KeywordSet]) -> tuple[KeywordSet, ...]:
    """Return the keyword sets of a `mentions` leaf: the named ones, and one of all inline phrases."""
    from supportkit.rules.keywords import KeywordSet as _KeywordSet  # noqa: PLC0415 -- keywords are optional here

    inline = [arg.value for arg in node.args[1:] if isinstance(arg, Literal)]
    names = [arg.name for arg in node.args[1:] if isinstance(arg, KeywordRef)]
    unknown = sorted(set(names) - keywords.keys())
    if unknown:
        raise ExpressionError([_unbound(name, keywords) for name in unknown])
    anonymous = (_KeywordSet("", tuple(inline)),) if inline else ()
    return (*anonymous, *(keywords[name] for name in names))


def _unbound(name: str, keywords: Mapping[str, KeywordSet]) -> Fault:
    near = nearest_name(name, keywords)
    hint = f"did you mean {near!r}?" if near else "hand it in with keywords={...}"
    return Fault("unknown_keyword_set", message=f"no keyword set is called {name!r}", hint=hint)


def leaf_key(node: Node, keywords: Mapping[str, KeywordSet]) -> str:
    """Return a short digest of a leaf with its keyword sets spelled out: equal leaves, equal keys."""
    from supportkit.rules.json_form import node_to_json  # noqa: PLC0415 -- json_form imports this module

    plain = node_to_json(node)
    if isinstance(node, Op) and node.name == "mentions":
        plain["args"] = [plain["args"][0], *(sets.key for sets in needle_sets(node, keywords))]
    return digest(plain, length=12)


class _Compiler:
    def __init__(self, keywords: Mapping[str, KeywordSet], declared: Declared) -> None:
        self._keywords = keywords
        self._declared = declared

    def condition(self, node: Node, scope: Scope) -> Evaluator:
        if not isinstance(node, Op) or not OPERATORS[node.name].is_condition:
            return _flag(self.operand(node, scope), paths_of(node, scope))
        if node.name in {"all", "any"}:
            deciding, neutral = (FALSE, TRUE) if node.name == "all" else (TRUE, FALSE)
            return _joined([self.condition(arg, scope) for arg in node.args], deciding, neutral)
        if node.name == "not":
            return _not(self.condition(node.args[0], scope))
        if node.name in {"some", "every"}:
            return self._quantified(node, scope)
        return self._leaf(node, scope)

    def _quantified(self, node: Op, scope: Scope) -> Evaluator:
        over, where = node.args
        inner = inside(node, scope)
        read, test = self.operand(over, scope), self.condition(where, inner)
        deciding, neutral = (TRUE, FALSE) if node.name == "some" else (FALSE, TRUE)
        paths, on_absent, depth = paths_of(over, scope), ON_ABSENT[node.absent], len(scope)

        def run(facts: Any, run: Run) -> Truth:
            items = reading.elements(read(facts, run))
            if items is None:
                return _absent(on_absent, paths, run)
            if isinstance(items, Failure):
                return ERROR
            return _over_elements(items, test, facts, run, depth, deciding, neutral)

        return _total(run)

    def _leaf(self, node: Op, scope: Scope) -> Evaluator:
        if node.name == "is_set":
            return _is_set(self.operand(node.args[0], scope))
        if node.name == "has_key":
            return self._has_key(node, scope)
        if orders_null(node):
            return lambda _facts, _run: ERROR
        operands = node.args[:1] if node.name in {"mentions", "matches"} else node.args
        readers = [self.operand(arg, scope) for arg in operands]
        paths = [paths_of(arg, scope) for arg in operands]
        if node.name == "mentions":
            return self._mentions(node, readers[0], paths)
        slow = self._slow(node, paths, test_of(node))
        leaf = fast_leaf(node, readers, slow) or _general(readers, slow)
        return _forgetting(leaf) if any(_counts(arg) for arg in operands) else leaf

    def _slow(self, node: Op, paths: list[tuple[str, ...]], test: Test) -> Slow:
        """Return what tests any values: in error, absent, recorded or plain, in this order."""
        on_absent = ON_ABSENT[node.absent]
        keywords, key = self._keywords, list[str]()

        def unusual(values: list[Any], run: Run) -> Truth:
            if any(isinstance(value, Failure) for value in values):
                return ERROR
            if any(map(is_absent, values)):
                return _absent(on_absent, _named(values, paths, is_absent), run)
            if not key:
                key.append(leaf_key(node, keywords))
            recorded = next(value for value in values if isinstance(value, Recorded))
            truth = recorded.answer(key[0])
            return truth if truth is not None else _absent(UNKNOWN, _named(values, paths, _is_recorded), run)

        def slow(values: list[Any], run: Run) -> Truth:
            try:
                for value in values:
                    if value is None or isinstance(value, Failure | Recorded):
                        return unusual(values, run)
                return test(values)
            except Exception:  # noqa: BLE001 -- a host's value may raise anything when compared; that is a leaf in error
                return ERROR

        return slow

    def _mentions(self, node: Op, read: Reader, paths: list[tuple[str, ...]]) -> Evaluator:
        sets = needle_sets(node, self._keywords)
        slow = self._slow(node, paths, lambda values: _mentioned(sets, values[0]))

        def mentions(facts: Any, run: Run) -> Truth:
            value = read(facts, run)
            if type(value) is not str:
                return slow([value], run)
            found, cut = run.found, False
            for keyword_set in sets:
                pair = (keyword_set, value)
                hit = found.get(pair)
                if hit is None:
                    hit = found[pair] = keyword_set.found(value)
                if hit:
                    return TRUE
                cut = cut or keyword_set.cuts(value)
            return _absent(UNKNOWN, paths[0], run) if cut else FALSE

        return mentions

    def _has_key(self, node: Op, scope: Scope) -> Evaluator:
        ref = node.args[0]
        assert isinstance(ref, FieldRef)
        if len(ref.path) == 1 and ref.path[0] in dict(scope):
            return lambda _facts, _run: TRUE
        if ref.dotted in self._declared.computed and ref.path[0] not in dict(scope):
            return _is_set(self._field(ref, scope))
        key = ref.path[-1]
        read = self.operand(FieldRef(ref.path[:-1]), scope) if len(ref.path) > 1 else reading.root

        def has_key(facts: Any, run: Run) -> Truth:
            return _holds_key(read(facts, run), key)

        return _total(has_key)

    def operand(self, node: Node, scope: Scope) -> Reader:
        if isinstance(node, Literal):
            value = node.value
            return lambda _facts, _run: value
        if isinstance(node, FieldRef):
            return self._field(node, scope)
        assert isinstance(node, Op)
        if node.name == "count":
            return self._count(node, scope)
        readers = [self.operand(arg, scope) for arg in node.args]
        if node.name == "coalesce":
            return reading.coalesce(readers)
        if node.name == "age":
            calendar = node.args[1] if len(node.args) > 1 else None
            return reading.age(readers[0], calendar.value if isinstance(calendar, Literal) else None)
        return reading.length(readers[0])

    def _field(self, node: FieldRef, scope: Scope) -> Reader:
        names = [name for name, _ in scope]
        if node.path[0] in names:
            depth = len(names) - 1 - names[::-1].index(node.path[0])
            return reading.element(depth, node.path[1:])
        return self._declared.reader(node.path)

    def _count(self, node: Op, scope: Scope) -> Reader:
        over, where = node.args
        read, test, depth = self.operand(over, scope), self.condition(where, inside(node, scope)), len(scope)
        paths = paths_of(over, scope)

        def count(facts: Any, run: Run) -> Any:
            items = reading.elements(read(facts, run))
            if items is None:
                run.missing.extend(paths)
            if items is None or isinstance(items, Failure):
                return items
            truths = _truths(items, test, facts, run, depth)
            if ERROR in truths:
                return Failure("an element of count is in error")
            return None if UNKNOWN in truths else truths.count(TRUE)

        return reading.guarded(count, "count")


def inside(node: Op, scope: Scope) -> Scope:
    """Return the scope of the condition of `some`, `every` or `count`."""
    over = paths_of(node.args[0], scope)
    assert node.variable is not None
    return (*scope, (node.variable, over[0] if over else node.variable))


def paths_of(node: Node, scope: Scope) -> tuple[str, ...]:
    """Return the names under which an operand is reported as missing."""
    if isinstance(node, FieldRef):
        real = dict(scope).get(node.path[0], node.path[0])
        return (".".join((real, *node.path[1:])),)
    if isinstance(node, Op) and node.name == "count":
        return ()
    return tuple(path for arg in node.args for path in paths_of(arg, scope))


def _absent(truth: Truth, paths: tuple[str, ...], run: Run) -> Truth:
    if truth is UNKNOWN:
        run.missing.extend(paths)
    return truth


def _named(values: list[Any], paths: list[tuple[str, ...]], wanted: Callable[[Any], bool]) -> tuple[str, ...]:
    pairs = zip(values, paths, strict=True)
    return tuple(path for value, names in pairs if wanted(value) for path in names)


def _is_recorded(value: Any) -> bool:
    return isinstance(value, Recorded)


def _joined(tests: list[Evaluator], deciding: Truth, neutral: Truth) -> Evaluator:
    """Return a connective; what was found missing is forgotten once a deciding operand is met."""

    def joined(facts: Any, run: Run) -> Truth:
        result = neutral
        mark = len(run.missing)
        for test in tests:
            truth = test(facts, run)
            if truth is neutral:
                continue
            if truth is deciding:
                if result is not neutral:
                    del run.missing[mark:]
                return deciding
            if result is not ERROR:
                result = truth
        return result

    return joined


def _not(test: Evaluator) -> Evaluator:
    def negated(facts: Any, run: Run) -> Truth:
        truth = test(facts, run)
        if truth is TRUE:
            return FALSE
        return TRUE if truth is FALSE else truth

    return negated


def _total(test: Evaluator) -> Evaluator:
    """Take whatever a test raises as an error of that leaf: values of a host may raise anything."""

    def total(facts: Any, run: Run) -> Truth:
        try:
            return test(facts, run)
        except Exception:  # noqa: BLE001 -- see above; the leaf is in error and listed, never fatal
            return ERROR

    return total


def _flag(read: Reader, paths: tuple[str, ...]) -> Evaluator:
    def flag(facts: Any, run: Run) -> Truth:
        value = read(facts, run)
        if value is True:
            return TRUE
        if value is False:
            return FALSE
        if is_absent(value):
            return _absent(UNKNOWN, paths, run)
        kind, plain = classified(value)
        return ERROR if kind != "bool" else TRUE if plain else FALSE

    return _total(flag)


def _truths(items: Any, test: Evaluator, facts: Any, run: Run, depth: int) -> list[Truth]:
    bound = run.bound
    bound.append(None)
    try:
        truths = []
        for item in items:
            bound[depth] = item
            truths.append(test(facts, run))
        return truths
    finally:
        bound.pop()


def _over_elements(
    items: Any, test: Evaluator, facts: Any, run: Run, depth: int, deciding: Truth, neutral: Truth
) -> Truth:
    bound, mark, result = run.bound, len(run.missing), neutral
    bound.append(None)
    try:
        for item in items:
            bound[depth] = item
            truth = test(facts, run)
            if truth is deciding:
                del run.missing[mark:]
                return truth
            if truth is not neutral and result is not ERROR:
                result = truth
        return result
    finally:
        bound.pop()


def _mentioned(sets: tuple[KeywordSet, ...], value: Any) -> Truth:
    kind, value = classified(value)
    if kind != "text":
        return ERROR
    if any(keyword_set.found(value) for keyword_set in sets):
        return TRUE
    return UNKNOWN if any(keyword_set.cuts(value) for keyword_set in sets) else FALSE


def _is_set(read: Reader) -> Evaluator:
    def is_set(facts: Any, run: Run) -> Truth:
        value = read(facts, run)
        if type(value) is Failure:
            return ERROR
        return FALSE if is_absent(value) else TRUE

    return _total(is_set)


def _holds_key(parent: Any, key: str) -> Truth:
    if parent is None:
        return FALSE
    if isinstance(parent, Mapping):
        kind, value = classified(parent)
        if kind == "map":
            return TRUE if key in value else FALSE
        return ERROR
    value = step(parent, key)
    if isinstance(value, Failure):
        return ERROR
    return TRUE if value is not None or (key[:1] != "_" and hasattr(parent, key)) else FALSE


def _general(readers: list[Reader], slow: Slow) -> Evaluator:
    def general(facts: Any, run: Run) -> Truth:
        return slow([read(facts, run) for read in readers], run)

    return general


def _counts(node: Node) -> bool:
    return any(isinstance(part, Op) and part.name == "count" for part in walk(node))


def _forgetting(leaf: Evaluator) -> Evaluator:
    """Drop what `count` found missing once the leaf is decided all the same."""

    def forgetting(facts: Any, run: Run) -> Truth:
        mark = len(run.missing)
        truth = leaf(facts, run)
        if truth is not UNKNOWN:
            del run.missing[mark:]
        return truth

    return forgetting
