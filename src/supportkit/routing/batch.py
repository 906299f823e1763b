"""Many items and many agents at once: the best assignment, beside that of taking turns (extra ``assign``)."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from attrs import frozen

from supportkit.cases import Agent, utc
from supportkit.errors import InvalidValue
from supportkit.routing._numbers import whole
from supportkit.routing._profiles import Profiles, free_places
from supportkit.routing._transport import Transport, numeric
from supportkit.routing.item import Item
from supportkit.routing.policy import RoutingPolicy

__all__ = ["Batch", "Greedy", "assign_batch"]

_MODES = ("optimal", "in_order")
_OBJECTIVES = ("cardinality", "cost", "bottleneck")
_LAYERS = 8
_EXACT = 2**53


@frozen
class Greedy:
    """What taking turns gives: each item in the order given takes the cheapest agent that is left."""

    assigned: int
    total_cost: Any


@frozen
class Batch:
    """Who gets which item, None for nobody; what it costs, and what taking turns would.

    `gap` is ``greedy.total_cost - total_cost``: what the optimum saves, when it assigns as many; it can be
    below 0 when it assigns more.
    """

    pairs: Mapping[str, str | None]
    total_cost: Any
    greedy: Greedy
    gap: Any

    @property
    def assigned(self) -> int:
        """How many items somebody gets."""
        return sum(agent is not None for agent in self.pairs.values())


def assign_batch(
    items: Iterable[Item | str],
    agents: Iterable[Agent | str],
    *,
    policy: RoutingPolicy | None = None,
    cost: Any = None,
    capacity: Any = None,
    mode: str = "optimal",
    objective: str = "cardinality",
    now: datetime | None = None,
) -> Batch:
    """Return the assignment of many items to many agents at once.

    `cost` is ``cost[item][agent]``: rows in the order given, or mappings by id, or an array; None (in an
    array NaN, in a mapping nothing) is forbidden. With a `policy`, and `now`, only agents who may have an
    item get it; without `cost`, a pair then costs the place of the agent's profile in the item's ranking, and
    a further item of the same agent counts as if behind everybody. `capacity` are the free places of each
    agent, by id or in order; by default one, with a policy what the agent's limits leave.

    `objective`: ``cardinality`` assigns as many as can be, at the least total cost; ``bottleneck`` as many,
    with the largest single cost as small as can be, then the least total; ``cost`` only what costs less than
    nothing, an item left being free. ``mode="in_order"`` takes turns instead. Whole numbers and Decimals are
    reckoned exactly. Equal inputs give equal answers; of alike items the older goes first with a policy.
    Raises InvalidValue, PluginError without the extra.

    >>> batch = assign_batch(["tv", "german"], ["ann", "greta"], cost=[[2, 1], [None, 1]])
    >>> batch.pairs, batch.total_cost, batch.greedy
    ({'tv': 'ann', 'german': 'greta'}, 3, Greedy(assigned=1, total_cost=1))
    """
    for name, value, known in (("mode", mode, _MODES), ("objective", objective, _OBJECTIVES)):
        if value not in known:
            raise InvalidValue(f"{name}={value!r} is none of {', '.join(known)}")
    if policy is None and cost is None:
        raise InvalidValue("assign_batch() needs cost=, or policy= with now=")
    todo, people = list(items), list(agents)
    item_ids, agent_ids = _ids("items", todo), _ids("agents", people)
    if not item_ids or not agent_ids:
        return Batch(dict.fromkeys(item_ids), 0, Greedy(0, 0), 0)
    plan = _Plan.of(todo, people, item_ids, agent_ids, policy, cost, capacity, now)
    turns = plan.in_turns()
    greedy = Greedy(len(turns), plan.total(turns))
    best = turns if mode == "in_order" else plan.expanded(plan.transport().solve(objective))
    total = plan.total(best)
    pairs = {
        name: None if (at := best.get(n)) is None else agent_ids[at[1]] for n, name in enumerate(item_ids)
    }
    return Batch(pairs, total, greedy, greedy.total_cost - total)


@frozen(eq=False)
class _Plan:
    """The batch as rows of alike items and columns of alike places; `unit` undoes the scale of Decimals."""

    cost: Any
    allowed: Any
    rows: tuple[tuple[int, ...], ...]
    """The items of each row, whichever goes first first."""
    seats: tuple[tuple[int, ...], ...]
    """The agents of each column, one for each place."""
    unit: Decimal | None = None

    @classmethod
    def of(
        cls,
        items: Sequence[Any],
        agents: Sequence[Any],
        item_ids: Any,
        agent_ids: Any,
        policy: Any,
        cost: Any,
        capacity: Any,
        now: datetime | None,
    ) -> _Plan:
        profiles = None if policy is None else _profiles(items, agents, policy, now)
        places = _places(capacity, items, agents, agent_ids, policy)
        if cost is None and profiles is not None:
            return cls._by_rank(items, profiles, places)
        values, allowed, unit = _matrix(cost, item_ids, agent_ids)
        if profiles is not None:
            np = numeric()
            may = np.zeros((len(profiles.ranks), len(agents)), bool)
            for signature, ranks in enumerate(profiles.ranks):
                for profile in ranks:
                    may[signature, list(profiles.members[profile])] = True
            allowed = allowed & may[list(profiles.signatures)]
        seats = [(n,) * free for n, free in enumerate(places)]
        rows = [(n,) for n in range(len(items))]
        return cls(values, allowed, tuple(rows), tuple(seats), unit).merged()

    @classmethod
    def _by_rank(cls, items: Sequence[Item], profiles: Profiles, places: Sequence[int]) -> _Plan:
        np = numeric()
        rows: list[list[int]] = [[] for _ in profiles.ranks]
        for n in sorted(range(len(items)), key=lambda n: (items[n].created_at, n)):
            rows[profiles.signatures[n]].append(n)
        columns = [
            (profile, layer, seats)
            for profile, members in enumerate(profiles.members)
            for layer in range(_LAYERS)
            if (seats := _seats(members, places, layer))
        ]
        width = len(profiles.members)
        values = np.zeros((len(rows), len(columns)), np.int64)
        allowed = np.zeros(values.shape, bool)
        for row, ranks in enumerate(profiles.ranks):
            for column, (profile, layer, _) in enumerate(columns):
                if profile in ranks:
                    values[row, column] = ranks[profile] + layer * width
                    allowed[row, column] = True
        return cls(values, allowed, tuple(map(tuple, rows)), tuple(seats for *_, seats in columns))

    def merged(self) -> _Plan:
        """Join alike rows, then alike columns, where the matrix is too large to be solved as it is."""
        np = numeric()
        if len(self.rows) * sum(map(len, self.seats)) <= 4_000_000 or self.cost.dtype.kind == "O":
            return self
        apart = math.nan if self.cost.dtype.kind == "f" else self.cost.max() + 1
        key = np.where(self.allowed, self.cost, apart)
        rows, columns = _alike(key), _alike(np.ascontiguousarray(key.T))
        pick = np.ix_([group[0] for group in rows], [group[0] for group in columns])
        return _Plan(
            self.cost[pick],
            self.allowed[pick],
            tuple(tuple(n for each in group for n in self.rows[each]) for group in rows),
            tuple(tuple(n for each in group for n in self.seats[each]) for group in columns),
            self.unit,
        )

    def transport(self) -> Transport:
        """Return the problem in numbers."""
        np = numeric()
        supply, places = (np.array([len(each) for each in groups]) for groups in (self.rows, self.seats))
        return Transport(self.cost, self.allowed, supply, places)

    def expanded(self, flow: Any) -> dict[int, tuple[Any, int]]:
        """Return the cost and agent of each assigned item."""
        waiting, seats = [iter(group) for group in self.rows], [iter(group) for group in self.seats]
        found = {}
        for row, column in zip(*(each.tolist() for each in flow.nonzero()), strict=True):
            for _ in range(flow[row, column]):
                found[next(waiting[row])] = (self.cost[row, column], next(seats[column]))
        return found

    def in_turns(self) -> dict[int, tuple[Any, int]]:
        """Return the same of taking turns."""
        np = numeric()
        if not self.seats:
            return {}
        never = math.inf
        left, seats = [len(group) for group in self.seats], [iter(group) for group in self.seats]
        kind = object if self.cost.dtype.kind == "O" else float
        prices = np.where(self.allowed, self.cost, never).astype(kind)
        taken = np.array([0 if free else never for free in left], kind)
        found = {}
        order = sorted((n, row) for row, group in enumerate(self.rows) for n in group)
        for n, row in order:
            column = int((prices[row] + taken).argmin())
            if taken[column] or prices[row, column] == never:
                continue
            found[n] = (self.cost[row, column], next(seats[column]))
            left[column] -= 1
            if not left[column]:
                taken[column] = never
        return found

    def total(self, found: Mapping[int, tuple[Any, int]]) -> Any:
        """Return the sum of the costs, in the arithmetic that they came in."""
        costs = [cost if isinstance(cost, int) else cost.item() for cost, _ in found.values()]
        if any(isinstance(cost, float) for cost in costs):
            return math.fsum(costs)
        return sum(costs) if self.unit is None else _decimal(sum(costs), self.unit)


def _decimal(amount: int, unit: Decimal) -> Decimal:
    """Return so many units, with all their digits."""
    sign, digits, _ = Decimal(amount).as_tuple()
    return Decimal((sign, digits, int(unit.as_tuple().exponent)))


def _ids(name: str, values: Sequence[Any]) -> list[str]:
    ids = [value if isinstance(value, str) else getattr(value, "id", None) for value in values]
    for value, found in zip(values, ids, strict=True):
        if not isinstance(found, str):
            raise InvalidValue(f"{name}: {value!r} is neither an id nor has one")
    twice = [found for found, count in Counter(ids).items() if count > 1]
    if twice:
        raise InvalidValue(f"{name}: {twice[0]!r} is given twice")
    return [str(found) for found in ids]


def _profiles(
    items: Sequence[Any], agents: Sequence[Any], policy: RoutingPolicy, now: datetime | None
) -> Profiles:
    if now is None:
        raise InvalidValue("assign_batch() with policy= needs now=")
    for values, wanted in ((items, Item), (agents, Agent)):
        for value in values:
            if not isinstance(value, wanted):
                raise InvalidValue(f"{value!r}: a policy judges {wanted.__name__} values, not ids")
    return Profiles.of(items, agents, policy, now=utc(now))


def _places(
    capacity: Any, items: Sequence[Any], agents: Sequence[Any], ids: Sequence[str], policy: Any
) -> list[int]:
    """Return the free places of each agent, no more than there are items."""
    if capacity is None and policy is None:
        return [1] * len(ids)
    if capacity is None:
        large = next((item for item in items if item.size != 1), None)
        if large is not None:
            raise InvalidValue(
                f"item {large.id}: size={large.size!r}; a batch gives each item one place, so give capacity="
            )
        parked = policy._matching.count_parked  # noqa: SLF001 - the package's own
        return [free_places(agent, items, count_parked=parked) for agent in agents]
    if isinstance(capacity, Mapping):
        unknown = capacity.keys() - set(ids)
        if unknown:
            raise InvalidValue(f"capacity names {min(unknown)!r}, who is none of the agents")
        given = [capacity.get(name, 0) for name in ids]
    else:
        given = [capacity] * len(ids) if isinstance(capacity, int) else list(capacity)
    if len(given) != len(ids):
        raise InvalidValue(f"capacity: {len(given)} numbers for {len(ids)} agents")
    return [
        min(whole(f"capacity of {name!r}", free), len(items)) for name, free in zip(ids, given, strict=True)
    ]


def _seats(members: Sequence[int], places: Sequence[int], layer: int) -> tuple[int, ...]:
    """Return who sits in a layer: everybody's first place, everybody's second, ...; the last has the rest."""
    if layer < _LAYERS - 1:
        return tuple(n for n in members if places[n] > layer)
    most = max(places[n] for n in members)
    return tuple(n for depth in range(layer, most) for n in members if places[n] > depth)


def _alike(key: Any) -> list[list[int]]:
    groups: dict[bytes, list[int]] = {}
    for n, row in enumerate(key):
        groups.setdefault(row.tobytes(), []).append(n)
    return list(groups.values())


def _matrix(cost: Any, items: Sequence[str], agents: Sequence[str]) -> tuple[Any, Any, Decimal | None]:
    """Return costs, which are allowed, and the unit of whole numbers that stand for Decimals."""
    np = numeric()
    if isinstance(cost, np.ndarray) and cost.dtype.kind in "iuf":
        table = cost
    else:
        lines = [cost.get(name, {}) for name in items] if isinstance(cost, Mapping) else list(cost)
        lines = [[line.get(name) for name in agents] if isinstance(line, Mapping) else line for line in lines]
        if any(len(line) != len(agents) for line in lines):
            raise InvalidValue(f"cost: every row needs {len(agents)} costs, one for each agent")
        table = _table(lines)
    if table.shape != (len(items), len(agents)):
        raise InvalidValue(
            f"cost has the shape {table.shape}; it needs {len(items)} rows and {len(agents)} columns"
        )
    if table.dtype.kind in "iu":
        large = max(int(table.max()), -int(table.min())) >= _EXACT
        return table.astype(object if large else np.int64), np.ones(table.shape, bool), None
    if table.dtype.kind == "f":
        table, allowed = table.astype(float), ~np.isnan(table)
        if np.isinf(table).any():
            raise InvalidValue("cost: infinity is no cost; None forbids a pair")
        return (table if allowed.all() else np.where(allowed, table, 0)), allowed, None
    return _scaled(table)


def _table(lines: Sequence[Sequence[Any]]) -> Any:
    np = numeric()
    table = np.empty((len(lines), len(lines[0]) if lines else 0), object)
    for n, line in enumerate(lines):
        table[n] = line
    kinds = {type(value) for line in lines for value in line}
    strange = [
        kind
        for kind in kinds
        if kind is bool or not issubclass(kind, int | float | Decimal | type(None) | np.number)
    ]
    if strange:
        raise InvalidValue(f"cost: a {strange[0].__name__} is no number or None")
    if any(issubclass(kind, float | np.floating) for kind in kinds):
        return np.where(table == None, math.nan, table).astype(float)  # noqa: E711 - element by element
    return table


def _scaled(table: Any) -> tuple[Any, Any, Decimal | None]:
    """Return whole numbers, of Decimals multiplied by a power of ten."""
    np = numeric()
    allowed = table != None  # noqa: E711 - element by element
    values = [value for value in table[allowed].tolist() if isinstance(value, Decimal)]
    if any(not value.is_finite() for value in values):
        raise InvalidValue("cost: infinity or NaN is no cost; None forbids a pair")
    digits = max((-int(value.as_tuple().exponent) for value in values), default=0)
    scale = 10 ** max(digits, 0)
    whole_numbers = np.zeros(table.shape, object)
    given = table[allowed].tolist()
    whole_numbers[allowed] = [int(value if scale == 1 else Fraction(value) * scale) for value in given]
    if max(map(abs, whole_numbers.ravel()), default=0) < _EXACT:
        whole_numbers = whole_numbers.astype(np.int64)
    return whole_numbers, allowed, Decimal((0, (1,), -max(digits, 0))) if values else None
