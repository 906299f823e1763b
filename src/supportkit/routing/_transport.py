"""Transport: how much of each row goes to each column, most of it first, then the cheapest way (SciPy)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from attrs import frozen

from supportkit.errors import missing_extra

__all__ = ["Transport", "numeric"]

_DENSE = 4_000_000  # cells of a matrix that is solved as it is, 32 MB
_EXACT = 2**53


def numeric() -> Any:
    """Return NumPy; raises PluginError without the extra ``assign``."""
    try:
        import numpy as np  # noqa: PLC0415 - an extra
        import scipy  # noqa: F401, PLC0415 - same
    except ImportError as error:
        raise missing_extra("assign", what="assign_batch()") from error
    return np


@frozen(eq=False)
class Transport:
    """Rows with a supply, columns with places, what each pair costs and whether it may be."""

    cost: Any
    allowed: Any
    supply: Any
    places: Any

    def solve(self, objective: str) -> Any:
        """Return the flow of every pair: whole numbers."""
        if not self.places.sum():
            return numeric().zeros(self.cost.shape, int)
        solve = {"cardinality": self._cheapest, "cost": self._gains, "bottleneck": self._bottleneck}
        return solve[objective]()

    def _cheapest(self) -> Any:
        if self.supply.sum() * self.places.sum() <= _DENSE:
            return self._dense(self.allowed)
        return self._linear(self.allowed, self._most(self.allowed))

    def _gains(self) -> Any:
        """Only pairs that cost less than nothing are worth making."""
        return Transport(self.cost, self.allowed & (self.cost < 0), self.supply, self.places)._optional()  # noqa: SLF001 - its own kind

    def _optional(self) -> Any:
        if self.supply.sum() * self.places.sum() <= _DENSE:
            return self._dense(self.allowed, forbidden=0)
        return self._linear(self.allowed, None)

    def _bottleneck(self) -> Any:
        """Search the smallest largest cost with which as many are assigned; of those the cheapest way."""
        np = numeric()
        costs = np.unique(self.cost[self.allowed])
        most, low, high = self._most(self.allowed), 0, len(costs) - 1
        while low < high:
            middle = (low + high) // 2
            enough = self._most(self.allowed & (self.cost <= costs[middle])) == most
            low, high = (low, middle) if enough else (middle + 1, high)
        allowed = self.allowed & (self.cost <= costs[low]) if len(costs) else self.allowed
        return Transport(self.cost, allowed, self.supply, self.places)._cheapest()  # noqa: SLF001 - its own kind

    def _most(self, allowed: Any) -> int:
        """Return how many can be assigned: the maximum flow."""
        from scipy.sparse import coo_array  # noqa: PLC0415 - an extra
        from scipy.sparse.csgraph import maximum_flow  # noqa: PLC0415 - same

        np = numeric()
        rows, columns = allowed.nonzero()
        height, width = allowed.shape
        source, sink = height + width, height + width + 1
        tails = np.concatenate([np.full(height, source), rows, height + np.arange(width)])
        heads = np.concatenate([np.arange(height), height + columns, np.full(width, sink)])
        limits = np.concatenate([self.supply, self.supply[rows], self.places]).astype(np.int32)
        graph = coo_array((limits, (tails, heads)), shape=(sink + 1, sink + 1)).tocsr()
        return int(maximum_flow(graph, source, sink).flow_value)

    def _dense(self, allowed: Any, forbidden: Any = None) -> Any:
        """Assign single rows to single places; what is forbidden costs more than all else together."""
        from scipy.optimize import linear_sum_assignment  # noqa: PLC0415 - an extra

        np = numeric()
        flow = np.zeros(allowed.shape, np.int64)
        if not (allowed & (self.supply[:, None] * self.places > 0)).any():
            return flow
        cost = self.cost
        if not allowed.all():
            least, most = cost[allowed].min(), cost[allowed].max()
            count = int(min(self.supply.sum(), self.places.sum()))
            if cost.dtype.kind == "i" and int(most - least) * (count + 1) >= _EXACT:
                cost, least, most = cost.astype(object), int(least), int(most)
            dear = (most - least + 1) * (count + 1)
            cost = np.where(
                allowed, cost if forbidden is not None else cost - least, dear if forbidden is None else 0
            )
        rows = np.repeat(np.arange(len(self.supply)), self.supply)
        columns = np.repeat(np.arange(len(self.places)), self.places)
        single = bool((self.supply == 1).all() and (self.places == 1).all())
        if not single:
            cost = cost[rows[:, None], columns]
        solver: Callable[[Any], Any] = _exact if _too_large(cost) else linear_sum_assignment
        chosen_rows, chosen_columns = solver(cost)
        pairs = rows[chosen_rows], columns[chosen_columns]
        kept = allowed[pairs]
        if single:  # every pair at most once, which NumPy sets twenty times as quickly as it counts
            flow[pairs[0][kept], pairs[1][kept]] = 1
        else:
            np.add.at(flow, (pairs[0][kept], pairs[1][kept]), 1)
        return flow

    def _linear(self, allowed: Any, amount: int | None) -> Any:
        """Solve the linear program; a vertex of it is whole, since it is a flow."""
        from scipy.optimize import linprog  # noqa: PLC0415 - an extra
        from scipy.sparse import coo_array  # noqa: PLC0415 - same

        np = numeric()
        rows, columns = allowed.nonzero()
        flow = np.zeros(allowed.shape, np.int64)
        if not len(rows):
            return flow
        height, arcs = len(self.supply), np.arange(len(rows))
        limits = coo_array(
            (
                np.ones(2 * len(rows)),
                (np.concatenate([rows, height + columns]), np.concatenate([arcs, arcs])),
            ),
            shape=(height + len(self.places), len(rows)),
        ).tocsr()
        every = {} if amount is None else {"A_eq": np.ones((1, len(rows))), "b_eq": [amount]}
        found = linprog(
            self.cost[rows, columns].astype(float), A_ub=limits,
            b_ub=np.concatenate([self.supply, self.places]), method="highs-ds", **every,
        )  # fmt: skip
        if not found.success:
            raise ArithmeticError(f"the linear program of the assignment was not solved: {found.message}")
        flow[rows, columns] = np.rint(found.x)
        return flow


def _too_large(cost: Any) -> bool:
    """Return whether floats could not hold sums of these whole costs exactly."""
    if cost.dtype.kind == "f":
        return False
    if cost.dtype.kind == "O":
        return True
    return bool(max(int(cost.max()), -int(cost.min())) * (min(cost.shape) + 1) >= _EXACT)


def _exact(cost: Any) -> tuple[Any, Any]:
    """Assign with Python's own whole numbers: shortest augmenting paths (Jonker and Volgenant 1987)."""
    np = numeric()
    if cost.shape[0] > cost.shape[1]:
        columns, rows = _exact(cost.T)
        return rows, columns
    prices = _Prices(cost)
    for row in range(len(cost)):
        prices.place(row)
    pairs = sorted((row, column) for column, row in enumerate(prices.owner[:-1]) if row is not None)
    return np.array([row for row, _ in pairs]), np.array([column for _, column in pairs])


class _Prices:
    """The rows placed so far, and prices that prove it the cheapest way; owned by one call of `_exact`.

    One column too many stands for where the row to be placed comes from.
    """

    def __init__(self, cost: Any) -> None:
        self.table = cost.tolist()
        self.width = len(self.table[0])
        self.rows = [0] * len(self.table)
        self.columns = [0] * (self.width + 1)
        self.owner: list[Any] = [None] * (self.width + 1)

    def place(self, row: int) -> None:
        """Place one more row, along the cheapest chain of rows that move on."""
        self.owner[self.width], column = row, self.width
        slack: list[Any] = [math.inf] * self.width
        came, done = [self.width] * self.width, [self.width]
        ahead = set(range(self.width))
        while True:
            self._lower(slack, came, column, ahead)
            column = min(ahead, key=lambda j: (slack[j], j))
            self._raise(slack, done, ahead, slack[column])
            if self.owner[column] is None:
                break
            ahead.remove(column)
            done.append(column)
        while column != self.width:
            self.owner[column] = self.owner[came[column]]
            column = came[column]

    def _lower(self, slack: list[Any], came: list[int], column: int, ahead: set[int]) -> None:
        row = self.owner[column]
        costs, price = self.table[row], self.rows[row]
        for j in ahead:
            reduced = costs[j] - price - self.columns[j]
            if reduced < slack[j]:
                slack[j], came[j] = reduced, column

    def _raise(self, slack: list[Any], done: list[int], ahead: set[int], step: int) -> None:
        for j in done:
            self.rows[self.owner[j]] += step
            self.columns[j] -= step
        for j in ahead:
            slack[j] -= step
