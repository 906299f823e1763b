"""Common problems: marks that many cases bear now and few did before, joined to one candidate each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from attrs import evolve

from supportkit.cases import Case, utc
from supportkit.insight._problem_search import ProblemSearch
from supportkit.insight.problem import Problem, ProblemRules
from supportkit.insight.sighting import Sighting

__all__ = ["ProblemWatch", "problems"]


def problems(
    cases: Iterable[Case | Sighting],
    *,
    now: datetime,
    rules: ProblemRules | None = None,
    since: datetime | None = None,
) -> tuple[Problem, ...]:
    """Return the common problems that these cases point to, the least likely by chance first.

    The order of the cases does not matter, nor does it matter when the same case is given twice. `since` is
    when recording began: time before it is no time without cases. Cases after `now` are not known yet.

    >>> from datetime import UTC, timedelta
    >>> noon = datetime(2026, 7, 1, 12, tzinfo=UTC)
    >>> seen = [Sighting(f"c{n}", noon - timedelta(hours=n), f"jo{n}", {"error:E-42"}) for n in range(5)]
    >>> print(*problems(seen, now=noon))
    spike: error:E-42: 5 cases of 5 (0.0 to be expected, chance 0.0003)
    """
    watch = ProblemWatch(rules or ProblemRules(), since=since)
    for case in cases:
        watch.add(case)
    return watch.problems(now=now)


class ProblemWatch:
    """Sightings taken in one by one; at any time it finds what a search over all of them would find.

    It holds what `rules` may still ask for; `forget` lets go of what is older. Owned by one thread.
    """

    def __init__(self, rules: ProblemRules | None = None, *, since: datetime | None = None) -> None:
        self.rules = rules or ProblemRules()
        self.since = None if since is None else utc(since, name="since")
        self._seen: dict[str, Sighting] = {}

    def __len__(self) -> int:
        return len(self._seen)

    def add(self, case: Case | Sighting) -> None:
        """Take in a case; seen again, it bears the marks of both times and came when it came first."""
        found = Sighting.of(case) if isinstance(case, Case) else case
        before = self._seen.get(found.case)
        self._seen[found.case] = found if before is None else _joined(before, found)

    def forget(self, *, now: datetime) -> None:
        """Let go of what lies before the base time of `now`."""
        first = utc(now) - self.rules.window - self.rules.base
        self._seen = {case: found for case, found in self._seen.items() if found.at > first}

    def problems(self, *, now: datetime) -> tuple[Problem, ...]:
        """Return the common problems at `now`, the least likely by chance first."""
        return ProblemSearch(self.rules, self._seen.values(), now=utc(now), since=self.since).found()


def _joined(one: Sighting, other: Sighting) -> Sighting:
    customers = [each for each in (one.customer, other.customer) if each is not None]
    known = [each for each in (one.known, other.known) if each is not None]
    return evolve(
        one,
        at=min(one.at, other.at),
        customer=min(customers, default=None),
        marks=one.marks | other.marks,
        known=min(known, default=None),
    )
