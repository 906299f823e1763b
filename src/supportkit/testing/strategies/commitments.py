"""What is owed and what was promised."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import strategies as st

from supportkit.cases import Deadline, Promise
from supportkit.sla import BUILT_IN
from supportkit.testing.strategies.instants import instants

__all__ = ["deadlines", "promises"]

_AHEAD = st.timedeltas(timedelta(minutes=1), timedelta(days=30))


def promises(*, made_at: st.SearchStrategy[datetime] | None = None) -> st.SearchStrategy[Promise]:
    """Promises whose time lies after their making; towards an open promise of a reply in a minute."""
    return st.builds(
        lambda made, ahead, what, state, number: Promise(
            f"p{number}", what, made_at=made, due=made + ahead, state=state, calendar="always"
        ),
        instants() if made_at is None else made_at,
        _AHEAD,
        st.sampled_from(["reply", "callback"]),
        st.sampled_from(["open", "kept", "broken", "superseded"]),
        st.integers(1, 99),
    )


def deadlines(*, metric: str | None = None) -> st.SearchStrategy[Deadline]:
    """Deadlines of one `metric` or of all; paused ones have no due time. Towards a first response."""
    names = ("first_response", *(name for name in BUILT_IN if name != "first_response"))
    return st.builds(
        lambda name, cycle, started, ahead, paused: Deadline(
            f"{name}#{cycle}", name, started, None if paused else started + ahead, ahead, "always",
            "paused" if paused else "running",
        ),
        st.just(metric) if metric else st.sampled_from(names),
        st.integers(1, 9),
        instants(),
        _AHEAD,
        st.booleans(),
    )  # fmt: skip
