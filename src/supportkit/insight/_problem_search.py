"""One search for common problems: what stands out is tried in turn, what is explained already joins."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from attrs import define, frozen

from supportkit.canonical import derived_id
from supportkit.insight.problem import Problem, ProblemRules
from supportkit.insight.sighting import Sighting, is_specific
from supportkit.insight.tail import tail

__all__ = ["ProblemSearch"]


@frozen
class _Mark:
    """One mark: the cases in the window that bear it, and how unusual that is."""

    name: str
    cases: frozenset[str]
    before: int
    expected: float
    chance: float

    @property
    def order(self) -> tuple[Any, ...]:
        """What names a thing goes first, then the least likely, then the most frequent."""
        return not is_specific(self.name), self.chance, -len(self.cases), self.name


@define
class _Candidate:
    """A candidate while it grows: its leading mark, the names of all its marks, its cases."""

    lead: _Mark
    spike: bool
    names: list[str]
    cases: set[str]


class ProblemSearch:
    """One search over what was seen up to `now`; owned by one call."""

    def __init__(
        self, rules: ProblemRules, seen: Iterable[Sighting], *, now: datetime, since: datetime | None
    ) -> None:
        begin = now - rules.window
        oldest = begin - rules.base if since is None else max(begin - rules.base, since)
        all_ = tuple(seen)
        self.rules = rules
        self.base = begin - oldest
        self.now = {each.case: each for each in all_ if begin < each.at <= now}
        self.before = Counter(mark for each in all_ if oldest < each.at <= begin for mark in each.marks)

    def found(self) -> tuple[Problem, ...]:
        """Try one mark after another; what earlier candidates explain is no candidate of its own."""
        marks = self._marks()
        candidates: list[_Candidate] = []
        for mark in sorted(marks, key=lambda each: each.order):
            if self._stands_out(mark, len(marks)):
                self._place(mark, len(marks), candidates)
        problems = (self._problem(name, each) for name, each in self._by_id(candidates).items())
        return tuple(sorted(problems, key=lambda each: (each.chance, each.id)))

    def _marks(self) -> list[_Mark]:
        """Return all marks that enough cases bear."""
        bearing: Mapping[str, set[str]] = defaultdict(set)
        for sighting in self.now.values():
            for mark in sighting.marks:
                bearing[mark].add(sighting.case)
        marks = (self._mark(name, frozenset(cases)) for name, cases in bearing.items())
        return [mark for mark in marks if mark is not None]

    def _mark(self, name: str, cases: frozenset[str]) -> _Mark | None:
        """Return how unusual a mark is on these cases; None for too few cases or customers."""
        rules, before = self.rules, self.before[name]
        if len(cases) < rules.at_least or self._customers(cases) < rules.customers:
            return None
        if self.base <= timedelta(0):
            return _Mark(name, cases, before, 0.0, 1.0)
        chance = tail(len(cases), before, window=rules.window, base=self.base)
        return _Mark(name, cases, before, before * (rules.window / self.base), chance)

    def _customers(self, cases: Iterable[str]) -> int:
        """Count customers; a case of nobody known counts as somebody's own."""
        return len({(self.now[case].customer, None if self.now[case].customer else case) for case in cases})

    def _is_spike(self, mark: _Mark, tried: int) -> bool:
        return mark.chance <= self.rules.significance / tried

    def _stands_out(self, mark: _Mark, tried: int) -> bool:
        often = is_specific(mark.name) and len(mark.cases) >= self.rules.recurring
        return often or self._is_spike(mark, tried)

    def _place(self, mark: _Mark, tried: int, candidates: list[_Candidate]) -> None:
        """Make a mark a candidate by the cases that no other holds, else let it join the one it is most of.

        Where it brings most of its cases along, the others come with it.
        """
        rest = mark.cases.difference(*(each.cases for each in candidates))
        alone = self._mark(mark.name, rest)
        if alone is not None and self._stands_out(alone, tried):
            candidates.append(_Candidate(alone, self._is_spike(alone, tried), [mark.name], set(alone.cases)))
            return
        nearest = max(candidates, key=lambda each: len(each.cases & mark.cases))
        if len(nearest.cases & mark.cases) >= self.rules.overlap * len(mark.cases):
            nearest.cases |= rest
        nearest.names.append(mark.name)

    def _by_id(self, candidates: Iterable[_Candidate]) -> dict[str, _Candidate]:
        """Return the candidates by id; those whose cases are linked to one problem already are one."""
        found: dict[str, _Candidate] = {}
        for each in candidates:
            first = found.setdefault(self._known(each) or derived_id("problem", each.lead.name), each)
            if first is not each:
                first.names += each.names
                first.cases |= each.cases
        return found

    def _known(self, candidate: _Candidate) -> str | None:
        """Return the problem that most of its cases are linked to."""
        linked = Counter(problem for case in candidate.cases if (problem := self.now[case].known) is not None)
        return min(linked, key=lambda name: (-linked[name], name), default=None)

    def _problem(self, id: str, found: _Candidate) -> Problem:
        seen = sorted((self.now[case] for case in found.cases), key=lambda each: (each.at, each.case))
        return Problem(
            id=id,
            kind="spike" if found.spike else "recurring",
            marks=tuple(found.names),
            cases=tuple(each.case for each in seen),
            customers=self._customers(found.cases),
            before=found.lead.before,
            expected=found.lead.expected,
            chance=found.lead.chance,
            first_at=seen[0].at,
            last_at=seen[-1].at,
            known=any(each.known == id for each in seen),
        )
