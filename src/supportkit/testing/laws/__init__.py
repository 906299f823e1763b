"""The laws that a policy should keep whatever happens, as checks for your test suite.

`of(policy)` lists those that apply. A `Law` is checked with generated facts, contacts and histories;
`LawBroken` shows the smallest counterexample, as an example of the policy where it can be one, `LawVacuous`
says that the law was never put to the test. One module for each subject (`decisions`, `priority`, `routing`,
`sla`, `escalation`, `acknowledgement`, `desk`) holds its `LAWS`. `of_calendar(calendar)` lists those of
business time, `of_rules(rule_set)` those of a rule set; they are checked with it instead of a policy.
"""

from supportkit.testing.laws.calendars import of_calendar
from supportkit.testing.laws.law import Counterexample, Law, LawBroken, LawVacuous
from supportkit.testing.laws.listing import of
from supportkit.testing.laws.rules import of_rules

__all__ = ["Counterexample", "Law", "LawBroken", "LawVacuous", "of", "of_calendar", "of_rules"]
