"""The policy document: one file for everything a desk decides by.

`policy` loads, compiles and versions it; `yaml_text` reads YAML with every scalar as text, `section` and
`sections` read its parts; `facts` knows which facts are read; `binding` reads them from the host's own
objects; `check` runs its examples and looks for lines that never count, `lines` gives its lists as rule sets.
"""

from supportkit.policy.binding import Binding
from supportkit.policy.check import Finding, check
from supportkit.policy.facts import recordable
from supportkit.policy.lines import rule_sets
from supportkit.policy.policy import Policy

__all__ = ["Binding", "Finding", "Policy", "check", "recordable", "rule_sets"]
