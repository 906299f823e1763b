"""What each measure counts, out of what, and by which instant a unit belongs to a period.

Everything here is fixed: a figure of last year and one of this year mean the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import field, frozen

from supportkit.insight import _measuring as one
from supportkit.insight.figures import Durations, Figure, Ratio, Spread
from supportkit.insight.record import Record
from supportkit.insight.terms import Terms

__all__ = ["DEFINITIONS", "Definition"]

Measure = Callable[[Record, Terms], Any]


@frozen
class Definition:
    """What a measure counts and out of what; `dated` is the instant by which a unit belongs to a period.

    `measure` gives what one case adds, a value of the class `figure`.
    """

    name: str
    figure: type[Figure]
    measure: Measure = field(repr=False)
    counts: str
    out_of: str
    dated: str
    requirement: str = "R87"


_ENDED = {"out_of": "promises kept or broken", "dated": "its end"}
_SOLVED = {"out_of": "cases that stand solved", "dated": "the solution"}

DEFINITIONS: tuple[Definition, ...] = (
    Definition("promises_kept", Ratio, one.kept, "promises kept in time", **_ENDED),
    Definition(
        "promises_kept_early",
        Ratio,
        one.kept_early,
        "promises kept more than `early` before their time",
        **_ENDED,
        requirement="R37",
    ),
    Definition(
        "promises_beaten_by",
        Durations,
        one.beaten_by,
        "time between keeping and the promised time",
        out_of="promises kept early",
        dated="when it was kept",
        requirement="R37",
    ),
    Definition("promises_broken", Ratio, one.broken, "promises whose time passed in silence", **_ENDED),
    Definition(
        "promises_superseded",
        Ratio,
        one.superseded,
        "promises that a later one replaced",
        out_of="promises kept, broken or replaced",
        dated="when it ended",
    ),
    Definition(
        "first_answer",
        Durations,
        one.first_answer,
        "time from the opening to the first answer by a person",
        out_of="cases opened by the customer that got an answer",
        dated="the first answer",
    ),
    Definition(
        "unanswered",
        Ratio,
        one.unanswered,
        "cases without any answer by a person",
        out_of="cases opened by the customer",
        dated="the opening",
    ),
    Definition(
        "waiting",
        Durations,
        one.waiting,
        "time from the oldest unanswered message to a person's answer or the solution; time on hold",
        out_of="waits that are over, and holds within calls",
        dated="the end of the wait",
        requirement="R97",
    ),
    Definition(
        "time_to_solution",
        Durations,
        one.time_to_solution,
        "time from the opening to the solution",
        **_SOLVED,
    ),
    Definition(
        "right_first_time",
        Ratio,
        one.right_first_time,
        "cases that did not change hands before it",
        **_SOLVED,
        requirement="R15",
    ),
    Definition(
        "solved_at_first_contact",
        Ratio,
        one.at_first_contact,
        "cases with one contact by the customer, no change of hands, no reopening",
        out_of="cases opened by the customer that stand solved",
        dated="the solution",
    ),
    Definition("transfers", Ratio, one.transfers, "changes of hands before it", **_SOLVED, requirement="R1"),
    Definition(
        "reopened",
        Ratio,
        one.reopened,
        "cases that were opened again",
        out_of="cases that were ever solved",
        dated="the first solution",
    ),
    Definition(
        "time_to_apology",
        Durations,
        one.time_to_apology,
        "time from the complaint to the first apology",
        out_of="complaints with an apology",
        dated="the apology",
    ),
    Definition(
        "apologised_in_time",
        Ratio,
        one.apologised,
        "complaints with an apology within `apology_within`",
        out_of="complaints that got an apology, are over, or whose time has passed",
        dated="the complaint",
    ),
    Definition(
        "recovered",
        Ratio,
        one.recovered,
        "complaints whose customer was satisfied with the solution",
        out_of="complaints whose customer told, or that had to be opened again and are unsolved since",
        dated="the complaint",
        requirement="R25",
    ),
    Definition(
        "recovery_unknown",
        Ratio,
        one.recovery_unknown,
        "complaints that stand solved, of which nobody knows whether they were made good",
        out_of="complaints that stand solved",
        dated="the complaint",
        requirement="R25",
    ),
    Definition(
        "rejections_reversed",
        Ratio,
        one.overturned,
        "complaints found genuine after all",
        out_of="complaints that were found not genuine at some time",
        dated="the first rejection",
        requirement="R91",
    ),
    Definition(
        "remedy_spread",
        Spread,
        one.spread,
        "highest by lowest sum that we chose to give in like cases (same topic and currency)",
        out_of="topics with two or more cases with remedies of value; what the law owes is none",
        dated="when it was given",
    ),
    Definition(
        "feedback_answered",
        Ratio,
        one.answered,
        "requests for feedback that were answered",
        out_of="requests for feedback on the service",
        dated="the request",
        requirement="R26",
    ),
    Definition(
        "satisfaction",
        Ratio,
        one.satisfaction,
        "sum of the scores",
        out_of="scores that customers gave",
        dated="when it was given",
        requirement="R26",
    ),
)
"""The measures in the order of a report."""
