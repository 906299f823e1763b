"""How a desk learns: what reports take for granted, when matters are a problem, whom it asks and tells."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

from attrs import field, frozen

from supportkit.errors import InvalidValue
from supportkit.insight.asking import ASKING, AskTemplate
from supportkit.insight.feedback import FeedbackRules
from supportkit.insight.problem import ProblemRules
from supportkit.insight.segments import checked_segment
from supportkit.insight.suggestions import Tip
from supportkit.insight.terms import Terms
from supportkit.sequences import as_tuple

__all__ = ["Benchmark", "LearningPolicy"]


@frozen(kw_only=True)
class Benchmark:
    """The longest that a customer of each segment should wait for a person.

    `by` is what of a case makes the segments; ``other`` in `longest_wait` is for those not named. Raises
    InvalidValue for segments that cases do not have and for waits that are not above 0.
    """

    by: str = field(validator=lambda _, __, value: checked_segment(value))
    longest_wait: Mapping[str, timedelta]

    def __attrs_post_init__(self) -> None:
        for name, wait in self.longest_wait.items():
            if wait <= timedelta(0):
                raise InvalidValue(f"the longest wait of {name!r}, {wait}, is not above 0")


@frozen(kw_only=True)
class LearningPolicy:
    """Everything a desk decides by when it learns; each part has defaults.

    `early` and `apology_within` are the `Terms` of measures, `articles` how many cases solved without an
    article make one wanted. Outreach waits until a bulletin was seen by all agents whom it is for; `briefed`
    says whether that is ``everybody`` or who is ``present``. `tips` go with answers, `texts` are the words of
    requests.
    """

    early: timedelta = timedelta(0)
    apology_within: timedelta = timedelta(days=1)
    problems: ProblemRules = field(factory=ProblemRules)
    articles: int = 3
    feedback: FeedbackRules = field(factory=FeedbackRules)
    briefed: Literal["everybody", "present"] = "everybody"
    benchmark: Benchmark | None = None
    tips: tuple[Tip, ...] = field(default=(), converter=as_tuple)
    texts: Mapping[str, AskTemplate] = ASKING

    def terms(self, *, since: datetime | None = None, until: datetime | None = None) -> Terms:
        """Return what a report of a period takes for granted."""
        return Terms(
            since=since,
            until=until,
            early=self.early,
            apology_within=self.apology_within,
            satisfied=self.feedback.satisfied,
        )

    def words(self, language: str | None) -> AskTemplate:
        """Return the words in a language, its main language, or English."""
        wanted = (language or "en").lower()
        return self.texts.get(wanted) or self.texts.get(wanted.partition("-")[0]) or self.texts["en"]
