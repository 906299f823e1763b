"""What remedies are decided by: assessments, limits, what was given before."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from supportkit.recovery import KINDS, SCOPES, Assessment, GivenRemedy, Limits
from supportkit.testing.strategies.instants import instants

__all__ = ["assessments", "given_remedies", "limits", "remedy_sections"]

ROLES = ("agent", "lead", "manager")
_AMOUNTS = st.integers(0, 500).map(lambda tenths: Decimal(tenths) / 10)
_MAYBE = st.sampled_from((None, True, False))


def assessments() -> st.SearchStrategy[Assessment]:
    """Assessments of complaints; towards one that is not genuine and nothing else known."""
    return st.builds(
        lambda genuine, fixable, compensable, at_fault, keeps: Assessment(
            genuine, fixable, compensable, at_fault, keeps_product=keeps
        ),
        st.booleans(), _MAYBE, _MAYBE, st.booleans(), st.booleans(),
    )  # fmt: skip


def limits(*, currency: str = "EUR", scope: str | None = None) -> st.SearchStrategy[Limits]:
    """Limits of one to three roles in one scope, rising with the role; the last may have none."""
    chains = st.lists(_AMOUNTS, min_size=1, max_size=3).map(sorted)
    endless = st.tuples(chains, st.booleans()).map(
        lambda drawn: [*drawn[0][:-1], None] if drawn[1] else drawn[0]
    )
    scopes = st.sampled_from(SCOPES) if scope is None else st.just(scope)
    return st.builds(lambda some, of: Limits(zip(ROLES, some, strict=False), currency, of), endless, scopes)


def given_remedies(*, at: st.SearchStrategy[datetime] | None = None) -> st.SearchStrategy[GivenRemedy]:
    """Remedies that a customer got, in one of three cases; some because the law owes them."""
    return st.builds(
        lambda when, case, kind, amount, owed: GivenRemedy(
            at=when, case=f"case-{case}", kind=kind, counts_as=kind, amount=amount, currency="EUR",
            scheme="nl.power.outage" if owed else None,
        ),
        instants() if at is None else at,
        st.integers(1, 3),
        st.sampled_from(KINDS),
        _AMOUNTS,
        st.booleans(),
    )  # fmt: skip


def remedy_sections() -> st.SearchStrategy[dict[str, Any]]:
    """Sections ``remedies`` of a document, each small; limits rise with the role, in every scope alike."""
    roles = st.lists(st.integers(1, 99), min_size=1, max_size=3, unique=True).map(sorted)
    chains = roles.map(lambda some: dict(zip(ROLES, some, strict=False)))
    bounds = st.fixed_dictionaries(
        {"window": st.integers(1, 60).map(lambda days: f"{days} days")},
        optional={"count": st.integers(1, 4), "value": st.integers(1, 99)},
    )
    due = st.sampled_from(("1 hour", "24 hours")).map(lambda text: {"within": text, "calendar": "always"})
    return st.fixed_dictionaries(
        {},
        optional={
            "catalogue": st.just({"amends": "compensate", "voucher": {"kind": "goodwill", "value": 5}}),
            "limits": st.dictionaries(st.sampled_from(SCOPES), chains, max_size=3),
            "goodwill": bounds,
            "apology": due,
            "second_look": st.booleans(),
        },
    )
