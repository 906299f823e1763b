"""What product development should know: which matters came, how often, of whom, at what cost, the trend."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from attrs import asdict, field, frozen

from supportkit.canonical import to_plain
from supportkit.cases import Event, utc
from supportkit.errors import InvalidValue
from supportkit.insight.reading import records
from supportkit.insight.record import Record
from supportkit.insight.terms import Terms

__all__ = ["ProductLine", "ProductReport", "product_report"]


@frozen(kw_only=True)
class ProductLine:
    """One matter of one product: its cases in the period and in the one before, customers, cost and value.

    `before` counts the cases of as long a time before. `cost` is what was given to make it good, by currency;
    `value` what its customers spend, None when nobody said. `examples` are the latest cases, `answer_back`
    the customers who are owed word of what came of it, by id.
    """

    product: str
    topic: str
    cases: int
    before: int
    customers: int
    cost: Mapping[str, Decimal] = field(factory=dict)
    value: Decimal | None = None
    examples: tuple[str, ...] = ()
    answer_back: tuple[str, ...] = ()

    @property
    def trend(self) -> float | None:
        """The cases of this period by those of as long a time before; None when there were none."""
        return self.cases / self.before if self.before else None


@frozen(kw_only=True)
class ProductReport:
    """The lines of a period, the most frequent first."""

    since: datetime
    until: datetime
    lines: tuple[ProductLine, ...] = ()

    def to_table(self) -> str:
        """Return the lines as plain text."""
        head = ("product", "topic", "cases", "before", "customers", "cost", "examples")
        rows = [head, *map(_cells, self.lines)]
        wide = [max(len(row[column]) for row in rows) for column in range(len(head))]
        return "\n".join(_padded(row, wide) for row in rows)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as canonical JSON's plain types."""
        plain: dict[str, Any] = to_plain({
            "since": self.since, "until": self.until, "lines": [asdict(line) for line in self.lines],
        })  # fmt: skip
        return plain


def _padded(row: tuple[str, ...], wide: list[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(row, wide, strict=True)).rstrip()


def _cells(line: ProductLine) -> tuple[str, ...]:
    cost = ", ".join(f"{amount} {currency}" for currency, amount in sorted(line.cost.items())) or "-"
    counts = map(str, (line.cases, line.before, line.customers))
    return (line.product, line.topic, *counts, cost, ", ".join(line.examples))


def product_report(
    logs: Iterable[Iterable[Event]],
    *,
    since: datetime,
    until: datetime,
    spend: Mapping[str, Decimal] | None = None,
    examples: int = 3,
) -> ProductReport:
    """Report the cases opened in [since, until) by product and topic, reproducible from the log.

    The topic is the problem a case is linked to, else its reason code, category or kind. `spend` is what each
    customer spends, in one currency. Merged cases count with the one that took them over. Nothing after
    `until` is read. Raises InvalidValue for a period that is none.

    >>> from datetime import UTC, timedelta
    >>> from supportkit.cases import Log
    >>> day = datetime(2026, 7, 1, tzinfo=UTC)
    >>> log = Log("17").opened(at=day, product="modem", customer="jo").add(
    ...     "case.classified", at=day, category="line")
    >>> print(product_report([log], since=day, until=day + timedelta(days=7)).to_table())
    product  topic  cases  before  customers  cost  examples
    modem    line   1      0       1          -     17
    """
    terms = Terms(since=since, until=until)
    if utc(since) == utc(until):
        raise InvalidValue(f"since={since} and until={until} are one instant; a period has a length")
    length = utc(until) - utc(since)
    found: dict[tuple[str, str], list[Record]] = defaultdict(list)
    before: Counter[tuple[str, str]] = Counter()
    for record in records(logs, until=terms.until):
        opened, topic = record.case.opened_at, (record.case.product or "unknown", record.topic)
        if record.case.status == "merged" or opened is None:
            continue
        if terms.covers(opened):
            found[topic].append(record)
        elif opened >= utc(since) - length:
            before[topic] += 1
    lines = [_line(topic, found[topic], before[topic], spend, examples) for topic in found]
    ordered = sorted(lines, key=lambda line: (-line.cases, line.product, line.topic))
    return ProductReport(since=utc(since), until=utc(until), lines=tuple(ordered))


def _line(
    topic: tuple[str, str],
    found: list[Record],
    before: int,
    spend: Mapping[str, Decimal] | None,
    examples: int,
) -> ProductLine:
    customers = sorted({record.case.customer for record in found if record.case.customer is not None})
    cost: dict[str, Decimal] = defaultdict(Decimal)
    for record in found:
        for remedy in record.remedies:
            if remedy.amount is not None and remedy.currency is not None:
                cost[remedy.currency] += remedy.amount
    latest = sorted(found, key=lambda record: (record.case.opened_at, record.case.id), reverse=True)
    unknown = sum(record.case.customer is None for record in found)
    return ProductLine(
        product=topic[0], topic=topic[1], cases=len(found), before=before,
        customers=len(customers) + unknown, cost=dict(cost),
        value=None if spend is None else sum((spend.get(each, Decimal()) for each in customers), Decimal()),
        examples=tuple(record.case.id for record in latest[:examples]), answer_back=tuple(customers),
    )  # fmt: skip
