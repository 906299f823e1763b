"""The canonical tree of a condition: four kinds of immutable nodes, whatever form it was written in.

A node compares and hashes by structure. Literals are kept apart by kind (``1``, ``1.0``, ``True`` and
``Decimal("1")`` are four literals) and NaN is the same literal as itself.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Any, Final

from attrs import field, frozen

from supportkit.rules._literals import literal_key

__all__ = ["MAX_DEPTH", "MAX_NODES", "FieldRef", "KeywordRef", "Literal", "Node", "Op", "walk"]

MAX_DEPTH: Final = 210
"""How deep operators may nest; well above what people write, well below what recursion bears."""

MAX_NODES: Final = 200_000
"""How many nodes and literal elements one condition may have."""


class Node:
    """What all nodes share: `args` below them, `label` of their own, equality by both."""

    __slots__ = ()

    args: tuple[Node, ...]
    depth: int
    _hash: int

    @property
    def label(self) -> Hashable:
        """What tells the node from others with the same arguments."""
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Node):
            return NotImplemented
        pairs: list[tuple[Node, Node]] = [(self, other)]
        while pairs:
            left, right = pairs.pop()
            if left is right:
                continue
            if left._hash != right._hash or left.label != right.label or len(left.args) != len(right.args):
                return False
            pairs.extend(zip(left.args, right.args, strict=True))
        return True

    def __hash__(self) -> int:
        return self._hash


@frozen(eq=False)
class Literal(Node):
    """A value written in the condition: plain values, tuples and mappings of them."""

    value: Any
    args: tuple[Node, ...] = field(default=(), init=False, repr=False)
    depth: int = field(default=0, init=False, repr=False)
    label: Hashable = field(init=False, repr=False)
    _hash: int = field(init=False, repr=False)

    @label.default
    def _own_label(self) -> Hashable:
        return ("literal", literal_key(self.value))

    @_hash.default
    def _own_hash(self) -> int:
        return hash(self.label)


@frozen(eq=False)
class FieldRef(Node):
    """A fact read by its path, or by the name of the element inside `some`, `every` and `count`."""

    path: tuple[str, ...]
    args: tuple[Node, ...] = field(default=(), init=False, repr=False)
    depth: int = field(default=0, init=False, repr=False)
    _hash: int = field(init=False, repr=False)

    @property
    def label(self) -> Hashable:
        """The path."""
        return ("field", self.path)

    @property
    def dotted(self) -> str:
        """The path as one text."""
        return ".".join(self.path)

    @_hash.default
    def _own_hash(self) -> int:
        return hash(("field", self.path))


@frozen(eq=False)
class KeywordRef(Node):
    """A keyword set named by its id; the set itself is handed in beside the tree."""

    name: str
    args: tuple[Node, ...] = field(default=(), init=False, repr=False)
    depth: int = field(default=0, init=False, repr=False)
    _hash: int = field(init=False, repr=False)

    @property
    def label(self) -> Hashable:
        """The name."""
        return ("keywords", self.name)

    @_hash.default
    def _own_hash(self) -> int:
        return hash(("keywords", self.name))


@frozen(eq=False)
class Op(Node):
    """A canonical operator over `args`; for `some`, `every`, `count` these are (over, where).

    Build it through `supportkit.rules._canonical.build`, which lowers and flattens.
    """

    name: str
    args: tuple[Node, ...]
    bounds: str = "[]"
    fold: bool = False
    absent: str | None = None
    variable: str | None = None
    depth: int = field(init=False, repr=False)
    _hash: int = field(init=False, repr=False)

    @property
    def label(self) -> Hashable:
        """The operator and its options."""
        return (self.name, self.bounds, self.fold, self.absent, self.variable)

    @depth.default
    def _own_depth(self) -> int:
        return 1 + max((arg.depth for arg in self.args), default=0)

    @_hash.default
    def _own_hash(self) -> int:
        return hash((self.label, self.args))


def walk(node: Node) -> Iterator[Node]:
    """Yield the node and everything below it, parents first."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(node.args))
