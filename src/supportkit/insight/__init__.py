"""Learning from what happened: measures, common problems, what to tell whom, whom to ask.

`reading` makes the `record` of one case; `figures` are what measures come to, `definitions` say what is
measured, `measures` makes the report by its `terms`; `made_good` tells whether a complaint was. `sighting`
says what makes matters similar, `problems` finds common ones (each a `problem`) by their `tail`. `gaps` lists
wanted articles, `report` is for product development, `floor` holds waits against a benchmark, `repeat` joins
purchases. `bulletins` say what agents must know, `audience` whom to tell, `quiet` when not, `feedback` whom
to ask when, `asking` with which words, `suggestions` what else would help. `learning` is what a policy says
of all this.
"""

from supportkit.insight.asking import ASKING, AskTemplate
from supportkit.insight.audience import ATTRIBUTES, Addressee, audience, is_affected, reachable_point
from supportkit.insight.bulletins import Bulletin, Stale, bulletins, stale_messages
from supportkit.insight.definitions import DEFINITIONS, Definition
from supportkit.insight.feedback import (
    FeedbackItem,
    FeedbackRules,
    MayAsk,
    feedback_items,
    may_ask,
    may_ask_referral,
)
from supportkit.insight.figures import Durations, Figure, Ratio, Spread
from supportkit.insight.floor import Floor, service_floor
from supportkit.insight.gaps import Gap, knowledge_gaps
from supportkit.insight.learning import Benchmark, LearningPolicy
from supportkit.insight.made_good import made_good
from supportkit.insight.measures import Measures, Row, measured, measures, measures_by
from supportkit.insight.problem import Problem, ProblemRules
from supportkit.insight.problems import ProblemWatch, problems
from supportkit.insight.quiet import quiet_until
from supportkit.insight.reading import read_record, records
from supportkit.insight.record import Record
from supportkit.insight.repeat import OUTCOMES, Repeat, repeat_purchases
from supportkit.insight.report import ProductLine, ProductReport, product_report
from supportkit.insight.sighting import STOP_WORDS, Sighting
from supportkit.insight.suggestions import Suggestion, Tip, suggest
from supportkit.insight.tail import tail
from supportkit.insight.terms import Terms

__all__ = [
    "ASKING",
    "ATTRIBUTES",
    "DEFINITIONS",
    "OUTCOMES",
    "STOP_WORDS",
    "Addressee",
    "AskTemplate",
    "Benchmark",
    "Bulletin",
    "Definition",
    "Durations",
    "FeedbackItem",
    "FeedbackRules",
    "Figure",
    "Floor",
    "Gap",
    "LearningPolicy",
    "MayAsk",
    "Measures",
    "Problem",
    "ProblemRules",
    "ProblemWatch",
    "ProductLine",
    "ProductReport",
    "Ratio",
    "Record",
    "Repeat",
    "Row",
    "Sighting",
    "Spread",
    "Stale",
    "Suggestion",
    "Terms",
    "Tip",
    "audience",
    "bulletins",
    "feedback_items",
    "is_affected",
    "knowledge_gaps",
    "made_good",
    "may_ask",
    "may_ask_referral",
    "measured",
    "measures",
    "measures_by",
    "problems",
    "product_report",
    "quiet_until",
    "reachable_point",
    "read_record",
    "records",
    "repeat_purchases",
    "service_floor",
    "stale_messages",
    "suggest",
    "tail",
]
