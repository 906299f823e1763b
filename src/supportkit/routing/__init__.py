"""Who gets it: routes, hard filters, ranking, in both directions.

`policy` decides, `item` is what waits, `route` chooses queue and skills, `demand` says what stands between an
item and an agent, `capacity` what an agent can carry, `rank` who is best, `decision` the answer with its
reasons. `step` describes relaxation. `document` reads the section of a policy document.
"""

from supportkit.routing.decision import Pick, RoutingDecision, RoutingExplanation
from supportkit.routing.demand import BARRIERS
from supportkit.routing.item import Item, Skill
from supportkit.routing.policy import RoutingPolicy
from supportkit.routing.rank import RANK_WORDS, Strategy
from supportkit.routing.route import Route
from supportkit.routing.step import Step

__all__ = [
    "BARRIERS",
    "RANK_WORDS",
    "Item",
    "Pick",
    "Route",
    "RoutingDecision",
    "RoutingExplanation",
    "RoutingPolicy",
    "Skill",
    "Step",
    "Strategy",
]
