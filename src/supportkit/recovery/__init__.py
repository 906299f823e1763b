"""Making it good: what a complaint deserves, who may give it, what the law wants, how the answer reads.

`ladder` proposes, `catalogue` holds what there is to give, `authority` says who may give how much and
`goodwill` how often; `statutory_dates` and `entitlements` are rules of law as data; `reply_check` reads a
reply by its `reply_rules` and `reply_words`; `remedy_policy` holds all that together. `complaint` and
`incidents` are what a log tells of both. `hand_off` makes the `packet` from a case's log so that nothing is
asked twice.
"""

from supportkit.recovery.authority import SCOPES, Authorisation, IncidentTerms, Limits, authorise
from supportkit.recovery.catalogue import COMPENSATIONS, KINDS, RemedyOption
from supportkit.recovery.complaint import Apology, Complaint, Look, ProposedRemedy, complaint_of
from supportkit.recovery.entitlements import SCHEMES, Entitlement, Scheme, entitlement
from supportkit.recovery.given import GivenRemedy, given_remedies
from supportkit.recovery.goodwill import GoodwillDecision, GoodwillRule
from supportkit.recovery.hand_off import hand_off
from supportkit.recovery.incidents import Incident, declared_incidents
from supportkit.recovery.ladder import Assessment, Proposal, propose
from supportkit.recovery.packet import Packet
from supportkit.recovery.remedy_policy import RemedyPolicy
from supportkit.recovery.reply_check import ReplyCheck, ReplyFinding, check_reply
from supportkit.recovery.reply_rules import REPLY_CHECKS, EarlierReply, ReplyRules
from supportkit.recovery.reply_words import REPLY_WORDS, ReplyWords
from supportkit.recovery.statutory_dates import STATUTORY_RULES, StatutoryRule, statutory_date

__all__ = [
    "COMPENSATIONS",
    "KINDS",
    "REPLY_CHECKS",
    "REPLY_WORDS",
    "SCHEMES",
    "SCOPES",
    "STATUTORY_RULES",
    "Apology",
    "Assessment",
    "Authorisation",
    "Complaint",
    "EarlierReply",
    "Entitlement",
    "GivenRemedy",
    "GoodwillDecision",
    "GoodwillRule",
    "Incident",
    "IncidentTerms",
    "Limits",
    "Look",
    "Packet",
    "Proposal",
    "ProposedRemedy",
    "RemedyOption",
    "RemedyPolicy",
    "ReplyCheck",
    "ReplyFinding",
    "ReplyRules",
    "ReplyWords",
    "Scheme",
    "StatutoryRule",
    "authorise",
    "check_reply",
    "complaint_of",
    "declared_incidents",
    "entitlement",
    "given_remedies",
    "hand_off",
    "propose",
    "statutory_date",
]
