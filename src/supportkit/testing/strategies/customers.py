"""Customers and what they bought."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from hypothesis import strategies as st

from supportkit.cases import Customer, Purchase
from supportkit.policy import Policy
from supportkit.testing.strategies.contacts import contact_points
from supportkit.testing.strategies.instants import EARLIEST, LATEST, instants, zones
from supportkit.testing.strategies.vocabulary import Vocabulary

__all__ = ["customers", "purchases"]

_MOST = Decimal(5000)


def purchases(
    *,
    currency: str = "EUR",
    earliest: datetime = EARLIEST,
    latest: datetime = LATEST,
    max_amount: Decimal = _MOST,
) -> st.SearchStrategy[Purchase]:
    """Purchases and refunds (negative) in one `currency`, at most `max_amount`, cents included.

    They shrink towards nothing spent at `earliest`.
    """
    amounts = st.decimals(0, max_amount, places=2) | st.decimals(-max_amount, 0, places=2)
    return st.builds(
        Purchase,
        instants(earliest=earliest, latest=latest),
        amounts,
        st.just(currency),
        product=st.none() | st.sampled_from(["Fibre", "Mobile"]),
    )


def customers(
    *, about: Policy | None = None, currency: str | None = None, max_purchases: int = 3
) -> st.SearchStrategy[Customer]:
    """Customers whose purchases may be unknown (None), with points, perhaps a plan and a zone.

    `about` a policy, they have the plans, criticalities and tags it knows, and spend in its currency. They
    shrink towards somebody of whom only an id is known.
    """
    values = Vocabulary.of(about).values
    spent_in = currency or ("EUR" if about is None else about.money.currency)

    def labels(path: str, *others: str) -> st.SearchStrategy[str]:
        return st.sampled_from([*others, *map(str, values.get(path, ()))])

    bought = st.lists(purchases(currency=spent_in), max_size=max_purchases)
    return st.builds(
        Customer,
        st.integers(1, 999).map(lambda number: f"c{number}"),
        st.lists(contact_points(), max_size=2, unique=True),
        name=st.none() | st.sampled_from(["Jo", "Sam"]),
        plan=st.none() | labels("customer.plan", "basic"),
        criticality=st.none() | labels("customer.criticality", "normal"),
        tags=st.lists(labels("customer.tags", "new"), max_size=2, unique=True),
        language=st.none() | st.sampled_from(["en", "de"]),
        zone=st.none() | zones(),
        verified=st.booleans(),
        purchases=st.none() | bought,
    )
