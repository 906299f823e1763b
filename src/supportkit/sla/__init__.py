"""Service levels: by when we owe an answer, an update, a solution, what we promised, and whether we kept it.

- `SlaPolicy`: metrics with their targets; ``evaluate`` a log, or ``start / apply / report`` event by event,
  ``events`` and ``deadlines`` for a desk
- `Metric`, `Target`, `BUILT_IN`, `SIGNALS`: what is measured, how it lives, and how long it may take;
  `parse_within` reads amounts, `fact_of` tells where one comes from a fact
- `SlaReport`, `Clock`, `Change`: what an evaluation says, with a ledger of every span and a schedule
- `diff`, `Difference`: which cases another policy or calendar would judge otherwise
- `SlaState`: what the engine remembers of a case
- `default_sla`: the targets that hold when a policy has none
"""

from supportkit.sla.clock import Clock
from supportkit.sla.defaults import default_sla
from supportkit.sla.difference import Difference, diff
from supportkit.sla.metric import BUILT_IN, SIGNALS, Metric
from supportkit.sla.policy import SlaPolicy
from supportkit.sla.report import Change, SlaReport
from supportkit.sla.state import SlaState
from supportkit.sla.target import Target
from supportkit.sla.within import Within, fact_of, parse_within

__all__ = [
    "BUILT_IN",
    "SIGNALS",
    "Change",
    "Clock",
    "Difference",
    "Metric",
    "SlaPolicy",
    "SlaReport",
    "SlaState",
    "Target",
    "Within",
    "default_sla",
    "diff",
    "fact_of",
    "parse_within",
]
