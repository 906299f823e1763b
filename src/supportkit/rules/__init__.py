"""Conditions and rule sets: one engine for priority, targets, routing and triggers.

conditions   fact (Python), parse (text), from_json (JSON) give an Expression; Truth is what it is worth
fields       Field, Schema; json_schema for rule editors
words        KeywordSet, Phrase, Match
rule sets    Rule, RuleSet, RuleDecision; LiveRuleSet exchanges one in use
analysis     analyse, Finding; compare, Comparison; coverage, Coverage
reasons      Explanation (RuleReason, LeafReason), WhyNot, WhatIf
decisions    DecisionRecord, replay, Replay: a log, and what other rules would make of it
documents    SectionReader: reads part of a policy document and gathers every fault
objects      attribute reads a host's object; Failure stands for a fact that could not be read
erasable     TextLeaf, TextFacts, text_leaves, observe: what conditions said of a text, without the text
"""

from supportkit.rules._values import Failure, attribute
from supportkit.rules.analysis import Comparison, Coverage, Covered, Finding, analyse, compare, coverage
from supportkit.rules.builder import fact
from supportkit.rules.decision import RuleDecision
from supportkit.rules.decision_log import DecisionRecord, Replay, Replayed, replay
from supportkit.rules.emptiness import empty_parts
from supportkit.rules.explanation import Explanation
from supportkit.rules.expression import Expression
from supportkit.rules.json_form import from_json
from supportkit.rules.json_schema import json_schema
from supportkit.rules.keywords import KeywordSet, Match, Phrase
from supportkit.rules.live import LiveRuleSet
from supportkit.rules.nearest_miss import WhyNot
from supportkit.rules.reasons import LeafReason, RuleReason
from supportkit.rules.rule_set import Rule, RuleSet
from supportkit.rules.schema import Field, Schema
from supportkit.rules.section_reader import SectionReader
from supportkit.rules.text import parse
from supportkit.rules.text_facts import TextFacts, TextLeaf, observe, text_leaves
from supportkit.rules.truth import Truth
from supportkit.rules.what_if import WhatIf

__all__ = [
    "Comparison",
    "Coverage",
    "Covered",
    "DecisionRecord",
    "Explanation",
    "Expression",
    "Failure",
    "Field",
    "Finding",
    "KeywordSet",
    "LeafReason",
    "LiveRuleSet",
    "Match",
    "Phrase",
    "Replay",
    "Replayed",
    "Rule",
    "RuleDecision",
    "RuleReason",
    "RuleSet",
    "Schema",
    "SectionReader",
    "TextFacts",
    "TextLeaf",
    "Truth",
    "WhatIf",
    "WhyNot",
    "analyse",
    "attribute",
    "compare",
    "coverage",
    "empty_parts",
    "fact",
    "from_json",
    "json_schema",
    "observe",
    "parse",
    "replay",
    "text_leaves",
]
