"""How urgent a case is: factors give points, points give a priority and a place in the line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from supportkit.cases import utc
from supportkit.errors import InvalidValue
from supportkit.priority._asking import asked, told
from supportkit.priority._never_alone import beside_others
from supportkit.priority.adjustments import Adjusted, Adjustments
from supportkit.priority.ageing import Ageing, RateAgeing, StepAgeing
from supportkit.priority.bound import Bound
from supportkit.priority.decision import PriorityDecision
from supportkit.priority.factor import Contribution, Factor, fact_at
from supportkit.priority.levels import Levels
from supportkit.priority.points import Points, total
from supportkit.priority.queue_order import Floor, QueueOrder
from supportkit.rules import KeywordSet, Schema

__all__ = ["PriorityPolicy"]

_SINCE = ("case.opened_at", "contact.at")
_OWN_TIER = "case.priority"
_Lines = Sequence[Mapping[str, Any]]


class PriorityPolicy:
    """Decides how urgent a case is; immutable.

    `factors` add points, `levels` ({name: least points}) turn their sum into a priority. `ageing` lets
    waiting count in the order of the line: `Ageing.linear` for all alike, `Ageing.rates` by level (each level
    needs one), `Ageing.steps` level by level (its `cap` is a level). `floor` guards one tier of cases against
    neglect. `overrides`, `floors` and `caps` are lines
    {when, priority, because}: the first override that fits sets the priority, else fitting floors lift it
    to at least theirs, then fitting caps hold it to at most theirs. `schema`, `keywords` and `calendars`
    are what their conditions are checked against and may name. `reads` are the facts that the policy looks
    at, `expressions` the conditions on them, so that texts can be replaced by what was asked of them.

    Raises InvalidValue or PolicyError for what can never be right.

    >>> from datetime import UTC, datetime
    >>> from supportkit.priority import OpenCaseFactor, SpendFactor
    >>> factors = [SpendFactor({500: 5, 2000: 10}), OpenCaseFactor(25)]
    >>> policy = PriorityPolicy(factors, levels={"urgent": 60, "high": 30, "normal": 0})
    >>> nine = datetime(2026, 7, 1, 9, tzinfo=UTC)
    >>> facts = {"customer": {"spend_365d": 700, "open_cases": 1}, "case": {"opened_at": nine}}
    >>> print(policy.decide(facts, now=nine).explain())
    priority high: 30 points reach high
      +5 spend (spent 700, reached 500)
      +25 open_case (open cases 1)
    """

    __slots__ = (
        "_adjustments",
        "_calendars",
        "_schema",
        "expressions",
        "factors",
        "levels",
        "order",
        "reads",
        "version",
    )

    def __init__(
        self,
        factors: Iterable[Factor],
        *,
        levels: Mapping[str, Any],
        ageing: Ageing | None = None,
        floor: Floor | None = None,
        floors: _Lines = (),
        caps: _Lines = (),
        overrides: _Lines | None = None,
        schema: Schema | None = None,
        keywords: Mapping[str, KeywordSet] | None = None,
        calendars: Mapping[str, Any] | None = None,
        version: str | None = None,
    ) -> None:
        self.factors = tuple(factors)
        self.levels = Levels.of(levels)
        self.order = QueueOrder(ageing, floor=floor, levels=self.levels.names)
        if isinstance(ageing, RateAgeing) and set(ageing.points_per_hour) != set(self.levels.names):
            raise InvalidValue(
                f"rates are for {', '.join(map(str, ageing.points_per_hour))}; "
                f"give one for each of the levels {', '.join(self.levels.names)}"
            )
        self.version = version
        self._calendars = dict(calendars or {})
        self._schema = Schema([]) if schema is None else schema
        self._adjustments = Adjustments(
            self.levels,
            overrides=overrides or (),
            floors=floors,
            caps=caps,
            schema=schema,
            keywords=keywords or {},
        )
        asked = [expression for factor in self.factors for expression in getattr(factor, "expressions", ())]
        self.expressions = (*asked, *self._adjustments.expressions)
        fields = [path for factor in self.factors for path in factor.reads]
        fields += [path for expression in self.expressions for path in expression.fields()]
        tier = () if floor is None or floor.of == _OWN_TIER else (floor.of,)
        self.reads = frozenset([*fields, *_SINCE, *tier])

    def decide(self, facts: Any, *, now: datetime) -> PriorityDecision:
        """Return the priority for these facts at `now`, with score, reasons and place in the line.

        Steps: each factor contributes; what is never the sole ground counts only beside others; the sum
        reaches a level; overrides, floors and caps adjust it; the place counts from ``case.opened_at``, else
        ``contact.at``, else `now`. An adjusted priority takes its place at the edge of its own level: not
        behind it, not before it. It is provisional when something missing could change level or place. A fact
        that cannot be read or is of a wrong kind costs only what depends on it: the decision is provisional
        then, and `errors` says so. Raises NaiveDatetime for a `now` or an opening without zone.
        """
        now = utc(now)
        known = self._schema.completed(facts, self.reads, now=now)
        contributions = beside_others(
            self.factors, [asked(factor, known, now=now) for factor in self.factors]
        )
        score = total(item.points for item in contributions)
        by_score = self.levels.reached(score)
        adjusted = self._adjustments.apply(by_score, facts, now=now, calendars=self._calendars)
        known_since, undated = _since(facts)
        since = now if known_since is None else known_since
        lacking = [path for item in contributions for path in item.missing]
        failed = [item.factor for item in contributions if item.error]
        return PriorityDecision(
            priority=adjusted.priority,
            score=score,
            contributions=contributions,
            provisional=bool(failed)
            or adjusted.provisional
            or (bool(lacking) and self._unsure(contributions, adjusted, score, since, now)),
            missing=tuple(dict.fromkeys([*lacking, *adjusted.missing, *([] if known_since else _SINCE[:1])])),
            sort_key=self._sort_key(score, adjusted.priority, since, now),
            by_score=by_score,
            override=adjusted.override,
            floors=adjusted.floors,
            caps=adjusted.caps,
            errors=(*failed, *undated, *adjusted.errors),
            faults=(*undated.values(), *adjusted.faults),
            policy_version=self.version,
            next_change_at=self.order.next_change_at(adjusted.priority, since, now=now),
        )

    def _unsure(
        self,
        contributions: Sequence[Contribution],
        adjusted: Adjusted,
        score: Points,
        since: datetime,
        now: datetime,
    ) -> bool:
        """Whether what is missing could change the level or the place; both only rise with the score."""
        ranges = [item.range for item in contributions]
        if None in ranges:
            return True
        ends = [total(end) for end in zip(*filter(None, ranges), strict=True)]
        levels = [(end, adjusted.at(self.levels.reached(end))) for end in (score, *ends)]
        outcomes = {
            (level.priority, self._sort_key(end, level.priority, since, now)) for end, level in levels
        }
        return len(outcomes) > 1 or any(level.provisional for _, level in levels)

    def _sort_key(self, score: Points, priority: str, since: datetime, now: datetime) -> int:
        order = self.order
        if isinstance(order.ageing, StepAgeing):
            return order.level_key(priority, since, now=now)
        least, above = self.levels.band(priority)
        key = order.key(score, since, tier=priority)
        if least is not None and score < least:
            return order.key(least, since, tier=priority)
        if above is not None and score >= above:
            return order.key(above, since, tier=priority) + 1
        return key

    def place(self, priority: str, sort_key: int, *, since: datetime, now: datetime) -> int:
        """Return where a waiting case of this priority and `sort_key` stands at `now`; smaller goes first.

        `since` is its opening. Without ageing and with `Ageing.linear` that is the sort key itself.
        """
        if isinstance(self.order.ageing, StepAgeing):
            return self.order.level_key(priority, utc(since, name="since"), now=utc(now))
        return self.order.place(sort_key, tier=priority, now=now)

    def moved(self, priority: str, sort_key: int | None, *, since: datetime, now: datetime) -> int:
        """Return the sort key of a case whose priority was set otherwise: at the edge of that level."""
        since = utc(since, name="since")
        least, above = self.levels.band(priority)
        if isinstance(self.order.ageing, StepAgeing):
            return self.order.level_key(priority, since, now=utc(now))
        last = self.order.key(self.levels.least[-1] if least is None else least, since, tier=priority)
        if sort_key is None or isinstance(self.order.ageing, RateAgeing):
            return last
        first = sort_key if above is None else self.order.key(above, since, tier=priority) + 1
        behind = sort_key if least is None else last
        return min(max(sort_key, first), behind)

    def in_floor(self, facts: Any) -> bool:
        """Whether a case with these facts is of the tier that the floor of service guards."""
        floor = self.order.floor
        return floor is not None and fact_at(facts, floor.of) == floor.tier

    def bound(
        self,
        *,
        arrivals_per_hour: Any,
        picks_per_hour: Any,
        burst: int | None = None,
        tier: str | None = None,
    ) -> Bound:
        """Return the worst wait in this policy's line, as `QueueOrder.bound` does.

        By how many points others can be ahead is known when all factors say the most and the least that they
        give (`extent`), as the shipped ones do.
        """
        return self.order.bound(
            arrivals_per_hour=arrivals_per_hour,
            picks_per_hour=picks_per_hour,
            burst=burst,
            spread=self._spread(),
            tier=tier,
        )

    def _spread(self) -> Points | None:
        extents = [getattr(factor, "extent", None) for factor in self.factors]
        if None in extents:
            return None
        least, most = (total(end) for end in zip((0, 0), *filter(None, extents), strict=True))
        return total([max(most, *self.levels.least), -min(least, *self.levels.least)])

    @classmethod
    def from_dict(
        cls,
        section: Any,
        *,
        keywords: Mapping[str, KeywordSet] | None = None,
        schema: Schema | None = None,
        calendars: Mapping[str, Any] | None = None,
        factors: Mapping[str, Callable[[Any], Factor]] | None = None,
        version: str | None = None,
    ) -> PriorityPolicy:
        """Read the ``priority`` section of a policy document; raises PolicyError with all its faults.

        `keywords` and `calendars` are the document's, by name; `factors` maps the names of further factors to
        functions that build one from its part of the document.

        >>> section = {"levels": {"high": "30", "normal": "0"}, "factors": [{"open_case": "25"}]}
        >>> PriorityPolicy.from_dict(section).levels.names
        ('high', 'normal')
        """
        from supportkit.priority.document import read_policy  # noqa: PLC0415 -- document builds policies

        return read_policy(
            section,
            keywords=keywords or {},
            schema=schema,
            calendars=calendars or {},
            factors=factors or {},
            version=version,
        )


def _since(facts: Any) -> tuple[datetime | None, dict[str, str]]:
    """Return the instant from which waiting counts, and by path what could not be read meanwhile."""
    faults: dict[str, str] = {}
    for path in _SINCE:
        try:
            at = fact_at(facts, path)
        except Exception as error:  # noqa: BLE001 - what a host's facts raise is a part of the decision
            faults[path] = f"{path}: {told(error)}"
            continue
        if at is not None:
            return at, faults
    return None, faults
