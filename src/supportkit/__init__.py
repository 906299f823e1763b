"""supportkit: who is this, how urgent, by when, who answers, what do we promise, and why.

The names below are the front door; everything else lives in the packages beside it
(`supportkit.calendars`, `.rules`, `.cases`, `.priority`, `.routing`, `.sla`, ...). Nothing is loaded
before it is used: ``import supportkit`` costs neither pydantic nor SQLAlchemy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from supportkit._version import __version__

if TYPE_CHECKING:
    from supportkit.calendars import BusinessCalendar
    from supportkit.cases import Log
    from supportkit.desk import Desk
    from supportkit.plugins import Registry
    from supportkit.policy import Policy
    from supportkit.rules import RuleSet, fact

__all__ = [
    "BusinessCalendar",
    "Desk",
    "Log",
    "Policy",
    "Registry",
    "RuleSet",
    "__version__",
    "fact",
]

_HOMES = {
    "BusinessCalendar": "supportkit.calendars",
    "Desk": "supportkit.desk",
    "Log": "supportkit.cases",
    "Policy": "supportkit.policy",
    "Registry": "supportkit.plugins",
    "RuleSet": "supportkit.rules",
    "fact": "supportkit.rules",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return sorted(__all__)
