"""Who gets it: routes, hard filters, ranking, in both directions.

`policy` decides, `item` is what waits, `route` chooses queue and skills, `demand` says what stands between an
item and an agent, `capacity` what an agent can carry, `rank` who is best, `decision` the answer with its
reasons. `step` describes relaxation. `document` reads the section of a policy document. `erlang`, `waits` and
`estimates` say how long people wait, `expecting` how long each one of a line, `announcing` what to tell them.
`fairness` measures who was given how much. `batch` assigns many at once, `router` one after the other, in
memory, with offers, presence and time.
"""

from supportkit.routing import erlang, waits
from supportkit.routing.announcing import ANNOUNCEMENTS, Announcement, Calibration, announce
from supportkit.routing.batch import Batch, Greedy, assign_batch
from supportkit.routing.decision import Pick, RoutingDecision, RoutingExplanation
from supportkit.routing.demand import BARRIERS
from supportkit.routing.estimates import Wait, wait_estimate
from supportkit.routing.expecting import ExpectedWait, expected_waits
from supportkit.routing.fairness import Fairness, Share, shares, with_effort
from supportkit.routing.findings import Load, RoutingFinding, findings
from supportkit.routing.item import Item, Skill
from supportkit.routing.offers import Offers
from supportkit.routing.policy import RoutingPolicy
from supportkit.routing.rank import RANK_WORDS, Strategy
from supportkit.routing.route import FollowUp, Route
from supportkit.routing.router import Router
from supportkit.routing.router_state import Changed, Offer, Placed, RouterState
from supportkit.routing.step import Step
from supportkit.routing.wait_terms import WaitTerms

__all__ = [
    "ANNOUNCEMENTS",
    "BARRIERS",
    "RANK_WORDS",
    "Announcement",
    "Batch",
    "Calibration",
    "Changed",
    "ExpectedWait",
    "Fairness",
    "FollowUp",
    "Greedy",
    "Item",
    "Load",
    "Offer",
    "Offers",
    "Pick",
    "Placed",
    "Route",
    "Router",
    "RouterState",
    "RoutingDecision",
    "RoutingExplanation",
    "RoutingFinding",
    "RoutingPolicy",
    "Share",
    "Skill",
    "Step",
    "Strategy",
    "Wait",
    "WaitTerms",
    "announce",
    "assign_batch",
    "erlang",
    "expected_waits",
    "findings",
    "shares",
    "wait_estimate",
    "waits",
    "with_effort",
]
