"""How a waiting line is ordered, as routing and stores need to know it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

__all__ = ["LineOrder"]


class LineOrder(Protocol):
    """Gives a waiting item its static sort key: smaller goes first."""

    def key(self, score: Any, created_at: datetime) -> Any:
        """Return the sort key of an item with that score, created at that instant."""
