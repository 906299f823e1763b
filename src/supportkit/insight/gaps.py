"""What the knowledge base lacks: matters that come again and are solved without any article."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from attrs import frozen

from supportkit.cases import Event
from supportkit.cases.instants import instant
from supportkit.errors import InvalidValue
from supportkit.insight.reading import records
from supportkit.insight.record import Record
from supportkit.insight.terms import Terms

__all__ = ["Gap", "knowledge_gaps"]


@frozen(kw_only=True)
class Gap:
    """A wanted article: the topic, the cases that were solved without one, how many customers they are of."""

    topic: str
    cases: tuple[str, ...]
    customers: int
    last_at: datetime = instant(kw_only=True)


def knowledge_gaps(
    logs: Iterable[Iterable[Event]],
    *,
    at_least: int = 3,
    since: datetime | None = None,
    until: datetime | None = None,
) -> tuple[Gap, ...]:
    """Return the topics of which `at_least` cases stand solved in [since, until) and none used an article.

    The topic is the problem a case is linked to, else its reason code, category or kind; a case without any
    is left out. The most frequent topic comes first. Raises InvalidValue for `at_least` below 1.

    >>> from datetime import UTC
    >>> from supportkit.cases import Log
    >>> nine = datetime(2026, 7, 1, 9, tzinfo=UTC)
    >>> solved = [Log(name).opened(at=nine).resolved(at=nine, code="reset") for name in ("1", "2", "3")]
    >>> [(gap.topic, gap.cases) for gap in knowledge_gaps(solved)]
    [('reset', ('1', '2', '3'))]
    """
    if at_least < 1:
        raise InvalidValue(f"at_least={at_least} is no number of cases; give 1 or more")
    terms = Terms(since=since, until=until)
    topics: dict[str, list[Record]] = defaultdict(list)
    for record in records(logs, until=terms.until):
        solution = record.solution
        if solution is not None and terms.covers(solution.at) and record.topic != "unknown":
            topics[record.topic].append(record)
    gaps = (_gap(topic, found) for topic, found in topics.items() if len(found) >= at_least)
    return tuple(
        sorted((gap for gap in gaps if gap is not None), key=lambda gap: (-len(gap.cases), gap.topic))
    )


def _gap(topic: str, found: list[Record]) -> Gap | None:
    if any(record.articles for record in found):
        return None
    return Gap(
        topic=topic,
        cases=tuple(sorted(record.case.id for record in found)),
        customers=len({record.case.customer or f"\0{record.case.id}" for record in found}),
        last_at=max(record.solution.at for record in found if record.solution is not None),
    )
