"""How urgent a case is, and where it stands in the waiting line.

`policy` decides, `factor` says what a factor is; `keyword_factor`, `spend_factor`, `open_case_factor`,
`channel_factor`, `label_factor`, `matrix_factor`, `rules_factor` and `sentiment_factor` are the shipped ones.
`levels` turn points into priorities, `adjustments` are overrides, floors and caps, `decision` is the answer
with its reasons. `ageing` and `queue_order` order a line, `bound` is the worst wait in it. `matrix` is impact
times urgency, `spend_tier` names a tier, `bands` scores by rank. `document` reads the section of a policy
document.
"""

from supportkit.priority.adjustments import Adjustment
from supportkit.priority.ageing import Ageing, LinearAgeing
from supportkit.priority.bands import band_scores
from supportkit.priority.bound import Bound
from supportkit.priority.channel_factor import ChannelFactor, ReachFactor
from supportkit.priority.decision import PriorityDecision, PriorityExplanation
from supportkit.priority.factor import Contribution, Factor, fact_at
from supportkit.priority.keyword_factor import KeywordFactor
from supportkit.priority.label_factor import LabelFactor
from supportkit.priority.levels import Levels
from supportkit.priority.matrix import Matrix, MatrixDecision
from supportkit.priority.matrix_factor import MatrixFactor
from supportkit.priority.open_case_factor import OpenCaseFactor
from supportkit.priority.policy import PriorityPolicy
from supportkit.priority.queue_order import Floor, QueueItem, QueueOrder
from supportkit.priority.rules_factor import RulesFactor
from supportkit.priority.sentiment_factor import SentimentFactor
from supportkit.priority.spend_factor import SPEND_FIELDS, SpendFactor
from supportkit.priority.spend_tier import spend_tier

__all__ = [
    "SPEND_FIELDS",
    "Adjustment",
    "Ageing",
    "Bound",
    "ChannelFactor",
    "Contribution",
    "Factor",
    "Floor",
    "KeywordFactor",
    "LabelFactor",
    "Levels",
    "LinearAgeing",
    "Matrix",
    "MatrixDecision",
    "MatrixFactor",
    "OpenCaseFactor",
    "PriorityDecision",
    "PriorityExplanation",
    "PriorityPolicy",
    "QueueItem",
    "QueueOrder",
    "ReachFactor",
    "RulesFactor",
    "SentimentFactor",
    "SpendFactor",
    "band_scores",
    "fact_at",
    "spend_tier",
]
