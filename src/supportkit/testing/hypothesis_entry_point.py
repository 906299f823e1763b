"""What Hypothesis calls when it is imported: from then on ``st.from_type(Contact)`` gives valid contacts.

Registering costs nothing: neither our types nor their strategies are loaded before one of them is asked for.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["STRATEGIES", "register"]

STRATEGIES: Mapping[str, Mapping[str, str]] = {
    "supportkit.cases": {
        "Agent": "agents",
        "Case": "cases",
        "Contact": "contacts",
        "ContactPoint": "contact_points",
        "Customer": "customers",
        "Deadline": "deadlines",
        "Log": "histories",
        "Promise": "promises",
        "Purchase": "purchases",
    },
    "supportkit.calendars": {"BusinessCalendar": "calendars"},
    "supportkit.policy": {"Policy": "policies"},
    "supportkit.recovery": {"Assessment": "assessments", "GivenRemedy": "given_remedies", "Limits": "limits"},
    "supportkit.rules": {"Expression": "expressions", "RuleSet": "rule_sets"},
}
"""The strategy of each type, by the package that exports the type."""


def register() -> None:
    """Tell Hypothesis how to draw the values of this library."""
    try:
        from hypothesis.strategies._internal.types import _global_extra_lookup  # noqa: PLC0415 - see above
    except ImportError:
        register_now()
    else:
        # Where Hypothesis keeps resolvers of whole packages, to be asked once the package is loaded.
        _global_extra_lookup["supportkit"] = strategy_for


def register_now() -> None:
    """Register each type itself; this loads them all."""
    from hypothesis.strategies import register_type_strategy  # noqa: PLC0415 - Hypothesis is being imported

    for package, names in STRATEGIES.items():
        for name in names:
            register_type_strategy(getattr(import_module(package), name), strategy_for)  # type: ignore[arg-type]


def strategy_for(thing: Any) -> SearchStrategy[Any] | None:
    """Return the strategy of one of our types, None for anything else."""
    name = getattr(thing, "__name__", "")
    for package, names in STRATEGIES.items():
        # A type that exists has been imported, and its package with it.
        if name in names and getattr(sys.modules.get(package), name, None) is thing:
            strategies = import_module("supportkit.testing.strategies")
            return getattr(strategies, names[name])()  # type: ignore[no-any-return]
    return None
