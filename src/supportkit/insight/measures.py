"""Measures of a desk, from its log: fixed definitions, one table, figures that add up.

What a measure counts, and out of what, stands in `DEFINITIONS`. A denominator of zero gives no figure, never
a zero. Each unit is dated by one instant and counted when that lies in [since, until); nothing after `until`
is read, so a report says what was known then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from attrs import evolve, field, frozen

from supportkit.canonical import to_plain
from supportkit.cases import Event
from supportkit.errors import InvalidValue, nearest_name
from supportkit.insight.definitions import DEFINITIONS
from supportkit.insight.figures import Figure
from supportkit.insight.reading import records
from supportkit.insight.record import Record
from supportkit.insight.segments import By, segmented
from supportkit.insight.terms import Terms

__all__ = ["Measures", "Row", "measured", "measures", "measures_by"]


@frozen
class Row:
    """One line of a report: name, value (None when there was nothing to measure), how many it is out of."""

    name: str
    value: float | timedelta | None
    of: int
    counts: str

    @property
    def text(self) -> str:
        """The value as people read it."""
        if self.value is None:
            return "-"
        if isinstance(self.value, timedelta):
            return _clock(self.value)
        return f"{self.value:.2f}" if self.name in _NO_SHARES else f"{100 * self.value:.1f} %"


_NO_SHARES = frozenset({"transfers", "remedy_spread", "satisfaction"})


def _clock(value: timedelta) -> str:
    """Write a duration in days, hours and minutes."""
    minutes, seconds = divmod(round(value.total_seconds()), 60)
    parts = ((minutes // 1440, "d"), (minutes // 60 % 24, "h"), (minutes % 60, "min"), (seconds, "s"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 min"


@frozen(kw_only=True)
class Measures:
    """The figures of a period; those of two sets of cases add up to those of both.

    `cases` is how many histories were read. Index it by the name of a measure.
    """

    cases: int = 0
    terms: Terms = field(factory=Terms)
    figures: Mapping[str, Figure] = field(factory=dict, repr=False)

    def __getitem__(self, name: str) -> Any:
        if name in self.figures:
            return self.figures[name]
        near = nearest_name(name, self.figures)
        hint = f"did you mean {near!r}?" if near else f"there are {', '.join(self.figures)}"
        raise InvalidValue(f"there is no measure {name!r}; {hint}")

    def __add__(self, other: Measures) -> Measures:
        if self.terms != other.terms:
            raise InvalidValue("measures of different periods or terms do not add up; measure both alike")
        added = {each.name: each.figure.total((self[each.name], other[each.name])) for each in DEFINITIONS}
        return evolve(self, cases=self.cases + other.cases, figures=added)

    def rows(self) -> tuple[Row, ...]:
        """Return one row for each measure, in the order of `DEFINITIONS`."""
        return tuple(
            Row(each.name, self.figures[each.name].value, self.figures[each.name].of, each.counts)
            for each in DEFINITIONS
        )

    def to_table(self) -> str:
        """Return the rows as plain text, one line each."""
        rows = self.rows()
        wide, value = max(len(row.name) for row in rows), max(len(row.text) for row in rows)
        lines = (f"{row.name:<{wide}}  {row.text:>{value}}  of {row.of:>6}  {row.counts}" for row in rows)
        return "\n".join((f"{self.cases} cases", *lines))

    def to_dict(self) -> dict[str, Any]:
        """Return value and number of each measure as canonical JSON's plain types."""
        said = {row.name: {"value": to_plain(row.value), "of": row.of} for row in self.rows()}
        return {"cases": self.cases, **said}


def measures(
    logs: Iterable[Iterable[Event]],
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    early: timedelta = timedelta(0),
    apology_within: timedelta = timedelta(days=1),
    satisfied: int = 4,
) -> Measures:
    """Measure histories of cases by `DEFINITIONS`, each unit counted by its date in [since, until).

    `logs` are Logs, or the events of one case each, in any order. Raises NaiveDatetime for an instant without
    a zone, InvalidValue for a period that ends before it begins.

    >>> from datetime import UTC
    >>> from supportkit.cases import Log
    >>> nine = datetime(2026, 7, 1, 9, tzinfo=UTC)
    >>> ten = nine + timedelta(hours=1)
    >>> solved = Log("17").opened(at=nine).agent_reply(at=ten, by="ann").resolved(at=ten, actor="agent:ann")
    >>> found = measures([solved, Log("18").opened(at=nine)])
    >>> found["right_first_time"].value, found["first_answer"].value, found["promises_kept"].value
    (1.0, datetime.timedelta(seconds=3600), None)
    """
    terms = Terms(since=since, until=until, early=early, apology_within=apology_within, satisfied=satisfied)
    return measured(records(logs, until=terms.until), terms)


def measures_by(
    logs: Iterable[Iterable[Event]], *, by: By, terms: Terms | None = None
) -> dict[str, Measures]:
    """Return the measures of each segment, by name; together they are those of all.

    `by` makes the segments: a name of what a case says (``team``, ``channel``, ``product``, ...), the segment
    of each customer by id, or a function of the case; what has none is ``unknown``. Raises InvalidValue, with
    the nearest one, for a name that a case does not have.

    >>> from datetime import UTC
    >>> from supportkit.cases import Log
    >>> nine = datetime(2026, 7, 1, 9, tzinfo=UTC)
    >>> logs = [Log(channel).opened(at=nine, channel=channel) for channel in ("phone", "email")]
    >>> [(name, found["unanswered"].of) for name, found in measures_by(logs, by="channel").items()]
    [('email', 1), ('phone', 1)]
    """
    terms = Terms() if terms is None else terms
    segment, parts = segmented(by), defaultdict[str, list[Record]](list)
    for record in records(logs, until=terms.until):
        parts[segment(record.case)].append(record)
    return {name: measured(found, terms) for name, found in sorted(parts.items())}


def measured(found: Iterable[Record], terms: Terms) -> Measures:
    """Return the measures of records that were read up to the end of the period."""
    read = tuple(found)
    figures = {
        each.name: each.figure.total([each.measure(record, terms) for record in read]) for each in DEFINITIONS
    }
    return Measures(cases=len(read), terms=terms, figures=figures)
