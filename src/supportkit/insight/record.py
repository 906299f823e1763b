"""What one case tells when one learns from it, as instants and values."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from attrs import frozen

from supportkit.cases import Case
from supportkit.cases.instants import instant, maybe_instant

__all__ = [
    "Asked",
    "Ended",
    "Given",
    "Record",
    "Solution",
    "Wait",
    "WasGiven",
]

SOLVED = frozenset({"resolved", "closed"})


@frozen(kw_only=True)
class Solution:
    """One time at which the matter was settled: by whom, after how many contacts and changes of hands.

    `automatic` says that no person did it; `article` names the article of the knowledge base that was used.
    """

    at: datetime = instant(kw_only=True)
    by: str | None = None
    automatic: bool = False
    contacts: int = 0
    transfers: int = 0
    article: str | None = None


@frozen(kw_only=True)
class Wait:
    """A time in which the customer waited for a person, [since, until); None while they still wait.

    A `hold` is a wait within a call.
    """

    since: datetime = instant(kw_only=True)
    until: datetime | None = maybe_instant(kw_only=True)
    hold: bool = False


@frozen(kw_only=True)
class Ended:
    """A promise that ended at an instant: kept, broken or superseded; `due` is what was promised."""

    at: datetime = instant(kw_only=True)
    how: str
    due: datetime | None = maybe_instant(kw_only=True)


@frozen(kw_only=True)
class WasGiven:
    """A remedy that the customer has; `ours` says that we chose it, the law owed none of it."""

    at: datetime = instant(kw_only=True)
    kind: str | None = None
    amount: Decimal | None = None
    currency: str | None = None
    ours: bool = True


@frozen(kw_only=True)
class Asked:
    """We asked for feedback, about service or referral."""

    at: datetime = instant(kw_only=True)
    about: str = "service"


@frozen(kw_only=True)
class Given:
    """The customer gave feedback; with `due`, `owner` owes an answer by then."""

    at: datetime = instant(kw_only=True)
    score: int | None = None
    due: datetime | None = maybe_instant(kw_only=True)
    owner: str | None = None
    action: str | None = None


@frozen(kw_only=True)
class Record:
    """One case as measures and reports see it, with what was known of it at the end of what was read.

    `end` is the instant of the last event. `solutions` and `reopened` alternate; `solution` is the one that
    stands. `waits` are over but for the last one. `replies` are the instants of answers by people,
    `told` the incidents that the customer was told of, each with its version (None for a reply, which says
    only the version), `problems` those it was linked to. Instants are UTC.
    """

    case: Case
    end: datetime = instant(kw_only=True)
    solutions: tuple[Solution, ...] = ()
    reopened: tuple[datetime, ...] = ()
    waits: tuple[Wait, ...] = ()
    replies: tuple[datetime, ...] = ()
    promises: tuple[Ended, ...] = ()
    complained_at: datetime | None = maybe_instant(kw_only=True)
    apologies: tuple[datetime, ...] = ()
    verdicts: tuple[tuple[datetime, bool], ...] = ()
    remedies: tuple[WasGiven, ...] = ()
    asked: tuple[Asked, ...] = ()
    given: tuple[Given, ...] = ()
    told: tuple[tuple[str | None, int | None], ...] = ()
    problems: tuple[str, ...] = ()
    articles: tuple[str, ...] = ()

    @property
    def solution(self) -> Solution | None:
        """The solution that stands; None while the case is open, or goes on inside another."""
        return self.solutions[-1] if self.solutions and self.case.status in SOLVED else None

    @property
    def answer_to(self) -> Given | None:
        """The last feedback on the service since the solution that stands, or None."""
        solution = self.solution
        since = [given for given in self.given if solution is not None and given.at >= solution.at]
        return next((given for given in reversed(since) if given.score is not None), None)

    @property
    def topic(self) -> str:
        """What the matter is, as finely as is known: problem, reason code, category, kind, or ``unknown``."""
        case = self.case
        return next(
            (name for name in (*self.problems[:1], case.code, case.category, case.kind) if name), "unknown"
        )
