"""How urgent a case is: factors give points, points give a priority and a place in the line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from supportkit.cases import utc
from supportkit.errors import InvalidValue
from supportkit.priority._asking import asked, told
from supportkit.priority.adjustments import Adjustments
from supportkit.priority.ageing import Ageing, StepAgeing
from supportkit.priority.decision import PriorityDecision
from supportkit.priority.factor import Factor, fact_at
from supportkit.priority.levels import Levels
from supportkit.priority.points import Points, total
from supportkit.priority.queue_order import Floor, QueueOrder
from supportkit.rules import KeywordSet, Schema

__all__ = ["PriorityPolicy"]

_SINCE = ("case.opened_at", "contact.at")
_Lines = Sequence[Mapping[str, Any]]


class PriorityPolicy:
    """Decides how urgent a case is; immutable.

    `factors` add points, `levels` ({name: least points}) turn their sum into a priority, `ageing`
    (`Ageing.linear`) lets waiting count in the order of the line. `overrides`, `floors` and `caps` are lines
    {when, priority, because}: the first override that fits sets the priority, else fitting floors lift it
    to at least theirs, then fitting caps hold it to at most theirs. `schema`, `keywords` and `calendars`
    are what their conditions are checked against and may name. `reads` are the facts that the policy looks
    at, `expressions` the conditions on them, so that texts can be replaced by what was asked of them.

    Raises InvalidValue or PolicyError for what can never be right. `Ageing.steps` and a `Floor` need a line
    that is sorted at each pick: give them to `QueueOrder`; here they are not built yet.

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
        if isinstance(ageing, StepAgeing) or floor is not None:
            raise InvalidValue(
                "Ageing.steps and Floor in a PriorityPolicy are not built yet; use them with QueueOrder.pick",
            )
        self.factors = tuple(factors)
        self.levels = Levels.of(levels)
        self.order = QueueOrder(ageing)
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
        self.reads = frozenset([*fields, *_SINCE])

    def decide(self, facts: Any, *, now: datetime) -> PriorityDecision:
        """Return the priority for these facts at `now`, with score, reasons and place in the line.

        Steps: each factor contributes; the sum reaches a level; overrides, floors and caps adjust it; the
        place counts from ``case.opened_at``, else ``contact.at``, else `now`. An adjusted priority takes its
        place at the edge of its own level: not behind it, not before it. A fact that cannot be read or is of
        a wrong kind costs only what depends on it: the decision is provisional then, and `errors` says so.
        Raises NaiveDatetime for a `now` or an opening without zone.
        """
        now = utc(now)
        known = self._schema.completed(facts, self.reads, now=now)
        contributions = tuple(asked(factor, known, now=now) for factor in self.factors)
        score = total(item.points for item in contributions)
        by_score = self.levels.reached(score)
        adjusted = self._adjustments.apply(by_score, facts, now=now, calendars=self._calendars)
        since, undated = _since(facts)
        lacking = [path for item in contributions for path in item.missing]
        failed = [item.factor for item in contributions if item.error]
        return PriorityDecision(
            priority=adjusted.priority,
            score=score,
            contributions=contributions,
            provisional=bool(lacking or failed) or adjusted.provisional,
            missing=tuple(dict.fromkeys([*lacking, *adjusted.missing, *([] if since else _SINCE[:1])])),
            sort_key=self._sort_key(score, adjusted.priority, now if since is None else since),
            by_score=by_score,
            override=adjusted.override,
            floors=adjusted.floors,
            caps=adjusted.caps,
            errors=(*failed, *undated, *adjusted.errors),
            faults=(*undated.values(), *adjusted.faults),
            policy_version=self.version,
        )

    def _sort_key(self, score: Points, priority: str, since: datetime) -> int:
        least, above = self.levels.band(priority)
        key = self.order.key(score, since)
        if least is not None and score < least:
            return self.order.key(least, since)
        if above is not None and score >= above:
            return self.order.key(above, since) + 1
        return key

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
