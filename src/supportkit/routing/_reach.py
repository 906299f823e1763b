"""The lines of a router, and which of them an agent may take from as far as what lasts goes."""

from __future__ import annotations

from collections import Counter
from typing import Any

from supportkit.routing._lines import Line
from supportkit.routing._roster import Roster
from supportkit.routing._standing import Standing
from supportkit.routing.demand import Demand

__all__ = ["Lines"]

_SLACK = 64


class Lines:
    """One line for each set of requirements that somebody waits with, and one for each rate.

    A pair of line and agent is looked at once, unless an agent is set anew: `made` are the lines in the order
    in which they were made, so that an agent has to look only at those that are new since.
    """

    __slots__ = ("_by_signature", "_era", "_made", "_rates", "_reached", "_roster")

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._by_signature: dict[Any, Line] = {}
        self._rates: Counter[Any] = Counter()
        self._made: list[Line] = []
        self._era = 0
        self._reached: dict[int, _Reached] = {}

    @property
    def several_rates(self) -> bool:
        """Whether lines have to be compared by what their heads have gathered."""
        return len(self._rates) > 1

    def of(self, demand: Demand) -> Line:
        """Return the line of these requirements, a new one if nobody waits with them."""
        signature = self._roster.signature(demand)
        line = self._by_signature.get(signature)
        if line is None:
            line = self._by_signature[signature] = Line(demand)
            self._made.append(line)
            self._rates[demand.item.rate] += 1
        return line

    def drop(self, line: Line) -> None:
        """Forget a line that is empty."""
        del self._by_signature[self._roster.signature(line.demand)]
        rate = line.demand.item.rate
        self._rates[rate] -= 1
        if not self._rates[rate]:
            del self._rates[rate]
        if len(self._made) > 2 * len(self._by_signature) + _SLACK:
            self._made, self._era = list(self._by_signature.values()), self._era + 1

    def within_reach(self, one: Standing) -> list[Line]:
        """Return the lines that the agent may take from, whatever work they have at present."""
        stamp = self._roster.epoch, self._era
        reached = self._reached.get(one.index)
        if reached is None or reached.stamp != stamp:
            reached = self._reached[one.index] = _Reached(stamp)
        new = self._made[reached.looked_at :]
        known = [line for line in reached.lines if line]
        reached.lines = known + [line for line in new if line and self._roster.lasting(line) & one.bit]
        reached.looked_at = len(self._made)
        return reached.lines


class _Reached:
    __slots__ = ("lines", "looked_at", "stamp")

    def __init__(self, stamp: tuple[int, int]) -> None:
        self.stamp, self.looked_at = stamp, 0
        self.lines: list[Line] = []
