"""Sets of inputs as decision diagrams: unions of boxes over finitely many cells, each set stored once.

A set is a number. EMPTY holds nothing, FULL everything; any other is a node that asks one variable and has
one set for each of its cells. Equal sets are equal numbers (Bryant 1986, with more than two branches).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

__all__ = ["EMPTY", "FULL", "Diagrams", "TooLarge"]

EMPTY: Final = 0
FULL: Final = 1
_MOST_BRANCHES: Final = 2_000_000
"""How many branches may be built for one analysis; one to two seconds of work."""


class TooLarge(Exception):
    """The question needs more room than an analysis may take."""


class Diagrams:
    """Builds and combines sets; owned by one analysis. Raises TooLarge when its room is used up."""

    def __init__(self) -> None:
        self._nodes: list[tuple[int, tuple[int, ...]]] = [(-1, ()), (-1, ())]
        self._known: dict[tuple[int, tuple[int, ...]], int] = {}
        self._meets: dict[tuple[int, int], int] = {}
        self._inverses: dict[int, int] = {EMPTY: FULL, FULL: EMPTY}
        self._left = _MOST_BRANCHES

    def node(self, variable: int, branches: tuple[int, ...]) -> int:
        """Return the set that continues with `branches[cell]`."""
        self._left -= len(branches)
        if self._left < 0:
            raise TooLarge
        if all(branch == branches[0] for branch in branches):
            return branches[0]
        key = (variable, branches)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = len(self._nodes)
            self._nodes.append(key)
        return found

    def meet(self, left: int, right: int) -> int:
        """Return what both sets hold."""
        if right in {left, FULL}:
            return left
        if left == FULL:
            return right
        if EMPTY in {left, right}:
            return EMPTY
        key = (left, right) if left < right else (right, left)
        found = self._meets.get(key)
        if found is None:
            found = self._meets[key] = self._met(*key)
        return found

    def _met(self, left: int, right: int) -> int:
        (first, these), (second, those) = self._nodes[left], self._nodes[right]
        size = len(these if first <= second else those)
        pairs = zip(
            these if first <= second else (left,) * size,
            those if second <= first else (right,) * size,
            strict=True,
        )
        branches = []
        for a, b in pairs:  # a comprehension would be one more frame at each level of a deep diagram
            branches.append(self.meet(a, b))
        return self.node(min(first, second), tuple(branches))

    def inverse(self, one: int) -> int:
        """Return what the set does not hold."""
        found = self._inverses.get(one)
        if found is None:
            variable, branches = self._nodes[one]
            inverses = []
            for branch in branches:
                inverses.append(self.inverse(branch))  # noqa: PERF401 -- as above
            found = self.node(variable, tuple(inverses))
            self._inverses[one], self._inverses[found] = found, one
        return found

    def join(self, left: int, right: int) -> int:
        """Return what one of the sets holds."""
        return self.inverse(self.meet(self.inverse(left), self.inverse(right)))

    def without(self, left: int, right: int) -> int:
        """Return what only the left set holds."""
        return self.meet(left, self.inverse(right))

    def meet_all(self, sets: Sequence[int]) -> int:
        """Return what all sets hold; joined in pairs, which keeps what is between small."""
        if not sets:
            return FULL
        while len(sets) > 1:
            pairs = [sets[i : i + 2] for i in range(0, len(sets), 2)]
            sets = [self.meet(*pair) if len(pair) == 2 else pair[0] for pair in pairs]
        return sets[0]

    def join_all(self, sets: Sequence[int]) -> int:
        """Return what any of the sets holds."""
        return self.inverse(self.meet_all([self.inverse(one) for one in sets]))

    def support(self, one: int) -> frozenset[int]:
        """Return the variables that the set depends on."""
        seen: set[int] = set()
        found: set[int] = set()
        waiting = [one]
        while waiting:
            one = waiting.pop()
            if one > FULL and one not in seen:
                seen.add(one)
                variable, branches = self._nodes[one]
                found.add(variable)
                waiting.extend(branches)
        return frozenset(found)

    def boxes(self, one: int) -> Iterator[dict[int, int]]:
        """Yield disjoint parts of the set: a cell for each variable that matters there, first cells first."""
        waiting: list[tuple[int, dict[int, int]]] = [(one, {})]
        while waiting:
            one, box = waiting.pop()
            if one == FULL:
                yield box
            elif one != EMPTY:
                variable, branches = self._nodes[one]
                pairs = [(branch, {**box, variable: cell}) for cell, branch in enumerate(branches)]
                waiting.extend(reversed(pairs))
