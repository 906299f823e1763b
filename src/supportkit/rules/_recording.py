"""Which facts rules read, those facts alone, and their exact way through canonical JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Final

from attrs import evolve, field, frozen

from supportkit.canonical import from_plain as canonical_value
from supportkit.canonical import to_plain as canonical_plain
from supportkit.errors import InvalidValue
from supportkit.rules._display import Display
from supportkit.rules._literals import as_literal
from supportkit.rules._values import Failure, Recorded, classified, step
from supportkit.rules.expression import Expression
from supportkit.rules.nodes import FieldRef, Literal, Node, Op, walk
from supportkit.rules.text_facts import TextFacts, observe, text_leaves

__all__ = ["Projection", "Reads", "RecordedObject", "calendar_names", "from_plain", "to_plain"]


@frozen(eq=False)
class Reads:
    """What is read of a value: all of it, what lies below, and of the elements of a list."""

    below: dict[str, Reads] = field(factory=dict)
    elements: list[Reads] = field(factory=list)
    whole: list[bool] = field(factory=list)

    @classmethod
    def of(cls, expressions: Iterable[Expression]) -> Reads:
        """Return what conditions read of the facts."""
        root = cls()
        for expression in expressions:
            root._add(expression.node, {})
            direct = {part.dotted for part in walk(expression.node) if isinstance(part, FieldRef)}
            for path in expression.fields() - direct:  # what computed fields are made of
                root._at(FieldRef(tuple(path.split("."))), {}).whole.append(True)
        return root

    def _add(self, node: Node, scope: Mapping[str, Reads]) -> None:
        if isinstance(node, FieldRef):
            self._at(node, scope).whole.append(True)
            return
        if isinstance(node, Op) and node.variable is not None:
            over, where = node.args
            element = Reads()
            for part in walk(over):
                if isinstance(part, FieldRef):
                    self._at(part, scope).elements.append(element)
            self._add(where, {**scope, node.variable: element})
            return
        for arg in node.args:
            self._add(arg, scope)

    def _at(self, ref: FieldRef, scope: Mapping[str, Reads]) -> Reads:
        reads, keys = (scope[ref.path[0]], ref.path[1:]) if ref.path[0] in scope else (self, ref.path)
        for key in keys:
            reads = reads.below.setdefault(key, Reads())
        return reads


_ALL: Final = Reads(whole=[True])


def _joined(several: list[Reads], *, whole: bool) -> Reads:
    """Return what all of them read together."""
    below: dict[str, list[Reads]] = {}
    for reads in several:
        for key, deeper in reads.below.items():
            below.setdefault(key, []).append(deeper)
    elements = [element for reads in several for element in reads.elements]
    everything = whole or any(reads.whole for reads in several)
    joined = {key: _joined(deeper, whole=False) for key, deeper in below.items()}
    return Reads(joined, elements, [True] * everything)


class RecordedObject:
    """Stands for a host's object: read by attribute, equal to nothing that a condition can name."""

    __slots__ = ("_fields", "_kind")

    def __init__(self, kind: str, fields: Mapping[str, Any]) -> None:
        self._kind, self._fields = kind, dict(fields)

    def __getattr__(self, name: str) -> Any:
        try:
            return self._fields[name]
        except KeyError:
            raise AttributeError(name) from None

    def __repr__(self) -> str:
        return f"RecordedObject({self._kind!r}, {self._fields!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return RecordedObject, (self._kind, self._fields)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RecordedObject) and repr(self) == repr(other)

    def __hash__(self) -> int:
        return hash(self._kind)

    def to_plain(self) -> list[Any]:
        return [self._kind, {key: to_plain(value) for key, value in self._fields.items()}]


_LEFT_OUT: Final = object()


class Projection:
    """Takes over the facts that are read; with `display` private ones only as what conditions made of them.

    `masked` gathers the private paths that had to be left out.
    """

    def __init__(self, expressions: Iterable[Expression], display: Display | None) -> None:
        self._expressions = tuple(expressions)
        self._display = display
        self.masked: set[str] = set()

    def of(self, facts: Any, reads: Reads) -> Any:
        """Return the facts alone that are read, in plain values."""
        return self._value(facts, reads, (), inside=False)

    def _value(self, value: Any, reads: Reads, keys: tuple[str, ...], *, inside: bool) -> Any:
        path = ".".join(keys)
        if value is not None and self._display is not None and keys and self._display.hides(path):
            return self._private(value, reads, path, inside=inside)
        if value is None or isinstance(value, Failure | Recorded):
            return value
        kind, plain = classified(value)
        if kind == "map":
            names = [*reads.below] + ([key for key in plain if key not in reads.below] if reads.whole else [])
            return self._fields(value, names, reads, keys, inside=inside)
        if kind == "list":
            return self._list(plain, reads, keys)
        if kind == "other":
            fields = self._fields(value, reads.below, reads, keys, inside=inside)
            return RecordedObject(type(value).__name__, fields)
        return as_literal(plain)

    def _fields(
        self, owner: Any, names: Iterable[str], reads: Reads, keys: tuple[str, ...], *, inside: bool
    ) -> dict[str, Any]:
        default, taken = _ALL if reads.whole else Reads(), dict[str, Any]()
        for name in names:
            if not _has(owner, name):
                continue
            deeper = reads.below.get(name, default)
            value = self._value(step(owner, name), deeper, (*keys, str(name)), inside=inside)
            if value is not _LEFT_OUT:
                taken[str(name)] = value
        return taken

    def _list(self, items: Any, reads: Reads, keys: tuple[str, ...]) -> Any:
        element = _joined(reads.elements, whole=bool(reads.whole))
        taken = [self._value(item, element, keys, inside=True) for item in items]
        try:
            return frozenset(taken) if isinstance(items, AbstractSet) else tuple(taken)
        except TypeError:
            return tuple(taken)

    def _private(self, value: Any, reads: Reads, path: str, *, inside: bool) -> Any:
        """Return what the conditions made of a private value, where they look at it alone."""
        if isinstance(value, Recorded):
            return value
        if isinstance(value, Failure):
            return Failure("a private fact could not be read")
        if not inside and not reads.below and not reads.elements:
            try:
                leaves = text_leaves(self._expressions, [path])
            except InvalidValue:
                leaves = frozenset()
            if isinstance(value, str) and leaves:
                return observe(value, leaves)
        self.masked.add(path)
        return _LEFT_OUT


def _has(owner: Any, name: str) -> bool:
    try:
        return name in owner if isinstance(owner, Mapping) else name[:1] != "_" and hasattr(owner, name)
    except Exception:  # noqa: BLE001 -- a host's object may raise anything; it is recorded as unreadable
        return True


def calendar_names(expressions: Iterable[Expression]) -> tuple[str, ...]:
    """Return the calendars that conditions name."""
    ages = (
        node
        for expression in expressions
        for node in walk(expression.node)
        if isinstance(node, Op) and node.name == "age"
    )
    return tuple(
        sorted({str(part.value) for age in ages for part in age.args[1:] if isinstance(part, Literal)})
    )


def to_plain(value: Any) -> Any:
    """Return a recorded value in JSON's own types: what canonical JSON lacks is tagged."""
    if isinstance(value, TextFacts):
        return {"$text": {**value.to_plain(), "asked": sorted(value.asked)}}
    if isinstance(value, Failure):
        return {"$failed": value.reason}
    if isinstance(value, RecordedObject):
        return {"$object": value.to_plain()}
    if isinstance(value, AbstractSet):
        return {"$set": canonical_plain(value)}
    if isinstance(value, tuple | list):
        return [to_plain(item) for item in value]
    if isinstance(value, Mapping):
        plain = {key: to_plain(item) for key, item in value.items()}
        return {"$map": plain} if len(plain) == 1 and next(iter(plain))[:1] == "$" else plain
    return canonical_plain(value)


def from_plain(plain: Any) -> Any:
    """Read what `to_plain` gave; lists come back as tuples. Raises InvalidValue for an unknown tag."""
    if isinstance(plain, list):
        return tuple(map(from_plain, plain))
    if not isinstance(plain, dict):
        return plain
    tag = next(iter(plain)) if len(plain) == 1 else ""
    if tag == "$map":
        return {key: from_plain(item) for key, item in plain[tag].items()}
    if tag in _TAGS:
        return _TAGS[tag](plain[tag])
    if tag[:1] == "$":
        return canonical_value(plain)
    return {key: from_plain(item) for key, item in plain.items()}


_TAGS: Final[dict[str, Any]] = {
    "$text": lambda plain: evolve(TextFacts.from_plain(plain), asked=frozenset(plain.get("asked", ()))),
    "$failed": Failure,
    "$object": lambda plain: RecordedObject(plain[0], from_plain(plain[1])),
    "$set": lambda plain: frozenset(map(canonical_value, plain)),
}
