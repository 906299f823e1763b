"""Service levels: by when we owe an answer, an update, a solution, what we promised, and whether we kept it.

- `SlaPolicy`: metrics with their targets; ``evaluate`` a log, or ``start / apply / report`` event by event,
  ``events`` and ``deadlines`` for a desk
- `Metric`, `Target`, `BUILT_IN`: what is measured, and how long it may take; `parse_within` reads amounts
- `SlaReport`, `Clock`: what an evaluation says, with a ledger of every span
- `SlaState`: what the engine remembers of a case
- `default_sla`: the targets that hold when a policy has none
"""

from supportkit.sla.clock import Clock
from supportkit.sla.defaults import default_sla
from supportkit.sla.metric import BUILT_IN, Metric
from supportkit.sla.policy import SlaPolicy
from supportkit.sla.report import SlaReport
from supportkit.sla.state import SlaState
from supportkit.sla.target import Target
from supportkit.sla.within import Within, parse_within

__all__ = [
    "BUILT_IN",
    "Clock",
    "Metric",
    "SlaPolicy",
    "SlaReport",
    "SlaState",
    "Target",
    "Within",
    "default_sla",
    "parse_within",
]
