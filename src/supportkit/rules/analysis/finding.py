"""What an analysis found: a code, the rules concerned, and facts that show it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

__all__ = ["Finding"]


@frozen
class Finding:
    """One thing that is wrong with a rule set, or that could not be found out.

    `code` is one of

    - unsatisfiable: no input makes the rule true
    - shadowed: whenever the rule of `rules` is true, one of the earlier rules `by` has been taken already
    - conflict: both rules are true at once, which their hit policy forbids
    - gap: some complete input matches no rule; gap_when_missing: only inputs with a fact missing do
    - negative_on_nullable: a negative test leaves the rule undecided while its fact is missing
    - empty_needle: the rule looks for an empty text
    - unknown_field, type_error, unknown_enum_value, bad_pattern, unsafe_pattern: the rule cannot be read
    - not_analysed: too large, or decided by what only an evaluation can tell

    `witness` holds nested facts for which `RuleSet.decide` shows it, None where nothing can be shown.
    """

    code: str
    rules: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    witness: Mapping[str, Any] | None = field(default=None)
